"""The widget about Gaussian mixtures in the plane."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from emlib import plots, plots_2d
from emlib.checks import Array
from emlib.core import Step
from emlib.covariance import CONSTRAINTS, GaussianParams, as_matrices, as_points, lift
from emlib.gaussian import GaussianMixture
from emlib.mixture import Repeated
from emlib.trace import params_as_json
from emlib.widgets.player import named_starts
from emlib.widgets.stepper import Stepper

ITERATIONS = (0, 1, 5, 20)  # shown on paper


class PlaneStepper(Stepper):
    """Step through a mixture in the plane, and change its means, its points and its model.

    x is (N, 2); `sets` maps names to other data, each `(x, start)` or `(x, start, features)`, where
    `features` names the two axes. Points changed on the screen arrive in `x`. A model of your own
    needs params with `means` (K, 2). `presets` maps names to other starts. Raises what `em` raises,
    and ValueError for what is no plane.
    """

    view, engine, ported = "plane", "plane", GaussianMixture

    def __init__(
        self,
        x: Any,
        start: Any,
        model: Any = GaussianMixture(),  # noqa: B008 (it is immutable)
        presets: dict[str, Any] | None = None,
        sets: dict[str, Any] | None = None,
        features: tuple[str, str] = ("x₁", "x₂"),
    ) -> None:
        need_plane(x, start, model)
        self._given = start, presets or {}, sets or {}, features
        self._computed: tuple[Any, ...] = (None, None, None)
        super().__init__(x, start, model, presets)
        self.observe(self._compute, "problem")

    @property
    def x(self) -> Array:
        """The points on the screen, (N, 2)."""
        return np.array(self.problem["x"]) if "x" in self.problem else self._x

    @x.setter
    def x(self, points: Any) -> None:
        need_plane(points, self.start, self._model)
        points, start = self.model.check(points, self.start)
        window = plots_2d.window(points, start.means)
        self.problem = self.problem | {"x": points.tolist(), "range": window}

    def _checked(self, start: Any) -> Any:
        return self.model.check(self.x, start)[1]

    def _compute(self, change: Any = None) -> None:
        now = self.problem, self.options, self.start
        if all(one is before for one, before in zip(now, self._computed, strict=True)):
            return  # traits that changed together are one change
        self._x = self.x
        fitting = fitted(self.model, self._x, self.start) if self._ported() else self.start
        if fitting is not self.start:
            self.start = fitting  # computes in its turn
            return
        self._computed = now
        super()._compute(change)

    def _trace(self) -> list[dict[str, Any]]:
        return [] if self._engine() else super()._trace()  # the screen has an engine of its own

    def _switches(self) -> dict[str, Any]:
        known = {"covariance": self._base().covariance} if self._ported() else {}
        return known | super()._switches()

    def _known(self) -> dict[str, Any]:
        start, presets, sets, features = self._given
        given = self._data(self._x, start, features, presets)
        own = {"sets": self._sets(given, sets)} | {
            name: given[name] for name in ("range", "features")
        }
        if self._ported():
            own |= {"floor": self._base().floor, "choices": {"covariance": list(CONSTRAINTS)}}
        return super()._known() | own

    def _sets(self, given: dict[str, Any], sets: dict[str, Any]) -> list[dict[str, Any]]:
        """Return all data that the screen offers; those given come first if they have no name."""
        features = given["features"]
        others = {
            name: self._data(x, start, *(more or [features]))
            for name, (x, start, *more) in sets.items()
        }
        same = [name for name, one in others.items() if one["x"] == given["x"]]
        named = {name: given if name in same[:1] else one for name, one in others.items()}
        return [{"name": n} | one for n, one in (named if same else {"": given} | named).items()]

    def _data(self, x: Any, start: Any, features: Any, presets: Any = None) -> dict[str, Any]:
        need_plane(x, start, self._model)
        x, start = self._model.check(x, start)
        presets = {name: self._model.check(x, one)[1] for name, one in (presets or {}).items()}
        means = [one.means for one in (start, *presets.values())]
        return {
            "x": x.tolist(),
            "start": params_as_json(start),
            "range": plots_2d.window(x, *means),
            "features": list(features),
            "presets": named_starts(presets),
        }

    def _figure(self) -> Any:
        return plots.stills(self._steps, self._draw, ITERATIONS, height=6.4)

    def _draw(self, step: Step, ax: Axes) -> None:
        limits, features = self.problem["range"], self.problem["features"]
        plots_2d.mixture_2d(step, self._x, ax, features, limits)


def need_plane(x: Any, start: Any, model: Any) -> None:
    """Raise ValueError unless the widget can draw these data, start and model."""
    if np.ndim(x) != 2 or np.shape(x)[1] != 2:
        raise ValueError(f"x has shape {np.shape(x)}: this widget draws the plane, (N, 2)")
    means: Any = getattr(start, "means", None)
    shape = np.shape(means)
    if len(shape) != 2 or shape[1] != 2:
        raise ValueError(
            f"start.means has shape {shape}: this widget draws means in the plane, (K, 2)"
        )
    if shape[0] > len(plots_2d.MARKERS):
        raise ValueError(f"start has {shape[0]} components: this widget draws at most 6")
    if isinstance(model, Repeated):
        raise ValueError("model is Repeated: this widget draws every observation as one point")
    if type(model) is GaussianMixture and model.floor == 0:
        raise ValueError("model.floor is 0: a start that a reader tries may collapse; pass 1e-9")


def fitted(model: GaussianMixture, x: Array, start: GaussianParams) -> GaussianParams:
    """Return a start whose covariances are of the model's type and above its floor.

    A start that fits comes back as it is.
    """
    weights, _, covs = as_matrices(start)
    nearest = CONSTRAINTS[model.covariance](covs, weights)
    nearest = lift(nearest, model.unit(as_points(x)), model.floor)
    fits = np.allclose(covs, nearest, rtol=1e-9, atol=0)
    return start if fits else start._replace(covs=nearest)
