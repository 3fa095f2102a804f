"""The data of a fit, block by block: features (P, n) of some observations at a time.

A block is small enough to stay in a processor's own cache. Data may lie on a disk.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from emlib.checks import Array, slices
from emlib.linear import Linear

CACHE = 2**16  # numbers of a block that stay in a core's own cache
THREADS = 2**19 - 1  # with more multiplications BLAS wakes a second thread, which costs more
MEMORY = 2**26  # bytes of features kept between two looks at the data; others are made anew


@dataclass(frozen=True, eq=False)
class Blocks:
    """A linear mixture, its data and the number of components, ready to be looked at."""

    model: Linear
    x: Any  # (N,) or (N, D), in memory or on disk
    times: Array | None  # (N,) how often each was seen
    components: int
    rows: int = field(init=False)  # observations in a block
    kept: tuple[Any, ...] | None = field(init=False)  # features and times, where there is room

    def __post_init__(self) -> None:
        """Choose the size of a block, and keep the features where there is room."""
        size = checked_size(self.model, self.x)
        rows = min(CACHE // (self.components + size), THREADS // (self.components * size))
        object.__setattr__(self, "rows", max(rows, 1))
        room = 8 * size * len(self.x) <= MEMORY
        object.__setattr__(self, "kept", tuple(self._features()) if room else None)

    @cached_property
    def total(self) -> Array:
        """The sum of the sizes of the features, (P,)."""
        return sum(  # type: ignore[return-value]
            np.abs(features) @ (np.ones(features.shape[1]) if times is None else times)
            for features, times in self.blocks()
        )

    @cached_property
    def base(self) -> float:
        """The sum of the terms of log p(x, z) that all components share."""
        return sum(add_up(part.log_base(x), times) for part, x, times in self.pieces())

    @cached_property
    def size(self) -> float:
        """How many observations there are."""
        return float(len(self.x) if self.times is None else self.times.sum())

    def pieces(self) -> Iterator[tuple[Linear, Any, Array | None]]:
        """Yield the data block by block: the block's model, its observations, their times."""
        for where in slices(len(self.x), self.rows):
            times = None if self.times is None else self.times[where]
            yield self.model.part(where), self.x[where], times

    def _features(self) -> Iterator[tuple[Array, Array | None]]:
        return ((part.features(x), times) for part, x, times in self.pieces())

    def blocks(self) -> Iterable[tuple[Array, Array | None]]:
        """Return the features (P, n) and the times of every block."""
        return self._features() if self.kept is None else self.kept


def checked_size(model: Linear, x: Any) -> int:
    """Return the number of features; raise ValueError unless they are (P, N), the first one 1."""
    features = model.part(slice(0, 1)).features(x[:1])
    if np.ndim(features) != 2 or np.shape(features)[1] != 1 or features[0, 0] != 1:
        raise ValueError(
            f"features returned {np.asarray(features).tolist()} for one observation: it must be "
            "a table (P, N) whose first row is 1"
        )
    return len(features)


def add_up(each: Array, times: Array | None) -> float:
    """Return the sum of `each` (n,), every one taken `times`."""
    return float(each.sum() if times is None else each @ times)


def add_products(sums: Array, first: Array, second: Array, width: int) -> None:
    """Add first (A, n) @ second.T to the sums (A, B), in parts of n that one thread takes."""
    for where in slices(first.shape[1], width):
        sums += first[:, where] @ second[:, where].T
