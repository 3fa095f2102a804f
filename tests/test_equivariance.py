"""Units and origin mean nothing: whole paths in other units, from another origin, turned, sheared.

Data lie on a grid of 2^-20, so that adding 10⁸ or multiplying by a power of two is exact and what
is compared is the algorithm alone. What may remain: a mean near 10⁸ is stored to ε·10⁸ = 2·10⁻⁸,
and that is 2·10⁻⁸ standard deviations here. Covariances and responsibilities feel such an error in
proportion, the log-likelihood N times. `blur(offset)` is 64 of these units.
"""

import functools

import numpy as np
import pytest
from cases import COVARIANCES, HALF, LINE, PLANE

from emlib import (
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Repeated,
    best_of,
    convergence_rate,
    em,
    fit,
)
from emlib.likelihood import Normal, NormalParams, climb
from emlib.logistic import LogisticParams, LogisticRegression
from emlib.prior import MapGaussianMixture
from emlib.scalar import MeanParams, OneMean

EPS = np.finfo(float).eps
GRID = 2.0**-20


def on_grid(x):
    return np.round(np.array(x, dtype=float) / GRID) * GRID


FLAT, WIDE = on_grid(LINE), on_grid(PLANE)
SOLID = on_grid(np.random.default_rng(5).normal(size=(60, 3)) + np.repeat([0, 2], 30)[:, None])
STARTS = {
    "line": (FLAT, GaussianParams(np.array((0.4, 0.6)), np.array((-1.0, 2.0)), np.ones(2))),
    "plane": (
        WIDE,
        GaussianParams(
            np.array((0.3, 0.7)), np.array([(-1.0, 0), (2, 0)]), np.array([np.eye(2)] * 2)
        ),
    ),
    "space": (
        SOLID,
        GaussianParams(
            np.array((0.2, 0.3, 0.5)), SOLID[[0, 20, 40]], np.array([np.eye(3)] * 3)
        ),
    ),
}  # fmt: skip
OFFSETS = [1.0, -1e4, 1e6, 1e8, -1e8]
SCALES = [1e-8, 1e-3, 3.0, 1e8]
TOGETHER = ("full", "tied", "diagonal")  # types that do not mix the units of the features


def blur(offset):
    return 64 * EPS * max(1.0, np.max(np.abs(offset)))


def shifted(start, offset):
    return start._replace(means=start.means + offset)


def scaled(start, scale):
    """Return the start for x × scale, where scale is a number or one per feature."""
    scale = np.asarray(scale)
    square = np.outer(scale, scale) if scale.ndim else scale**2
    return start._replace(means=start.means * scale, covs=start.covs * square)


def log_volume(x, scale):
    """Return by how much the log-likelihood falls when x is multiplied by scale."""
    return np.log(np.broadcast_to(scale, np.shape(x))).sum()


# ---- Gaussian mixtures: shifts ----


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", STARTS)
def test_every_half_step_moves_with_the_origin(name, kind, hard, offset):
    x, start = STARTS[name]
    model, error = GaussianMixture(kind, hard), blur(offset)
    here = list(em(model, x, start, tol=0, max_iter=12))
    there = list(em(model, x + offset, shifted(start, offset), tol=0, max_iter=12))
    for step, moved in zip(here, there, strict=True):
        np.testing.assert_allclose(moved.params.means - offset, step.params.means, atol=error)
        np.testing.assert_allclose(moved.params.weights, step.params.weights, atol=error)
        np.testing.assert_allclose(moved.params.covs, step.params.covs, atol=error)
        assert moved.log_likelihood == pytest.approx(step.log_likelihood, abs=len(x) * error)
        if step.kind != "start":
            np.testing.assert_allclose(moved.posterior, step.posterior, atol=error)
            assert moved.elbo == pytest.approx(step.elbo, abs=len(x) * error)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", ["plane", "space"])
def test_every_feature_has_an_origin_of_its_own(name, kind):
    x, start = STARTS[name]
    offset = np.array([1e8, -1e4, 0.5])[: x.shape[1]]
    model, error = GaussianMixture(kind), blur(offset)
    here = fit(model, x, start, tol=0, max_iter=20)
    there = fit(model, x + offset, shifted(start, offset), tol=0, max_iter=20)
    np.testing.assert_allclose(there.params.means - offset, here.params.means, atol=error)
    np.testing.assert_allclose(there.params.covs, here.params.covs, atol=error)
    np.testing.assert_allclose(there.path, here.path, atol=len(x) * error)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("offset", [1e4, 1e8])
def test_no_bound_falls_far_from_the_origin(kind, offset):
    """Uncentred sums of squares would lose ε·offset², here 2: more than all there is."""
    for x, start in STARTS.values():
        answer = fit(GaussianMixture(kind), x + offset, shifted(start, offset), max_iter=60)
        rounding = 64 * EPS * np.maximum(len(x), np.abs(answer.bounds[1:]))
        assert (np.diff(answer.bounds) >= -rounding).all()
        assert answer.status != "fell"


# ---- Gaussian mixtures: units ----


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", STARTS)
def test_every_half_step_feels_no_unit(name, kind, hard, scale):
    x, start = STARTS[name]
    model, lost = GaussianMixture(kind, hard), log_volume(x, scale)
    here = list(em(model, x, start, tol=0, max_iter=12))
    there = list(em(model, x * scale, scaled(start, scale), tol=0, max_iter=12))
    for step, moved in zip(here, there, strict=True):
        np.testing.assert_allclose(
            moved.params.means / scale, step.params.means, rtol=1e-11, atol=1e-11
        )
        np.testing.assert_allclose(
            moved.params.covs / scale**2, step.params.covs, rtol=1e-11, atol=1e-11
        )
        np.testing.assert_allclose(moved.params.weights, step.params.weights, rtol=1e-11)
        assert moved.log_likelihood + lost == pytest.approx(step.log_likelihood, rel=1e-11)
        if step.kind != "start":
            np.testing.assert_allclose(moved.posterior, step.posterior, atol=1e-11)
            assert moved.elbo + lost == pytest.approx(step.elbo, rel=1e-11)


@pytest.mark.parametrize("kind", TOGETHER)
@pytest.mark.parametrize("name", ["plane", "space"])
def test_every_feature_has_a_unit_of_its_own(name, kind):
    x, start = STARTS[name]
    scale = np.array([1e-8, 1e8, 2.5])[: x.shape[1]]
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=20)
    there = fit(GaussianMixture(kind), x * scale, scaled(start, scale), tol=0, max_iter=20)
    np.testing.assert_allclose(there.params.means / scale, here.params.means, rtol=1e-9)
    np.testing.assert_allclose(
        there.params.covs / np.outer(scale, scale), here.params.covs, rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(there.path + log_volume(x, scale), here.path, rtol=1e-11)
    np.testing.assert_allclose(there.posterior, here.posterior, atol=1e-10)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("power", [-26, 26])
def test_a_unit_and_an_origin_far_away_at_once(kind, power):
    x, start = STARTS["plane"]
    scale = 2.0**power  # so that x × scale + offset is exact
    offset = 1e6 * scale
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=20)
    moved = shifted(scaled(start, scale), offset)
    there = fit(GaussianMixture(kind), x * scale + offset, moved, tol=0, max_iter=20)
    error = blur(1e6)
    np.testing.assert_allclose((there.params.means - offset) / scale, here.params.means, atol=error)
    np.testing.assert_allclose(there.params.covs / scale**2, here.params.covs, atol=error)
    np.testing.assert_allclose(there.path + log_volume(x, scale), here.path, atol=len(x) * error)


@functools.cache
def plain_fit(kind, name):
    x, start = STARTS[name]
    return fit(GaussianMixture(kind), x, start)


@pytest.mark.parametrize(("scale", "offset"), [(1e-8, 0.0), (1e8, 0.0), (1.0, 1e8)])
@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", ["line", "plane"])
def test_status_problems_and_rate_feel_neither_unit_nor_origin(name, kind, scale, offset):
    x, start = STARTS[name]
    here, moved = plain_fit(kind, name), shifted(scaled(start, scale), offset)
    there = fit(GaussianMixture(kind), x * scale + offset, moved)
    assert (there.status, len(there.problems)) == (here.status, len(here.problems))
    assert there.rate == pytest.approx(here.rate, abs=1e-2 if offset else 1e-3)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("scale", [2.0**-26, 2.0**26])
def test_a_run_takes_the_same_way_in_every_unit_and_stops_by_its_rule(kind, scale):
    """The bound moves by N D log(scale), so a gain that is small beside it may come earlier."""
    (x, start), here = STARTS["plane"], plain_fit(kind, "plane")
    there = fit(GaussianMixture(kind), x * scale, scaled(start, scale))
    both = min(here.iterations, there.iterations)
    jacobian = x.size * np.log(scale)
    np.testing.assert_allclose(there.path[:both] + jacobian, here.path[:both], rtol=1e-12)
    for fitted in (here, there):
        gain, bound = fitted.bounds[-1] - fitted.bounds[-2], abs(fitted.bounds[-1])
        assert gain < 1e-10 * max(len(x), bound) <= fitted.bounds[-2] - fitted.bounds[-3]


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_the_floor_binds_in_every_unit(kind, scale):
    x = np.r_[FLAT, np.full(5, 0.5)]
    start = GaussianParams(np.array(HALF), np.array((0.5, 1.0)), np.array((1e-4, 1.0)))
    if kind == "tied":
        x, start = (
            np.array([0.0, 0, 5, 5]),
            start._replace(means=np.array((0.0, 5.0)), covs=np.ones(2)),
        )
    here = fit(GaussianMixture(kind), x, start)
    there = fit(GaussianMixture(kind), x * scale, scaled(start, scale))
    assert here.status == there.status == "degenerate"
    assert here.problems == there.problems
    np.testing.assert_allclose(there.params.covs / scale**2, here.params.covs, rtol=1e-6)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_a_saddle_is_a_saddle_everywhere(kind):
    x, start = STARTS["plane"]
    equal = start._replace(means=np.ones((2, 2)), weights=np.array(HALF))
    here = fit(GaussianMixture(kind), x, equal)
    assert here.status in ("saddle", "flat")
    for scale, offset in ((1e-8, 0.0), (1e8, 0.0), (1.0, 1e8)):
        moved = shifted(scaled(equal, scale), offset)
        assert fit(GaussianMixture(kind), x * scale + offset, moved).status == here.status


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_a_start_is_drawn_in_the_unit_of_the_data(scale):
    model = GaussianMixture()
    here, there = (model.start(x, 2, np.random.default_rng(3)) for x in (WIDE, WIDE * scale))
    np.testing.assert_allclose(there.means / scale, here.means, rtol=1e-14)
    np.testing.assert_allclose(there.covs / scale**2, here.covs, rtol=1e-12)


# ---- turned and sheared ----


def mapped(start, matrix):
    return start._replace(means=start.means @ matrix.T, covs=matrix @ start.covs @ matrix.T)


@pytest.mark.parametrize("kind", ["full", "tied"])
@pytest.mark.parametrize("name", ["plane", "space"])
def test_full_matrices_follow_any_linear_map(name, kind):
    x, start = STARTS[name]
    axes = x.shape[1]
    matrix = np.random.default_rng(2).normal(size=(axes, axes)) + 2 * np.eye(axes)
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=15)
    there = fit(GaussianMixture(kind), x @ matrix.T, mapped(start, matrix), tol=0, max_iter=15)
    expected = mapped(here.params, matrix)
    np.testing.assert_allclose(there.params.means, expected.means, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(there.params.covs, expected.covs, rtol=1e-8, atol=1e-10)
    lost = len(x) * np.linalg.slogdet(matrix)[1]
    np.testing.assert_allclose(there.path + lost, here.path, rtol=1e-10)


@pytest.mark.parametrize("name", ["plane", "space"])
def test_spheres_and_k_means_feel_no_turn(name):
    x, start = STARTS[name]
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(x.shape[1],) * 2))[0]
    model = GaussianMixture("spherical")
    here = fit(model, x, start, tol=0, max_iter=15)
    there = fit(model, x @ turn.T, mapped(start, turn), tol=0, max_iter=15)
    np.testing.assert_allclose(there.params.means, here.params.means @ turn.T, atol=1e-10)
    np.testing.assert_allclose(there.params.covs, here.params.covs, atol=1e-10)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-12)
    means = KMeansParams(x[[0, 20, 35]])
    near, far = (
        fit(KMeans(), x, means),
        fit(KMeans(), x @ turn.T, KMeansParams(means.means @ turn.T)),
    )
    np.testing.assert_array_equal(near.posterior, far.posterior)
    np.testing.assert_allclose(far.path, near.path, rtol=1e-12)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_the_order_of_the_features_does_not_matter(kind):
    x, start = STARTS["space"]
    order = np.array([2, 0, 1])
    swapped = start._replace(means=start.means[:, order], covs=start.covs[:, order][:, :, order])
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=15)
    there = fit(GaussianMixture(kind), x[:, order], swapped, tol=0, max_iter=15)
    np.testing.assert_allclose(there.params.means, here.params.means[:, order], atol=1e-11)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-12)


# ---- K-means ----


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("power", [-27, -1, 27])
def test_k_means_is_the_same_bit_for_bit_in_a_unit_of_two(name, power):
    x, scale = STARTS[name][0], 2.0**power
    start = KMeansParams(x[[0, 1, 25]])
    here = list(em(KMeans(), x, start))
    there = list(em(KMeans(scale**2), x * scale, KMeansParams(start.means * scale)))
    for step, moved in zip(here, there, strict=True):
        np.testing.assert_array_equal(moved.params.means, step.params.means * scale)
        if step.kind != "start":
            np.testing.assert_array_equal(moved.posterior, step.posterior)


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", STARTS)
def test_k_means_feels_no_unit(name, scale, hard):
    x = STARTS[name][0]
    start = KMeansParams(x[[0, 1, 25]])
    here = fit(KMeans(0.7, hard), x, start, tol=0, max_iter=30)
    moved = KMeansParams(start.means * scale)
    there = fit(KMeans(0.7 * scale**2, hard), x * scale, moved, tol=0, max_iter=30)
    np.testing.assert_allclose(there.path + log_volume(x, scale), here.path, rtol=1e-10)
    np.testing.assert_allclose(there.params.means / scale, here.params.means, atol=1e-9)


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", STARTS)
def test_k_means_feels_no_origin(name, offset, hard):
    x = STARTS[name][0]
    start, error = KMeansParams(x[[0, 1, 25]]), blur(offset)
    here = list(em(KMeans(0.7, hard), x, start, tol=0, max_iter=12))
    moved = KMeansParams(start.means + offset)
    there = list(em(KMeans(0.7, hard), x + offset, moved, tol=0, max_iter=12))
    for step, other in zip(here, there, strict=True):
        np.testing.assert_allclose(other.params.means - offset, step.params.means, atol=error)
        assert other.log_likelihood == pytest.approx(step.log_likelihood, abs=len(x) * error)
        if step.kind != "start":
            np.testing.assert_allclose(other.posterior, step.posterior, atol=error)


# ---- with a prior ----


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", STARTS)
def test_a_prior_in_the_unit_of_the_data_feels_no_unit(name, scale):
    """The log posterior loses the Jacobian of x and that of the K covariances in the prior."""
    x, start = STARTS[name]
    components, axes = len(start.weights), np.size(x[0])
    one, other = (MapGaussianMixture.for_data(data, components) for data in (x, x * scale))
    here = fit(one, x, start, tol=0, max_iter=12)
    there = fit(other, x * scale, scaled(start, scale), tol=0, max_iter=12)
    lost = log_volume(x, scale)
    lost += components * (one.dof + axes + 1) * axes * np.log(scale)
    np.testing.assert_allclose(there.path + lost, here.path, rtol=1e-10)
    np.testing.assert_allclose(there.params.means / scale, here.params.means, rtol=1e-9)
    np.testing.assert_allclose(
        there.params.covs / scale**2, here.params.covs, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", STARTS)
def test_a_prior_from_the_data_feels_no_origin(name, offset):
    x, start = STARTS[name]
    components, error = len(start.weights), blur(offset)
    one, other = (MapGaussianMixture.for_data(data, components) for data in (x, x + offset))
    np.testing.assert_allclose(other.scale, one.scale, atol=error)
    here = fit(one, x, start, tol=0, max_iter=12)
    there = fit(other, x + offset, shifted(start, offset), tol=0, max_iter=12)
    np.testing.assert_allclose(there.params.means - offset, here.params.means, atol=error)
    np.testing.assert_allclose(there.params.covs, here.params.covs, atol=error)
    np.testing.assert_allclose(there.path, here.path, atol=len(x) * error)


# ---- the small models ----


@pytest.mark.parametrize("scale", [1e-3, 3.0, 1e8])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_one_mean_feels_neither_unit_nor_origin(scale, offset):
    here = fit(OneMean(0.4, 0.25, 1.5), FLAT, MeanParams(-2.0), tol=0, max_iter=20)
    model = OneMean(0.4, 0.25 * scale + offset * scale, 1.5 * scale**2)
    start = MeanParams(-2.0 * scale + offset * scale)
    there = fit(model, (FLAT + offset) * scale, start, tol=0, max_iter=20)
    error = 64 * EPS * max(1, offset)
    assert there.params.mean / scale - offset == pytest.approx(here.params.mean, abs=error)
    lost = log_volume(FLAT, scale)
    np.testing.assert_allclose(there.path + lost, here.path, atol=len(FLAT) * error)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_a_climb_feels_neither_unit_nor_origin(scale, offset):
    here = list(climb(Normal(), FLAT, NormalParams(0.0, 3.0)))
    start = NormalParams(offset * scale, 3.0 * scale)
    there = list(climb(Normal(), (FLAT + offset) * scale, start))
    assert here[-1].params.sd == pytest.approx(FLAT.std(), rel=1e-6)
    assert there[-1].params.sd / scale == pytest.approx(here[-1].params.sd, rel=1e-6)
    assert there[-1].params.mean / scale - offset == pytest.approx(here[-1].params.mean, abs=1e-8)


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_newton_feels_neither_unit_nor_origin(scale, offset):
    x = np.arange(12.0)
    y = np.array([0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1])
    params, moved = (LogisticParams(0.0, 0.0) for _ in range(2))
    here, there = LogisticRegression(x, y), LogisticRegression((x + offset) * scale, y)
    for _ in range(5):
        params, moved = here.newton_step(params), there.newton_step(moved)
        assert moved.slopes * scale == pytest.approx(params.slopes, rel=1e-8)
        assert moved.intercept + moved.slopes * scale * offset == pytest.approx(
            params.intercept, rel=1e-6
        )
    assert there.log_likelihood(moved) == pytest.approx(here.log_likelihood(params), rel=1e-10)


# ---- order and number ----


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", STARTS)
def test_whole_fits_do_not_depend_on_the_order_of_observations_or_names(name, kind):
    x, start = STARTS[name]
    rows = np.random.default_rng(0).permutation(len(x))
    names = np.arange(len(start.weights))[::-1]
    renamed = GaussianParams(*(part[names] for part in start))
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=20)
    there = fit(GaussianMixture(kind), x[rows], renamed, tol=0, max_iter=20)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-12)
    for part, other in zip(here.params, there.params, strict=True):
        np.testing.assert_allclose(other, part[names], atol=1e-9)
    np.testing.assert_allclose(there.posterior, here.posterior[rows][:, names], atol=1e-9)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", STARTS)
def test_counts_duplicates_and_fractions_of_counts_are_one_path(name, kind):
    x, start = STARTS[name]
    times = np.arange(len(x)) % 3 + 1.0
    model = GaussianMixture(kind)
    long = fit(model, np.repeat(x, times.astype(int), axis=0), start, tol=0, max_iter=15)
    counted = fit(Repeated(model, times), x, start, tol=0, max_iter=15)
    halves = fit(Repeated(model, times / 2), x, start, tol=0, max_iter=15)
    np.testing.assert_allclose(counted.path, long.path, rtol=1e-11)
    np.testing.assert_allclose(2 * halves.path, long.path, rtol=1e-11)
    for part, other, third in zip(long.params, counted.params, halves.params, strict=True):
        np.testing.assert_allclose(other, part, atol=1e-9)
        np.testing.assert_allclose(third, part, atol=1e-9)


def test_the_best_of_starts_feels_neither_order_nor_unit():
    model, rng = GaussianMixture("spherical"), np.random.default_rng(8)
    starts = [model.start(WIDE, 2, rng) for _ in range(3)]
    here, turned = best_of(model, WIDE, starts), best_of(model, WIDE, starts[::-1])
    there = best_of(model, WIDE * 1e-8, [scaled(start, 1e-8) for start in starts])
    assert turned.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-9)
    lost = log_volume(WIDE, 1e-8)
    assert there.log_likelihood + lost == pytest.approx(here.log_likelihood, rel=1e-6)


def test_a_rate_feels_no_affine_map():
    x, start = STARTS["plane"]
    answer = fit(GaussianMixture(), x, start, tol=1e-14, max_iter=3000)
    matrix = np.array([[3.0, 1.0], [-0.5, 2.0]])
    moved = mapped(answer.params, matrix)
    rate = convergence_rate(GaussianMixture(), x @ matrix.T, moved)
    assert rate == pytest.approx(answer.rate, abs=1e-4)
