"""Other ways to the same numbers: fifty digits, scipy, slopes, scikit-learn and hmmlearn."""

import warnings
from decimal import Decimal, getcontext

import numpy as np
import pytest
from cases import COVARIANCES, HALF, HEADS, LINE, ON_LINE, PLANE
from scipy import optimize, stats
from sklearn import mixture
from sklearn.exceptions import ConvergenceWarning

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    em,
    fit,
)
from emlib.data import old_faithful
from emlib.prior import MapGaussianMixture

FINE = {"tol": 1e-15, "max_iter": 20_000}

# ---- fifty digits ----

getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def decimal_em(x, weights, means, covs, iterations):
    """Yield (weights, means, covs, log-likelihood) of a normal mixture on a line, 50 digits."""
    x = [Decimal(float(one)) for one in x]
    weights, means, covs = (
        [Decimal(float(one)) for one in part] for part in (weights, means, covs)
    )
    for _ in range(iterations + 1):
        table = [
            [
                w * (-((one - m) ** 2) / (2 * c)).exp() / (2 * PI * c).sqrt()
                for w, m, c in zip(weights, means, covs, strict=True)
            ]
            for one in x
        ]
        yield weights, means, covs, sum(sum(row).ln() for row in table), table
        q = [[value / sum(row) for value in row] for row in table]
        counts = [sum(column) for column in zip(*q, strict=True)]
        weights = [count / len(x) for count in counts]
        columns = list(zip(*q, strict=True))
        means = [
            sum(r * one for r, one in zip(column, x, strict=True)) / count
            for column, count in zip(columns, counts, strict=True)
        ]
        covs = [
            sum(r * (one - m) ** 2 for r, one in zip(column, x, strict=True)) / count
            for column, m, count in zip(columns, means, counts, strict=True)
        ]


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_every_half_step_agrees_with_fifty_digits(offset):
    """The same float64 data, read exactly: what differs is the rounding of emlib alone."""
    x = np.round(LINE * 2**20) / 2**20 + offset
    means = np.array((-1.0, 2.0)) + offset
    start = GaussianParams(np.array((0.4, 0.6)), means, np.array((1.0, 1.5)))
    steps = list(em(GaussianMixture(), x, start, tol=0, max_iter=15))
    small = 1e-12 * max(1.0, offset)
    for at, exact in zip(steps[::2], decimal_em(x, *start, 15), strict=True):
        weights, centres, covs, log_likelihood, _ = exact
        np.testing.assert_allclose(at.params.weights, [float(w) for w in weights], atol=small)
        np.testing.assert_allclose(
            at.params.means, [float(m) for m in centres], rtol=1e-15, atol=1e-12
        )
        np.testing.assert_allclose(at.params.covs, [float(c) for c in covs], atol=small)
        assert at.log_likelihood == pytest.approx(float(log_likelihood), abs=40 * small)
    for e, exact in zip(steps[1::2], decimal_em(x, *start, 14), strict=True):
        q = [[float(value / sum(row)) for value in row] for row in exact[4]]
        np.testing.assert_allclose(e.posterior, q, atol=small)


def test_tails_agree_with_fifty_digits():
    """Densities below 1e-308: their logs and shares are ordinary numbers all the same."""
    x = np.array([-300.0, -1.0, 0.0, 2.0, 310.0])
    start = GaussianParams(np.array((0.5, 0.5)), np.array((-1.0, 1.5)), np.array((1.0, 2.0)))
    step = next(em(GaussianMixture(), x, start))
    *_, log_likelihood, table = next(decimal_em(x, *start, 0))
    assert step.log_likelihood == pytest.approx(float(log_likelihood), rel=1e-14)
    q = [[float(value / sum(row)) for value in row] for row in table]
    np.testing.assert_allclose(GaussianMixture().e_step(x, start), q, rtol=1e-10)


# ---- a free vector for every model, so that scipy can move in any direction ----


def spread_out(params, kind="full"):
    """Return Gaussian params as one free vector: log-odds, means, log or Cholesky of covs."""
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    odds = np.log(weights[1:] / weights[0])
    if covs.ndim == 1:
        return np.r_[odds, means, np.log(covs)[: 1 if kind == "tied" else None]]
    roots = np.linalg.cholesky(covs)
    lower = np.tril_indices(means.shape[1])
    if kind == "full":
        free = roots[:, lower[0], lower[1]].ravel()
    elif kind == "tied":
        free = roots[0][lower]
    elif kind == "diagonal":
        free = np.log(covs.diagonal(axis1=1, axis2=2)).ravel()
    else:
        free = np.log(covs[:, 0, 0])
    return np.r_[odds, means.ravel(), free]


def gathered(free, like, kind="full"):
    """Return the params of a free vector."""
    components, shape = len(like.weights), np.shape(like.means)
    odds = np.r_[0.0, free[: components - 1]]
    weights = np.exp(odds - odds.max())
    weights /= weights.sum()
    size = int(np.prod(shape))
    means, rest = free[components - 1 :][:size].reshape(shape), free[components - 1 + size :]
    if len(shape) == 1:
        return GaussianParams(weights, means, np.resize(np.exp(rest), components))
    axes, lower = shape[1], np.tril_indices(shape[1])
    if kind in ("full", "tied"):
        roots = np.zeros((1 if kind == "tied" else components, axes, axes))
        roots[:, lower[0], lower[1]] = rest.reshape(len(roots), -1)
        covs = np.repeat(roots @ roots.transpose(0, 2, 1), components // len(roots), axis=0)
    elif kind == "diagonal":
        covs = np.exp(rest).reshape(components, axes)[:, :, None] * np.eye(axes)
    else:
        covs = np.exp(rest)[:, None, None] * np.eye(axes)
    return GaussianParams(weights, means, covs)


def log_density(x, params):
    """Return Σ log p(x_n), by scipy's densities."""
    pairs = zip(params.weights, params.means, params.covs, strict=True)
    return np.log(sum(w * stats.multivariate_normal(m, c).pdf(x) for w, m, c in pairs)).sum()


START = {
    "line": (LINE, ON_LINE),
    "plane": (PLANE, GaussianParams(HALF, [(-1.0, 0.0), (2.0, -1.0)], [np.eye(2)] * 2)),
}


def converged(name, kind):
    x, start = START[name]
    answer = fit(GaussianMixture(kind), x, start, **FINE)
    assert answer.converged
    return x, answer


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", START)
def test_scipy_finds_no_higher_point_from_the_maximum(name, kind):
    x, answer = converged(name, kind)

    def cost(free):
        return -log_density(x, gathered(free, answer.params, kind))

    here = spread_out(answer.params, kind)
    assert -cost(here) == pytest.approx(answer.log_likelihood, rel=1e-12)
    best = optimize.minimize(cost, here, method="BFGS")
    assert -best.fun <= answer.log_likelihood + 1e-7
    np.testing.assert_allclose(best.x, here, atol=2e-4)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", START)
def test_scipy_comes_back_to_the_maximum_from_beside_it(name, kind):
    x, answer = converged(name, kind)
    here = spread_out(answer.params, kind)
    beside = here + 0.02 * np.random.default_rng(0).normal(size=len(here))
    best = optimize.minimize(
        lambda free: -log_density(x, gathered(free, answer.params, kind)), beside, method="BFGS"
    )
    assert -best.fun == pytest.approx(answer.log_likelihood, abs=1e-6)


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("name", START)
def test_the_slope_is_zero_at_a_converged_fit_and_the_curve_bends_down(name, kind):
    x, answer = converged(name, kind)
    here = spread_out(answer.params, kind)

    def height(free):
        return log_density(x, gathered(free, answer.params, kind))

    step = 1e-5 * np.eye(len(here))
    slope = [(height(here + one) - height(here - one)) / 2e-5 for one in step]
    np.testing.assert_allclose(slope, 0, atol=2e-4)
    step = 1e-3 * np.eye(len(here))
    bends = [
        [
            height(here + a + b)
            - height(here + a - b)
            - height(here - a + b)
            + height(here - a - b)
            for b in step
        ]
        for a in step
    ]
    assert np.linalg.eigvalsh(np.array(bends) / 4e-6)[-1] < -1e-3


@pytest.mark.parametrize("name", START)
def test_at_a_saddle_the_slope_is_zero_but_the_curve_bends_up(name):
    x, start = START[name]
    answer = fit(GaussianMixture(), x, start._replace(means=[start.means[0]] * 2), **FINE)
    assert answer.status == "saddle"
    here = spread_out(answer.params)

    def height(free):
        return log_density(x, gathered(free, answer.params))

    step = 1e-5 * np.eye(len(here))
    slope = [(height(here + one) - height(here - one)) / 2e-5 for one in step]
    np.testing.assert_allclose(slope, 0, atol=2e-4)
    rng = np.random.default_rng(0)
    pushes = 0.05 * rng.normal(size=(200, len(here)))
    assert max(height(here + push) for push in pushes) > height(here) + 1e-6


@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_scipy_finds_the_maximum_of_coins_from_the_same_basin(learned, seed):
    rng = np.random.default_rng(seed)
    x = rng.binomial(12, rng.choice([0.25, 0.8], 30))
    weights = (0.5, 0.5)
    model = CoinMixture(12, None if learned else weights)
    answer = fit(model, x, CoinParams(weights, (0.3, 0.7)), **FINE)

    def cost(free):
        share = 1 / (1 + np.exp(-free[2])) if learned else 0.5
        first, second = 1 / (1 + np.exp(-free[:2]))
        density = share * stats.binom.pmf(x, 12, first)
        return -np.log(density + (1 - share) * stats.binom.pmf(x, 12, second)).sum()

    first, second = answer.params.heads
    odds = [np.log(p / (1 - p)) for p in (first, second, answer.params.weights[0])]
    best = optimize.minimize(cost, np.array(odds) + 0.05, method="BFGS")
    assert answer.converged
    assert -best.fun <= answer.log_likelihood + 1e-9
    assert -best.fun == pytest.approx(answer.log_likelihood, abs=1e-7)


def test_scipy_finds_the_mode_of_a_posterior():
    x, start = START["line"]
    model = MapGaussianMixture(scale=0.5, dof=3.0)
    answer = fit(model, x, start, **FINE)

    def cost(free):
        params = gathered(free, answer.params)
        prior = -(3 + 2) / 2 * np.log(params.covs) - 0.5 / (2 * params.covs)
        return -log_density(x, params) - prior.sum()

    here = spread_out(answer.params)
    assert -cost(here) == pytest.approx(answer.log_likelihood, rel=1e-12)
    best = optimize.minimize(cost, here, method="BFGS")
    assert -best.fun <= answer.log_likelihood + 1e-8


def test_scipy_finds_the_means_of_soft_k_means():
    model = KMeans(0.3, hard=False)
    answer = fit(model, LINE, KMeansParams((-1.0, 2.0)), **FINE)

    def cost(means):
        density = [stats.norm.pdf(LINE, mean, np.sqrt(0.3)) for mean in means]
        return -np.log(np.mean(density, axis=0)).sum()

    best = optimize.minimize(cost, answer.params.means + 0.05, method="BFGS")
    assert -best.fun == pytest.approx(answer.log_likelihood, abs=1e-9)
    np.testing.assert_allclose(best.x, answer.params.means, atol=1e-5)


# ---- scikit-learn, whole paths of twenty iterations ----


def cloud(components, axes, seed):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(components, axes)) * 3
    points = centres[rng.integers(0, components, 60)] + rng.normal(size=(60, axes))
    return points, centres + rng.normal(size=(components, axes))


def sklearn_path(kind, x, start, iterations):
    """Return scikit-learn's params after each iteration, without its 1e-6 on the diagonal."""
    shared = {"tied": start.covs[0], "full": start.covs}
    diagonal = np.array(start.covs).diagonal(axis1=1, axis2=2)
    covs = shared.get(kind, diagonal if kind == "diagonal" else diagonal[:, 0])
    inverse = np.linalg.inv(covs) if kind in shared else 1 / covs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = mixture.GaussianMixture(
            len(start.weights),
            covariance_type={"diagonal": "diag"}.get(kind, kind),
            reg_covar=0,
            tol=0,
            max_iter=1,
            warm_start=True,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=inverse,
            init_params="random",
            random_state=0,
        )
        for _ in range(iterations):
            yield theirs.fit(x)


def as_matrices(kind, covs, components, axes):
    if kind == "tied":
        return np.repeat(covs[None], components, axis=0)
    if kind == "diagonal":
        return covs[:, :, None] * np.eye(axes)
    if kind == "spherical":
        return covs[:, None, None] * np.eye(axes)
    return covs


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("components", [2, 4])
@pytest.mark.parametrize("axes", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", COVARIANCES)
def test_twenty_iterations_of_scikit_learn(kind, axes, components, seed):
    x, means = cloud(components, axes, seed)
    weights = np.arange(1.0, components + 1) / np.arange(1.0, components + 1).sum()
    start = GaussianParams(weights, means, np.array([np.eye(axes) * 1.5] * components))
    model = GaussianMixture(kind, floor=0.0)
    mine = [step for step in em(model, x, start, tol=0, max_iter=20) if step.kind == "M"]
    for step, theirs in zip(mine, sklearn_path(kind, x, start, 20), strict=True):
        np.testing.assert_allclose(step.params.weights, theirs.weights_, atol=1e-8)
        np.testing.assert_allclose(step.params.means, theirs.means_, atol=1e-8)
        covs = as_matrices(kind, theirs.covariances_, components, axes)
        np.testing.assert_allclose(step.params.covs, covs, atol=1e-8)
        assert step.log_likelihood == pytest.approx(theirs.score(x) * len(x), rel=1e-8)
    np.testing.assert_allclose(mine[-1].posterior.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(model.e_step(x, mine[-1].params), theirs.predict_proba(x), atol=1e-8)


@pytest.mark.parametrize("kind", COVARIANCES)
def test_a_whole_fit_of_scikit_learn_on_old_faithful(kind):
    x = old_faithful()
    start = GaussianParams(np.array(HALF), np.array([(2.0, 55.0), (4.5, 80.0)]),
                           np.array([np.diag((1.0, 1.0))] * 2))  # fmt: skip
    answer = fit(GaussianMixture(kind), x, start, tol=1e-13)
    *_, theirs = sklearn_path(kind, x, start, answer.iterations)
    np.testing.assert_allclose(answer.params.means, theirs.means_, rtol=1e-8)
    assert answer.log_likelihood == pytest.approx(theirs.score(x) * len(x), rel=1e-10)
    np.testing.assert_array_equal(answer.posterior.argmax(axis=1), theirs.predict(x))


# ---- hmmlearn: a hidden Markov model whose states forget everything is a mixture ----


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_twelve_iterations_of_hmmlearn(kind, axes):
    """All rows of the transition matrix are the weights; hmmlearn's priors are switched off."""
    hmm = pytest.importorskip("hmmlearn.hmm")
    x, means = cloud(2, axes, 7)
    start = GaussianParams(np.array((0.4, 0.6)), means, np.array([np.eye(axes)] * 2))
    theirs = hmm.GaussianHMM(
        2, {"diagonal": "diag"}.get(kind, kind), n_iter=1, init_params="", params="mc",
        min_covar=0, covars_prior=0, covars_weight=1 if kind != "tied" else 0, means_weight=0,
    )  # fmt: skip
    theirs.n_features, theirs.means_ = axes, start.means
    shapes = {"full": (2, axes, axes), "tied": (axes, axes), "diagonal": (2, axes)}
    theirs.covars_ = (
        np.broadcast_to(np.eye(axes), shapes[kind])
        if kind in ("full", "tied")
        else np.ones(shapes.get(kind, 2))
    )
    weights = start.weights
    model = GaussianMixture(kind, floor=0.0)
    for step in em(model, x, start, tol=0, max_iter=12):
        if step.kind == "E":
            theirs.startprob_, theirs.transmat_ = weights, np.array([weights, weights])
            assert step.log_likelihood == pytest.approx(theirs.score(x), rel=1e-8)
            shares = theirs.predict_proba(x)
            np.testing.assert_allclose(step.posterior, shares, atol=1e-8)
            theirs.fit(x)
            weights = shares.mean(axis=0)
        if step.kind == "M":
            np.testing.assert_allclose(step.params.weights, weights, atol=1e-8)
            np.testing.assert_allclose(step.params.means, theirs.means_, atol=1e-8)
            covs = theirs.covars_  # hmmlearn repeats a sphere once per feature
            np.testing.assert_allclose(step.params.covs, covs[:: len(covs) // 2], atol=1e-8)


def test_the_likelihood_of_coins_is_that_of_hmmlearn():
    """Tosses whose coin is drawn anew every time: all rows of the transition matrix are equal."""
    hmm = pytest.importorskip("hmmlearn.hmm")
    weights, heads = np.array((0.3, 0.7)), np.array((0.2, 0.6))
    x = np.array([1, 1, 0, 1, 0, 0, 1, 0])
    theirs = hmm.CategoricalHMM(2)
    theirs.startprob_, theirs.transmat_ = weights, np.array([weights, weights])
    theirs.emissionprob_ = np.stack([1 - heads, heads], axis=1)
    model, params = CoinMixture(1), CoinParams(weights, heads)
    assert model.log_likelihood(x, params) == pytest.approx(theirs.score(x[:, None]), rel=1e-10)
    np.testing.assert_allclose(
        model.e_step(x, params), theirs.predict_proba(x[:, None]), atol=1e-10
    )


# ---- float32 ----


@pytest.mark.parametrize("kind", COVARIANCES)
def test_a_path_on_float32_data_stays_near_that_of_float64(kind):
    """The data move by 6e-8 of their size, and so, in proportion, does the path."""
    x, start = START["plane"]
    here = fit(GaussianMixture(kind), x, start, tol=0, max_iter=20)
    there = fit(GaussianMixture(kind), x.astype(np.float32), start, tol=0, max_iter=20)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-6)
    np.testing.assert_allclose(there.params.means, here.params.means, atol=2e-5)


def test_coins_in_float32_are_the_same_numbers():
    here = fit(CoinMixture(10), HEADS, CoinParams(HALF, (0.5, 0.9)))
    there = fit(CoinMixture(10), HEADS.astype(np.float32), CoinParams(HALF, (0.5, 0.9)))
    np.testing.assert_array_equal(here.path, there.path)
