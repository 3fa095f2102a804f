"""Tables of the literature, each checked against the source and by a computation without emlib."""

import json
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from cases import COVARIANCES
from scipy import optimize, stats
from scipy.special import gammaln, xlogy
from sklearn.datasets import load_iris

from emlib import GaussianMixture, GaussianParams, Repeated, convergence_rate, em, fit
from emlib.data import do_batzoglou_heads, old_faithful

TABLES = json.loads((Path(__file__).parent / "published_tables.json").read_text(encoding="utf-8"))
FINE = {"tol": 1e-15, "max_iter": 20_000}


def after_m_steps(steps):
    return [step for step in steps if step.kind != "E"]


# ---- Dempster, Laird & Rubin (1977), Table 1: a reader's own model ----


class LinkageParams(NamedTuple):
    p: np.ndarray  # ()


class Linkage:
    """The first cell is two: 1/2, and p/4 like the last one. x holds the number of the cell."""

    def log_joint(self, x, params):
        with np.errstate(divide="ignore"):
            table = np.log([[2, params.p], [0, 1 - params.p], [0, 1 - params.p], [0, params.p]])
        return (table - np.log(4))[x.astype(int)]

    def m_step(self, x, responsibilities):
        expected = responsibilities[:, 1]  # animals in cells that depend on p
        return LinkageParams(expected @ np.isin(x, (0, 3)) / expected.sum())


LINKAGE = TABLES["linkage"]
ROOT = (15 + np.sqrt(53_809)) / 394  # of 197 p² - 15 p - 68, the slope of the log-likelihood
ANIMALS = Repeated(Linkage(), LINKAGE["counts"]), np.arange(4), LinkageParams(0.5)


def test_dempster_laird_and_rubin_table_1():
    steps = after_m_steps(em(*ANIMALS, tol=0, max_iter=8))
    for step, (iteration, p, error, _) in zip(steps, LINKAGE["rows"], strict=True):
        assert step.iteration == iteration
        assert step.params.p == pytest.approx(p, abs=1.1e-9)  # p(2) ends in 0505, printed as 051
        assert LINKAGE["maximum"] - step.params.p == pytest.approx(error, abs=2.1e-9)


def test_the_ratios_of_table_1_are_the_rate():
    answer = fit(*ANIMALS)
    assert answer.converged
    assert answer.params.p == pytest.approx(LINKAGE["maximum"], abs=1e-5)
    assert answer.rate == pytest.approx(LINKAGE["rate"], abs=5e-5)
    errors = [ROOT - s.params.p for s in after_m_steps(em(*ANIMALS, tol=0, max_iter=6))]
    ratios = [row[3] for row in LINKAGE["rows"][:6]]
    np.testing.assert_allclose(np.divide(errors[1:], errors[:-1]), ratios, atol=5.1e-5)


def test_table_1_in_whole_fractions():
    """The iteration of the paper, p' = (x2 + 34) / (x2 + 72) with x2 = 125 p / (2 + p), exactly."""
    p = Fraction(1, 2)
    for step in after_m_steps(em(*ANIMALS, tol=0, max_iter=8)):
        assert step.params.p == pytest.approx(float(p), rel=1e-14)
        both = 125 * p / (2 + p)
        p = (both + 34) / (both + 72)


def test_the_maximum_of_table_1_is_the_root_of_its_quadratic():
    answer = fit(*ANIMALS, tol=0, max_iter=40)
    assert answer.params.p == pytest.approx(ROOT, rel=1e-14)
    assert answer.params.p == pytest.approx(LINKAGE["maximum"], abs=5e-10)
    # minus the ratio of informations: 1 - observed / complete (Dempster et al. 1977, section 3)
    p, both = answer.params.p, 125 * answer.params.p / (2 + answer.params.p)
    observed = 125 / (2 + p) ** 2 + 38 / (1 - p) ** 2 + 34 / p**2
    complete = (both + 34) / p**2 + 38 / (1 - p) ** 2
    assert convergence_rate(*ANIMALS[:2], answer.params) == pytest.approx(
        1 - observed / complete, abs=2e-5
    )


def test_the_animals_one_by_one_give_the_table_too():
    x = np.repeat(np.arange(4), LINKAGE["counts"])
    whole = after_m_steps(em(Linkage(), x, LinkageParams(0.5), tol=0, max_iter=8))
    short = after_m_steps(em(*ANIMALS, tol=0, max_iter=8))
    for step, other in zip(whole, short, strict=True):
        assert step.params.p == pytest.approx(other.params.p, rel=1e-13)
        assert step.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-13)


# ---- Hasselblad (1969): a mixture of two Poisson distributions, a reader's own model ----


class PoissonParams(NamedTuple):
    weights: np.ndarray  # (K,)
    means: np.ndarray  # (K,)


class Poisson:
    def log_joint(self, x, params):
        x = x[:, None]
        return np.log(params.weights) + xlogy(x, params.means) - params.means - gammaln(x + 1)

    def m_step(self, x, responsibilities):
        counts = responsibilities.sum(axis=0)
        return PoissonParams(counts / counts.sum(), responsibilities.T @ x / counts)


DEATHS = TABLES["deaths"]
DAYS = np.array(DEATHS["days"])
NOTICES = Repeated(Poisson(), DAYS), np.arange(10), PoissonParams((0.3, 0.7), (1.0, 2.5))


def poisson_cost(free):
    weight, first, second = free
    density = weight * stats.poisson.pmf(range(10), first)
    return -DAYS @ np.log(density + (1 - weight) * stats.poisson.pmf(range(10), second))


def test_hasselblad_s_deaths():
    answer = fit(*NOTICES, **FINE)
    assert answer.converged
    assert answer.params.weights[0] == pytest.approx(DEATHS["weight"], abs=5e-5)
    np.testing.assert_allclose(answer.params.means, DEATHS["means"], atol=5e-4)
    best = optimize.minimize(
        poisson_cost,
        (0.36, 1.26, 2.66),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )
    found = (answer.params.weights[0], *answer.params.means)
    np.testing.assert_allclose(found, best.x, atol=2e-5)
    assert answer.log_likelihood == pytest.approx(-best.fun, abs=1e-9)


def test_hasselblad_s_deaths_are_slow():
    """The example of papers on acceleration (Varadhan & Roland 2008) because of this rate."""
    answer = fit(*NOTICES, **FINE)
    assert 0.995 < answer.rate < 0.996
    assert answer.iterations > 1000


def test_the_default_tolerance_stops_within_a_hundredth_of_a_standard_error():
    """EM is slow here, so it stops 1e-5 nats early; a standard error is worth half a nat."""
    answer, exact = fit(*NOTICES, max_iter=20_000), fit(*NOTICES, **FINE)
    assert answer.status == "converged"
    assert 0 <= exact.log_likelihood - answer.log_likelihood < 0.01**2 / 2
    np.testing.assert_allclose(answer.params.means, exact.params.means, rtol=2e-3)


def test_the_deaths_one_by_one_follow_a_loop_without_numpy():
    weight, first, second = 0.3, 1.0, 2.5
    for step in after_m_steps(em(*NOTICES, tol=0, max_iter=10)):
        assert step.params.weights[0] == pytest.approx(weight, rel=1e-12)
        np.testing.assert_allclose(step.params.means, (first, second), rtol=1e-12)
        one = heads = total = 0.0
        for deaths, days in enumerate(DEATHS["days"]):
            a = weight * 2.718281828459045**-first * first**deaths
            b = (1 - weight) * 2.718281828459045**-second * second**deaths
            one += days * a / (a + b)
            heads += days * deaths * a / (a + b)
            total += days * deaths
        weight, first, second = one / 1096, heads / one, (total - heads) / (1096 - one)


# ---- mixtools: Old Faithful, one common variance ----


def test_mixtools_fit_of_the_waiting_times():
    table, x = TABLES["waiting"], old_faithful()[:, 1]
    start = GaussianParams((0.5, 0.5), (55.0, 80.0), (25.0, 25.0))
    answer = fit(GaussianMixture("tied"), x, start)
    assert answer.converged
    np.testing.assert_allclose(answer.params.weights, table["weights"], atol=2e-5)
    np.testing.assert_allclose(answer.params.means, table["means"], atol=1e-3)  # it stopped early
    np.testing.assert_allclose(np.sqrt(answer.params.covs), table["sd"], atol=5e-4)
    assert answer.log_likelihood == pytest.approx(table["log_likelihood"], abs=5e-6)


def test_mixtools_printed_what_em_holds_when_it_stops_at_1e_8():
    """`normalmixEM` stops when the log-likelihood gains less than 1e-8."""
    table, x = TABLES["waiting"], old_faithful()[:, 1]
    start = GaussianParams((0.5, 0.5), (55.0, 80.0), (25.0, 25.0))
    steps = after_m_steps(em(GaussianMixture("tied"), x, start, tol=0, max_iter=60))
    gains = np.diff([step.log_likelihood for step in steps])
    last = steps[int(np.argmax(gains < 1e-8)) + 1]
    np.testing.assert_allclose(last.params.weights, table["weights"], atol=6e-6)
    np.testing.assert_allclose(last.params.means, table["means"], atol=6e-6)
    assert np.sqrt(last.params.covs[0]) == pytest.approx(table["sd"], abs=6e-6)


# ---- mclust: the irises, four types of covariance, one to three components ----

IRIS = load_iris().data


def count_params(kind, components, axes=4):
    triangle = axes * (axes + 1) // 2
    each = {"full": components * triangle, "tied": triangle, "diagonal": components * axes}
    return components - 1 + components * axes + each.get(kind, components)


def from_species(kind, components):
    """Return a start: mclust's clusters of the irises are close to the species."""
    species = np.repeat([0, 1, 2], 50).clip(max=components - 1)
    return GaussianMixture(kind).m_step(IRIS, np.eye(components)[species])


@pytest.mark.parametrize("kind", COVARIANCES)
@pytest.mark.parametrize("components", [1, 2])
def test_mclust_s_bic_of_the_irises(kind, components):
    answer = fit(GaussianMixture(kind), IRIS, from_species(kind, components))
    bic = 2 * answer.log_likelihood - count_params(kind, components) * np.log(150)
    assert bic == pytest.approx(TABLES["iris"][kind][components - 1], abs=1e-4)


@pytest.mark.parametrize(("kind", "early"), [("full", 2e-3), ("tied", 3e-3), ("spherical", 1e-2),
                                              ("diagonal", 0.7)])  # fmt: skip
def test_mclust_s_bic_of_three_clusters(kind, early):
    """EM goes on where mclust stops, so ours may only be higher, by a little."""
    answer = fit(GaussianMixture(kind), IRIS, from_species(kind, 3), max_iter=5000)
    bic = 2 * answer.log_likelihood - count_params(kind, 3) * np.log(150)
    assert 0 <= bic - TABLES["iris"][kind][2] + 5e-5 < early
    gains = np.diff(answer.path) / np.abs(answer.path[1:])
    stopped = 2 * answer.path[1:][np.argmax(gains < 1e-5)] - count_params(kind, 3) * np.log(150)
    assert TABLES["iris"][kind][2] < bic + 5e-5
    assert abs(stopped - TABLES["iris"][kind][2]) < 2.0


@pytest.mark.parametrize("kind", COVARIANCES)
def test_one_cluster_of_irises_is_a_normal_of_scipy(kind):
    cov = np.cov(IRIS.T, bias=True)
    if kind == "diagonal":
        cov = np.diag(np.diag(cov))
    if kind == "spherical":
        cov = np.eye(4) * np.trace(cov) / 4
    expected = stats.multivariate_normal(IRIS.mean(axis=0), cov).logpdf(IRIS).sum()
    answer = fit(GaussianMixture(kind), IRIS, from_species(kind, 1))
    assert answer.log_likelihood == pytest.approx(expected, rel=1e-12)


# ---- gene counting: a reader's own model with six genotypes ----


class AlleleParams(NamedTuple):
    alleles: np.ndarray  # (3,) shares of A, B, O


PAIRS = [(0, 0), (0, 2), (1, 1), (1, 2), (0, 1), (2, 2)]  # genotypes AA AO BB BO AB OO
LOOKS = [0, 0, 1, 1, 2, 3]  # their phenotypes A, B, AB, O


class GeneCounting:
    """The genotype is hidden: x is the phenotype, 0 to 3."""

    def log_joint(self, x, params):
        shares = [params.alleles[a] * params.alleles[b] * (1 + (a != b)) for a, b in PAIRS]
        with np.errstate(divide="ignore"):
            return np.log(np.where(x[:, None] == LOOKS, shares, 0))

    def m_step(self, x, responsibilities):
        genes = np.zeros(3)
        for (a, b), count in zip(PAIRS, responsibilities.sum(axis=0), strict=True):
            genes[[a]] += count
            genes[[b]] += count
        return AlleleParams(genes / genes.sum())


BLOOD = TABLES["blood"]
PATIENTS = (
    Repeated(GeneCounting(), BLOOD["counts"]),
    np.arange(4),
    AlleleParams((0.3, 0.2, 0.5)),
)


def test_the_published_maximum_of_gene_counting():
    answer = fit(*PATIENTS, **FINE)
    assert answer.converged
    np.testing.assert_allclose(answer.params.alleles, BLOOD["maximum"], atol=5e-5)


def test_gene_counting_in_whole_fractions():
    a, b, o = Fraction(3, 10), Fraction(1, 5), Fraction(1, 2)
    n_a, n_b, n_ab, n_o = BLOOD["counts"]
    for step in after_m_steps(em(*PATIENTS, tol=0, max_iter=5)):
        np.testing.assert_allclose(step.params.alleles, [float(a), float(b), float(o)], rtol=1e-13)
        aa, bb = n_a * a / (a + 2 * o), n_b * b / (b + 2 * o)
        a, b, o = (
            (n_a + aa + n_ab) / (2 * 521),
            (n_b + bb + n_ab) / (2 * 521),
            ((n_a - aa) + (n_b - bb) + 2 * n_o) / (2 * 521),
        )


def test_gene_counting_finds_the_maximum_that_scipy_finds():
    def cost(free):
        a, b = free
        o = 1 - a - b
        cells = np.array([a * a + 2 * a * o, b * b + 2 * b * o, 2 * a * b, o * o])
        return -np.array(BLOOD["counts"]) @ np.log(cells)

    best = optimize.minimize(cost, (0.2, 0.1), method="Nelder-Mead", options={"xatol": 1e-10})
    answer = fit(*PATIENTS, **FINE)
    assert answer.converged
    np.testing.assert_allclose(answer.params.alleles[:2], best.x, atol=1e-7)
    assert answer.log_likelihood == pytest.approx(-best.fun, rel=1e-12)


# ---- Do & Batzoglou (2008), Fig. 1, by hand ----


def test_do_and_batzoglou_figure_1_in_whole_fractions(published):
    """Every number of Fig. 1b: responsibilities, expected heads and tails, both coins."""
    from emlib import CoinMixture, CoinParams

    x, n = do_batzoglou_heads().astype(int).tolist(), 10
    a, b = Fraction(3, 5), Fraction(1, 2)
    steps = list(em(CoinMixture(n, weights=(0.5, 0.5)), x, CoinParams((0.5, 0.5), (0.6, 0.5)),
                    tol=0, max_iter=10))  # fmt: skip
    for e, m in zip(steps[1:5:2], steps[2:5:2], strict=True):
        share = [a**k * (1 - a) ** (n - k) for k in x]
        other = [b**k * (1 - b) ** (n - k) for k in x]
        q = [s / (s + o) for s, o in zip(share, other, strict=True)]
        np.testing.assert_allclose(e.posterior[:, 0], [float(one) for one in q], rtol=1e-12)
        a = sum(w * k for w, k in zip(q, x, strict=True)) / (n * sum(q))
        b = sum((1 - w) * k for w, k in zip(q, x, strict=True)) / (n * sum(1 - w for w in q))
        np.testing.assert_allclose(m.params.heads, [float(a), float(b)], rtol=1e-12)
    first = np.round(steps[1].posterior[:, 0], 2)
    np.testing.assert_array_equal(first, [0.45, 0.80, 0.73, 0.35, 0.65])  # as printed in Fig. 1b
    heads = steps[1].posterior.T @ x
    np.testing.assert_allclose(heads, [21.3, 11.7], atol=0.06)  # "≈ 21.3 H" and "≈ 11.7 H"
    tails = steps[1].posterior.T @ (10 - np.array(x))
    np.testing.assert_allclose(tails, [8.6, 8.4], atol=0.06)
    assert np.round(steps[-1].params.heads, 2).tolist() == published["do_batzoglou"]["after_10"]
