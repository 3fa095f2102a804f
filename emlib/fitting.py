"""Consume the half-steps: run EM to the end and say honestly how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np

from emlib.checks import Array, frozen, named, need_range
from emlib.core import Model
from emlib.mixture import complete
from emlib.passes import Iteration, Passes
from emlib.rates import convergence_rate, rate_of_statistics
from emlib.runs import Job, accelerated, follow, job_of, plain, stepped, with_bar

EXPLANATIONS = {
    "converged": "no half-step lifts the bound any more; another start may end higher",
    "max_iter": "stopped by max_iter before the bound settled: raise max_iter",
    "interrupted": "stopped by you before the bound settled",
    "saddle": "not a maximum: after a small push the bound rises again; start elsewhere",
    "flat": "other params fit exactly as well: the data do not identify them",
    "degenerate": "not a usable estimate:",
    "separable": "the labels are separable: the likelihood has no maximum; use a ridge above 0",
    "fell": "the bound fell, which EM cannot do: check e_step, m_step and log_joint",
}


@dataclass(frozen=True)
class Fit:
    """How a run of EM ended; print it for a table."""

    params: Any
    log_likelihood: float  # nats, at `params`
    path: Array  # (iterations + 1,) log-likelihood (hard: the bound) at the start and after each M
    bounds: Array  # (iterations,) ELBO after each M-step
    status: str  # a key of EXPLANATIONS
    problems: tuple[str, ...] = ()  # one sentence per degenerate component
    rate: float = np.nan  # error left after one more iteration; above 1 at a saddle
    before: tuple[Any, Any, Any] | None = field(default=None, repr=False)  # model, x, params

    @property
    def posterior(self) -> Any:
        """The posterior q(z) of the last E-step, worked out when it is asked for."""
        if self.before is None:
            return None
        model, x, params = self.before
        return frozen(model.e_step(x, params))

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


def fit(
    model: Model,
    x: Any,
    start: Any,
    *,
    max_iter: int = 1000,
    tol: float = 1e-10,
    accelerate: bool = False,
    progress: bool = False,
) -> Fit:
    """Run EM to its stop and return a `Fit` whose `status` says what kind of point it reached.

    The numbers are those of `em`, its errors and the meaning of `tol` as well, but a model with a
    `Linear` form is fitted block by block, without any (N, K) table; x may be a `numpy.memmap`. A
    saddle, a flat ridge and a degenerate component are never called "converged". `accelerate`
    jumps ahead (see `emlib.runs.accelerated`), `progress` shows a bar of tqdm; Ctrl+C returns the
    fit as far as it is.
    """
    need_range("max_iter", max_iter, int, 1)
    need_range("tol", tol, float, 0)
    model = complete(model)
    x, start = model.check(x, start)
    job = job_of(model, x, start)
    if job is None:
        run = stepped(model, x, start, max_iter, tol)
    elif isinstance(job, Passes) and accelerate:
        run = accelerated(job, start, len(x), max_iter, tol)
    else:
        run = plain(job, start, len(x), max_iter, tol)
    if accelerate and not isinstance(job, Passes):
        raise ValueError("accelerate needs a model that has a Linear form: see emlib.Linear")
    run = with_bar(run, max_iter) if progress else run
    return judged(model, x, job, max_iter, *follow(run))


def judged(
    model: Any, x: Any, job: Job | None, max_iter: int, bounds: Array, last: Any, cut: bool
) -> Fit:
    """Return the `Fit` of a run from its bounds (iterations, 2), its last iteration and its end."""
    reached, log_likelihood, problems, statistics = ending(model, x, job, last)
    path = np.append(bounds[:, 0], reached)
    fall = deepest_fall(np.append(bounds, reached), len(x), last)
    if problems and fall:
        problems += (f"the bound fell by {fall:.2g} on the way: rounding errors, or a wrong step",)
    settled, rate = not cut and len(bounds) < max_iter, np.nan
    if job is not None and settled and not problems and statistics is not None:
        rate = rate_of_statistics(job, statistics)
    elif settled and not problems:
        rate = convergence_rate(model, x, last.params)
    status = "interrupted" if cut and not problems else status_of(fall, problems, settled, rate)
    before = model, x, last.before
    return Fit(last.params, log_likelihood, path, bounds[:, 1], status, problems, rate, before)


def ending(model: Any, x: Any, job: Job | None, last: Iteration) -> tuple[Any, ...]:
    """Return what one more E-step reaches, the log-likelihood, the problems and the statistics."""
    params = last.params
    if job is None:
        log_likelihood = reached = model.log_likelihood(x, params)
        if getattr(model, "hard", False):
            reached = model.elbo(x, model.e_step(x, params), params)
        return reached, log_likelihood, model.problems(x, params, last.posterior), None
    reached, statistics = job.reached(params)
    log_likelihood = job.log_likelihood(params) if getattr(model, "hard", False) else reached
    return reached, log_likelihood, job.problems(params, last), statistics


def deepest_fall(bounds: Array, size: int, last: Iteration) -> float:
    """Return by how much a half-step lowered the bound at most, but 0 for mere rounding errors."""
    terms = 0.0
    if last.statistics is not None and last.coefficients is not None:
        terms = float(np.abs(last.coefficients * last.statistics).sum())
    rounding = 64 * np.finfo(float).eps * np.maximum(np.abs(bounds[:-1]), max(size, terms))
    falls = bounds[:-1] - bounds[1:]
    return float(np.max(falls[falls > rounding], initial=0.0))


def status_of(fall: float, problems: tuple[str, ...], settled: bool, rate: float) -> str:
    """Return the key of `EXPLANATIONS` that says how a run ended."""
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
    """Fit from every start and return the fit with the highest bound, of equals the first.

    Degenerate fits count only if there are no others. Without hard assignments the bound is the
    log-likelihood, up to `tol`. `emlib.starts` draws starts; `options` go to `fit`. Ctrl+C ends
    the search with the best so far. Raises ValueError without a start.
    """
    fits = []
    for start in starts:
        fits.append(fit(model, x, start, **options))
        if fits[-1].status == "interrupted":
            break
    if not fits:
        raise ValueError("starts is empty: pass at least one start")
    sound = [one for one in fits if one.status not in ("degenerate", "fell")] or fits
    best = max(one.bounds[-1] for one in sound)
    rounding = 64 * np.finfo(float).eps * max(1, abs(best))
    return next(one for one in sound if one.bounds[-1] >= best - rounding)


def table(params: Any) -> list[str]:
    """Return the lines of a plain table of params, one row per component, 6 significant digits."""
    columns = {}
    for name, value in named(params):
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
        for index in np.ndindex(numbers.shape[1:]):
            label = name + (f"[{', '.join(map(str, index))}]" if index else "")
            column = numbers[(slice(None), *index)].reshape(-1)
            columns[label] = [f"{number:.6g}" for number in column]
    rows = [
        ["component", *columns],
        *([str(k), *row] for k, row in enumerate(zip_longest(*columns.values(), fillvalue=""))),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
