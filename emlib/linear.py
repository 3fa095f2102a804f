"""One algorithm for them all: two matrix products for each look at the data.

In a mixture of exponential families the log of weight × density is linear in a few features of x,

    log p(x_n, z_n = k | params) = coefficients[k] @ features(x_n) + log_base(x_n),

so the E-step of all observations together is one matrix product and a normalisation. The M-step
wants no more from the data than the expected features of every component,

    statistics[k] = Σ_n responsibilities[n, k] features(x_n),

which is a second product. Coins, Gaussians, K-means: only the features differ.
Source: Dempster, Laird & Rubin (1977), eqs. 2.1 to 2.3.
"""

from typing import Any, Self

import numpy as np

from emlib.checks import Array
from emlib.mixture import Mixture


class Linear(Mixture):
    """A mixture of exponential families: write three short methods, inherit the rest.

    `features(x)` returns (P, N), the first row all 1. `coefficients(params)` returns (K, P).
    `maximise(statistics)` returns the params that fit expected features (K, P) best; where the
    first column, the expected counts, is 0 they may be NaN. A term that all components share
    goes into `log_base(x)`, (N,). `em` and `fit` need nothing else, and `fit` makes no (N, K)
    table; `fit(accelerate=True)` needs `coordinates` and `from_coordinates` as well.
    """

    def features(self, x: Any) -> Array:
        """Return the features of every observation, (P, N), the first of them 1."""
        raise NotImplementedError("write features(self, x) for your model")

    def coefficients(self, params: Any) -> Array:
        """Return the coefficients of every component, (K, P)."""
        raise NotImplementedError("write coefficients(self, params) for your model")

    def maximise(self, statistics: Array) -> Any:
        """Return the params that maximise the sum of coefficients × statistics, (K, P)."""
        raise NotImplementedError("write maximise(self, statistics) for your model")

    def log_base(self, x: Any) -> Array:
        """Return the term of log p(x_n, z_n | params) that all components share, (N,)."""
        return np.zeros(len(x))

    def log_joint(self, x: Any, params: Any) -> Array:
        """Return log p(x_n, z_n = k | params), (N, K)."""
        return (product(self.coefficients(params), self.features(x)) + self.log_base(x)).T

    def m_step(self, x: Any, responsibilities: Array) -> Any:
        """Return the params that maximise the expected complete log-likelihood."""
        return self.maximise(responsibilities.T @ self.features(x).T)

    def coordinates(self, params: Any) -> Array:
        """Return params as one row of numbers that may take any value, such as log weights."""
        raise NotImplementedError("write coordinates(self, params) for your model")

    def from_coordinates(self, row: Array) -> Any:
        """Return the params that `coordinates` wrote as this row."""
        raise NotImplementedError("write from_coordinates(self, row) for your model")

    def prepared(self, x: Any, times: Array | None = None) -> tuple["Linear", Any, Array | None]:
        """Return an equal `(model, x, times)` that is quicker to fit; `times` are (N,) or None."""
        return self, x, times

    def inner(self, params: Any) -> Any:
        """Return params as this form counts them: a prepared one may centre and scale the data."""
        return params

    def outer(self, params: Any) -> Any:
        """Return the params of x itself, from those of this form."""
        return params

    def part(self, where: slice) -> Self:
        """Return the model of the observations `where`; only per-observation fields change it."""
        return self

    def gathered(self, x: Any, responsibilities: Array) -> Any:
        """Return what `pooled` needs of some observations, in full precision."""
        return responsibilities.T @ self.features(x).T

    def pooled(self, parts: list[Any]) -> Any:
        """Return `(counts, params)`, the M-step of all observations, from their parts."""
        statistics = sum(parts)
        return statistics[:, 0], self.maximise(statistics)


def product(coefficients: Array, features: Array) -> Array:
    """Return coefficients @ features, (K, N), where 0 × infinity counts as 0, as in 0 · log 0."""
    infinite = ~np.isfinite(coefficients)
    if not infinite.any():
        return coefficients @ features
    table = np.where(infinite, 0, coefficients) @ features
    table[infinite.astype(float) @ (features != 0) > 0] = -np.inf
    return table
