"""The widgets about coins: a stepper and a map of starts."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from emlib import plots
from emlib.coins import CoinMixture, CoinParams
from emlib.core import Step, em
from emlib.widgets.stepper import Stepper


class CoinStepper(Stepper):
    """Step through a mixture of coins; x (N,) counts the heads in each group.

    `x`, `start` and `model` are what `emlib.em` takes; `presets` maps names to other starts.
    `tosses`, one number or (N,), is for a model of your own that has no field of this name. Raises
    what `em` raises.
    """

    view, engine, ported = "coins", "coins", CoinMixture

    def __init__(
        self,
        x: Any,
        start: CoinParams,
        model: Any = CoinMixture(tosses=10, weights=(0.5, 0.5)),  # noqa: B008 (it is immutable)
        presets: dict[str, Any] | None = None,
        tosses: Any = 10,
    ) -> None:
        self._tosses = getattr(model, "tosses", tosses)
        super().__init__(x, start, model, presets)

    def _switches(self) -> dict[str, Any]:
        known = {"known": self._base().weights is not None} if self._ported() else {}
        return super()._switches() | known

    def _known(self) -> dict[str, Any]:
        tosses = np.broadcast_to(self._tosses, len(self._x))
        return super()._known() | {"tosses": tosses.astype(float).tolist()}

    def _draw(self, step: Step, ax: Axes) -> None:
        plots.coin_groups(step, self._x, ax)


class BasinMap(CoinStepper):
    """See from which starts of two coins EM ends where; click one, then step from it.

    x (N,) counts the heads in each group. Raises what `em` raises.
    """

    view = "basins"

    def __init__(
        self,
        x: Any,
        start: CoinParams = CoinParams((0.5, 0.5), (0.5, 0.9)),  # noqa: B008 (it is immutable)
        model: Any = CoinMixture(tosses=10, weights=(0.5, 0.5), hard=True),  # noqa: B008
    ) -> None:
        super().__init__(x, start, model)

    def _figure(self) -> Any:
        grid = np.linspace(0.04, 0.96, 24)
        ends = [[self._end(a, b) for a in grid] for b in grid]
        return plots.basins(grid, np.array(ends), self._steps)

    def _end(self, first: float, second: float) -> float:
        start = CoinParams(self.start.weights, (first, second))
        *_, last = em(self.model, self._x, start, max_iter=60, tol=1e-6)
        starved = len(self.model.empty(last.posterior))
        return np.nan if starved else last.log_likelihood
