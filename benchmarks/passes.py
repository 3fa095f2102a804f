"""Slow cases, counted in passes over the data: what acceleration is for."""

from typing import Any, NamedTuple

import numpy as np

import emlib
from benchmarks import problems
from emlib import CoinMixture, GaussianMixture

NEAR = 1e-6  # of the estimate, in every param; relative where a param is above 1
MOST = 100_000

SLOW = {
    "seed example": lambda: (GaussianMixture(), *problems.seed_example(110_000)),
    "two Gaussians, 2 sd apart": lambda: (
        GaussianMixture(),
        *problems.near(10_000, [0.5, 0.5], 2.0),
    ),
    "1.5 sd apart, 4:1": lambda: (GaussianMixture(), *problems.near(10_000, [0.8, 0.2], 1.5)),
    "three, 2.5 sd apart": lambda: (
        GaussianMixture(),
        *problems.near(10_000, [0.3, 0.4, 0.3], 2.5),
    ),
    "coins, 0.45 and 0.60": lambda: (CoinMixture(10), *problems.coins(10_000, (0.45, 0.6))),
}


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

    Raises RuntimeError when it does not.
    """
    found = emlib.fit(model, x, start, tol=1e-15, max_iter=2000, accelerate=True).params
    after = emlib.fit(model, x, found, tol=0, max_iter=1).params
    if distance(after, found) > 1e-9:
        raise RuntimeError(f"acceleration ended {distance(after, found):.1g} from a fixed point")
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
    """Return the passes of Anderson acceleration; it remembers, so each trial begins anew."""
    passes = 1
    while passes < MOST:
        found = emlib.fit(model, x, start, tol=0, max_iter=passes, accelerate=True)
        if distance(found.params, target) < NEAR:
            return found.iterations
        passes = max(passes + 1, int(1.03 * passes))
    return passes


def count(name: str) -> Passes:
    """Count the passes of one slow case."""
    problem = SLOW[name]()
    target = estimate(*problem)
    return Passes(plain(*problem, target), accelerated(*problem, target))
