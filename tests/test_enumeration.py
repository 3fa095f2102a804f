"""The oracle of small cases: all K^N labellings, in plain Python, without a line of emlib.

A mixture is a sum over labellings z: p(x, z | params) is a product, p(x | params) its sum, the
posterior its shares. The E-step, the M-step and the hard optimum follow from the definition.
"""

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    best_of,
    em,
    fit,
)

HALF = Fraction(1, 2)


def labellings(components, size):
    return list(product(range(components), repeat=size))


# ---- coins, exactly ----

TOSSES = 10
GROUPS = [5, 7, 8, 9, 4, 8]
COIN_STARTS = {
    "two": ((Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 2), Fraction(9, 10))),
    "two, uneven": ((Fraction(1, 4), Fraction(3, 4)), (Fraction(2, 5), Fraction(7, 10))),
    "three": ((Fraction(1, 5), HALF, Fraction(3, 10)), (Fraction(1, 5), HALF, Fraction(4, 5))),
}


def coin_chance(heads, p):
    return math.comb(TOSSES, heads) * p**heads * (1 - p) ** (TOSSES - heads)


def coin_joint(x, weights, chances, z):
    """Return p(x, z | params) of one labelling, a fraction."""
    terms = (weights[k] * coin_chance(heads, chances[k]) for heads, k in zip(x, z, strict=True))
    return math.prod(terms, start=Fraction(1))


def coin_posterior(x, weights, chances):
    """Return p(x | params) and the share of every labelling, fractions."""
    joint = {z: coin_joint(x, weights, chances, z) for z in labellings(len(weights), len(x))}
    total = sum(joint.values())
    return total, {z: value / total for z, value in joint.items()}


def coin_update(x, posterior, components):
    """Return the params that maximise Σ_z p(z | x) log p(x, z | params): expected shares."""
    groups, heads = [Fraction(0)] * components, [Fraction(0)] * components
    for z, share in posterior.items():
        for k, seen in zip(z, x, strict=True):
            groups[k] += share
            heads[k] += share * seen
    return (
        [count / len(x) for count in groups],
        [seen / (TOSSES * count) for seen, count in zip(heads, groups, strict=True)],
    )


def as_start(weights, chances):
    return CoinParams([float(w) for w in weights], [float(p) for p in chances])


@pytest.mark.parametrize("size", [2, 3, 5, 6])
@pytest.mark.parametrize(("weights", "chances"), COIN_STARTS.values(), ids=COIN_STARTS.keys())
def test_coins_by_all_labellings_in_whole_fractions(weights, chances, size):
    x, components = GROUPS[:size], len(weights)
    if components > size:
        return
    steps = list(em(CoinMixture(TOSSES), x, as_start(weights, chances), tol=0, max_iter=1))
    total, posterior = coin_posterior(x, weights, chances)
    assert steps[0].log_likelihood == pytest.approx(math.log(total), rel=1e-13)
    for n, k in product(range(size), range(components)):
        share = sum(value for z, value in posterior.items() if z[n] == k)
        assert steps[1].posterior[n, k] == pytest.approx(float(share), rel=1e-12)
    assert steps[1].elbo == pytest.approx(math.log(total), rel=1e-13)
    after = coin_update(x, posterior, components)
    np.testing.assert_allclose(steps[2].params.weights, [float(w) for w in after[0]], rtol=1e-12)
    np.testing.assert_allclose(steps[2].params.heads, [float(p) for p in after[1]], rtol=1e-12)
    assert steps[2].log_likelihood == pytest.approx(
        math.log(coin_posterior(x, *after)[0]), rel=1e-12
    )


def test_ten_iterations_of_coins_by_all_labellings():
    weights, chances = COIN_STARTS["two"]
    x = GROUPS[:5]
    steps = list(em(CoinMixture(TOSSES), x, as_start(weights, chances), tol=0, max_iter=10))
    for step in steps[::2]:
        np.testing.assert_allclose(step.params.weights, [float(w) for w in weights], rtol=1e-10)
        np.testing.assert_allclose(step.params.heads, [float(p) for p in chances], rtol=1e-10)
        _, posterior = coin_posterior(x, weights, chances)
        weights, chances = coin_update(x, posterior, 2)
        # 30 digits are plenty; whole fractions would double in length with every iteration
        weights = [Fraction(w).limit_denominator(10**15) for w in weights]
        chances = [Fraction(p).limit_denominator(10**15) for p in chances]


def best_labelling_of_coins(x, weights):
    """Return the largest log p(x, z | best params of z) over all z that use every coin."""
    best = -math.inf
    for z in labellings(2, len(x)):
        value = 0.0
        for k in set(z):
            mine = [seen for seen, label in zip(x, z, strict=True) if label == k]
            p = sum(mine) / (TOSSES * len(mine))
            weight = len(mine) / len(x) if weights is None else weights[k]
            value += len(mine) * math.log(weight)
            value += sum(math.log(math.comb(TOSSES, seen)) for seen in mine)
            value += sum(mine) * (math.log(p) if p else 0.0)
            value += (TOSSES * len(mine) - sum(mine)) * (math.log(1 - p) if p < 1 else 0.0)
        best = max(best, value)
    return best


@pytest.mark.parametrize("weights", [None, (0.5, 0.5)])
@pytest.mark.parametrize("x", [GROUPS, [0, 1, 9, 10, 10, 0], [3, 3, 3, 4, 4, 4], [1, 2, 5, 8]])
def test_hard_coins_find_the_best_of_all_labellings(x, weights):
    model, optimum = CoinMixture(TOSSES, weights, hard=True), best_labelling_of_coins(x, weights)
    grid = [(a, b) for a in np.arange(0.05, 1, 0.1) for b in np.arange(0.05, 1, 0.1) if a != b]
    fits = [fit(model, x, CoinParams((0.5, 0.5), heads)) for heads in grid]
    bounds = [answer.bounds[-1] for answer in fits]
    assert max(bounds) <= optimum + 1e-9
    assert max(bounds) == pytest.approx(optimum, rel=1e-10)
    for answer in fits:  # and the end of every run is a labelling that its own params choose
        table = model.log_joint(np.array(x, dtype=float), answer.params)
        chosen = np.take_along_axis(table, answer.posterior.argmax(axis=1)[:, None], axis=1)[:, 0]
        np.testing.assert_allclose(chosen, table.max(axis=1), rtol=1e-12)


# ---- Gaussians ----

POINTS = {
    "line": [-2.1, -1.4, 0.3, 1.7, 2.2, 3.9],
    "plane": [(-2.0, 0.5), (-1.2, -0.3), (0.4, 0.9), (1.1, 2.0), (2.5, 1.6), (3.0, 0.1)],
}


def normal_density(x, mean, cov):
    """Return the density of a normal in one or two dimensions, written out."""
    if np.ndim(x) == 0:
        return math.exp(-((x - mean) ** 2) / (2 * cov)) / math.sqrt(2 * math.pi * cov)
    (a, b), (_, c) = cov
    size, dx, dy = a * c - b * b, x[0] - mean[0], x[1] - mean[1]
    square = (c * dx * dx - 2 * b * dx * dy + a * dy * dy) / size
    return math.exp(-square / 2) / (2 * math.pi * math.sqrt(size))


def start_of(name, components):
    x = np.array(POINTS[name])
    axes = x.shape[1:]
    cov = np.cov(x.T, bias=True) if axes else np.var(x)
    weights = np.arange(1.0, components + 1)
    return GaussianParams(weights / weights.sum(), x[:components], [cov] * components)


def gaussian_posterior(x, params):
    joint = {}
    for z in labellings(len(params.weights), len(x)):
        terms = (
            params.weights[k] * normal_density(one, params.means[k], params.covs[k])
            for one, k in zip(x, z, strict=True)
        )
        joint[z] = math.prod(terms)
    total = math.fsum(joint.values())
    return total, {z: value / total for z, value in joint.items()}


def gaussian_update(x, posterior, components):
    """Return free covariances: expected counts, means and second moments over all labellings."""
    x = np.array(x).reshape(len(x), -1)
    counts, sums = np.zeros(components), np.zeros((components, x.shape[1]))
    squares = np.zeros((components, x.shape[1], x.shape[1]))
    for z, share in posterior.items():
        for k, one in zip(z, x, strict=True):
            counts[k] += share
            sums[k] += share * one
            squares[k] += share * np.outer(one, one)
    means = sums / counts[:, None]
    covs = squares / counts[:, None, None] - means[:, :, None] * means[:, None, :]
    return counts / counts.sum(), means, covs


@pytest.mark.parametrize("components", [1, 2, 3])
@pytest.mark.parametrize("name", POINTS)
def test_gaussians_by_all_labellings(name, components):
    x, start = POINTS[name], start_of(name, components)
    steps = list(em(GaussianMixture(), x, start, tol=0, max_iter=4))
    for at, (e, m) in zip(steps[:-1:2], zip(steps[1::2], steps[2::2], strict=True), strict=True):
        total, posterior = gaussian_posterior(x, at.params)
        assert at.log_likelihood == pytest.approx(math.log(total), rel=1e-11)
        shares = [
            [math.fsum(p for z, p in posterior.items() if z[n] == k) for k in range(components)]
            for n in range(len(x))
        ]
        np.testing.assert_allclose(e.posterior, shares, atol=1e-11)
        weights, means, covs = gaussian_update(x, posterior, components)
        np.testing.assert_allclose(m.params.weights, weights, rtol=1e-9)
        np.testing.assert_allclose(np.ravel(m.params.means), means.ravel(), rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(np.ravel(m.params.covs), covs.ravel(), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", POINTS)
def test_the_bound_by_all_labellings(name):
    """F(q, params) = Σ_z q(z) log(p(x, z) / q(z)) for the q of another params."""
    x, here, there = POINTS[name], start_of(name, 2), start_of(name, 2)
    there = there._replace(weights=np.array((0.8, 0.2)), means=np.array(there.means) + 0.7)
    model = GaussianMixture()
    q = model.e_step(np.array(x), here)
    total, posterior = gaussian_posterior(x, there)
    expected = 0.0
    for z, share in posterior.items():
        chance = math.prod(q[n, k] for n, k in enumerate(z))
        expected += chance * (math.log(share * total) - math.log(chance)) if chance else 0.0
    assert model.elbo(np.array(x), q, there) == pytest.approx(expected, rel=1e-10)


def best_labelling_of_gaussians(x, floor):
    """Return the largest bound of hard Gaussians over all splits in two of at least two points."""
    best, x = -math.inf, np.array(x)
    for z in labellings(2, len(x)):
        groups = [x[np.array(z) == k] for k in range(2)]
        if min(map(len, groups)) < 2:
            continue
        value = 0.0
        for group in groups:
            var = max(group.var(), floor * x.var())
            value += len(group) * math.log(len(group) / len(x))
            value -= (
                len(group) / 2 * math.log(2 * math.pi * var) + len(group) * group.var() / var / 2
            )
        best = max(best, value)
    return best


def test_hard_gaussians_find_the_best_of_all_labellings():
    x, model = POINTS["line"], GaussianMixture(hard=True)
    starts = []
    for z in labellings(2, len(x)):
        if min(z.count(0), z.count(1)) >= 2:
            starts.append(model.m_step(np.array(x), np.eye(2)[list(z)]))
    answer = best_of(model, x, starts)
    assert answer.bounds[-1] == pytest.approx(best_labelling_of_gaussians(x, 1e-9), rel=1e-10)
    for start in starts:
        one = fit(model, x, start)
        if not one.problems:
            assert one.bounds[-1] <= answer.bounds[-1] + 1e-9


# ---- K-means ----

CLOUDS = {
    "line": np.array([0.0, 1.0, 1.5, 4.0, 4.2, 9.0]),
    "plane": np.array([(0, 0), (0, 1), (1, 0), (5, 5), (5, 6), (9, 0.0)]),
    "equal points": np.array([0.0, 0.0, 1.0, 1.0, 7.0, 7.0]),
}


def objective(x, z):
    """Return the sum of squared distances from the mean of each group."""
    groups = (x[np.array(z) == k] for k in set(z))
    return sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups)


@pytest.mark.parametrize("components", [1, 2, 3])
@pytest.mark.parametrize("x", CLOUDS.values(), ids=CLOUDS.keys())
def test_k_means_finds_the_best_of_all_labellings(x, components):
    optimum = min(objective(x, z) for z in labellings(components, len(x)))
    starts = [KMeansParams(x[list(rows)]) for rows in product(range(len(x)), repeat=components)]
    constant = fit(KMeans(), x, starts[0]).bounds[-1]
    answer = best_of(KMeans(), x, starts)
    labels = answer.posterior.argmax(axis=1).tolist()
    assert objective(x, labels) == pytest.approx(optimum, abs=1e-12)
    axes = x.reshape(len(x), -1).shape[1]
    constant = -len(x) * (math.log(components) + axes / 2 * math.log(2 * math.pi))
    assert answer.bounds[-1] == pytest.approx(constant - optimum / 2, rel=1e-12)
    for start in starts[:: max(1, len(starts) // 40)]:
        one = fit(KMeans(), x, start)
        assert objective(x, one.posterior.argmax(axis=1).tolist()) >= optimum - 1e-12


@pytest.mark.parametrize("x", CLOUDS.values(), ids=CLOUDS.keys())
def test_soft_k_means_by_all_labellings(x):
    points = x.reshape(len(x), -1)
    start, variance = KMeansParams(x[[0, 3]]), 2.0
    steps = list(em(KMeans(variance, hard=False), x, start, tol=0, max_iter=3))
    for at, e in zip(steps[::2], steps[1::2], strict=False):
        means = np.reshape(at.params.means, (2, -1))
        joint = {}
        for z in labellings(2, len(x)):
            squares = ((points - means[list(z)]) ** 2).sum()
            scale = (2 * math.pi * variance) ** (points.size / 2)
            joint[z] = 0.5 ** len(x) * math.exp(-squares / (2 * variance)) / scale
        total = math.fsum(joint.values())
        assert at.log_likelihood == pytest.approx(math.log(total), rel=1e-12)
        shares = [math.fsum(p for z, p in joint.items() if z[n] == 0) for n in range(len(x))]
        np.testing.assert_allclose(e.posterior[:, 0], np.array(shares) / total, atol=1e-12)
