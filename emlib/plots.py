"""Pictures of steps with matplotlib: each function draws on one Axes and returns it."""

import io
import re
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython import get_ipython
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib_inline.backend_inline import set_matplotlib_formats

from emlib.checks import Array
from emlib.core import Step
from emlib.covariance import as_matrices, log_normal

# Okabe & Ito's colour-blind-safe palette, in the order blue, vermilion, green, purple, …
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LETTERS = "ABCDEF"

COORDINATES = re.compile(r' (?:d|x|y|width|height|points)="[^"]*"|(?:translate|rotate)\([^)]*\)')
DECIMALS = re.compile(r"-?\d+\.\d+")
NAME = re.compile(r'(?<=[#"])[A-Za-z]+\d*_?[0-9a-f]{10}(?=[")])')

STYLE: dict[Any, Any] = {
    "axes.facecolor": "none",
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",  # Jupyter passes it on, so "savefig.transparent" is not enough
    "figure.figsize": (7, 3),
    "font.size": 10,
    "legend.frameon": False,
    "svg.hashsalt": "emlib",  # without it two runs of one cell give two different files
}


def style() -> None:
    """Use the book's style in a notebook: sharp, reproducible SVG on a transparent ground."""
    plt.rcParams.update(STYLE)
    if shell := get_ipython():  # a script has none, and shows no figures inline
        set_matplotlib_formats("svg")
        shell.display_formatter.formatters["image/svg+xml"].for_type(Figure, as_svg)


def as_svg(figure: Figure) -> str:
    """Return a figure as SVG, the same text on every run and machine.

    Coordinates are rounded to a tenth of a point. The names that matplotlib makes from unrounded
    ones give way to numbers.
    """
    file = io.StringIO()
    with plt.rc_context(STYLE):
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = COORDINATES.sub(lambda found: DECIMALS.sub(_rounded, found[0]), file.getvalue())
    names = {name: f"n{n}" for n, name in enumerate(dict.fromkeys(NAME.findall(text)))}
    return NAME.sub(lambda found: names[found[0]], text)


def _rounded(found: re.Match[str]) -> str:
    # Round numbers such as 0.25 would lie on the edge, and the last digits decide: hence 1e-4.
    return f"{float(found[0]) + 1e-4:.1f}".removesuffix(".0")


def path(steps: Sequence[Step], ax: Axes | None = None) -> Axes:
    """Draw the log-likelihood and the bound (nats) after every half-step of `em`."""
    ax = ax or plt.gca()
    where = range(len(steps))
    ax.plot(where, [step.log_likelihood for step in steps], label="log-likelihood")
    bound = [step.elbo if np.isfinite(step.elbo) else np.nan for step in steps]
    ax.plot(where, bound, "--", label="bound (ELBO)")
    for kind, marker in (("E", "o"), ("M", "s")):
        chosen = [n for n in where if steps[n].kind == kind]
        ax.plot(chosen, [bound[n] for n in chosen], marker, color="C1", ms=4, label=f"after {kind}")
    ax.set(xlabel="half-step", ylabel="nats")
    ax.legend()
    return ax


def coin_groups(step: Step, x: Any, ax: Axes | None = None) -> Axes:
    """Draw each group's heads, x (N,), and, as a split bar, how much of it belongs to each coin."""
    ax = ax or plt.gca()
    groups = np.arange(len(x))
    if step.posterior is None:
        ax.barh(groups, np.ones(len(x)), color="0.85")
    else:
        left = np.zeros(len(x))
        for k, share in enumerate(step.posterior.T):
            ax.barh(
                groups,
                share,
                left=left,
                color=COLOURS[k],
                hatch="" if k % 2 == 0 else "//",
                edgecolor="white",
                label=f"coin {LETTERS[k]}",
            )
            left += share
    ax.set_yticks(groups, [f"{heads:g} heads" for heads in x])
    ax.invert_yaxis()
    ax.set(xlim=(0, 1), xlabel="share of the group")
    heads = zip(LETTERS, step.params.heads, strict=False)
    named = ", ".join(f"$\\theta_{letter}$ = {value:.4f}" for letter, value in heads)
    ax.set_title(f"{step_title(step)}\n{named}", fontsize=10)
    return ax


def plates(step: Step, ax: Axes | None = None) -> Axes:
    """Draw how much lies on each of two plates, in grams, after a step of `emlib.dishes.split`."""
    ax = ax or plt.gca()
    bars = ax.barh([0, 1], step.params.amounts, color=COLOURS[:2], edgecolor="white")
    bars[1].set_hatch("//")
    ax.set_yticks([0, 1], ["left", "right"])
    ax.invert_yaxis()
    ax.set(xlim=(0, step.params.amounts.sum()), xlabel="grams")
    name = "start" if step.kind == "start" else f"{step.kind}, round {step.iteration}"
    ax.set_title(name, fontsize=10)
    return ax


def mixture_1d(
    step: Step, x: Any, times: Any = None, ax: Axes | None = None, bins: int = 40
) -> Axes:
    """Draw a histogram split by responsibility, and every weighted density over it.

    x is (N,); `times` (N,) are the counts of repeated values, None for one each. `bins` is about
    how many bars there are.
    """
    ax = ax or plt.gca()
    x, times = np.asarray(x, dtype=float), np.ones(len(x)) if times is None else np.asarray(times)
    edges = bin_edges(x, bins)
    shares = np.ones((len(x), 1)) if step.posterior is None else step.posterior
    scale = times.sum() * (edges[1] - edges[0])
    bottom = np.zeros(len(edges) - 1)
    for k, share in enumerate(shares.T):
        height = np.histogram(x, edges, weights=share * times)[0] / scale
        colour = "0.8" if step.posterior is None else COLOURS[k]
        ax.stairs(bottom + height, edges, baseline=bottom, fill=True, color=colour, alpha=0.35)
        bottom = bottom + height
    grid = np.linspace(x.min(), x.max(), 120)
    for k, (weight, mean, cov) in enumerate(zip(*as_matrices(step.params), strict=True)):
        density = weight * np.exp(log_normal(grid[:, None], mean, cov))
        ax.plot(grid, density, color=COLOURS[k], ls="-" if k % 2 == 0 else "--")
    ax.set(ylim=(0, None), yticks=[])
    ax.spines["left"].set_visible(False)
    ax.set_title(step_title(step), fontsize=10)
    return ax


def bin_edges(x: Array, bins: int) -> Array:
    """Return about `bins` + 1 edges; every bin holds equally many of the rounded values of x.

    x is (N,); the edges are in its unit.
    """
    values = np.unique(x)
    gap = np.diff(values).min(initial=np.inf)
    width = (values[-1] - values[0] or 1.0) / bins
    if len(values) > 1 and gap > width / 20:
        width = gap * np.ceil(width / gap - 1e-9)
        return np.arange(values[0] - gap / 2, values[-1] + width, width)
    return np.linspace(values[0] - width / 2, values[-1] + width / 2, bins + 1)


def basins(grid: Array, ends: Array, steps: Sequence[Step]) -> Figure:
    """Return a map of starts of two coins, shaded by the log-likelihood where each ends.

    `grid` (G,) holds the starting values, `ends` (G, G) the log-likelihoods (NaN where one coin
    ends empty; second coin down the rows); `steps` is one run to draw on it.
    """
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, ax = plt.subplots(figsize=(5, 4.2))
        levels = np.unique(ends[np.isfinite(ends)].round(3))
        ranks = np.where(np.isfinite(ends), np.searchsorted(levels, ends.round(3)), np.nan)
        reach = (*grid[[0, -1]], *grid[[0, -1]])
        ax.set_facecolor("0.85")
        image = ax.imshow(ranks, cmap="cividis", origin="lower", extent=reach)
        bar = figure.colorbar(image, ticks=np.arange(len(levels)))
        bar.ax.set_yticklabels([f"{level:.3f}" for level in levels])
        bar.set_label("log-likelihood at the end")
        heads = np.array([step.params.heads for step in steps])
        ax.plot(*heads.T, "o-", color=COLOURS[1], ms=4)
        ax.set(xlabel="start of coin A", ylabel="start of coin B", aspect="equal")
    return figure


def stills(
    steps: Sequence[Step],
    draw: Any,
    iterations: Sequence[float] = (0, 1, 3, np.inf),
    height: float = 4.6,
) -> Figure:
    """Return four pictures of a run, for paper: by default the start, after 1 and 3, the end.

    `draw(step, ax)` draws one of them. A shorter run shows its end instead. Raises ValueError
    unless there are four `iterations`.
    """
    wanted = [int(min(2 * iteration, len(steps) - 1)) for iteration in iterations]
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, axes = plt.subplots(2, 2, figsize=(7, height))
        for ax, position in zip(axes.flat, wanted, strict=True):
            draw(steps[position], ax)
    return figure


def step_title(step: Step) -> str:
    """Return the name of an iteration and its log-likelihood (nats)."""
    name = "start" if step.kind == "start" else f"iteration {step.iteration}"
    return f"{name}, log-likelihood {step.log_likelihood:.6g}"
