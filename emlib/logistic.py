"""Logistic regression: nothing is hidden here, so it needs no EM; it climbs by its own gradient.

`ascend(model.log_likelihood, model.gradient_step(0.03), model.start())` yields the same `Step`
record as `em`; so does `model.newton_step` in place of the gradient step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, log_expit

from emlib.checks import (
    Array,
    as_data,
    as_numbers,
    frozen,
    named,
    need_finite_squares,
    need_range,
    need_shape,
)
from emlib.columns import Columns, by_column
from emlib.covariance import as_points
from emlib.newton import maximise
from emlib.result import Fit
from emlib.separation import separable

SEPARABLE = "the labels are separable, so use a ridge above 0"
REPEATED = "drop columns of x that repeat others or never vary, or start nearer to 0"


class LogisticParams(NamedTuple):
    """What is unknown about D features; for x of shape (N,) drop the D axis."""

    intercept: Array | Any  # () log-odds at x = 0; 0 in a model without intercept
    slopes: Array | Any  # (D,) log-odds per unit of x, or ()


@dataclass(frozen=True, eq=False)
class LogisticRegression:
    """P(y = 1) = 1 / (1 + exp(-intercept - slopes·x)) (Bishop 2006, section 4.3.2).

    Raises TypeError or ValueError for bad data, labels other than 0 and 1, and a negative ridge.
    """

    x: Any  # (N,) or (N, D) observations
    y: Any  # (N,) labels, 0 or 1
    ridge: float = 0.0  # the objective loses ridge × |slopes|² / 2; the intercept goes free
    intercept: bool = True  # False: the log-odds at x = 0 are known to be 0

    def __post_init__(self) -> None:
        """Check the fields and keep the data where nobody can write to them."""
        x, y = as_data(self.x), as_numbers("y", self.y)
        need_finite_squares(x=x)
        need_shape("y", y, len(x))
        need_labels(y)
        need_range("ridge", self.ridge, float, 0)
        if not isinstance(self.intercept, bool):
            raise TypeError(f"intercept is {self.intercept!r}: pass True or False")
        object.__setattr__(self, "x", by_column(x))
        object.__setattr__(self, "y", frozen(y))

    def start(self) -> LogisticParams:
        """Return params that are all 0: every probability is 1/2."""
        return LogisticParams(np.zeros(()), np.zeros(self.x.shape[1:]))

    def log_odds(self, params: LogisticParams, x: Any = None) -> Array:
        """Return log(P(y = 1) / P(y = 0)) at `x`, by default the model's own, (N,)."""
        intercept, slopes = self.check(params)
        x = self.x if x is None else as_data(x)
        need_shape("x", x, len(x), *self.x.shape[1:])
        with np.errstate(over="ignore", invalid="ignore"):
            odds: Array = intercept + np.dot(x, slopes)
        if not np.isfinite(odds).all():
            raise ValueError("params are too large for x: the log-odds overflow; start nearer to 0")
        return odds

    def probability(self, params: LogisticParams, x: Any = None) -> Array:
        """Return P(y = 1) at `x`, by default the model's own, (N,)."""
        probability: Array = expit(self.log_odds(params, x))
        return probability

    def log_likelihood(self, params: LogisticParams) -> float:
        """Return Σ log P(y_n | x_n) in nats, without the ridge (Bishop 2006, eq. 4.90)."""
        signs = 2 * self.y - 1  # P(y = 0) is the logistic function of minus the log-odds
        return float(log_expit(signs * self.log_odds(params)).sum())

    def objective(self, params: LogisticParams) -> float:
        """Return log-likelihood - ridge × |slopes|² / 2, which both kinds of step climb."""
        log_likelihood = self.log_likelihood(params)  # checks them
        squares = np.sum(np.square(params.slopes))
        return log_likelihood - self.ridge * float(squares) / 2

    def gradient(self, params: LogisticParams) -> LogisticParams:
        """Return the slope of the objective: Σ (y_n - p_n) x_n - ridge × slopes (eq. 4.91)."""
        signs = 2 * self.y - 1
        errors = signs * expit(-signs * self.log_odds(params))  # y - p, exact also for p near y
        intercept = errors.sum() if self.intercept else 0.0
        return LogisticParams(intercept, errors @ self.x - self.ridge * np.asarray(params.slopes))

    def gradient_step(self, rate: float) -> Callable[[LogisticParams], LogisticParams]:
        """Return the update params + rate × gradient; a large rate overshoots the maximum."""
        need_range("rate", rate, float, 0)

        def update(params: LogisticParams) -> LogisticParams:
            pairs = zip(params, self.gradient(params), strict=True)
            return LogisticParams(*(value + rate * slope for value, slope in pairs))

        return update

    def information(self, params: LogisticParams) -> Array:
        """Return minus the second derivatives of the objective, (P, P) (Bishop 2006, eq. 4.97).

        P counts the intercept, if any, and then the slopes. At the maximum, without a ridge, the
        square roots of the diagonal of its inverse are the standard errors of the params.
        """
        odds = self.log_odds(params)
        spread = expit(odds) * expit(-odds)  # p (1 - p), also where 1 - p rounds to 0
        columns = as_points(self.x)
        if self.intercept:
            columns = np.column_stack([np.ones(len(columns)), columns])
        columns = np.sqrt(spread)[:, None] * columns
        ridges = LogisticParams(0.0, np.full(self.x.shape[1:], self.ridge))
        information: Array = columns.T @ columns + np.diag(self.vector(ridges))
        return information

    def newton_step(self, params: LogisticParams) -> LogisticParams:
        """Return params + information⁻¹ gradient, the top of the parabola that fits best here.

        Raises ValueError where the information has no inverse. Source: Bishop (2006), eq. 4.92.
        """
        model, here, centre = self.centred(params)  # far from 0 the sums would lose digits
        information, gradient = model.information(here), model.vector(model.gradient(here))
        unit = np.sqrt(np.diag(information))  # divided by it, the units of x do not matter
        if not unit.all() or np.linalg.cond(information / np.outer(unit, unit)) > 1e12:
            parted = self.ridge == 0 and self.separable()
            raise ValueError(
                "params leave the information without an inverse: "
                + (SEPARABLE if parted else REPEATED)
            )
        move = np.linalg.solve(information / np.outer(unit, unit), gradient / unit) / unit
        moved = model.vector(here) + move
        first, rest = (moved[0], moved[1:]) if self.intercept else (0.0, moved)
        slopes = rest.reshape(self.x.shape[1:])
        return LogisticParams(first - np.dot(centre, slopes), slopes)

    def centred(
        self, params: LogisticParams
    ) -> tuple["LogisticRegression", LogisticParams, Array | float]:
        """Return the same model and params with the origin at the mean of x, and that mean.

        Without an intercept the origin stays where it is.
        """
        intercept, slopes = self.check(params)
        centre = self.x.mean(axis=0) if self.intercept else np.zeros(self.x.shape[1:])
        model = LogisticRegression(self.x - centre, self.y, self.ridge, self.intercept)
        return model, LogisticParams(intercept + np.dot(centre, slopes), slopes), centre

    def fit(
        self, start: LogisticParams | None = None, *, max_iter: int = 100, tol: float = 1e-10
    ) -> Fit:
        """Return the maximum of the objective, found by Newton's method, in a `Fit`.

        Its `path` is the log-likelihood at `start`, by default 0, and after each step; its `bounds`
        are the objective after each step, and never fall. With much data and no `start` the first
        step leads to the answer for every 20th observation. Stops after a step that promises to
        gain less than a tenth of `tol` × |objective|. Where columns of x repeat others or never
        vary, the status is "flat" and the slopes, in standard deviations of x, are the shortest of
        all that fit as well. Where the labels leave no maximum, it is "separable" and the params
        are the last before that was found. Raises TypeError or ValueError for bad options and a
        bad start.
        """
        need_range("max_iter", max_iter, int, 1)
        need_range("tol", tol, float, 0)
        data = Columns.of(as_points(self.x), self.y, self.ridge, self.intercept)
        with np.errstate(over="ignore", invalid="ignore"):  # `maximise` looks for infinities
            row = None if start is None else data.to_centre(self.vector(self.check(start)))
            path, status, lost = maximise(data, row, max_iter, tol)
        likelihoods = np.array([view.log_likelihood for view in path])
        last, axes = data.to_zero(path[-1].row), self.x.shape[1:]
        first, rest = (last[0], last[1:]) if self.intercept else (0.0, last)
        return Fit(
            params=frozen(LogisticParams(np.asarray(first), rest.reshape(axes))),
            path=likelihoods,
            bounds=np.array([view.height for view in path[1:]]),
            status=status,
            problems=self._problems(status, lost),
            rate=0.0 if status == "converged" else np.nan,
        )

    def _problems(self, status: str, lost: list[int]) -> tuple[str, ...]:
        """Return one sentence on what leaves the fit without one answer."""
        if status == "flat":
            if self.x.ndim == 1:
                return ("x never varies: drop it, or use a ridge",)
            names = " and ".join(f"x[:, {j}]" for j in lost)
            return (f"{names} repeat other columns or never vary: drop some, or use a ridge",)
        if status == "separable" and self.y.min() == self.y.max():
            return (f"all labels are {self.y[0]:g}: collect both; no ridge holds the intercept",)
        return ()

    def separable(self) -> bool:
        """Return True when a plane parts the labels, so that the log-likelihood has no maximum.

        Points may lie on the plane, or within 1e-9 of the range of x, but not all of them; without
        an intercept it goes through 0. Only the data count: a ridge gives the objective a maximum,
        except when all labels are equal and nothing holds the intercept.
        Source: Albert & Anderson (1984).
        """
        return separable(as_points(self.x), self.y, self.intercept)

    def vector(self, params: LogisticParams) -> Array:
        """Return the intercept, if the model has one, and the slopes in one row, (P,)."""
        row = np.append(*params)
        return row if self.intercept else row[1:]

    def check(self, params: LogisticParams) -> LogisticParams:
        """Return clean params; raise an error naming a bad shape or an unknown intercept."""
        if not isinstance(params, LogisticParams):
            raise TypeError(f"params is {params!r}: pass LogisticParams(intercept, slopes)")
        clean = LogisticParams(*(as_numbers(f"params.{n}", part) for n, part in named(params)))
        need_shape("params.intercept", clean.intercept)
        need_shape("params.slopes", clean.slopes, *self.x.shape[1:])
        if clean.intercept and not self.intercept:
            raise ValueError(
                f"params.intercept is {clean.intercept:g}: the model has none; pass 0, or build it "
                "with intercept=True"
            )
        return clean


def need_labels(y: Array) -> None:
    """Raise ValueError unless every label is 0 or 1."""
    bad = (y != 0) & (y != 1)
    if bad.any():
        first, count = int(np.argmax(bad)), int(bad.sum())
        raise ValueError(
            f"y[{first}] is {y[first]:g}: labels must be 0 or 1 ({count} bad value(s))"
        )
