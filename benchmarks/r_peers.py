"""Peers in R, where it is installed: one Rscript for all turns, which times itself."""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.outcome import Outcome, PeerFailed

# mclust's names: in one dimension each its own variance (V); else volume, shape, orientation.
MCLUST = {"full": "VVV", "tied": "EEE", "diagonal": "VVI", "spherical": "VII"}


@cache
def server() -> subprocess.Popen[str] | None:
    """Return a running Rscript, or None where there is none."""
    program = shutil.which("Rscript")
    if program is None:
        return None
    script = Path(__file__).with_suffix(".R")
    process = subprocess.Popen(
        [program, "--vanilla", str(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    atexit.register(process.communicate)  # closes its input, which ends it
    return process


def ask(method: str, what: str, iterations: int = 0) -> list[float]:
    """Send a request to R and return its answer; raise PeerFailed with what R says instead."""
    process = server()
    assert process is not None and process.stdin is not None and process.stdout is not None
    print(method, what, iterations, sep="\t", file=process.stdin, flush=True)
    answer = process.stdout.readline().strip()
    if not answer or answer.startswith("error"):
        raise PeerFailed(f"R, {method}: {answer or 'it has ended'}")
    return [float(number) for number in answer.split()]


@cache
def missing(package: str) -> str:
    """Return why a package of R cannot take part, or an empty string."""
    if server() is None:
        return f"{package}: Rscript is not installed"
    return "" if ask("has", package)[-1] else f"{package}: the R package is not installed"


VERSIONS = """
cat("R ", R.version$major, ".", R.version$minor, "\\n", sep = "")
for (name in c("mclust", "mixtools")) {
  if (nzchar(system.file(package = name))) cat(name, format(packageVersion(name)), "\\n")
}
"""


def versions() -> list[str]:
    """Return the versions of R and of the packages that take part."""
    program = shutil.which("Rscript")
    if program is None:
        return ["no R"]
    command = [program, "--vanilla", "-e", VERSIONS]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.strip() for line in found.splitlines()]


@cache
def scratch() -> Path:
    """Return a folder that is removed at the end."""
    folder = tempfile.TemporaryDirectory(prefix="emlib-benchmark-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def files(model: str = "", **arrays: Any) -> str:
    """Write arrays where R finds them and return the folder."""
    folder = Path(tempfile.mkdtemp(dir=scratch()))
    (folder / "model").write_text(model + "\n", encoding="utf-8")
    for name, array in arrays.items():
        np.ascontiguousarray(array, dtype=float).tofile(folder / name)
    return str(folder)


def contender(
    method: str, folder: str, iterations: int, shapes: dict[str, tuple[int, ...]]
) -> Callable[[], Outcome]:
    """Return a contender that asks R and cuts its answer into arrays of these shapes."""
    ends = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes.values()])

    def turn() -> Outcome:
        seconds, done, *numbers = ask(method, folder, iterations)
        cuts = [numbers[a:b] for a, b in pairwise(ends)]
        values = {name: np.reshape(cut, shape) for cut, (name, shape) in zip(cuts, shapes.items())}
        return Outcome(values, int(done), seconds)

    return turn


def mclust(x: np.ndarray, start: Any, iterations: int, covariance: str) -> Callable[[], Outcome]:
    """mclust's em, in Fortran."""
    k, d = len(start.weights), np.size(x) // len(x)
    kind = "V" if x.ndim == 1 else MCLUST[covariance]
    folder = files(kind, sizes=(len(x), k, d), x=x, **start._asdict())
    shapes = {name: np.shape(part) for name, part in start._asdict().items()}
    return contender("mixture", folder, iterations, shapes | {"log-likelihood after": ()})


def kmeans(x: np.ndarray, start: Any, iterations: int) -> Callable[[], Outcome]:
    """Lloyd's algorithm in C, from R's own stats."""
    folder = files(sizes=(len(x), *np.shape(start.means)), x=x, means=start.means)
    return contender("kmeans", folder, iterations, {"means": np.shape(start.means)})


def mixtools(x: np.ndarray, start: Any, iterations: int, tosses: int) -> Callable[[], Outcome]:
    """mixtools' multmixEM."""
    folder = files(x=x, tosses=[tosses], **start._asdict())
    shapes = {name: np.shape(part) for name, part in start._asdict().items()}
    return contender("coins", folder, iterations, shapes | {"log-likelihood": ()})


def glm(x: np.ndarray, y: np.ndarray) -> Callable[[], Outcome]:
    """glm.fit from R's own stats."""
    folder = files(sizes=(len(x), 0, x.shape[1]), x=x, y=y)
    return contender("logistic", folder, 0, {"intercept": (), "slopes": (x.shape[1],)})
