"""Take turns: every contender once per round, ratios within a round, medians over rounds."""

import math
import time
from statistics import median, quantiles
from typing import NamedTuple

from benchmarks import limits
from benchmarks.cases import Case
from benchmarks.outcome import Contender, Outcome, PeerFailed, need_same

TURN = 0.02  # seconds a turn lasts at least: short runs are repeated


class Comparison(NamedTuple):
    """What one case has shown; every ratio is time of emlib over time of the other."""

    milliseconds: float  # of emlib, per iteration or per fit
    ratios: dict[str, float]  # by peer, the closest first
    to_limit: float  # NaN where the work is not known beforehand
    gap: float  # largest relative difference of the values
    spread: float  # half the distance of the quartiles of the ratios, relative; the worst peer's
    rounds: int
    absent: tuple[str, ...]
    iterations: dict[str, int]


def turn(contender: Contender, repeats: int = 1) -> tuple[float, Outcome]:
    """Return the seconds of one run, the mean over `repeats`, and what it found."""
    spent = 0.0
    for _ in range(repeats):
        begin = time.perf_counter()
        outcome = contender()
        elapsed = time.perf_counter() - begin
        spent += elapsed if outcome.seconds is None else outcome.seconds
    return spent / repeats, outcome


def spread(values: list[float]) -> float:
    """Return half the distance between the quartiles, relative to the median."""
    if len(values) < 2:
        return 0.0
    low, _, high = quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / median(values)


def compare(case: Case, share: float, rounds: int, patience: float) -> Comparison:
    """Run a case for `rounds` rounds, or for at least three and `patience` seconds.

    Raises Disagreement when two contenders reach different numbers.
    """
    problem = case.build(share)
    first, absent = {}, list(problem.absent)
    for name, contender in problem.contenders.items():
        try:
            first[name] = turn(contender)  # warms up, too
        except PeerFailed as reason:
            absent.append(str(reason))
    gaps = need_same({name: outcome for name, (_, outcome) in first.items()}, case.tolerance)
    repeats = {name: max(1, math.ceil(TURN / seconds)) for name, (seconds, _) in first.items()}
    times: dict[str, list[float]] = {name: [] for name in first}
    floor: list[float] = []
    names, begin = list(first), time.perf_counter()
    while len(floor) < rounds:
        if len(floor) >= 3 and time.perf_counter() - begin > patience:
            break
        names.append(names.pop(0))  # nobody always follows the same one
        for name in names:
            seconds, outcome = turn(problem.contenders[name], repeats[name])
            times[name].append(seconds / (outcome.iterations if case.per == "iteration" else 1))
        pieces = first["emlib"][1].iterations if case.per == "iteration" else 1
        least = limits.seconds(problem.work, limits.measure()) if problem.work else math.nan
        floor.append(least / pieces)
    ours = times.pop("emlib")
    within = {
        name: [mine / theirs for mine, theirs in zip(ours, other)] for name, other in times.items()
    }
    ratios = {name: median(values) for name, values in within.items()}
    return Comparison(
        1e3 * median(ours),
        dict(sorted(ratios.items(), key=lambda item: -item[1])),
        median(mine / least for mine, least in zip(ours, floor)),
        max(gaps.values()),
        max((spread(values) for values in within.values()), default=0.0),
        len(floor),
        tuple(absent),
        {name: outcome.iterations for name, (_, outcome) in first.items()},
    )
