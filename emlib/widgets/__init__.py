"""Widgets that step through E and M: alive in JupyterLab and in the static book."""

from emlib.widgets.coins import BasinMap, CoinStepper
from emlib.widgets.gaussian import GaussianStepper

__all__ = ["BasinMap", "CoinStepper", "GaussianStepper"]
