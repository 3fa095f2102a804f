"""Run EM to the end and say honestly how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np

from emlib.checks import Array, frozen, named, need_range
from emlib.core import Model, quiet
from emlib.mixture import Mixture, complete
from emlib.passes import Iteration, Passes
from emlib.rates import rate_of
from emlib.runs import Job, accelerated, follow, job_of, plain, stepped, with_bar

MEMORY = 2**26  # bytes of a memory map that a `Fit` copies, to work its posterior out later

EXPLANATIONS = {
    "converged": "no half-step lifts the bound any more; another start may end higher",
    "max_iter": "stopped by max_iter before the bound settled: raise max_iter",
    "interrupted": "stopped by you before the bound settled",
    "saddle": "not a maximum: after a small push the bound rises again; start elsewhere",
    "unchecked": "the bound has settled, but whether at a maximum could not be checked",
    "flat": "other params fit exactly as well: the data do not identify them",
    "degenerate": "not a usable estimate:",
    "separable": "the labels are separable: the likelihood has no maximum; use a ridge above 0",
    "fell": "the bound fell, which EM cannot do: check e_step, m_step and log_joint",
}


@dataclass(frozen=True, eq=False)  # equal only to itself
class Fit:
    """How a run ended; print it for a table. A log-likelihood includes the `log_prior`, if any."""

    params: Any
    path: Array  # (iterations + 1,) log-likelihood (hard: the bound) before each E and at the end
    bounds: Array  # (iterations,) ELBO after each M-step
    status: str  # how it ended: "converged", "saddle", …, a key of EXPLANATIONS
    problems: tuple[str, ...] = ()  # one sentence per degenerate component
    rate: float = np.nan  # share of a small error left after an iteration; NaN if not worked out
    before: tuple[Any, Any, Any] | None = field(default=None, repr=False)  # model, x, params

    @cached_property
    def log_likelihood(self) -> float:
        """Nats, at `params`; of hard assignments worked out when asked for: the bound is `path`."""
        if self.before is None or not getattr(self.before[0], "hard", False):
            return float(self.path[-1])
        model, x, _ = self.before
        whole = complete(model)
        with quiet():
            job = job_of(whole, x, self.params)
            if job is None:
                return float(whole.log_likelihood(x, self.params))
            return job.log_likelihood(job.inner(self.params))

    @property
    def posterior(self) -> Any:
        """The posterior q(z) of the last E-step, worked out when asked for; None without one."""
        if self.before is None:
            return None
        model, x, params = self.before
        with quiet():
            return frozen(complete(model).e_step(x, params))

    @property
    def iterations(self) -> int:
        """Number of full iterations: an E-step and an M-step each, or a step of Newton's method."""
        return len(self.bounds)

    @property
    def converged(self) -> bool:
        """True only for a maximum, the highest or not, that the data identify."""
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

    The numbers, the errors and the meaning of `tol` are those of `em`. Coins, Gaussians, K-means
    and your own `Linear` models are fitted block by block, without an (N, K) table, and leave a
    large `numpy.memmap` on its disk. A saddle, a flat ridge and a degenerate component are never
    called "converged". `accelerate` jumps ahead (see `emlib.runs.accelerated`), but not with hard
    assignments; it raises ValueError for a model without a `Linear` form. `progress` shows a bar;
    it raises ImportError without the package tqdm. Ctrl+C after the first iteration returns the
    fit as far as it is.
    """
    need_range("max_iter", max_iter, int, 1)
    need_range("tol", tol, float, 0)
    whole = complete(model)
    x, start = whole.check(x, start)
    with quiet():
        job = job_of(whole, x, start)
        if accelerate and not isinstance(job, Passes):
            raise ValueError("accelerate needs a model that has a Linear form: see emlib.Linear")
        if job is None:
            run = stepped(whole, x, start, max_iter, tol)
        elif isinstance(job, Passes) and accelerate and not job.model.hard:
            run = accelerated(job, job.inner(start), max_iter, tol)
        else:
            run = plain(job, job.inner(start), max_iter, tol)
        bounds, last, cut = follow(with_bar(run, max_iter) if progress else run)
        answer = judged(whole, x, job, bounds, last, "interrupted" if cut else max_iter)
    large = isinstance(x, np.memmap) and x.nbytes > MEMORY  # it stays on disk
    kept = x if large else frozen(x)  # later changes of x do not reach it
    return replace(answer, before=(model, kept, outer(job, last.before)))


def judged(
    model: Any, x: Any, job: Job | None, bounds: Array, last: Iteration, limit: int | str
) -> Fit:
    """Return the `Fit` of a run from its bounds (iterations, 2), its last iteration and its limit.

    The limit is the number of iterations allowed, or "interrupted".
    """
    params = outer(job, last.params)
    reached, problems, statistics = ending(model, x, job, last)
    path = np.append(bounds[:, 0], reached)
    size = model.size(x) if isinstance(model, Mixture) else len(x)
    fall = deepest_fall(np.append(bounds, reached), max(size, last.terms))
    if problems and fall:
        problems += (f"the bound fell by {fall:.2g} on the way: rounding errors, or a wrong step",)
    settled, rate = limit not in ("interrupted", len(bounds)), np.nan
    try:
        if settled and not problems:
            rate = rate_of(model, x, params, job, statistics)
    except KeyboardInterrupt:
        settled, limit = False, "interrupted"
    status = status_of(fall, problems, settled, rate)
    status = "interrupted" if status == "max_iter" and limit == "interrupted" else status
    return Fit(params, frozen(path), frozen(bounds[:, 1]), status, problems, rate)


def outer(job: Job | None, params: Any) -> Any:
    """Return the params of x, from those that the steps of a job, if there is one, return."""
    return params if job is None else frozen(job.outer(params))


def ending(model: Any, x: Any, job: Job | None, last: Iteration) -> tuple[Any, ...]:
    """Return the bound that one more E-step reaches, the problems and the statistics."""
    params = last.params
    if job is not None:
        reached, statistics = job.reached(params, last.coefficients)
        return reached, job.problems(params, last), statistics
    reached = model.log_likelihood(x, params)
    if getattr(model, "hard", False):
        reached = model.elbo(x, model.e_step(x, params), params)
    return reached, model.problems(x, params, last.posterior), None


def deepest_fall(bounds: Array, size: float) -> float:
    """Return by how much a half-step lowered the bound at most, but 0 for mere rounding errors."""
    rounding = 64 * np.finfo(float).eps * np.maximum(np.abs(bounds[:-1]), size)
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
    if np.isnan(rate):
        return "unchecked"
    if rate > 1 + 1e-4:
        return "saddle"
    return "converged" if rate < 1 - 1e-4 else "flat"  # the rate itself is known to some 1e-5


def best_of(model: Model, x: Any, starts: Iterable[Any], **options: Any) -> Fit:
    """Fit from every start and return the fit with the highest bound, of equals the first.

    Fits that are degenerate or fell count only if there are no others. Without hard assignments
    the bound is the log-likelihood, up to `tol`. `starts` draws starts; `options` go to `fit`.
    Ctrl+C ends the search with the best so far. Raises ValueError without a
    start, TypeError for a single one.
    """
    if hasattr(starts, "_fields") or not isinstance(starts, Iterable):
        raise TypeError(f"starts is {starts!r}: pass a list of starts")
    best: Fit | None = None
    for start in starts:
        try:
            answer = fit(model, x, start, **options)
        except KeyboardInterrupt:
            if best is None:
                raise
            break
        best = answer if best is None or better(answer, best) else best
        if answer.status == "interrupted":
            break
    if best is None:
        raise ValueError("starts is empty: pass at least one start")
    return best


def better(one: Fit, other: Fit) -> bool:
    """Return whether `one` is sound and the other not, or else has a higher bound."""
    sound, known = (fit.status not in ("degenerate", "fell") for fit in (one, other))
    if sound != known:
        return sound
    rounding = 64 * np.finfo(float).eps * max(1, abs(other.bounds[-1]))
    return bool(one.bounds[-1] > other.bounds[-1] + rounding)


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
