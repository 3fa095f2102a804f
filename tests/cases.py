"""The models, data and starts that every test of the frame runs over."""

from typing import NamedTuple

import numpy as np

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Repeated,
)

COVARIANCES = ["full", "tied", "diagonal", "spherical"]
HEADS = np.array([5.0, 7.0, 8.0, 9.0, 4.0])
PLANE = np.random.default_rng(1).normal(size=(40, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
PLANE[20:] += [2.0, -1.0]
LINE = PLANE[:, 0].copy()


class WaitingParams(NamedTuple):
    weights: np.ndarray  # (K,)
    means: np.ndarray  # (K,)


class Waiting:
    """A reader's own class: a mixture of exponential waiting times, two methods, no parent."""

    def log_joint(self, x, params):
        return np.log(params.weights / params.means) - x[:, None] / params.means

    def m_step(self, x, responsibilities):
        counts = responsibilities.sum(axis=0)
        return WaitingParams(counts / counts.sum(), responsibilities.T @ x / counts)


HALF = (0.5, 0.5)
COINS = CoinParams(HALF, (0.5, 0.9))
ON_LINE = GaussianParams(HALF, (-1.0, 2.0), (1.0, 1.0))
ON_PLANE = GaussianParams((0.3, 0.7), [(-1.0, 0.0), (2.0, 0.0)], [2 * np.eye(2)] * 2)
THREE = GaussianParams((0.2, 0.3, 0.5), [(-1, 0), (2, 0), (0, 1)], [np.eye(2)] * 3)
TIMES = np.arange(40) % 4

CASES = {
    "coins, known": (CoinMixture(10, weights=HALF), HEADS, COINS),
    "coins, learned": (CoinMixture(10), HEADS, COINS),
    "coins, hard known": (CoinMixture(10, weights=HALF, hard=True), HEADS, COINS),
    "coins, hard learned": (CoinMixture(10, hard=True), HEADS, COINS),
    "coins, one toss": (CoinMixture(1), [1, 1, 0, 1, 0], CoinParams((0.4, 0.6), (0.6, 0.7))),
    "coins, own tosses": (CoinMixture((9, 7, 12, 20, 4)), HEADS, COINS),
    "K-means, plane": (KMeans(), PLANE, KMeansParams(ON_PLANE.means)),
    "K-means, line": (KMeans(0.5), LINE, KMeansParams(ON_LINE.means)),
    "soft K-means, plane": (KMeans(0.5, hard=False), PLANE, KMeansParams(ON_PLANE.means)),
    "soft K-means, line": (KMeans(0.2, hard=False), LINE, KMeansParams(ON_LINE.means)),
    "three Gaussians": (GaussianMixture(), PLANE, THREE),
    "repeated coins": (Repeated(CoinMixture(10), (1, 2, 0, 5, 2.5)), HEADS, COINS),
    "repeated Gaussians": (Repeated(GaussianMixture(), TIMES), PLANE, ON_PLANE),
    "repeated K-means": (Repeated(KMeans(), TIMES), PLANE, KMeansParams(ON_PLANE.means)),
    "repeated reader's own": (Repeated(Waiting(), TIMES), LINE**2, WaitingParams(HALF, (1, 9))),
    "reader's own": (Waiting(), LINE**2, WaitingParams(HALF, (1.0, 9.0))),
}
for kind in COVARIANCES:
    for hard in (False, True):
        name = f"{'hard ' if hard else ''}{kind} Gaussians"
        CASES[f"{name}, line"] = (GaussianMixture(kind, hard), LINE, ON_LINE)
        CASES[f"{name}, plane"] = (GaussianMixture(kind, hard), PLANE, ON_PLANE)
