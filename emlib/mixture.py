"""Everything mixtures share: Bayes' rule on one table, written once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax, xlogy

from emlib.checks import (
    Array,
    as_data,
    as_numbers,
    as_params,
    frozen,
    need_not_negative,
    need_shape,
)


class Mixture:
    """Bayes' rule for any mixture: write `log_joint` and `m_step`, inherit the rest.

    `log_joint(x, params)` returns the (N, K) table log p(x_n, z_n = k | params).
    `m_step(x, responsibilities)` returns new params from (N, K) responsibilities.
    A class with these two methods alone also works everywhere: `em` adds this mixin to it.
    """

    hard = False  # True: every observation goes wholly to its most probable component

    def log_joint(self, x: Any, params: Any) -> Array:
        """Return the (N, K) table log p(x_n, z_n = k | params)."""
        raise NotImplementedError("write log_joint(self, x, params) for your model")

    def m_step(self, x: Any, responsibilities: Array) -> Any:
        """Return the params that maximise the expected complete log-likelihood."""
        raise NotImplementedError("write m_step(self, x, responsibilities) for your model")

    def e_step(self, x: Any, params: Any) -> Array:
        """Return responsibilities (N, K): p(z_n = k | x_n, params), each row summing to 1."""
        log_joint = self.log_joint(x, params)
        if self.hard:
            return one_hot(log_joint)
        responsibilities: Array = softmax(log_joint, axis=1)
        return responsibilities

    def log_prior(self, params: Any) -> float:
        """Return log p(params) up to a constant; 0 unless a model has a prior."""
        return 0.0

    def log_likelihood(self, x: Any, params: Any) -> float:
        """Return log p(x | params), summed over the observations, plus `log_prior`."""
        return float(self.each_log_likelihood(x, params).sum()) + self.log_prior(params)

    def elbo(self, x: Any, responsibilities: Array, params: Any) -> float:
        """Return the lower bound for any responsibilities q, good or bad, plus `log_prior`."""
        return float(self.each_elbo(x, responsibilities, params).sum()) + self.log_prior(params)

    def each_log_likelihood(self, x: Any, params: Any) -> Array:
        """Return log p(x_n | params) for every observation, (N,)."""
        each: Array = logsumexp(self.log_joint(x, params), axis=1)
        return each

    def each_elbo(self, x: Any, responsibilities: Array, params: Any) -> Array:
        """Return every observation's share of the bound, (N,)."""
        q, log_joint = responsibilities, self.log_joint(x, params)
        expected = (q * np.where(q > 0, log_joint, 0)).sum(axis=1)  # 0 · log 0 counts as 0
        each: Array = expected - xlogy(q, q).sum(axis=1)
        return each

    def check(self, x: Any, start: Any) -> tuple[Any, Any]:
        """Return clean `(x, start)` or raise an error that names what is wrong."""
        start = as_params(start)
        return as_data(x), start

    def size(self, x: Any) -> float:
        """Return how many observations there are: `tol` is for each of them."""
        return len(x)

    def empty(self, responsibilities: Array) -> np.ndarray:
        """Return the indices of components that hold less than one part in 10¹⁵ of the data."""
        counts = responsibilities.sum(axis=0)
        return np.flatnonzero(counts < 1e-15 * counts.sum())

    def problems(self, x: Any, params: Any, posterior: Array) -> tuple[str, ...]:
        """Return one sentence for each degenerate component."""
        return tuple(
            f"component {k} is empty: no observation is left in it" for k in self.empty(posterior)
        )


@dataclass(frozen=True, eq=False)
class Repeated(Mixture):
    """The same mixture when observation x_n was seen `times[n]` times; costs no more than once."""

    model: Mixture
    times: Array | Any  # (N,) counts, not necessarily whole

    def __post_init__(self) -> None:
        """Check the counts and keep them where nobody can write to them."""
        times = as_numbers("times", self.times)
        if times.ndim != 1:
            raise ValueError(f"times has shape {times.shape}: pass one count per observation, (N,)")
        need_not_negative("times", times, "counts")
        if times.sum() == 0:
            raise ValueError("times are all 0: no observation is left")
        object.__setattr__(self, "times", frozen(times))
        object.__setattr__(self, "model", complete(self.model))

    @property
    def hard(self) -> bool:  # type: ignore[override]
        """Whether the repeated model assigns every observation wholly to one component."""
        return self.model.hard

    def log_joint(self, x: Any, params: Any) -> Array:
        """Return the table of the repeated model, (N, K): one row per distinct observation."""
        return self.model.log_joint(x, params)

    def e_step(self, x: Any, params: Any) -> Array:
        """Return the responsibilities of the repeated model, (N, K)."""
        return self.model.e_step(x, params)

    def m_step(self, x: Any, responsibilities: Array) -> Any:
        """Return params from responsibilities that count `times` each."""
        params = self.model.m_step(x, responsibilities * self.times[:, None])
        total, mean = np.sum(getattr(params, "weights", 1)), self.times.mean()
        if abs(total - mean) < 1e-9 < abs(mean - 1):
            raise ValueError(
                f"m_step returned weights that sum to {total:.6g}: for repeated observations "
                "divide by responsibilities.sum(), not by len(x)"
            )
        return params

    def log_prior(self, params: Any) -> float:
        """Return the log prior of the repeated model, which counts once."""
        return self.model.log_prior(params)

    def each_log_likelihood(self, x: Any, params: Any) -> Array:
        """Return `times` × log p(x_n | params), (N,)."""
        return self.times * self.model.each_log_likelihood(x, params)

    def each_elbo(self, x: Any, responsibilities: Array, params: Any) -> Array:
        """Return `times` × each distinct observation's share of the bound, (N,)."""
        return self.times * self.model.each_elbo(x, responsibilities, params)

    def size(self, x: Any) -> float:
        """Return how many observations there are, each counted `times`."""
        return float(self.times.sum())

    def prepared(self, x: Any, times: Array | None = None) -> tuple[Any, Any, Array | None]:
        """Return what the repeated model returns for its observations, seen `times` each."""
        model: Any = self.model
        own = self.times if times is None else self.times * times
        prepared: tuple[Any, Any, Array | None] = model.prepared(x, own)
        return prepared

    def check(self, x: Any, start: Any) -> tuple[Any, Any]:
        """Return what the repeated model returns; raise ValueError for a wrong number of counts."""
        x, start = self.model.check(x, start)
        need_shape("times", self.times, len(x))
        return x, start

    def start(self, x: Any, components: int, rng: np.random.Generator) -> Any:
        """Return a random start of the repeated model; every distinct observation counts once."""
        model: Any = self.model
        return model.start(x, components, rng)

    def empty(self, responsibilities: Array) -> np.ndarray:
        """Return the components that hold nothing that was seen at least once."""
        return self.model.empty(responsibilities * self.times[:, None])

    def problems(self, x: Any, params: Any, posterior: Array) -> tuple[str, ...]:
        """Return the sentences of the repeated model."""
        return self.model.problems(x, params, posterior * self.times[:, None])


def complete(model: Any) -> Any:
    """Return `model`, given the methods of `Mixture` if it has only `log_joint` and `m_step`."""
    if isinstance(model, type):
        raise TypeError(
            f"model is the class {model.__name__}: pass an instance, {model.__name__}()"
        )
    if isinstance(model, Mixture):
        return model
    if all(hasattr(model, name) for name in ("e_step", "elbo", "check")):  # its own kind of model
        missing = [n for n in ("m_step", "log_likelihood", "problems") if not hasattr(model, n)]
        if missing:
            raise TypeError(f"model {type(model).__name__} has no {missing[0]}: see emlib.Model")
        return model
    missing = [name for name in ("log_joint", "m_step") if not hasattr(model, name)]
    if missing:
        raise TypeError(
            f"model {type(model).__name__} has no {missing[0]}: a mixture needs "
            "log_joint(x, params) and m_step(x, responsibilities)"
        )
    both: Any = type(type(model).__name__, (type(model), Mixture), {})
    completed: Any = object.__new__(both)
    completed.__dict__.update(vars(model))
    return completed


def one_hot(scores: Array, unit: float = 1) -> Array:
    """Return responsibilities 0 or 1, (N, K); ties, up to rounding, go to the first component.

    `unit` is the size of a score below which rounding errors no longer shrink with it.
    """
    best = scores.max(axis=1, keepdims=True)
    tied = scores >= best - 1e-12 * np.maximum(unit, np.abs(best))
    first: Array = (tied & (tied.cumsum(axis=1) == 1)).astype(float)
    return first


def need_table(log_joint: Any, size: int) -> None:
    """Raise ValueError unless `log_joint` is a table of `size` rows without NaN."""
    if np.ndim(log_joint) != 2 or len(log_joint) != size:
        raise ValueError(f"log_joint returned shape {np.shape(log_joint)}: it must be ({size}, K)")
    bad = np.argwhere(np.isnan(log_joint))
    if len(bad):
        n, k = bad[0]
        raise ValueError(
            f"log_joint returned NaN at [{n}, {k}] ({len(bad)} such value(s)): is it the log of a "
            "negative number?"
        )
