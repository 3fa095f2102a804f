"""The data sets are the published ones, number by number."""

import json
from pathlib import Path

import numpy as np
import pytest

from emlib import data


def test_coins_of_the_article():
    assert data.coin_heads().tolist() == [5, 7, 8, 9, 4]


def test_coins_of_do_and_batzoglou():
    assert data.do_batzoglou_heads().tolist() == [5, 9, 8, 4, 7]


def test_single_tosses_of_the_article():
    assert data.single_tosses().tolist() == [1, 1, 0, 1, 0, 0, 1, 0, 1, 1]


def test_two_gaussians_are_the_article_s_draws(published):
    x, labels = data.two_gaussians()
    expected = published["two_gaussians"]
    assert x.shape == labels.shape == (110_000,)
    assert x[:3].tolist() == expected["first"]
    assert x[-3:].tolist() == expected["last"]
    assert x.sum() == pytest.approx(expected["sum"], rel=1e-14)
    assert np.bincount(labels).tolist() == [60_000, 50_000]
    assert (np.diff(labels) >= 0).all()


def test_old_faithful_is_the_data_set_of_r():
    x = data.old_faithful()
    assert x.shape == (272, 2)
    assert x[0].tolist() == [3.6, 79]
    assert x[-1].tolist() == [4.467, 74]
    np.testing.assert_allclose(x.sum(axis=0), [948.677, 19284], rtol=1e-14)
    np.testing.assert_allclose(x.std(axis=0), [1.1392712102257678, 13.569960017586368])
    assert np.corrcoef(x.T)[0, 1] == pytest.approx(0.9008111683218134)


def test_hours_and_passes_are_those_of_the_article():
    hours, passes = data.hours_and_passes()
    assert hours.shape == passes.shape == (20,)
    assert hours[[0, 6, -1]].tolist() == [0.5, 1.75, 5.5]
    assert hours.mean() == 2.7875
    assert hours.std() == pytest.approx(1.4690026378, abs=1e-10)
    assert passes.sum() == 10
    assert passes @ hours == 38.0  # half of all hours and the first gradient, 27.875 + 10.125


@pytest.mark.parametrize("name", ["two_strips", "unequal_spread"])
def test_the_sets_on_which_k_means_fails_are_the_published_ones(name):
    x, labels = getattr(data, name)()
    path = Path(__file__).parent / "published_kmeans.json"
    published = json.loads(path.read_text(encoding="utf-8"))["fails"][name]
    assert x.tolist() == published["x"]
    assert labels.shape == (len(x),)
    assert np.bincount(labels).tolist() == {300: [150, 150], 360: [300, 60]}[len(x)]
    assert (np.diff(labels) >= 0).all()


def test_twelve_points_are_two_groups_of_six():
    x = data.twelve_points()
    assert x.shape == (12, 2)
    assert x.mean(axis=0).tolist() == [55 / 12, 4.25]
    assert x[:6].max() == 4 and x[6:].min() == 5


@pytest.mark.parametrize(
    "name", ["coin_heads", "do_batzoglou_heads", "single_tosses", "twelve_points"]
)
def test_every_call_returns_a_new_array(name):
    make = getattr(data, name)
    first = make()
    first[:] = -1
    assert (make() >= 0).all()
    assert make().dtype == float


def test_the_six_numbers():
    assert data.six_numbers().tolist() == [-1.2, -0.4, 0.3, 1.9, 2.6, 3.5]


def test_rounded_values_and_their_counts():
    values, times = data.rounded([0.12, 0.08, 0.31, 0.29, 0.3], 0.1)
    assert values.tolist() == [0.1, 0.3]
    assert times.tolist() == [2, 3]


def test_rounding_keeps_every_observation():
    x, _ = data.two_gaussians()
    values, times = data.rounded(x, 0.1)
    assert times.sum() == len(x)
    assert (np.diff(values) > 0.09).all()
    assert (values * times).sum() / len(x) == pytest.approx(x.mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("x", "width", "kind", "message"),
    [
        ([1.0], 0, ValueError, "width is 0: it must be at least 1e-09"),
        ([1.0], -1.0, ValueError, "width is -1.0"),
        ([1.0], np.nan, ValueError, "width is nan"),
        ([1.0], "0.1", TypeError, "width is '0.1': pass a float"),
        ([np.nan], 0.1, ValueError, "x has 1 NaN"),
        ([], 0.1, ValueError, "x is empty"),
    ],
)
def test_what_cannot_be_rounded_is_refused(x, width, kind, message):
    with pytest.raises(kind, match=message):
        data.rounded(x, width)


@pytest.mark.parametrize(("make", "groups"), [(data.three_groups, 3), (data.crossed, 2)])
def test_generated_sets_are_small_rounded_and_the_same_every_time(make, groups):
    x, labels = make()
    assert x.shape == (240, 2)
    assert np.bincount(labels).tolist() == [240 // groups] * groups
    assert (x == np.round(x, 4)).all()
    assert (x == make()[0]).all()


def test_three_groups_are_round_and_six_apart():
    x, labels = data.three_groups()
    centres = np.array([x[labels == k].mean(axis=0) for k in range(3)])
    gaps = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert gaps == pytest.approx([6, 6, 6], abs=0.5)
    for k in range(3):
        assert np.cov(x[labels == k].T) == pytest.approx(np.eye(2), abs=0.4)


def test_crossed_groups_are_narrow_and_stand_at_right_angles():
    x, labels = data.crossed()
    axes = []
    for k in range(2):
        values, vectors = np.linalg.eigh(np.cov(x[labels == k].T))
        assert np.sqrt(values) == pytest.approx([0.4, 3], rel=0.15)
        axes.append(vectors[:, 1])
    assert axes[0] @ axes[1] == pytest.approx(0, abs=0.1)
