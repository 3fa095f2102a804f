"""Consume the half-steps: run EM to the end and say honestly how it ended."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from emlib.checks import named, need_range
from emlib.core import Model, Step, em
from emlib.mixture import Mixture, complete

EXPLANATIONS = {
    "converged": "no half-step lifts the bound any more; another start may end higher",
    "max_iter": "stopped by max_iter before the bound settled: raise max_iter",
    "saddle": "not a maximum: after a small push the bound rises again; start elsewhere",
    "flat": "other params fit exactly as well: the data do not identify them",
    "degenerate": "not a usable estimate:",
    "fell": "the bound fell, which EM cannot do: check e_step, m_step and log_joint",
}


@dataclass(frozen=True)
class Fit:
    """How a run of EM ended; print it for a table."""

    params: Any
    posterior: Any
    log_likelihood: float  # nats, at `params`
    path: np.ndarray  # (iterations + 1,) log-likelihood at the start and after each M-step
    bounds: np.ndarray  # (iterations,) ELBO after each M-step
    status: str  # a key of EXPLANATIONS
    problems: tuple[str, ...] = ()  # one sentence per degenerate component
    rate: float = np.nan  # error left after one more iteration; above 1 at a saddle

    @property
    def iterations(self) -> int:
        """Number of full iterations (one E-step and one M-step each)."""
        return len(self.bounds)

    @property
    def converged(self) -> bool:
        """True only for a maximum that the data identify."""
        return self.status == "converged"

    def __repr__(self) -> str:
        """Return the status in words, the log-likelihood and a table of params."""
        lines = [f"{self.status} after {self.iterations} iterations", EXPLANATIONS[self.status]]
        lines += [*self.problems, f"log-likelihood {self.log_likelihood:.6g}"]
        return "\n".join([*lines, *table(self.params)])


def fit(model: Model, x: Any, start: Any, *, max_iter: int = 1000, tol: float = 1e-10) -> Fit:
    """Run `em` to its stop and return a `Fit` whose `status` says what kind of point it reached.

    A saddle, a flat ridge and a degenerate component are never called "converged". `tol` and the
    errors raised are those of `em`.
    """
    last, path, bounds, fall = _follow(em(model, x, start, max_iter=max_iter, tol=tol), len(x))
    model = complete(model)
    x, _ = model.check(x, start)
    problems = model.problems(x, last.params, last.posterior)
    if problems and fall:
        problems += (f"the bound fell by {fall:.2g} on the way: rounding errors, or a wrong step",)
    settled = len(bounds) < max_iter
    rate = convergence_rate(model, x, last.params) if settled and not problems else np.nan
    status = _status(fall, problems, settled, rate)
    answer = last.params, last.posterior, last.log_likelihood
    return Fit(*answer, np.array(path), np.array(bounds), status, problems, rate)


def _follow(steps: Iterator[Step], size: int) -> tuple[Step, list, list, float]:
    """Return the last step, the log-likelihoods, the bounds and the deepest fall of a bound."""
    path, bounds, previous, fall = [], [], -np.inf, 0.0
    for step in steps:
        rounding = 64 * np.finfo(float).eps * max(size, abs(previous))
        if step.elbo < previous - rounding:
            fall = max(fall, previous - step.elbo)
        previous = step.elbo
        if step.kind != "E":
            path.append(step.log_likelihood)
        if step.kind == "M":
            bounds.append(step.elbo)
    return step, path, bounds, fall


def _status(fall: float, problems: tuple, settled: bool, rate: float) -> str:
    if problems:
        return "degenerate"
    if fall:
        return "fell"
    if not settled:
        return "max_iter"
    if rate > 1 + 1e-4:
        return "saddle"
    return "converged" if rate < 1 - 1e-4 else "flat"  # the rate itself is known to some 1e-5


def best_of(model: Model, x: Any, starts: Iterable[Any], **options: Any) -> Fit:
    """Fit from every start and return the highest bound, degenerate fits last.

    Without hard assignments the bound is the log-likelihood, up to `tol`. `options` go to `fit`.
    Raises ValueError without a start.
    """
    fits = [fit(model, x, start, **options) for start in starts]
    if not fits:
        raise ValueError("starts is empty: pass at least one start")
    return max(fits, key=lambda one: (one.status not in ("degenerate", "fell"), one.bounds[-1]))


def convergence_rate(model: Model, x: Any, params: Any, *, max_iter: int = 200) -> float:
    """Return the factor by which one EM iteration shrinks a small error near a fixed point.

    Below 1 the point attracts and the rate is the fraction of missing information (Dempster, Laird
    & Rubin 1977, section 3); 1 means a flat ridge, above 1 a saddle. A power iteration on the
    E∘M map of the responsibilities, so it feels neither the units of x nor of the parameters.
    Returns 0 for hard assignments, which cannot move a little, and for a single component. Raises
    ValueError at an empty component.
    """
    need_range("max_iter", max_iter, int, 1)
    model = complete(model)
    x, params = model.check(x, params)
    here = model.e_step(x, params)
    if getattr(model, "hard", False) or not isinstance(here, np.ndarray) or here.shape[1] == 1:
        return 0.0
    if isinstance(model, Mixture) and len(model.empty(here)):
        raise ValueError(f"component {model.empty(here)[0]} is empty: there is no rate")
    push = np.random.default_rng(0).dirichlet(np.ones(here.shape[1]), len(here)) - here
    moved = model.e_step(x, model.m_step(x, here))
    rate, small = np.nan, 1e-5 * np.linalg.norm(here)
    for _ in range(max_iter):
        pushed = (here + push * small / np.linalg.norm(push)).clip(0)
        pushed /= pushed.sum(axis=1, keepdims=True)
        push = model.e_step(x, model.m_step(x, pushed)) - moved
        before, rate = rate, np.linalg.norm(push) / np.linalg.norm(pushed - here)
        if rate < 1e-9 or abs(rate - before) < 1e-8:
            break
    return float(rate)


def table(params: Any) -> list[str]:
    """Return the lines of a plain table of params, one row per component, 6 significant digits."""
    columns = {}
    for name, value in named(params):
        rows = np.atleast_1d(np.asarray(value, dtype=float))
        for index in np.ndindex(rows.shape[1:]):
            label = name + (f"[{', '.join(map(str, index))}]" if index else "")
            columns[label] = [f"{number:.6g}" for number in rows[(slice(None), *index)].reshape(-1)]
    rows = [
        ["component", *columns],
        *([str(k), *row] for k, row in enumerate(zip_longest(*columns.values(), fillvalue=""))),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
