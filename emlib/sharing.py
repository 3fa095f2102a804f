"""The E-step of one block: who shares each observation, from coefficients (K, P), features (P, n).

Components lie down and observations along, (K, n), and everything is done in place.
"""

import numpy as np

from emlib.checks import Array

NOTHING = -600.0  # exp of less costs a hundred times more and adds nothing


def soft(coefficients: Array, features: Array) -> tuple[Array, Array]:
    """Return responsibilities (K, n) by Bayes' rule, and log p(x_n) without its base, (n,)."""
    table = coefficients @ features
    top = table.max(axis=0)
    table -= top
    table.clip(NOTHING, 0, out=table)  # NumPy does it faster than it does `maximum`
    np.exp(table, out=table)
    total = table.sum(axis=0)
    table /= total
    return table, top + np.log(total)


def soft_two(coefficients: Array, features: Array) -> tuple[Array, Array]:
    """Return the same for two components, whose log-odds need one exponential: logistic regression.

    What the second component's own row would add to log p(x_n) is left to the caller.
    """
    odds = (coefficients[0] - coefficients[1]) @ features
    certain = odds.max() > -NOTHING
    beyond = np.maximum(odds + NOTHING, 0) if certain else 0.0  # log(1 + e^odds) is odds up there
    odds.clip(NOTHING, -NOTHING, out=odds)
    np.exp(odds, out=odds)
    total = odds + 1
    table = np.empty((2, len(odds)))
    np.divide(1, total, out=table[1])
    np.multiply(odds, table[1], out=table[0])
    return table, np.log(total) + beyond


def hard(coefficients: Array, features: Array) -> tuple[Array, Array]:
    """Return 1 for the best component, or for all that are equal up to rounding; and its score."""
    table = coefficients @ features
    best = table.max(axis=0)
    largest = max(1.0, np.abs(coefficients[:, 0]).max(), best.max(), -best.min())
    np.greater_equal(table, best - 3e-10 * largest, out=table)
    return table, best
