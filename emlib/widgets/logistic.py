"""The widget about logistic regression by gradient ascent and by Newton's method."""

from typing import Any

import numpy as np

from emlib import plots_likelihood
from emlib.core import Step, ascend
from emlib.logistic import LogisticParams, LogisticRegression
from emlib.trace import as_json
from emlib.widgets import page
from emlib.widgets.player import Player

MAX_ITER = 500  # nobody steps further; the JavaScript half stops at the same place
RATES = (0.001, 0.01, 0.03, 0.05, 0.08, 0.09, 0.1, 0.2, 0.5)
METHODS = ("gradient", "newton")


class LogisticStepper(Player):
    """Step up the log-likelihood of a logistic regression, by gradient or by Newton's method.

    `x` (N,) is one feature, `y` (N,) its labels 0 or 1; `method` is "gradient", with the learning
    rate `rate`, or "newton". With a `ridge` the objective of `LogisticRegression` stands for the
    log-likelihood. `presets` maps names to other starts. Raises what `LogisticRegression` raises,
    and ValueError for another method, for x with several columns and for x that never varies.
    """

    view = engine = "logistic"

    def __init__(
        self,
        x: Any,
        y: Any,
        start: LogisticParams,
        method: str = "gradient",
        rate: float = 0.05,
        ridge: float = 0.0,
        presets: dict[str, Any] | None = None,
    ) -> None:
        self._model = LogisticRegression(x, y, ridge)
        x, y = self._model.x, self._model.y
        if x.ndim != 1:
            raise ValueError(f"x has shape {x.shape}: this widget draws one feature, (N,)")
        if np.ptp(x) == 0:
            raise ValueError(f"x is always {x[0]:g}: pass at least two different values")
        if method not in METHODS:
            raise ValueError(f"method is {method!r}: pass one of {', '.join(METHODS)}")
        self._model.gradient_step(rate)  # raises an error for a bad rate
        problem = {
            "x": x.tolist(),
            "y": y.tolist(),
            "ridge": float(ridge),
            "maximum": self._has_maximum(),
            "stops": {"rate": sorted({*RATES, float(rate)})},
            "code": self._code(),
        }
        options = {"newton": method == "newton", "rate": float(rate)}
        super().__init__(self._checked(start), options, problem, presets)

    def _checked(self, start: LogisticParams) -> LogisticParams:
        return self._model.check(start)

    def _run(self) -> list[Step]:
        model = self._model
        steps: list[Step] = []
        gradient_step = model.gradient_step(self.options["rate"])
        update = model.newton_step if self.options["newton"] else gradient_step
        try:
            steps.extend(ascend(model.objective, update, self.start, max_iter=MAX_ITER))
        except ValueError:  # Newton has run into a plain; the screen says that it cannot go on
            return steps
        return steps

    def _record(self, step: Step) -> dict[str, Any]:
        return as_json(self._model, self._model.x, step, with_table=False)

    def _has_maximum(self) -> bool:
        """Return whether the objective has a maximum: not where the labels can be parted."""
        held = self._model.ridge > 0 and np.ptp(self._model.y) > 0
        return bool(held or not self._model.separable())

    def _code(self) -> list[dict[str, Any]]:
        model = self._model
        by_method: dict[bool, list[Any]] = {
            False: [model.gradient, model.gradient_step],
            True: [model.gradient, model.information, model.newton_step],
        }
        return [
            {"kind": "update", "source": page.source(method), "when": {"newton": newton}}
            for newton, methods in by_method.items()
            for method in methods
        ]

    def _figure(self) -> Any:
        return plots_likelihood.regression(self._model, self._steps)

    def __repr__(self) -> str:
        first, last = self._steps[0], self._steps[-1]
        # Ten decimals first: what rounding leaves of 0 differs from machine to machine.
        intercept, slope = (round(float(value), 10) + 0.0 for value in last.params)
        return (
            f"LogisticStepper: {last.iteration} steps from log-likelihood "
            f"{first.log_likelihood:.6g} to {last.log_likelihood:.6g}, at intercept "
            f"{intercept:.6g}, slope {slope:.6g}"
        )
