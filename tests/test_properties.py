"""What must hold for any data and any start: examples found, and made small, by Hypothesis."""

import numpy as np
import pytest
from cases import COVARIANCES
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    Repeated,
    em,
    fit,
    trace,
)

ROUNDING = 64 * np.finfo(float).eps
FLOOR = 1e-2  # keeps matrices well-conditioned, so that rounding errors stay small
PLACES = st.integers(-400, 400).map(lambda n: n / 4)
SEEDS = st.integers(0, 10_000)
BOTH = st.booleans()


@st.composite
def coins(draw):
    """Return a coin mixture, heads in up to twelve groups and a start inside its range."""
    tosses = draw(st.integers(1, 20))
    x = draw(st.lists(st.integers(0, tosses), min_size=1, max_size=12))
    components = draw(st.integers(1, min(3, len(x))))
    inside = st.floats(0.02, 0.98)
    heads = draw(st.lists(inside, min_size=components, max_size=components))
    weights = np.array(draw(st.lists(inside, min_size=components, max_size=components)))
    weights = weights / weights.sum()
    known = draw(st.booleans())
    model = CoinMixture(tosses, tuple(weights) if known else None, hard=draw(st.booleans()))
    return model, np.array(x, dtype=float), CoinParams(weights, np.array(heads))


@st.composite
def gaussians(draw, hard=BOTH):
    """Return a Gaussian mixture, up to fifteen points in one or two dimensions and a start."""
    axes = draw(st.sampled_from([(), (2,)]))
    x = draw(arrays(float, (draw(st.integers(3, 15)), *axes), elements=PLACES))
    model = GaussianMixture(draw(st.sampled_from(COVARIANCES)), draw(hard), floor=FLOOR)
    components = draw(st.integers(1, 3))
    return model, x, model.start(x, components, np.random.default_rng(draw(SEEDS)))


@st.composite
def clusters(draw):
    """Return K-means, points on a grid and different observations as means."""
    x = draw(arrays(float, (draw(st.integers(3, 15)), 2), elements=PLACES))
    model = KMeans(hard=draw(st.booleans()))
    return model, x, model.start(x, draw(st.integers(1, 3)), np.random.default_rng(draw(SEEDS)))


mixtures = st.one_of(coins(), gaussians(), clusters())


def random_q(size, components, seed):
    return np.random.default_rng(seed).dirichlet(np.ones(components), size)


# ---- the frame ----


@given(mixtures)
def test_the_bound_never_falls(case):
    bounds = np.array([step.elbo for step in em(*case, max_iter=15)][1:])
    rounding = ROUNDING / FLOOR * np.maximum(len(case[1]), np.abs(bounds[1:]))
    assert (np.diff(bounds) >= -rounding).all()


@given(mixtures)
def test_a_fit_is_finite_and_never_says_that_the_bound_fell(case):
    answer = fit(*case, max_iter=200)
    assert answer.status != "fell"
    assert np.isfinite(answer.path).all()
    assert all(np.isfinite(part).all() for part in answer.params)


@given(mixtures)
def test_after_e_the_bound_is_tight_unless_assignments_are_hard(case):
    for step in em(*case, max_iter=5):
        rounding = ROUNDING / FLOOR * max(len(case[1]), abs(step.log_likelihood))
        assert step.kl >= -rounding
        if step.kind == "E" and not case[0].hard:
            assert step.kl <= rounding


@given(mixtures, SEEDS)
def test_no_q_lifts_the_bound_above_the_log_likelihood(case, seed):
    model, (x, params) = case[0], case[0].check(*case[1:])
    q = random_q(len(x), len(params[0]), seed)
    log_likelihood = model.log_likelihood(x, params)
    assert model.elbo(x, q, params) <= log_likelihood + ROUNDING * max(1, abs(log_likelihood))


@given(mixtures)
def test_rows_are_distributions(case):
    for step in list(em(*case, max_iter=5))[1:]:
        np.testing.assert_allclose(step.posterior.sum(axis=1), 1, rtol=1e-12)
        assert (step.posterior >= 0).all()


@given(mixtures, st.integers(1, 4))
def test_a_run_in_two_parts_is_the_same_run(case, cut):
    model, x, _ = case
    whole = list(em(*case, tol=0, max_iter=6))
    assume(not fit(*case, tol=0, max_iter=6).problems)
    rest = list(em(model, x, whole[2 * cut].params, tol=0, max_iter=6 - cut))
    assert [step.elbo for step in rest[1:]] == [step.elbo for step in whole[2 * cut + 1 :]]


@given(mixtures)
def test_a_converged_fit_is_a_fixed_point(case):
    answer = fit(*case, tol=1e-14, max_iter=3000)
    assume(answer.converged and answer.rate < 0.9)
    again = fit(case[0], case[1], answer.params, tol=0, max_iter=1)
    for before, now in zip(answer.params, again.params, strict=True):
        np.testing.assert_allclose(now, before, rtol=1e-4, atol=1e-4)


@given(mixtures)
def test_a_trace_holds_the_same_numbers(case):
    records = trace(*case, max_iter=3)
    steps = list(em(*case, max_iter=3))
    assert [r["log_likelihood"] for r in records] == [s.log_likelihood for s in steps]


# ---- symmetries ----


@given(mixtures, SEEDS)
def test_the_order_of_the_observations_does_not_matter(case, seed):
    model, x, start = case
    order = np.random.default_rng(seed).permutation(len(x))
    q = random_q(len(x), len(start[0]), seed)
    here, there = model.m_step(x, q), model.m_step(x[order], q[order])
    for part, other in zip(here, there, strict=True):
        np.testing.assert_allclose(part, other, rtol=1e-9, atol=1e-9)
    assert model.log_likelihood(x[order], start) == pytest.approx(
        model.log_likelihood(x, start), rel=1e-12
    )


@given(st.one_of(coins(), gaussians(hard=st.just(False))), SEEDS)
def test_the_names_of_the_components_do_not_matter(case, seed):
    model, x, start = case
    assume(not model.hard)
    order = np.random.default_rng(seed).permutation(len(start.weights))
    if getattr(model, "weights", None):
        model = CoinMixture(model.tosses)
    moved = type(start)(*(np.asarray(part)[order] for part in start))
    here, there = (list(em(model, x, one, tol=0, max_iter=3)) for one in (start, moved))
    for step, other in zip(here, there, strict=True):
        assert step.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9, abs=1e-9)
        for part, part_moved in zip(step.params, other.params, strict=True):
            np.testing.assert_allclose(part[order], part_moved, rtol=1e-7, atol=1e-9)


@given(mixtures, st.data())
def test_counts_stand_for_duplicates(case, data):
    model, x, start = case
    assume(not np.ndim(getattr(model, "tosses", 0)))
    times = np.array(data.draw(st.lists(st.integers(1, 4), min_size=len(x), max_size=len(x))))
    q = random_q(len(x), len(start[0]), 0)
    counted, repeated = Repeated(model, times), np.repeat(x, times, axis=0)
    assert counted.log_likelihood(x, start) == pytest.approx(
        model.log_likelihood(repeated, start), rel=1e-12
    )
    assert counted.elbo(x, q, start) == pytest.approx(
        model.elbo(repeated, np.repeat(q, times, axis=0), start), rel=1e-12
    )
    here, there = counted.m_step(x, q), model.m_step(repeated, np.repeat(q, times, axis=0))
    for part, other in list(zip(here, there, strict=True))[:2]:  # the floor knows no counts
        np.testing.assert_allclose(part, other, rtol=1e-9, atol=1e-9)


@given(gaussians(hard=st.just(False)), st.sampled_from([1e-8, 1e-3, 7.0, 1e8]), PLACES)
def test_gaussians_move_with_the_data(case, scale, shift):
    model, x, start = case
    assume((np.ptp(x, axis=0) > 0).all())  # a constant feature has no unit of its own
    moved = start._replace(means=(start.means + shift) * scale, covs=start.covs * scale**2)
    here = list(em(model, x, start, tol=0, max_iter=4))
    there = list(em(model, (x + shift) * scale, moved, tol=0, max_iter=4))
    for step, other in zip(here, there, strict=True):
        np.testing.assert_allclose(
            (step.params.means + shift) * scale, other.params.means, rtol=1e-6, atol=1e-6 * scale
        )
        expected = step.log_likelihood - x.size * np.log(scale)
        assert other.log_likelihood == pytest.approx(expected, rel=1e-6, abs=1e-5)


@given(clusters(), st.sampled_from([1e-9, 0.5, 1e9]))
def test_hard_clusters_do_not_depend_on_the_unit(case, scale):
    _, x, start = case
    here = fit(KMeans(), x, start)
    there = fit(KMeans(), x * scale, start._replace(means=start.means * scale))
    np.testing.assert_array_equal(here.posterior, there.posterior)
    assert (here.iterations, here.status) == (there.iterations, there.status)


# ---- closed forms ----


@given(coins(), SEEDS)
def test_one_coin_is_the_share_of_heads(case, seed):
    model, x, _ = case
    model = CoinMixture(model.tosses)
    answer = fit(model, x, model.start(x, 1, np.random.default_rng(seed)))
    expected = x.sum() / (model.tosses * len(x))
    assert answer.params.heads[0] == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert answer.converged


@given(arrays(float, st.tuples(st.integers(2, 15), st.just(2)), elements=PLACES))
def test_one_gaussian_is_the_mean_and_covariance(x):
    answer = fit(GaussianMixture(), x, GaussianMixture().start(x, 1, np.random.default_rng(0)))
    np.testing.assert_allclose(answer.params.means[0], x.mean(axis=0), atol=1e-12)
    if not answer.problems:
        np.testing.assert_allclose(answer.params.covs[0], np.cov(x.T, ddof=0), atol=1e-9)


@given(coins())
def test_an_m_step_keeps_the_share_of_all_heads(case):
    model, x, start = case
    model = CoinMixture(model.tosses)
    steps = list(em(model, x, start, tol=0, max_iter=3))
    for step in steps[2::2]:
        share = step.params.weights @ step.params.heads
        assert share == pytest.approx(x.sum() / (model.tosses * len(x)), rel=1e-10, abs=1e-200)


@given(gaussians(), SEEDS)
def test_an_m_step_keeps_the_mean_of_all_points(case, seed):
    model, x, start = case
    params = model.m_step(x, random_q(len(x), len(start.weights), seed))
    np.testing.assert_allclose(params.weights @ params.means, x.mean(axis=0), atol=1e-9)


@given(arrays(float, st.tuples(st.integers(4, 15), st.just(2)), elements=PLACES), SEEDS)
def test_full_covariances_add_up_to_that_of_the_data(x, seed):
    params = GaussianMixture(floor=0.0).m_step(x, random_q(len(x), 2, seed))
    between = (params.weights * (params.means - x.mean(axis=0)).T) @ (params.means - x.mean(axis=0))
    within = np.tensordot(params.weights, params.covs, 1)
    np.testing.assert_allclose(within + between, np.cov(x.T, ddof=0), atol=1e-8)


@given(st.integers(1, 30), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99))
def test_probabilities_of_all_counts_add_up_to_one(tosses, first, second, weight):
    params = CoinParams((weight, 1 - weight), (first, second))
    each = CoinMixture(tosses).each_log_likelihood(np.arange(tosses + 1), params)
    assert np.exp(each).sum() == pytest.approx(1, rel=1e-10)


@given(st.lists(st.booleans(), min_size=3, max_size=30), st.floats(0.05, 0.95),
       st.floats(0.05, 0.95), st.floats(0.05, 0.95))  # fmt: skip
def test_three_coins_are_done_after_one_iteration(x, weight, first, second):
    assume(0 < sum(x) < len(x))
    start = CoinParams((weight, 1 - weight), (first, second))
    steps = list(em(CoinMixture(1), x, start, tol=0, max_iter=2))
    assert steps[2].params.weights @ steps[2].params.heads == pytest.approx(np.mean(x))
    for part, again in zip(steps[2].params, steps[4].params, strict=True):
        np.testing.assert_allclose(part, again, rtol=1e-9)


# ---- hard assignments ----


@given(clusters())
def test_k_means_ends_with_every_point_at_its_nearest_mean(case):
    _, x, start = case
    answer = fit(KMeans(), x, start)
    distances = ((x[:, None] - answer.params.means) ** 2).sum(axis=2)
    chosen = (distances * answer.posterior).sum(axis=1)
    np.testing.assert_allclose(chosen, distances.min(axis=1), rtol=1e-9, atol=1e-9)
    assert answer.status in ("converged", "degenerate")


@given(clusters())
def test_the_sum_of_squares_of_k_means_never_rises(case):
    _, x, start = case
    sums = [
        (((x[:, None] - step.params.means) ** 2).sum(axis=2) * step.posterior).sum()
        for step in list(em(KMeans(), x, start))[1:]
    ]
    assert (np.diff(sums) <= 1e-9 * max(1, sums[0])).all()


# ---- starts and errors ----


@given(mixtures, SEEDS)
def test_the_same_seed_gives_the_same_start(case, seed):
    model, x, start = case
    first, second = (model.start(x, len(start[0]), np.random.default_rng(seed)) for _ in range(2))
    for part, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(part, other)
    model.check(x, first)


@given(arrays(float, st.integers(1, 20), elements=PLACES), st.data())
def test_what_is_not_a_number_is_counted_and_placed(x, data):
    spoiled = data.draw(st.sets(st.integers(0, len(x) - 1), min_size=1))
    x[list(spoiled)] = np.nan
    message = rf"^x has {len(spoiled)} NaN .*, the first at x\[{min(spoiled)}\]"
    with pytest.raises(ValueError, match=message):
        em(GaussianMixture(), x, GaussianParams((1.0,), (0.0,), (1.0,)))


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=4), st.integers(1, 5))
def test_weights_are_accepted_only_if_they_are_weights(weights, components):
    weights = np.array(weights)
    good = len(weights) == components and (weights >= 0).all() and abs(weights.sum() - 1) < 1e-9
    start = CoinParams(weights, np.full(components, 0.3))
    if good:
        assert fit(CoinMixture(10), np.arange(6.0), start).iterations > 0
    elif abs(weights.sum() - 1) > 1e-7 or (weights < 0).any() or len(weights) != components:
        with pytest.raises(ValueError, match=r"start\.(weights|heads)"):
            fit(CoinMixture(10), np.arange(6.0), start)
