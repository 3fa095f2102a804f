"""Mixtures of Gaussians in one dimension or many."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emlib.centred import Centred
from emlib.checks import (
    Array,
    as_weights,
    need_enough,
    need_finite_squares,
    need_range,
    need_shape,
    need_visible_spread,
    need_yes_or_no,
    start_data,
)
from emlib.covariance import (
    CONSTRAINTS,
    GaussianParams,
    as_matrices,
    as_points,
    centre,
    lift,
    log_normal,
    need_covariances,
    smallest_variance,
    spread,
    weighted_covs,
    weighted_means,
)
from emlib.mixture import Mixture

ROUNDING = 1e-15  # a variance below this part of the data's own is made of rounding errors


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
        need_yes_or_no("hard", self.hard)

    def log_joint(self, x: Any, params: GaussianParams) -> Array:
        """Return log(weight_k × density of component k at x_n), (N, K)."""
        points, (weights, means, covs) = as_points(x), as_matrices(params)
        with np.errstate(divide="ignore"):  # an empty component has weight 0
            log_weights = np.log(weights)[:, None]  # (K, 1)
        log_density = [log_normal(points, *one) for one in zip(means, covs, strict=True)]
        return (log_weights + log_density).T

    def m_step(self, x: Any, responsibilities: Array) -> GaussianParams:
        """Return weights, weighted means and covariances; NaN where a component is empty."""
        points, axes = as_points(x), np.shape(x)[1:]  # (N, D) and () or (D,)
        counts = responsibilities.sum(axis=0)  # (K,) expected observations
        weights = counts / counts.sum()
        means = weighted_means(points, responsibilities)  # (K, D)
        covs = weighted_covs(points, responsibilities, means)  # (K, D, D)
        covs = self.allowed(covs, counts, self.unit(points))
        return GaussianParams(weights, means.reshape(-1, *axes), covs.reshape(-1, *axes, *axes))

    def allowed(self, covs: Array, counts: Array, unit: Array) -> Array:
        """Return the likeliest covariances (K, D, D) that the type and the floor allow."""
        covs = CONSTRAINTS[self.covariance](covs, counts / counts.sum())
        return lift(covs, unit, self.floor)

    def start(self, x: Any, components: int, rng: np.random.Generator) -> GaussianParams:
        """Return a random start: equal weights, observations as means, the data's covariance."""
        x = start_data(x, components, rng)
        whole = self.m_step(x, np.ones((len(x), 1)))
        means = x[rng.choice(len(x), components, replace=False)]
        weights = np.full(components, 1 / components)
        return GaussianParams(weights, means, np.repeat(whole.covs, components, axis=0))

    def check(self, x: Any, start: Any) -> tuple[Array, GaussianParams]:
        """Return clean `(x, start)`; raise an error naming a bad shape, weight or matrix."""
        if not isinstance(start, GaussianParams):
            raise TypeError("start must be GaussianParams(weights, means, covs)")
        x, start = super().check(x, start)
        axes, components = x.shape[1:], len(as_weights("start.weights", start.weights))
        need_shape("start.means", start.means, components, *axes)
        need_shape("start.covs", start.covs, components, *axes, *axes)
        need_enough(x, components)
        need_finite_squares(x=x, **{"start.means": start.means})
        need_visible_spread(x)
        covs = as_matrices(start).covs
        need_covariances(covs, start.weights, self.covariance)
        least = smallest_variance(covs, self.unit(as_points(x, None)))
        if least.min() < self.floor * (1 - 1e-3):
            raise ValueError(
                f"start.covs[{least.argmin()}] lies under the floor, {self.floor:g} of the data's "
                "variance: start wider, or lower the floor"
            )
        return x, start

    def unit(self, points: Array, mean: Array | None = None) -> Array:
        """Return the deviation of each feature that the floor is a fraction of (squared), (D,)."""
        unit = spread(points, centre(points) if mean is None else mean)
        return np.full_like(unit, unit.max()) if self.covariance == "spherical" else unit

    def prepared(self, x: Any, times: Array | None = None) -> tuple[Centred, Any, Array | None]:
        """Return the same mixture, for data that are centred and scaled first, `x` and `times`."""
        points = as_points(x, None)
        mean = centre(points)
        return Centred(self, mean, self.unit(points, mean), np.shape(x)[1:]), x, times

    def problems(self, x: Any, params: GaussianParams, posterior: Array) -> tuple[str, ...]:
        """Return one sentence for each empty component and each one held up by the floor."""
        return super().problems(x, params, posterior) + self.collapsed(
            params, self.unit(as_points(x, None))
        )

    def collapsed(self, params: GaussianParams, unit: Array) -> tuple[str, ...]:
        """Return one sentence for each component held up by the floor, in these units (D,)."""
        least = smallest_variance(as_matrices(params).covs, unit)
        return tuple(
            f"component {k} has collapsed: its smallest variance is at the floor, "
            f"{self.floor:g} of the data's (without the floor the likelihood has no maximum)"
            for k in np.flatnonzero(least <= max(self.floor * (1 + 1e-3), ROUNDING))
        )
