"""Mixtures of coins: each observation counts the heads in one group of tosses of one coin.

The two coins of the book are `CoinMixture(tosses=10, weights=(0.5, 0.5))`; one toss per group,
`CoinMixture(tosses=1)`, is the three-coin model.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from emlib.checks import as_numbers, as_weights, need_enough, need_shape, start_data
from emlib.mixture import Mixture

# A learned probability that rounds to 0 or 1 would make a group it nearly excludes impossible.
SMALLEST, LARGEST = np.finfo(float).tiny, np.nextafter(1, 0)


class CoinParams(NamedTuple):
    """What is unknown about K coins."""

    weights: np.ndarray  # (K,) probability that a group uses coin k
    heads: np.ndarray  # (K,) probability that coin k shows heads


@dataclass(frozen=True)
class CoinMixture(Mixture):
    """K coins; x (N,) counts heads in groups of `tosses` tosses (Do & Batzoglou 2008, Fig. 1)."""

    tosses: int | tuple = 10  # tosses in each group: one number, or one per group (N,)
    weights: tuple | None = None  # known mixing weights (K,); None: learn them
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
        if tosses.ndim:
            object.__setattr__(self, "tosses", tuple(tosses.tolist()))
        if self.weights is not None:
            weights = as_weights("weights", self.weights)
            object.__setattr__(self, "weights", tuple(weights.tolist()))

    def log_joint(self, x: Any, params: CoinParams) -> np.ndarray:
        """Return log(weight_k × binomial probability of x_n heads from coin k), (N, K)."""
        x, n = np.asarray(x, dtype=float), np.asarray(self.tosses, dtype=float)
        weights, heads = (np.asarray(part, dtype=float)[:, None] for part in params)  # (K, 1)
        log_choose = gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1)  # (N,)
        log_tosses = xlogy(x, heads) + xlog1py(n - x, -heads)  # (K, N)
        with np.errstate(divide="ignore"):  # an empty coin has weight 0
            return (np.log(weights) + log_choose + log_tosses).T

    def m_step(self, x: Any, responsibilities: np.ndarray) -> CoinParams:
        """Return each coin's share of the groups and its expected heads per expected toss."""
        counts = responsibilities.sum(axis=0)  # (K,) expected groups
        tosses = responsibilities.T @ np.broadcast_to(self.tosses, len(x))  # (K,) expected tosses
        heads = responsibilities.T @ x / tosses
        weights = counts / counts.sum() if self.weights is None else np.array(self.weights)
        return CoinParams(weights, heads.clip(SMALLEST, LARGEST))

    def start(self, x: Any, components: int, rng: np.random.Generator) -> CoinParams:
        """Return a random start: equal (or the known) weights, heads uniform on [0, 1)."""
        start_data(x, components, rng)
        equal = np.full(components, 1 / components)
        weights = equal if self.weights is None else np.array(self.weights)
        need_shape("weights", weights, components)
        return CoinParams(weights, rng.random(components))

    def check(self, x: Any, start: Any) -> tuple[np.ndarray, CoinParams]:
        """Return clean `(x, start)`; raise ValueError naming a bad count, weight or shape."""
        if not isinstance(start, CoinParams):
            raise TypeError("start must be CoinParams(weights, heads)")
        x, start = super().check(x, start)
        need_shape("x", x, len(x))
        if np.ndim(self.tosses):
            need_shape("tosses", np.asarray(self.tosses), len(x))
        need_counts(x, np.asarray(self.tosses))
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


def need_counts(x: np.ndarray, tosses: np.ndarray) -> None:
    """Raise ValueError unless every x is a whole number from 0 to the number of tosses."""
    bad = (x < 0) | (x > tosses) | (x != np.round(x))
    if bad.any():
        first = int(np.argmax(bad))
        raise ValueError(
            f"x[{first}] is {x[first]:g}: heads must be whole numbers "
            f"from 0 to the number of tosses ({int(bad.sum())} bad value(s))"
        )


def need_same_weights(weights: np.ndarray, known: np.ndarray) -> None:
    """Raise ValueError when a start contradicts the weights that the model knows."""
    if weights.shape != known.shape or np.abs(weights - known).max() > 1e-12:
        raise ValueError(
            f"start.weights {weights} differ from the model's known weights {known}: "
            "use the same, or weights=None to learn them"
        )
