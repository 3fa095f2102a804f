"""The machine's own limit: what the arithmetic alone would take at the best rates NumPy shows."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Work(NamedTuple):
    """How much of what; a lower bound, not what any program does."""

    exps: float = 0
    logs: float = 0
    simple: float = 0  # additions, multiplications or comparisons of two arrays
    flops: float = 0  # within matrix products
    bytes: float = 0  # to be read from memory
    calls: float = 0  # of NumPy: what remains where the data are tiny

    def times(self, count: float) -> "Work":
        """Return the work of `count` such pieces."""
        return Work(*(count * amount for amount in self))


class Rates(NamedTuple):
    """How much of it per second."""

    exps: float
    logs: float
    simple: float
    flops: float
    bytes: float
    calls: float


def seconds(work: Work, rates: Rates) -> float:
    """Return the limit: products or reading, whichever takes longer, then all the rest."""
    cost = Work(*(amount / rate for amount, rate in zip(work, rates)))
    return max(cost.flops, cost.bytes) + cost.exps + cost.logs + cost.simple + cost.calls


def shortest(task: Callable[[], object], repeats: int = 5) -> float:
    """Return the seconds of the fastest of a few runs."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        task()
        times.append(time.perf_counter() - begin)
    return min(times)


SMALL = np.linspace(-5, -1e-3, 8192)  # stays in the cache
OUT = np.empty_like(SMALL)
SQUARE = np.full((384, 384), 0.5)
PRODUCT = np.empty_like(SQUARE)
TINY = np.ones((2, 8))
LARGE = np.ones(2**22)  # 32 MB: does not


def repeated(task: Callable[[], object], count: int) -> Callable[[], None]:
    """Return a task that runs `count` times."""

    def run() -> None:
        for _ in range(count):
            task()

    return run


def measure() -> Rates:
    """Return the rates of this moment: the machine drifts, so each round asks anew (30 ms)."""
    positive = -SMALL
    fast = {
        "exps": lambda: np.exp(SMALL, out=OUT),
        "logs": lambda: np.log(positive, out=OUT),
        "simple": lambda: np.maximum(SMALL, positive, out=OUT),
    }
    rates = {name: 20 * SMALL.size / shortest(repeated(task, 20)) for name, task in fast.items()}
    product = shortest(lambda: np.matmul(SQUARE, SQUARE, out=PRODUCT))
    reading = shortest(lambda: LARGE.sum(), 3)
    call = shortest(repeated(lambda: np.add(TINY, TINY, out=TINY), 200)) / 200
    TINY.fill(1)
    return Rates(
        **rates, flops=2 * len(SQUARE) ** 3 / product, bytes=LARGE.nbytes / reading, calls=1 / call
    )


def mixture(n: int, k: int, features: int) -> Work:
    """One iteration over features that make the log of weight × density linear.

    Two products, (K, features) @ (features, n) and (K, n) @ (n, features), and a normalisation.
    """
    return Work(exps=n * k, logs=n, flops=4.0 * n * k * features, bytes=8.0 * n, calls=25)


def gaussians(n: int, k: int, d: int) -> Work:
    """One iteration with full covariances: 1, every x and every product of two."""
    return mixture(n, k, (d + 1) * (d + 2) // 2)._replace(bytes=8.0 * n * d)


def simpler_gaussians(n: int, k: int, d: int) -> Work:
    """One iteration with other covariances, whose features are 1, x and x²."""
    return mixture(n, k, 2 * d + 1)._replace(bytes=8.0 * n * d)


def kmeans(n: int, k: int, d: int) -> Work:
    """One iteration: a product for the scores, their maxima, and every point added to a sum."""
    return Work(simple=n * (k + d), flops=2.0 * n * k * (d + 1), bytes=8.0 * n * d, calls=25)


def chain(n: int, k: int) -> Work:
    """One iteration: a step matrix put in place for every time, and three products of it."""
    return Work(logs=n, simple=n * k * k, flops=6.0 * n * k * k, bytes=8.0 * n, calls=25)


def logistic(n: int, d: int) -> Work:
    """One whole fit: two passes, each with a tanh, the gradient and the second derivatives."""
    return Work(exps=n, flops=2.0 * n * (d + 1) * (d + 3), bytes=8.0 * n * d, calls=12).times(2)
