"""Splitting a dish between two plates: half-steps to a fixed point, with nothing hidden in them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from emlib.checks import Array, as_numbers, frozen, need_range, need_shape
from emlib.core import Step, ascend


class Plates(NamedTuple):
    """What changes while a cook splits a dish."""

    amounts: Array | Any  # (2,) on the left and on the right plate, in grams


def observe(plates: Plates) -> float:
    """Return how much more lies on the left plate than on the right one, in grams."""
    left, right = plates.amounts
    with np.errstate(over="ignore", invalid="ignore"):  # `ascend` says when it is no number
        return float(left - right)


def adjust(plates: Plates, difference: float, share: float) -> Plates:
    """Return the plates after `share` of the difference, in grams, has left the fuller one."""
    left, right = plates.amounts
    with np.errstate(over="ignore", invalid="ignore"):
        return Plates(np.array([left - share * difference, right + share * difference]))


def split(
    start: Plates, share: float = 0.25, *, max_iter: int = 100, tolerance: float = 1.0
) -> Iterator[Step]:
    """Yield the half-steps start, observe, adjust, observe, adjust, …

    Stops when the plates differ by at most `tolerance` grams. A step's `posterior` is the
    difference that the cook saw, its `log_likelihood` minus the size of the present difference: a
    number to watch, not a likelihood, for a dish has none. Raises TypeError or ValueError for bad
    amounts, or a share below 0.
    """
    if not isinstance(start, Plates):
        raise TypeError("start must be Plates(amounts)")
    start = Plates(as_numbers("start.amounts", start.amounts))
    need_shape("start.amounts", start.amounts, 2)
    if start.amounts.min() < 0:
        raise ValueError(f"start.amounts are {start.amounts}: grams must not be negative")
    need_range("share", share, float, 0)
    need_range("tolerance", tolerance, float, 0)
    need_range("max_iter", max_iter, int, 1)
    return _half_steps(start, share, max_iter, tolerance)


def _half_steps(start: Any, share: float, max_iter: int, tolerance: float) -> Iterator[Step]:
    def evenness(plates: Plates) -> float:
        return -abs(observe(plates))

    def observe_and_adjust(plates: Plates) -> Plates:
        return adjust(plates, observe(plates), share)

    before = None
    for step in ascend(evenness, observe_and_adjust, start, max_iter=max_iter, tol=0):
        if before:
            seen = observe(before.params)
            half = before._replace(kind="observe", iteration=step.iteration)
            yield half._replace(params=frozen(before.params), posterior=frozen(seen))
            step = step._replace(kind="adjust", posterior=frozen(seen))
        yield step
        if -step.log_likelihood <= tolerance:
            return
        before = step
