"""Can a plane part the labels? Then a logistic regression without a ridge has no maximum."""

import numpy as np

from emlib.checks import Array

TOLERANCE = 1e-9  # of the range of x; points so near to the plane lie on it
AT_ONCE = 2000  # observations that enter the linear programme together


def separable(x: Array, y: Array, intercept: bool) -> bool:
    """Return True when a plane parts the labels y (N,), 0 or 1, of the points x (N, D).

    Points may lie on the plane, but not all of them; without an intercept it goes through 0.
    Source: Albert & Anderson (1984).
    """
    columns = x
    if intercept:  # then any origin will do, and one among the data rounds least
        columns = np.column_stack([np.ones(len(x)), x - x[0]])
    largest = np.abs(columns).max(axis=0)
    margins = (2 * y - 1)[:, None] * (columns / np.where(largest > 0, largest, 1))
    # Most observations lie far from the plane and have no say: the first programme hears only some,
    # and the mean of the others; then those on the wrong side of its plane join.
    heard = np.zeros(len(x), dtype=bool)
    heard[:: -(-len(x) // AT_ONCE)] = True
    while True:
        rows = margins[heard]
        if not heard.all():
            rows = np.vstack([rows, margins[~heard].mean(axis=0)])
        plane = widest(rows)
        if (rows @ plane).max() < 0.5:
            return False
        every = margins @ plane
        wrong = np.flatnonzero(~heard & (every < -TOLERANCE * every.max()))
        if not len(wrong):
            return True
        heard[wrong[np.argsort(every[wrong])[:AT_ONCE]]] = True


def widest(margins: Array) -> Array:
    """Return the plane w (P,) with the largest sum of `margins` @ w, none below 0 or above 1.

    On the right side of a plane the margin is above 0. If no plane parts the labels, all margins
    are 0; if one does, w grows until the largest is 1. So rounding cannot blur the answer.
    """
    from scipy.optimize import linprog  # slow to load, and most readers never need it

    sides, limits = np.vstack([margins, -margins]), np.repeat([1.0, 0.0], len(margins))
    exact = {"primal_feasibility_tolerance": 1e-10}
    best = linprog(-margins.sum(axis=0), sides, limits, bounds=(None, None), options=exact)
    return np.zeros(margins.shape[1]) if best.x is None else best.x  # rounding errors: none found
