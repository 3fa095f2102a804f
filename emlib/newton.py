"""Newton's method made fast and safe: what `LogisticRegression.fit` runs."""

from dataclasses import replace
from math import exp, isfinite, log, nan

import numpy as np
from scipy.linalg import lapack

from emlib.checks import Array
from emlib.columns import FAR, SINGULAR, Columns, Move, View
from emlib.separation import TOLERANCE, separable

EVERY = 20  # the first answer comes from one observation of so many, …
ENOUGH = 64  # … where that leaves so many for each param
ROUNDING = 16 * float(np.finfo(float).eps)  # of a height
PATIENCE = 8  # steps after which one asks whether there is a top at all


def maximise(
    data: Columns, start: Array | None, max_iter: int, tol: float
) -> tuple[list[View], str, list[int]]:
    """Return the path to the top, how it ended, and the columns of x with more than one answer.

    It starts at the row `start`, (P,). Without one it starts at 0 and the first step, if it climbs,
    leads to the answer for every 20th observation; few steps are left then. From a `start` that is
    lower than the view at 0 the first step leads to 0.
    """
    path = first_step(data, max_iter) if start is None else [data.view(start)]
    if not isfinite(path[0].height):
        raise ValueError("start leads to log-odds beyond all numbers: start nearer to 0")
    if start is not None and path[0].height < bottom(data):
        path.append(data.view(0 * start))
    path, status = climb(data, path, max_iter, tol)
    if status != "flat":
        return path, status, []
    lost = data.hidden.diagonal() > SINGULAR * data.steepest.diagonal()
    return path, status, np.flatnonzero(lost[-data.x.shape[1] :]).tolist()


def first_step(data: Columns, max_iter: int) -> list[View]:
    """Return the view from 0 and, where it is higher, from the answer for one of `EVERY`."""
    zero = np.zeros(len(data.penalty))
    if len(data.x) >= ENOUGH * EVERY * len(zero):
        few = data.thinned(EVERY)
        path, status = climb(few, [few.view(zero)], max_iter, tol=0.01)
        if status in ("converged", "flat"):
            there, height = data.view(path[-1].row), bottom(data)
            if there.height >= height:  # nobody asks for the derivatives at 0
                return [there._replace(row=zero, log_likelihood=height, height=height), there]
    return [data.view(zero)]


def bottom(data: Columns) -> float:
    """Return the height at 0, where every probability is 1/2."""
    return -log(2) * len(data.x)


def climb(data: Columns, path: list[View], max_iter: int, tol: float) -> tuple[list[View], str]:
    """Return the path to the top and how it ended: "converged", "flat", "separable" or "max_iter".

    "flat" is converged where only a penalty decides among params that no observation can tell
    apart.
    """
    path, status = walk(data, path, max_iter, tol)
    if status != "hidden":
        return path, status
    held = replace(data, penalty=data.penalty + data.hidden)
    path, status = walk(held, [*path[:-1], held.view(path[-1].row)], max_iter, tol)
    return path, "flat" if status == "converged" else status


def walk(data: Columns, path: list[View], max_iter: int, tol: float) -> tuple[list[View], str]:
    """Return the path after Newton's steps, and how they ended: as `climb`, or "hidden".

    Then some changes of the params are hidden from all observations, so that there is no such step.
    After the last one of "converged" nothing is looked at: the last view has the derivatives of the
    one before.
    """
    doubt = data.free  # is there a top at all?
    while True:
        here = path[-1]
        if doubt and here.height > -log(2):  # every label has a probability above 1/2
            return path, "separable"
        if len(path) > max_iter:
            return path, "max_iter"
        move = newton_move(here, tol) or level_move(data, here)
        if move is None:
            return path, "hidden"
        if doubt and suspicious(here, move, len(path)):
            if endless(data, move):
                return path, "separable"
            doubt = not move.level  # if it is level, that was the last word
        if move.near:
            return [*path, top(data, here, move)], "converged"
        path = [*path, higher(data, here, move)]


def newton_move(here: View, tol: float) -> Move | None:
    """Return the move to the top of the parabola that fits best here, if there is one."""
    change = solve(here.information, here.gradient)
    if change is None:
        return None
    gain, height = float(change @ here.gradient) / 2, abs(here.height)
    small = max(min(tol, 0.1) / 10 * height, ROUNDING * max(1, height))
    return Move(change, gain, near=gain <= small, level=False)


def level_move(data: Columns, here: View) -> Move | None:
    """Return a move that climbs on level ground, or None where some changes are hidden.

    It is Newton's with a little more information than there is: too long, perhaps, but uphill, and
    `higher` shortens it. Source: Levenberg (1944).
    """
    if data.hidden.any():
        return None
    information = here.information + SINGULAR * data.steepest
    change = np.asarray(np.linalg.solve(information, here.gradient), dtype=float)
    return Move(change, gain=nan, near=False, level=True)


def higher(data: Columns, here: View, move: Move) -> View:
    """Return the view after the move, or after the first half of it that does not fall."""
    change = move.change
    there = data.view(here.row + change)
    while not there.height >= here.height:
        change = change * 0.5
        there = data.view(here.row + change)
    return there


def top(data: Columns, here: View, move: Move) -> View:
    """Return `here` moved to the top of its parabola; the move is too short to see a difference."""
    row, height = here.row + move.change, here.height + move.gain
    lost = float(row @ data.penalty @ row) / 2
    return here._replace(row=row, log_likelihood=height + lost, height=height)


def solve(information: Array, gradient: Array) -> Array | None:
    """Return information⁻¹ gradient, or None where rounding leaves no inverse."""
    factor, move, failed = lapack.dposv(information, gradient)
    left = np.square(factor.diagonal())  # of a column's own information, given those before it
    if failed or not (left > SINGULAR * information.diagonal()).all():
        return None
    return np.asarray(move)


def suspicious(here: View, move: Move, steps: int) -> bool:
    """Return True when it is time to ask whether there is a top, and nothing proves it."""
    return move.level or ((move.near or steps > PATIENCE) and not bounded(here, move.gain))


def bounded(view: View, gain: float) -> bool:
    """Return True when a Newton step that promises `gain` at `view` proves that there is a top.

    If some labels could grow surer for ever while none grows less sure, a step along that line
    alone would promise at least half of the probability that the surest of them still lacks.
    """
    return view.surest < FAR and gain < 0.5 / (1 + exp(view.surest))


def endless(data: Columns, move: Move) -> bool:
    """Return True when the likelihood rises for ever along the move.

    Also when it does along another line, but that is slow to find out: asked only on level ground,
    or where the move seems to be the last one and still changes some log-odds much.
    """
    low, high = data.margins(move.change)
    if high > 0 and low >= -TOLERANCE * high:
        return True
    ask = move.level or (move.near and high > 0.5)
    return ask and separable(data.x, (1 - data.turns) / 2, data.intercept)
