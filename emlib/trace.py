"""Steps as plain JSON: the only bridge between computing and drawing."""

from typing import Any

import numpy as np

from emlib.checks import Array, named
from emlib.core import Model, Step, em
from emlib.mixture import complete


def trace(
    model: Model, x: Any, start: Any, *, max_iter: int = 500, tol: float = 1e-10
) -> list[dict[str, Any]]:
    """Return every half-step of `em` as a dict of numbers, strings and lists, ready for JSON.

    Keys: kind, iteration, params (by field), log_likelihood, elbo (None before the first E-step),
    posterior (N × K lists; E-steps only, an M-step keeps the one before it) and log_joint (N × K
    lists; start and E-steps). Logarithms are in nats. Raises what `em` raises.
    """
    model = complete(model)
    steps = em(model, x, start, max_iter=max_iter, tol=tol)
    x, _ = model.check(x, start)
    return [as_json(model, x, step) for step in steps]


def as_json(model: Any, x: Any, step: Step, *, with_table: bool = True) -> dict[str, Any]:
    """Return one half-step as JSON-ready values, with the table log_joint or without."""
    record = {
        "kind": step.kind,
        "iteration": step.iteration,
        "params": params_as_json(step.params),
        "log_likelihood": step.log_likelihood,
        "elbo": step.elbo if np.isfinite(step.elbo) else None,
    }
    if step.kind == "E":
        record["posterior"] = step.posterior.tolist()
    if with_table and step.kind != "M":
        log_joint = model.log_joint(x, step.params)
        record["log_joint"] = finite(log_joint)
    return record


def finite(values: Array) -> Any:
    """Return nested lists for JSON, which has no word for minus infinity or NaN."""
    return np.where(np.isfinite(values), values, -1e308).tolist()


def params_as_json(params: Any) -> dict[str, Any]:
    """Return params by field name, arrays as lists."""
    return {name: np.asarray(value, dtype=float).tolist() for name, value in named(params)}
