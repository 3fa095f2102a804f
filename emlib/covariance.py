"""Weighted moments, the four types of covariance, the floor under them, the normal density."""

from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from emlib.checks import Array, slices


class GaussianParams(NamedTuple):
    """What is unknown about K Gaussians in D dimensions; for x of shape (N,) drop the D axes."""

    weights: Array | Any  # (K,) share of the data that component k makes
    means: Array | Any  # (K, D), or (K,)
    covs: Array | Any  # (K, D, D) covariance matrices in squared units of x, or (K,) variances


def weighted_means(points: Array, responsibilities: Array) -> Array:
    """Return the weighted mean of points (N, D) for each component, (K, D); NaN where empty."""
    centre = points.mean(axis=0)  # sums of small numbers keep their digits
    counts = responsibilities.sum(axis=0)[:, None]  # (K, 1)
    means: Array = centre + responsibilities.T @ (points - centre) / counts
    return means


def weighted_covs(points: Array, responsibilities: Array, means: Array) -> Array:
    """Return the weighted covariance of points (N, D) about each mean, (K, D, D)."""
    shares = responsibilities.T / responsibilities.sum(axis=0)[:, None]
    pairs = zip(shares, means, strict=True)
    return np.stack([(share * (points - mean).T) @ (points - mean) for share, mean in pairs])


def as_points(x: Any, dtype: type | None = float) -> Array:
    """Return observations as (N, D), D = 1 for x of shape (N,); `dtype=None` copies nothing."""
    points: Array = np.asarray(x, dtype=dtype)
    return points[:, None] if points.ndim == 1 else points


def as_matrices(params: GaussianParams) -> GaussianParams:
    """Return params with their D axes: means (K, D) and covs (K, D, D)."""
    weights, means, covs = (np.asarray(part, dtype=float) for part in params)
    means = means.reshape(len(weights), -1)
    return GaussianParams(weights, means, covs.reshape(len(weights), *2 * means.shape[1:]))


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


def centre(points: Array) -> Array:
    """Return the mean of points (N, D), (D,); exact if all are equal."""
    first = np.asarray(points[0], dtype=float)[:, None]
    beyond: Array = sum((block - first).sum(axis=1) for block in blocks(points)) / len(points)
    return first[:, 0] + beyond


def spread(points: Array, mean: Array) -> Array:
    """Return each feature's standard deviation about its mean, (D,); 1 where it is constant."""
    from_mean = (block - mean[:, None] for block in blocks(points))
    squares = sum(np.einsum("dn,dn->d", z, z) for z in from_mean)
    return np.where(squares > 0, np.sqrt(squares / len(points)), 1)


def blocks(points: Array) -> Iterator[Array]:
    """Yield points (N, D) as (D, n), some thousands at a time: they may lie on a disk."""
    for part in slices(len(points), max(2**15 // points.shape[1], 1)):
        yield np.array(points[part].T, dtype=float, order="C")


def smallest_variance(covs: Array, unit: Array) -> Array:
    """Return each matrix's smallest eigenvalue after dividing every feature by `unit`, (K,)."""
    scaled: Array = covs / (unit[:, None] * unit)
    if isfinite(scaled.sum()):
        return np.asarray(np.linalg.eigvalsh(scaled)[:, 0], dtype=float)
    known, values = np.isfinite(scaled).all(axis=(1, 2)), np.full(len(covs), np.nan)
    values[known] = np.linalg.eigvalsh(scaled[known])[:, 0]
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
    deviations = np.sqrt(covs.diagonal(axis1=1, axis2=2).clip(1e-300))
    sizes = deviations[:, :, None] * deviations[:, None, :]  # so that units do not matter
    nearest = CONSTRAINTS[covariance](covs, weights)
    slanted = (np.abs(covs - covs.transpose(0, 2, 1)) > 1e-8 * sizes).any(axis=(1, 2))
    negative = np.linalg.eigvalsh(covs / sizes)[:, 0] <= 0
    unfit = (np.abs(covs - nearest) > 1e-6 * sizes).any(axis=(1, 2))
    for k in np.flatnonzero(slanted | negative | unfit):
        if slanted[k]:
            raise ValueError(f"start.covs[{k}] is not symmetric: use (cov + cov.T) / 2")
        if negative[k]:
            raise ValueError(f"start.covs[{k}] is not positive definite: {covs[k].tolist()}")
        raise ValueError(
            f"start.covs[{k}] does not fit covariance={covariance!r}: "
            f"the nearest that does is {nearest[k].tolist()}"
        )
