"""Hidden Markov models: a chain of hidden states, each of which shows one symbol.

The posterior is over chains, so the E-step is more than Bayes' rule on a table: `chain.py` does it.
All else is counting. The M-step needs only how often each state is expected to come first, to move
to each other state and to show each symbol.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emlib.baum_welch import (
    HiddenMarkovCounts,
    HiddenMarkovParams,
    HiddenMarkovPosterior,
    as_posterior,
    exactly,
    expected_log,
    log_ratio,
    outer,
    quickly,
    row_shares,
    without_dust,
)
from emlib.checks import (
    Array,
    as_numbers,
    as_rows,
    as_weights,
    need_range,
    need_shape,
    need_whole,
    start_data,
)

RARE = 1e-15  # a state expected at less than this share of all times counts as unreachable


@dataclass(frozen=True)
class HiddenMarkov:
    """K hidden states; x (T,) holds symbols 0, 1, …, `symbols` - 1 (Rabiner 1989, section III).

    Several sequences stand in x one after the other, and `lengths` says how long each one is.
    Raises TypeError or ValueError for bad `symbols` or `lengths`.
    """

    symbols: int  # S, how many different symbols there are
    lengths: tuple[int, ...] | None = None  # of the sequences in x, summing to T; None: one

    def __post_init__(self) -> None:
        """Check the fields and keep them where nobody can write to them."""
        need_range("symbols", self.symbols, int, 1)
        if self.lengths is None:
            return
        lengths = as_numbers("lengths", self.lengths)
        need_shape("lengths", lengths, lengths.size)
        bad = (lengths < 1) | (lengths != np.round(lengths))
        if bad.any():
            first = int(np.argmax(bad))
            raise ValueError(
                f"lengths[{first}] is {lengths[first]:g}: pass whole numbers of at least 1"
            )
        object.__setattr__(self, "lengths", tuple(map(int, lengths)))

    def e_step(self, x: Any, params: HiddenMarkovParams) -> HiddenMarkovPosterior:
        """Return the posterior p(z | x, params); raise ValueError when x is impossible."""
        begins = self._begins()
        quick = quickly(x, begins, params)
        if quick is None:
            log_likelihood, shares = exactly(x, begins, params)
            if log_likelihood == -np.inf:
                raise ValueError("x is impossible under these params: there is no posterior")
            return as_posterior(shares, begins)
        _, state, before, onward = quick
        pair = params.transitions * before.T[:-1, :, None] * onward.T[1:, None]  # (T - 1, K, K)
        return HiddenMarkovPosterior(state.T, np.delete(pair, begins[1:] - 1, axis=0))

    def m_step(self, x: Any, posterior: HiddenMarkovPosterior) -> HiddenMarkovParams:
        """Return each state's share of its expected counts; NaN in the rows of an unvisited state.

        Source: Rabiner (1989), eq. 40.
        """
        return self.maximise(self.count(x, posterior))

    def count(self, x: Any, posterior: HiddenMarkovPosterior) -> HiddenMarkovCounts:
        """Return the expected counts of first states, moves and symbols under any posterior."""
        state, pair = posterior
        first = state[self._begins()].sum(axis=0)
        return without_dust(first, pair.sum(axis=0), self._emitted(x, state.T))

    def maximise(self, counts: HiddenMarkovCounts) -> HiddenMarkovParams:
        """Return every row of counts over its sum: the M-step; NaN where that is almost 0."""
        least = RARE * np.sum(counts.emitted)
        return HiddenMarkovParams(*(row_shares(np.asarray(part), least) for part in counts))

    def expect(self, x: Any, params: HiddenMarkovParams) -> tuple[float, HiddenMarkovCounts]:
        """Return log p(x | params) in nats and the expected counts, in one sweep each way.

        The counts are those of `e_step`, without its (T, K, K) table; all 0 if x is impossible.
        """
        begins = self._begins()
        quick = quickly(x, begins, params)
        if quick is None:
            log_likelihood, shares = exactly(x, begins, params)
            return log_likelihood, self.count(x, as_posterior(shares, begins))
        log_likelihood, state, before, onward = quick
        first = state[:, begins].sum(axis=1)
        moves = params.transitions * outer(before[:, :-1], onward[:, 1:])
        return log_likelihood, without_dust(first, moves, self._emitted(x, state))

    def gain(
        self, counts: HiddenMarkovCounts, old: HiddenMarkovParams, new: HiddenMarkovParams
    ) -> float:
        """Return by how many nats the bound is higher at `new` params than at `old` ones.

        The posterior is that of the counts, whose entropy cancels.
        """
        return float(sum(log_ratio(*parts) for parts in zip(counts, old, new, strict=True)))

    def log_likelihood(self, x: Any, params: HiddenMarkovParams) -> float:
        """Return log p(x | params), summed over the sequences; -inf for impossible data."""
        return self.expect(x, params)[0]

    def elbo(self, x: Any, posterior: HiddenMarkovPosterior, params: HiddenMarkovParams) -> float:
        """Return the lower bound for any Markov chain q given by its marginals, good or bad.

        The entropy of q is that of its first states plus that of each state given the one before.
        """
        state, pair = posterior
        weights, transitions, emissions = (np.asarray(part) for part in params)
        first, shown = state[self._begins()], emissions.take(x, axis=1).T  # (T, K)
        complete = expected_log(first, weights) + expected_log(pair, transitions)
        complete += expected_log(state, shown)
        earlier = pair.sum(axis=2)
        entropy = expected_log(earlier, earlier) - expected_log(pair, pair)
        return complete + entropy - expected_log(first, first)

    def viterbi(self, x: Any, params: HiddenMarkovParams) -> tuple[Any, float]:
        """Return the most probable chain of states (T,) and log p(x, states | params) in nats.

        The hard cousin of `e_step`; of equally good chains any may be returned. Its time grows with
        T K³. Raises ValueError when x is impossible. Source: Rabiner (1989), eqs. 32 to 35.
        """
        log_probability, shares = exactly(x, self._begins(), params, hard=True)
        if log_probability == -np.inf:
            raise ValueError("x is impossible under these params: there is no best chain")
        return shares.sum(axis=0).argmax(axis=0), log_probability

    def start(self, x: Any, components: int, rng: np.random.Generator) -> HiddenMarkovParams:
        """Return a random start: every row drawn uniformly from all rows that sum to 1."""
        start_data(x, components, rng)
        square, wide = np.ones(components), np.ones(self.symbols)
        weights, transitions = rng.dirichlet(square), rng.dirichlet(square, components)
        return HiddenMarkovParams(weights, transitions, rng.dirichlet(wide, components))

    def check(self, x: Any, start: Any) -> tuple[Array, HiddenMarkovParams]:
        """Return clean `(x, start)`; raise an error naming a bad symbol, length, row or shape."""
        if not isinstance(start, HiddenMarkovParams):
            raise TypeError("start must be HiddenMarkovParams(weights, transitions, emissions)")
        x = as_numbers("x", x)
        need_shape("x", x, x.size)
        need_whole(
            x, self.symbols - 1, f"symbols must be whole numbers from 0 to {self.symbols - 1}"
        )
        if self.lengths is not None and sum(self.lengths) != len(x):
            raise ValueError(
                f"lengths sum to {sum(self.lengths)} but x has {len(x)} symbol(s): "
                "pass the length of every sequence in x"
            )
        weights = as_weights("start.weights", start.weights)
        shape = len(weights), self.symbols
        transitions = as_rows("start.transitions", start.transitions, shape[0], shape[0])
        emissions = as_rows("start.emissions", start.emissions, *shape)
        return x.astype(int), HiddenMarkovParams(weights, transitions, emissions)

    def empty(self, posterior: HiddenMarkovPosterior) -> Any:
        """Return the states which the posterior (almost) never leaves, so that moves are 0/0."""
        moves = posterior.pair.sum(axis=(0, 2))
        return np.flatnonzero(moves <= 2 * RARE * len(posterior.state))

    def problems(
        self, x: Any, params: HiddenMarkovParams, posterior: HiddenMarkovPosterior
    ) -> tuple[str, ...]:
        """Return one sentence for each state that the posterior never visits."""
        visits = posterior.state.sum(axis=0)
        return tuple(
            f"state {k} is unreachable: it is never expected to be visited, so nothing is known "
            "about its rows"
            for k in np.flatnonzero(visits <= RARE * visits.sum())
        )

    def _begins(self) -> Any:
        """Return the times at which a sequence begins."""
        return np.cumsum((0, *(self.lengths or ())[:-1]))

    def _emitted(self, x: Any, state: Array) -> Array:
        """Return how often each state is expected to show each symbol, (K, S)."""
        x = np.asarray(x, dtype=int)
        return np.array([np.bincount(x, row, self.symbols) for row in state])
