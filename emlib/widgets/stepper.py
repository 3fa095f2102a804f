"""Widgets that step through E and M, for any model that `emlib.em` runs."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from emlib.core import Step, em
from emlib.mixture import Repeated, complete
from emlib.trace import as_json
from emlib.widgets import page
from emlib.widgets.player import Player

MAX_ITER = 500  # nobody steps further; the JavaScript half stops at the same place


class Stepper(Player):
    """Step through E and M.

    `x`, `start` and `model` are what `emlib.em` takes. `presets` maps names to other starts.
    Raises what `em` raises for bad input.
    """

    ported: type | None = None  # the JavaScript engine is for models of exactly this class

    def __init__(
        self, x: Any, start: Any, model: Any, presets: dict[str, Any] | None = None
    ) -> None:
        self._model = complete(model)
        self._x, start = self._model.check(x, start)
        problem = {"x": self._x.tolist(), "code": page.sources(self._base())}
        super().__init__(start, self._switches(), problem | self._known(), presets)

    @property
    def model(self) -> Any:
        """The model with the switches as they stand on the screen."""
        own = ("hard", "covariance")  # options of the same name as a field
        changes = {name: value for name, value in self.options.items() if name in own}
        if "known" in self.options:
            changes["weights"] = self.start.weights if self.options["known"] else None
        base = replace(self._base(), **changes) if changes else self._base()
        return Repeated(base, self._model.times) if isinstance(self._model, Repeated) else base

    def _checked(self, start: Any) -> Any:
        return self._model.check(self._x, start)[1]

    def _run(self) -> list[Step]:
        return list(em(self.model, self._x, self.start, max_iter=MAX_ITER))

    def _record(self, step: Step) -> dict[str, Any]:
        own = not self._ported()  # for a ported model the screen fills the ledger in by itself
        return as_json(self._model, self._x, step, with_table=own)

    def _base(self) -> Any:
        return self._model.model if isinstance(self._model, Repeated) else self._model

    def _ported(self) -> bool:
        return type(self._base()) is self.ported

    def _engine(self) -> str | None:
        return self.engine if self._ported() else None

    def _switches(self) -> dict[str, Any]:
        base = self._base()
        names = {field.name for field in fields(base)} if is_dataclass(base) else set()
        return {"hard": base.hard} if "hard" in names else {}

    def _known(self) -> dict[str, Any]:
        """Return what else the picture needs to know."""
        return {"times": self._model.times.tolist()} if isinstance(self._model, Repeated) else {}

    def __repr__(self) -> str:
        last = self._steps[-1]
        return (
            f"{type(self).__name__}: {last.iteration} iterations from log-likelihood "
            f"{self._steps[0].log_likelihood:.6g} to {last.log_likelihood:.6g}"
        )
