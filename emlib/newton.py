"""Newton's method made fast and safe: what `LogisticRegression.fit` runs.

One pass over the data sees height, gradient and information together, block by block, so that the
numbers at hand stay near the processor. A start from every 16th observation leaves three passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import lapack

from emlib.separation import TOLERANCE, separable

SINGULAR = 1e-12  # share of a column that the others must leave, or they hide it
PATIENCE = 8  # steps after which one asks whether there is a top at all


class View(NamedTuple):
    """What one pass over the data sees from a row of P params."""

    row: np.ndarray  # (P,) the intercept, if there is one, and the slopes
    height: float  # log-likelihood - row · penalty · row / 2, in nats
    gradient: np.ndarray  # (P,) first derivatives of the height
    information: np.ndarray  # (P, P) minus its second derivatives
    spread: float  # Σ p (1 - p)


@dataclass(frozen=True, eq=False)
class Columns:
    """The data of a logistic regression, read block by block.

    Sums keep their digits only near 0: x is read as x - centre, and the intercept is the log-odds
    at the centre.
    """

    x: np.ndarray  # (N, D), quickest when each column is contiguous
    turns: np.ndarray  # (N,) -1 where the label is 1, and 1 where it is 0
    centre: np.ndarray  # (D,) a typical x, or 0 in a model without intercept
    penalty: np.ndarray  # (P, P) the ridge, and what `hidden` adds
    free: bool  # True while there may be no maximum

    @property
    def width(self) -> int:
        """Observations in a block: for the cache, and for one thread of the matrix product."""
        size = len(self.penalty)
        return max(64, min(2**15 // size, 2**18 // size**2))

    @cached_property
    def small(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """The one block of few data, to be read again and again."""
        return tuple(self.read()) if len(self.x) <= self.width else ()

    def read(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield blocks of columns (P, n), which the next one overwrites, with their turns (n,)."""
        size, (count, axes) = len(self.penalty), self.x.shape
        room = np.ones((size, min(count, self.width)))
        for first in range(0, count, self.width):
            part = self.x[first : first + self.width].T
            columns = room[:, : part.shape[1]]
            np.subtract(part, self.centre[:, None], out=columns[size - axes :])
            yield columns, self.turns[first : first + self.width]

    def view(self, row: np.ndarray) -> View:
        """Pass over the data once."""
        size, loss, spread = len(row), 0.0, 0.0
        sums, room = np.zeros((size + 1, size)), np.empty((size + 1, min(len(self.x), self.width)))
        for columns, turns in self.small or self.read():
            against = turns * (row @ columns)  # log-odds of the label that was not seen
            capped = against.clip(-1e300, 700)  # beyond, exp overflows and its log is a line
            odds = np.exp(capped)
            right = 1 / (1 + odds)  # probability of the label that was seen
            wrong = odds * right
            both = right * wrong
            loss += float(np.log1p(odds).sum() + (against - capped).sum())
            spread += float(both.sum())
            weighted = room[:, : len(turns)]
            np.multiply(turns, wrong, out=weighted[0])  # p - y
            np.multiply(columns, both, out=weighted[1:])
            sums += weighted @ columns.T
        pull = self.penalty @ row
        height = -loss - float(row @ pull) / 2
        return View(row, height, -sums[0] - pull, sums[1:] + self.penalty, spread)

    def log_likelihood(self, view: View) -> float:
        """Return the height without the penalty."""
        return view.height + float(view.row @ self.penalty @ view.row) / 2

    def parted_by(self, row: np.ndarray) -> bool:
        """Return True when the plane `row` has every label on its side, or on itself."""
        margins = [-turns * (row @ columns) for columns, turns in self.small or self.read()]
        low, high = min(one.min() for one in margins), max(one.max() for one in margins)
        return bool(high > 0 and low >= -TOLERANCE * high)

    def parted(self) -> bool:
        """Return True when any plane does so."""
        centred = len(self.penalty) > self.x.shape[1]
        return separable(self.x, (1 - self.turns) / 2, centred)

    def thinned(self, every: int) -> "Columns":
        """Return one observation of `every`, and as much less penalty."""
        x = np.asfortranarray(self.x[::every])
        return replace(self, x=x, turns=self.turns[::every].copy(), penalty=self.penalty / every)


def look_around(data: Columns, max_iter: int) -> list[View]:
    """Return the path from 0 to the answer for every 16th observation, where that is higher."""
    size, every = len(data.penalty), 16
    zero = np.zeros(size)
    if len(data.x) >= 64 * every * size:
        few = data.thinned(every)
        path = [few.view(zero)]
        if climb(few, path, max_iter, tol=0.01)[1] == "converged":
            there, bottom = data.view(path[-1].row), -np.log(2) * len(data.x)
            if there.height >= bottom:
                return [there._replace(row=zero, height=bottom), there]
    return [data.view(zero)]


def climb(data: Columns, path: list[View], max_iter: int, tol: float) -> tuple[Columns, str]:
    """Extend `path` to the top by Newton's method, each step halved until it does not fall.

    Returns the data, with a penalty on what they hide, and "converged", "separable" or "max_iter".
    The last view may be the top of the parabola at the one before it, whose derivatives it keeps.
    """
    steepest = None  # the information at 0: nowhere is there more
    while True:
        here = path[-1]
        if data.free and here.height > -np.log(2):  # every label has a probability above 1/2
            return data, "separable"
        if len(path) > max_iter:
            return data, "max_iter"
        move = solve(here.information, here.gradient)
        lost = move is None
        if lost and steepest is None:
            steepest = data.view(0 * here.row).information
            dark = hidden(steepest, data.x.shape[1])
            data, steepest = replace(data, penalty=data.penalty + dark), steepest + dark
            path[-1] = data.view(here.row)
            continue
        if lost:  # all probabilities are near 0 or 1; a short step (Böhning & Lindsay 1988) climbs
            move = solve(steepest, here.gradient)
        gain = float(move @ here.gradient) / 2
        near = 2 * gain <= min(tol / 10, 0.01) * here.spread
        still = gain <= 16 * np.finfo(float).eps * max(1, abs(here.height))
        if data.free and not near and (lost or still or len(path) > PATIENCE):
            if data.parted_by(move) or (lost or still) and data.parted():
                return data, "separable"
            data = replace(data, free=not (lost or still))
        if (near or still) and not lost:
            path.append(here._replace(row=here.row + move, height=here.height + gain))
            return data, "converged"
        there = data.view(here.row + move)
        while not there.height >= here.height:
            move = move / 2
            there = data.view(here.row + move)
        path.append(there)


def solve(information: np.ndarray, gradient: np.ndarray) -> np.ndarray | None:
    """Return information⁻¹ gradient, or None where rounding hides one param behind the others."""
    factor, move, failed = lapack.dposv(information, gradient)
    left = np.square(factor.diagonal())  # of a column's own information, given those before it
    if failed or not (left > SINGULAR * information.diagonal()).all():
        return None
    return move


def hidden(steepest: np.ndarray, axes: int) -> np.ndarray:
    """Return a penalty (P, P) on those changes of the slopes that no observation can see.

    Among params that fit equally well it prefers the shortest slopes, each times the standard
    deviation of its column. `steepest` is the information (P, P) where all p are 1/2.
    """
    slopes = steepest[-axes:, -axes:]
    if len(steepest) > axes:  # the intercept follows the slopes
        slopes = slopes - np.outer(steepest[0, 1:], steepest[0, 1:]) / steepest[0, 0]
    unit = np.sqrt(slopes.diagonal().clip(0))
    unit = np.where(unit > 0, unit, 1)
    values, vectors = np.linalg.eigh(slopes / np.outer(unit, unit))
    dark = vectors[:, values <= SINGULAR * axes] * unit[:, None]
    penalty = np.zeros_like(steepest)
    penalty[-axes:, -axes:] = dark @ dark.T
    return penalty
