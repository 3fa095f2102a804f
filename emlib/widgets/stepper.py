"""The Python half of the widgets: it computes the half-steps and says what there is to draw."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

import anywidget
import traitlets
from matplotlib.axes import Axes

from emlib import plots
from emlib.core import Step, em
from emlib.mixture import Repeated, complete
from emlib.trace import as_json, params_as_json
from emlib.widgets import bundle, page

MAX_ITER = 500  # nobody steps further; the JavaScript half stops at the same place


class Stepper(anywidget.AnyWidget):
    """Step through E and M; `start`, `options` and `position` follow the screen and lead it.

    `x`, `start` and `model` are what `emlib.em` takes. `presets` maps names to other starts.
    Raises what `em` raises for bad input.
    """

    _esm = bundle.as_module()
    _css = bundle.read("style.css")
    view = ""  # the picture that the JavaScript half draws
    engine = ""  # the JavaScript engine for models of exactly the class `ported`
    ported: type | None = None

    problem = traitlets.Dict().tag(sync=True)  # what does not change: data, presets, source code
    options = traitlets.Dict().tag(sync=True)  # {"hard": bool, "known": bool} where they apply
    position = traitlets.Int(0).tag(sync=True)  # index of the half-step on the screen
    steps = traitlets.List().tag(sync=True)  # the trace, for the screen
    start = traitlets.Any().tag(
        sync=True,
        to_json=lambda value, widget: params_as_json(value),
        from_json=lambda value, widget: widget._kind(**value),
    )
    params = traitlets.Any()  # of the half-step on the screen

    def __init__(
        self, x: Any, start: Any, model: Any, presets: dict[str, Any] | None = None
    ) -> None:
        self._model, self._kind = complete(model), type(start)
        self._x, start = self._model.check(x, start)
        presets = {name: self._model.check(x, value)[1] for name, value in (presets or {}).items()}
        problem = {
            "view": self.view,
            "engine": self.engine if self._ported() else None,
            "x": self._x.tolist(),
            "presets": [{"name": n, "start": params_as_json(p)} for n, p in presets.items()],
            "code": page.sources(self._base()),
        }
        super().__init__(
            start=start,
            options=self._switches(),
            problem=problem | self._known(),
        )
        self._compute()
        self.observe(self._compute, ["start", "options"])
        self.observe(self._show, "position")

    @property
    def model(self) -> Any:
        """The model with the switches as they stand on the screen."""
        changes = {name: value for name, value in self.options.items() if name == "hard"}
        if "known" in self.options:
            changes["weights"] = self.start.weights if self.options["known"] else None
        base = replace(self._base(), **changes) if changes else self._base()
        return Repeated(base, self._model.times) if isinstance(self._model, Repeated) else base

    @property
    def step(self) -> Step:
        """The half-step on the screen."""
        return self._steps[self.position]

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> Any:
        return self._model.check(self._x, proposal["value"])[1]

    @traitlets.validate("position")
    def _check_position(self, proposal: Any) -> int:
        return min(max(proposal["value"], 0), len(self._steps) - 1) if self.steps else 0

    def _compute(self, change: Any = None) -> None:
        self._steps = list(em(self.model, self._x, self.start, max_iter=MAX_ITER))
        own = not self._ported()  # for a ported model the screen fills the ledger in by itself
        self.steps = [as_json(self._model, self._x, one, with_table=own) for one in self._steps]
        self.position = min(self.position, len(self.steps) - 1)
        self._show()

    def _show(self, change: Any = None) -> None:
        self.params = self.step.params

    def _base(self) -> Any:
        return self._model.model if isinstance(self._model, Repeated) else self._model

    def _ported(self) -> bool:
        return type(self._base()) is self.ported

    def _switches(self) -> dict[str, bool]:
        base = self._base()
        names = {field.name for field in fields(base)} if is_dataclass(base) else set()
        return {"hard": base.hard} if "hard" in names else {}

    def _known(self) -> dict[str, Any]:
        """Return what else the picture needs to know."""
        return {"times": self._model.times.tolist()} if isinstance(self._model, Repeated) else {}

    def _draw(self, step: Step, ax: Axes) -> None:
        raise NotImplementedError

    def _figure(self) -> Any:
        return plots.stills(self._steps, self._draw)

    def __repr__(self) -> str:
        last = self._steps[-1]
        return (
            f"{type(self).__name__}: {last.iteration} iterations from log-likelihood "
            f"{self._steps[0].log_likelihood:.6g} to {last.log_likelihood:.6g}"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return three forms: alive in JupyterLab, alive in a static page, and plain text."""
        live = super()._repr_mimebundle_(**kwargs)
        live = live[0] if isinstance(live, tuple) else live
        state = {
            "problem": self.problem,
            "options": self.options,
            "start": params_as_json(self.start),
            "position": self.position,
            "steps": [] if self._ported() else self.steps,
        }
        html = page.static_html(state, self._figure(), repr(self))
        return {**(live or {}), "text/html": html, "text/plain": repr(self)}
