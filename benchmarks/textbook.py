"""Yardsticks: the formulas as a textbook prints them, vectorised over (N, K), no further tricks."""

from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp
from scipy.stats import binom

from benchmarks.outcome import Outcome


def responsibilities(log_joint: np.ndarray) -> tuple[np.ndarray, float]:
    """Return (N, K) responsibilities and the log-likelihood."""
    each = logsumexp(log_joint, axis=1, keepdims=True)
    return np.exp(log_joint - each), float(each.sum())


def gaussians(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """EM for full covariances, in one dimension or many."""
    weights, means, covs = start
    line = x.ndim == 1
    for _ in range(iterations):
        if line:
            log_density = -((x[:, None] - means) ** 2 / covs + np.log(2 * np.pi * covs)) / 2
        else:
            log_density = np.column_stack([log_normal(x, m, c) for m, c in zip(means, covs)])
        r, log_likelihood = responsibilities(np.log(weights) + log_density)
        counts = r.sum(axis=0)
        weights, means = counts / len(x), (r.T @ x / (counts if line else counts[:, None]))
        if line:
            covs = (r * (x[:, None] - means) ** 2).sum(axis=0) / counts
        else:
            gaps = [x - mean for mean in means]
            covs = np.stack([(q[:, None] * g).T @ g for q, g in zip(r.T, gaps)])
            covs /= counts[:, None, None]
    values = {"weights": weights, "means": means, "covs": covs, "log-likelihood": log_likelihood}
    return Outcome(values, iterations)


def log_normal(x: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """Return the log density of a Gaussian, (N,)."""
    root = np.linalg.cholesky(cov)
    whitened = solve_triangular(root, (x - mean).T, lower=True)
    scale = 2 * np.log(np.diag(root)).sum() + len(mean) * np.log(2 * np.pi)
    return -((whitened**2).sum(axis=0) + scale) / 2


def kmeans(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """Lloyd's algorithm."""
    means = start.means
    for _ in range(iterations):
        labels = ((x[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        means = np.stack([x[labels == k].mean(axis=0) for k in range(len(means))])
    return Outcome({"means": means}, iterations)


def coins(x: np.ndarray, start: Any, iterations: int, tosses: int = 10) -> Outcome:
    """EM for a mixture of binomials."""
    weights, heads = start
    for _ in range(iterations):
        log_joint = np.log(weights) + binom.logpmf(x[:, None], tosses, heads)
        r, log_likelihood = responsibilities(log_joint)
        counts = r.sum(axis=0)
        weights, heads = counts / len(x), r.T @ x / (tosses * counts)
    values = {"weights": weights, "heads": heads, "log-likelihood": log_likelihood}
    return Outcome(values, iterations)


def chain(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """Baum–Welch with the scaled forward–backward recursions (Rabiner 1989, section V.A)."""
    begin, transitions, emissions = start
    for _ in range(iterations):
        likely = emissions[:, x].T  # (T, K)
        forward, backward, scale = np.empty_like(likely), np.ones_like(likely), np.empty(len(x))
        ahead = begin
        for t in range(len(x)):
            forward[t] = ahead * likely[t]
            scale[t] = forward[t].sum()
            forward[t] /= scale[t]
            ahead = forward[t] @ transitions
        for t in range(len(x) - 2, -1, -1):
            backward[t] = transitions @ (likely[t + 1] * backward[t + 1]) / scale[t + 1]
        states = forward * backward
        arrive = likely[1:] * backward[1:] / scale[1:, None]
        pairs = transitions * (forward[:-1].T @ arrive)
        counts = np.stack([states[x == m].sum(axis=0) for m in range(emissions.shape[1])], axis=1)
        begin, transitions = states[0], pairs / pairs.sum(axis=1, keepdims=True)
        emissions = counts / counts.sum(axis=1, keepdims=True)
    values = {"starts": begin, "transitions": transitions, "emissions": emissions}
    return Outcome(values | {"log-likelihood": np.log(scale).sum()}, iterations)
