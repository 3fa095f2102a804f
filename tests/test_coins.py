"""Coins: the numbers of the articles, and independent ways to reach them."""

from fractions import Fraction

import numpy as np
import pytest
from cases import COINS, HALF, HEADS
from scipy import optimize, stats

from emlib import CoinMixture, CoinParams, em, fit
from emlib.data import coin_heads, do_batzoglou_heads, single_tosses

KNOWN = CoinMixture(10, weights=HALF)
LEARNED = CoinMixture(10)
HARD = CoinMixture(10, weights=HALF, hard=True)


def states(model, x, start, iterations):
    """Return [weight A, heads A, heads B, log-likelihood] at the start and after each M-step."""
    steps = em(model, x, start, max_iter=iterations, tol=0)
    return [
        [step.params.weights[0], *step.params.heads, step.log_likelihood]
        for step in steps
        if step.kind != "E"
    ]


# ---- published values ----


@pytest.mark.parametrize(
    ("model", "name"), [(KNOWN, "known_weights"), (LEARNED, "learned_weights")]
)
def test_published_path_of_the_two_coins(model, name, published):
    rows = published["two_coins"][name]
    path = states(model, coin_heads(), COINS, rows[-1][0])
    assert len(rows) in (21, 35)
    for t, *expected in rows:
        np.testing.assert_allclose(path[t], expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(
    ("model", "name"), [(KNOWN, "known_weights"), (LEARNED, "learned_weights")]
)
def test_published_limit_of_the_two_coins(model, name, published):
    answer = fit(model, coin_heads(), COINS, tol=1e-17)
    *params, log_likelihood = published["two_coins"][f"{name}_limit"]
    found = [answer.params.weights[0], *answer.params.heads]
    np.testing.assert_allclose(found, params, atol=1e-7)
    assert answer.log_likelihood == pytest.approx(log_likelihood, abs=1e-12)
    assert answer.converged


def test_published_rate_of_the_two_coins(published):
    answer = fit(LEARNED, coin_heads(), COINS, tol=1e-17)
    assert answer.rate == pytest.approx(published["two_coins"]["learned_weights_rate"], abs=1e-5)


def test_published_first_posterior(published):
    first = list(em(KNOWN, coin_heads(), COINS, max_iter=1))[1]
    expected = published["two_coins"]["first_posterior_of_coin_A"]
    np.testing.assert_allclose(first.posterior[:, 0], expected, atol=1e-13)


def test_published_path_of_hard_em(published):
    steps = list(em(HARD, coin_heads(), COINS, max_iter=3, tol=0))
    for t, first, second, labels, bound, log_likelihood in published["two_coins"]["hard"][:3]:
        e_step = steps[1 + 2 * t]
        expected = [float(Fraction(first)), float(Fraction(second))]
        np.testing.assert_allclose(e_step.params.heads, expected, rtol=1e-15)
        assert "".join("AB"[k] for k in e_step.posterior.argmax(axis=1)) == labels
        assert e_step.elbo - 5 * np.log(0.5) == pytest.approx(bound, abs=1e-12)
        assert e_step.log_likelihood == pytest.approx(log_likelihood, abs=1e-12)


def test_hard_em_stops_after_one_update():
    answer = fit(HARD, coin_heads(), COINS)
    assert answer.status == "converged"
    assert answer.iterations == 2
    assert len(np.unique(answer.path.round(12))) == 2


def test_a_coin_emptied_in_one_step_may_win_a_group_back():
    steps = list(em(HARD, HEADS, CoinParams(HALF, (0.75, 0.99))))
    assert (steps[1].posterior.sum(axis=0) == [5, 0]).all()
    assert (steps[-1].posterior.sum(axis=0) == [3, 2]).all()


def test_published_basins_of_hard_em(published):
    counts = {"AABBA": 0, "ABBBA": 0, "one coin empty": 0}
    ends = {}  # the first assignment decides the rest
    for a in range(1, 100):
        for b in range(a + 1, 100):
            start = CoinParams(HALF, np.array([b, a]) / 100)  # B first: a tie goes to B
            labels = HARD.e_step(HEADS, start)
            if labels.tobytes() not in ends:
                *steps, last = list(em(HARD, HEADS, start))[1:]
                emptied = any((step.posterior.sum(axis=0) == 0).any() for step in steps)
                name = "".join("BA"[k] for k in last.posterior.argmax(axis=1))
                ends[labels.tobytes()] = "one coin empty" if emptied else name
            counts[ends[labels.tobytes()]] += 1
    assert counts == published["two_coins"]["hard_basins"]


@pytest.mark.parametrize("row", range(8))
def test_published_fractions_of_the_three_coins(row, published):
    row = published["three_coins"]["rows"][row]
    weight, first, second = row["start"]
    start = CoinParams((weight, 1 - weight), (first, second))
    steps = list(em(CoinMixture(1), single_tosses(), start, max_iter=2, tol=0))
    heads, tails = (float(Fraction(part)) for part in row["posterior"])
    expected = np.where(single_tosses() == 1, heads, tails)
    after = [float(Fraction(part)) for part in row["after"]]
    np.testing.assert_allclose(steps[1].posterior[:, 0], expected, rtol=1e-14)
    for step in (steps[2], steps[4]):  # a second update changes nothing
        found = [step.params.weights[0], *step.params.heads]
        np.testing.assert_allclose(found, after, rtol=1e-14)
        assert step.log_likelihood == pytest.approx(row["log_likelihoods"][1], abs=1e-12)
    assert steps[0].log_likelihood == pytest.approx(row["log_likelihoods"][0], abs=1e-12)


def test_three_coins_are_flat_and_never_called_converged(published):
    for row in published["three_coins"]["rows"]:
        weight, *heads = row["start"]
        answer = fit(CoinMixture(1), single_tosses(), CoinParams((weight, 1 - weight), heads))
        assert answer.status == "flat"
        assert answer.iterations == 2


def test_do_and_batzoglou_figure_1(published):
    path = states(KNOWN, do_batzoglou_heads(), CoinParams(HALF, (0.6, 0.5)), 10)
    assert [round(heads, 2) for heads in path[1][1:3]] == published["do_batzoglou"]["after_1"]
    assert [round(heads, 2) for heads in path[10][1:3]] == published["do_batzoglou"]["after_10"]


def test_equal_coins_stay_equal_for_ever():
    answer = fit(KNOWN, coin_heads(), CoinParams(HALF, (0.3, 0.3)))
    assert answer.status == "saddle"
    np.testing.assert_allclose(answer.params.heads, [0.66, 0.66], rtol=1e-15)
    assert answer.log_likelihood == pytest.approx(-10.278497950282478, abs=1e-12)


def test_swapped_starts_give_swapped_coins():
    there = fit(LEARNED, HEADS, COINS)
    back = fit(LEARNED, HEADS, CoinParams(HALF, COINS.heads[::-1]))
    np.testing.assert_allclose(back.params.heads, there.params.heads[::-1], rtol=1e-12)
    np.testing.assert_allclose(back.path, there.path, rtol=1e-14)


# ---- independent ways to the same numbers ----


def test_table_is_the_binomial_distribution_of_scipy():
    params = CoinParams((0.3, 0.7), (0.4, 0.8))
    tosses = np.array([9, 7, 12, 20, 4])
    expected = np.log(params.weights) + stats.binom.logpmf(
        HEADS[:, None], tosses[:, None], params.heads
    )
    np.testing.assert_allclose(CoinMixture(tosses).log_joint(HEADS, params), expected, rtol=1e-12)


def minus_log_likelihood(theta, learned):
    weight = 1 / (1 + np.exp(-theta[2])) if learned else 0.5
    first, second = 1 / (1 + np.exp(-theta[:2]))
    mixture = weight * stats.binom.pmf(HEADS, 10, first)
    return -np.log(mixture + (1 - weight) * stats.binom.pmf(HEADS, 10, second)).sum()


@pytest.mark.parametrize(("model", "learned"), [(KNOWN, False), (LEARNED, True)])
def test_em_finds_the_maximum_that_scipy_finds(model, learned):
    start = np.array([0.0, 2.0, 0.0])[: 2 + learned]
    found = optimize.minimize(minus_log_likelihood, start, (learned,), tol=1e-10)
    answer = fit(model, HEADS, COINS, tol=1e-16)
    np.testing.assert_allclose(answer.params.heads, 1 / (1 + np.exp(-found.x[:2])), atol=1e-5)
    assert answer.log_likelihood == pytest.approx(-found.fun, abs=1e-9)


@pytest.mark.parametrize("tosses", [10, (9, 7, 12, 20, 4)])
@pytest.mark.parametrize("weights", [None, (0.2, 0.8)])
def test_m_step_is_the_top_of_the_bound(tosses, weights):
    model = CoinMixture(tosses, weights)
    q = np.random.default_rng(0).dirichlet((1, 1), len(HEADS))
    params = model.m_step(HEADS, q)
    top = model.elbo(HEADS, q, params)
    for k in range(2):
        for step in (-1e-4, 1e-4):
            heads = params.heads + step * np.eye(2)[k]
            assert model.elbo(HEADS, q, params._replace(heads=heads)) < top
    weights_moved = params.weights + np.array([1e-4, -1e-4])
    if weights is None:
        assert model.elbo(HEADS, q, params._replace(weights=weights_moved)) < top
        assert model.elbo(HEADS, q, params._replace(weights=weights_moved[::-1])) < top


@pytest.mark.parametrize("tosses", [10, (9, 7, 12, 20, 4)])
def test_slope_of_the_bound_is_zero_after_an_m_step(tosses):
    model = CoinMixture(tosses)
    q = np.random.default_rng(1).dirichlet((1, 1), len(HEADS))
    params = model.m_step(HEADS, q)

    def bound(move):
        weights = params.weights + np.array([move[2], -move[2]])
        return model.elbo(HEADS, q, CoinParams(weights, params.heads + move[:2]))

    np.testing.assert_allclose(optimize.approx_fprime(np.zeros(3), bound, 1e-6), 0, atol=1e-3)


def test_groups_of_different_size_pool_their_tosses():
    q = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1], [1, 0]])
    params = CoinMixture((9, 7, 12, 20, 4)).m_step(HEADS, q)
    np.testing.assert_allclose(params.heads, [(5 + 7 + 4) / (9 + 7 + 4), (8 + 9) / (12 + 20)])


def test_one_coin_is_the_share_of_heads():
    answer = fit(LEARNED, HEADS, CoinParams((1.0,), (0.2,)))
    assert answer.params.heads[0] == pytest.approx(33 / 50, rel=1e-15)
    assert answer.log_likelihood == pytest.approx(stats.binom.logpmf(HEADS, 10, 0.66).sum())
    assert answer.converged


def test_one_group_is_its_own_share():
    assert fit(LEARNED, [7], CoinParams((1.0,), (0.2,))).params.heads[0] == pytest.approx(0.7)


def test_known_weights_stay_known():
    model = CoinMixture(10, weights=(0.2, 0.8))
    for step in em(model, HEADS, CoinParams((0.2, 0.8), (0.5, 0.9)), max_iter=5, tol=0):
        np.testing.assert_array_equal(step.params.weights, [0.2, 0.8])


def test_learned_weights_are_mean_responsibilities():
    steps = list(em(LEARNED, HEADS, COINS, max_iter=1))
    np.testing.assert_allclose(steps[2].params.weights, steps[1].posterior.mean(axis=0))


# ---- edges ----


def test_all_heads_make_a_coin_that_always_shows_heads():
    answer = fit(LEARNED, [10, 10, 10], CoinParams(HALF, (0.2, 0.9)))
    np.testing.assert_allclose(answer.params.heads, 1, rtol=1e-12)
    assert answer.log_likelihood == pytest.approx(0, abs=1e-12)
    assert answer.status == "flat"


def test_all_tails_make_a_coin_that_never_shows_heads():
    answer = fit(LEARNED, [0, 0, 0], CoinParams(HALF, (0.2, 0.9)))
    assert (answer.params.heads > 0).all()
    assert answer.log_likelihood == pytest.approx(0, abs=1e-12)


def test_a_learned_probability_never_excludes_what_was_seen():
    answer = fit(LEARNED, [0, 0, 10, 10, 5], CoinParams((0.3, 0.3, 0.4), (0.01, 0.5, 0.99)))
    assert ((answer.params.heads > 0) & (answer.params.heads < 1)).all()
    assert np.isfinite(answer.bounds).all()
    assert answer.status == "converged"


def test_a_coin_that_can_only_show_heads_may_be_a_start():
    answer = fit(LEARNED, HEADS, CoinParams(HALF, (1.0, 0.5)))
    assert answer.problems == ("component 0 is empty: no observation is left in it",)
    assert answer.params.heads[0] == 1.0


def test_a_million_tosses_do_not_underflow():
    x, start = [300_000, 700_000, 310_000], CoinParams(HALF, (0.3, 0.8))
    answer = fit(CoinMixture(1_000_000), x, start)
    np.testing.assert_allclose(answer.params.heads, [0.305, 0.7])
    assert answer.status == "converged"


def test_a_coin_without_groups_keeps_its_bias_and_is_named():
    answer = fit(HARD, HEADS, CoinParams(HALF, (0.6, 0.01)))
    assert answer.status == "degenerate"
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    np.testing.assert_allclose(answer.params.heads, [0.66, 0.01])
    assert "component 1 is empty" in repr(answer)


def test_start_is_drawn_from_the_generator():
    params = LEARNED.start(HEADS, 3, np.random.default_rng(4))
    np.testing.assert_array_equal(params.weights, np.full(3, 1 / 3))
    np.testing.assert_array_equal(params.heads, np.random.default_rng(4).random(3))
    np.testing.assert_array_equal(
        CoinMixture(10, (0.2, 0.8)).start(HEADS, 2, np.random.default_rng(0)).weights, [0.2, 0.8]
    )


def test_models_with_the_same_fields_are_equal():
    assert CoinMixture(10, weights=np.array(HALF)) == CoinMixture(10, weights=HALF)
    assert len({CoinMixture((5, 6)), CoinMixture(np.array([5, 6])), CoinMixture(5)}) == 2


def test_fields_given_as_arrays_cannot_be_changed_later():
    tosses, weights = np.array([10, 10]), np.array([0.5, 0.5])
    model = CoinMixture(tosses, weights)
    tosses[:], weights[:] = 99, 9
    assert model == CoinMixture((10, 10), HALF)
