"""Widgets that move along half-steps: alive in JupyterLab and in the static book."""

from emlib.widgets.coins import BasinMap, CoinStepper
from emlib.widgets.dishes import DishStepper
from emlib.widgets.gaussian import GaussianStepper
from emlib.widgets.limit import LimitStepper
from emlib.widgets.pair import PairStepper
from emlib.widgets.plane import PlaneStepper

__all__ = [
    "BasinMap",
    "CoinStepper",
    "DishStepper",
    "GaussianStepper",
    "LimitStepper",
    "PairStepper",
    "PlaneStepper",
]
