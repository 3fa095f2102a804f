"""The data and the starts of the benchmarks, all from fixed seeds."""

from typing import NamedTuple

import numpy as np

from emlib import CoinParams, GaussianParams, KMeansParams, data


class Chain(NamedTuple):
    """What is unknown about a hidden Markov model with categorical emissions."""

    starts: np.ndarray  # (K,)
    transitions: np.ndarray  # (K, K), rows sum to 1
    emissions: np.ndarray  # (K, M), rows sum to 1


def seed_example(size: int) -> tuple[np.ndarray, GaussianParams]:
    """The data of chapter 5, every so-maniest observation of 110,000, and a start far from them."""
    x, _ = data.two_gaussians()
    start = GaussianParams(np.full(2, 0.5), np.array([80.0, 110.0]), np.full(2, 9.0))
    return x[:: max(1, len(x) // size)].copy(), start


def old_faithful() -> tuple[np.ndarray, GaussianParams]:
    """272 eruptions, and a start between the two kinds."""
    covs = np.array([np.diag([1.0, 100.0])] * 2)
    return data.old_faithful(), GaussianParams([0.5, 0.5], [[3.0, 60.0], [3.5, 80.0]], covs)


def clusters(
    n: int, k: int, d: int, gap: float, covariance: str = "full"
) -> tuple[np.ndarray, GaussianParams]:
    """Return n points in k clusters whose centres lie about `gap` deviations apart, and a start."""
    draw = np.random.default_rng(n + 100 * k + d)
    centres = draw.normal(size=(k, d)) * gap / np.sqrt(2 * d)
    shapes = np.eye(d) + 0.3 * draw.normal(size=(k, d, d)) / np.sqrt(d)
    x = np.empty((n, d))
    for j, part in enumerate(np.array_split(x, k)):
        part[:] = centres[j] + draw.normal(size=part.shape) @ shapes[j]
    draw.shuffle(x)
    means = centres + 0.3 * draw.normal(size=(k, d))
    covs = np.repeat(1.5 * np.eye(d)[None], k, axis=0)
    if covariance in ("full", "spherical"):  # each its own, so that none is a special case
        covs *= np.linspace(0.8, 1.2, k)[:, None, None]
    return x, GaussianParams(np.full(k, 1 / k), means, covs)


def near(n: int, weights: list[float], gap: float) -> tuple[np.ndarray, np.ndarray, GaussianParams]:
    """Return n draws from unit Gaussians only `gap` apart, and a start to either side.

    The draws are rounded to 0.05 and counted: distinct values and their frequencies.
    """
    draw, k = np.random.default_rng(0), len(weights)
    middle = gap * (np.arange(k) - (k - 1) / 2)
    x, times = data.rounded(draw.normal(middle[draw.choice(k, n, p=weights)]), 0.05)
    means = middle + 0.2 * np.linspace(-1, 1, k)
    return x, times, GaussianParams(np.full(k, 1 / k), means, np.full(k, 1.5))


def centres(n: int, k: int, d: int) -> tuple[np.ndarray, KMeansParams]:
    """Return n points in k clusters that overlap, and k of the points as a start."""
    x, _ = clusters(n, k, d, 4.0)
    return x, KMeansParams(x[:k].copy())


def coins(n: int, heads: tuple = (0.4, 0.7), tosses: int = 10) -> tuple[np.ndarray, CoinParams]:
    """Return the heads of n groups of tosses with two coins, and a start."""
    draw = np.random.default_rng(0)
    x = draw.binomial(tosses, draw.choice(heads, n)).astype(float)
    return x, CoinParams(np.full(2, 0.5), np.add(heads, (-0.1, 0.05)))


def five_groups() -> tuple[np.ndarray, CoinParams]:
    """The five groups of ten tosses of chapter 3."""
    return data.coin_heads(), CoinParams(np.full(2, 0.5), np.array([0.5, 0.9]))


def chain(n: int, k: int, symbols: int = 6) -> tuple[np.ndarray, Chain]:
    """Return n symbols of a hidden Markov chain with k states that tend to stay, and a start."""
    draw = np.random.default_rng(n + k)
    transitions = 0.85 * np.eye(k) + 0.15 / k
    emissions = draw.dirichlet(np.ones(symbols), k)
    jumps, noise = transitions.cumsum(axis=1), draw.random((n, 2))
    levels, state, x = emissions.cumsum(axis=1), 0, np.empty(n, dtype=int)
    for t, (jump, emit) in enumerate(noise):
        state = min(int(np.searchsorted(jumps[state], jump)), k - 1)
        x[t] = min(int(np.searchsorted(levels[state], emit)), symbols - 1)
    rough = 0.6 * np.eye(k) + 0.4 / k
    blurred = 0.7 * emissions + 0.3 * draw.dirichlet(np.ones(symbols), k)
    return x, Chain(np.full(k, 1 / k), rough, blurred)


def labels(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n points with d features and the label, 0 or 1, of each."""
    draw = np.random.default_rng(n + d)
    x = draw.normal(size=(n, d))
    odds = -0.3 + x @ np.linspace(-1, 1, d)
    return x, (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
