"""Run EM to the end and say honestly how it ended."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from emlib.checks import Array, frozen, need_range
from emlib.core import Model, quiet
from emlib.mixture import Mixture, complete
from emlib.passes import Iteration, Passes
from emlib.rates import rate_of
from emlib.result import Fit
from emlib.runs import Job, accelerated, follow, job_of, plain, stepped, with_bar

MEMORY = 2**26  # bytes of a memory map that a `Fit` copies, to work its posterior out later


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
        else:
            way: Callable[..., Any] = accelerated if accelerate and not whole.hard else plain
            run = way(job, job.inner(start), max_iter, tol)
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
