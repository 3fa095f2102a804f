"""Bayes' rule on one table, against brute force over every labelling of the data."""

from itertools import product

import numpy as np
import pytest
from cases import COINS, HALF, HEADS, LINE, ON_LINE, PLANE, THREE, Waiting, WaitingParams
from scipy import stats

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeans,
    KMeansParams,
    Mixture,
    Repeated,
    em,
    fit,
)
from emlib.mixture import complete, one_hot


def coin_densities(x, params):
    return np.stack([stats.binom.pmf(x, 10, heads) for heads in params.heads], axis=1)


def line_densities(x, params):
    pairs = zip(params.means, params.covs, strict=True)
    return np.stack([stats.norm.pdf(x, mean, np.sqrt(cov)) for mean, cov in pairs], axis=1)


def plane_densities(x, params):
    pairs = zip(params.means, params.covs, strict=True)
    return np.stack([stats.multivariate_normal.pdf(x, *pair) for pair in pairs], axis=1)


def waiting_densities(x, params):
    return np.stack([stats.expon.pdf(x, scale=mean) for mean in params.means], axis=1)


SMALL = {
    "coins": (CoinMixture(10), HEADS, CoinParams((0.3, 0.7), (0.4, 0.8)), coin_densities),
    "three coins": (
        CoinMixture(10),
        HEADS,
        CoinParams((0.2, 0.3, 0.5), (0.2, 0.5, 0.8)),
        coin_densities,
    ),
    "line": (GaussianMixture(), LINE[17:23], ON_LINE, line_densities),
    "plane": (GaussianMixture(), PLANE[17:23], THREE, plane_densities),
    "reader's own": (
        complete(Waiting()),
        LINE[:6] ** 2,
        WaitingParams(np.array((0.4, 0.6)), np.array((1.0, 5.0))),
        waiting_densities,
    ),
}


@pytest.fixture(params=SMALL.values(), ids=SMALL.keys())
def small(request):
    """A model, few observations, params, and the joint probability of every labelling."""
    model, x, params, densities = request.param
    joint = np.asarray(params.weights) * densities(x, params)  # (N, K)
    labellings = list(product(range(joint.shape[1]), repeat=len(x)))
    probabilities = [joint[np.arange(len(x)), list(z)].prod() for z in labellings]
    return model, x, params, np.array(labellings), np.array(probabilities)


def test_log_likelihood_is_a_sum_over_every_labelling(small):
    model, x, params, _, probabilities = small
    assert model.log_likelihood(x, params) == pytest.approx(np.log(probabilities.sum()), rel=1e-12)


def test_responsibilities_are_posterior_shares_of_the_labellings(small):
    model, x, params, labellings, probabilities = small
    posterior = probabilities / probabilities.sum()
    components = range(labellings.max() + 1)
    expected = [[posterior[z == k].sum() for k in components] for z in labellings.T]
    np.testing.assert_allclose(model.e_step(x, params), expected, rtol=1e-10, atol=1e-14)


def test_bound_of_any_q_is_a_sum_over_every_labelling(small):
    model, x, params, labellings, probabilities = small
    q = np.random.default_rng(0).dirichlet(np.ones(labellings.max() + 1), len(x))
    shares = np.array([q[np.arange(len(x)), labels].prod() for labels in labellings])
    expected = (shares * np.log(probabilities / shares)).sum()
    assert model.elbo(x, q, params) == pytest.approx(expected, rel=1e-12)


def test_what_the_bound_lacks_is_the_divergence_over_every_labelling(small):
    model, x, params, labellings, probabilities = small
    posterior = probabilities / probabilities.sum()
    q = np.random.default_rng(1).dirichlet(np.ones(labellings.max() + 1), len(x))
    shares = np.array([q[np.arange(len(x)), labels].prod() for labels in labellings])
    divergence = (shares * np.log(shares / posterior)).sum()
    gap = model.log_likelihood(x, params) - model.elbo(x, q, params)
    assert gap == pytest.approx(divergence, rel=1e-10)


def test_a_hard_bound_is_the_probability_of_its_labelling(small):
    model, x, params, labellings, probabilities = small
    for labels, probability in list(zip(labellings, probabilities, strict=True))[::7]:
        q = np.eye(labellings.max() + 1)[labels]
        assert model.elbo(x, q, params) == pytest.approx(np.log(probability), rel=1e-12)


def test_hard_responsibilities_choose_the_likeliest_labelling(small):
    model, x, params, labellings, probabilities = small
    chosen = one_hot(model.log_joint(x, params))
    np.testing.assert_array_equal(chosen.argmax(axis=1), labellings[probabilities.argmax()])


def test_shares_of_each_observation_add_up(small):
    model, x, params, _, _ = small
    q = model.e_step(x, params)
    assert model.each_log_likelihood(x, params).shape == (len(x),)
    assert model.each_log_likelihood(x, params).sum() == model.log_likelihood(x, params)
    assert model.each_elbo(x, q, params).sum() == model.elbo(x, q, params)


def test_rows_add_up_to_one_however_small_the_probabilities():
    class Tiny(Mixture):
        def log_joint(self, x, params):
            return np.array([[-1e8, -1e8 - 1.0, -1e8 - 2.0], [-7e12, -7e12, -8e12]])

    q = Tiny().e_step(None, None)
    np.testing.assert_allclose(q.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(q[:, 0], [1 / (1 + np.exp(-1) + np.exp(-2)), 0.5], rtol=1e-7)


def test_an_impossible_component_costs_nothing_while_nobody_believes_in_it():
    model, params = CoinMixture(10), CoinParams((0.5, 0.5), (0.0, 0.9))
    q = np.tile([0.0, 1.0], (5, 1))
    assert np.isfinite(model.elbo(HEADS, q, params))
    assert model.elbo(HEADS, np.full((5, 2), 0.5), params) == -np.inf


# ---- the published half-steps of one unknown mean ----


class OneMean:
    """p(x | theta) = N(x; theta, 1)/2 + N(x; 0, 1)/2."""

    def log_joint(self, x, params):
        means = np.array([params[0], 0.0])
        return np.log(0.5) - (x[:, None] - means) ** 2 / 2 - np.log(2 * np.pi) / 2

    def m_step(self, x, responsibilities):
        first = responsibilities[:, 0]
        return np.array([first @ x / first.sum()])


def test_published_bound_at_every_half_step(published):
    steps = list(em(OneMean(), published["bound"]["x"], [-2.0], max_iter=10, tol=0))
    for t, old, before, new, bound, after in published["bound"]["rows"]:
        e_step, m_step = steps[1 + 2 * t : 3 + 2 * t]
        assert e_step.params[0] == pytest.approx(old, abs=1e-10)
        assert e_step.log_likelihood == pytest.approx(before, abs=1e-10)
        assert e_step.elbo == pytest.approx(before, abs=1e-10)
        assert m_step.params[0] == pytest.approx(new, abs=1e-10)
        assert m_step.elbo == pytest.approx(bound, abs=1e-10)
        assert m_step.log_likelihood == pytest.approx(after, abs=1e-10)
        assert m_step.kl == pytest.approx(after - bound, abs=1e-10)


def test_published_maximum_and_rate_of_one_unknown_mean(published):
    answer = fit(OneMean(), published["bound"]["x"], [-2.0], tol=1e-15)
    mean, log_likelihood = published["bound"]["maximum"]
    assert answer.params[0] == pytest.approx(mean, abs=1e-6)
    assert answer.log_likelihood == pytest.approx(log_likelihood, abs=1e-10)
    assert answer.rate == pytest.approx(published["bound"]["rate"], abs=1e-5)


def test_published_bound_of_an_uninformed_q(published):
    model, x = complete(OneMean()), np.array(published["bound"]["x"])
    log_likelihood, bound, divergence = published["bound"]["uniform_q"]
    assert model.log_likelihood(x, [-2.0]) == pytest.approx(log_likelihood, abs=1e-10)
    assert model.elbo(x, np.full((6, 2), 0.5), [-2.0]) == pytest.approx(bound, abs=1e-10)
    assert log_likelihood - bound == pytest.approx(divergence, abs=1e-10)


# ---- hard assignments ----


def test_a_tie_goes_to_the_first_component():
    np.testing.assert_array_equal(one_hot(np.zeros((2, 3))), [[1, 0, 0], [1, 0, 0]])
    nearly = np.array([[-5.0 - 1e-15, -5.0, -9.0]])
    np.testing.assert_array_equal(one_hot(nearly), [[1, 0, 0]])


def test_near_0_a_tie_is_as_wide_as_the_rounding_of_a_log():
    assert one_hot(np.array([[0.0, 1e-15]])).tolist() == [[1, 0]]


def test_a_small_difference_is_no_tie():
    np.testing.assert_array_equal(one_hot(np.array([[-5.0 - 1e-9, -5.0]])), [[0, 1]])
    np.testing.assert_array_equal(one_hot(np.array([[-2e-16, -1e-16]]), unit=0), [[0, 1]])


def test_an_impossible_row_goes_somewhere():
    np.testing.assert_array_equal(one_hot(np.full((1, 2), -np.inf)), [[1, 0]])


# ---- repeated observations ----


COUNTS = np.array([3, 1, 0, 2, 4])
MORE = np.repeat(HEADS, COUNTS)
WIDE = np.array([[0.0, 0], [1, 0.5], [5, 5], [2, 2], [4, 1]])
LONG = np.array([0.0, 1.0, 2.0, 7.0, 8.5])
REPEATED = {
    "coins": (CoinMixture(10), HEADS, COINS),
    "known coins": (CoinMixture(10, weights=HALF), HEADS, COINS),
    "hard coins": (CoinMixture(10, hard=True), HEADS, COINS),
    "Gaussians": (GaussianMixture(), LONG, GaussianParams(HALF, (1.0, 7.0), (1.0, 1.0))),
    "tied": (GaussianMixture("tied"), LONG, GaussianParams(HALF, (1.0, 7.0), (1.0, 1.0))),
    "K-means": (KMeans(), WIDE, KMeansParams(WIDE[:2])),
    "soft K-means": (KMeans(hard=False), WIDE, KMeansParams(WIDE[:2])),
    "reader's own": (Waiting(), HEADS, WaitingParams(HALF, (4.0, 9.0))),
}


@pytest.mark.parametrize(("model", "x", "start"), REPEATED.values(), ids=REPEATED.keys())
def test_counts_stand_for_repeated_observations(model, x, start):
    short = list(em(Repeated(model, COUNTS), x, start, tol=0, max_iter=8))
    long = list(em(model, np.repeat(x, COUNTS, axis=0), start, tol=0, max_iter=8))
    for mine, theirs in zip(short, long, strict=True):
        assert mine.log_likelihood == pytest.approx(theirs.log_likelihood, rel=1e-12)
        assert mine.elbo == pytest.approx(theirs.elbo, rel=1e-12)
        for part, other in zip(mine.params, theirs.params, strict=True):
            np.testing.assert_allclose(part, other, rtol=1e-11, atol=1e-13)
        if mine.posterior is not None:
            expected = np.repeat(mine.posterior, COUNTS, axis=0)
            np.testing.assert_allclose(expected, theirs.posterior, rtol=1e-10, atol=1e-14)


def test_counts_of_one_change_nothing(case):
    plain = list(em(*case, tol=0, max_iter=3))
    repeated = list(em(Repeated(case[0], np.ones(len(case[1]))), *case[1:], tol=0, max_iter=3))
    assert [s.elbo for s in repeated] == pytest.approx([s.elbo for s in plain], rel=1e-13)


def test_repeating_twice_multiplies():
    x, start = LONG, GaussianParams(HALF, (1.0, 7.0), (1.0, 1.0))
    once = list(em(Repeated(GaussianMixture(), (6, 2, 2, 4, 2)), x, start, tol=0, max_iter=3))
    twice = Repeated(Repeated(GaussianMixture(), (3, 1, 1, 2, 1)), np.full(5, 2))
    again = list(em(twice, x, start, tol=0, max_iter=3))
    assert [s.elbo for s in again] == pytest.approx([s.elbo for s in once], rel=1e-12)


def test_weights_of_a_reader_who_divides_by_len_x_are_refused():
    class ByLength(Waiting):
        def m_step(self, x, responsibilities):
            params = super().m_step(x, responsibilities)
            return params._replace(weights=responsibilities.sum(axis=0) / len(x))

    start = WaitingParams(HALF, (1.0, 9.0))
    assert fit(ByLength(), LINE**2, start).converged
    with pytest.raises(ValueError, match=r"weights that sum to 2: .* not by len\(x\)"):
        fit(Repeated(ByLength(), np.full(40, 2)), LINE**2, start)


def test_a_component_seen_zero_times_is_empty():
    x, start = [0.0, 0.5, 1.0, 8.0, 9.0], KMeansParams((0.0, 9.0))
    answer = fit(Repeated(KMeans(), (1, 1, 1, 0, 0)), x, start)
    assert answer.status == "degenerate"
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    np.testing.assert_allclose(answer.params.means, [0.5, 9.0])


def test_a_repeated_model_shares_table_posterior_and_start_with_its_model():
    model = Repeated(CoinMixture(10), COUNTS)
    params = CoinParams((0.3, 0.7), (0.4, 0.8))
    for method in ("log_joint", "e_step"):
        expected = getattr(model.model, method)(HEADS, params)
        np.testing.assert_array_equal(getattr(model, method)(HEADS, params), expected)
    drawn, expected = (
        one.start(HEADS, 2, np.random.default_rng(3)) for one in (model, model.model)
    )
    np.testing.assert_array_equal(drawn.heads, expected.heads)


def test_repeated_says_whether_its_model_is_hard():
    assert Repeated(KMeans(), (1,)).hard
    assert not Repeated(GaussianMixture(), (1,)).hard


def test_counts_cannot_be_written_to():
    times = np.ones(5)
    model = Repeated(CoinMixture(10), times)
    times[:] = 7
    np.testing.assert_array_equal(model.times, np.ones(5))
    with pytest.raises(ValueError, match="read-only"):
        model.times[0] = 2


# ---- a reader's own class ----


def test_a_reader_s_own_class_is_completed_without_being_changed():
    mine = Waiting()
    mine.colour = "blue"
    model = complete(mine)
    assert isinstance(model, Waiting)
    assert isinstance(model, Mixture)
    assert model.colour == "blue"
    assert type(mine) is Waiting
    assert type(model).__name__ == "Waiting"


def test_a_reader_s_own_coins_give_the_steps_of_ours():
    class Mine:
        tosses = 10

        def log_joint(self, x, params):
            return np.log(np.asarray(params.weights) * coin_densities(x, params))

        def m_step(self, x, responsibilities):
            counts = responsibilities.sum(axis=0)
            return CoinParams(counts / len(x), responsibilities.T @ x / (10 * counts))

    ours = fit(CoinMixture(10), HEADS, COINS)
    mine = fit(Mine(), HEADS, COINS)
    assert mine.status == ours.status == "converged"
    np.testing.assert_allclose(mine.path, ours.path, rtol=1e-12)
    assert repr(mine) == repr(ours)


def test_a_reader_s_own_method_wins_over_the_shared_one():
    class Uniform(Waiting):
        def e_step(self, x, params):
            return np.full((len(x), 2), 0.5)

    step = list(em(Uniform(), LINE**2, WaitingParams(HALF, (1.0, 9.0)), max_iter=1))[1]
    assert (step.posterior == 0.5).all()


def test_a_reader_s_own_class_may_be_hard():
    class Hard(Waiting):
        hard = True

    answer = fit(Hard(), LINE**2, WaitingParams(HALF, (1.0, 9.0)))
    assert set(np.unique(answer.posterior)) == {0.0, 1.0}
    assert answer.rate == 0


def test_params_may_be_one_array():
    answer = fit(OneMean(), [-1.0, 0.2, 3.0], np.array([2.0]))
    assert answer.params.shape == (1,)
    assert "params" in repr(answer)


class WithoutLogJoint:
    def m_step(self, x, responsibilities):
        return responsibilities


class WithoutMStep:
    def log_joint(self, x, params):
        return params


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (CoinMixture, r"model is the class CoinMixture: pass an instance, CoinMixture\(\)"),
        (WithoutLogJoint(), r"model WithoutLogJoint has no log_joint: a mixture needs"),
        (WithoutMStep(), r"model WithoutMStep has no m_step: a mixture needs"),
        (None, r"model NoneType has no log_joint"),
    ],
)
def test_what_is_not_a_model_is_refused(model, message):
    with pytest.raises(TypeError, match=message):
        em(model, HEADS, COINS)
    with pytest.raises(TypeError, match=message):
        Repeated(model, np.ones(5))


@pytest.mark.parametrize("method", ["log_joint", "m_step"])
def test_a_mixture_with_an_unwritten_method_says_which(method):
    with pytest.raises(NotImplementedError, match=rf"write {method}\(self, x,"):
        getattr(Mixture(), method)(HEADS, COINS)
