"""One algorithm for every exponential family: features, coefficients, statistics."""

from typing import NamedTuple

import numpy as np
import pytest
from cases import CASES, COINS, HALF, HEADS, LINE, ON_LINE, ON_PLANE, PLANE
from scipy.special import gammaln

from emlib import CoinMixture, CoinParams, GaussianMixture, KMeans, Linear, Repeated, em, fit
from emlib.linear import product
from emlib.mixture import complete
from emlib.prior import MapGaussianMixture, WithPrior
from emlib.runs import job_of, speaks_for

FORMS = {name: case for name, case in CASES.items() if "reader's own" not in name}
# Days with 0, 1, … 9 notices of the death of a woman over 80 in The Times, London, 1910 to 1912
# (Hasselblad 1969, table 1): a mixture of two Poisson distributions.
NOTICES = np.arange(10.0)
DAYS = np.array([162, 267, 271, 185, 111, 61, 27, 8, 3, 1])


class PoissonParams(NamedTuple):
    weights: np.ndarray
    rates: np.ndarray


class Poisson(Linear):
    """A reader's own exponential family: three methods, and one for the shared term."""

    def features(self, x):
        return np.stack([np.ones(len(x)), x])

    def coefficients(self, params):
        weights, rates = (np.asarray(part, dtype=float) for part in params)
        return np.stack([np.log(weights) - rates, np.log(rates)], axis=1)

    def log_base(self, x):
        return -gammaln(np.asarray(x) + 1)

    def maximise(self, statistics):
        counts, sums = statistics.T
        return PoissonParams(counts / counts.sum(), sums / counts)


class JumpingPoisson(Poisson):
    def coordinates(self, params):
        return np.log(np.concatenate(params))

    def from_coordinates(self, row):
        weights, rates = np.split(np.exp(row), 2)
        return PoissonParams(weights / weights.sum(), rates)


POISSON_START = PoissonParams((0.3, 0.7), (1.0, 2.5))


@pytest.fixture(params=FORMS.values(), ids=FORMS.keys())
def form(request):
    """A model with its data and start, and the same in its linear form."""
    model, x, start = request.param
    x, start = model.check(x, start)
    job = job_of(model, x, start)
    return model, x, job.inner(start), job


def table_of(passes, params):
    model = passes.model
    return (product(model.coefficients(params), model.features(passes.x)).T
            + model.log_base(passes.x)[:, None])  # fmt: skip


# ---- the linear form of a model is the model ----


def test_coefficients_times_features_are_the_log_joint(form):
    model, _, start, passes = form
    direct = passes.model.log_joint(passes.x, start)
    np.testing.assert_allclose(table_of(passes, start), direct, rtol=1e-10, atol=1e-10)
    if not isinstance(model, CoinMixture | Repeated):  # whose observations are merged
        there = model.log_joint(form[1], passes.outer(start))
        np.testing.assert_allclose(direct, there, rtol=1e-12, atol=1e-12)


def test_statistics_hold_all_that_the_m_step_needs(form):
    model, x, _, passes = form
    q = np.random.default_rng(0).dirichlet(np.ones(passes.components), len(passes.x))
    weighted = q if passes.times is None else q * passes.times[:, None]
    found = passes.model.maximise(weighted.T @ passes.model.features(passes.x).T)
    counts, exact = passes.model.pooled([passes.model.gathered(passes.x, weighted)])
    np.testing.assert_allclose(counts, weighted.sum(axis=0), rtol=1e-12)
    for one, other in zip(found, exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)
    if passes.times is None:
        for one, other in zip(passes.outer(found), model.m_step(x, q), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10)


def test_parts_of_the_data_pool_to_the_whole(form):
    _, _, start, passes = form
    model, q = passes.model, passes.model.e_step(passes.x, start)
    whole = model.pooled([model.gathered(passes.x, q)])
    cuts = [slice(0, 2), slice(2, 3), slice(3, None)]
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = [model.part(cut).gathered(passes.x[cut], q[cut]) for cut in cuts]
        pooled = model.pooled(parts)
    np.testing.assert_allclose(pooled[0], whole[0], rtol=1e-12)
    for one, other in zip(pooled[1], whole[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_coordinates_go_there_and_back(form):
    _, _, start, passes = form
    params = passes.step(start).params
    back = passes.model.from_coordinates(passes.model.coordinates(params))
    for one, other in zip(back, params, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)
        assert np.shape(one) == np.shape(other)


def test_the_first_feature_counts(form):
    passes = form[3]
    assert (passes.model.features(passes.x)[0] == 1).all()


def test_equal_groups_of_tosses_are_merged():
    x = np.repeat([3.0, 7.0, 3.0], [5, 2, 4])
    model, distinct, times = CoinMixture(10).prepared(x)
    assert distinct.tolist() == [3, 7]
    assert times.tolist() == [9, 2]
    assert model == CoinMixture(10)


def test_equal_groups_of_unequal_sizes_are_merged_by_size():
    model, distinct, times = CoinMixture((9, 8, 9, 9)).prepared(np.array([3.0, 3, 3, 4]))
    groups = sorted(zip(distinct.tolist(), model.tosses, times.tolist(), strict=True))
    assert groups == [(3, 8, 1), (3, 9, 2), (4, 9, 1)]
    assert model.part(slice(1, 3)).tosses == model.tosses[1:3]


def test_groups_of_very_many_tosses_are_merged_too():
    _, distinct, times = CoinMixture(10**12).prepared(np.array([5e11, 2e11, 5e11]))
    assert distinct.tolist() == [2e11, 5e11]
    assert times.tolist() == [1, 2]
    start = CoinParams(HALF, (0.2, 0.6))
    assert fit(CoinMixture(10**12), [5e11, 2e11, 5e11], start).params.heads[0] == 0.2


def test_more_groups_than_are_counted_at_once():
    x = np.arange(200_000.0) % 11
    _, _, times = CoinMixture(10).prepared(x)
    assert times.tolist() == np.bincount(x.astype(int)).tolist()
    _, _, twice = Repeated(CoinMixture(10), np.full(len(x), 2)).prepared(x)
    assert twice.tolist() == (2 * times).tolist()


def test_a_merged_observation_keeps_the_times_of_repeated_ones():
    _, distinct, times = Repeated(CoinMixture(10), (1, 2, 0.5)).prepared(np.array([4.0, 2, 4]))
    assert distinct.tolist() == [2, 4]
    assert times.tolist() == [2, 1.5]


# ---- a reader's own exponential family ----


def test_a_readers_own_family_steps_and_fits_alike():
    model = Repeated(Poisson(), DAYS)
    steps = list(em(model, NOTICES, POISSON_START, max_iter=50, tol=0))
    answer = fit(model, NOTICES, POISSON_START, max_iter=50, tol=0)
    assert job_of(complete(model), NOTICES, POISSON_START) is not None
    np.testing.assert_allclose(answer.params.rates, steps[-1].params.rates, rtol=1e-12)
    np.testing.assert_allclose(answer.bounds, [s.elbo for s in steps if s.kind == "M"], rtol=1e-12)


def test_the_notices_of_the_times():
    # Titterington, Smith & Makov (1985), section 4.3: 0.3599, 1.2561, 2.6634, -1989.9459
    model = Repeated(Poisson(), DAYS)
    answer = fit(model, NOTICES, POISSON_START, tol=1e-16, max_iter=20_000)
    np.testing.assert_allclose(answer.params.weights[0], 0.3599, atol=5e-5)
    np.testing.assert_allclose(answer.params.rates, (1.2561, 2.6634), atol=5e-5)
    assert answer.log_likelihood == pytest.approx(-1989.9459, abs=5e-5)
    assert answer.converged


def test_two_components_that_share_the_zeros_are_not_identified():
    x, start = np.array([0.0, 0, 0, 0, 0, 8, 9, 10, 12]), ((0.3, 0.3, 0.4), (0.1, 0.2, 9.0))
    assert fit(Poisson(), x, PoissonParams(*start)).status in ("flat", "unchecked")


def test_a_readers_own_family_can_be_accelerated():
    model, plain = Repeated(JumpingPoisson(), DAYS), Repeated(Poisson(), DAYS)
    fast = fit(model, NOTICES, POISSON_START, accelerate=True, tol=1e-14)
    slow = fit(plain, NOTICES, POISSON_START, tol=1e-16, max_iter=20_000)
    np.testing.assert_allclose(fast.params.rates, slow.params.rates, rtol=1e-4)
    assert fast.log_likelihood >= slow.log_likelihood - 1e-9
    assert fast.iterations < slow.iterations / 20


@pytest.mark.parametrize("rates", [(0.1, 9.0), (9.0, 0.1)])
@pytest.mark.parametrize("some", [[8.0, 9, 10, 12], [2.0, 3, 4, 3, 2]])
def test_a_rate_of_almost_0_is_a_maximum(some, rates):
    answer = fit(Poisson(), np.append(np.zeros(4), some), PoissonParams(HALF, rates))
    assert answer.converged
    assert min(answer.params.rates) < 1e-100
    assert answer.rate < 0.5


def test_without_coordinates_acceleration_says_what_is_missing():
    with pytest.raises(NotImplementedError, match=r"^write coordinates\(self, params\) for your"):
        fit(Repeated(Poisson(), DAYS), NOTICES, POISSON_START, accelerate=True)


@pytest.mark.parametrize("name", ["features", "coefficients", "maximise", "from_coordinates"])
def test_an_unwritten_method_says_so(name):
    with pytest.raises(NotImplementedError, match=f"^write {name}"):
        getattr(Linear(), name)(None)


# ---- whoever changes a formula is not overruled ----


class Shrunk(GaussianMixture):
    def m_step(self, x, responsibilities):
        params = super().m_step(x, responsibilities)
        return params._replace(means=0.9 * params.means)


class Heavy(CoinMixture):
    def log_joint(self, x, params):
        return super().log_joint(x, params) / 2


class Believer(CoinMixture):
    def log_prior(self, params):
        return -float(np.sum(np.square(params.heads)))


@pytest.mark.parametrize("model", [Shrunk(), Heavy(10), Repeated(Shrunk(), np.ones(40)), object()])
def test_a_changed_formula_goes_by_way_of_em(model):
    assert not speaks_for(model)


@pytest.mark.parametrize("formula", ["log_joint", "m_step", "e_step", "log_likelihood", "elbo",
                                     "each_log_likelihood", "each_elbo", "empty"])  # fmt: skip
def test_any_changed_formula_goes_by_way_of_em(formula):
    changed = type("Changed", (GaussianMixture,), {formula: lambda self, *_: None})
    assert not speaks_for(changed())


def test_a_changed_m_step_is_used():
    answer = fit(Shrunk(), LINE, ON_LINE, max_iter=3, tol=0)
    last = list(em(Shrunk(), LINE, ON_LINE, max_iter=3, tol=0))[-1]
    np.testing.assert_array_equal(answer.params.means, last.params.means)


@pytest.mark.parametrize(
    "model", [GaussianMixture(), CoinMixture(10), KMeans(), Believer(10),
              MapGaussianMixture(scale=np.eye(2), dof=4), Poisson()], ids=type)  # fmt: skip
def test_an_unchanged_formula_goes_the_fast_way(model):
    assert speaks_for(model)
    assert speaks_for(Repeated(model, (1, 2)))


def test_a_prior_counts_in_the_fast_way_as_in_the_other():
    model = MapGaussianMixture.for_data(PLANE, 2)
    steps = list(em(model, PLANE, ON_PLANE, max_iter=9, tol=0))
    answer = fit(model, PLANE, ON_PLANE, max_iter=9, tol=0)
    np.testing.assert_allclose(answer.bounds, [s.elbo for s in steps if s.kind == "M"], rtol=1e-12)
    np.testing.assert_allclose(answer.params.covs, steps[-1].params.covs, rtol=1e-10)


def test_a_prior_inside_repeated_counts_once():
    prior, times = MapGaussianMixture.for_data(PLANE, 2), np.full(40, 3)
    thrice = np.repeat(PLANE, 3, axis=0)
    here = fit(Repeated(prior, times), PLANE, ON_PLANE, max_iter=5, tol=0)
    there = fit(prior, thrice, ON_PLANE, max_iter=5, tol=0)
    np.testing.assert_allclose(here.path, there.path, rtol=1e-12)
    steps = list(em(Repeated(prior, times), PLANE, ON_PLANE, max_iter=5, tol=0))
    assert here.log_likelihood == pytest.approx(steps[-1].log_likelihood, rel=1e-12)


def test_a_prior_before_a_linear_model_keeps_its_own_m_step():
    class BetaCoins(WithPrior, CoinMixture):
        def log_prior(self, params):
            return float(np.log(params.heads * (1 - params.heads)).sum())

        def m_step(self, x, responsibilities):
            heads = (responsibilities.T @ x + 1) / (10 * responsibilities.sum(axis=0) + 2)
            return CoinParams(responsibilities.sum(axis=0) / len(x), heads)

    assert not speaks_for(BetaCoins(10))
    answer = fit(BetaCoins(10), HEADS, COINS, tol=1e-13)
    assert answer.converged
    assert (np.diff(answer.path) > -1e-13).all()


# ---- 0 · log 0 ----


def test_nothing_times_minus_infinity_is_nothing():
    table = product(np.array([[0.0, -np.inf]]), np.array([[1.0, 1.0], [0.0, 2.0]]))
    assert table.tolist() == [[0.0, -np.inf]]


def test_a_coin_that_never_shows_heads_is_possible_for_tails_alone():
    table = CoinMixture(2).log_joint([0, 1], CoinParams(HALF, (0.0, 0.5)))
    assert table[0, 0] == pytest.approx(np.log(0.5))
    assert table[1, 0] == -np.inf
