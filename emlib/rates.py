"""How fast EM ends: the factor by which one iteration shrinks a small error near a fixed point.

It is the largest eigenvalue of the Jacobian of one iteration, and the fraction of the information
that is missing (Dempster, Laird & Rubin 1977, section 3).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from emlib.checks import Array, named, need_range
from emlib.core import Model, quiet
from emlib.mixture import Mixture, complete
from emlib.runs import Job, job_of

SMALL = 1e-6  # size of the push in finite differences


def convergence_rate(model: Model, x: Any, params: Any, *, max_iter: int = 200) -> float:
    """Return the factor by which one EM iteration shrinks a small error near a fixed point.

    Below 1 the point attracts; 1 means a flat ridge, above 1 a saddle. The units of x and of the
    parameters do not matter. `max_iter` limits for how many small pushes EM runs one iteration.
    Returns 0 for a single component and for hard assignments, which cannot move a little. For your
    own model whose posterior is not one (N, K) table the params themselves are pushed; NaN when it
    does not bear that. Raises ValueError where params make the data impossible or leave a component
    of a mixture empty.
    """
    need_range("max_iter", max_iter, int, 1)
    model = complete(model)
    x, params = model.check(x, params)
    with quiet():
        if not np.isfinite(model.log_likelihood(x, params)):
            raise ValueError("params make the data impossible: there is no rate")
        job = job_of(model, x, params)
        statistics = None if job is None else job.reached(job.inner(params))[1]
        return rate_of(model, x, params, job, statistics, max_iter)


def rate_of(
    model: Any, x: Any, params: Any, job: Job | None, statistics: Any, max_iter: int = 200
) -> float:
    """Return the rate of a complete model for checked data and params.

    `statistics` are those of an E-step at `params`, if `job` found them exact enough.
    """
    if getattr(model, "hard", False):
        return 0.0
    if job is not None and statistics is not None:
        return rate_of_statistics(job, statistics, max_iter)
    return rate_of_posterior(model, x, params, max_iter)


def rate_of_posterior(model: Any, x: Any, params: Any, max_iter: int = 200) -> float:
    """Return the rate from pushes of the (N, K) responsibilities: works for every mixture."""
    here = model.e_step(x, params)
    if not isinstance(here, np.ndarray):
        return rate_of_params(model, x, params, max_iter)
    if here.shape[1] == 1:
        return 0.0
    if isinstance(model, Mixture) and len(model.empty(here)):
        raise ValueError(f"component {model.empty(here)[0]} is empty: there is no rate")
    moved = model.e_step(x, model.m_step(x, here))

    def pushed(push: Array) -> Array:
        sizes = np.linalg.norm(push, axis=0) / np.linalg.norm(here, axis=0)
        small = SMALL / sizes.max()  # small beside the least component too
        there = (here + small * push).clip(0)
        there /= there.sum(axis=1, keepdims=True)
        change: Array = (model.e_step(x, model.m_step(x, there)) - moved) / small
        return change

    first = np.random.default_rng(0).normal(size=here.shape)  # of the log-odds
    first = here * (first - (here * first).sum(axis=1, keepdims=True))
    if not first.any():  # every observation is wholly somebody's: nothing moves a little
        return 0.0
    return largest_eigenvalue(pushed, pushed(first), max_iter)


def rate_of_params(model: Any, x: Any, params: Any, max_iter: int = 200) -> float:
    """Return the rate from pushes of all params, each relative to its size; NaN if EM fails then.

    A row of probabilities need not sum to 1 after a push; most models only feel their ratios.
    """
    parts = [np.asarray(part, dtype=float) for _, part in named(params)]
    cuts = np.cumsum([part.size for part in parts])[:-1]
    here = np.concatenate([part.ravel() for part in parts])
    known = np.where(here == 0, 1, here)

    def after(row: Array) -> Array:
        fields = [n.reshape(p.shape) for n, p in zip(np.split(row, cuts), parts, strict=True)]
        there = type(params)(*fields) if hasattr(params, "_fields") else fields[0]
        there = model.m_step(x, model.e_step(x, there))
        row = np.concatenate([np.ravel(part) for _, part in named(there)])
        return np.asarray(row, dtype=float)

    def pushed(push: Array) -> Array:
        small = SMALL / np.abs(push).max()
        change = (after(here + small * push * here) - moved) / small / known
        return np.where(here == 0, 0.0, change)

    first = np.random.default_rng(0).normal(size=here.shape)
    try:
        moved = after(here)
        return largest_eigenvalue(pushed, pushed(first), max_iter)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return float("nan")


def rate_of_statistics(job: Job, statistics: Array, max_iter: int = 200) -> float:
    """Return the rate from pushes of the expected statistics: one look at the data for each."""
    unit, moved = job.unit(statistics), job.again(statistics)
    known = np.where(unit == 0, 1, unit)  # what is 0 in all iterations cannot be pushed

    def pushed(push: Array) -> Array:
        small = SMALL / job.effect(statistics, push)
        step = small * push * unit
        beyond = np.abs(step) > np.abs(statistics)  # what is almost 0 can often only grow
        small *= -1.0 if step[beyond].sum() < 0 else 1.0
        answer: Array = (job.again(statistics + small * push * unit) - moved) / small / known
        return answer

    first = np.random.default_rng(0).normal(size=statistics.shape)
    return largest_eigenvalue(pushed, pushed(first), max_iter)


def largest_eigenvalue(matrix: Callable[[Array], Array], first: Array, most: int) -> float:
    """Return the largest eigenvalue of a linear map that is known only by what it does to arrays.

    Arnoldi's method: the map, seen by the arrays first, map(first), map(map(first)), …, made
    orthonormal, is a small matrix. Source: Saad (2011), section 6.2. `most` limits its size.
    """
    if not np.isfinite(first).all():
        return float("nan")
    if not first.any():  # whatever the push, nothing moves
        return 0.0
    basis, small, values = [first / np.linalg.norm(first)], np.zeros((most + 1, most)), [np.nan]
    for n in range(min(most, first.size)):
        image = matrix(basis[n])
        if not np.isfinite(image).all():
            return float("nan")
        for i, direction in enumerate(basis):
            small[i, n] = (direction * image).sum()
            image = image - small[i, n] * direction
        small[n + 1, n] = np.linalg.norm(image)
        values.append(float(np.linalg.eigvals(small[: n + 1, : n + 1]).real.max()))
        settled = np.ptp(values[-3:]) < 1e-7  # NaN among them, so not before the third
        if settled or small[n + 1, n] < 1e-7:
            break
        basis.append(image / small[n + 1, n])
    return max(values[-1], 0.0)  # by rounding it may lie a little below
