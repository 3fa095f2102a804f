"""What must hold for any data and any start: examples found, and made small, by Hypothesis."""

import json
import math
import warnings
from itertools import product

import numpy as np
import pytest
from cases import COVARIANCES, Waiting, WaitingParams
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn import mixture
from sklearn.exceptions import ConvergenceWarning

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Repeated,
    best_of,
    convergence_rate,
    em,
    fit,
    trace,
)
from emlib.checks import named
from emlib.mixture import complete
from emlib.prior import MapGaussianMixture
from emlib.scalar import MeanParams, OneMean, TossParams, TwoTosses

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


# ---- the whole library: nothing but what was promised ----


@st.composite
def scattered(draw, axes=(0, 1, 2, 3), components=(1, 2, 3), size=(4, 15)):
    """Return different points of ordinary size in general position, and params apart."""
    seed, count = draw(SEEDS), draw(st.integers(*size))
    axes, components = draw(st.sampled_from(axes)), draw(st.sampled_from(components))
    rng = np.random.default_rng(seed)
    shape = (axes,) if axes else ()
    x = rng.normal(size=(count, *shape)) + 3 * rng.integers(0, 2, count).reshape(
        -1, *[1] * len(shape)
    )
    weights = rng.dirichlet(np.full(components, 3.0))
    means = x[rng.choice(count, components, replace=False)]
    covs = np.stack([np.eye(axes) * s if axes else s for s in rng.uniform(1, 3, components)])
    return x, GaussianParams(weights, means, np.array(covs, dtype=float))


def of_kind(kind, start):
    return start._replace(covs=np.repeat(start.covs[:1], len(start.covs), axis=0)) if (
        kind == "tied"
    ) else start  # fmt: skip


def params_are_equal(one, other):
    return all(
        np.array_equal(mine, theirs)
        for (_, mine), (_, theirs) in zip(named(one), named(other), strict=True)
    )


@st.composite
def readers(draw):
    """Return a reader's own mixture of waiting times."""
    x = np.array(draw(st.lists(st.integers(1, 40), min_size=3, max_size=12))) / 4
    shares = np.array(draw(st.lists(st.floats(0.1, 1), min_size=2, max_size=2)))
    means = draw(st.lists(st.floats(0.3, 8), min_size=2, max_size=2))
    return Waiting(), x, WaitingParams(shares / shares.sum(), np.array(means))


@st.composite
def small_ones(draw):
    """Return one of the two models with a single unknown number."""
    if draw(st.booleans()):
        x = draw(
            arrays(float, st.integers(2, 12), elements=st.integers(-20, 20).map(lambda n: n / 4))
        )
        model = OneMean(draw(st.floats(0.1, 0.9)), 0.0, draw(st.floats(0.3, 3)))
        return model, x, MeanParams(np.array(draw(st.floats(-4, 4))))
    x = np.array(draw(st.lists(st.integers(0, 2), min_size=1, max_size=10)), dtype=float)
    return TwoTosses(), x, TossParams(np.array(draw(st.floats(0.05, 0.95))))


@st.composite
def with_priors(draw):
    x, start = draw(scattered())
    scale = np.cov(x.T, bias=True) * draw(st.floats(0.05, 1))
    return MapGaussianMixture(scale=scale, dof=np.size(x[0]) + draw(st.floats(0.5, 4))), x, start


@st.composite
def typed(draw, **sizes):
    """Return Gaussians of any type on points in general position."""
    x, start = draw(scattered(**sizes))
    kind = draw(st.sampled_from(COVARIANCES))
    return GaussianMixture(kind, draw(st.booleans()), floor=FLOOR), x, of_kind(kind, start)


everything = st.one_of(mixtures, typed(), readers(), small_ones(), with_priors())


@given(everything)
def test_no_half_step_falls_by_more_than_64_roundings(case):
    bounds = np.array([step.elbo for step in em(*case, tol=0, max_iter=12)][1:])
    rounding = ROUNDING * np.maximum(len(case[1]), np.abs(bounds[1:]))
    assert (np.diff(bounds) >= -rounding).all()


@given(everything)
def test_after_e_the_bound_is_the_log_likelihood(case):
    for step in list(em(*case, tol=0, max_iter=6))[1::2]:
        rounding = ROUNDING * max(len(case[1]), abs(step.log_likelihood))
        assert step.kl >= -rounding
        if not getattr(case[0], "hard", False):
            assert step.kl <= rounding


@given(everything)
def test_fitting_is_stepping(case):
    answer, steps = fit(*case, max_iter=12), list(em(*case, max_iter=12))
    ends = [step for step in steps if step.kind != "E"]
    near = {"rtol": 1e-10, "atol": 1e-10}
    if not getattr(case[0], "hard", False):
        np.testing.assert_allclose(answer.path, [step.log_likelihood for step in ends], **near)
    np.testing.assert_allclose(answer.bounds, [step.elbo for step in ends[1:]], **near)
    np.testing.assert_allclose(answer.log_likelihood, ends[-1].log_likelihood, **near)
    np.testing.assert_allclose(answer.posterior, ends[-1].posterior, **near)
    assert answer.iterations == steps[-1].iteration
    for (_, mine), (_, theirs) in zip(named(answer.params), named(ends[-1].params), strict=True):
        np.testing.assert_allclose(mine, theirs, **near)
    assert [record["kind"] for record in trace(*case, max_iter=12)] == [s.kind for s in steps]


@given(everything)
def test_nothing_that_was_passed_is_changed(case):
    model, x, start = case
    parts = [np.array(part, dtype=float) for part in start]
    x, start = np.array(x, dtype=float), type(start)(*parts)
    before, fields = [part.tobytes() for part in (x, *parts)], repr(vars(model))
    fit(model, x, start, max_iter=4)
    trace(model, x, start, max_iter=2)
    best_of(model, x, [start, start], max_iter=2)
    list(em(model, x, start, max_iter=2))
    assert [part.tobytes() for part in (x, *parts)] == before
    assert repr(vars(model)) == fields


@given(everything)
def test_the_same_run_gives_the_same_bits(case):
    one, two = fit(*case, max_iter=20), fit(*case, max_iter=20)
    assert params_are_equal(one.params, two.params)
    np.testing.assert_array_equal(one.path, two.path)
    assert (one.status, one.problems) == (two.status, two.problems)
    assert one.rate == two.rate or (np.isnan(one.rate) and np.isnan(two.rate))


@given(everything)
def test_steps_can_be_written_as_json_and_read_again(case):
    records = trace(*case, max_iter=3)
    again = json.loads(json.dumps(records, allow_nan=False))
    assert again == records


@given(everything)
def test_a_fit_says_how_it_ended_and_holds_numbers(case):
    answer = fit(*case, max_iter=300)
    assert answer.status != "fell"
    assert answer.converged == (answer.status == "converged")
    assert (answer.status == "degenerate") == bool(answer.problems)
    values = [answer.path, answer.bounds, answer.posterior, answer.log_likelihood]
    assert all(
        np.isfinite(value).all() for value in [*values, *(v for _, v in named(answer.params))]
    )
    if not getattr(case[0], "hard", False):
        assert answer.log_likelihood == answer.path[-1]
    assert len(answer.path) == answer.iterations + 1
    if answer.converged:
        assert answer.rate < 1
    lines = repr(answer).splitlines()
    assert lines[0].startswith(answer.status)


@given(typed(), SEEDS)
def test_no_params_lift_the_bound_higher_than_an_m_step(case, seed):
    model, x, start = case
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.ones(len(start.weights)), len(x))
    best = model.elbo(x, q, model.m_step(x, q))
    other = model.start(x, len(start.weights), rng)
    for params in (start, other, model.m_step(x, rng.permutation(q))):
        assert model.elbo(x, q, params) <= best + ROUNDING / FLOOR * max(len(x), abs(best))


@given(everything, SEEDS)
def test_no_q_lifts_the_bound_higher_than_an_e_step(case, seed):
    model, (x, params) = complete(case[0]), complete(case[0]).check(*case[1:])
    first, e, *_ = em(*case, max_iter=1)
    for q in (random_q(len(x), e.posterior.shape[1], seed), e.posterior):
        rounding = ROUNDING * max(len(x), abs(first.log_likelihood))
        assert model.elbo(x, q, params) <= first.log_likelihood + rounding


@given(typed(), st.integers(2, 4))
def test_copies_of_the_data_change_only_the_size_of_the_log_likelihood(case, copies):
    model, x, start = case
    here = fit(model, x, start, tol=0, max_iter=5)
    there = fit(model, np.concatenate([x] * copies), start, tol=0, max_iter=5)
    np.testing.assert_allclose(there.path, copies * here.path, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(there.params.means, here.params.means, atol=1e-8)


@given(typed(), st.sampled_from([-1e8, 1e4, 1e8]))
def test_gaussians_move_with_the_origin(case, offset):
    model, x, start = case
    x = np.round(x * 2**20) / 2**20  # so that x + offset is exact
    start = start._replace(means=np.round(start.means * 2**20) / 2**20)
    moved = start._replace(means=start.means + offset)
    here = fit(model, x, start, tol=0, max_iter=4)
    there = fit(model, x + offset, moved, tol=0, max_iter=4)
    np.testing.assert_allclose(there.params.means - offset, here.params.means, atol=1e-5)
    np.testing.assert_allclose(there.path, here.path, atol=1e-5 * len(x))


@given(typed(), st.sampled_from([1e-8, 0.01, 5.0, 1e8]))
def test_gaussians_move_with_the_unit(case, scale):
    model, x, start = case
    moved = start._replace(means=start.means * scale, covs=start.covs * scale**2)
    here = fit(model, x, start, tol=0, max_iter=4)
    there = fit(model, x * scale, moved, tol=0, max_iter=4)
    np.testing.assert_allclose(there.params.covs / scale**2, here.params.covs, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(there.path + x.size * np.log(scale), here.path, rtol=1e-9, atol=1e-8)


@given(scattered(axes=(2, 3)), SEEDS)
def test_full_matrices_follow_a_linear_map(case, seed):
    x, start = case
    matrix = np.random.default_rng(seed).normal(size=(x.shape[1],) * 2) / 2 + 2 * np.eye(x.shape[1])
    moved = start._replace(means=start.means @ matrix.T, covs=matrix @ start.covs @ matrix.T)
    here = list(em(GaussianMixture(floor=1e-12), x, start, tol=0, max_iter=2))
    there = list(em(GaussianMixture(floor=1e-12), x @ matrix.T, moved, tol=0, max_iter=2))
    assume(min(np.linalg.eigvalsh(step.params.covs)[:, 0].min() for step in here) > 1e-4)
    lost = len(x) * np.linalg.slogdet(matrix)[1]
    for step, other in zip(here, there, strict=True):
        assert other.log_likelihood + lost == pytest.approx(step.log_likelihood, rel=1e-8, abs=1e-8)


@given(scattered(components=(1,)), st.sampled_from(COVARIANCES))
def test_one_component_is_known_at_once(case, kind):
    x, start = case
    answer = fit(GaussianMixture(kind, floor=1e-12), x, start)
    np.testing.assert_allclose(answer.params.means[0], x.mean(axis=0), atol=1e-12)
    assert answer.iterations == 2
    assert answer.converged or answer.problems
    if x.ndim == 1:
        assert answer.params.covs[0] == pytest.approx(x.var(), rel=1e-9)


@given(st.lists(PLACES, min_size=1, max_size=15), SEEDS)
def test_one_cluster_is_the_mean(x, seed):
    answer = fit(KMeans(), x, KMeans().start(x, 1, np.random.default_rng(seed)))
    assert answer.params.means[0] == pytest.approx(np.mean(x), abs=1e-12)
    assert answer.converged


@given(scattered(components=(2, 3)), st.sampled_from(COVARIANCES))
def test_means_stay_between_the_points(case, kind):
    x, start = case
    for step in list(em(GaussianMixture(kind), x, of_kind(kind, start), max_iter=4))[2::2]:
        assert (step.params.means >= x.min(axis=0) - 1e-9).all()
        assert (step.params.means <= x.max(axis=0) + 1e-9).all()
        assert step.params.weights.sum() == pytest.approx(1, rel=1e-12)


@given(everything)
def test_the_best_of_starts_is_none_of_the_worse(case):
    model, x, start = case
    fits = [fit(model, x, start, max_iter=n) for n in (1, 3, 6)]
    answer = best_of(model, x, [one.params for one in fits if not one.problems] or [start])
    usable = [one.bounds[-1] for one in fits if not one.problems]
    if usable and not answer.problems:
        rounding = ROUNDING / FLOOR * max(len(x), abs(answer.bounds[-1]))
        assert answer.bounds[-1] >= max(usable) - rounding


@given(typed(size=(5, 12)))
def test_a_rate_is_a_number_that_knows_no_names(case):
    model, x, start = case
    assume(not model.hard and len(start.weights) > 1)
    turned = type(start)(*(part[::-1] for part in start))
    rates = [convergence_rate(model, x, one, max_iter=10) for one in (start, turned)]
    assert np.isfinite(rates).all()
    assert min(rates) >= 0


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.floats(0.1, 0.9),
       st.floats(0.05, 0.95), st.floats(0.05, 0.95))  # fmt: skip
def test_a_log_likelihood_is_a_sum_over_all_labellings(x, weight, first, second):
    params, total = CoinParams((weight, 1 - weight), (first, second)), 0.0
    for z in product((0, 1), repeat=len(x)):
        total += math.prod(
            params.weights[k] * stats.binom.pmf(seen, 6, params.heads[k])
            for k, seen in zip(z, x, strict=True)
        )
    assert CoinMixture(6).log_likelihood(x, params) == pytest.approx(math.log(total), rel=1e-9)


@given(scattered(), st.sampled_from(COVARIANCES))
def test_float32_data_give_nearly_the_same_run(case, kind):
    x, start = case
    model, start = GaussianMixture(kind, floor=FLOOR), of_kind(kind, start)
    here = fit(model, x, start, tol=0, max_iter=3)
    there = fit(model, x.astype(np.float32), start, tol=0, max_iter=3)
    same = fit(model, x.astype(np.float32).astype(float), start, tol=0, max_iter=3)
    np.testing.assert_array_equal(there.path, same.path)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-3, atol=1e-3)


@given(scattered(axes=(1, 2, 3), components=(1, 2, 3), size=(8, 15)), st.sampled_from(COVARIANCES))
def test_an_iteration_is_that_of_scikit_learn(case, kind):
    x, start = case
    start = of_kind(kind, start)
    diagonal = start.covs.diagonal(axis1=1, axis2=2)
    forms = {"full": start.covs, "tied": start.covs[0], "diagonal": diagonal}
    covs = forms.get(kind, diagonal[:, 0])
    theirs = mixture.GaussianMixture(
        len(start.weights),
        covariance_type={"diagonal": "diag"}.get(kind, kind),
        reg_covar=0,
        tol=0,
        max_iter=1,
        init_params="random",
        random_state=0,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(covs) if kind in ("full", "tied") else 1 / covs,
    )
    *_, mine = em(GaussianMixture(kind, floor=0.0), x, start, tol=0, max_iter=1)
    assume(np.linalg.eigvalsh(mine.params.covs)[:, 0].min() > 1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(x)
    np.testing.assert_allclose(mine.params.weights, theirs.weights_, atol=1e-8)
    np.testing.assert_allclose(mine.params.means, theirs.means_, atol=1e-8)
    assert mine.log_likelihood == pytest.approx(theirs.score(x) * len(x), rel=1e-8, abs=1e-8)


@given(clusters())
def test_k_means_beats_no_labelling_and_its_own_start(case):
    _, x, start = case
    assume(len(x) <= 8 and len(start.means) <= 2)
    answer = fit(KMeans(), x, start)
    best = min(
        sum(((x[np.array(z) == k] - x[np.array(z) == k].mean(axis=0)) ** 2).sum() for k in set(z))
        for z in product(range(len(start.means)), repeat=len(x))
    )
    mine = (((x[:, None] - answer.params.means) ** 2).sum(axis=2) * answer.posterior).sum()
    assert mine >= best - 1e-9
    again = fit(KMeans(), x, KMeansParams(answer.params.means))
    assert again.bounds[-1] >= answer.bounds[-1] - 1e-9 * max(1, abs(answer.bounds[-1]))
