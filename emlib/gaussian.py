"""Mixtures of Gaussians in one dimension or many, and K-means as their hard limit."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emlib.checks import as_weights, need_enough, need_range, need_shape, start_data
from emlib.covariance import (
    CONSTRAINTS,
    lift,
    log_normal,
    need_covariances,
    smallest_variance,
    spread,
)
from emlib.mixture import Mixture, one_hot


class GaussianParams(NamedTuple):
    """What is unknown about K Gaussians in D dimensions; for x of shape (N,) drop the D axes."""

    weights: np.ndarray  # (K,) share of the data that component k makes
    means: np.ndarray  # (K, D), or (K,)
    covs: np.ndarray  # (K, D, D) covariance matrices in squared units of x, or (K,) variances


@dataclass(frozen=True)
class GaussianMixture(Mixture):
    """K Gaussians; x is (N,) or (N, D) (Bishop 2006, eqs. 9.23 to 9.27)."""

    covariance: str = "full"  # "full", "tied", "diagonal" or "spherical"
    hard: bool = False  # True: each observation goes wholly to its most probable component
    floor: float = 1e-9  # smallest variance allowed, as a fraction of the data's own variance

    def __post_init__(self) -> None:
        """Check the fields."""
        if self.covariance not in list(CONSTRAINTS):
            raise ValueError(f"covariance is {self.covariance!r}: pass one of {list(CONSTRAINTS)}")
        need_range("floor", self.floor, float, 0)

    def log_joint(self, x: Any, params: GaussianParams) -> np.ndarray:
        """Return log(weight_k × density of component k at x_n), (N, K)."""
        points, (weights, means, covs) = as_points(x), as_matrices(params)
        with np.errstate(divide="ignore"):  # an empty component has weight 0
            log_weights = np.log(weights)[:, None]  # (K, 1)
        log_density = [log_normal(points, *one) for one in zip(means, covs, strict=True)]
        return (log_weights + log_density).T

    def m_step(self, x: Any, responsibilities: np.ndarray) -> GaussianParams:
        """Return weights, weighted means and covariances; NaN where a component is empty."""
        points, axes = as_points(x), np.shape(x)[1:]  # (N, D) and () or (D,)
        counts = responsibilities.sum(axis=0)  # (K,) expected observations
        weights = counts / counts.sum()
        means = weighted_means(points, responsibilities)  # (K, D)
        pairs = zip(responsibilities.T / counts[:, None], means, strict=True)
        covs = np.stack([(r * (points - mean).T) @ (points - mean) for r, mean in pairs])
        covs = CONSTRAINTS[self.covariance](covs, weights)
        covs = lift(covs, self.unit(points), self.floor)
        return GaussianParams(weights, means.reshape(-1, *axes), covs.reshape(-1, *axes, *axes))

    def start(self, x: Any, components: int, rng: np.random.Generator) -> GaussianParams:
        """Return a random start: equal weights, observations as means, the data's covariance."""
        x = start_data(x, components, rng)
        whole = self.m_step(x, np.ones((len(x), 1)))
        means = x[rng.choice(len(x), components, replace=False)]
        weights = np.full(components, 1 / components)
        return GaussianParams(weights, means, np.repeat(whole.covs, components, axis=0))

    def check(self, x: Any, start: Any) -> tuple[np.ndarray, GaussianParams]:
        """Return clean `(x, start)`; raise an error naming a bad shape, weight or matrix."""
        if not isinstance(start, GaussianParams):
            raise TypeError("start must be GaussianParams(weights, means, covs)")
        x, start = super().check(x, start)
        axes, components = x.shape[1:], len(as_weights("start.weights", start.weights))
        need_shape("start.means", start.means, components, *axes)
        need_shape("start.covs", start.covs, components, *axes, *axes)
        need_enough(x, components)
        need_finite_squares(x=x, **{"start.means": start.means})
        covs = as_matrices(start).covs
        need_covariances(covs, start.weights, self.covariance)
        least = smallest_variance(covs, self.unit(as_points(x)))
        if least.min() < self.floor * (1 - 1e-3):
            raise ValueError(
                f"start.covs[{least.argmin()}] lies under the floor, {self.floor:g} of the data's "
                "variance: start wider, or lower the floor"
            )
        return x, start

    def unit(self, points: np.ndarray) -> np.ndarray:
        """Return the deviation of each feature that the floor is a fraction of (squared), (D,)."""
        unit = spread(points)
        return np.full_like(unit, unit.max()) if self.covariance == "spherical" else unit

    def problems(self, x: Any, params: GaussianParams, posterior: np.ndarray) -> tuple[str, ...]:
        """Return one sentence for each empty component and each one held up by the floor."""
        least = smallest_variance(as_matrices(params).covs, self.unit(as_points(x)))
        return super().problems(x, params, posterior) + tuple(
            f"component {k} has collapsed: its smallest variance is at the floor, "
            f"{self.floor:g} of the data's (without the floor the likelihood has no maximum)"
            for k in np.flatnonzero(least <= self.floor * (1 + 1e-3))
        )


class KMeansParams(NamedTuple):
    """What is unknown in K-means."""

    means: np.ndarray  # (K, D), or (K,)


@dataclass(frozen=True)
class KMeans(Mixture):
    """K Gaussians with equal weights and one known variance in every direction.

    Hard, this is Lloyd's K-means: the bound is minus the sum of squared distances over
    2 × `variance`, plus a constant. With `hard=False` it is the soft mixture that becomes K-means
    as `variance` goes to 0 (Bishop 2006, section 9.3.2).
    """

    variance: float = 1.0
    hard: bool = True

    def __post_init__(self) -> None:
        """Check the fields."""
        need_range("variance", self.variance, float, 1e-300)

    def log_joint(self, x: Any, params: KMeansParams) -> np.ndarray:
        """Return log(1/K × spherical density of component k at x_n), (N, K)."""
        squares, axes = squared_distances(x, params.means), as_points(x).shape[1]
        log_scale = np.log(squares.shape[1]) + axes / 2 * np.log(2 * np.pi * self.variance)
        return -squares / (2 * self.variance) - log_scale

    def e_step(self, x: Any, params: KMeansParams) -> np.ndarray:
        """Return responsibilities, (N, K); hard ones compare distances alone, whatever the unit."""
        if self.hard:
            return one_hot(-squared_distances(x, params.means), unit=0)
        return super().e_step(x, params)

    def m_step(self, x: Any, responsibilities: np.ndarray) -> KMeansParams:
        """Return the mean of each component's observations; NaN where a component is empty."""
        means = weighted_means(as_points(x), responsibilities)
        return KMeansParams(means.reshape(-1, *np.shape(x)[1:]))

    def start(self, x: Any, components: int, rng: np.random.Generator) -> KMeansParams:
        """Return `components` different observations as means."""
        x = start_data(x, components, rng)
        return KMeansParams(x[rng.choice(len(x), components, replace=False)])

    def check(self, x: Any, start: Any) -> tuple[np.ndarray, KMeansParams]:
        """Return clean `(x, start)`; raise an error naming a bad shape."""
        if not isinstance(start, KMeansParams):
            raise TypeError("start must be KMeansParams(means)")
        x, start = super().check(x, start)
        need_finite_squares(x=x, **{"start.means": start.means})
        components = len(np.atleast_1d(start.means))
        need_shape("start.means", start.means, components, *x.shape[1:])
        need_enough(x, len(start.means))
        return x, start


def weighted_means(points: np.ndarray, responsibilities: np.ndarray) -> np.ndarray:
    """Return the weighted mean of points (N, D) for each component, (K, D); NaN where empty."""
    centre = points.mean(axis=0)  # sums of small numbers keep their digits
    return centre + responsibilities.T @ (points - centre) / responsibilities.sum(axis=0)[:, None]


def as_points(x: Any) -> np.ndarray:
    """Return observations as (N, D), with D = 1 for x of shape (N,)."""
    x = np.asarray(x, dtype=float)
    return x[:, None] if x.ndim == 1 else x


def as_matrices(params: GaussianParams) -> GaussianParams:
    """Return params with their D axes: means (K, D) and covs (K, D, D)."""
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    means = means.reshape(len(weights), -1)
    return GaussianParams(weights, means, covs.reshape(len(weights), *2 * means.shape[1:]))


def squared_distances(x: Any, means: Any) -> np.ndarray:
    """Return the squared distance of every observation from every mean, (N, K)."""
    points = as_points(x)
    means = np.asarray(means, dtype=float).reshape(-1, points.shape[1])
    return np.stack([((points - mean) ** 2).sum(axis=1) for mean in means]).T


def need_finite_squares(**arrays: np.ndarray) -> None:
    """Raise ValueError when squared distances would overflow."""
    for name, array in arrays.items():
        largest = np.abs(array).max()
        if largest > 1e150:
            raise ValueError(f"{name} reaches {largest:g}, too large to square: rescale it first")
