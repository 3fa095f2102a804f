"""Mixtures with one unknown number: published runs, closed forms, an oracle, the bound's shape."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from emlib import GaussianMixture, GaussianParams, convergence_rate, em, fit
from emlib.data import six_numbers
from emlib.scalar import (
    MeanParams,
    OneMean,
    TossParams,
    TwoTosses,
    bounds,
    log_likelihoods,
    number_of,
    with_number,
)

X = six_numbers()
START = MeanParams(-2.0)
MEANS = st.floats(-8, 8)
SHARES = st.lists(st.floats(0, 1), min_size=6, max_size=6).map(np.array)
CHANCES = st.floats(0.01, 0.99)

# Computed for this book with mpmath and SciPy: t, θ before, log-likelihood there (= the bound after
# E), θ after, then after M the bound, the KL divergence and the log-likelihood.
HALF_STEPS = [
    (0, -2, -20.5756791805, -0.86600599349, -19.9949545744, 0.5781047006, -19.4168498738),
    (
        1,
        -0.86600599349,
        -19.4168498738,
        -0.2186772326,
        -19.0572925112,
        0.7360846551,
        -18.3212078561,
    ),
    (2, -0.2186772326, -18.3212078561, 0.77654133399, -17.0271013456, 2.375688707, -14.6514126388),
    (3, 0.77654133399, -14.6514126388, 1.8392209841, -12.624472242, 1.024552296, -11.5999199458),
    (4, 1.8392209841, -11.5999199458, 2.4142318052, -11.0791955903, 0.1623085741, -10.9168870162),
    (5, 2.4142318052, -10.9168870162, 2.6012144655, -10.8656947382, 0.01091952447, -10.8547752138),
    (
        6,
        2.6012144655,
        -10.8547752138,
        2.6413845508,
        -10.8524577578,
        0.0004340641003,
        -10.8520236937,
    ),
    (
        7,
        2.6413845508,
        -10.8520236937,
        2.6489236346,
        -10.8519423894,
        1.483798907e-05,
        -10.8519275515,
    ),
    (8, 2.6489236346, -10.8519275515, 2.6503000864, -10.8519248433, 4.91893536e-07, -10.8519243514),
    (9, 2.6503000864, -10.8519243514, 2.6505501154, -10.851924262, 1.621419612e-08, -10.8519242458),
]
# θ, log-likelihood, bound built at −2, bound built at θ after three iterations.
CURVES = [
    (-4, -21.78579956, -24.43047959, -73.82371842),
    (-3, -21.44559271, -22.05148482, -54.65715979),
    (-2, -20.57567918, -20.57567918, -39.08036804),
    (-1, -19.55978086, -20.00306268, -27.09334317),
    (0, -17.6686312, -20.33363532, -18.69608516),
    (1, -13.83591122, -21.56739709, -13.88859404),
    (2, -11.33621517, -23.704348, -12.67086978),
    (3, -10.9949359, -26.74448805, -15.04291241),
    (4, -12.82400355, -30.68781723, -21.00472191),
]


@pytest.fixture(scope="module")
def steps():
    return list(em(OneMean(), X, START))


@pytest.mark.parametrize("row", HALF_STEPS, ids=lambda row: f"t={row[0]}")
def test_the_published_half_steps(steps, row):
    t, old, log_likelihood, new, bound, kl, after = row
    e_step, m_step = steps[1 + 2 * t : 3 + 2 * t]
    assert (e_step.kind, m_step.kind) == ("E", "M")
    assert e_step.params.mean == pytest.approx(old, abs=1e-10)
    assert e_step.log_likelihood == pytest.approx(log_likelihood, abs=1e-9)
    assert e_step.elbo == pytest.approx(log_likelihood, abs=1e-9)
    assert m_step.params.mean == pytest.approx(new, abs=1e-10)
    assert m_step.elbo == pytest.approx(bound, abs=1e-9)
    assert m_step.kl == pytest.approx(kl, rel=1e-5, abs=1e-12)
    assert m_step.log_likelihood == pytest.approx(after, abs=1e-9)


@pytest.mark.parametrize("row", CURVES, ids=lambda row: f"θ={row[0]}")
def test_the_published_curves(steps, row):
    theta, log_likelihood, first, third = row
    assert log_likelihoods(OneMean(), X, START, [theta]) == pytest.approx(log_likelihood, abs=1e-8)
    for position, value in ((1, first), (7, third)):
        found = bounds(OneMean(), X, steps[position].posterior, START, [theta])
        assert found == pytest.approx(value, abs=1e-8)


def test_before_the_first_e_step_even_shares_leave_a_wide_gap():
    even = np.full((6, 2), 0.5)
    assert OneMean().elbo(X, even, START) == pytest.approx(-30.36863120, abs=1e-8)


def test_the_run_ends_at_the_maximum_at_the_published_rate():
    found = fit(OneMean(), X, START)
    best = minimize_scalar(
        lambda theta: -OneMean().log_likelihood(X, MeanParams(theta)), bracket=(2, 3), tol=1e-12
    )
    assert found.status == "converged"
    assert found.params.mean == pytest.approx(2.650605548570, abs=1e-5)
    assert found.params.mean == pytest.approx(best.x, abs=1e-5)
    assert found.log_likelihood == pytest.approx(-10.851924242239, abs=1e-10)
    rate = convergence_rate(OneMean(), X, MeanParams(2.650605548570))
    assert rate == pytest.approx(0.18144168, abs=1e-5)
    assert rate == pytest.approx(1 - 2.339705 / 2.858324, abs=1e-5)


def test_the_densities_are_scipys():
    model = OneMean(weight=0.3, known_mean=1.5, variance=4.0)
    wanted = [np.log(0.3) + norm.logpdf(X, -2, 2), np.log(0.7) + norm.logpdf(X, 1.5, 2)]
    np.testing.assert_allclose(model.log_joint(X, START).T, wanted, rtol=1e-12)


def test_one_mean_is_a_gaussian_mixture_of_which_most_is_known(steps):
    both = GaussianParams((0.5, 0.5), (-2.0, 0.0), (1.0, 1.0))
    shares = GaussianMixture().e_step(X, both)
    np.testing.assert_allclose(shares, steps[1].posterior, rtol=1e-12)


@given(MEANS, MEANS, SHARES)
def test_the_bound_never_exceeds_the_log_likelihood(theta, other, share):
    q = np.stack([share, 1 - share], axis=1)
    grid = [theta, other]
    slack = 1e-9 * np.abs(log_likelihoods(OneMean(), X, START, grid))
    assert (
        bounds(OneMean(), X, q, START, grid) <= log_likelihoods(OneMean(), X, START, grid) + slack
    ).all()


@given(MEANS)
def test_after_an_e_step_the_bound_touches_with_the_same_slope(theta):
    model = OneMean()
    q = model.e_step(X, MeanParams(theta))
    step = 1e-5
    around = [theta - step, theta, theta + step]
    curve, below = log_likelihoods(model, X, START, around), bounds(model, X, q, START, around)
    assert below[1] == pytest.approx(curve[1], rel=1e-12)
    slope = q[:, 0] @ (X - theta)  # of both, by differentiating either
    assert (curve[2] - curve[0]) / (2 * step) == pytest.approx(slope, abs=1e-4)
    assert (below[2] - below[0]) / (2 * step) == pytest.approx(slope, abs=1e-4)


@given(MEANS, MEANS, SHARES)
def test_the_bound_is_a_parabola_of_curvature_minus_the_sum_of_shares(theta, other, share):
    q = np.stack([share, 1 - share], axis=1)
    here, there = bounds(OneMean(), X, q, START, [theta, other])
    gap = other - theta
    wanted = here + gap * (share @ (X - theta)) - 0.5 * share.sum() * gap**2
    assert there == pytest.approx(wanted, abs=1e-8)


@given(SHARES.filter(lambda share: share.sum() > 0.01), st.floats(0.1, 9), st.floats(-2, 2))
def test_no_other_mean_lifts_the_bound_higher(share, variance, known):
    model, q = OneMean(variance=variance, known_mean=known), np.stack([share, 1 - share], axis=1)
    best = model.m_step(X, q).mean
    grid = np.array([*np.linspace(-6, 8, 141), best - 1e-3, best + 1e-3])
    assert bounds(model, X, q, START, grid).max() <= model.elbo(X, q, MeanParams(best)) + 1e-9


def test_two_tosses_follow_the_published_run():
    means = [s.params.heads for s in em(TwoTosses(), [1], TossParams(0.4)) if s.kind != "E"]
    np.testing.assert_allclose(means[:4], [0.4, 0.5821, 0.5978, 0.5997], atol=5e-5)
    assert fit(TwoTosses(), [1], TossParams(0.4)).params.heads == pytest.approx(0.6, abs=1e-6)


@given(CHANCES)
def test_heads_then_tails_has_the_likelihood_of_the_book(heads):
    log_likelihood = TwoTosses().log_likelihood([1], TossParams(heads))
    assert np.exp(log_likelihood) == pytest.approx(0.75 * heads - 0.625 * heads**2, rel=1e-12)


@given(CHANCES)
def test_all_four_pairs_of_tosses_are_a_distribution(heads):
    chances = [np.exp(TwoTosses().log_likelihood([x], TossParams(heads))) for x in (0, 1, 1, 2)]
    assert sum(chances) == pytest.approx(1, rel=1e-12)


@given(st.floats(0, 1))
def test_the_m_step_is_the_smaller_root(q):
    heads = TwoTosses().m_step([1], np.array([[q, 1 - q]])).heads
    assert 2 * heads**2 - (4 + q) * heads + 2 == pytest.approx(0, abs=1e-12)
    assert 0 < heads <= 1


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.floats(0.01, 0.99)), min_size=1))
def test_no_other_chance_lifts_the_bound_higher(pairs):
    x, share = np.array(pairs, dtype=float).T
    q = np.stack([share, 1 - share], axis=1)
    best = TwoTosses().m_step(x, q)
    reached = TwoTosses().elbo(x, q, best)
    others = bounds(TwoTosses(), x, q, best, np.linspace(0.001, 0.999, 200))
    assert others.max() <= reached + 1e-9 * max(1, abs(reached))


@given(CHANCES, st.floats(0, 1))
def test_what_the_bound_of_two_tosses_lacks_is_the_kl_divergence(heads, q):
    model, params = TwoTosses(), TossParams(heads)
    p = model.e_step([1], params)[0, 0]
    kl = model.log_likelihood([1], params) - model.elbo([1], np.array([[q, 1 - q]]), params)
    wanted = sum(a * np.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)
    assert kl == pytest.approx(wanted, abs=1e-12)


def test_a_mean_without_observations_stays_and_is_called_degenerate():
    found = fit(OneMean(), X, MeanParams(300.0))
    assert found.params.mean == 300
    assert found.status == "degenerate"
    assert found.problems == ("component 0 is empty: no observation is left in it",)


def test_at_heads_1_em_sticks_although_the_likelihood_rises_below_it():
    found = fit(TwoTosses(), [1], TossParams(1.0))
    assert found.params.heads == 1
    assert found.status == "degenerate"
    assert TwoTosses().log_likelihood([1], TossParams(0.9)) > found.log_likelihood


def test_steps_hold_numbers_that_nobody_can_write_to(steps):
    for step in steps:
        assert step.params.mean.shape == ()
        assert not step.params.mean.flags.writeable


class Pair(NamedTuple):
    low: float
    high: float


def test_params_that_hold_a_number_give_it_and_take_another():
    for params, number in ((START, -2), (np.array(3.0), 3), (MeanParams(np.array([4.0])), 4)):
        assert number_of(params) == number
        changed = with_number(params, 7)
        assert type(changed) is type(params)
        assert number_of(changed) == 7


def test_params_that_hold_more_numbers_are_refused():
    for params in (Pair(0.0, 1.0), MeanParams(np.array([1.0, 2.0]))):
        with pytest.raises(ValueError, match="this needs params that hold a single number"):
            number_of(params)


BAD = [
    (lambda: list(em(OneMean(), X, 0.5)), TypeError, "start must be MeanParams(mean)"),
    (lambda: list(em(OneMean(), X, MeanParams([1.0, 2.0]))), ValueError,
     "start.mean has shape (2,): here it must be ()"),
    (lambda: list(em(OneMean(), X, MeanParams(np.nan))), ValueError,
     "start.mean is nan: pass a finite number"),
    (lambda: list(em(OneMean(), np.eye(2), START)), ValueError,
     "x has shape (2, 2): here it must be (2,)"),
    (lambda: OneMean(weight=0), ValueError, "weight is 0: it must be at least 1e-09 and finite"),
    (lambda: OneMean(weight=1.0), ValueError, "weight is 1.0: it must be below 1"),
    (lambda: OneMean(variance=-1), ValueError,
     "variance is -1: it must be at least 1e-09 and finite"),
    (lambda: OneMean(known_mean="0"), TypeError,
     "known_mean holds <U1 values: pass real numbers, e.g. x.astype(float)"),
    (lambda: OneMean(known_mean=(0, 1)), ValueError,
     "known_mean has shape (2,): here it must be ()"),
    (lambda: OneMean(known_mean=np.inf), ValueError, "known_mean is inf: pass a finite number"),
    (lambda: list(em(TwoTosses(), [1], MeanParams(0.4))), TypeError,
     "start must be TossParams(heads)"),
    (lambda: list(em(TwoTosses(), [1], TossParams(1.5))), ValueError,
     "start.heads is 1.5: it must lie between 0 and 1"),
    (lambda: list(em(TwoTosses(), [1, 3, 0.5], TossParams(0.4))), ValueError,
     "x[1] is 3: heads in two tosses are 0, 1 or 2 (2 bad value(s))"),
    (lambda: list(em(TwoTosses(), [1], TossParams(0.0))), ValueError,
     "start makes the data impossible: log-likelihood -inf"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), BAD)
def test_bad_input_is_refused_with_a_sentence(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == message
