"""The two matrix products of a fit, cut so that BLAS does not share them out among threads.

Handing out so little work costs more than it saves, and with pieces of one size a sum has the same
rounding errors on every machine, however many threads it has.
"""

import numpy as np

from emlib.checks import Array

THREADS = 2**18  # multiplications of a product that one thread does quickest


def scores(coefficients: Array, features: Array) -> Array:
    """Return coefficients (K, P) @ features (P, n), (K, n)."""
    width = max(THREADS // coefficients.size, 1)
    if features.shape[1] <= width:
        return coefficients @ features
    table = np.empty((len(coefficients), features.shape[1]))
    for ours, theirs in zip(cut(table, width), cut(features, width), strict=True):
        np.matmul(coefficients, theirs, out=ours)
    return table


def sums(features: Array, shares: Array) -> Array:
    """Return features (P, n) @ shares.T, (P, K): sums over the observations, from shares (K, n)."""
    width = max(THREADS // (len(features) * len(shares)), 1)
    if features.shape[1] <= width:
        return features @ shares.T
    pairs = zip(cut(features, width), cut(shares, width), strict=True)
    whole, rest = ((ours @ theirs.swapaxes(1, 2)).sum(axis=0) for ours, theirs in pairs)
    total: Array = whole + rest
    return total


def cut(table: Array, width: int) -> tuple[Array, Array]:
    """Return a table (rows, n) as stacks (pieces, rows, width) and (1, rows, rest) of views."""
    whole = table.shape[1] // width * width
    stack = table[:, :whole].reshape(len(table), -1, width).swapaxes(0, 1)
    return stack, table[None, :, whole:]
