"""Newton's method made fast and safe: what `LogisticRegression.fit` runs."""

from dataclasses import replace
from math import exp, isfinite, log

import numpy as np
from scipy.linalg import lapack

from emlib.checks import Array
from emlib.columns import FAR, Columns, View
from emlib.separation import TOLERANCE, separable

EVERY = 20  # the first answer comes from one observation of so many, …
ENOUGH = 64  # … where that leaves so many for each param
SINGULAR = 1e-12  # share of a column's information that those before it must leave
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
    held, status = climb(data, path, max_iter, tol)
    if status != "converged" or held.penalty is data.penalty:
        return path, status, []
    dark = (held.penalty - data.penalty).diagonal()
    axes = data.x.shape[1]
    lost = np.flatnonzero((dark > SINGULAR * path[-1].information.diagonal())[-axes:]).tolist()
    return path, "flat", lost


def first_step(data: Columns, max_iter: int) -> list[View]:
    """Return the view from 0 and, where it is higher, from the answer for one of `EVERY`."""
    size = len(data.penalty)
    zero = np.zeros(size)
    if len(data.x) >= ENOUGH * EVERY * size:
        few = data.thinned(EVERY)
        path = [few.view(zero)]
        if climb(few, path, max_iter, tol=0.01)[1] == "converged":
            there, height = data.view(path[-1].row), bottom(data)
            if there.height >= height:  # nobody asks for the derivatives at 0
                return [there._replace(row=zero, log_likelihood=height, height=height), there]
    return [data.view(zero)]


def bottom(data: Columns) -> float:
    """Return the height at 0, where every probability is 1/2."""
    return -log(2) * len(data.x)


def climb(data: Columns, path: list[View], max_iter: int, tol: float) -> tuple[Columns, str]:
    """Extend `path` to the top by Newton's method; a step that would fall is halved.

    Returns the data, with a penalty on changes that no observation can see (`hidden`), and
    "converged", "separable" or "max_iter". After the last step of "converged" nothing is looked at:
    the last view has the derivatives of the one before.
    """
    while True:
        here = path[-1]
        if data.free and here.height > -log(2):  # every label has a probability above 1/2
            return data, "separable"
        if len(path) > max_iter:
            return data, "max_iter"
        move = solve(here.information, here.gradient)
        level = move is None  # columns say the same, or all probabilities are near 0 or 1
        if move is None:
            steepest = data.view(0 * here.row).information  # nowhere is there more
            dark = hidden(steepest, data.x.shape[1])
            if dark.any():
                data = replace(data, penalty=data.penalty + dark)
                path[-1] = data.view(here.row)
                continue
            # A step this short always climbs (Böhning & Lindsay 1988).
            move = np.asarray(np.linalg.solve(steepest, here.gradient), dtype=float)
        gain, height = float(move @ here.gradient) / 2, abs(here.height)
        near = not level and gain <= max(min(tol, 0.1) / 10 * height, ROUNDING * max(1, height))
        if data.free and (level or ((near or len(path) > PATIENCE) and not bounded(here, gain))):
            if endless(data, move, -1 if level else 0.5 if near else np.inf):
                return data, "separable"
            data = replace(data, free=not level)  # the last word, if it is level
        if near:
            path.append(top(data, here, move))
            return data, "converged"
        path.append(higher(data, here, move))


def higher(data: Columns, here: View, move: Array) -> View:
    """Return the view after the move, or after the first half of it that does not fall."""
    there = data.view(here.row + move)
    while not there.height >= here.height:
        move = move * 0.5
        there = data.view(here.row + move)
    return there


def solve(information: Array, gradient: Array) -> Array | None:
    """Return information⁻¹ gradient, or None where rounding leaves no inverse."""
    factor, move, failed = lapack.dposv(information, gradient)
    left = np.square(factor.diagonal())  # of a column's own information, given those before it
    if failed or not (left > SINGULAR * information.diagonal()).all():
        return None
    return np.asarray(move)


def top(data: Columns, view: View, move: Array) -> View:
    """Return `view` moved to the top of its parabola; the move is too short to see a difference."""
    row, height = view.row + move, view.height + float(move @ view.gradient) / 2
    lost = float(row @ data.penalty @ row) / 2
    return view._replace(row=row, log_likelihood=height + lost, height=height)


def bounded(view: View, gain: float) -> bool:
    """Return True when a Newton step that promises `gain` at `view` proves that there is a top.

    If some labels could grow surer for ever while none grows less sure, a step along that line
    alone would promise at least half of the probability that the surest of them still lacks.
    """
    return view.surest < FAR and gain < 0.5 / (1 + exp(view.surest))


def endless(data: Columns, move: Array, doubt: float) -> bool:
    """Return True when the likelihood rises for ever along `move`.

    If `move` changes any log-odds by more than `doubt`, True also when it does along another line.
    """
    low, high = data.margins(move)
    if high > 0 and low >= -TOLERANCE * high:
        return True
    return high > doubt and separable(data.x, (1 - data.turns) / 2, data.intercept)


def hidden(steepest: Array, axes: int) -> Array:
    """Return a penalty (P, P) on those changes of the slopes that no observation can see.

    Among params that fit equally well it prefers the shortest slopes, each times the standard
    deviation of its column. `steepest` is the information (P, P) where all p are 1/2.
    """
    slopes = steepest[-axes:, -axes:]
    if len(steepest) > axes:  # the intercept follows the slopes
        slopes = slopes - np.outer(steepest[0, 1:], steepest[0, 1:]) / steepest[0, 0]
    unit = np.sqrt(slopes.diagonal().clip(0))
    unit = np.where(unit > 0, unit, 1)
    values, vectors = np.linalg.eigh(slopes / np.outer(unit, unit))
    dark = vectors[:, values <= SINGULAR * axes] * unit[:, None]
    penalty = np.zeros_like(steepest)
    penalty[-axes:, -axes:] = dark @ dark.T
    return penalty
