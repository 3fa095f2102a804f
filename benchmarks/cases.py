"""The cases: which data, how many iterations, who takes part, how much work it is."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import emlib
from benchmarks import limits, ours, peers, problems, r_peers, textbook
from benchmarks.limits import Work
from benchmarks.outcome import Contender

LATER = "emlib has no {} yet"


class Problem(NamedTuple):
    """One case, ready to run; the first contender is emlib."""

    contenders: dict[str, Contender]
    work: Work | None  # of one run; None: not known beforehand
    absent: tuple[str, ...] = ()  # one reason for each peer that cannot take part


class Case(NamedTuple):
    """One row of the table."""

    title: str
    build: Callable[[float], Problem]  # from the share of its full size
    per: str = "iteration"  # or "fit": what the milliseconds are for
    tolerance: float = 1e-9  # how far the values may differ, relative to the largest
    skip: str = ""  # why the case cannot run yet


def scaled(n: int, share: float, least: int = 200) -> int:
    """Return a number of observations that is not too few for its problem."""
    return max(round(n * share), least)


def with_r(
    contenders: dict[str, Contender], work: Work, package: str, name: str, *task: Any
) -> Problem:
    """Return the problem with a peer in R, `make(*rest)`, where its package is installed."""
    reason = r_peers.missing(package)
    if reason:
        return Problem(contenders, work, (reason,))
    make, *rest = task
    return Problem(contenders | {name: make(*rest)}, work)


def gaussians(x: np.ndarray, start: Any, iterations: int, covariance: str = "full") -> Problem:
    """A mixture of Gaussians beside scikit-learn, mclust and a textbook."""
    task = (x, start, iterations)
    model = emlib.GaussianMixture(covariance)
    contenders = {
        "emlib": partial(ours.mixture, model, *task),
        "scikit-learn": partial(peers.sklearn_gaussians, *task, covariance),
    }
    if covariance == "full":
        contenders["textbook"] = partial(textbook.gaussians, *task)
    size = limits.gaussians if covariance == "full" else limits.simpler_gaussians
    work = size(len(x), len(start.weights), x.size // len(x)).times(iterations)
    return with_r(contenders, work, "mclust", "mclust", r_peers.mclust, *task, covariance)


def clusters(n: int, *sizes: Any, iterations: int, kind: str = "full") -> Case:
    """A case of Gaussian clusters; `sizes` are K, D and the gap between the centres."""
    k, d, gap = sizes
    far = f", {gap} sd apart" if gap > 5 else ""
    return Case(
        f"{d}-D, K={k}, {n:,}, {kind}{far}",
        lambda share: gaussians(
            *problems.clusters(scaled(n, share, 10 * k * d), *sizes, kind), iterations, kind
        ),
    )


def kmeans(n: int, k: int, d: int, iterations: int) -> Case:
    """K-means beside scikit-learn (twice), SciPy, R and a textbook."""

    def build(share: float) -> Problem:
        task = (*problems.centres(scaled(n, share, 20 * k), k, d), iterations)
        contenders = {
            "emlib": partial(ours.kmeans, *task),
            "scikit-learn": partial(peers.sklearn_kmeans, *task),
            "scikit-learn elkan": partial(peers.sklearn_kmeans, *task, "elkan"),
            "SciPy kmeans2": partial(peers.scipy_kmeans, *task),
            "textbook": partial(textbook.kmeans, *task),
        }
        work = limits.kmeans(len(task[0]), len(task[1].means), d).times(iterations)
        return with_r(contenders, work, "stats", "R kmeans", r_peers.kmeans, *task)

    return Case(f"K-means, d={d}, K={k}, {n:,}", build)


def coins(title: str, make: Callable[[float], tuple[Any, Any]], iterations: int) -> Case:
    """Two coins beside mixtools and a textbook."""

    def build(share: float) -> Problem:
        task = (*make(share), iterations)
        contenders = {
            "emlib": partial(ours.mixture, emlib.CoinMixture(10), *task),
            "textbook": partial(textbook.coins, *task),
        }
        # Equal counts can be merged: the data are read once, then only small calls are left.
        work = Work(calls=12).times(iterations)._replace(bytes=8.0 * len(task[0]))
        if len(task[0]) > 10_000:
            return Problem(contenders, work)  # mixtools would take minutes
        return with_r(contenders, work, "mixtools", "mixtools", r_peers.mixtools, *task, 10)

    return Case(title, build)


def chain(n: int, k: int, iterations: int) -> Case:
    """Baum–Welch beside hmmlearn (twice) and a textbook."""

    def build(share: float) -> Problem:
        task = (*problems.chain(scaled(n, share), k), iterations)
        work = limits.chain(len(task[0]), k).times(iterations)
        contenders = {"emlib": partial(ours.chain, *task)}
        if peers.HAS_HMMLEARN:
            contenders["hmmlearn scaling"] = partial(peers.hmmlearn_chain, *task)
            contenders["hmmlearn log"] = partial(peers.hmmlearn_chain, *task, "log")
        contenders["textbook"] = partial(textbook.chain, *task)
        absent = () if peers.HAS_HMMLEARN else ("hmmlearn: not installed",)
        return Problem(contenders, work, absent)

    skip = "" if ours.HAS_HMM else LATER.format("hmm")
    return Case(f"HMM, K={k}, T={n:,}, 6 symbols", build, skip=skip)


def logistic(n: int, d: int) -> Case:
    """Logistic regression beside scikit-learn (twice), SciPy, statsmodels and R."""

    def build(share: float) -> Problem:
        task = problems.labels(scaled(n, share), d)
        contenders = {
            "emlib": partial(ours.logistic, *task),
            "scikit-learn lbfgs": partial(peers.sklearn_logistic, *task),
            "scikit-learn newton": partial(peers.sklearn_logistic, *task, "newton-cholesky"),
            "SciPy BFGS": partial(peers.scipy_logistic, *task),
        }
        if peers.HAS_STATSMODELS:
            contenders["statsmodels"] = partial(peers.statsmodels_logistic, *task)
        work = limits.logistic(len(task[0]), d)
        ready = with_r(contenders, work, "stats", "R glm.fit", r_peers.glm, *task)
        absent = () if peers.HAS_STATSMODELS else ("statsmodels: not installed",)
        return ready._replace(absent=ready.absent + absent)

    skip = "" if ours.HAS_LOGISTIC else LATER.format("LogisticRegression.fit")
    return Case(f"logistic regression, n={n:,}, d={d}", build, "fit", 1e-4, skip)


def to_the_end(share: float, **options: Any) -> Problem:
    """The 110,000 points until nothing moves; the rules to stop are the same, in other words."""
    x, start = problems.seed_example(scaled(110_000, share))
    model, tol = emlib.GaussianMixture(), 1e-13  # 1e-10 leaves an error of 1e-4
    per_point = abs(emlib.fit(model, x, start, max_iter=3, tol=0).log_likelihood) / len(x)
    contenders = {
        "emlib": partial(ours.whole, model, x, start, tol, **options),
        "scikit-learn": partial(peers.sklearn_gaussians, x, start, 100_000, tol=tol * per_point),
    }
    return Problem(contenders, None)


def seed_example(share: float) -> Problem:
    """The 110,000 points."""
    return gaussians(*problems.seed_example(scaled(110_000, share)), 20)


CASES = {
    "a": Case("1-D, K=2, 110,000 (chapter 5)", seed_example),
    "b": clusters(100_000, 5, 2, 3, iterations=10),
    "c": clusters(50_000, 10, 16, 4, iterations=5),
    "c2": clusters(50_000, 10, 16, 20, iterations=5),
    "d": Case("2-D, K=2, 272 (Old Faithful)", lambda _: gaussians(*problems.old_faithful(), 15)),
    "diagonal": clusters(100_000, 5, 2, 3, iterations=10, kind="diagonal"),
    "tied": clusters(100_000, 5, 2, 3, iterations=10, kind="tied"),
    "spherical": clusters(100_000, 5, 2, 3, iterations=10, kind="spherical"),
    "e1": kmeans(100_000, 5, 2, 10),
    "e2": kmeans(50_000, 50, 16, 5),
    "f5": coins("two coins, 5 groups", lambda _: problems.five_groups(), 30),
    "f1m": coins("two coins, 1,000,000 groups", lambda s: problems.coins(scaled(10**6, s)), 20),
    "g": chain(10_000, 3, 10),
    "h": logistic(100_000, 10),
    "h0": logistic(200, 2),
    "plain": Case("as a, to convergence", to_the_end, "fit", 1e-4),
    "anderson": Case(
        "as a, accelerated",
        partial(to_the_end, accelerate=True),
        "fit",
        1e-4,
        "" if ours.HAS_ACCELERATION else LATER.format("fit(accelerate=True)"),
    ),
}
