"""Read the data of a logistic regression fast: one pass sees all that a Newton step needs.

`View` holds the sums that `log_likelihood`, `gradient` and `information` of the model define, taken
together, block by block, so that the numbers at hand stay near the processor. `Move` is the
step that follows from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from emlib.blocks import add_products
from emlib.checks import Array, slices

WIDTH = 5000  # observations in a block: it fits into the cache, and NumPy is slower on short ones
PRODUCT = 2**18  # multiplications up to which BLAS keeps to one thread; more would wait for others
FAR = 700.0  # log-odds beyond which exp would overflow
SINGULAR = 1e-12  # share of a column's information that others must leave to it


class View(NamedTuple):
    """What one pass over the data sees from a row of P params."""

    row: Array  # (P,) the intercept, if there is one, and the slopes
    log_likelihood: float  # nats
    height: float  # log-likelihood - row · penalty · row / 2, which the fit climbs
    gradient: Array  # (P,) first derivatives of the height
    information: Array  # (P, P) minus its second derivatives
    surest: float  # the largest log-odds of a label that was seen


class Move(NamedTuple):
    """A change of the params that climbs."""

    change: Array  # (P,) of the row
    gain: float  # nats that a Newton step promises; NaN for any other
    near: bool  # the promise is too small to matter: the top is reached
    level: bool  # no Newton step: columns say the same, or all probabilities are near 0 or 1


@dataclass(frozen=True, eq=False)
class Columns:
    """The data, with a column of ones for the intercept, if there is one.

    Sums keep their digits only near 0: x is read as x - centre, and the intercept of a row is the
    log-odds at the centre.
    """

    x: Array  # (N, D), quickest when each column is contiguous
    turns: Array  # (N,) -1 where the label is 1, and 1 where it is 0
    centre: Array  # (D,) a typical x, or 0 in a model without intercept
    penalty: Array  # (P, P) the ridge, and one on changes of params that no observation can see
    free: bool  # True if there may be no maximum

    @classmethod
    def of(cls, x: Array, y: Array, ridge: float, intercept: bool) -> "Columns":
        """Return the data x (N, D) and y (N,) of a model."""
        centre = np.zeros(x.shape[1])
        if intercept:  # the middle of some observations: a few far ones cannot pull it away
            some = x[:: -(-len(x) // 1000)]
            centre = np.partition(some, len(some) // 2, axis=0)[len(some) // 2]
        ridges = np.full(x.shape[1] + intercept, float(ridge))
        ridges[: int(intercept)] = 0
        alike = y.min() == y.max()  # then no ridge holds the intercept
        return cls(x, 1 - 2 * y, centre, np.diag(ridges), bool(ridge == 0 or (intercept and alike)))

    @property
    def intercept(self) -> bool:
        """True for a model with an intercept."""
        return bool(len(self.penalty) > self.x.shape[1])

    def to_centre(self, row: Array) -> Array:
        """Return the row (P,) whose intercept is for x = 0 with the intercept at the centre."""
        return self._moved(row, self.centre)

    def to_zero(self, row: Array) -> Array:
        """Return the row (P,) whose intercept is at the centre with the intercept for x = 0."""
        return self._moved(row, -self.centre)

    def _moved(self, row: Array, by: Array) -> Array:
        moved = row.copy()
        if self.intercept:
            moved[0] += row[1:] @ by
        return moved

    @cached_property
    def small(self) -> tuple[tuple[Array, Array], ...]:
        """The only block of few data, to be read again and again."""
        return tuple(self.blocks()) if len(self.x) <= WIDTH else ()

    def blocks(self) -> Iterator[tuple[Array, Array]]:
        """Yield blocks of columns (P, n), which the next one overwrites, with their turns (n,)."""
        size, (count, axes) = len(self.penalty), self.x.shape
        room = np.ones((size, min(count, WIDTH)))
        for where in slices(count, WIDTH):
            turns = self.turns[where]
            columns = room[:, : len(turns)]
            np.subtract(self.x[where].T, self.centre[:, None], out=columns[size - axes :])
            yield columns, turns

    def view(self, row: Array) -> View:
        """Return what one pass over the data sees at the params `row`, (P,)."""
        size, loss, surest = len(row), 0.0, -np.inf
        sums, room = np.zeros((size + 1, size)), np.empty((size + 1, min(len(self.x), WIDTH)))
        for columns, turns in self.small or self.blocks():
            against = row @ columns
            against *= turns  # log-odds of the label that was not seen
            surest = max(surest, -against.min())
            lost, right, wrong = outcomes(against)
            loss += lost
            weighted = room[:, : len(turns)]
            np.multiply(turns, wrong, out=weighted[0])  # p - y
            np.multiply(columns, right * wrong, out=weighted[1:])  # p (1 - p) times the columns
            add_products(sums, weighted, columns, max(64, PRODUCT // size**2))
        pull = self.penalty @ row
        height = -loss - float(row @ pull) / 2
        return View(row, -loss, height, -sums[0] - pull, sums[1:] + self.penalty, float(surest))

    @cached_property
    def steepest(self) -> Array:
        """The information (P, P) at 0, where every probability is 1/2: nowhere is there more."""
        return self.view(np.zeros(len(self.penalty))).information

    @cached_property
    def hidden(self) -> Array:
        """A penalty (P, P) on those changes of the slopes that no observation can see.

        Among params that fit equally well it prefers the shortest slopes, each times the standard
        deviation of its column.
        """
        axes, at_0 = self.x.shape[1], self.steepest
        slopes = at_0[-axes:, -axes:]
        if self.intercept:  # which is free to follow the slopes
            slopes = slopes - np.outer(at_0[0, 1:], at_0[0, 1:]) / at_0[0, 0]
        unit = np.sqrt(slopes.diagonal().clip(0))
        unit = np.where(unit > 0, unit, 1)
        values, vectors = np.linalg.eigh(slopes / np.outer(unit, unit))
        dark = vectors[:, values <= SINGULAR * axes] * unit[:, None]
        penalty = np.zeros_like(at_0)
        penalty[-axes:, -axes:] = dark @ dark.T
        return penalty

    def margins(self, row: Array) -> tuple[float, float]:
        """Return the least and the largest log-odds that `row` gives to a label that was seen."""
        ends = []
        for columns, turns in self.small or self.blocks():
            against = turns * (row @ columns)
            ends += [-against.max(), -against.min()]
        return float(min(ends)), float(max(ends))

    def thinned(self, every: int) -> "Columns":
        """Return every `every`-th observation, with the penalty divided by `every`."""
        x, turns = self.x[::every], self.turns[::every].copy()
        return replace(self, x=by_column(x), turns=turns, penalty=self.penalty / every)


def outcomes(against: Array) -> tuple[float, Array, Array]:
    """Return the loss, in nats, and the probabilities of the labels seen and of the others, (n,).

    The log-odds `against` are those of the others.
    """
    loss = 0.0
    if against.max() > FAR:
        loss = float((against - FAR).clip(0).sum())
        against = against.clip(None, FAR)
    odds = np.exp(against)
    right = 1 / (1 + odds)
    loss += float(np.log1p(odds).sum())
    odds *= right
    return loss, right, odds


def by_column(x: Array) -> Array:
    """Return a read-only copy of x (N,) or (N, D) with the numbers of each column in a row.

    Sums over observations then run along memory. In blocks the copy is faster.
    """
    columns = np.empty(x.T.shape)
    for where in slices(len(x), WIDTH):
        columns[..., where] = x[where].T
    columns.flags.writeable = False
    return columns.T
