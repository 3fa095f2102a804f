"""Pictures of a log-likelihood and of a climb up to its top, with matplotlib."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import expit

from emlib.checks import Array
from emlib.core import Step
from emlib.likelihood import Bag, BagParams, Normal, NormalParams
from emlib.logistic import LogisticParams, LogisticRegression
from emlib.plots import COLOURS, STYLE

SYMBOLS = {"black": "p", "mean": r"\mu", "sd": r"\sigma"}


def counts(model: Bag, x: Any, params: BagParams, ax: Axes | None = None) -> Axes:
    """Draw the probability of every count of black balls; the counts that were seen stand out.

    x is what `Bag` takes: one count or (N,). Raises what `Bag` raises.
    """
    ax = ax or plt.gca()
    every = np.arange(model.draws + 1)
    seen = np.isin(every, x)
    heights = np.exp(model.log_density(every, params))
    ax.vlines(every[~seen], 0, heights[~seen], color="0.65", lw=3)
    ax.vlines(every[seen], 0, heights[seen], color=COLOURS[0], lw=5)
    ax.set(ylim=(0, None), xlabel=f"black balls among {model.draws}", ylabel="probability")
    ax.set_title(f"$p$ = {params.black:.4g}", fontsize=10)
    return ax


def densities(model: Normal, x: Any, params: NormalParams, ax: Axes | None = None) -> Axes:
    """Draw a normal density with one stick at each observation of x (N,), in its unit.

    Raises what `Normal` raises.
    """
    ax = ax or plt.gca()
    x = np.asarray(x, dtype=float)
    reach = np.concatenate([x, params.mean + params.sd * np.array([-3, 3])])
    grid = np.linspace(reach.min(), reach.max(), 200)
    ax.plot(grid, np.exp(model.log_density(grid, params)), color="0.5")
    ax.vlines(x, 0, np.exp(model.log_density(x, params)), color=COLOURS[0], lw=2)
    ax.plot(x, np.zeros(len(x)), "o", color=COLOURS[0], ms=4, clip_on=False)
    ax.set(ylim=(0, None), xlabel="x", ylabel="density")
    ax.set_title(f"$\\mu$ = {params.mean:.4g}, $\\sigma$ = {params.sd:.4g}", fontsize=10)
    return ax


def profile(
    model: Bag | Normal,
    x: Any,
    steps: Sequence[Step],
    name: str,
    grid: Array,
    ax: Axes | None = None,
) -> Axes:
    """Draw the log-likelihood (nats) along one param, the others as the last step holds them.

    `name` is the field of the params that moves, `grid` (G,) its values; dots show the steps.
    """
    ax = ax or plt.gca()
    last = steps[-1].params
    along = [model.log_likelihood(x, last._replace(**{name: value})) for value in grid]
    visited = [getattr(step.params, name) for step in steps]
    ax.plot(grid, along, color=COLOURS[0])
    ax.plot(visited, [step.log_likelihood for step in steps], "o", color=COLOURS[1], ms=5)
    top = max(along)
    ax.set_ylim(top - 10 - 1.5 * np.size(x), top + 1)
    ax.set(xlabel=f"${SYMBOLS[name]}$", ylabel="log-likelihood")
    return ax


def explorer(model: Bag | Normal, x: Any, steps: Sequence[Step]) -> Figure:
    """Return a climb for paper: the data at its start and at its end, and the curve between.

    `x` and `steps` are what `emlib.likelihood.climb` takes and yields.
    """
    draw: Any = counts if isinstance(model, Bag) else densities
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, axes = plt.subplot_mosaic("AB;CC" if draw is counts else "AB;CD", figsize=(7, 4.6))
        for place, step in zip("AB", (steps[0], steps[-1])):
            draw(model, x, step.params, axes[place])
        for place, name in zip("CD", steps[0].params._fields):
            profile(model, x, steps, name, _grid(np.asarray(x), name), axes[place])
    return figure


def _grid(x: Array, name: str) -> Array:
    span = np.ptp(x) or 1.0
    ends = {
        "black": (0.02, 0.98),
        "mean": (x.min() - span / 2, x.max() + span / 2),
        "sd": (span / 12, 1.5 * span),
    }
    return np.linspace(*ends[name], 193)


def decision(model: LogisticRegression, params: LogisticParams, ax: Axes | None = None) -> Axes:
    """Draw labels over one feature, the probability of 1, and where both are equally likely.

    The model's x is (N,), drawn in its unit.
    """
    ax = ax or plt.gca()
    x, y = model.x, model.y
    pad = np.ptp(x) * 0.08
    grid = np.linspace(x.min() - pad, x.max() + pad, 200)
    ax.vlines(x, y, model.probability(params), color="0.75", lw=1)
    ax.plot(grid, expit(model.log_odds(params, grid)), color=COLOURS[0])
    for label, fill in ((0, "none"), (1, COLOURS[1])):
        ax.plot(x[y == label], y[y == label], "o", color=COLOURS[1], mfc=fill, ms=5)
    even = float(-params.intercept / params.slopes) if params.slopes else np.inf
    if grid[0] < even < grid[-1]:
        ax.axvline(even, color="0.5", ls=":", lw=1)
    ax.set(xlabel="x", ylabel="probability of 1", ylim=(-0.06, 1.06))
    return ax


def climb_map(model: LogisticRegression, steps: Sequence[Step], ax: Axes | None = None) -> Axes:
    """Draw contours of the objective over intercept and slope, with the path of the steps.

    The model's x is (N,). The levels lie 0.25, 0.5, 1, 2, … nats below the highest point that is
    drawn.
    """
    ax = ax or plt.gca()
    path = np.array([[step.params.intercept, step.params.slopes] for step in steps])
    low, high = path.min(axis=0), path.max(axis=0)
    pad = np.maximum((high - low) * 0.25, 0.5)
    sides = [np.linspace(a, b, 61) for a, b in zip(low - pad, high + pad)]
    heights = [[model.objective(LogisticParams(a, b)) for a in sides[0]] for b in sides[1]]
    levels = np.max(heights) - 0.25 * 2.0 ** np.arange(12)[::-1]
    ax.contour(*sides, heights, levels, colors="0.6", linewidths=0.8, linestyles="-")
    every = max(
        1, len(path) // 50
    )  # where hundreds of steps lie on top of each other, fewer will do
    ax.plot(*path.T, "o-", color=COLOURS[1], ms=3, lw=1, markevery=every)
    ax.plot(*path[0], "s", color=COLOURS[0], ms=7)
    ax.set(xlabel="intercept", ylabel="slope")
    return ax


def regression(model: LogisticRegression, steps: Sequence[Step]) -> Figure:
    """Return a run for paper, of one feature (N,): the curve where it ends, and the path to it."""
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.2))
        decision(model, steps[-1].params, left)
        climb_map(model, steps, right)
        last = steps[-1]
        left.set_title(f"after {last.iteration} steps", fontsize=10)
        right.set_title(f"log-likelihood {last.log_likelihood:.6g}", fontsize=10)
    return figure
