"""Pictures of a mixture with one unknown number: curves of the bound, and the surface F(q, θ)."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import entr

from emlib.core import Step
from emlib.plots import COLOURS, STYLE
from emlib.scalar import bounds, log_likelihoods, number_of, with_number

HATCH = "//"


def bound(step: Step, x: Any, model: Any, between: Any, ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood over θ, the bound of the step's q below it, and the gap at its θ.

    x is (N,), `between` are the ends of the axis of θ; heights are in nats. Before the first E-step
    a step has no q and no bound. Raises ValueError for params that hold more than one number.
    """
    ax = ax or plt.gca()
    grid, theta = np.linspace(between[0], between[1], 121), number_of(step.params)
    with np.errstate(all="ignore"):  # θ may leave the model's range
        curve = log_likelihoods(model, x, step.params, grid)
        ax.plot(grid, curve, color="0.2", label="log-likelihood")
        if step.posterior is not None:
            below = bounds(model, x, step.posterior, step.params, grid)
            ax.plot(grid, below, "--", color=COLOURS[1], label="bound")
            ax.plot([theta, theta], [step.elbo, step.log_likelihood], color=COLOURS[3], lw=3)
            ax.plot(theta, step.elbo, "s", color=COLOURS[1], ms=5)
    ax.plot(theta, step.log_likelihood, "o", color="0.2", ms=5)
    low, high = curve[np.isfinite(curve)].min(), curve[np.isfinite(curve)].max()
    ax.set(xlim=between, ylim=(low - 0.3 * (high - low), high + 0.06 * (high - low)))
    name = "start" if step.kind == "start" else f"{step.kind}-step {step.iteration}"
    ax.set_title(f"{name}: $\\theta$ = {theta:.4f}, KL = {abs(step.kl):.4f}", fontsize=10)
    return ax


def surface(
    steps: Sequence[Step], x: Any, model: Any, between: Any, ax: Axes | None = None
) -> Axes:
    """Draw F(q, θ) as a map, where q is the posterior (dashed), and the path of the half-steps.

    For one observation, x (1,), and two components; q is the share of the first. `between` are the
    ends of the axis of θ. Steps without a posterior are left out.
    """
    ax = ax or plt.gca()
    grid, q = np.linspace(between[0], between[1], 121), np.linspace(0, 1, 121)[:, None]
    params = [with_number(steps[0].params, theta) for theta in grid]
    first, second = np.concatenate([model.log_joint(x, one) for one in params]).T
    heights = q * first + (1 - q) * second + entr(q) + entr(1 - q)
    depth = heights.max() - heights.min()
    levels = heights.max() - depth * np.array([0.8, 0.55, 0.35, 0.2, 0.1, 0.05, 0.02, 0.006])
    lines = ax.contour(grid, q.ravel(), heights, levels, colors="0.6", linewidths=0.8)
    ax.clabel(lines, levels[:6:2], fmt="%.2f", fontsize=8)
    ax.plot(grid, [model.e_step(x, one)[0, 0] for one in params], "--", color=COLOURS[2])
    walked = [
        (number_of(one.params), one.posterior[0, 0]) for one in steps if one.posterior is not None
    ]
    ax.plot(*np.transpose(walked), "o-", color=COLOURS[0], ms=3)
    ax.set(xlim=between, ylim=(0, 1), xlabel=r"$\theta$", ylabel="q of the first component")
    return ax


def stack(steps: Sequence[Step], base: float, ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood after every half-step as a bar that stands on `base` (nats).

    The bar is split into the bound and, hatched, the KL divergence on top of it.
    """
    ax = ax or plt.gca()
    where = np.arange(len(steps))
    reached = np.array([step.elbo for step in steps])
    missing = np.array([step.log_likelihood for step in steps]) - reached
    ax.bar(where, reached - base, bottom=base, color=COLOURS[1], label="bound")
    ax.bar(where, missing, bottom=reached, color=COLOURS[3], hatch=HATCH, edgecolor="w", label="KL")
    ax.set_xticks(where, [step.kind for step in steps])
    ax.set(ylim=(base, None), ylabel="nats")
    ax.legend()
    return ax


def surface_and_stack(steps: Sequence[Step], x: Any, model: Any, between: Any) -> Figure:
    """Return the surface beside the first five half-steps as bars, for paper.

    The arguments are those of `surface`; every step needs a bound.
    """
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6))
        surface(steps, x, model, between, left)
        stack(steps[:5], np.floor(min(step.elbo for step in steps) - 1), right)
    return figure
