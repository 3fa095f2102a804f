"""What one turn of a contender brings back, and the check that all bring back the same."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Outcome(NamedTuple):
    """What a contender found and how much it did for it."""

    values: dict[
        str, Any
    ]  # params by name; log-likelihood (after), where known: before (after) the last M-step
    iterations: int = 1
    seconds: float | None = None  # by its own clock, for another process; None: the caller's


Contender = Callable[[], Outcome]


class Disagreement(Exception):
    """Two contenders reached different numbers, so their times must not be compared."""


class PeerFailed(Exception):
    """A program outside of Python could not do its turn; it is left out and the reason shown."""


def difference(values: dict[str, Any], others: dict[str, Any]) -> float:
    """Return the largest difference of what both name, relative to the largest value there.

    Raises Disagreement when they name nothing in common or disagree about a shape.
    """
    shared = values.keys() & others.keys()
    if not shared:
        raise Disagreement(f"nothing to compare: {sorted(values)} and {sorted(others)}")
    gaps = [0.0]
    for name in shared:
        one, other = (np.asarray(each[name], dtype=float) for each in (values, others))
        if one.shape != other.shape:
            raise Disagreement(f"{name} has shapes {one.shape} and {other.shape}")
        gaps.append(float(np.abs(one - other).max() / np.abs(one).max()))
    return max(gaps, key=lambda gap: np.inf if np.isnan(gap) else gap)


def need_same(outcomes: dict[str, Outcome], tolerance: float) -> dict[str, float]:
    """Return how far each is from the first; raise Disagreement beyond `tolerance`."""
    first, *_ = outcomes.values()
    gaps = {name: difference(first.values, one.values) for name, one in outcomes.items()}
    for name, gap in gaps.items():
        if not gap <= tolerance:
            raise Disagreement(
                f"{name} differs from {next(iter(outcomes))} by {gap:.1g}, relative; "
                f"{tolerance:.0g} is allowed"
            )
    return gaps
