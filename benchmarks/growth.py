"""How the time of `emlib` grows when the data, the components or the features double."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

import emlib
from benchmarks import ours, problems
from benchmarks.compare import turn
from benchmarks.outcome import Contender


def gaussians(n: int, k: int, d: int) -> Contender:
    """Ten iterations of a mixture with full covariances."""
    return partial(ours.mixture, emlib.GaussianMixture(), *problems.clusters(n, k, d, 4.0), 10)


def kmeans(n: int, k: int, d: int) -> Contender:
    """Ten iterations of K-means."""
    return partial(ours.kmeans, *problems.centres(n, k, d), 10)


def coins(n: int) -> Contender:
    """Ten iterations of two coins."""
    return partial(ours.mixture, emlib.CoinMixture(10), *problems.coins(n), 10)


def chain(n: int, k: int) -> Contender:
    """Ten iterations of Baum–Welch."""
    return partial(ours.chain, *problems.chain(n, k), 10)


def logistic(n: int, d: int) -> Contender:
    """A whole logistic regression."""
    return partial(ours.logistic, *problems.labels(n, d))


FAMILIES: dict[str, tuple[Callable[..., Contender], dict[str, int]]] = {
    "mixture, full": (gaussians, {"n": 50_000, "k": 5, "d": 4}),
    "K-means": (kmeans, {"n": 50_000, "k": 8, "d": 4}),
    "coins": (coins, {"n": 500_000}),
}
if ours.HAS_HMM:
    FAMILIES["HMM"] = chain, {"n": 10_000, "k": 3}
if ours.HAS_LOGISTIC:
    FAMILIES["logistic regression"] = logistic, {"n": 50_000, "d": 8}


def doubled(family: str, share: float, rounds: int, patience: float = 10) -> dict[str, float]:
    """Return the sizes, and the time ratio for twice each: medians over rounds, all in turns."""
    make, sizes = FAMILIES[family]
    sizes = sizes | {"n": max(round(sizes["n"] * share), 400)}
    runs = {"base": make(**sizes)}
    runs |= {name: make(**sizes | {name: 2 * size}) for name, size in sizes.items()}
    for run in runs.values():
        run()
    times: list[dict[str, float]] = []
    begin = time.perf_counter()
    while len(times) < min(rounds, 3) or (
        len(times) < rounds and time.perf_counter() - begin < patience
    ):
        times.append({name: turn(run)[0] for name, run in runs.items()})
    return sizes | {
        f"2{name}": median(each[name] / each["base"] for each in times) for name in sizes
    }
