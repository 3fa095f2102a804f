"""The widget about splitting a dish between two plates."""

from typing import Any

from matplotlib.axes import Axes

from emlib import plots
from emlib.core import Step
from emlib.dishes import Plates, adjust, observe, split
from emlib.widgets import page
from emlib.widgets.player import Player

MAX_ITER = 60  # rounds; the JavaScript half stops at the same place
CODE = [{"kind": "observe", "source": page.source(observe)},
        {"kind": "adjust", "source": page.source(adjust)}]  # fmt: skip


class DishStepper(Player):
    """Step through looking and levelling; `share` of the difference is moved in every round.

    Raises what `emlib.dishes.split` raises for bad input.
    """

    view, engine = "dish", "dish"

    def __init__(self, start: Plates, share: float = 0.25) -> None:
        start = next(split(start, share)).params
        problem = {"code": CODE, "ranges": {"moved": [0.05, 1.1, 0.05]}}
        super().__init__(start, {"moved": share}, problem)

    def _checked(self, start: Any) -> Any:
        return next(split(start)).params

    def _run(self) -> list[Step]:
        return list(split(self.start, self.options["moved"], max_iter=MAX_ITER))

    def _record(self, step: Step) -> dict[str, Any]:
        seen = None if step.posterior is None else float(step.posterior)
        return {
            "kind": step.kind,
            "iteration": step.iteration,
            "params": {"amounts": step.params.amounts.tolist()},
            "posterior": seen,
            "log_likelihood": step.log_likelihood,
            "elbo": None,
        }

    def _draw(self, step: Step, ax: Axes) -> None:
        plots.plates(step, ax)

    def __repr__(self) -> str:
        last = self._steps[-1]
        left, right = last.params.amounts
        return f"DishStepper: {left:.6g} g and {right:.6g} g after {last.iteration} rounds"
