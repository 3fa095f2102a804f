"""How well two clusterings of the same observations agree."""

from typing import Any

import numpy as np


def adjusted_rand(labels: Any, others: Any) -> float:
    """Return the adjusted Rand index of two clusterings (N,): 1 is equal, 0 what chance gives.

    Labels may be numbers or strings, and what they are called does not matter. Raises ValueError
    unless both are (N,) with the same N. Source: Hubert & Arabie (1985), eq. 5.
    """
    labels, others = as_labels("labels", labels), as_labels("others", others)
    if len(labels) != len(others):
        raise ValueError(f"labels has {len(labels)} and others {len(others)} observations")
    table = np.zeros((labels.max() + 1, others.max() + 1))
    np.add.at(table, (labels, others), 1)
    together = pairs(table)  # pairs of observations that both clusterings keep together
    first, second = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = first * second / max(pairs(len(labels)), 1)
    most = (first + second) / 2
    if most == expected:  # each is one cluster, or each keeps nobody together
        return 1.0
    return float((together - expected) / (most - expected))


def pairs(counts: Any) -> float:
    """Return how many pairs there are within groups of these sizes."""
    counts = np.asarray(counts, dtype=float)
    return float((counts * (counts - 1)).sum() / 2)


def as_labels(name: str, labels: Any) -> np.ndarray:
    """Return labels as whole numbers 0, 1, …; raise ValueError unless they are (N,), N > 0."""
    labels = np.asarray(labels)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(f"{name} has shape {labels.shape}: pass one label per observation, (N,)")
    return np.unique(labels, return_inverse=True)[1]
