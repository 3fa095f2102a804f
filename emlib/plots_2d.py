"""Pictures of steps with two features: points in the plane, and ellipses around them."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from emlib.checks import Array
from emlib.core import Step
from emlib.plots import COLOURS, LETTERS, step_title

MARKERS = ("o", "s", "^", "D", "v", "P")  # of components A to F, as on the screen
CIRCLE = np.stack([np.cos(turn := np.linspace(0, 2 * np.pi, 61)), np.sin(turn)])  # (2, 61)


def mixture_2d(
    step: Step,
    x: Any,
    ax: Axes | None = None,
    features: Sequence[str] = ("", ""),
    limits: Any = None,
) -> Axes:
    """Draw points coloured by responsibility, means, and ellipses at 1 and 2 standard deviations.

    `x` is (N, 2); params need `means` (K, 2) and may have `covs` (K, 2, 2). A point has the marker
    of its most probable component. `limits` (2, 2) are the ends of both axes.
    """
    ax = ax or plt.gca()
    x = np.asarray(x, dtype=float)
    scatter(x, step.posterior, ax)
    means, covs = (np.asarray(getattr(step.params, name, ())) for name in ("means", "covs"))
    for k, cov in enumerate(covs):
        for radius, dashes in ((1, "-"), (2, "--")):
            outline = means[k][:, None] + radius * np.linalg.cholesky(cov) @ CIRCLE
            ax.plot(*outline, dashes, color=COLOURS[k], lw=2 / radius)
    for k, mean in enumerate(means):
        ax.plot(*mean, MARKERS[k], color=COLOURS[k], ms=11, mec="white", clip_on=False)
        ax.annotate(LETTERS[k], mean, color="white", size=7, ha="center", va="center")
    (left, right), (low, high) = window(x, means) if limits is None else limits
    ax.set(xlim=(left, right), ylim=(low, high), xlabel=features[0], ylabel=features[1])
    ax.set_title(step_title(step), fontsize=10)
    return ax


def scatter(x: Array, posterior: Array | None, ax: Axes) -> None:
    """Draw points (N, 2) in blends of their components' colours, by responsibilities (N, K).

    None draws them in grey.
    """
    if posterior is None:
        ax.plot(*x.T, "o", color="0.55", ms=3, mec="none")
        return
    palette = np.array([to_rgb(colour) for colour in COLOURS[: posterior.shape[1]]])  # (K, 3)
    blends = posterior.round(1) @ palette  # in tenths: fewer colours, a smaller file
    best = posterior.argmax(axis=1)
    for k, colour in sorted({(int(k), tuple(one)) for k, one in zip(best, blends, strict=True)}):
        own = (best == k) & (blends == colour).all(axis=1)
        ax.plot(*x[own].T, MARKERS[k], color=np.clip(colour, 0, 1), ms=3, mec="none")


def window(x: Any, *others: Any) -> list[list[float]]:
    """Return the ends of both axes, (2, 2): room for points (N, 2) and for other places (M, 2).

    Rounded, in the units of x.
    """
    places = np.concatenate([np.asarray(one, dtype=float).reshape(-1, 2) for one in (x, *others)])
    low, high = places.min(axis=0), places.max(axis=0)
    pad = 0.06 * np.where(high > low, high - low, 1)
    digits = [int(2 - np.floor(np.log10(one))) for one in pad]
    return [
        [float(round(ends[0], n)), float(round(ends[1], n))]
        for ends, n in zip(np.stack([low - pad, high + pad]).T, digits, strict=True)
    ]
