"""Two mixtures with a single unknown number, small enough to draw their whole bound.

`OneMean` has the bound that touches the log-likelihood from below, `TwoTosses` the surface F(q, θ).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import xlog1py, xlogy

from emlib.checks import Array, as_numbers, named, need_finite_squares, need_range, need_shape
from emlib.coins import LARGEST
from emlib.mixture import Mixture


class MeanParams(NamedTuple):
    """What is unknown about `OneMean`."""

    mean: Array | Any  # () the mean of the first component, in the unit of x


class TossParams(NamedTuple):
    """What is unknown about `TwoTosses`."""

    heads: Array | Any  # () probability that the first coin shows heads


@dataclass(frozen=True)
class OneMean(Mixture):
    """Two Gaussians of which only one mean is unknown; x (N,) in any unit.

    Raises TypeError or ValueError unless the weight lies between 0 and 1 and the variance above 0.
    """

    weight: float = 0.5  # probability that an observation comes from the unknown component
    known_mean: float = 0.0  # of the other component, in the unit of x
    variance: float = 1.0  # of both, in squared units of x

    def __post_init__(self) -> None:
        """Check the fields."""
        need_range("weight", self.weight, float, 1e-9)
        need_range("variance", self.variance, float, 1e-9)
        known = as_numbers("known_mean", self.known_mean)
        need_shape("known_mean", known)
        need_finite_squares(known_mean=known)
        if self.weight >= 1:
            raise ValueError(f"weight is {self.weight!r}: it must be below 1")

    def log_joint(self, x: Any, params: MeanParams) -> Array:
        """Return log(weight_k × density of x_n under component k), (N, 2), in nats."""
        means = np.array([float(params.mean), self.known_mean])
        weights = np.array([self.weight, 1 - self.weight])
        squares = (np.asarray(x, dtype=float)[:, None] - means) ** 2 / self.variance
        table: Array = np.log(weights) - 0.5 * (squares + np.log(2 * np.pi * self.variance))
        return table

    def m_step(self, x: Any, responsibilities: Array) -> MeanParams:
        """Return the mean of x, each observation counted by its share in the first component."""
        share = responsibilities[:, 0]
        return MeanParams(share @ x / share.sum())

    def check(self, x: Any, start: Any) -> tuple[Array, MeanParams]:
        """Return clean `(x, start)`; raise TypeError or ValueError that names what is wrong."""
        if not isinstance(start, MeanParams):
            raise TypeError("start must be MeanParams(mean)")
        x, start = super().check(x, start)
        need_shape("x", x, len(x))
        need_shape("start.mean", start.mean)
        need_finite_squares(**{"x": x, "start.mean": start.mean})
        return x, start


@dataclass(frozen=True)
class TwoTosses(Mixture):
    """One of two coins, with heads probabilities θ and θ/2, is picked evenly and tossed twice.

    x (N,) counts the heads in each such pair of tosses, 0, 1 or 2; [1] is the one pair "H, T", for
    which p(x | θ) = ¾θ − ⅝θ². `em` and `fit` raise ValueError for other counts.
    """

    def log_joint(self, x: Any, params: TossParams) -> Array:
        """Return log(½ × probability of these very tosses under coin k), (N, 2), in nats."""
        x, heads = np.asarray(x, dtype=float)[:, None], params.heads / np.array([1.0, 2.0])
        table: Array = np.log(0.5) + xlogy(x, heads) + xlog1py(2 - x, -heads)
        return table

    def m_step(self, x: Any, responsibilities: Array) -> TossParams:
        """Return the smaller root of a·θ² − b·θ + c = 0, where the bound has slope 0.

        The bound is heads·log θ + first·log(1 − θ) + second·log(2 − θ) + a constant.
        """
        x = np.asarray(x, dtype=float)
        heads, (first, second) = x.sum(), (2 - x) @ responsibilities
        a, b, c = heads + first + second, 3 * heads + 2 * first + second, 2 * heads
        root = 2 * c / (b + np.sqrt(max(b * b - 4 * a * c, 0)))
        # Below 1 in truth: at 1 the coin would exclude the tails it is believed to have shown.
        return TossParams(min(root, LARGEST) if first > 0 else root)

    def check(self, x: Any, start: Any) -> tuple[Array, TossParams]:
        """Return clean `(x, start)`; raise TypeError or ValueError that names what is wrong."""
        if not isinstance(start, TossParams):
            raise TypeError("start must be TossParams(heads)")
        x, start = super().check(x, start)
        need_shape("x", x, len(x))
        wrong = np.flatnonzero(~np.isin(x, (0, 1, 2)))
        if len(wrong):
            raise ValueError(
                f"x[{wrong[0]}] is {x[wrong[0]]:g}: heads in two tosses are 0, 1 or 2 "
                f"({len(wrong)} bad value(s))"
            )
        need_shape("start.heads", start.heads)
        if not 0 <= start.heads <= 1:
            raise ValueError(f"start.heads is {start.heads:g}: it must lie between 0 and 1")
        return x, start


def number_of(params: Any) -> float:
    """Return the only number in params; raise ValueError when there are more."""
    fields = named(params)
    value = as_numbers(f"start.{fields[0][0]}", fields[0][1])
    if len(fields) > 1 or value.size > 1:
        raise ValueError(f"start is {params}: this needs params that hold a single number")
    return float(value.item())


def with_number(params: Any, number: float) -> Any:
    """Return params of the same kind and shape that hold `number`."""
    [(_, value)] = named(params)
    changed = np.full(np.shape(value), float(number))
    return type(params)(changed) if hasattr(params, "_fields") else changed


def log_likelihoods(model: Any, x: Any, params: Any, grid: Any) -> Array:
    """Return log p(x | θ) in nats for every θ of `grid`, (G,); `params` shows what holds a θ."""
    return np.array([model.log_likelihood(x, with_number(params, one)) for one in grid])


def bounds(model: Any, x: Any, responsibilities: Any, params: Any, grid: Any) -> Array:
    """Return F(q, θ) in nats for these responsibilities and every θ of `grid`, (G,)."""
    return np.array([model.elbo(x, responsibilities, with_number(params, one)) for one in grid])
