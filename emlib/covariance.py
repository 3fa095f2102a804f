"""Covariance matrices: their four types, the floor under them, and the normal density."""

import numpy as np
from scipy.linalg import solve_triangular

from emlib.checks import Array


def log_normal(x: Array, mean: Array, cov: Array) -> Array:
    """Return the log density of N(mean, cov) at points (N, D), (N,) (Bishop 2006, eq. 2.43)."""
    try:
        root = np.linalg.cholesky(cov)
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"a covariance has collapsed to {cov.tolist()} and has no inverse: use a floor above 0"
        ) from error
    whitened: Array = solve_triangular(root, (x - mean).T, lower=True)  # (D, N), unit covariance
    log_scale: float = np.log(np.diag(root)).sum() + len(mean) / 2 * np.log(2 * np.pi)
    squares: Array = (whitened**2).sum(axis=0)  # (N,)
    return -squares / 2 - log_scale


def tied(covs: Array, weights: Array) -> Array:
    """Return one shared matrix, the weighted average, K times; an empty component is left out."""
    shared: Array = np.nansum(weights[:, None, None] * covs, axis=0)
    return np.repeat(shared[None], len(covs), axis=0)


def spherical(covs: Array, weights: Array) -> Array:
    """Return the average variance of each component in every direction."""
    axes = covs.shape[-1]
    variances: Array = np.trace(covs, axis1=1, axis2=2) / axes
    return variances[:, None, None] * np.eye(axes)


# Each replaces the free estimates by the likeliest matrices of its type.
CONSTRAINTS = {
    "full": lambda covs, weights: covs,
    "tied": tied,
    "diagonal": lambda covs, weights: covs * np.eye(covs.shape[-1]),
    "spherical": spherical,
}


def spread(points: Array) -> Array:
    """Return the standard deviation of each feature, (D,); 1 where a feature is constant."""
    deviation = points.std(axis=0)  # of equal numbers it need not be 0, because of rounding
    return np.where((np.ptp(points, axis=0) > 0) & (deviation > 0), deviation, 1)


def smallest_variance(covs: Array, unit: Array) -> Array:
    """Return each matrix's smallest eigenvalue after dividing every feature by `unit`, (K,)."""
    known = np.isfinite(covs).all(axis=(1, 2))
    values = np.full(len(covs), np.nan)
    values[known] = np.linalg.eigvalsh(covs[known] / np.outer(unit, unit))[:, 0]
    return values


def lift(covs: Array, unit: Array, floor: float) -> Array:
    """Return covariances with no variance under `floor` × `unit`² in any direction."""
    low = smallest_variance(covs, unit) < floor
    if not low.any():
        return covs
    values, vectors = np.linalg.eigh(covs[low] / np.outer(unit, unit))
    raised = (vectors * values.clip(floor)[:, None, :]) @ vectors.transpose(0, 2, 1)
    lifted = covs.copy()
    lifted[low] = raised * np.outer(unit, unit)
    return lifted


def need_covariances(covs: Array, weights: Array, covariance: str) -> None:
    """Raise ValueError unless start.covs (K, D, D) are covariance matrices of the given type."""
    for k, cov in enumerate(covs):
        deviation = np.sqrt(np.diag(cov).clip(1e-300))
        size = np.outer(deviation, deviation)  # so that the units of the features do not matter
        if (np.abs(cov - cov.T) > 1e-8 * size).any():
            raise ValueError(f"start.covs[{k}] is not symmetric: use (cov + cov.T) / 2")
        if np.linalg.eigvalsh(cov / size)[0] <= 0:
            raise ValueError(f"start.covs[{k}] is not positive definite: {cov.tolist()}")
        nearest = CONSTRAINTS[covariance](covs, weights)[k]
        if (np.abs(cov - nearest) > 1e-6 * size).any():
            raise ValueError(
                f"start.covs[{k}] does not fit covariance={covariance!r}: "
                f"the nearest that does is {nearest.tolist()}"
            )
