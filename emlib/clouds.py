"""Pictures of points in the plane with matplotlib."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from emlib.plots import COLOURS, STYLE

MARKS = "os^DvP"  # of components A to F, as in the widgets


def cloud(x: Any, shares: Any = None, means: Any = None, ax: Axes | None = None) -> Axes:
    """Draw points (N, 2), each in the mark of its component, and the means (K, 2) larger.

    `shares` (N, K) are responsibilities: a point's colour is the blend of its components' colours.
    """
    ax, x = ax or plt.gca(), np.asarray(x, dtype=float)
    size = 24 if len(x) < 100 else 8
    if shares is None:
        ax.scatter(*x.T, s=size, color="0.6", lw=0)
    else:
        shares = np.asarray(shares, dtype=float)
        best, blended = shares.argmax(axis=1), shares @ palette(shares.shape[1])
        for k in range(shares.shape[1]):
            here = best == k
            ax.scatter(*x[here].T, s=size, c=blended[here].clip(0, 1), marker=MARKS[k], lw=0)
    for k, mean in enumerate(() if means is None else means):
        ax.plot(*mean, MARKS[k], color=COLOURS[k], mec="black", ms=9)
    ax.set_aspect("equal", adjustable="datalim")
    return ax


def palette(components: int) -> np.ndarray:
    """Return the colours of the components as red, green and blue, (K, 3)."""
    return np.array([to_rgb(colour) for colour in COLOURS[:components]])


def pairs(steps: Sequence[Any], x: Any) -> Figure:
    """Return K-means on the left and a mixture on the right at each of some half-steps, for paper.

    `steps` have the fields kmeans and mixture, each a `Step`.
    """
    with plt.rc_context(STYLE | {"svg.fonttype": "none"}):
        figure, axes = plt.subplots(len(steps), 2, figsize=(7, 2.6 * len(steps)), squeeze=False)
        for row, step in zip(axes, steps, strict=True):
            for ax, (name, one) in zip(
                row, (("K-means", step.kmeans), ("Gaussian mixture", step.mixture)), strict=True
            ):
                cloud(x, one.posterior, one.params.means, ax)
                ax.set_title(f"{name}, iteration {one.iteration}", fontsize=10)
    return figure
