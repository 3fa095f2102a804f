"""The bag and the normal sample: published numbers, closed forms, the climb, bad input."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from emlib.checks import named
from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb, uphill

# Eight black balls in ten draws, from the fact sheet of the source article's comment.
LIKELIHOODS = {
    0.1: 3.645e-07, 0.2: 7.3728e-05, 0.3: 0.0014467005, 0.4: 0.010616832, 0.5: 0.0439453125,
    0.6: 0.120932352, 0.7: 0.23347444, 0.75: 0.281567574, 0.8: 0.301989888, 0.85: 0.275896657,
    0.9: 0.193710244, 0.95: 0.0746347985,
}  # fmt: skip
ORDER = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1]  # one order of the ten draws
SAMPLE = np.array([4.1, 5.3, 5.9, 6.2, 6.8, 7.4, 8.7, 9.0])


def heights(steps):
    return np.array([step.log_likelihood for step in steps])


# ---- published values ----


@pytest.mark.parametrize(("black", "likelihood"), LIKELIHOODS.items())
def test_published_likelihoods_of_the_bag(black, likelihood):
    found = np.exp(Bag(10).log_likelihood(8, BagParams(black)))
    assert found == pytest.approx(likelihood, rel=1e-8)


def test_published_log_likelihoods_at_the_maximum():
    assert Bag(10).log_likelihood(8, BagParams(0.8)) == pytest.approx(-1.1973617456, abs=1e-10)
    assert Bag(1).log_likelihood(ORDER, BagParams(0.8)) == pytest.approx(-5.0040242354, abs=1e-10)
    assert np.exp(Bag(1).log_likelihood(ORDER, BagParams(0.8))) == pytest.approx(0.0067108864)


def test_published_information_and_standard_error():
    information = Bag(10).information(8, BagParams(0.8)).black
    assert information == pytest.approx(62.5, rel=1e-12)
    assert information**-0.5 == pytest.approx(0.1264911064, abs=1e-10)


def test_published_likelihood_ratio_interval():
    drop = stats.chi2.ppf(0.95, 1) / 2

    def above(black):
        top = Bag(10).log_likelihood(8, BagParams(0.8))
        return Bag(10).log_likelihood(8, BagParams(black)) - top + drop

    ends = [optimize.brentq(above, *side) for side in ((0.1, 0.8), (0.8, 0.999))]
    np.testing.assert_allclose(ends, [0.50056037, 0.96363747], atol=1e-8)


def test_the_bag_climbs_to_eight_tenths_in_steps_that_can_be_seen():
    *_, last = steps = list(climb(Bag(10), 8, BagParams(0.3)))
    assert last.params.black == pytest.approx(0.8, abs=1e-9)
    assert [step.kind for step in steps] == ["start"] + 6 * ["update"]
    # By hand: 0.3 + (8/0.3 - 2/0.7) / (8/0.09 + 2/0.49) = 0.3 + 23.80952 / 92.97052.
    assert steps[1].params.black == pytest.approx(0.3 + (8 / 0.3 - 2 / 0.7) / (8 / 0.09 + 2 / 0.49))
    assert steps[1].params.black == pytest.approx(0.5561, abs=5e-5)


def test_the_order_costs_a_constant_and_moves_nothing():
    counted, ordered = Bag(10), Bag(1)
    for one, other in zip(
        climb(counted, 8, BagParams(0.3)), climb(ordered, ORDER, BagParams(0.3)), strict=True
    ):
        assert other.params.black == pytest.approx(one.params.black, rel=1e-9)
        assert one.log_likelihood - other.log_likelihood == pytest.approx(np.log(45), rel=1e-9)


# ---- closed forms and other ways to the same numbers ----


@given(st.integers(1, 30), st.data())
def test_the_bag_is_binomial(draws, data):
    x = data.draw(st.lists(st.integers(0, draws), min_size=1, max_size=6))
    black = data.draw(st.floats(0, 1))
    with np.errstate(divide="ignore"):
        wanted = stats.binom.logpmf(x, draws, black)
    found = Bag(draws).log_density(x, BagParams(black))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=9),
    st.floats(-60, 60),
    st.floats(0.05, 40),
)
def test_the_normal_is_scipys(x, mean, sd):
    found = Normal().log_density(x, NormalParams(mean, sd))
    np.testing.assert_allclose(found, stats.norm.logpdf(x, mean, sd), rtol=1e-9, atol=1e-9)


def slopes_by_differences(model, x, params, size=1e-6):
    found = []
    for name, value in named(params):
        up, down = (params._replace(**{name: value + side * size}) for side in (1, -1))
        found.append((model.log_likelihood(x, up) - model.log_likelihood(x, down)) / (2 * size))
    return found


POINTS = [
    (Bag(10), [8], BagParams(0.3)),
    (Bag(10), [5, 7, 8, 9, 4], BagParams(0.9)),
    (Bag(1), ORDER, BagParams(0.5)),
    (Normal(), SAMPLE, NormalParams(4.0, 2.0)),
    (Normal(), SAMPLE, NormalParams(7.0, 0.7)),
]


@pytest.mark.parametrize(("model", "x", "params"), POINTS)
def test_the_score_is_the_slope(model, x, params):
    found = [float(part) for part in model.score(x, params)]
    np.testing.assert_allclose(found, slopes_by_differences(model, x, params), rtol=1e-6)


@pytest.mark.parametrize(("model", "x", "params"), POINTS[:3])
def test_the_information_of_the_bag_is_minus_the_second_derivative(model, x, params):
    size = 1e-6
    up, down = (float(model.score(x, BagParams(params.black + s)).black) for s in (size, -size))
    assert model.information(x, params).black == pytest.approx((down - up) / (2 * size), rel=1e-6)


def test_the_information_of_the_normal_is_minus_the_second_derivative_at_the_maximum():
    top, size = NormalParams(SAMPLE.mean(), SAMPLE.std()), 1e-5
    for name, value in named(top):
        up, down = (
            getattr(Normal().score(SAMPLE, top._replace(**{name: value + s})), name)
            for s in (size, -size)
        )
        bend = getattr(Normal().information(SAMPLE, top), name)
        assert bend == pytest.approx((down - up) / (2 * size), rel=1e-6)


def test_the_normal_climbs_to_the_mean_and_the_standard_deviation():
    steps = list(climb(Normal(), SAMPLE, NormalParams(4.0, 2.0)))
    assert steps[1].params.mean == pytest.approx(SAMPLE.mean())  # the mean is right at once
    assert steps[-1].params.mean == pytest.approx(SAMPLE.mean(), abs=1e-9)
    assert steps[-1].params.sd == pytest.approx(SAMPLE.std(), abs=1e-6)
    # The other parameter takes Heron's steps to a square root.
    for before, after in pairwise(steps):
        variance = np.mean((SAMPLE - before.params.mean) ** 2)
        heron = (before.params.sd + variance / before.params.sd) / 2
        assert after.params.sd == pytest.approx(heron, rel=1e-12)


# ---- properties of every climb ----


def never_falls(steps):
    found = heights(steps)
    return (np.diff(found) >= -1e-11 * np.maximum(1, np.abs(found[1:]))).all()


@given(st.integers(1, 40), st.data(), st.floats(0.001, 0.999))
def test_a_bag_never_falls_never_leaves_and_arrives(draws, data, black):
    x = data.draw(st.lists(st.integers(0, draws), min_size=1, max_size=4))
    steps = list(climb(Bag(draws), x, BagParams(black)))
    found = np.array([step.params.black for step in steps])
    assert never_falls(steps)
    assert (found > 0).all() and (found < 1).all()
    assert found[-1] == pytest.approx(np.mean(x) / draws, abs=1e-4)


@given(
    st.lists(st.integers(-80, 80).map(lambda n: n / 8), min_size=2, max_size=12),
    st.integers(-20, 20),
    st.floats(0.01, 100),
)
def test_a_normal_never_falls_and_arrives(x, mean, sd):
    steps = list(climb(Normal(), x, NormalParams(mean, sd)))
    assert never_falls(steps)
    assert all(step.params.sd > 0 for step in steps)
    assert steps[-1].params.mean == pytest.approx(np.mean(x), abs=1e-9)
    if np.ptp(x) > 0:
        assert steps[-1].params.sd == pytest.approx(np.std(x), rel=1e-4)


def test_equal_observations_have_no_maximum():
    steps = list(climb(Normal(), [3, 3, 3], NormalParams(2.0, 1.0)))
    assert len(steps) == 101
    assert np.diff(heights(steps)[2:]) == pytest.approx(3 * np.log(2))


@pytest.mark.parametrize(("x", "end"), [(10, 1), (0, 0)])
def test_a_bag_of_one_colour_climbs_towards_the_edge(x, end):
    *_, last = climb(Bag(10), x, BagParams(0.3))
    assert last.params.black == pytest.approx(end, abs=1e-9)
    assert 0 < last.params.black < 1


def test_a_step_that_would_leave_is_halved():
    full = 0.9 + (10 / 0.9) / (10 / 0.81)
    assert full == pytest.approx(1.8)
    moved = uphill(Bag(10), np.array([10.0]), BagParams(0.9)).black
    assert moved == pytest.approx(0.9 + 0.9 / 16)


def test_at_the_last_number_below_1_nothing_moves():
    edge = BagParams(np.nextafter(1, 0))
    assert uphill(Bag(10), np.array([10.0]), edge) == edge


@given(st.integers(-8, 8), st.sampled_from([0.25, 2.0, 1024.0]))
def test_units_and_origin_of_the_normal_do_not_matter(shift, unit):
    here = list(climb(Normal(), SAMPLE, NormalParams(4.0, 2.0)))
    start = NormalParams(unit * 4.0 + shift, unit * 2.0)
    there = list(climb(Normal(), SAMPLE * unit + shift, start))
    for one, other in zip(here[:6], there[:6], strict=True):
        assert other.params.mean == pytest.approx(unit * one.params.mean + shift, rel=1e-9)
        assert other.params.sd == pytest.approx(unit * one.params.sd, rel=1e-9)


def test_steps_share_no_arrays_and_nobody_can_write_to_them():
    steps = list(climb(Normal(), SAMPLE, NormalParams(4.0, 2.0)))
    owned = [value for step in steps for _, value in named(step.params)]
    for n, first in enumerate(owned):
        with pytest.raises(ValueError, match="read-only"):
            first[...] = 0
        assert not any(np.shares_memory(first, second) for second in owned[n + 1 :])


def test_input_is_left_as_it_was():
    x = SAMPLE.copy()
    list(climb(Normal(), x, NormalParams(4.0, 2.0)))
    np.testing.assert_array_equal(x, SAMPLE)
    assert x.flags.writeable


@pytest.mark.parametrize("x", [8, [8], (8,), np.array([8]), np.array([8], dtype=np.int8), 8.0])
def test_every_kind_of_number_gives_the_same_answer(x):
    assert Bag(10).log_likelihood(x, BagParams(0.3)) == Bag(10).log_likelihood(8, BagParams(0.3))


def test_at_the_edges_the_likelihood_is_what_it_is():
    assert Bag(10).log_likelihood(10, BagParams(1.0)) == 0
    assert Bag(10).log_likelihood(8, BagParams(1.0)) == -np.inf
    assert Bag(10).log_likelihood(0, BagParams(0)) == 0


# ---- refused ----

NAN = float("nan")
HALF, BELL = BagParams(0.5), NormalParams(0.0, 1.0)
BAD = {
    "no draws": (lambda: Bag(0), ValueError, "draws is 0: it must be at least 1 and finite"),
    "half a draw": (lambda: Bag(2.5), TypeError, "draws is 2.5: pass a int"),
    "too many black": (lambda: Bag(10).log_likelihood(11, HALF), ValueError,
        "x[0] is 11: black balls must be whole numbers from 0 to draws = 10 (1 bad value(s))"),
    "half a ball": (lambda: Bag(10).score([3, 2.5], HALF), ValueError,
        "x[1] is 2.5: black balls must be whole numbers from 0 to draws = 10 (1 bad value(s))"),
    "a table of counts": (lambda: Bag(10).log_density([[3, 2]], HALF), ValueError,
        "x has shape (1, 2): here it must be (1,)"),
    "NaN in x": (lambda: Bag(10).information([NAN], HALF), ValueError,
        "x has 1 NaN or infinite value(s), the first at x[0]: remove or repair them first"),
    "no data": (lambda: Bag(10).log_density([], HALF), ValueError,
        "x is empty: pass at least one value"),
    "above 1": (lambda: Bag(10).log_likelihood(8, BagParams(1.2)), ValueError,
        "params.black is 1.2: it must lie between 0 and 1"),
    "below 0": (lambda: Bag(10).log_likelihood(8, BagParams(-0.2)), ValueError,
        "params.black is -0.2: it must lie between 0 and 1"),
    "several probabilities": (lambda: Bag(10).log_likelihood(8, BagParams([0.1, 0.2])), ValueError,
        "params.black has shape (2,): here it must be ()"),
    "a number as params": (lambda: Bag(10).log_likelihood(8, 0.5), TypeError,
        "params is 0.5: pass BagParams(black)"),
    "the slope at the edge": (lambda: Bag(10).score(8, BagParams(1.0)), ValueError,
        "params.black is 1: there the log-likelihood has no slope; start strictly between 0 and 1"),
    "a climb from the edge": (lambda: climb(Bag(10), 8, BagParams(0.0)), ValueError,
        "params.black is 0: there the log-likelihood has no slope; start strictly between 0 and 1"),
    "the other params": (lambda: climb(Normal(), SAMPLE, HALF), TypeError,
        "params is BagParams(black=0.5): pass NormalParams(mean, sd)"),
    "no spread": (lambda: Normal().log_likelihood(SAMPLE, NormalParams(6, 0)), ValueError,
        "params.sd is 0: a standard deviation must lie above 0, here between 1e-100 and 1e+100"),
    "negative spread": (lambda: climb(Normal(), SAMPLE, NormalParams(6, -1)), ValueError,
        "params.sd is -1: a standard deviation must lie above 0, here between 1e-100 and 1e+100"),
    "NaN as mean": (lambda: Normal().score(SAMPLE, NormalParams(NAN, 1)), ValueError,
        "params.mean is nan: pass a finite number"),
    "two columns": (lambda: Normal().log_density(np.eye(2), BELL), ValueError,
        "x has shape (2, 2): here it must be (2,)"),
    "too large": (lambda: Normal().log_density([1e200], BELL), ValueError,
        "x reaches 1e+200, too large to square: rescale it first"),
    "text": (lambda: Normal().log_density(["1"], BELL), TypeError,
        "x holds <U1 values: pass real numbers, e.g. x.astype(float)"),
    "no steps": (lambda: list(climb(Bag(10), 8, HALF, max_iter=0)), ValueError,
        "max_iter is 0: it must be at least 1 and finite"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_a_sentence(call, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        call()
