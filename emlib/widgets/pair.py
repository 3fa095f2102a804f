"""The widget in which K-means and a mixture of Gaussians step side by side."""

from itertools import zip_longest
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from emlib import plots, plots_2d
from emlib.agreement import adjusted_rand, as_labels
from emlib.checks import Array, as_data, as_numbers, need_shape
from emlib.core import Step, em
from emlib.covariance import GaussianParams
from emlib.gaussian import GaussianMixture
from emlib.kmeans import KMeans, KMeansParams
from emlib.trace import params_as_json
from emlib.widgets import page
from emlib.widgets.plane import need_plane
from emlib.widgets.player import Player
from emlib.widgets.stepper import MAX_ITER

LEFT, RIGHT = KMeans(), GaussianMixture("full")
CODE = [
    {"kind": "E", "source": page.source(KMeans.e_step)},
    {"kind": "M", "source": page.source(KMeans.m_step)},
    {"kind": "E", "source": page.source(GaussianMixture.log_joint)},
    {"kind": "M", "source": page.source(GaussianMixture.m_step)},
]


class PairParams(NamedTuple):
    """What is unknown in the two runs together."""

    centres: Array  # (K, 2), the means of K-means
    weights: Array  # (K,), of the mixture, as are
    means: Array  # (K, 2), and
    covs: Array  # (K, 2, 2)


class PairStep(NamedTuple):
    """One half-step of both runs; a run that has stopped keeps its last one."""

    kind: str
    iteration: int
    kmeans: Step
    mixture: Step

    @property
    def params(self) -> PairParams:
        """The params of both runs."""
        return PairParams(self.kmeans.params.means, *self.mixture.params)


class DataSet(NamedTuple):
    """Points, the groups they were drawn from, and starts by name: the first is used at first."""

    x: Array  # (N, 2)
    labels: np.ndarray  # (N,)
    starts: dict[str, GaussianParams]


class PairStepper(Player):
    """Step K-means and a Gaussian mixture with full covariances together, from the same means.

    x is (N, 2) and `labels` (N,) are the groups that it was drawn from. A start is GaussianParams
    or just the means (K, 2); then the weights are equal and every covariance is that of the data.
    `start` may be a dict of starts by name. `sets` maps names to further data sets, each
    `(x, labels, start)`; `name` is then what the first set is called. `features` names the two
    columns of x. Raises what `em` raises for bad input.
    """

    view, engine = "pair", "pair"

    def __init__(
        self,
        x: Any,
        labels: Any,
        start: Any,
        sets: dict[str, tuple[Any, Any, Any]] | None = None,
        name: str = "data",
        features: tuple[str, str] = ("x₁", "x₂"),
    ) -> None:
        if name in (sets or {}):
            raise ValueError(f"sets holds a data set called {name!r} too: pass another name")
        every = {name: (x, labels, start)} | (sets or {})
        self._sets = {key: data_set(*one) for key, one in every.items()}
        self._first = self._data = name
        problem = {
            "sets": {key: as_json(one) for key, one in self._sets.items()},
            "presets": [
                {"name": text, "start": params_as_json(one), **({"data": key} if sets else {})}
                for key, data in self._sets.items()
                for text, one in data.starts.items()
                if text
            ],
            "choices": {"data": list(every)} if sets else {},
            "floor": RIGHT.floor,
            "features": list(features),
            "code": CODE,
        }
        options = {"data": name} if sets else {}
        super().__init__(first_start(self._sets[name]), options, problem)

    def _chosen(self) -> DataSet:
        return self._sets[self.options.get("data", self._first)]

    def _checked(self, start: Any) -> GaussianParams:
        return RIGHT.check(self._chosen().x, start)[1]

    def _compute(self, change: Any = None) -> None:
        data = self.options.get("data", self._first)
        if data != self._data:  # another data set begins with a start of its own
            self._data = data
            if change["name"] == "options":
                self.start = first_start(self._chosen())  # computes in its turn
                return
        super()._compute(change)

    def _run(self) -> list[PairStep]:
        return side_by_side(self._chosen().x, self.start)

    def _trace(self) -> list[dict[str, Any]]:
        return []  # the screen has an engine of its own

    def _figure(self) -> Figure:
        with plt.rc_context(plots.STYLE | {"svg.fonttype": "none"}):
            figure, axes = plt.subplots(2, 2, figsize=(7, 6.4))
            for row, step in zip(axes, (self._steps[1], self._steps[-1]), strict=True):
                self._draw(step, row)
        return figure

    def _draw(self, step: PairStep, axes: Any) -> None:
        x = self._chosen().x
        limits, features = plots_2d.window(x), self.problem["features"]
        runs = {"K-means": step.kmeans, "Gaussian mixture": step.mixture}
        for ax, (name, one) in zip(axes, runs.items(), strict=True):
            plots_2d.mixture_2d(one, x, ax, features, limits)
            ax.set_title(f"{name}, iteration {one.iteration}", fontsize=10)

    def __repr__(self) -> str:
        last, labels = self._steps[-1], self._chosen().labels
        left, right = (
            f"{adjusted_rand(labels, one.posterior.argmax(axis=1)):.3f} after {one.iteration}"
            for one in (last.kmeans, last.mixture)
        )
        return (
            f"PairStepper: adjusted Rand index of K-means {left} iterations, "
            f"of the Gaussian mixture {right}"
        )


def side_by_side(x: Any, start: GaussianParams) -> list[PairStep]:
    """Return the half-steps of both models from the same means."""
    left = list(em(LEFT, x, KMeansParams(start.means), max_iter=MAX_ITER))
    right = list(em(RIGHT, x, start, max_iter=MAX_ITER))
    both = [(one or left[-1], other or right[-1]) for one, other in zip_longest(left, right)]
    longer = max(left, right, key=len)
    return [PairStep(now.kind, now.iteration, *pair) for now, pair in zip(longer, both)]


def data_set(x: Any, labels: Any, start: Any) -> DataSet:
    """Return clean data with starts by name; raise an error that names what is wrong."""
    x = as_data(x)
    need_shape("labels", np.asarray(labels), len(x))
    if isinstance(start, dict) and not start:
        raise ValueError("start is an empty dict: pass at least one start by name")
    starts = start if isinstance(start, dict) else {"": start}
    return DataSet(x, np.asarray(labels), {key: as_start(x, one) for key, one in starts.items()})


def as_start(x: Array, start: Any) -> GaussianParams:
    """Return a start of the mixture from its means alone, or as it is."""
    if not isinstance(start, GaussianParams):
        means = as_numbers("start", start)
        size = len(np.atleast_1d(means))
        whole = RIGHT.m_step(x, np.ones((len(x), 1))).covs
        start = GaussianParams(np.full(size, 1 / size), means, np.repeat(whole, size, axis=0))
    need_plane(x, start, RIGHT)
    return RIGHT.check(x, start)[1]


def first_start(data: DataSet) -> GaussianParams:
    """Return the start that a data set begins with."""
    return next(iter(data.starts.values()))


def as_json(data: DataSet) -> dict[str, Any]:
    """Return a data set for the page, its labels as whole numbers."""
    return {
        "x": data.x.tolist(),
        "labels": as_labels("labels", data.labels).tolist(),
        "range": plots_2d.window(data.x, *(start.means for start in data.starts.values())),
        "start": params_as_json(first_start(data)),
    }
