"""The one idea: EM is a sequence of immutable half-steps.

`em` alternates two moves on the same bound (Neal & Hinton 1998, eq. 7). The E-step lifts it over
the posterior, the M-step lifts it over the parameters. A `Step` is everything known after one of
these moves, so a table, a plot or a widget needs nothing else.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from emlib.checks import as_numbers, as_params, frozen, named, need_range
from emlib.mixture import Mixture, complete, need_table


class Step(NamedTuple):
    """All that is known after one half-step; arrays are read-only and belong to this step alone."""

    kind: str  # "start", "E", "M" or "update"
    iteration: int  # 0 for the start, then 1, 2, …
    params: Any  # the model's NamedTuple
    posterior: Any  # q(z); (N, K) responsibilities for a mixture; None before the first E-step
    log_likelihood: float  # log p(x | params), in nats
    elbo: float  # the lower bound, in nats; -inf before the first E-step

    @property
    def kl(self) -> float:
        """KL(q || p(z | x, params)) in nats: what the bound still lacks."""
        return self.log_likelihood - self.elbo


class Model(Protocol):
    """What `em` and `fit` need. A model's fields say what is known; `params` hold what is not.

    A mixture writes two other methods and inherits these six from `Mixture`.
    """

    def e_step(self, x: Any, params: Any) -> Any:
        """Return the posterior p(z | x, params)."""

    def m_step(self, x: Any, posterior: Any) -> Any:
        """Return the params that maximise E_q[log p(x, z | params)]."""

    def log_likelihood(self, x: Any, params: Any) -> float:
        """Return log p(x | params)."""

    def elbo(self, x: Any, posterior: Any, params: Any) -> float:
        """Return E_q[log p(x, z | params)] plus the entropy of q."""

    def check(self, x: Any, start: Any) -> tuple[Any, Any]:
        """Return clean `(x, start)` or raise an error that names what is wrong."""

    def problems(self, x: Any, params: Any, posterior: Any) -> tuple[str, ...]:
        """Return one sentence for each way in which a fit is degenerate."""


def em(
    model: Model, x: Any, start: Any, *, max_iter: int = 1000, tol: float = 1e-10
) -> Iterator[Step]:
    """Yield the half-steps start, E, M, E, M, …

    Stops when an iteration lifts the bound by less than `tol` × max(N, |bound|), that is per
    observation and relative, and moves no hard assignment; `tol=0` runs all `max_iter` iterations.
    Raises ValueError for bad `x` or `start` and when a step returns what it cannot.
    Source: Dempster, Laird & Rubin (1977); Neal & Hinton (1998).
    """
    need_range("max_iter", max_iter, int, 1)
    need_range("tol", tol, float, 0)
    model = complete(model)
    x, params = model.check(x, start)
    if isinstance(model, Mixture):
        x = frozen(x)  # whoever writes to the data between two half-steps does not change them
        with quiet():
            need_table(model.log_joint(x, params), len(x))
    with quiet():
        first = Step("start", 0, frozen(params), None, model.log_likelihood(x, params), -np.inf)
    if not np.isfinite(first.log_likelihood):
        raise ValueError(f"start makes the data impossible: log-likelihood {first.log_likelihood}")
    return _half_steps(model, x, first, max_iter, tol)


def _half_steps(model: Any, x: Any, first: Step, max_iter: int, tol: float) -> Iterator[Step]:
    yield (now := first)
    last_bound, size = -np.inf, model.size(x) if isinstance(model, Mixture) else len(x)
    for iteration in range(1, max_iter + 1):
        with quiet():
            posterior = frozen(checked_posterior(model.e_step(x, now.params), len(x)))
            bound = model.elbo(x, posterior, now.params)
        moved = getattr(model, "hard", False) and not np.array_equal(posterior, now.posterior)
        now = Step("E", iteration, frozen(now.params), posterior, now.log_likelihood, bound)
        yield now
        with quiet(divide="ignore"):  # an empty component is 0/0
            params = model.m_step(x, posterior)
        rows = model.empty(posterior) if hasattr(model, "empty") else ()
        params = keep_empty(params, now.params, rows)
        with quiet():
            log_likelihood = model.log_likelihood(x, params)
            bound = model.elbo(x, posterior, params)
        need_finite(iteration, log_likelihood, bound)
        now = Step("M", iteration, frozen(params), frozen(posterior), log_likelihood, bound)
        yield now
        if not moved and abs(now.elbo - last_bound) < tol * max(size, abs(now.elbo)):
            return
        last_bound = now.elbo


def ascend(
    objective: Callable[[Any], float],
    update: Callable[[Any], Any],
    start: Any,
    *,
    max_iter: int = 100,
    tol: float = 1e-10,
) -> Iterator[Step]:
    """Yield the same record for a method without hidden variables: "start", "update", "update", …

    `objective(params)` is the number to watch and `update(params)` the next params. Stops when
    the objective moves by less than `tol` × max(1, |objective|); `tol=0` never stops early. Raises
    ValueError when the objective is NaN.
    """
    need_range("max_iter", max_iter, int, 1)
    need_range("tol", tol, float, 0)
    if type(start) is tuple:  # several params without names
        parts = (as_numbers(f"start[{n}]", part) for n, part in enumerate(start))
        return _updates(objective, update, frozen(tuple(parts)), max_iter, tol)
    return _updates(objective, update, frozen(as_params(start)), max_iter, tol)


def quiet(**others: Any) -> Any:
    """Return a context in which 0 times minus infinity is a NaN that we refuse in our own words.

    A share below 1e-308 is 0, whatever the user's own setting of NumPy.
    """
    return np.errstate(under="ignore", invalid="ignore", **others)


def _updates(
    objective: Callable[[Any], float],
    update: Callable[[Any], Any],
    params: Any,
    max_iter: int,
    tol: float,
) -> Iterator[Step]:
    now = Step("start", 0, params, None, as_number(objective(params)), -np.inf)
    yield now
    for iteration in range(1, max_iter + 1):
        before, params = now, frozen(update(now.params))
        if params is None:
            raise TypeError("update returned None: it must return params; is `return` missing?")
        now = Step("update", iteration, params, None, as_number(objective(params)), -np.inf)
        if np.isnan(now.log_likelihood):
            raise ValueError(f"objective is NaN after update {iteration}: params {params}")
        yield now
        moved = abs(now.log_likelihood - before.log_likelihood)
        if moved < tol * max(1, abs(now.log_likelihood)):
            return


def as_number(value: Any) -> float:
    """Return what an objective returned; raise TypeError unless it is one real number."""
    if np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
        raise TypeError(f"objective returned {value!r}: it must return one real number")
    return float(value)


def keep_empty(params: Any, before: Any, rows: Any) -> Any:
    """Keep the old value where the M-step was 0/0: any value maximises for an empty component.

    `rows` are the empty components. Raises ValueError when an M-step returns NaN for another one.
    """
    need_same_fields(params, before)
    kept = []
    for (name, new), (_, old) in zip(named(params), named(before), strict=True):
        new = np.array(new, dtype=float)
        if new.shape != np.shape(old):
            raise ValueError(
                f"m_step returned {name} of shape {new.shape}: it must be {np.shape(old)}"
            )
        if len(rows) and not new.ndim and not np.isfinite(new):  # the only number there is
            new = np.array(old, dtype=float)
        for k in rows:
            if new.ndim and k < len(new) and not np.isfinite(new[k]).all():
                new[k] = np.asarray(old)[k]
        if not np.isfinite(new).all():
            raise ValueError(f"m_step returned NaN or infinity in {name}: {new.ravel()[:6]}")
        kept.append(new)
    return type(params)(*kept) if hasattr(params, "_fields") else kept[0]


def need_same_fields(params: Any, before: Any) -> None:
    """Raise TypeError unless an M-step returned the same kind of params as it was given."""
    if params is None:
        raise TypeError("m_step returned None: it must return params; is `return` missing?")
    fields, wanted = ([name for name, _ in named(one)] for one in (params, before))
    if fields != wanted:
        raise TypeError(f"m_step returned params with {fields}: they must have {wanted}")


def need_finite(iteration: int, log_likelihood: float, bound: float) -> None:
    """Raise ValueError when an M-step made the data impossible."""
    if not np.isfinite(log_likelihood + bound):
        raise ValueError(
            f"m_step, iteration {iteration}: the log-likelihood is {log_likelihood} and the bound "
            f"{bound}; its params make the data impossible (is a probability exactly 0 or 1?)"
        )


def checked_posterior(posterior: Any, size: int) -> Any:
    """Return `posterior`; raise ValueError if its rows are not `size` distributions."""
    if isinstance(posterior, np.ndarray):
        if posterior.ndim != 2 or len(posterior) != size:
            raise ValueError(f"e_step returned shape {posterior.shape}: it must be ({size}, K)")
        sums = posterior.sum(axis=1)
        wrong = np.flatnonzero(~(np.abs(sums - 1) < 1e-6))
        if len(wrong):
            raise ValueError(
                f"e_step: row {wrong[0]} of the posterior sums to {sums[wrong[0]]:.6g}, "
                f"not 1 ({len(wrong)} such row(s))"
            )
        negative = np.argwhere(posterior < 0)
        if len(negative):
            n, k = negative[0]
            raise ValueError(
                f"e_step: posterior[{n}, {k}] is {posterior[n, k]:.6g}: probabilities must not be "
                f"negative ({len(negative)} such value(s))"
            )
    return posterior
