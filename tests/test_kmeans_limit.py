"""K-means as the limit of a mixture, and where it fails: the published numbers, one by one."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from emlib import GaussianMixture, KMeans, KMeansParams, em
from emlib.agreement import adjusted_rand
from emlib.data import three_groups, twelve_points, two_strips, unequal_spread
from emlib.widgets.limit import STOPS
from emlib.widgets.pair import as_start

PUBLISHED = json.loads((Path(__file__).parent / "published_kmeans.json").read_text("utf-8"))
LIMIT, FAILS = PUBLISHED["limit"], PUBLISHED["fails"]
START = KMeansParams(np.array(LIMIT["start"], dtype=float))


def objective(x, means):
    """J: every point's squared distance from the nearest mean, summed."""
    return ((x[:, None] - means) ** 2).sum(axis=2).min(axis=1).sum()


def free_energy(x, log_likelihood, variance, components):
    """F = −2ε Σ log Σ exp(−d²/2ε), from the log-likelihood."""
    constant = len(x) * (np.log(components) + np.log(2 * np.pi * variance))
    return -2 * variance * (log_likelihood + constant)


@pytest.mark.parametrize("row", LIMIT["rows"], ids=lambda row: f"variance {row['sigma2']}")
def test_the_mixture_ends_where_it_was_published(row):
    x, variance = twelve_points(), row["sigma2"]
    model = KMeans(variance, hard=False)
    *_, last = em(model, x, START, max_iter=row["iterations"], tol=0)
    np.testing.assert_allclose(last.params.means, row["means"], rtol=0, atol=1e-9)
    assert last.log_likelihood == pytest.approx(row["loglik"], rel=1e-11)
    shares = model.e_step(x, last.params)
    assert shares[5, 0] == pytest.approx(row["resp_point6_comp1"], abs=1e-9)
    ours = free_energy(x, last.log_likelihood, variance, 2)
    assert ours == pytest.approx(row["F"], rel=1e-9, abs=1e-8)


def test_the_slider_stops_at_the_published_variances_and_at_0():
    assert [*(row["sigma2"] for row in LIMIT["rows"]), 0] == list(STOPS)


def test_k_means_reaches_the_best_of_all_splits_in_two():
    x = twelve_points()
    *_, last = em(KMeans(), x, START)
    labels = "".join(str(k) for k in last.posterior.argmax(axis=1))
    assert labels == LIMIT["optimum"]["labels"]
    np.testing.assert_allclose(last.params.means, [[13 / 6, 13 / 6], [7, 19 / 3]], rtol=1e-12)
    assert objective(x, last.params.means) == pytest.approx(25, rel=1e-12)
    splits = (np.array(one) for one in product([0, 1], repeat=11))
    costs = sorted(split_cost(x, np.append(0, one)) for one in splits if one.any())
    assert len(costs) == 2047
    assert costs[0] == pytest.approx(25) and costs[1] == pytest.approx(29.314285714285717)


def split_cost(x, labels):
    return sum(((x[labels == k] - x[labels == k].mean(axis=0)) ** 2).sum() for k in (0, 1))


def test_lloyd_from_two_neighbours_lowers_the_objective_as_published():
    x = twelve_points()
    steps = list(em(KMeans(), x, KMeansParams(np.array([[1.0, 1], [2, 1]]))))
    costs = [objective(x, step.params.means) for step in steps if step.kind != "M"]
    expected = LIMIT["lloyd_from_1_1_and_2_1"]
    assert costs[1 : 1 + len(expected)] == pytest.approx(expected)  # after every assignment


def test_both_means_fall_together_above_the_largest_variance():
    x = twelve_points()
    critical = np.linalg.eigvalsh(np.cov(x.T, bias=True))[1]
    assert critical == pytest.approx(LIMIT["critical"])
    for variance, together in ((critical * 1.05, True), (critical * 0.95, False)):
        *_, last = em(KMeans(variance, hard=False), x, START, max_iter=2000, tol=0)
        assert (np.ptp(last.params.means, axis=0).max() < 1e-6) == together


@pytest.mark.parametrize("make", [two_strips, unequal_spread], ids=lambda make: make.__name__)
def test_the_mixture_finds_what_k_means_does_not(make):
    (x, labels), published = make(), FAILS[make.__name__]
    start = KMeansParams(np.array(published["kmeans"]["centres"]))
    *_, hard = em(KMeans(), x, start)
    np.testing.assert_allclose(hard.params.means, published["kmeans"]["centres"], atol=1e-9)
    assert objective(x, hard.params.means) == pytest.approx(published["kmeans"]["objective"])
    assert sorted(hard.posterior.sum(axis=0)) == published["kmeans"]["sizes"]
    model = GaussianMixture()
    *_, soft = em(model, x, model.m_step(x, hard.posterior), tol=1e-13)
    wanted = published["mixture"]
    assert soft.log_likelihood == pytest.approx(wanted["log_likelihood"], abs=1e-6)
    order = np.argsort(soft.params.weights)[:: 1 if wanted["weights"][0] < 0.5 else -1]
    for name in ("weights", "means", "covs"):
        ours = getattr(soft.params, name)[order]
        np.testing.assert_allclose(ours, wanted[name], rtol=1e-4, atol=1e-4)
    agreement = adjusted_rand(labels, soft.posterior.argmax(axis=1))
    assert agreement == pytest.approx(wanted["ari"])


def test_on_three_round_groups_k_means_is_as_good_and_cheaper():
    x, labels = three_groups()
    means = np.array([(1.0, 0), (4, 0), (2, 3)])
    *_, hard = em(KMeans(), x, KMeansParams(means))
    *_, soft = em(GaussianMixture(), x, as_start(x, means))
    first, second = (adjusted_rand(labels, end.posterior.argmax(1)) for end in (hard, soft))
    assert first >= second > 0.9
    assert hard.iteration * 3 < soft.iteration


def test_spheres_have_variance_1_unless_another_is_given():
    assert KMeans() == KMeans(1.0)
