"""K-means, the hard limit of a mixture of Gaussians."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from emlib.checks import (
    Array,
    need_enough,
    need_finite_squares,
    need_range,
    need_shape,
    need_visible_spread,
    need_yes_or_no,
    start_data,
)
from emlib.covariance import as_points, centre, weighted_means
from emlib.linear import Linear
from emlib.mixture import Mixture, one_hot


class KMeansParams(NamedTuple):
    """What is unknown in K-means."""

    means: Array | Any  # (K, D), or (K,)


@dataclass(frozen=True)
class KMeans(Mixture):
    """K Gaussians with equal weights and one known variance in every direction.

    Hard, this is Lloyd's K-means: the bound is minus the sum of squared distances over
    2 × `variance`, plus a constant. With `hard=False` it is the soft mixture that becomes K-means
    as `variance` goes to 0 (Bishop 2006, section 9.3.2).
    """

    variance: float = 1.0  # of every component in every direction; squared units of x
    hard: bool = True  # False: the soft mixture

    def __post_init__(self) -> None:
        """Check the fields."""
        need_range("variance", self.variance, float, 1e-300)
        need_yes_or_no("hard", self.hard)

    def log_joint(self, x: Any, params: KMeansParams) -> Array:
        """Return log(1/K × spherical density of component k at x_n), (N, K)."""
        squares, axes = squared_distances(x, params.means), as_points(x).shape[1]
        log_scale: float = np.log(squares.shape[1]) + axes / 2 * np.log(2 * np.pi * self.variance)
        with np.errstate(over="ignore"):  # so far that the density is 0
            log_joint: Array = -squares / (2 * self.variance) - log_scale
        return log_joint

    def e_step(self, x: Any, params: KMeansParams) -> Array:
        """Return responsibilities, (N, K); hard: 1 for the nearest mean, of equals the first.

        Hard ones depend neither on `variance` nor on the unit of x.
        """
        if self.hard:
            return one_hot(-squared_distances(x, params.means), unit=0)
        return super().e_step(x, params)

    def m_step(self, x: Any, responsibilities: Array) -> KMeansParams:
        """Return the mean of each component's observations; NaN where a component is empty."""
        means = weighted_means(as_points(x), responsibilities)
        return KMeansParams(means.reshape(-1, *np.shape(x)[1:]))

    def prepared(self, x: Any, times: Array | None = None) -> tuple["Centred", Any, Any]:
        """Return the same model for data that are centred first, `x` and `times`."""
        return Centred(self, centre(as_points(x, None)), np.shape(x)[1:]), x, times

    def start(self, x: Any, components: int, rng: np.random.Generator) -> KMeansParams:
        """Return `components` different observations as means."""
        x = start_data(x, components, rng)
        return KMeansParams(x[rng.choice(len(x), components, replace=False)])

    def check(self, x: Any, start: Any) -> tuple[Array, KMeansParams]:
        """Return clean `(x, start)`; raise an error naming a bad shape."""
        if not isinstance(start, KMeansParams):
            raise TypeError("start must be KMeansParams(means)")
        x, start = super().check(x, start)
        need_finite_squares(x=x, **{"start.means": start.means})
        need_visible_spread(x)
        components = len(np.atleast_1d(start.means))
        need_shape("start.means", start.means, components, *x.shape[1:])
        need_enough(x, len(start.means))
        return x, start


@dataclass(frozen=True, eq=False)
class Centred(Linear):
    """K-means of z = x - centre: |z - mean|² / 2 = |z|² / 2 - mean·z + |mean|² / 2."""

    model: KMeans
    centre: Array  # (D,)
    axes: tuple[int, ...]  # () for x of shape (N,), else (D,)

    @property
    def hard(self) -> bool:  # type: ignore[override]
        """Whether every observation goes wholly to one component."""
        return self.model.hard

    def inner(self, params: KMeansParams) -> KMeansParams:
        """Return the means of z, (K, D)."""
        return KMeansParams(np.reshape(params.means, (-1, len(self.centre))) - self.centre)

    def outer(self, params: KMeansParams) -> KMeansParams:
        """Return the means of x, with the axes that x has."""
        return KMeansParams((params.means + self.centre).reshape(-1, *self.axes))

    def features(self, x: Any) -> Array:
        """Return 1 and z, (1 + D, N)."""
        points = as_points(x)
        table = np.empty((1 + len(self.centre), len(points)))
        table[0] = 1
        np.subtract(points.T, self.centre[:, None], out=table[1:])
        return table

    def log_base(self, x: Any) -> Array:
        """Return what all components share, (N,): -|z|² / (2 × variance) and the normalisation."""
        z = self.features(x)[1:]
        squares: Array = np.einsum("dn,dn->n", z, z)
        log_scale: float = len(self.centre) * np.log(2 * np.pi * self.model.variance)
        with np.errstate(over="ignore"):
            return -(squares / self.model.variance + log_scale) / 2

    def coefficients(self, params: KMeansParams) -> Array:
        """Return those of log(1/K × density), without `log_base`, (K, 1 + D)."""
        means, variance = params.means, self.model.variance
        halves = (means**2).sum(axis=1, keepdims=True) / 2
        with np.errstate(over="ignore"):  # so far that the density is 0
            return np.hstack([-halves / variance - np.log(len(means)), means / variance])

    def maximise(self, statistics: Array) -> KMeansParams:
        """Return the mean of each component's observations."""
        return KMeansParams(statistics[:, 1:] / statistics[:, :1])

    def coordinates(self, params: KMeansParams) -> Array:
        """Return the means in one row."""
        return np.ravel(params.means)

    def from_coordinates(self, row: Array) -> KMeansParams:
        """Return the params that `coordinates` wrote as this row."""
        return KMeansParams(row.reshape(-1, len(self.centre)))

    def e_step(self, x: Any, params: KMeansParams) -> Array:
        """Return what K-means returns: distances, not multiplied out, keep all their digits."""
        return self.model.e_step(x, self.outer(params))

    def log_joint(self, x: Any, params: KMeansParams) -> Array:
        """Return what K-means returns."""
        return self.model.log_joint(x, self.outer(params))


def squared_distances(x: Any, means: Any) -> Array:
    """Return the squared distance of every observation from every mean, (N, K)."""
    points = as_points(x)
    means = np.asarray(means, dtype=float).reshape(-1, points.shape[1])
    return np.stack([((points - mean) ** 2).sum(axis=1) for mean in means]).T
