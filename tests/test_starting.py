"""Starts that are drawn from the data."""

import numpy as np
import pytest
from cases import HEADS, LINE, PLANE

from emlib import CoinMixture, GaussianMixture, KMeans, best_of, data, starts
from emlib.scalar import OneMean
from emlib.starting import far_apart


def test_starts_are_reproducible_and_differ():
    one = [s.means for s in starts(KMeans(), PLANE, 3, count=4, seed=1)]
    two = [s.means for s in starts(KMeans(), PLANE, 3, count=4, seed=1)]
    np.testing.assert_array_equal(one, two)
    assert len({m.tobytes() for m in one}) == 4
    other = [s.means for s in starts(KMeans(), PLANE, 3, count=4, seed=2)]
    assert not np.array_equal(one, other)


def test_more_starts_begin_with_the_same_ones():
    few, many = (list(starts(KMeans(), PLANE, 3, count=n)) for n in (2, 5))
    np.testing.assert_array_equal([s.means for s in few], [s.means for s in many[:2]])


@pytest.mark.parametrize("x", [LINE, PLANE], ids=["line", "plane"])
@pytest.mark.parametrize("model", [KMeans(), GaussianMixture("tied")], ids=["K-means", "Gaussians"])
@pytest.mark.parametrize("apart", [False, True])
def test_every_start_is_one_that_the_model_takes(model, x, apart):
    for start in starts(model, x, 4, apart=apart):
        model.check(x, start)
        assert all(any(np.array_equal(mean, one) for one in x) for mean in start.means)


@pytest.mark.parametrize("model", [KMeans(), GaussianMixture()], ids=["K-means", "Gaussians"])
def test_no_observation_is_drawn_twice(model):
    means = model.start(LINE, len(LINE), np.random.default_rng(0)).means
    np.testing.assert_array_equal(np.sort(means), np.sort(LINE))


def test_without_options_ten_starts_are_drawn_apart_from_seed_0():
    plain, written = starts(KMeans(), PLANE, 3), starts(KMeans(), PLANE, 3, count=10, seed=0)
    np.testing.assert_array_equal([s.means for s in plain], [s.means for s in written])
    assert len(list(starts(KMeans(), PLANE, 3))) == 10
    with pytest.raises(TypeError, match="positional"):
        starts(KMeans(), PLANE, 3, 10)


def test_coins_have_no_means_to_move():
    one, other = (next(starts(CoinMixture(10), HEADS, 2, apart=apart)) for apart in (True, False))
    np.testing.assert_array_equal(one.heads, other.heads)


def test_points_drawn_apart_find_far_groups():
    rng = np.random.default_rng(0)
    centres = 1e3 * np.arange(8.0)
    x = (centres[:, None] + rng.normal(size=(8, 50))).ravel()
    hits = [len(set(np.round(far_apart(x, 8, np.random.default_rng(s)) / 1e3))) for s in range(20)]
    even = [len(set(np.round(KMeans().start(x, 8, np.random.default_rng(s)).means / 1e3)))
            for s in range(20)]  # fmt: skip
    assert min(hits) == 8
    assert np.mean(even) < 7
    for start in starts(GaussianMixture(), x, 8):
        assert len(set(np.round(start.means / 1e3))) == 8


def test_points_drawn_apart_have_the_published_probabilities():
    # After 0 the squared distances of 1 and 3 are 1 and 9 (Arthur & Vassilvitskii 2007, section 2).
    x, drawn = np.array([0.0, 1.0, 3.0]), []
    for seed in range(4000):
        first, second = far_apart(x, 2, np.random.default_rng(seed))
        if first == 0:
            drawn.append(second)
    assert np.mean(np.array(drawn) == 3) == pytest.approx(0.9, abs=0.03)
    assert 0 not in drawn


def test_equal_observations_can_be_drawn_too():
    assert far_apart(np.ones(5), 3, np.random.default_rng(0)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("place", [0, 5, 9])
def test_one_observation_unlike_the_others_is_always_drawn(place):
    x = np.zeros(10)
    x[place] = 1e-9  # however small the unit
    for seed in range(20):
        assert set(far_apart(x, 2, np.random.default_rng(seed))) == {0, 1e-9}


def test_distances_do_not_lose_digits_far_from_the_origin():
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(50, 2)), 3)
    here = far_apart(x, 5, np.random.default_rng(3))
    there = far_apart(x + 2.0**27, 5, np.random.default_rng(3))
    np.testing.assert_allclose(there - 2.0**27, here, atol=1e-7)


def test_the_best_of_many_starts_is_better_than_the_worst():
    x, _ = data.three_groups()
    many = list(starts(GaussianMixture(), x, 3, count=6))
    best = best_of(GaussianMixture(), x, many)
    assert best.converged
    assert best.log_likelihood == max(
        best_of(GaussianMixture(), x, [s]).log_likelihood for s in many
    )


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [({"count": 0}, ValueError, r"^count is 0: it must be at least 1"),
     ({"count": 1.5}, TypeError, r"^count is 1\.5: pass a int"),
     ({"seed": -1}, ValueError, r"^seed is -1: it must be at least 0"),
     ({"components": 99}, ValueError, r"^start has 99 components but x has only 40")],
)  # fmt: skip
def test_bad_arguments(changes, kind, message):
    options = {"components": 2} | changes
    with pytest.raises(kind, match=message):
        list(starts(KMeans(), PLANE, options.pop("components"), **options))


def test_bad_arguments_are_refused_at_once():
    with pytest.raises(TypeError, match=r"^model OneMean has no start\(x, components, rng\)$"):
        starts(OneMean(), LINE, 2)
    with pytest.raises(ValueError, match=r"^x has 1 NaN"):
        starts(KMeans(), [1.0, np.nan], 1)


@pytest.mark.parametrize(
    ("x", "components", "rng", "message"),
    [([1.0], 2, np.random.default_rng(0), r"^start has 2 components but x has only 1"),
     ([1.0, np.nan], 1, np.random.default_rng(0), r"^x has 1 NaN"),
     ([1.0], 0, np.random.default_rng(0), r"^components is 0"),
     ([1.0], 1, 0, r"^rng is 0: pass np\.random\.default_rng")],
)  # fmt: skip
def test_bad_arguments_of_far_apart(x, components, rng, message):
    with pytest.raises((TypeError, ValueError), match=message):
        far_apart(x, components, rng)
