"""`emlib` as a contender, through nothing but its public functions."""

import inspect
from importlib.util import find_spec
from typing import Any

import numpy as np

import emlib
from benchmarks.outcome import Disagreement, Outcome
from emlib.logistic import LogisticRegression

HAS_HMM = find_spec("emlib.hmm") is not None
HAS_LOGISTIC = hasattr(LogisticRegression, "fit")
HAS_ACCELERATION = "accelerate" in inspect.signature(emlib.fit).parameters


def mixture(model: Any, x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """Run `fit` for exactly so many iterations of any model with a path."""
    found = emlib.fit(model, x, start, max_iter=iterations, tol=0)
    values = found.params._asdict() | likelihoods(found)
    return Outcome(values, found.iterations)


def likelihoods(found: emlib.Fit) -> dict[str, float]:
    """Return what the last E-step saw, and the end: most peers know only one of them."""
    return {"log-likelihood": found.path[-2], "log-likelihood after": found.path[-1]}


def kmeans(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """Run K-means; peers know nothing of its log-likelihood."""
    found = emlib.fit(emlib.KMeans(), x, start, max_iter=iterations, tol=0)
    return Outcome(found.params._asdict(), found.iterations)


def whole(model: Any, x: np.ndarray, start: Any, tol: float, **options: Any) -> Outcome:
    """Run a whole fit; raise Disagreement unless it says that it has converged."""
    found = emlib.fit(model, x, start, tol=tol, max_iter=100_000, **options)
    if not found.converged:
        raise Disagreement(f"emlib ended with {found.status!r}, which is not 'converged'")
    return Outcome(found.params._asdict(), found.iterations)


def chain(x: np.ndarray, start: Any, iterations: int) -> Outcome:
    """Baum–Welch for categorical emissions."""
    from emlib import hmm

    model = hmm.HiddenMarkov(start.emissions.shape[1])
    found = emlib.fit(model, x, hmm.HiddenMarkovParams(*start), max_iter=iterations, tol=0)
    values = dict(zip(("starts", "transitions", "emissions"), found.params))
    return Outcome(values | likelihoods(found), found.iterations)


def logistic(x: np.ndarray, y: np.ndarray) -> Outcome:
    """Logistic regression by maximum likelihood; checking the data counts."""
    found = LogisticRegression(x, y).fit()
    params = getattr(found, "params", found)
    return Outcome({"intercept": params.intercept, "slopes": params.slopes})
