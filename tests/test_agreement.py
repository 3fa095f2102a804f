"""The adjusted Rand index is that of Hubert & Arabie, as scikit-learn computes it."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from emlib import data
from emlib.agreement import adjusted_rand

FAILS = json.loads((Path(__file__).parent / "published_kmeans.json").read_text("utf-8"))["fails"]
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30)


@given(PAIRS)
def test_it_agrees_with_scikit_learn(pairs):
    labels, others = (list(one) for one in zip(*pairs))
    expected = adjusted_rand_score(labels, others)
    assert adjusted_rand(labels, others) == pytest.approx(expected, abs=1e-12)


@given(PAIRS)
def test_it_is_symmetric_and_names_do_not_matter(pairs):
    labels, others = (np.array(one) for one in zip(*pairs))
    value = adjusted_rand(labels, others)
    assert adjusted_rand(others, labels) == pytest.approx(value, abs=1e-12)
    assert adjusted_rand(7 - labels, [f"group {k}" for k in others]) == pytest.approx(value)


def test_it_agrees_with_an_example_by_hand():
    # Pairs together: 1 in both, 2 and 2 of 6 in either; expected 2·2/6, at most 2.
    assert adjusted_rand([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx((1 - 1 / 3) / (1.5 - 1 / 3))
    assert adjusted_rand([0, 0, 1, 1], [0, 1, 0, 1]) == pytest.approx(-0.5)


@pytest.mark.parametrize("labels", [[0], [3, 3, 3], [0, 1, 2], ["a", "b", "a"]])
def test_equal_clusterings_agree_wholly(labels):
    assert adjusted_rand(labels, labels) == 1


def test_one_cluster_says_nothing_about_many():
    assert adjusted_rand([0, 0, 0, 0], [0, 0, 1, 1]) == 0
    assert adjusted_rand([0, 1, 2, 3], [0, 0, 0, 0]) == 0


def test_labels_by_chance_agree_by_nothing():
    draw = np.random.default_rng(0)
    values = [adjusted_rand(*draw.integers(0, 3, (2, 200))) for _ in range(200)]
    assert abs(np.mean(values)) < 0.002


@pytest.mark.parametrize("name", FAILS)
def test_k_means_is_as_far_from_the_groups_as_published(name):
    x, labels = getattr(data, name)()
    published = FAILS[name]["kmeans"]
    distances = ((x[:, None] - np.array(published["centres"])) ** 2).sum(axis=2)
    assert adjusted_rand(labels, distances.argmin(axis=1)) == pytest.approx(published["ari"])


@pytest.mark.parametrize(
    ("labels", "others", "message"),
    [
        ([0, 1], [0, 1, 1], "labels has 2 and others 3 observations"),
        ([], [], r"labels has shape \(0,\)"),
        ([[0, 1]], [0, 1], r"labels has shape \(1, 2\)"),
        ([0, 1], [[0], [1]], r"others has shape \(2, 1\)"),
        (3, [0, 1], r"labels has shape \(\)"),
    ],
)
def test_what_cannot_be_compared_is_refused(labels, others, message):
    with pytest.raises(ValueError, match=message):
        adjusted_rand(labels, others)
