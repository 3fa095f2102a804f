"""Fit a mixture block by block: the numbers of `em`, with two matrix products and no (N, K) table.

Three habits make it fast: components lie down and observations along, (K, n); a block is small
enough to stay in a processor's own cache; and what a block needs is computed in place.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from emlib.blocks import Blocks, add_up
from emlib.checks import Array
from emlib.core import keep_empty
from emlib.sharing import hard, soft, soft_two

# A sum keeps 16 digits of its largest term. Where the terms of a log-density are more than this
# many times the density itself, too few digits are left, and the model's own formula is used.
CANCELLATION = 1e5


class Iteration(NamedTuple):
    """One E-step and one M-step."""

    before: Any  # the params that the E-step used
    reached: float  # the bound after it, in nats
    bound: float  # the bound after the M-step
    params: Any  # after the M-step
    posterior: Any  # q(z), or its counts alone as a table with one row, (1, K)
    statistics: Array | None = None  # (K, P) expected features; None after an exact step
    coefficients: Array | None = None  # (K, P) of `params`, for the next E-step
    terms: float = 0.0  # the size of all that was added up, which rounding errors grow with


class Passes(Blocks):
    """Looks at the data: each is an E-step, and of its statistics an M-step makes new params."""

    def inner(self, params: Any) -> Any:
        """Return params of x as the steps here take and return them."""
        return self.model.inner(params)

    def outer(self, params: Any) -> Any:
        """Return the params of x, from those that a step returned."""
        return self.model.outer(params)

    def expect(
        self, coefficients: Array, params: Any, share: Callable[..., Any] | None = None
    ) -> tuple[float, Array]:
        """Return `(reached, statistics)`: the bound after an E-step and the expected features."""
        share = share or self._share(coefficients)
        statistics, reached = np.zeros(coefficients.shape[::-1]), self.base
        for index, (features, times) in enumerate(self.blocks()):
            responsibilities, each = share(coefficients, features)
            expected = expect(features, times, responsibilities)
            if share is hard:
                seen = len(each) if times is None else times.sum()
                if expected[0].sum() > seen * (1 + 1e-12):  # somebody counts twice
                    expected = expect(features, times, self._untied(index, params))
            statistics += expected
            reached += each.sum() if times is None else each @ times
        if share is soft_two:
            reached += coefficients[1] @ statistics.sum(axis=1)
        return float(reached + self.model.log_prior(params)), statistics.T

    def _share(self, coefficients: Array) -> Callable[..., Any]:
        if self.model.hard:
            return hard
        if len(coefficients) == 2 and np.abs(coefficients[-1]) @ self.total < 1e4 * self.size:
            return soft_two
        return soft

    def _untied(self, index: int, params: Any) -> Array:
        where = slice(index * self.rows, (index + 1) * self.rows)
        return np.asarray(self.model.part(where).e_step(self.x[where], params)).T

    def exact_enough(self, terms: Array, statistics: Array, reached: float) -> bool:
        """Return whether no component is empty and no sum of terms has lost too many digits.

        `terms` (K,) are the sums of the sizes of what each component's log-density is made of.
        """
        counts = statistics[:, 0]
        size = float(counts.sum())
        if not counts.min() >= 1e-15 * size:
            return False
        limit = CANCELLATION * max(1.0, abs(reached) / size)
        return bool((terms < limit * counts).all())  # not if NaN

    def step(self, params: Any, coefficients: Array | None = None) -> Iteration:
        """Return one iteration of EM from `params`; `coefficients` (K, P) are theirs if known."""
        model = self.model
        if coefficients is None:
            coefficients = model.coefficients(params)
        if isfinite(coefficients.sum()):
            reached, statistics = self.expect(coefficients, params)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = model.maximise(statistics)
                after = model.coefficients(new)
                lift = float(((after - coefficients) * statistics).sum())
                bound = reached + lift + model.log_prior(new) - model.log_prior(params)
                terms = largest_terms(coefficients, after, statistics)
            if self.exact_enough(terms, statistics, min(abs(reached), abs(bound))):
                counts, added = statistics[None, :, 0], float(terms.sum()) + abs(self.base)
                return Iteration(params, reached, bound, new, counts, statistics, after, added)
        return self.exact_step(params)

    def exact_step(self, params: Any) -> Iteration:
        """Return one iteration by the model's own formulas, which always have all their digits."""
        reached = self.exactly(params)
        if not isfinite(reached):
            raise ValueError(f"start makes the data impossible: log-likelihood {reached}")
        parts = []
        with np.errstate(divide="ignore", invalid="ignore"):  # an empty component is 0/0
            for part, x, times in self.pieces():
                q = part.e_step(x, params)
                parts.append(part.gathered(x, q if times is None else q * times[:, None]))
            counts, new = self.model.pooled(parts)
        new = keep_empty(new, params, self.model.empty(counts[None]))
        return Iteration(params, reached, self.bound(params, new), new, counts[None])

    def reached(self, params: Any, coefficients: Array | None = None) -> tuple[float, Array | None]:
        """Return the bound that an E-step reaches, and its statistics if they are exact enough."""
        return self.looked(params, coefficients) or (self.exactly(params), None)

    def looked(
        self,
        params: Any,
        coefficients: Array | None = None,
        share: Callable[..., Any] | None = None,
    ) -> tuple[float, Array] | None:
        """Return `expect` at these params, or None where it would not be exact enough."""
        if coefficients is None:
            coefficients = self.model.coefficients(params)
        if not isfinite(coefficients.sum()):
            return None
        reached, statistics = self.expect(coefficients, params, share)
        terms = largest_terms(coefficients, coefficients, statistics)
        return (reached, statistics) if self.exact_enough(terms, statistics, reached) else None

    def exactly(self, params: Any) -> float:
        """Return the bound that an E-step reaches, by the model's own formulas."""
        return self.bound(params, params) if self.model.hard else self.slow_sum(params)

    def problems(self, params: Any, last: Iteration) -> tuple[str, ...]:
        """Return one sentence for each degenerate component."""
        return tuple(self.model.problems(self.x, params, last.posterior))

    def again(self, statistics: Array) -> Array:
        """Return the statistics of an E-step after the M-step for these."""
        params = self.model.maximise(statistics)
        return self.expect(self.model.coefficients(params), params)[1]

    def unit(self, statistics: Array) -> Array:
        """Return how large a push of each statistic counts as 1, whatever the features' sizes."""
        total = np.where(self.total > 0, self.total, 1)
        unit: Array = statistics[:, :1] * total / total[0]
        return unit

    def effect(self, statistics: Array, push: Array) -> float:
        """Return by how much a push, in that unit, changes a log-probability at most."""
        coefficients = self.model.coefficients(self.model.maximise(statistics))
        changes = np.abs(coefficients * push * self.unit(statistics)) / statistics[:, :1]
        return float(max(changes[:, 1:].max(initial=0.0), np.abs(push).max()))

    def bound(self, params: Any, other: Any) -> float:
        """Return the bound at `other` for the responsibilities that an E-step finds at `params`."""
        return self.model.log_prior(other) + sum(
            add_up(part.each_elbo(x, part.e_step(x, params), other), times)
            for part, x, times in self.pieces()
        )

    def log_likelihood(self, params: Any) -> float:
        """Return log p(x | params), plus the model's log prior."""
        found = self.looked(params, share=soft)
        return self.slow_sum(params) if found is None else found[0]

    def slow_sum(self, params: Any) -> float:
        """Return the same by the model's own formula, which always has all its digits."""
        return self.model.log_prior(params) + sum(
            add_up(part.each_log_likelihood(x, params), times) for part, x, times in self.pieces()
        )


def expect(features: Array, times: Array | None, responsibilities: Array) -> Array:
    """Return the sums of a block's features (P, n), shared by responsibilities (K, n), (P, K)."""
    shares = responsibilities if times is None else responsibilities * times
    # BLAS is quicker with a copy of the transposed table where features are many.
    copy = np.ascontiguousarray if len(features) > 64 else np.asarray
    expected: Array = features @ copy(shares.T)
    return expected


def largest_terms(coefficients: Array, others: Array, statistics: Array) -> Array:
    """Return the sums of |coefficient × statistic|, the larger of two coefficients each, (K,)."""
    larger = np.maximum(np.abs(coefficients), np.abs(others))
    terms: Array = (larger * np.abs(statistics)).sum(axis=1)
    return terms
