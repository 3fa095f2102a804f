"""The widget about maximum likelihood with one parameter or two."""

from typing import Any

from emlib import plots_likelihood
from emlib.core import Step
from emlib.likelihood import Bag, Normal, climb, uphill
from emlib.trace import as_json
from emlib.widgets import page
from emlib.widgets.player import Player

NAMES = {Bag: "bag", Normal: "normal"}  # what the page calls the models it has a port of


class LikelihoodExplorer(Player):
    """Slide a parameter along its log-likelihood, release it, and step up from there.

    `x`, `start` and `model` are what `emlib.likelihood.climb` takes: for a `Bag` the number of
    black balls among its draws (or one per round, (N,)) and `BagParams(black)`; for `Normal` a
    sample (N,) and `NormalParams(mean, sd)`. `presets` maps names to other starts. Raises what
    `climb` raises, and TypeError for another model.
    """

    view = engine = "likelihood"

    def __init__(
        self,
        x: Any,
        start: Any,
        model: Bag | Normal = Bag(),  # noqa: B008 (it is immutable)
        presets: dict[str, Any] | None = None,
    ) -> None:
        if type(model) not in NAMES:
            raise TypeError(f"model is {model!r}: this widget draws Bag(draws) and Normal()")
        self._model = model
        self._x, _ = model.check(x, start)
        methods = [model.log_density, model.score, model.information, uphill]
        problem = {
            "model": NAMES[type(model)],
            "x": self._x.tolist(),
            "draws": getattr(model, "draws", 1),
            "code": [{"kind": "update", "source": page.source(method)} for method in methods],
        }
        super().__init__(self._checked(start), {}, problem, presets)

    def _checked(self, start: Any) -> Any:
        return next(climb(self._model, self._x, start)).params

    def _run(self) -> list[Step]:
        return list(climb(self._model, self._x, self.start))

    def _record(self, step: Step) -> dict[str, Any]:
        return as_json(self._model, self._x, step, with_table=False)

    def _figure(self) -> Any:
        return plots_likelihood.explorer(self._model, self._x, self._steps)

    def __repr__(self) -> str:
        last = self._steps[-1]
        values = ", ".join(f"{name} {value:.6g}" for name, value in last.params._asdict().items())
        return (
            f"LikelihoodExplorer: {last.iteration} steps from log-likelihood "
            f"{self._steps[0].log_likelihood:.6g} to {last.log_likelihood:.6g}, at {values}"
        )
