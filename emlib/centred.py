"""Gaussian mixtures as `Linear` ones: their squares multiplied out.

(x - mean)² = x² - 2 mean x + mean², so a log-density is linear in 1, x and x². Multiplied out, a
number far from 0 loses digits: that is why the data are centred and scaled first.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import softmax

from emlib.checks import Array
from emlib.covariance import (
    GaussianParams,
    as_matrices,
    as_points,
    weighted_covs,
    weighted_means,
)
from emlib.linear import Linear


@dataclass(frozen=True, eq=False)
class Centred(Linear):
    """A Gaussian mixture of z = (x - centre) / unit; its params are those of z, with all D axes.

    The features are 1, z and the products z_i z_j that the type of covariance asks for: all with
    i <= j ("full", "tied"), the squares ("diagonal"), or the sum of squares ("spherical").
    """

    model: Any  # the GaussianMixture of x
    centre: Array  # (D,)
    unit: Array  # (D,), all the same for "spherical"
    axes: tuple[int, ...]  # () for x of shape (N,), else (D,)
    pairs: tuple[Any, Any] = field(init=False)  # i and j of every product z_i z_j
    places: Any = field(init=False)  # (D, D) where among them the product z_i z_j is, if at all
    halves: Array = field(init=False)  # -1/2 for a square; -1 for i < j, which stands for j < i too
    squares: Array = field(init=False)  # (D, D) units of a covariance
    log_scale: float = field(init=False)  # of the normal density at unit covariance

    def __post_init__(self) -> None:
        """Choose the products."""
        size, full = len(self.unit), self.model.covariance in ("full", "tied")
        pairs = np.nonzero(np.tri(size).T if full else np.eye(size))  # in the order of `features`
        places = np.zeros((size, size), dtype=int)
        places[pairs] = places[pairs[::-1]] = np.arange(len(pairs[0]))
        object.__setattr__(self, "pairs", pairs)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "halves", np.where(pairs[0] == pairs[1], -0.5, -1.0))
        object.__setattr__(self, "squares", np.outer(self.unit, self.unit))
        log_scale = -(size * np.log(2 * np.pi) / 2 + np.log(self.unit).sum())
        object.__setattr__(self, "log_scale", log_scale)

    @property
    def hard(self) -> bool:  # type: ignore[override]
        """Whether every observation goes wholly to one component."""
        return bool(self.model.hard)

    def inner(self, params: GaussianParams) -> GaussianParams:
        """Return weights, means and covariances of z, (K,), (K, D), (K, D, D)."""
        weights, means, covs = as_matrices(params)
        return GaussianParams(weights, (means - self.centre) / self.unit, covs / self.squares)

    def outer(self, params: GaussianParams) -> GaussianParams:
        """Return the params of x, with the axes that x has."""
        weights, means, covs = params
        means, covs = self.centre + self.unit * means, covs * self.squares
        shape = (len(weights), *self.axes)
        return GaussianParams(weights, means.reshape(shape), covs.reshape(*shape, *self.axes))

    def features(self, x: Any) -> Array:
        """Return 1, z and the products of z, (P, N)."""
        points, size, kind = as_points(x), len(self.unit), self.model.covariance
        first = 1 + size
        table = np.empty((first + (1 if kind == "spherical" else len(self.halves)), len(points)))
        table[0], z = 1, table[1:first]
        np.subtract(points.T, self.centre[:, None], out=z)
        z /= self.unit[:, None]
        if kind == "spherical":
            np.einsum("dn,dn->n", z, z, out=table[first])
        elif kind == "diagonal":
            np.multiply(z, z, out=table[first:])
        else:
            rows = np.split(table[first:], np.arange(size, 1, -1).cumsum())
            for i, products in enumerate(rows):
                np.multiply(z[i], z[i:], out=products)
        return table

    def coefficients(self, params: GaussianParams) -> Array:
        """Return those of log(weight_k × density), (K, P); NaN where a matrix has no inverse."""
        weights, means, covs = params
        signs, log_sizes = np.linalg.slogdet(covs)
        if not (signs > 0).all():
            return np.full((len(weights), 1), np.nan)
        inverses = np.linalg.inv(covs)
        slopes = (inverses @ means[:, :, None])[:, :, 0]
        with np.errstate(divide="ignore"):  # an empty component has weight 0
            constants = np.log(weights) - (log_sizes + (slopes * means).sum(axis=1)) / 2
        constants += self.log_scale
        if self.model.covariance == "spherical":
            curves = -inverses[:, :1, 0] / 2
        else:
            i, j = self.pairs
            curves = inverses[:, i, j] * self.halves
        return np.concatenate([constants[:, None], slopes, curves], axis=1)

    def maximise(self, statistics: Array) -> GaussianParams:
        """Return weights, means and covariances of z from its expected features, (K, P)."""
        counts, first = statistics[:, 0], 1 + len(self.unit)
        averages = statistics / counts[:, None]
        means, products = averages[:, 1:first], averages[:, first:]
        if self.model.covariance == "spherical":
            squares = (means**2).sum(axis=1, keepdims=True)
            variances = (products - squares) / len(self.unit)
            return self.allowed(counts, means, variances[:, :, None] * np.eye(len(self.unit)))
        covs = products[:, self.places] - means[:, :, None] * means[:, None, :]
        if self.model.covariance == "diagonal":
            covs *= np.eye(len(self.unit))
        return self.allowed(counts, means, covs)

    def allowed(self, counts: Array, means: Array, covs: Array) -> GaussianParams:
        """Return params from free moments, as the type of covariance, floor and prior ask."""
        covs = self.model.allowed(covs * self.squares, counts, self.unit) / self.squares
        return GaussianParams(counts / counts.sum(), means, covs)

    def coordinates(self, params: GaussianParams) -> Array:
        """Return log weights, means and the Cholesky factors with log diagonals in one row."""
        weights, means, covs = params
        roots = np.linalg.cholesky(covs)
        each = np.arange(len(self.unit))
        roots[:, each, each] = np.log(roots[:, each, each])
        return np.concatenate([np.log(weights), means.ravel(), roots.ravel()])

    def from_coordinates(self, row: Array) -> GaussianParams:
        """Return the params that `coordinates` wrote as this row."""
        size = len(self.unit)
        components = len(row) // (1 + size + size**2)
        weights, means, roots = np.split(row, [components, components * (1 + size)])
        roots = roots.reshape(components, size, size).copy()
        each = np.arange(size)
        roots[:, each, each] = np.exp(roots[:, each, each])
        covs = roots @ roots.transpose(0, 2, 1)
        return GaussianParams(softmax(weights), means.reshape(components, size), covs)

    def log_joint(self, x: Any, params: GaussianParams) -> Array:
        """Return what the model returns: distances, not multiplied out, keep all their digits."""
        return np.asarray(self.model.log_joint(x, self.outer(params)))

    def log_prior(self, params: GaussianParams) -> float:
        """Return the log prior of the model."""
        if type(self.model).log_prior is Linear.log_prior:
            return 0.0
        return float(self.model.log_prior(self.outer(params)))

    def problems(self, x: Any, params: GaussianParams, posterior: Array) -> tuple[str, ...]:
        """Return one sentence for each degenerate component."""
        collapsed: tuple[str, ...] = self.model.collapsed(self.outer(params), self.unit)
        return super().problems(x, params, posterior) + collapsed

    def gathered(self, x: Any, responsibilities: Array) -> tuple[Array, Array, Array]:
        """Return counts, means and covariances of some observations of x."""
        points = as_points(x)
        means = weighted_means(points, responsibilities)
        return responsibilities.sum(axis=0), means, weighted_covs(points, responsibilities, means)

    def pooled(self, parts: list[Any]) -> tuple[Array, GaussianParams]:
        """Return the counts and the params of all observations (Chan, Golub & LeVeque 1983)."""
        counts, means, covs = (np.stack(part) for part in zip(*parts, strict=True))
        total = counts.sum(axis=0)  # (K,); in front of it are the blocks
        shares = (counts / total)[:, :, None]
        means = np.where(shares > 0, (means - self.centre) / self.unit, 0)
        covs = np.where(shares[..., None] > 0, covs / self.squares, 0)
        mean = (shares * means).sum(axis=0)
        apart = means - mean
        between = apart[..., :, None] * apart[..., None, :]
        cov = (shares[..., None] * (covs + between)).sum(axis=0)
        return total, self.allowed(total, mean, cov)
