"""Slow cases, counted in passes over the data: what acceleration is for."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import emlib
from benchmarks import problems
from emlib import CoinMixture, GaussianMixture, Repeated

NEAR = 1e-6  # of the estimate, in every param; relative where a param is above 1
MOST, MOST_FAST = 100_000, 2_000  # passes, plain and accelerated, after which we give up

Problem = tuple[Any, np.ndarray, Any]  # model, data, start


def near(weights: list[float], gap: float) -> Problem:
    """Return a million points from Gaussians that overlap, rounded and counted."""
    x, times, start = problems.near(10**6, weights, gap)
    return Repeated(GaussianMixture(), tuple(times)), x, start


SLOW: dict[str, Callable[[], Problem]] = {
    "seed example": lambda: (GaussianMixture(), *problems.seed_example(110_000)),
    "two Gaussians, 2 sd apart": partial(near, [0.5, 0.5], 2.0),
    "two Gaussians, 1.5 sd apart, 4:1": partial(near, [0.8, 0.2], 1.5),
    "three Gaussians, 2.5 sd apart": partial(near, [0.3, 0.4, 0.3], 2.5),
    "coins, 0.45 and 0.60": lambda: (CoinMixture(10), *problems.coins(10_000, (0.45, 0.6))),
}


class NoEstimate(Exception):
    """No run reached a fixed point, so there is nothing to count towards."""


class Passes(NamedTuple):
    """How many iterations it took; each reads the data once."""

    plain: int
    accelerated: int


def distance(params: Any, others: Any) -> float:
    """Return the largest difference, relative where a value is above 1."""
    pairs = zip(params, others)
    return max(float((np.abs(a - b) / np.maximum(1, np.abs(b))).max()) for a, b in pairs)


def estimate(model: Any, x: np.ndarray, start: Any) -> Any:
    """Return params that a further step of plain EM leaves where they are.

    Raises NoEstimate when it does not.
    """
    found = emlib.fit(model, x, start, tol=0, max_iter=MOST_FAST, accelerate=True).params
    for passes in (1, MOST):  # where acceleration fails, plain EM has to go all the way
        after = emlib.fit(model, x, found, tol=0, max_iter=passes).params
        if distance(after, found) < 1e-11:
            return found
        found = after
    after = emlib.fit(model, x, found, tol=0, max_iter=1).params
    if distance(after, found) > 1e-11:
        raise NoEstimate(f"{MOST:,} passes end {distance(after, found):.1g} from a fixed point")
    return found


def plain(model: Any, x: np.ndarray, start: Any, target: Any) -> int:
    """Return the passes of plain EM: stretches of a twentieth, then the last stretch in halves."""
    done, now, stretch = 0, start, 1
    while done < MOST:
        stretch = max(1, done // 20)
        after = emlib.fit(model, x, now, tol=0, max_iter=stretch).params
        if distance(after, target) < NEAR:
            break
        now, done = after, done + stretch
    low, high = 0, stretch  # passes from `now`: not enough, enough
    while high - low > 1:
        middle = (low + high) // 2
        after = emlib.fit(model, x, now, tol=0, max_iter=middle).params
        low, high = (low, middle) if distance(after, target) < NEAR else (middle, high)
    return done + high


def accelerated(model: Any, x: np.ndarray, start: Any, target: Any) -> int:
    """Return the passes of Anderson acceleration, or MOST_FAST if they are not enough.

    It remembers, so each trial begins anew.
    """
    passes = 1
    while passes < MOST_FAST:
        found = emlib.fit(model, x, start, tol=0, max_iter=passes, accelerate=True)
        if distance(found.params, target) < NEAR:
            return found.iterations
        passes = max(passes + 1, int(1.03 * passes))
    return MOST_FAST


def count(name: str) -> Passes:
    """Count the passes of one slow case."""
    problem = SLOW[name]()
    target = estimate(*problem)
    return Passes(plain(*problem, target), accelerated(*problem, target))
