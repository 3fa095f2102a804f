"""Peak memory beyond the data: how far a fresh process grows while it fits.

    python -m benchmarks.memory FILE

`FILE` holds a pickled pair of contenders, a small one to warm up and the one to judge. The figure
is what the operating system sees (the highest resident size), so it holds NumPy's arrays, C++'s
and Fortran's alike. The data are read into the process before, without temporary copies.
"""

import pickle
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

import emlib
from benchmarks import ours
from benchmarks.cases import CASES
from emlib import GaussianParams

PEERS = ("scikit-learn", "scikit-learn lbfgs", "hmmlearn scaling")
NAMES = ("a", "b", "c", "e2", "f1m", "g", "h")
HUGE = 10**7


class Peak(NamedTuple):
    """Megabytes of the data, and beyond them by contender."""

    data: float
    beyond: dict[str, float]


def highest() -> int:
    """Return the largest resident size of this process so far, in bytes.

    On Linux `ru_maxrss` begins with the size of the parent process, and `VmHWM` does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def size(run: partial) -> int:
    """Return the bytes of the data that a contender is given."""
    return sum(one.nbytes for one in run.args if isinstance(one, np.ndarray))


def measured(small: Callable, run: Callable) -> int:
    """Return by how many bytes a fresh process grows during one run."""
    with tempfile.TemporaryDirectory(prefix="emlib-benchmark-") as folder:
        file = Path(folder, "contenders")
        with file.open("wb") as stream:
            pickle.dump((small, run), stream, protocol=5)
        command = [sys.executable, "-m", "benchmarks.memory", str(file)]
        root = Path(__file__).parents[1]
        done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return int(done.stdout)


def huge(n: int, d: int) -> partial:
    """Three iterations of two components on very many points on a line or in a plane."""
    x = np.random.default_rng(0).standard_normal((n, d))
    x[::2] += 4
    start = GaussianParams(np.full(2, 0.5), np.array([[0.0], [3.0]]) + np.zeros(d), [np.eye(d)] * 2)
    if d == 1:
        x = x[:, 0]
        start = GaussianParams(start.weights, start.means[:, 0], np.ones(2))
    return partial(ours.mixture, emlib.GaussianMixture(), x, start, 3)


def rows(share: float, names: tuple[str, ...] = NAMES) -> dict[str, Callable[[], Peak]]:
    """Return what to measure, by title."""
    found: dict[str, Callable[[], Peak]] = {}
    for name in names:
        if not CASES[name].skip:
            found[f"{name}: {CASES[name].title}"] = partial(case, name, share)
    n = round(HUGE * share)
    for d in (1, 2):
        found[f"{d}-D, K=2, {n:,} points"] = partial(one_huge, n, d)
    return found


def case(name: str, share: float) -> Peak:
    """Measure a case of the main table, `emlib` and the first peer."""
    small, full = (CASES[name].build(part).contenders for part in (share / 100, share))
    peer = next((one for one in PEERS if one in full), None)
    taking_part = [one for one in ("emlib", peer) if one in full]
    beyond = {one: measured(small[one], full[one]) / 1e6 for one in taking_part}
    return Peak(size(full["emlib"]) / 1e6, beyond)


def one_huge(n: int, d: int) -> Peak:
    """Measure `emlib` alone."""
    run = huge(n, d)
    return Peak(size(run) / 1e6, {"emlib": measured(huge(1000, d), run) / 1e6})


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as opened:
        warm_up, judged = pickle.load(opened)
    warm_up()
    before = highest()
    judged()
    print(highest() - before)
