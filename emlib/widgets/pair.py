"""The widget in which K-means and a mixture of Gaussians step side by side."""

from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from emlib import clouds
from emlib.agreement import adjusted_rand
from emlib.checks import need_shape
from emlib.core import Step, em
from emlib.gaussian import GaussianMixture, GaussianParams, KMeans, KMeansParams
from emlib.trace import params_as_json
from emlib.widgets import page
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

    centres: np.ndarray  # (K, 2), the means of K-means
    weights: np.ndarray  # (K,), of the mixture, as are
    means: np.ndarray  # (K, 2), and
    covs: np.ndarray  # (K, 2, 2)


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

    x: np.ndarray  # (N, 2)
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
                self.start = first_start(self._chosen())
        super()._compute(change)

    def _run(self) -> list[PairStep]:
        return list(side_by_side(self._chosen().x, self.start))

    def _record(self, step: PairStep) -> dict:
        record = {
            "kind": step.kind,
            "iteration": step.iteration,
            "iterations": [step.kmeans.iteration, step.mixture.iteration],
            "params": params_as_json(step.params),
            "log_likelihood": step.mixture.log_likelihood,
            "elbo": None if step.kind == "start" else step.mixture.elbo,
        }
        if step.kind == "E":
            shares = [step.kmeans.posterior, step.mixture.posterior]
            record["posterior"] = np.hstack(shares).tolist()
        return record

    def _figure(self) -> Figure:
        shown = [self._steps[1], self._steps[-1]]
        return clouds.pairs(shown, self._chosen().x)

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
    x = np.asarray(x, dtype=float)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"x has shape {x.shape}: this widget draws two features, (N, 2)")
    need_shape("labels", np.asarray(labels), len(x))
    starts = start if isinstance(start, dict) else {"": start}
    return DataSet(x, np.asarray(labels), {key: as_start(x, one) for key, one in starts.items()})


def as_start(x: np.ndarray, start: Any) -> GaussianParams:
    """Return a start of the mixture from its means alone, or as it is."""
    if not isinstance(start, GaussianParams):
        means = np.asarray(start, dtype=float)
        size = len(means)
        whole = RIGHT.m_step(x, np.ones((len(x), 1))).covs
        start = GaussianParams(np.full(size, 1 / size), means, np.repeat(whole, size, axis=0))
    return RIGHT.check(x, start)[1]


def first_start(data: DataSet) -> GaussianParams:
    """Return the start that a data set begins with."""
    return next(iter(data.starts.values()))


def as_json(data: DataSet) -> dict:
    """Return a data set for the page, its labels as whole numbers."""
    return {
        "x": data.x.tolist(),
        "labels": np.unique(data.labels, return_inverse=True)[1].tolist(),
        "start": params_as_json(first_start(data)),
    }
