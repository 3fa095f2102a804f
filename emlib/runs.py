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

    EM hands expected statistics from one iteration to the next; a jump is the combination of the
    last few that would leave the least change if EM were linear. A jump that loses likelihood is
    refused: EM goes on from where it was. Stops when an M-step lifts the bound by less than
    `tol` × max(N, |bound|). Source: Walker & Ni (2011).
    """
    params, coefficients, given, last, pairs = start, None, None, None, []
    for _ in range(max_iter):
        now = passes.step(params, coefficients)
        rounding = 64 * np.finfo(float).eps * max(size, abs(now.bound))
        if last is not None and now.reached < last.bound - rounding:
            pairs, now = [], last._replace(reached=last.bound)
        elif given is not None and now.statistics is not None:
            pairs = [*pairs, (given, now.statistics)][-MEMORY - 1 :]
        yield now
        if 0 <= now.bound - now.reached < tol * max(size, abs(now.bound)) and now is not last:
            return
        last, params, coefficients, given = now, now.params, now.coefficients, now.statistics
        if len(pairs) > 1:
            ahead = jump(pairs, passes.total)
            with np.errstate(all="ignore"):
                there = passes.model.maximise(ahead)
                coefficients = passes.model.coefficients(there)
            if passes.exact_enough(coefficients, ahead, now.reached):
                params, given = there, ahead
            else:
                coefficients = now.coefficients


def jump(pairs: list[tuple[Array, Array]], total: Array) -> Array:
    """Return the statistics (K, P) that would stay as they are, if an iteration were linear.

    `pairs` are statistics before and after an iteration; `total` (P,) is the size of the features.
    """
    before, after = (np.stack(side) for side in zip(*pairs, strict=True))
    unit = after[-1][:, :1] * total  # so that features of any size count alike
    changes = ((after - before) / unit).reshape(len(pairs), -1)
    weights = np.linalg.lstsq(np.diff(changes, axis=0).T, changes[-1], rcond=1e-12)[0]
    return after[-1] - np.tensordot(weights, np.diff(after, axis=0), 1)


def same(params: Any, others: Any) -> bool:
    """Return whether two params hold equal numbers."""
    pairs = zip(named(params), named(others), strict=True)
    return all(np.array_equal(one, other) for (_, one), (_, other) in pairs)
