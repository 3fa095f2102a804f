"""Runs of EM without a record of every half-step: plain, accelerated, or by way of `em`."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from emlib.checks import Array, named
from emlib.core import em
from emlib.mixture import Repeated
from emlib.passes import Iteration, Passes

MEMORY = 5  # iterations that an accelerated run remembers
FORMULAS = ["log_joint", "m_step", "e_step", "log_likelihood", "elbo", "each_log_likelihood"]
FORMULAS += ["each_elbo", "empty"]


def passes_of(model: Any, x: Any, params: Any) -> Passes | None:
    """Return the model and its data as two matrix products, or None if it cannot be so written."""
    if not speaks_for(model):
        return None
    model, x, times = model.prepared(x)
    return Passes(model, x, times, len(model.coefficients(params)))


def speaks_for(model: Any) -> bool:
    """Return whether `prepared` still describes a model: no subclass has changed a formula."""
    if isinstance(model, Repeated) and not speaks_for(model.model):
        return False
    classes = type(model).__mro__
    owners = [next((n for n, one in enumerate(classes) if name in vars(one)), np.inf)
              for name in ["prepared", *FORMULAS]]  # fmt: skip
    return bool(owners[0] <= min(owners[1:]) < np.inf)


def stepped(model: Any, x: Any, start: Any, max_iter: int, tol: float) -> Iterator[Iteration]:
    """Yield the iterations of `em`, which keeps the whole posterior: works for every model."""
    for step in em(model, x, start, max_iter=max_iter, tol=tol):
        if step.kind == "E":
            before = step
        if step.kind == "M":
            yield Iteration(before.params, before.elbo, step.elbo, step.params, step.posterior)


def plain(passes: Passes, start: Any, size: int, max_iter: int, tol: float) -> Iterator[Iteration]:
    """Yield the iterations of EM; stops by the same rule as `em`."""
    params, coefficients, last = start, None, -np.inf
    for _ in range(max_iter):
        now = passes.step(params, coefficients)
        yield now
        moved = passes.model.hard and not same(now.params, params)
        if not moved and abs(now.bound - last) < tol * max(size, abs(now.bound)):
            return
        params, coefficients, last = now.params, now.coefficients, now.bound


def accelerated(
    passes: Passes, start: Any, size: int, max_iter: int, tol: float
) -> Iterator[Iteration]:
    """Yield iterations that jump ahead along the way EM is going (Anderson 1965).

    The map is one iteration of EM in free `coordinates`; a jump goes where the last few moves
    would cancel if that map were linear. A jump that loses likelihood is refused: EM goes on from
    where it was, and the pass counts as an iteration without gain. Stops when two M-steps on end
    lift the bound by less than `tol` × max(N, |bound|). Source: Walker & Ni (2011), Algorithm AA.
    """
    model, params, coefficients, given, quiet = passes.model, start, None, None, 0
    last: Iteration | None = None
    pairs: list[tuple[Array, Array]] = []
    for _ in range(max_iter):
        now = passes.step(params, coefficients)
        scale = max(size, abs(now.bound))
        refused = last is not None and now.reached < last.reached - 1e-13 * scale
        now = last if last is not None and refused else now
        yield now
        quiet = quiet + 1 if not refused and now.bound - now.reached < tol * scale else 0
        if quiet == 2:
            return
        last, params, coefficients = now, now.params, now.coefficients
        with np.errstate(all="ignore"):
            before, given = given, model.coordinates(params)
            if not refused and before is not None:
                pairs = [*pairs, (before, given)][-MEMORY - 1 :]
            if not refused and len(pairs) > 1 and np.isfinite(pairs).all():
                ahead = jump(*(np.stack(side) for side in zip(*pairs, strict=True)))
                there = model.from_coordinates(ahead)
                slopes = model.coefficients(there)
                if np.isfinite(slopes).all():
                    params, coefficients, given = there, slopes, ahead


def jump(before: Array, after: Array) -> Array:
    """Return the point that a linear map leaves where it is, from a few pairs (M, P) of points."""
    moves = after - before
    weights = np.linalg.lstsq(np.diff(moves, axis=0).T, moves[-1], rcond=1e-12)[0]
    return np.asarray(after[-1] - weights @ np.diff(after, axis=0))


def follow(run: Iterator[Iteration]) -> tuple[Array, Iteration, bool]:
    """Return the bounds after each E-step and each M-step, (iterations, 2), and the last iteration.

    The third value is whether somebody pressed Ctrl+C; before the first iteration nothing is known.
    """
    bounds: list[tuple[float, float]] = []
    try:
        for last in run:
            bounds.append((last.reached, last.bound))
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
