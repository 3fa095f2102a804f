"""Chains of hidden states: many steps, each a (K, K) matrix, taken one after the other.

Entry (i, j) of a step is the probability of moving from state i to state j, times what speaks for
j at that time. Multiplied together, the steps sum over all K^N routes. `explain` does it with
logarithms: it loses nothing, and with a maximum in place of the sum it is Viterbi's algorithm.
`both_ways` is quicker, and knows when it may have lost something. Neither loops over time.
"""

import numpy as np
from scipy.linalg.blas import dtbsv

ROUTES = 2**20  # how many routes of two steps `explain` weighs at once (8 MB)
WINDOW = 2**15  # how many numbers `sweep` keeps in one band (256 kB)
SMALL, LARGE = 1e-30, 1e30  # a window is shortened until the largest of its last row is between
HIGHEST, OVERLAP = 1e100, 1e-150  # of two rows, one from each end: no entry above, no product below


def explain(
    steps: np.ndarray, hard: bool = False, ends: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the log weight of all routes, (K, K), and every step's share in them, (K, K, N).

    `steps` (K, K, N) are logarithms. Two steps make one, with a state in the middle: solve half as
    many, then share out each one's ends among its middles by Bayes' rule, or with `hard` give all
    to the best. `ends` (K, K) are shares of the first and last state; None: begin in state 0.
    Source: Hassan, Särkkä & García-Fernández (2021), with a tree in place of their scan.
    """
    states, _, size = steps.shape
    if size == 1:
        if ends is None:
            ends = np.zeros((states, states))
            ends[0] = merge(steps[0, :, 0], 0, hard)[1]
        return steps[..., 0], ends[..., None]
    if size > max(2, ROUTES // states**3):
        return explain_in_blocks(steps, hard, ends)
    if size % 2:  # one more step, in which nothing happens
        stay = np.where(np.eye(states, dtype=bool), 0.0, -np.inf)
        steps = np.concatenate([steps, stay[..., None]], axis=2)
    both = steps[:, :, None, 0::2] + steps[:, :, 1::2]  # (from, middle, to, N / 2)
    halved, middles = merge(both, 1, hard)
    routes, ends = explain(halved, hard, ends)
    middles *= ends[:, None]
    shares = np.stack([middles.sum(axis=2), middles.sum(axis=0)], axis=3)
    return routes, shares.reshape(states, states, -1)[..., :size]


def explain_in_blocks(
    steps: np.ndarray, hard: bool, ends: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Do the same in less memory, which grows with K² instead of K³: make each block one step."""
    states, _, size = steps.shape
    block = max(2, ROUTES // states**3)
    blocks = np.split(steps, range(block, size, block), axis=2)
    tops = np.stack([explain(one, hard)[0] for one in blocks], axis=2)
    routes, ends = explain(tops, hard, ends)
    parts = [explain(one, hard, ends[..., n])[1] for n, one in enumerate(blocks)]
    return routes, np.concatenate(parts, axis=2)


def merge(routes: np.ndarray, axis: int, hard: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the log of the sum (`hard`: the maximum) along `axis`, and each one's share in it."""
    best = routes.max(axis=axis, keepdims=True)
    if hard:
        tied = routes == best
        first = tied & (tied.cumsum(axis=axis) == 1)
        return best.squeeze(axis), first.astype(float)
    weights = np.exp(routes - np.where(np.isfinite(best), best, 0))
    sums = weights.sum(axis=axis, keepdims=True)  # 0 where no route is possible, else at least 1
    weights /= np.maximum(sums, 1)
    with np.errstate(divide="ignore"):
        return (best + np.log(sums)).squeeze(axis), weights


def both_ways(
    steps: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return a row (K, N) from each end for every time, and the scales (N,) of the forward ones.

    `steps` (C, K, K) are the different steps and `codes` (N + 1,) says which is taken when, from
    state 0; the last one is not taken. The product of both rows is the posterior. A row loses what
    is below 1e-308: at most 1e-308 × HIGHEST / OVERLAP of all routes, else the answer is None, as
    it is where no route is possible.
    """
    states = steps.shape[1]
    forward = sweep(steps, codes, np.eye(states)[0])
    backward = sweep(steps.transpose(0, 2, 1), codes[-2::-1], np.ones(states))
    if forward is None or backward is None:
        return None
    rows = np.empty((2, states, len(codes) - 1))  # states first: they are summed over most often
    rows[0], rows[1] = forward[0][1:].T, backward[0][::-1].T
    before, after = rows
    overlap = np.einsum("kn,kn->n", before, after)
    if not (rows.max() < HIGHEST and overlap.min() > OVERLAP):
        return None
    after /= overlap
    return before, after, forward[1]


def sweep(
    steps: np.ndarray, codes: np.ndarray, row: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return `row` (K,) and what steps[codes[0]], steps[codes[1]], … make of it, (N + 1, K).

    Each step is divided by its scale (N,), so that the rows neither grow nor shrink; None if no
    scale does. It goes window by window, each as long as the rows keep their digits.
    """
    size, states = len(codes) - 1, len(row)
    longest = min(size, max(WINDOW // (2 * states**2), 8))
    bands, scale = as_bands(steps), 1.0
    rows, scales = np.empty((size + 1, states)), np.empty(size)
    rows[0], start, window, scaled = row, 0, longest, bands
    while start < size:
        stop = min(start + window, size)
        found = cross(scaled, codes[start : stop + 1], rows[start])
        if SMALL < found[-1].max() < LARGE:
            last = found[-1].sum()
            rows[start : stop + 1], rows[stop] = found, found[-1] / last
            scales[start:stop], scales[stop - 1] = scale, scale * last
            if not 1e-9 < last < 1e9:  # the rows drift: steer against it from here on
                scale *= last ** (1 / (stop - start))
                scaled = bands / scale
            start, window = stop, min(2 * window, longest)
        elif stop - start > 1:
            window = (stop - start) // 2
        else:
            return None
    return rows, scales


def cross(bands: np.ndarray, codes: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Return `row` (K,) and what the n steps of a window make of it, (n + 1, K).

    The rows solve one system, row m + 1 - row m @ step m = 0. Its matrix is triangular with a
    narrow band, and BLAS solves it: the loop over time is in compiled code.
    """
    states = len(row)
    right = np.zeros(len(codes) * states)
    right[:states] = row
    band = bands.take(codes, axis=0).reshape(-1, 2 * states).T
    rows: np.ndarray = dtbsv(2 * states - 1, band, right, lower=1, diag=1, overwrite_x=1)
    return rows.reshape(-1, states)


def as_bands(steps: np.ndarray) -> np.ndarray:
    """Return minus the steps (C, K, K) as columns of a band matrix, K columns of 2K numbers each.

    Column i holds the diagonal, 1 and not read, then 2K - 1 numbers below it: step (i, j) is the
    effect of state i on state j one time later, K + j - i rows further down.
    """
    kinds, states, _ = steps.shape
    bands = np.zeros((kinds, 2 * states**2))
    bands[:, states:].reshape(kinds, states, 2 * states - 1)[:, :, :states] = -steps
    return bands
