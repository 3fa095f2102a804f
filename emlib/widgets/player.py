"""The Python half of every widget: half-steps on a screen, alive in JupyterLab and in the page."""

import inspect
from collections.abc import Sequence
from typing import Any, ClassVar

import anywidget
import traitlets

from emlib import plots
from emlib.trace import params_as_json
from emlib.widgets import bundle, page


class Player(anywidget.AnyWidget):
    """Move along half-steps; `start`, `options` and `position` follow the screen and lead it."""

    _esm = bundle.as_module()
    _css = bundle.read("style.css")
    view = ""  # the picture that the JavaScript half draws
    engine: str | None = None  # what computes the half-steps where there is no Python

    problem = traitlets.Dict().tag(sync=True)  # the data, presets, source code
    options = traitlets.Dict().tag(sync=True)  # switches (true or false) and knobs (numbers)
    position = traitlets.Int(0).tag(sync=True)  # index of the half-step on the screen
    steps: traitlets.List[Any] = traitlets.List().tag(sync=True)  # the trace, for the screen
    start = traitlets.Any().tag(
        sync=True,
        to_json=lambda value, widget: params_as_json(value),
        from_json=lambda value, widget: widget._kind(**value),
    )
    params = traitlets.Any()  # of the half-step on the screen
    _steps: Sequence[Any] = ()
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls, **options: Any) -> None:
        """Show the arguments of a widget to whoever asks; traitlets would show any number."""
        super().__init_subclass__(**options)
        whole = inspect.signature(cls.__init__)
        others = list(whole.parameters.values())[1:]  # all but self
        cls.__signature__ = inspect.Signature(others)

    def __init__(
        self,
        start: Any,
        options: dict[str, Any],
        problem: dict[str, Any],
        presets: dict[str, Any] | None = None,
    ) -> None:
        self._kind: Any = type(start)
        presets = {name: self._checked(one) for name, one in (presets or {}).items()}
        named = named_starts(presets)
        problem = {"view": self.view, "engine": self._engine(), "presets": named} | problem
        super().__init__(start=start, options=options, problem=problem)
        self._compute()
        self.observe(self._compute, ["start", "options"])
        self.observe(self._show, "position")

    @property
    def step(self) -> Any:
        """The half-step on the screen."""
        return self._steps[self.position]

    @traitlets.validate("start")
    def _check_start(self, proposal: Any) -> Any:
        return self._checked(proposal["value"])

    @traitlets.validate("position")
    def _check_position(self, proposal: Any) -> int:
        return min(max(proposal["value"], 0), len(self._steps) - 1) if self._steps else 0

    def _compute(self, change: Any = None) -> None:
        self._steps = self._run()
        self.steps = self._trace()
        self.position = min(self.position, len(self._steps) - 1)
        self._show()

    def _show(self, change: Any = None) -> None:
        self.params = self.step.params

    def _engine(self) -> str | None:
        return self.engine

    def _checked(self, start: Any) -> Any:
        """Return a clean start; raise an error that names what is wrong."""
        raise NotImplementedError

    def _run(self) -> Sequence[Any]:
        """Return the half-steps from `start` with `options`."""
        raise NotImplementedError

    def _record(self, step: Any) -> dict[str, Any]:
        """Return one half-step for the screen."""
        raise NotImplementedError

    def _trace(self) -> list[dict[str, Any]]:
        """Return all half-steps for the screen."""
        return [self._record(step) for step in self._steps]

    def _draw(self, step: Any, ax: Any) -> None:
        """Draw one half-step for paper."""
        raise NotImplementedError

    def _figure(self) -> Any:
        return plots.stills(self._steps, self._draw)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Return three forms: alive in JupyterLab, alive in a static page, and plain text."""
        live = super()._repr_mimebundle_(**kwargs)
        state = {
            "problem": self.problem,
            "options": self.options,
            "start": params_as_json(self.start),
            "position": self.position,
            "steps": [] if self._engine() else self.steps,
        }
        html = page.static_html(state, self._figure(), repr(self))
        return {**(live[0] if live else {}), "text/html": html, "text/plain": repr(self)}


def named_starts(presets: dict[str, Any]) -> list[dict[str, Any]]:
    """Return starts by name, ready for JSON."""
    return [{"name": name, "start": params_as_json(one)} for name, one in presets.items()]
