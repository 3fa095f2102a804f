"""Maximum likelihood by itself: a bag of balls and a normal sample, one parameter or two.

Nothing is hidden here, so there is no EM; `climb` walks up the log-likelihood and yields the same
`Step` record as `em`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from emlib.checks import (
    Array,
    as_numbers,
    named,
    need_finite_squares,
    need_range,
    need_shape,
    need_whole,
)
from emlib.core import Step, ascend

SMALLEST, LARGEST = 1e-100, 1e100  # their squares are still numbers


class BagParams(NamedTuple):
    """What is unknown about a bag of black and white balls."""

    black: Array | Any  # () probability that a draw is black


class NormalParams(NamedTuple):
    """What is unknown about a normal distribution, in the unit of x."""

    mean: Array | Any  # ()
    sd: Array | Any  # () standard deviation


@dataclass(frozen=True)
class Bag:
    """A bag of balls; x (N,) counts the black ones in rounds of `draws` draws with replacement.

    One round may be a single number: `Bag(10)` and x = 8. With `draws=1` x lists single draws, 1
    for black, and the order counts: the likelihood loses its binomial factor. Methods raise
    TypeError or ValueError for bad counts and for a probability outside of 0 to 1.
    """

    draws: int = 10

    def __post_init__(self) -> None:
        """Check the number of draws."""
        need_range("draws", self.draws, int, 1)

    def log_density(self, x: Any, params: BagParams) -> Array:
        """Return the log-probability of each count in nats, (N,): binomial."""
        x, (black,) = self.check(x, params)
        log_choose = gammaln(self.draws + 1) - gammaln(x + 1) - gammaln(self.draws - x + 1)
        each: Array = log_choose + xlogy(x, black) + xlog1py(self.draws - x, -black)
        return each

    def log_likelihood(self, x: Any, params: BagParams) -> float:
        """Return Σ log p(x_n | params) in nats."""
        return float(self.log_density(x, params).sum())

    def score(self, x: Any, params: BagParams) -> BagParams:
        """Return the slope of the log-likelihood: black / p - white / (1 - p).

        Raises ValueError at 0 and 1, where it has none.
        """
        black, white = self._totals(x, params)
        return BagParams(black / params.black - white / (1 - params.black))

    def information(self, x: Any, params: BagParams) -> BagParams:
        """Return minus the second derivative: black / p² + white / (1 - p)².

        At the maximum the root of 1 / information is the standard error. Raises ValueError at 0
        and 1.
        """
        # With its expected value, n / (p (1 - p)), the first step of `climb` would always be the
        # last; so it is only from p = 1/2, where both are 4 n.
        black, white = self._totals(x, params)
        return BagParams(black / params.black**2 + white / (1 - params.black) ** 2)

    def allows(self, params: BagParams) -> bool:
        """Return whether the log-likelihood has a slope here, that is strictly inside 0 to 1."""
        return bool(SMALLEST <= params.black < 1)

    def check(self, x: Any, params: BagParams) -> tuple[Array, BagParams]:
        """Return clean `(x, params)`, x as (N,); raise an error that names what is wrong."""
        x, params = np.atleast_1d(as_numbers("x", x)), clean(params, BagParams)
        need_shape("x", x, len(x))
        rule = f"black balls must be whole numbers from 0 to draws = {self.draws}"
        need_whole(x, self.draws, rule)
        if not 0 <= params.black <= 1:
            raise ValueError(f"params.black is {params.black:g}: it must lie between 0 and 1")
        return x, params

    def _totals(self, x: Any, params: BagParams) -> tuple[float, float]:
        """Return how many balls were black and how many white; raise an error at 0 or 1."""
        x, params = self.check(x, params)
        if not self.allows(params):
            raise ValueError(
                f"params.black is {params.black:g}: there the log-likelihood has no slope; "
                "start strictly between 0 and 1"
            )
        return float(x.sum()), float((self.draws - x).sum())


@dataclass(frozen=True)
class Normal:
    """Independent draws x (N,) from one normal distribution (Bishop 2006, section 1.2.4).

    Methods raise TypeError or ValueError for bad data and a standard deviation that is not above 0.
    """

    def log_density(self, x: Any, params: NormalParams) -> Array:
        """Return the log-density of each observation in nats, (N,) (Bishop 2006, eq. 1.46)."""
        x, (mean, sd) = self.check(x, params)
        each: Array = -np.square((x - mean) / sd) / 2 - np.log(sd) - np.log(2 * np.pi) / 2
        return each

    def log_likelihood(self, x: Any, params: NormalParams) -> float:
        """Return Σ log p(x_n | params) in nats (Bishop 2006, eq. 1.54)."""
        return float(self.log_density(x, params).sum())

    def score(self, x: Any, params: NormalParams) -> NormalParams:
        """Return the slopes of the log-likelihood: Σ z / sd and Σ (z² - 1) / sd.

        z = (x - mean) / sd.
        """
        x, (mean, sd) = self.check(x, params)
        z = (x - mean) / sd
        return NormalParams(z.sum() / sd, (z**2 - 1).sum() / sd)

    def information(self, x: Any, params: NormalParams) -> NormalParams:
        """Return the expected information about each parameter: N / sd² and 2 N / sd².

        None is shared, so these are the diagonal of a matrix that is 0 elsewhere.
        """
        # Minus the second derivative would be negative where sd is far too large: steps downhill.
        x, (_, sd) = self.check(x, params)
        return NormalParams(len(x) / sd**2, 2 * len(x) / sd**2)

    def allows(self, params: NormalParams) -> bool:
        """Return whether the standard deviation is one."""
        return bool(SMALLEST <= params.sd <= LARGEST)

    def check(self, x: Any, params: NormalParams) -> tuple[Array, NormalParams]:
        """Return clean `(x, params)`, x as (N,); raise an error that names what is wrong."""
        x, params = np.atleast_1d(as_numbers("x", x)), clean(params, NormalParams)
        need_shape("x", x, len(x))
        need_finite_squares(**{"x": x, "params.mean": params.mean})
        if not self.allows(params):
            raise ValueError(
                f"params.sd is {params.sd:g}: a standard deviation must lie above 0, here between "
                f"{SMALLEST:g} and {LARGEST:g}"
            )
        return x, params


def clean(params: Any, kind: Any) -> Any:
    """Return params of this kind as arrays (); raise an error that names a bad field."""
    if not isinstance(params, kind):
        fields = ", ".join(kind._fields)
        raise TypeError(f"params is {params!r}: pass {kind.__name__}({fields})")
    params = kind(*(as_numbers(f"params.{name}", part) for name, part in named(params)))
    for name, part in named(params):
        need_shape(f"params.{name}", part)
    return params


def climb(
    model: Bag | Normal, x: Any, start: Any, *, max_iter: int = 100, tol: float = 1e-10
) -> Iterator[Step]:
    """Yield the steps start, update, update, … up the log-likelihood of `x`.

    Stops as `emlib.ascend` does. Raises what `model.check` raises, and ValueError for a start at
    which the log-likelihood has no slope.
    """
    x, start = model.check(x, start)
    model.score(x, start)
    return ascend(
        lambda params: model.log_likelihood(x, params),
        lambda params: uphill(model, x, params),
        start,
        max_iter=max_iter,
        tol=tol,
    )


def uphill(model: Bag | Normal, x: Any, params: Any) -> Any:
    """Return params + score / information, the top of a parabola that fits the curve here.

    The move is halved until it stays among the possible params and does not lower the
    log-likelihood; where no half of it does, nothing moves. Source: Fisher (1925) for scoring.
    """
    slopes, curvatures = model.score(x, params), model.information(x, params)
    least = model.log_likelihood(x, params)
    least -= 1e-12 * max(1, abs(least))  # rounding is not a fall
    for halvings in range(60):
        share = 0.5**halvings
        pairs = zip(params, slopes, curvatures, strict=True)
        moved = type(params)(*(value + share * slope / bend for value, slope, bend in pairs))
        if model.allows(moved) and model.log_likelihood(x, moved) >= least:
            return moved
    return params
