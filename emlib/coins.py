"""Mixtures of coins: each observation counts the heads in one group of tosses of one coin.

The two coins of the book are `CoinMixture(tosses=10, weights=(0.5, 0.5))`; one toss per group,
`CoinMixture(tosses=1)`, is the three-coin model.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, gammaln, softmax

from emlib.checks import (
    Array,
    as_numbers,
    as_weights,
    need_enough,
    need_shape,
    need_whole,
    need_yes_or_no,
    slices,
    start_data,
)
from emlib.linear import Linear

BINS = 2**16  # with more tosses, equal groups are found by sorting

# A learned probability that rounds to 0 or 1 would make a group it nearly excludes impossible.
SMALLEST, LARGEST = np.finfo(float).tiny, np.nextafter(1, 0)


class CoinParams(NamedTuple):
    """What is unknown about K coins."""

    weights: Array | Any  # (K,) probability that a group uses coin k
    heads: Array | Any  # (K,) probability that coin k shows heads


@dataclass(frozen=True)
class CoinMixture(Linear):
    """K coins; x (N,) counts heads in groups of `tosses` tosses (Do & Batzoglou 2008, Fig. 1)."""

    tosses: int | tuple[float, ...] = 10  # tosses in each group: one number, or one per group (N,)
    weights: tuple[float, ...] | None = None  # known mixing weights (K,); None: learn them
    hard: bool = False  # True: each group goes wholly to its likelier coin

    def __post_init__(self) -> None:
        """Check the fields and keep them where nobody can write to them."""
        tosses = as_numbers("tosses", self.tosses)
        bad = np.ravel((tosses < 1) | (tosses != np.round(tosses)))
        if bad.any():
            first, where = int(np.argmax(bad)), f"[{np.argmax(bad)}]" if tosses.ndim else ""
            raise ValueError(
                f"tosses{where} is {tosses.flat[first]:g}: pass whole numbers of at least 1"
            )
        if tosses.max() > 2**53:
            raise ValueError(f"tosses reaches {tosses.max():g}: pass at most 2**53")
        need_yes_or_no("hard", self.hard)
        if tosses.ndim:
            object.__setattr__(self, "tosses", tuple(tosses.tolist()))
        if self.weights is not None:
            weights = as_weights("weights", self.weights)
            object.__setattr__(self, "weights", tuple(weights.tolist()))

    def features(self, x: Any) -> Array:
        """Return 1, heads and tails of every group, (3, N)."""
        x = np.asarray(x, dtype=float)
        return np.stack([np.ones(len(x)), x, np.asarray(self.tosses) - x])

    def coefficients(self, params: CoinParams) -> Array:
        """Return each coin's log weight and its log-probabilities of heads and of tails, (K, 3)."""
        weights, heads = (np.asarray(part, dtype=float) for part in params)
        with np.errstate(divide="ignore"):  # an empty coin has weight 0
            return np.stack([np.log(weights), np.log(heads), np.log1p(-heads)], axis=1)

    def log_base(self, x: Any) -> Array:
        """Return the log of the number of orders in which x_n heads can fall, (N,)."""
        x, n = np.asarray(x, dtype=float), np.asarray(self.tosses, dtype=float)
        orders: Array = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)
        return orders

    def maximise(self, statistics: Array) -> CoinParams:
        """Return each coin's share of the groups and its expected heads per expected toss."""
        counts, heads, tails = statistics.T  # (K,) each
        weights = counts / counts.sum() if self.weights is None else np.array(self.weights)
        return CoinParams(weights, (heads / (heads + tails)).clip(SMALLEST, LARGEST))

    def coordinates(self, params: CoinParams) -> Array:
        """Return the log weights and the log-odds of heads in one row, (2 K,)."""
        weights, heads = params
        return np.concatenate([np.log(weights), np.log(heads) - np.log1p(-heads)])

    def from_coordinates(self, row: Array) -> CoinParams:
        """Return the params that `coordinates` wrote as this row."""
        logs, odds = np.split(row, 2)
        weights = softmax(logs) if self.weights is None else np.array(self.weights)
        return CoinParams(weights, expit(odds))

    def prepared(self, x: Any, times: Array | None = None) -> tuple["CoinMixture", Any, Any]:
        """Return the distinct groups and how often each was seen: a fit costs no more than they."""
        if np.ndim(self.tosses):
            groups = np.stack([x, self.tosses], axis=1)
            distinct, where = np.unique(groups, axis=0, return_inverse=True)
            model = replace(self, tosses=tuple(distinct[:, 1]))
            return model, distinct[:, 0], np.bincount(where, times)
        tosses = int(np.asarray(self.tosses))
        if tosses > BINS:  # too many bins to count into
            distinct, where = np.unique(np.asarray(x, dtype=float), return_inverse=True)
            return self, distinct, np.bincount(where, times).astype(float)
        counts = np.zeros(tosses + 1)
        for part in slices(len(x)):
            each = None if times is None else times[part]
            counts += np.bincount(np.asarray(x[part], dtype=int), each, len(counts))
        seen = np.flatnonzero(counts)
        return self, seen.astype(float), counts[seen]

    def part(self, where: slice) -> "CoinMixture":
        """Return the model of the groups `where`."""
        if not isinstance(self.tosses, tuple):
            return self
        return replace(self, tosses=self.tosses[where])

    def start(self, x: Any, components: int, rng: np.random.Generator) -> CoinParams:
        """Return a random start: equal (or the known) weights, heads uniform on [0, 1)."""
        start_data(x, components, rng)
        equal = np.full(components, 1 / components)
        weights = equal if self.weights is None else np.array(self.weights)
        need_shape("weights", weights, components)
        return CoinParams(weights, rng.random(components))

    def check(self, x: Any, start: Any) -> tuple[Array, CoinParams]:
        """Return clean `(x, start)`; raise ValueError naming a bad count, weight or shape."""
        if not isinstance(start, CoinParams):
            raise TypeError("start must be CoinParams(weights, heads)")
        x, start = super().check(x, start)
        need_shape("x", x, len(x))
        if np.ndim(self.tosses):
            need_shape("tosses", np.asarray(self.tosses), len(x))
        heads = "heads must be whole numbers from 0 to the number of tosses"
        need_whole(x, np.asarray(self.tosses), heads)
        weights = as_weights("start.weights", start.weights)
        need_shape("start.heads", start.heads, len(weights))
        need_enough(x, len(weights))
        outside = (start.heads < 0) | (start.heads > 1)
        if outside.any():
            first = int(np.argmax(outside))
            raise ValueError(
                f"start.heads[{first}] is {start.heads[first]:g}: heads must lie between 0 and 1 "
                f"({int(outside.sum())} bad value(s))"
            )
        if self.weights is not None:
            need_same_weights(weights, np.array(self.weights))
        return x, start


def need_same_weights(weights: Array, known: Array) -> None:
    """Raise ValueError when a start contradicts the weights that the model knows."""
    if weights.shape != known.shape or np.abs(weights - known).max() > 1e-12:
        raise ValueError(
            f"start.weights {weights} differ from the model's known weights {known}: "
            "use the same, or weights=None to learn them"
        )
