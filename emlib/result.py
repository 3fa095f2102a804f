"""What a fit returns: the params, how the run went and ended, and how it prints."""

from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np

from emlib.checks import Array, frozen, named
from emlib.core import quiet
from emlib.mixture import complete
from emlib.runs import job_of

EXPLANATIONS = {
    "converged": "no step lifts the bound any more; with a mixture another start may end higher",
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
    before: tuple[Any, Any, Any] | None = None  # model, x, params

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


def table(params: Any) -> list[str]:
    """Return the lines of a plain table of params, one row per component, 6 significant digits."""
    columns = {}
    for name, value in named(params):
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
        for index in np.ndindex(numbers.shape[1:]):
            label = name + (f"[{', '.join(map(str, index))}]" if index else "")
            columns[label] = [f"{number:.6g}" for number in numbers[(slice(None), *index)]]
    rows = [
        ["component", *columns],
        *([str(k), *row] for k, row in enumerate(zip_longest(*columns.values(), fillvalue=""))),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
