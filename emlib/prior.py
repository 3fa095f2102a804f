"""Maximum a posteriori: EM with a prior on the parameters.

The E-step stays as it is, because a prior on the parameters says nothing more about z. The M-step
maximises E_q[log p(x, z | params)] + log p(params), and the bound gains the same log p(params).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emlib.checks import Array, as_data, as_numbers, need_range, need_shape
from emlib.covariance import GaussianParams, as_matrices, as_points
from emlib.gaussian import GaussianMixture
from emlib.mixture import Mixture


class WithPrior(Mixture):
    """A mixture that climbs the log posterior; put it before the mixture among the bases.

    Write `log_prior(params)` and an `m_step` that maximises Q + log_prior. `log_likelihood`, `elbo`
    and so every `Step` and `Fit` then hold log p(x | params) + log_prior(params): the log posterior
    up to a constant (Bishop 2006, section 9.4), still never lower after a half-step. For
    log p(x | params) alone sum `each_log_likelihood`.
    """

    def log_prior(self, params: Any) -> float:
        """Return log p(params) up to a constant, in nats."""
        raise NotImplementedError("write log_prior(self, params) for your model")


@dataclass(frozen=True)
class MapGaussianMixture(WithPrior, GaussianMixture):
    """K Gaussians with one inverse-Wishart prior on every covariance; no component can collapse.

    The prior density of a (D, D) matrix C is proportional to |C|^(-(dof + D + 1) / 2) ×
    exp(-trace(scale C⁻¹) / 2), for D = 1 an inverse gamma; it is proper if dof > D - 1. Weights and
    means have a flat prior. Raises TypeError or ValueError for another type of covariance, a `dof`
    below 0 and a scale that is no covariance matrix. Source: Fraley & Raftery (2007), without their
    prior on the means.
    """

    floor: float = 0.0  # the prior keeps every variance above 0
    scale: Any = field(kw_only=True)  # (D, D), or one number for x of shape (N,); squared units
    dof: float = field(kw_only=True)  # how many observations the prior is worth, about

    def __post_init__(self) -> None:
        """Check the fields and keep the scale where nobody can write to it."""
        super().__post_init__()
        if self.covariance != "full":
            raise ValueError(f"covariance is {self.covariance!r}: this prior is for 'full' alone")
        need_range("dof", self.dof, float, 0)
        scale = np.atleast_2d(as_numbers("scale", self.scale))
        need_shape("scale", scale, len(scale), len(scale))
        if (
            not np.allclose(scale, scale.T, atol=1e-8 * np.abs(scale).max())
            or np.linalg.eigvalsh(scale)[0] <= 0
        ):
            raise ValueError(f"scale is {self.scale!r}: pass a positive number or such a matrix")
        object.__setattr__(self, "scale", tuple(map(tuple, scale.tolist())))

    @classmethod
    def for_data(cls, x: Any, components: int) -> "MapGaussianMixture":
        """Return the weak default prior: dof D + 2, scale cov(x) / components^(2 / D).

        The covariance of x (N,) or (N, D) divides by N. Raises TypeError or ValueError for bad `x`
        or number of components. Source: Fraley & Raftery (2007).
        """
        need_range("components", components, int, 1)
        points = as_points(as_data(x))
        axes = points.shape[1]
        cov = np.atleast_2d(np.cov(points.T, bias=True))
        return cls(scale=cov / components ** (2 / axes), dof=axes + 2.0)

    def log_prior(self, params: GaussianParams) -> float:
        """Return the log prior density of all covariances in nats, up to a constant."""
        covs, scale = as_matrices(params).covs, np.array(self.scale)
        log_sizes = np.linalg.slogdet(covs)[1].sum()
        traces = np.trace(np.linalg.solve(covs, scale), axis1=1, axis2=2).sum()
        return float(-(self.dof + len(scale) + 1) / 2 * log_sizes - traces / 2)

    def allowed(self, covs: Array, counts: Array, unit: Array) -> Array:
        """Return (scale + scatter) / (dof + D + 1 + count) of every component, (K, D, D)."""
        scale, counts = np.array(self.scale), counts[:, None, None]
        scatter = np.where(counts > 0, counts * covs, 0)  # an empty component has the prior alone
        shrunk = (scale + scatter) / (self.dof + len(scale) + 1 + counts)
        return super().allowed(shrunk, counts[:, 0, 0], unit)

    def check(self, x: Any, start: Any) -> tuple[Array, GaussianParams]:
        """Return clean `(x, start)`; raise an error naming a bad shape, weight or matrix."""
        x, start = super().check(x, start)
        axes = as_points(x).shape[1]
        need_shape("scale", np.array(self.scale), axes, axes)
        return x, start
