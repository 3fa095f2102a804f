"""The widgets about one unknown number: the bound below the log-likelihood, and the surface F."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from emlib import plots_scalar
from emlib.checks import Array, as_numbers, frozen, need_shape
from emlib.core import Step
from emlib.scalar import (
    OneMean,
    TossParams,
    TwoTosses,
    bounds,
    log_likelihoods,
    number_of,
    with_number,
)
from emlib.trace import finite
from emlib.widgets.stepper import Stepper

POINTS = 121  # of a curve that Python sends to the screen


class NumberStepper(Stepper):
    """What both widgets share: one number on an axis `between`, and a q before the first E-step."""

    def __init__(
        self, x: Any, start: Any, model: Any, between: Any, presets: dict[str, Any] | None
    ) -> None:
        self._between = as_numbers("between", between)
        need_shape("between", self._between, 2)
        if self._between[0] >= self._between[1]:
            raise ValueError(f"between is {between}: pass (lowest, highest)")
        super().__init__(x, start, model, presets)
        if self._ported():  # the screen lets the reader go there
            for end in self._between:
                self._checked(with_number(self.start, end))
        if not hasattr(self.start, "_fields"):  # params that are a bare number
            self._kind = lambda params: np.asarray(params, dtype=float)

    def _checked(self, start: Any) -> Any:
        start = super()._checked(start)
        low, high = self._between
        if not low <= number_of(start) <= high:
            raise ValueError(
                f"start is {number_of(start):g}: the picture shows {low:g} to {high:g}; "
                "pass between=(lowest, highest)"
            )
        with np.errstate(all="ignore"):  # the sentence below says it better
            possible = np.isfinite(self._model.log_joint(self._x, start)).all()
        if not possible:
            raise ValueError(f"θ = {number_of(start):g} makes a component impossible: move it")
        return start

    def _known(self) -> dict[str, Any]:
        return super()._known() | {"between": self._between.tolist()}

    def _run(self) -> list[Step]:
        first, *others = super()._run()
        q = self._first_posterior()
        bound = self.model.elbo(self._x, q, first.params)
        return [first._replace(posterior=frozen(q), elbo=bound), *others]

    def _ported(self) -> bool:
        return type(self._model) is self.ported  # repeated values are left to Python

    def _first_posterior(self) -> Array:
        """Return the responsibilities before the first E-step, (N, K)."""
        raise NotImplementedError

    def _record(self, step: Step) -> dict[str, Any]:
        record = super()._record(step)
        if step.kind == "start":
            record["posterior"] = step.posterior.tolist()
        return record if self._ported() else record | self._curves(step)

    def _curves(self, step: Step) -> dict[str, Any]:
        """Return what the screen cannot work out for a reader's own model."""
        raise NotImplementedError


class BoundStepper(NumberStepper):
    """Climb the bound of a mixture with one unknown number; before the first E-step q is even.

    `x` (N,), `start` and `model` are what `emlib.em` takes; `presets` maps names to other starts.
    `between` are the ends of the axis of θ; None takes the range of x and half as much on both
    sides. For a model of your own Python works out every curve. Raises what `em` raises, and
    ValueError for a start outside of the picture or params that hold more than one number.
    """

    view, engine, ported = "bound", "bound", OneMean

    def __init__(
        self,
        x: Any,
        start: Any,
        model: Any = OneMean(),  # noqa: B008 (it is immutable)
        between: tuple[float, float] | None = None,
        presets: dict[str, Any] | None = None,
    ) -> None:
        if between is None:
            low, high = np.min(as_numbers("x", x)), np.max(x)
            between = low - (high - low) / 2, high + (high - low) / 2
        super().__init__(x, start, model, between, presets)

    def _known(self) -> dict[str, Any]:
        return super()._known() | (vars(self._base()) if self._ported() else {})

    def _first_posterior(self) -> Array:
        shape = self._model.log_joint(self._x, self.start).shape
        return np.full(shape, 1 / shape[1])

    def _curves(self, step: Step) -> dict[str, Any]:
        if step.kind == "M":
            return {}
        grid = np.linspace(self._between[0], self._between[1], POINTS)
        with np.errstate(all="ignore"):  # θ may leave the model's range
            bound = bounds(self.model, self._x, step.posterior, step.params, grid)
            if step.kind == "E":
                return {"bound": finite(bound)}
            curve = log_likelihoods(self.model, self._x, step.params, grid)
        return {"bound": finite(bound), "curve": finite(curve)}

    def _draw(self, step: Step, ax: Axes) -> None:
        plots_scalar.bound(step, self._x, self.model, self._between, ax)


class SurfaceStepper(NumberStepper):
    """Walk on F(q, θ) of one observation and two components, from your own `q` (of the first).

    The default model's observation is "H, T": one head in two tosses, x (1,). `between` are the
    ends of the axis of θ, `presets` maps names to other starts. Raises what `em` raises, and
    ValueError for q outside of 0 to 1, more observations or components, and a start outside of the
    picture.
    """

    view, engine, ported = "surface", "surface", TwoTosses

    def __init__(
        self,
        start: Any = TossParams(0.4),  # noqa: B008 (it is immutable)
        q: float = 0.5,
        model: Any = TwoTosses(),  # noqa: B008 (it is immutable)
        x: Any = (1.0,),
        between: tuple[float, float] = (0.05, 0.95),
        presets: dict[str, Any] | None = None,
    ) -> None:
        self._q = as_numbers("q", q).item()
        if not 0 <= self._q <= 1:
            raise ValueError(f"q is {q!r}: it is a probability, from 0 to 1")
        super().__init__(x, start, model, between, presets)

    def _checked(self, start: Any) -> Any:
        start = super()._checked(start)
        shape = self._model.log_joint(self._x, start).shape
        if shape != (1, 2):
            raise ValueError(
                f"log_joint has shape {shape}: this widget draws one observation, two components"
            )
        return start

    def _switches(self) -> dict[str, Any]:
        return super()._switches() | {"q": self._q}

    def _known(self) -> dict[str, Any]:
        return super()._known() | {"ranges": {"q": [0, 1, 0.01]}}

    def _first_posterior(self) -> Array:
        return np.array([[self.options["q"], 1 - self.options["q"]]])

    def _curves(self, step: Step) -> dict[str, Any]:
        own = {"log_joint": finite(self.model.log_joint(self._x, step.params))}
        if step.kind != "start":
            return own
        grid = np.linspace(self._between[0], self._between[1], POINTS)
        with np.errstate(all="ignore"):  # θ may leave the model's range
            along = [self.model.log_joint(self._x, with_number(self.start, one)) for one in grid]
        return own | {"along": finite(np.concatenate(along).T)}

    def _figure(self) -> Figure:
        return plots_scalar.surface_and_stack(self._steps, self._x, self.model, self._between)
