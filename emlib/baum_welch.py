"""What Baum and Welch count: the half-steps of a hidden Markov model without a table of chains.

The E-step is reduced to the expected counts of first states, moves and symbols, because the M-step
needs no more.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.special import xlogy

from emlib.blocks import add_products
from emlib.chain import both_ways, explain, merge
from emlib.checks import Array
from emlib.core import keep_empty
from emlib.passes import Iteration

DUST = 1e-290  # an expected count below this is 0


class HiddenMarkovParams(NamedTuple):
    """What is unknown about K states that show S symbols; every row sums to 1."""

    weights: Array  # (K,) probability that a sequence begins in state k
    transitions: Array  # (K, K) probability of moving from state i (row) to state j
    emissions: Array  # (K, S) probability that state k shows symbol s


class HiddenMarkovPosterior(NamedTuple):
    """A distribution over chains of states: p(z | x, params), or another q with these marginals."""

    state: Array  # (T, K) probability of each state at each time
    pair: Array  # (T - number of sequences, K, K) probability of a state and its successor


class HiddenMarkovCounts(NamedTuple):
    """The expected counts of a posterior: all that the M-step needs."""

    first: Array  # (K,) number of sequences that begin in state k
    moves: Array  # (K, K) number of moves from state i to state j
    emitted: Array  # (K, S) how often state k shows symbol s


@dataclass(frozen=True, eq=False)
class Sweeps:
    """A hidden Markov model and its data (T,), ready to be swept through; see `Passes`."""

    model: Any  # the HiddenMarkov
    x: Array
    states: int

    @property
    def size(self) -> float:
        """Return how many symbols there are."""
        return len(self.x)

    def inner(self, params: HiddenMarkovParams) -> HiddenMarkovParams:
        """Return params as they are: a chain has no units."""
        return params

    outer = inner

    def step(self, params: HiddenMarkovParams, coefficients: None = None) -> Iteration:
        """Return one iteration of EM from `params`."""
        reached, counts = self.model.expect(self.x, params)
        if not np.isfinite(reached):
            raise ValueError(f"start makes the data impossible: log-likelihood {reached}")
        new = keep_empty(self.model.maximise(counts), params, range(self.states))
        bound = reached + self.model.gain(counts, params, new)
        visits = HiddenMarkovPosterior(counts.emitted.sum(axis=1)[None], counts.moves[None])
        return Iteration(params, reached, bound, new, visits)

    def reached(self, params: HiddenMarkovParams, coefficients: None = None) -> tuple[float, Array]:
        """Return the log-likelihood and the expected counts in one row."""
        reached, counts = self.model.expect(self.x, params)
        return reached, self.row(counts)

    def log_likelihood(self, params: HiddenMarkovParams) -> float:
        """Return log p(x | params)."""
        return float(self.model.log_likelihood(self.x, params))

    def problems(self, params: HiddenMarkovParams, last: Iteration) -> tuple[str, ...]:
        """Return one sentence for each unreachable state."""
        return tuple(self.model.problems(self.x, params, last.posterior))

    def row(self, counts: HiddenMarkovCounts) -> Array:
        """Return all counts one after the other."""
        return np.concatenate([np.ravel(part) for part in counts])

    def unit(self, statistics: Array) -> Array:
        """Return how large a push of each count is 1: as large as the count, so that 0 stays 0."""
        return statistics

    def effect(self, statistics: Array, push: Array) -> float:
        """Return by how much a push, in that unit, changes a log-probability at most."""
        return float(np.abs(push).max())

    def again(self, statistics: Array) -> Array:
        """Return the counts of an E-step after the M-step for these counts."""
        states = self.states
        first, moves, emitted = np.split(statistics, [states, states + states**2])
        counts = HiddenMarkovCounts(first, moves.reshape(states, -1), emitted.reshape(states, -1))
        params = self.model.maximise(counts)  # a state that is never left has no moves
        return self.reached(type(params)(*map(np.nan_to_num, params)))[1]


def quickly(
    x: Any, begins: Any, params: HiddenMarkovParams
) -> tuple[float, Array, Array, Array] | None:
    """Return the log-likelihood, the posterior of each state and its factors, (K, T) each.

    The factors of a move from i to j: all that leads up to i, and x_t and what follows given j.
    Sequences start at the times `begins`. None if this way might lose something: see `both_ways`.
    """
    arrivals, shown, usual = factors(params)
    steps = (arrivals[:, None] * shown.T[:, None]).reshape(-1, *arrivals.shape[1:])
    rows = both_ways(steps, np.append(step_codes(x, begins, len(usual)), 0))
    if rows is None:
        return None
    before, after, scales = rows
    onward = shown.take(x, axis=1)
    onward *= after / scales
    onward[:, begins] = 0  # no move leads to the first state of a sequence
    log_likelihood = np.log(scales * usual.take(x)).sum()
    return float(log_likelihood), before * after, before, onward


def exactly(
    x: Any, begins: Any, params: HiddenMarkovParams, hard: bool = False
) -> tuple[float, Array]:
    """Return the log-likelihood and the share of each move in each step, (K, K, T).

    With `hard` all is the best chain's: its log-probability, and shares of 0 and 1.
    """
    arrivals, shown, usual = factors(params)
    with np.errstate(divide="ignore"):  # log 0
        steps = np.log(arrivals)[..., None] + np.log(shown)  # (2, K, K, S)
    steps = np.concatenate(steps, axis=2).take(step_codes(x, begins, len(usual)), axis=2)
    routes, shares = explain(steps, hard)
    return float(merge(routes[0], 0, hard)[0] + np.log(usual).take(x).sum()), shares


def step_codes(x: Any, begins: Any, symbols: int) -> Any:
    """Return which of the 2S different steps is taken when, (T,): the later S begin a sequence."""
    codes = np.array(x, dtype=int)
    codes[begins] += symbols
    return codes


def as_posterior(shares: Array, begins: Any) -> HiddenMarkovPosterior:
    """Return the posterior from all steps' shares, those between two sequences included."""
    pair = np.delete(np.moveaxis(shares, 2, 0), begins, axis=0)
    return HiddenMarkovPosterior(shares.sum(axis=0).T, pair)


def factors(params: HiddenMarkovParams) -> tuple[Array, Array, Array]:
    """Return what steps are made of: arrivals (2, K, K), scaled emissions (K, S), scales (S,).

    A state is arrived at by a transition or, from whichever state, as the first of a sequence.
    """
    weights, transitions, emissions = (np.asarray(part, dtype=float) for part in params)
    usual = transitions.sum(axis=0) / len(weights) @ emissions  # how probable a symbol is, roughly
    usual[usual < 1e-100] = 1  # (almost) no state shows it
    arrivals = np.empty((2, *transitions.shape))
    arrivals[0], arrivals[1] = transitions, weights
    return arrivals, emissions / usual, usual


def outer(first: Array, second: Array) -> Array:
    """Return first @ second.T in blocks that BLAS does not share out among threads, (K, K)."""
    states = len(first)
    sums = np.zeros((states, states))
    add_products(sums, first, second, max(1, 2**17 // states**2))
    return sums


def without_dust(*counts: Array) -> HiddenMarkovCounts:
    """Return the counts, 0 for those so small that the M-step's division might make them 0."""
    return HiddenMarkovCounts(*(part * (part > DUST) for part in counts))


def expected_log(q: Array, p: Array) -> float:
    """Return the sum of q log p, pairwise: rounding errors hardly grow with T; dust counts as 0."""
    return float(xlogy(q * (q > DUST), p).ravel().sum())


def row_shares(counts: Array, least: float) -> Array:
    """Return every row over its sum, or NaN for a row that sums to `least` at most."""
    sums = counts.sum(axis=-1, keepdims=True)
    return counts / np.where(sums > least, sums, np.nan)


def log_ratio(counts: Array, old: Array, new: Array) -> float:
    """Return the sum of counts × (log new - log old); what stays as it is adds nothing."""
    old, new = np.broadcast_arrays(old, new)
    changed = old != new
    counts = np.asarray(counts)[changed]
    return float((xlogy(counts, new[changed]) - xlogy(counts, old[changed])).sum())
