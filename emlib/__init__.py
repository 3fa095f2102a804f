"""EM, one half-step at a time: a small module for learning the EM algorithm.

Sizes are N observations, K components, D features. Every algorithm here is a sequence of
immutable `Step`s; tables, plots and widgets only read them, and `fit` makes the same moves
without keeping them.
"""

from emlib.baum_welch import HiddenMarkovParams
from emlib.coins import CoinMixture, CoinParams
from emlib.core import Model, Step, ascend, em
from emlib.covariance import GaussianParams
from emlib.fitting import best_of, fit
from emlib.gaussian import GaussianMixture
from emlib.hmm import HiddenMarkov
from emlib.kmeans import KMeans, KMeansParams
from emlib.linear import Linear
from emlib.mixture import Mixture, Repeated
from emlib.rates import convergence_rate
from emlib.result import Fit
from emlib.starting import starts
from emlib.trace import trace

__version__ = "0.1.0"

__all__ = [
    "CoinMixture",
    "CoinParams",
    "Fit",
    "GaussianMixture",
    "GaussianParams",
    "HiddenMarkov",
    "HiddenMarkovParams",
    "KMeans",
    "KMeansParams",
    "Linear",
    "Mixture",
    "Model",
    "Repeated",
    "Step",
    "ascend",
    "best_of",
    "convergence_rate",
    "em",
    "fit",
    "starts",
    "trace",
]
