"""Gaussian mixtures and K-means: published runs, scikit-learn step by step, and their edges."""

import warnings
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from cases import COVARIANCES, HALF, LINE, ON_LINE, ON_PLANE, PLANE, THREE
from scipy import optimize, stats
from sklearn import cluster, mixture
from sklearn.exceptions import ConvergenceWarning

from emlib import GaussianMixture, GaussianParams, KMeans, KMeansParams, best_of, em, fit
from emlib.covariance import CONSTRAINTS, centre, lift, log_normal, spread
from emlib.data import old_faithful, two_gaussians

ROUNDING = 64 * np.finfo(float).eps
SPACE = np.random.default_rng(5).normal(size=(60, 3)) * [1, 3, 0.2] + [0, 5, -1]
SPACE[30:] += [3, 1, 0.4]
SPREAD = np.diag(SPACE.var(axis=0))
IN_SPACE = GaussianParams((0.3, 0.3, 0.4), SPACE[[0, 20, 40]], [SPREAD] * 3)
DATA = {"line": (LINE, ON_LINE), "plane": (PLANE, ON_PLANE), "space": (SPACE, IN_SPACE)}


def allowed(kind, start):
    """Return the start with covariances of this type."""
    if kind != "spherical" or np.ndim(start.covs) == 1:
        return start
    return start._replace(covs=[np.eye(len(start.covs[0]))] * len(start.covs))


# ---- published runs ----


@pytest.fixture(scope="module")
def article_run(published):
    """The run of the article on 110,000 points: [mean log-likelihood, params] after t updates."""
    x, _ = two_gaussians()
    _, _, weight, first, second, sd, other, _ = published["two_gaussians"]["rows"][0]
    start = GaussianParams((weight, 1 - weight), (first, second), (sd**2, other**2))
    steps = em(GaussianMixture(), x, start, max_iter=150, tol=0)
    return [(s.log_likelihood / len(x), s.params) for s in steps if s.kind != "E"]


def test_published_run_on_two_gaussians(article_run, published):
    rows = [row for row in published["two_gaussians"]["rows"] if row[0] <= 150]
    assert rows[-1][0] == 150
    for t, log_likelihood, weight, *means_and_sds, posterior in rows:
        found, params = article_run[t]
        assert found == pytest.approx(log_likelihood, abs=1e-11)
        assert params.weights[0] == pytest.approx(weight, abs=1e-9)
        assert [*params.means, *np.sqrt(params.covs)] == pytest.approx(means_and_sds, abs=1e-8)
        at_105 = GaussianMixture().e_step([105.0], params)[0, 0]
        assert at_105 == pytest.approx(posterior, abs=1e-9)


def test_published_maximum_on_two_gaussians(article_run, published):
    maximum = published["two_gaussians"]["maximum"]
    log_likelihood, params = article_run[-1]
    assert 110_000 * log_likelihood == pytest.approx(maximum["loglik"], abs=1e-6)
    np.testing.assert_allclose(params.weights, maximum["weights"], atol=1e-6)
    np.testing.assert_allclose(params.means, maximum["means"], atol=1e-5)
    np.testing.assert_allclose(np.sqrt(params.covs), maximum["sds"], atol=1e-5)


def test_the_article_stopped_at_a_saddle(article_run, published):
    x, _ = two_gaussians()
    answer = fit(GaussianMixture(), x, article_run[0][1], tol=1e-3)
    assert answer.status == "saddle"
    assert answer.iterations == 2
    assert answer.rate == pytest.approx(published["two_gaussians"]["saddle_growth"], abs=1e-3)
    posterior = GaussianMixture().e_step([105.0], answer.params)[0]
    np.testing.assert_allclose(posterior, [0.50111506, 0.49888494], atol=5e-9)


def test_published_run_on_old_faithful(published):
    x = old_faithful()
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    start = GaussianParams(HALF, [(-1.5, 1.0), (1.5, -1.0)], [np.eye(2)] * 2)
    steps = [s for s in em(GaussianMixture(), z, start, max_iter=40, tol=0) if s.kind != "E"]
    path = published["old_faithful"]["path"]
    np.testing.assert_allclose([s.log_likelihood for s in steps], path, rtol=1e-11)
    for state in published["old_faithful"]["states"]:
        step = steps[state["t"]]
        assert step.log_likelihood == pytest.approx(state["log_likelihood"], abs=1e-9)
        np.testing.assert_allclose(step.params.weights, state["weights"], atol=1e-10)
        np.testing.assert_allclose(step.params.means, state["means"], atol=1e-10)
        np.testing.assert_allclose(step.params.covs, state["covs"], atol=1e-10)


def test_published_fit_of_old_faithful(published):
    x, limit = old_faithful(), published["old_faithful"]["limit"]
    start = GaussianParams(HALF, [(2.0, 50.0), (4.0, 80.0)], [np.diag([1.0, 100.0])] * 2)
    answer = fit(GaussianMixture(), x, start, tol=1e-14)
    assert answer.converged
    assert answer.log_likelihood == pytest.approx(limit["log_likelihood"], abs=1e-8)
    np.testing.assert_allclose(answer.params.weights, limit["weights"], rtol=1e-6)
    np.testing.assert_allclose(answer.params.means, limit["means"], rtol=1e-6)
    np.testing.assert_allclose(answer.params.covs, limit["covs"], rtol=1e-5)
    hard = np.bincount(answer.posterior.argmax(axis=1)).tolist()
    assert hard == limit["hard_counts"]


def test_published_log_likelihood_of_one_gaussian(published):
    x = old_faithful()
    start = GaussianMixture().start(x, 1, np.random.default_rng(0))
    answer = fit(GaussianMixture(), x, start)
    expected = published["old_faithful"]["one_gaussian"]
    assert answer.log_likelihood == pytest.approx(expected, abs=1e-9)


def test_published_k_means_of_twelve_points(published):
    points = np.array(published["kmeans"]["points"])
    answer = fit(KMeans(), points, KMeansParams([(1.0, 1.0), (8.0, 8.0)]))
    means = [[float(Fraction(part)) for part in mean] for mean in published["kmeans"]["means"]]
    np.testing.assert_allclose(answer.params.means, means, rtol=1e-15)
    labels = answer.posterior.argmax(axis=1)
    assert "".join(map(str, labels)) == published["kmeans"]["labels"]
    assert objective(points, answer.params.means, labels) == pytest.approx(25, rel=1e-15)
    assert -2 * (answer.bounds[-1] + 12 * np.log(2 * 2 * np.pi)) == pytest.approx(25, rel=1e-13)


def objective(points, means, labels):
    return ((points - means[labels]) ** 2).sum()


def test_published_path_of_lloyd(published):
    points = np.array(published["kmeans"]["points"])
    steps = list(em(KMeans(), points, KMeansParams([(1.0, 1.0), (2.0, 1.0)])))
    after_e = [
        objective(points, step.params.means, step.posterior.argmax(axis=1))
        for step in steps
        if step.kind == "E"
    ]
    np.testing.assert_allclose(after_e[:4], published["kmeans"]["lloyd"], rtol=1e-14)


def test_k_means_finds_the_best_of_all_splits(published):
    points = np.array(published["kmeans"]["points"])
    least = np.inf
    for labels in product((0, 1), repeat=11):
        labels = np.array([0, *labels])
        if labels.any():
            means = np.array([points[labels == k].mean(axis=0) for k in (0, 1)])
            least = min(least, objective(points, means, labels))
    assert least == pytest.approx(published["kmeans"]["objective"], rel=1e-14)


def test_published_limit_of_a_shrinking_variance(published):
    points = np.array(published["kmeans"]["points"])
    for variance, means, posterior, log_likelihood in published["kmeans"]["soft"]:
        if variance in (11.5, 10, 5, 2, 1, 0.25, 0.1, 0.001):
            start = KMeansParams([(1.0, 1.0), (8.0, 8.0)])
            answer = fit(KMeans(variance, hard=False), points, start, tol=1e-15, max_iter=2000)
            np.testing.assert_allclose(answer.params.means, means, atol=1e-5)
            assert answer.posterior[5, 0] == pytest.approx(posterior, abs=1e-6)
            assert answer.log_likelihood == pytest.approx(log_likelihood, abs=1e-8)


def test_soft_means_merge_above_the_largest_variance_of_the_data(published):
    points = np.array(published["kmeans"]["points"])
    start = KMeansParams([(1.0, 1.0), (8.0, 8.0)])
    answer = fit(KMeans(20, hard=False), points, start, tol=1e-15)
    np.testing.assert_allclose(answer.params.means, [points.mean(axis=0)] * 2, atol=1e-6)
    assert answer.rate == pytest.approx(published["kmeans"]["critical_variance"] / 20, abs=1e-4)


# ---- scikit-learn, step by step ----


def precisions(kind, covs):
    inverse = np.linalg.inv(covs)
    if kind == "tied":
        return inverse[0]
    if kind == "full":
        return inverse
    diagonal = inverse.diagonal(axis1=1, axis2=2)
    return diagonal if kind == "diagonal" else diagonal[:, 0]


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("kind", COVARIANCES)
def test_path_of_scikit_learn(kind, name):
    x, start = DATA[name]
    start = allowed(kind, start)
    points = x.reshape(len(x), -1)
    axes = points.shape[1]
    theirs = mixture.GaussianMixture(
        len(start.weights),
        covariance_type={"diagonal": "diag"}.get(kind, kind),
        reg_covar=0,
        max_iter=1,
        init_params="random",
        random_state=0,
        weights_init=np.array(start.weights),
        means_init=np.array(start.means, dtype=float).reshape(-1, axes),
        precisions_init=precisions(kind, np.array(start.covs, float).reshape(-1, axes, axes)),
    )
    for step in em(GaussianMixture(kind), x, start, max_iter=12, tol=0):
        if step.kind != "M":
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            theirs.fit(points)
        covs = step.params.covs.reshape(-1, axes, axes)
        np.testing.assert_allclose(step.params.weights, theirs.weights_, atol=1e-8)
        np.testing.assert_allclose(step.params.means.reshape(-1, axes), theirs.means_, atol=1e-8)
        np.testing.assert_allclose(precisions(kind, covs), theirs.precisions_, rtol=1e-7)
        assert step.log_likelihood == pytest.approx(theirs.score(points) * len(x), rel=1e-10)
        theirs.set_params(
            weights_init=theirs.weights_,
            means_init=theirs.means_,
            precisions_init=theirs.precisions_,
        )


@pytest.mark.parametrize(("x", "components"), [(PLANE, 2), (PLANE, 4), (SPACE, 3), (LINE, 3)])
def test_path_of_scikit_learn_k_means(x, components):
    points, start = x.reshape(len(x), -1), x[:components]
    steps = [s for s in em(KMeans(), x, KMeansParams(start)) if s.kind == "M"]
    for step in steps:
        theirs = cluster.KMeans(
            components,
            init=start.reshape(components, -1),
            n_init=1,
            max_iter=step.iteration,
            tol=0,
            algorithm="lloyd",
        ).fit(points)
        means = step.params.means.reshape(components, -1)
        np.testing.assert_allclose(means, theirs.cluster_centers_, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(steps[-1].posterior.argmax(axis=1), theirs.labels_)


# ---- independent formulas ----


def test_density_is_that_of_scipy():
    mean, cov = SPACE[0], np.cov(SPACE.T)
    expected = stats.multivariate_normal.logpdf(SPACE, mean, cov)
    np.testing.assert_allclose(log_normal(SPACE, mean, cov), expected, rtol=1e-12)


def test_m_step_is_weights_weighted_means_and_covariances_of_numpy():
    q = np.random.default_rng(0).dirichlet((1, 1, 1), len(SPACE))
    params = GaussianMixture().m_step(SPACE, q)
    np.testing.assert_allclose(params.weights, q.mean(axis=0))
    for k in range(3):
        np.testing.assert_allclose(params.means[k], np.average(SPACE, axis=0, weights=q[:, k]))
        expected = np.cov(SPACE.T, aweights=q[:, k], ddof=0)
        np.testing.assert_allclose(params.covs[k], expected, rtol=1e-12)


def test_covariance_types_have_their_forms():
    q = np.random.default_rng(0).dirichlet((1, 1), len(SPACE))
    full = GaussianMixture().m_step(SPACE, q)
    covs = {kind: GaussianMixture(kind).m_step(SPACE, q).covs for kind in COVARIANCES}
    np.testing.assert_allclose(covs["tied"], [np.average(full.covs, 0, full.weights)] * 2)
    for k in range(2):
        np.testing.assert_array_equal(covs["diagonal"][k], np.diag(np.diag(full.covs[k])))
        expected = np.trace(full.covs[k]) / 3 * np.eye(3)
        np.testing.assert_allclose(covs["spherical"][k], expected, rtol=1e-14)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("floor", [1e-9, 0.3])
def test_m_step_is_the_top_of_the_bound_among_covariances_of_its_type(kind, floor):
    model = GaussianMixture(kind, floor=floor)
    x = PLANE * [1, 3]
    q = np.random.default_rng(2).dirichlet((1, 1), len(x))
    params = model.m_step(x, q)
    top = model.elbo(x, q, params)
    draw = np.random.default_rng(3)
    for _ in range(50):
        root = draw.normal(size=(2, 2, 2)) * [[1], [3]]
        other = CONSTRAINTS[kind](root @ root.transpose(0, 2, 1), params.weights)
        covs = 0.99 * params.covs + 0.01 * other
        means = params.means + draw.normal(size=(2, 2)) * 0.01
        rival = GaussianParams(draw.dirichlet(100 * params.weights), means, covs)
        if least_variance(covs, model.unit(x)) >= floor:
            assert model.elbo(x, q, rival) < top


def least_variance(covs, unit):
    return np.linalg.eigvalsh(covs / np.outer(unit, unit)).min()


def test_slope_of_the_bound_is_zero_after_an_m_step():
    model, q = GaussianMixture(), np.random.default_rng(1).dirichlet((1, 1), len(LINE))
    params = model.m_step(LINE, q)

    def bound(move):
        weights = params.weights + np.array([move[0], -move[0]])
        moved = GaussianParams(weights, params.means + move[1:3], params.covs + move[3:])
        return model.elbo(LINE, q, moved)

    np.testing.assert_allclose(optimize.approx_fprime(np.zeros(5), bound, 1e-6), 0, atol=1e-3)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_one_component_is_the_mean_and_variance_of_the_data(kind):
    model = GaussianMixture(kind)
    answer = fit(model, SPACE, model.start(SPACE, 1, np.random.default_rng(0)))
    whole = np.cov(SPACE.T, ddof=0)
    np.testing.assert_allclose(answer.params.means[0], SPACE.mean(axis=0), rtol=1e-14)
    expected = CONSTRAINTS[kind](whole[None], np.ones(1))[0]
    np.testing.assert_allclose(answer.params.covs[0], expected, rtol=1e-12)
    np.testing.assert_array_equal(answer.params.weights, [1])
    assert answer.converged


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_one_feature_is_the_same_as_no_feature_axis(kind, hard):
    column = LINE[:, None]
    start = GaussianParams(HALF, [[-1.0], [2.0]], [[[1.0]], [[1.0]]])
    model = GaussianMixture(kind, hard)
    flat, deep = fit(model, LINE, ON_LINE), fit(model, column, start)
    np.testing.assert_array_equal(flat.path, deep.path)
    np.testing.assert_array_equal(flat.params.means, deep.params.means[:, 0])
    assert (flat.params.means.shape, flat.params.covs.shape) == ((2,), (2,))
    assert (deep.params.means.shape, deep.params.covs.shape) == ((2, 1), (2, 1, 1))


def test_hard_gaussians_with_one_small_sphere_are_k_means():
    x, means = PLANE, [(-1.0, 0.0), (2.0, 0.0)]
    lloyd = [s for s in em(KMeans(), x, KMeansParams(means)) if s.kind == "E"]
    soft = list(em(KMeans(1e-6, hard=False), x, KMeansParams(means), max_iter=len(lloyd), tol=0))
    for step, other in zip(lloyd, [s for s in soft if s.kind == "E"], strict=True):
        np.testing.assert_allclose(step.posterior, other.posterior, atol=1e-12)


def test_soft_k_means_is_the_gaussian_e_step_with_equal_weights():
    params = GaussianParams(HALF, PLANE[:2], [0.7 * np.eye(2)] * 2)
    expected = GaussianMixture("spherical").log_joint(PLANE, params)
    table = KMeans(0.7, hard=False).log_joint(PLANE, KMeansParams(PLANE[:2]))
    np.testing.assert_allclose(table, expected, rtol=1e-13)


# ---- degenerate data ----


def test_a_component_on_one_point_collapses_and_is_named():
    x = [0.0, 1.0, 2.0, 3.0, 50.0]
    answer = fit(GaussianMixture(), x, GaussianParams(HALF, (1.0, 50.0), (1.0, 1.0)))
    assert answer.status == "degenerate"
    assert len(answer.problems) == 1
    assert answer.problems[0].startswith("component 1 has collapsed: its smallest variance is at")
    assert answer.params.covs[1] == pytest.approx(1e-9 * np.var(x))
    assert "component 1 has collapsed" in repr(answer)


def test_the_floor_holds_the_others_when_a_component_is_empty():
    covs = np.array([[[np.nan]], [[1e-20]], [[4.0]]])
    np.testing.assert_allclose(lift(covs, np.ones(1), 1e-3).ravel(), [np.nan, 1e-3, 4])


@pytest.mark.parametrize(
    ("floor", "share", "collapsed"),
    [(1e-9, 1e-9, True), (1e-9, 1e-7, False), (0.0, 1e-16, True), (0.0, 1e-14, False)],
)
def test_only_what_lies_at_the_floor_or_below_all_digits_has_collapsed(floor, share, collapsed):
    params = GaussianParams(HALF, (0.0, 1.0), (1.0, share * LINE.var()))
    problems = GaussianMixture(floor=floor).problems(LINE, params, np.full((40, 2), 0.5))
    assert len(problems) == collapsed


def test_a_component_may_be_empty_and_collapsed():
    params = GaussianParams((1.0, 0.0), (0.0, 1.0), (1.0, 1e-9 * LINE.var()))
    problems = GaussianMixture().problems(LINE, params, np.repeat([[1.0, 0.0]], 40, axis=0))
    assert [one.split(" ")[3] for one in problems] == ["empty:", "collapsed:"]


def test_as_many_components_as_points_collapse():
    answer = fit(GaussianMixture(), [0.0, 1.0], GaussianParams(HALF, (0.0, 1.0), (0.01, 0.01)))
    assert answer.status == "degenerate"
    assert len(answer.problems) == 2


def test_one_observation_is_degenerate():
    model = GaussianMixture()
    answer = fit(model, [3.0], model.start([3.0], 1, np.random.default_rng(0)))
    assert answer.status == "degenerate"
    assert answer.params.means[0] == 3


def test_duplicates_collapse():
    x = [0.1] * 5 + [3.0, 4.0, 5.0, 6.0]
    answer = fit(GaussianMixture(), x, GaussianParams(HALF, (0.1, 4.5), (0.01, 1.0)))
    assert answer.status == "degenerate"
    assert "component 0 has collapsed" in answer.problems[0]


@pytest.mark.parametrize("value", [0.0, 0.1, 0.3, -7.0, 1e-9, 1e8 + 0.1])
@pytest.mark.parametrize("kind", ["full", "tied", "diagonal"])
def test_a_constant_feature_is_degenerate(kind, value):
    x = np.column_stack([LINE, np.full(len(LINE), value)])
    model = GaussianMixture(kind)
    answer = fit(model, x, model.start(x, 2, np.random.default_rng(0)), max_iter=20)
    assert answer.status == "degenerate"
    assert len(answer.problems) == 2


@pytest.mark.parametrize(("size", "value"), [(10, 0.3), (1000, 0.1), (1000, 1e8 + 0.1)])
def test_rounding_errors_give_a_constant_feature_no_unit(size, value):
    points = np.full((size, 1), value)
    assert points.std() > 0
    np.testing.assert_array_equal(spread(points, centre(points)), [1])


def test_equal_numbers_are_degenerate():
    model, x = GaussianMixture(), np.full(6, 0.1)
    answer = fit(model, x, model.start(x, 2, np.random.default_rng(0)))
    assert answer.status == "degenerate"
    assert np.isfinite(answer.bounds).all()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["full", "tied"])
def test_collinear_features_are_degenerate_and_never_blamed_on_the_model(kind, seed):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(60, 2)) @ draw.normal(size=(2, 3)) + draw.normal(size=3)
    model = GaussianMixture(kind)
    answer = fit(model, x, model.start(x, 2, draw), max_iter=60)
    assert answer.status == "degenerate"
    assert any("has collapsed" in problem for problem in answer.problems)


def test_features_of_very_different_size_may_be_collinear():
    draw = np.random.default_rng(14)
    x = draw.normal(size=(60, 2)) @ draw.normal(size=(2, 4)) * [1e-3, 1, 1e3, 1e5]
    model = GaussianMixture()
    answer = fit(model, x, model.start(x, 2, draw), max_iter=20)
    assert answer.status == "degenerate"


@pytest.mark.parametrize("seed", range(40))
def test_the_bound_never_falls_while_spheres_collapse_on_unequal_features(seed):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(12, 2)) * [1, 1e3]
    x[:3] = x[0]
    model = GaussianMixture("spherical", floor=1e-3)
    start = model.start(x, 3, draw)._replace(means=x[[0, 5, 6]])
    bounds = [step.elbo for step in em(model, x, start, max_iter=60)][1:]
    assert np.diff(bounds).min() >= -ROUNDING * np.abs(bounds).max()


@pytest.mark.parametrize("kind", COVARIANCES)
def test_the_floor_is_kept_in_every_direction(kind):
    x = PLANE * [1, 100]
    model = GaussianMixture(kind, floor=0.5)
    answer = fit(model, x, model.start(x, 2, np.random.default_rng(0)), max_iter=50)
    least = least_variance(answer.params.covs, x.std(axis=0))
    assert least >= 0.5 * (1 - 1e-9)
    assert answer.status == ("degenerate" if least <= 0.5 * (1 + 1e-3) else "converged")


def test_a_fit_at_the_floor_may_be_continued():
    x = [0.0, 1.0, 2.0, 3.0, 50.0]
    first = fit(GaussianMixture(), x, GaussianParams(HALF, (1.0, 50.0), (1.0, 1.0)))
    again = fit(GaussianMixture(), x, first.params)
    assert again.status == "degenerate"
    assert again.log_likelihood == pytest.approx(first.log_likelihood, rel=1e-12)


def test_without_a_floor_a_collapse_is_an_error_that_says_so():
    start = GaussianParams(HALF, (0.0, 6.5), (1.0, 1.0))
    with pytest.raises(ValueError, match=r"a covariance has collapsed to \[\[0.0\]\] .* above 0"):
        fit(GaussianMixture(floor=0), [0.0, 0, 0, 0, 5, 6, 7, 8], start)


def test_an_empty_component_keeps_its_place_and_is_named():
    start = GaussianParams(HALF, (0.0, 1e6), (1.0, 1.0))
    answer = fit(GaussianMixture(), LINE, start)
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    assert (answer.params.means[1], answer.params.covs[1]) == (1e6, 1.0)
    assert answer.params.weights[1] == 0
    assert answer.params.means[0] == pytest.approx(LINE.mean())


@pytest.mark.parametrize("kind", COVARIANCES)
def test_an_empty_component_spoils_no_other(kind):
    far = GaussianParams(HALF, [(0.0, 0.0), (1e6, 0.0)], [np.eye(2)] * 2)
    answer = fit(GaussianMixture(kind), PLANE, far)
    alone = GaussianMixture(kind).m_step(PLANE, np.ones((len(PLANE), 1)))
    np.testing.assert_allclose(answer.params.means[0], alone.means[0])
    np.testing.assert_allclose(answer.params.covs[0], alone.covs[0])
    assert answer.status == "degenerate"


def test_an_empty_cluster_keeps_its_mean_and_is_named():
    answer = fit(KMeans(), PLANE, KMeansParams([(0.0, 0.0), (1e6, 0.0)]))
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    np.testing.assert_array_equal(answer.params.means[1], [1e6, 0])


def test_identical_components_are_a_saddle():
    cov = np.cov(PLANE.T)
    start = GaussianParams((0.4, 0.6), [(0.0, 0.0)] * 2, [cov, cov])
    answer = fit(GaussianMixture(), PLANE, start)
    assert answer.status == "saddle"
    assert repr(answer).startswith("saddle after")


def test_identical_means_of_soft_k_means_are_a_saddle():
    start = KMeansParams([(0.0, 0.0)] * 2)
    assert fit(KMeans(0.1, hard=False), PLANE, start).status == "saddle"


def test_identical_means_of_k_means_part_after_one_was_empty():
    steps = list(em(KMeans(), PLANE, KMeansParams([(0.0, 0.0)] * 2)))
    np.testing.assert_array_equal(steps[1].posterior.sum(axis=0), [40, 0])
    assert (steps[-1].posterior.sum(axis=0) > 0).all()


# ---- size and place ----


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_the_unit_of_x_does_not_matter(kind, scale):
    start = allowed(kind, ON_PLANE)
    scaled = GaussianParams(
        start.weights, np.array(start.means) * scale, np.array(start.covs) * scale**2
    )
    here = fit(GaussianMixture(kind), PLANE, start, tol=0, max_iter=40)
    there = fit(GaussianMixture(kind), PLANE * scale, scaled, tol=0, max_iter=40)
    np.testing.assert_allclose(there.params.means / scale, here.params.means, rtol=1e-9)
    np.testing.assert_allclose(there.params.covs / scale**2, here.params.covs, rtol=1e-8)
    moved = np.full(41, -PLANE.size * np.log(scale))
    np.testing.assert_allclose(there.path - moved, here.path, rtol=1e-9)
    assert there.problems == here.problems


@pytest.mark.parametrize("kind", COVARIANCES)
def test_the_origin_of_x_does_not_matter(kind):
    start = allowed(kind, ON_PLANE)
    shifted = start._replace(means=np.array(start.means) + 1e8)
    here = fit(GaussianMixture(kind), PLANE, start, tol=0, max_iter=20)
    there = fit(GaussianMixture(kind), PLANE + 1e8, shifted, tol=0, max_iter=20)
    np.testing.assert_allclose(there.params.means - 1e8, here.params.means, atol=1e-6)
    np.testing.assert_allclose(there.params.covs, here.params.covs, atol=1e-6)
    np.testing.assert_allclose(there.path, here.path, atol=1e-5)
    assert np.diff(there.bounds).min() > -1e-6


@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
def test_the_unit_of_x_does_not_matter_to_k_means(scale):
    here = fit(KMeans(), PLANE, KMeansParams(PLANE[:5]))
    there = fit(KMeans(), PLANE * scale, KMeansParams(PLANE[:5] * scale))
    np.testing.assert_allclose(there.params.means / scale, here.params.means, rtol=1e-12)
    assert there.iterations == here.iterations
    assert there.converged


@pytest.mark.parametrize("seed", range(10))
def test_the_bound_never_falls_where_log_densities_are_huge(seed):
    x = np.random.default_rng(seed).normal(size=(15, 2)) * 1e4
    model = KMeans(1.0, hard=False)
    answer = fit(model, x, model.start(x, 3, np.random.default_rng(seed)))
    assert answer.status in ("converged", "degenerate")
    assert not any("fell" in problem for problem in answer.problems)


def test_best_of_k_means_has_the_smallest_objective_even_in_small_units():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(50, 2)) * 0.01
    starts = [KMeans().start(x, 4, draw) for _ in range(10)]
    sums = []
    for start in starts:
        one = fit(KMeans(), x, start)
        sums.append(objective(x, one.params.means, one.posterior.argmax(axis=1)))
    best = best_of(KMeans(), x, starts)
    assert len(set(np.round(sums, 12))) > 1
    assert objective(x, best.params.means, best.posterior.argmax(axis=1)) == min(sums)


# ---- starts ----


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("x", [LINE, PLANE, SPACE, PLANE.tolist()], ids=["1", "2", "3", "list"])
def test_a_start_is_drawn_from_the_data(kind, x):
    model = GaussianMixture(kind)
    params = model.start(x, 3, np.random.default_rng(7))
    rows = np.random.default_rng(7).choice(len(x), 3, replace=False)
    np.testing.assert_array_equal(params.means, np.asarray(x)[rows])
    np.testing.assert_array_equal(params.weights, np.full(3, 1 / 3))
    whole = np.atleast_2d(np.cov(np.transpose(x), ddof=0))
    expected = CONSTRAINTS[kind](np.repeat(whole[None], 3, axis=0), params.weights)
    np.testing.assert_allclose(params.covs, expected.reshape(params.covs.shape), rtol=1e-12)
    assert fit(model, x, params, max_iter=2).log_likelihood > -np.inf


def test_a_start_of_k_means_is_different_observations():
    params = KMeans().start(PLANE, 40, np.random.default_rng(0))
    np.testing.assert_array_equal(np.unique(params.means, axis=0), np.unique(PLANE, axis=0))


def test_three_components_of_one_kind_each_may_start_apart():
    assert fit(GaussianMixture(), PLANE, THREE, max_iter=5).status == "max_iter"
