"""Widgets that move along half-steps: alive in JupyterLab and in the static book."""

from emlib.widgets.coins import BasinMap, CoinStepper
from emlib.widgets.dishes import DishStepper
from emlib.widgets.gaussian import GaussianStepper
from emlib.widgets.likelihood import LikelihoodExplorer
from emlib.widgets.limit import LimitStepper
from emlib.widgets.logistic import LogisticStepper
from emlib.widgets.pair import PairStepper
from emlib.widgets.plane import PlaneStepper
from emlib.widgets.scalar import BoundStepper, SurfaceStepper

__all__ = [
    "BasinMap",
    "BoundStepper",
    "CoinStepper",
    "DishStepper",
    "GaussianStepper",
    "LikelihoodExplorer",
    "LimitStepper",
    "LogisticStepper",
    "PairStepper",
    "PlaneStepper",
    "SurfaceStepper",
]
