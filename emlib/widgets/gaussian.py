"""The widget about Gaussian mixtures in one dimension."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from emlib import plots
from emlib.core import Step
from emlib.gaussian import GaussianMixture
from emlib.mixture import Repeated
from emlib.widgets.stepper import Stepper


class GaussianStepper(Stepper):
    """Step through a one-dimensional Gaussian mixture; `times` counts repeated values of x (N,).

    `x`, `start` and `model` are what `emlib.em` takes; `presets` maps names to other starts. Raises
    what `em` raises, and ValueError for x of several dimensions.
    """

    view, engine, ported = "gaussian", "gaussian", GaussianMixture

    def __init__(
        self,
        x: Any,
        start: Any,
        model: Any = GaussianMixture(),  # noqa: B008 (it is immutable)
        times: Any = None,
        presets: dict[str, Any] | None = None,
    ) -> None:
        if np.ndim(x) != 1:
            raise ValueError(f"x has shape {np.shape(x)}: this widget draws one dimension, (N,)")
        super().__init__(x, start, model if times is None else Repeated(model, times), presets)

    def _known(self) -> dict[str, Any]:
        base = self._base()
        own = {"covariance": base.covariance, "floor": base.floor} if self._ported() else {}
        return super()._known() | own

    def _draw(self, step: Step, ax: Axes) -> None:
        plots.mixture_1d(step, self._x, getattr(self._model, "times", None), ax)
