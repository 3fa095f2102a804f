"""Runs of EM that keep no record of every half-step: plain, accelerated, or by way of `em`."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from emlib.baum_welch import Sweeps
from emlib.checks import Array, named
from emlib.core import em
from emlib.hmm import HiddenMarkov
from emlib.mixture import Repeated
from emlib.passes import Iteration, Passes

MEMORY = 5  # iterations that an accelerated run remembers
FORMULAS = {"log_joint", "m_step", "e_step", "log_likelihood", "elbo", "empty"}
FORMULAS |= {"each_log_likelihood", "each_elbo"}


class Job(Protocol):
    """A model and its data, ready to be looked at again and again without a posterior.

    Statistics are what an E-step hands to the M-step. A job may count params in units of its own,
    see `inner`; all its other methods take and return these.
    """

    @property
    def model(self) -> Any:
        """Return the model."""

    @property
    def size(self) -> float:
        """Return how many observations there are."""

    def inner(self, params: Any) -> Any:
        """Return params of x in the units of this job."""

    def outer(self, params: Any) -> Any:
        """Return params of x, from those in the units of this job."""

    def step(self, params: Any, coefficients: Any = None) -> Iteration:
        """Return one iteration of EM from `params`."""

    def reached(self, params: Any, coefficients: Any = None) -> tuple[float, Array | None]:
        """Return the bound that an E-step reaches, and its statistics if they are exact enough."""

    def log_likelihood(self, params: Any) -> float:
        """Return log p(x | params), plus the model's log prior."""

    def problems(self, params: Any, last: Iteration) -> tuple[str, ...]:
        """Return one sentence for each way in which the last iteration is degenerate."""

    def again(self, statistics: Array) -> Array:
        """Return the statistics of an E-step after the M-step for these."""

    def unit(self, statistics: Array) -> Array:
        """Return how large a push of each statistic counts as 1."""

    def effect(self, statistics: Array, push: Array) -> float:
        """Return by how much a push, in that unit, changes a log-probability at most."""


def job_of(model: Any, x: Any, params: Any) -> Job | None:
    """Return the model and its data ready for a fast fit, or None if there is no such way."""
    if not speaks_for(model):
        return None
    if isinstance(model, HiddenMarkov):
        return Sweeps(model, x, len(params.weights))
    form, x, times = model.prepared(x)
    return Passes(form, x, times, len(form.coefficients(form.inner(params))))


def speaks_for(model: Any) -> bool:
    """Return whether a model has a quick way and no subclass has changed a formula behind it."""
    if isinstance(model, Repeated) and not speaks_for(model.model):
        return False
    quick = "expect" if isinstance(model, HiddenMarkov) else "prepared"
    for owner in map(vars, type(model).__mro__):  # the model's class, then those it is made of
        if quick in owner:
            return True
        if not FORMULAS.isdisjoint(owner):
            return False
    return False


def stepped(model: Any, x: Any, start: Any, max_iter: int, tol: float) -> Iterator[Iteration]:
    """Yield the iterations of `em`, which keeps the whole posterior: works for every model."""
    for step in em(model, x, start, max_iter=max_iter, tol=tol):
        if step.kind == "E":
            before = step
        if step.kind == "M":
            yield Iteration(before.params, before.elbo, step.elbo, step.params, step.posterior)


def plain(job: Job, start: Any, max_iter: int, tol: float) -> Iterator[Iteration]:
    """Yield the iterations of EM; stops by the same rule as `em`."""
    hard = getattr(job.model, "hard", False)
    params, coefficients, last = start, None, -np.inf
    for _ in range(max_iter):
        now = job.step(params, coefficients)
        yield now
        moved = hard and not same(now.params, params)
        if not moved and abs(now.bound - last) < tol * max(job.size, abs(now.bound)):
            return
        params, coefficients, last = now.params, now.coefficients, now.bound


def accelerated(passes: Passes, start: Any, max_iter: int, tol: float) -> Iterator[Iteration]:
    """Yield iterations that jump ahead along the way EM is going (Anderson 1965).

    One iteration of EM is a map of params, written as free `coordinates`. A jump goes where the
    last few moves would cancel, if that map were linear. A jump that lowers the bound is refused:
    EM goes on from where it was and forgets the oldest move; that counts as an iteration without
    gain. Stops when two M-steps in a row lift the bound by less than `tol` × max(N, |bound|).
    Source: Walker & Ni (2011), Algorithm AA.
    """
    params, coefficients, quiet = start, None, 0
    given: Array | None = None  # the coordinates of `params`
    last: Iteration | None = None
    pairs: list[tuple[Array, Array]] = []
    for _ in range(max_iter):
        now = passes.step(params, coefficients)
        scale = max(passes.size, abs(now.bound))
        refused = last is not None and now.reached < last.bound - 1e-13 * scale
        if last is not None and refused:
            now, pairs = last._replace(reached=last.bound), pairs[1:]
        yield now
        quiet = quiet + 1 if not refused and now.bound - now.reached < tol * scale else 0
        if quiet == 2:
            return
        last, params, coefficients = now, now.params, now.coefficients
        with np.errstate(all="ignore"):
            from_here, given = given, passes.model.coordinates(params)
            if not refused and from_here is not None:
                pairs = [*pairs, (from_here, given)][-MEMORY - 1 :]
            if not refused:
                params, coefficients, given = ahead_of(now, given, pairs, passes.model)


def ahead_of(
    now: Iteration, given: Array, pairs: list[tuple[Array, Array]], model: Any
) -> tuple[Any, Any, Array]:
    """Return params, their coefficients and coordinates after a jump; those of `now` without."""
    if len(pairs) > 1 and np.isfinite(pairs).all():
        row = jump(*(np.stack(side) for side in zip(*pairs, strict=True)))
        params = model.from_coordinates(row)
        coefficients = model.coefficients(params)
        if np.isfinite(coefficients).all():
            return params, coefficients, row
    return now.params, now.coefficients, given


def jump(before: Array, after: Array) -> Array:
    """Return the point that a linear map leaves where it is, from M points (M, P) and their images.

    Where M pairs do not fix it, it is the point at which their moves cancel as far as they can.
    """
    moves = after - before
    weights = np.linalg.lstsq(np.diff(moves, axis=0).T, moves[-1], rcond=1e-12)[0]
    return np.asarray(after[-1] - weights @ np.diff(after, axis=0))


def follow(run: Iterator[Iteration]) -> tuple[Array, Iteration, bool]:
    """Return the bounds after each E-step and each M-step, (iterations, 2), and the last iteration.

    Its `terms` are the largest of all iterations. The third value is whether you pressed Ctrl+C;
    during the first iteration that raises KeyboardInterrupt: there is nothing to return yet.
    """
    bounds: list[tuple[float, float]] = []
    terms = 0.0
    try:
        for now in run:
            terms = max(terms, now.terms)
            last = now._replace(terms=terms)
            bounds.append((now.reached, now.bound))
    except KeyboardInterrupt:
        if not bounds:
            raise
        return np.array(bounds), last, True
    return np.array(bounds), last, False


def with_bar(run: Iterator[Iteration], max_iter: int) -> Iterator[Iteration]:
    """Yield the iterations and show tqdm's bar beside them, with the bound so far."""
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs the package tqdm: pip install tqdm") from error
    with tqdm(total=max_iter, unit=" iterations", desc="EM") as bar:
        for now in run:
            bar.set_postfix_str(f"bound {now.bound:.8g}", refresh=False)
            bar.update()
            yield now


def same(params: Any, others: Any) -> bool:
    """Return whether two params hold equal numbers."""
    pairs = zip(named(params), named(others), strict=True)
    return all(np.array_equal(one, other) for (_, one), (_, other) in pairs)
