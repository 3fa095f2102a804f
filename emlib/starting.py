"""Where to start: means drawn from the data, for `best_of` to choose the best end of many."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from emlib.checks import Array, need_range, start_data
from emlib.covariance import as_points, blocks


def starts(
    model: Any, x: Any, components: int, *, count: int = 10, seed: int = 0, apart: bool = True
) -> Iterator[Any]:
    """Yield `count` starts of a model for observations x, reproducible by their seed.

    Each is what `model.start(x, components, rng)` returns, which a model of your own must have.
    With `apart` its means, if it has any, become observations that lie far from one another
    (`far_apart`), for which some numbers per observation must fit into memory. Use them as
    `best_of(model, x, starts(model, x, 3))`. Raises TypeError or ValueError for bad arguments.
    """
    need_range("count", count, int, 1)
    need_range("seed", seed, int, 0)
    if not hasattr(model, "start"):
        raise TypeError(f"model {type(model).__name__} has no start(x, components, rng)")
    start_data(x, components, np.random.default_rng(seed))
    return _starts(model, x, components, count, seed, apart)


def _starts(
    model: Any, x: Any, components: int, count: int, seed: int, apart: bool
) -> Iterator[Any]:
    for n in range(count):
        rng = np.random.default_rng([seed, n])
        start = model.start(x, components, rng)
        if apart and "means" in getattr(start, "_fields", ()):
            means = far_apart(x, components, rng)
            start = start._replace(means=means.reshape(np.shape(start.means)))
        yield start


def far_apart(x: Any, components: int, rng: np.random.Generator) -> Array:
    """Return `components` observations of x, (K,) or (K, D), that are far from one another.

    The first is drawn evenly; each next one with probability proportional to its squared distance
    from the nearest one drawn before: k-means++ (Arthur & Vassilvitskii 2007). Raises TypeError or
    ValueError for bad data, more components than observations, or no random generator.
    """
    x = start_data(x, components, rng)
    points, chosen = as_points(x, None), [int(rng.integers(len(x)))]
    nearest = np.full(len(x), np.inf)  # squared distance of each from the nearest chosen
    for _ in range(components - 1):
        last = np.asarray(points[chosen[-1]], dtype=float)[:, None]
        squares = [np.einsum("dn,dn->n", z, z) for z in (b - last for b in blocks(points))]
        nearest = np.minimum(nearest, np.concatenate(squares))
        total = nearest.cumsum()
        if total[-1] > 0:
            chosen.append(int(np.searchsorted(total, rng.random() * total[-1], side="right")))
        else:  # all observations are equal to a chosen one
            chosen.append(int(rng.integers(len(x))))
    return np.array(x[chosen], dtype=float)
