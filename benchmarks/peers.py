"""Other libraries, each started where `emlib` starts and stopped after as many iterations."""

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.optimize import minimize
from sklearn import cluster, linear_model, mixture
from sklearn.exceptions import ConvergenceWarning

from benchmarks.outcome import Outcome

SHORT = {"diagonal": "diag"}  # where scikit-learn's name is another
HAS_HMMLEARN, HAS_STATSMODELS = (
    find_spec(name) is not None for name in ("hmmlearn", "statsmodels")
)


def sklearn_gaussians(
    x: np.ndarray, start: Any, iterations: int, covariance: str = "full", tol: float = 0.0
) -> Outcome:
    """scikit-learn's GaussianMixture without its regularisation; it starts from precisions."""
    points = x.reshape(len(x), -1)
    k, d = len(start.weights), points.shape[1]
    covs = np.reshape(start.covs, (k, d, d))
    kind = SHORT.get(covariance, covariance)
    variances = covs.diagonal(axis1=1, axis2=2)
    precisions = {
        "full": lambda: np.linalg.inv(covs),
        "tied": lambda: np.linalg.inv(covs[0]),
        "diag": lambda: 1 / variances,
        "spherical": lambda: 1 / variances[:, 0],
    }[kind]()
    model = mixture.GaussianMixture(
        k, covariance_type=kind, tol=tol, reg_covar=0, max_iter=iterations, n_init=1,
        weights_init=start.weights, means_init=np.reshape(start.means, (k, d)),
        precisions_init=precisions,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the iterations are meant to be few
        model.fit(points)
    found = model.covariances_
    if kind == "tied":
        found = np.broadcast_to(found, (k, d, d))
    if kind in ("diag", "spherical"):
        found = np.reshape(found, (k, -1, 1)) * np.eye(d)
    values = {
        "weights": model.weights_,
        "means": model.means_.reshape(np.shape(start.means)),
        "covs": np.reshape(found, np.shape(start.covs)),
        "log-likelihood": model.lower_bound_ * len(x),
    }
    return Outcome(values, model.n_iter_)


def sklearn_kmeans(x: np.ndarray, start: Any, iterations: int, algorithm: str = "lloyd") -> Outcome:
    """scikit-learn's KMeans; it may stop earlier, when no label changes any more."""
    model = cluster.KMeans(
        len(start.means), init=start.means, n_init=1, tol=0, max_iter=iterations,
        algorithm=algorithm,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x)
    return Outcome({"means": model.cluster_centers_}, model.n_iter_)


def scipy_kmeans(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """SciPy's kmeans2."""
    means, _ = kmeans2(x, start.means, iter=iterations, minit="matrix", missing="raise")
    return Outcome({"means": means}, iterations)


def hmmlearn_chain(
    x: np.ndarray, start: Any, iterations: int, implementation: str = "scaling"
) -> Outcome:
    """hmmlearn's CategoricalHMM, in C++; "log" is its default."""
    from hmmlearn.hmm import CategoricalHMM

    k, symbols = start.emissions.shape
    model = CategoricalHMM(
        k, n_iter=iterations, tol=-np.inf, init_params="", implementation=implementation,
        n_features=symbols,
    )  # fmt: skip
    model.startprob_, model.transmat_, model.emissionprob_ = start
    model.fit(x[:, None])
    values = {
        "starts": model.startprob_,
        "transitions": model.transmat_,
        "emissions": model.emissionprob_,
        "log-likelihood": model.monitor_.history[-1],
    }
    return Outcome(values, model.monitor_.iter)


def sklearn_logistic(x: np.ndarray, y: np.ndarray, solver: str = "lbfgs") -> Outcome:
    """scikit-learn's LogisticRegression without penalty."""
    model = linear_model.LogisticRegression(C=np.inf, solver=solver, tol=1e-8, max_iter=1000)
    model.fit(x, y)
    return Outcome({"intercept": model.intercept_[0], "slopes": model.coef_[0]})


def scipy_logistic(x: np.ndarray, y: np.ndarray) -> Outcome:
    """SciPy's BFGS on the mean negative log-likelihood, with its gradient."""
    columns, signs = np.column_stack([np.ones(len(x)), x]), 2 * y - 1

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        margins = signs * (columns @ beta)
        slopes = -signs / (1 + np.exp(margins)) / len(x)
        return float(np.logaddexp(0, -margins).mean()), columns.T @ slopes

    zero = np.zeros(columns.shape[1])
    beta = minimize(loss, zero, jac=True, method="BFGS", options={"gtol": 1e-7}).x
    return Outcome({"intercept": beta[0], "slopes": beta[1:]})


def statsmodels_logistic(x: np.ndarray, y: np.ndarray) -> Outcome:
    """statsmodels' Logit, by Newton's method."""
    from statsmodels.api import Logit, add_constant

    beta = Logit(y, add_constant(x)).fit(method="newton", tol=1e-8, disp=0).params
    return Outcome({"intercept": beta[0], "slopes": beta[1:]})
