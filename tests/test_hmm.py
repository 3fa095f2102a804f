"""The hidden Markov model: published paths, every chain counted out, hmmlearn, hostile cases."""

import itertools
import json
import tracemalloc
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emlib import chain, convergence_rate, em, fit
from emlib.baum_welch import Sweeps, as_posterior, exactly
from emlib.hmm import (
    HiddenMarkov,
    HiddenMarkovCounts,
    HiddenMarkovParams,
    HiddenMarkovPosterior,
)

PUBLISHED = json.loads((Path(__file__).parent / "published_hmm.json").read_text("utf-8"))
HEALTH = HiddenMarkovParams(*(np.array(PUBLISHED["model"][k]) for k in ("start", "trans", "emit")))
MODEL = HiddenMarkov(3)
ROUNDING = 64 * np.finfo(float).eps
STAY = HiddenMarkovParams(np.array([0.5, 0.5]), np.eye(2), np.array([[0.9, 0.1], [0.1, 0.9]]))
ONWARD = HiddenMarkovParams(  # left to right
    np.array([1.0, 0, 0]),
    np.array([[0.99, 0.01, 0], [0, 0.99, 0.01], [0, 0, 1]]),
    np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]),
)


def random_params(states, symbols, rng, zeros=0.0):
    """Rows drawn at random, some of their entries 0."""
    rows = [(states,), (states, states), (states, symbols)]
    tables = [rng.dirichlet(np.ones(shape[-1]), shape[:-1]) for shape in rows]
    for table in tables:
        gone = rng.random(table.shape) < zeros
        gone &= table != table.max(axis=-1, keepdims=True)
        table[gone] = 0
        table /= table.sum(axis=-1, keepdims=True)
    return HiddenMarkovParams(*tables)


@st.composite
def cases(draw, longest=12, most=3):
    """A model of one to three sequences, its data and a start, some of it impossible."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    symbols, states = draw(st.integers(1, 4)), draw(st.integers(1, most))
    lengths = draw(st.lists(st.integers(1, longest), min_size=1, max_size=3))
    x = rng.integers(0, symbols, sum(lengths))
    zeros = draw(st.sampled_from([0.0, 0.0, 0.3]))
    return HiddenMarkov(symbols, tuple(lengths)), x, random_params(states, symbols, rng, zeros)


def parts(model, x):
    return np.split(np.asarray(x), np.cumsum(model.lengths or (len(x),))[:-1])


def chains(x, params):
    """Every chain of states of one sequence with its joint probability."""
    for states in itertools.product(range(len(params.weights)), repeat=len(x)):
        p = params.weights[states[0]] * params.emissions[states[0], x[0]]
        for before, after, symbol in zip(states[:-1], states[1:], x[1:], strict=True):
            p *= params.transitions[before, after] * params.emissions[after, symbol]
        yield states, p


def possible(model, x, params):
    return all(sum(p for _, p in chains(one, params)) > 0 for one in parts(model, x))


def random_chain_q(model, x, states, rng):
    """The posterior under other params: a Markov chain that fits the data less well."""
    return model.e_step(x, random_params(states, model.symbols, rng))


def assert_same(found, expected, **tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, **tolerance)


# ---- published values ----


@pytest.mark.parametrize("name", ["one_sequence", "two_sequences"])
def test_published_path_of_baum_welch(name):
    sequences = PUBLISHED[name]["sequences"]
    model, x = HiddenMarkov(3, tuple(map(len, sequences))), np.concatenate(sequences)
    ends = [step for step in em(model, x, HEALTH, max_iter=200, tol=0) if step.kind != "E"]
    path = [step.log_likelihood for step in ends[:21]]
    np.testing.assert_allclose(path, PUBLISHED[name]["loglik_path_0_20"], rtol=0, atol=1e-12)
    for row in PUBLISHED[name]["states"]:
        if row["t"] <= 200:
            step, wanted = ends[row["t"]], [row[key] for key in ("start", "trans", "emit")]
            assert step.log_likelihood == pytest.approx(row["loglik"], abs=1e-12)
            assert_same(step.params, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["one_sequence", "two_sequences"])
def test_published_limit_of_baum_welch_by_expect_and_maximise(name):
    sequences = PUBLISHED[name]["sequences"]
    model, x = HiddenMarkov(3, tuple(map(len, sequences))), np.concatenate(sequences)
    params = HEALTH
    for _ in range(2000):
        params = model.maximise(model.expect(x, params)[1])
    last = PUBLISHED[name]["states"][-1]
    assert last["t"] == 2000
    assert model.log_likelihood(x, params) == pytest.approx(last["loglik"], abs=1e-12)
    assert_same(params, [last[key] for key in ("start", "trans", "emit")], rtol=0, atol=1e-10)


def test_published_smoothing_and_viterbi():
    three = PUBLISHED["three_obs"]
    posterior = MODEL.e_step(three["obs"], HEALTH)
    np.testing.assert_allclose(posterior.state, three["smoothed"], rtol=1e-13)
    assert np.exp(MODEL.log_likelihood(three["obs"], HEALTH)) == pytest.approx(three["likelihood"])
    states, log_probability = MODEL.viterbi(three["obs"], HEALTH)
    assert states.tolist() == three["viterbi_path"]
    assert log_probability == pytest.approx(np.log(three["viterbi_prob"]), abs=1e-14)


def test_published_log_likelihood_does_not_underflow():
    draw, x = np.random.RandomState(0), []
    state = draw.choice(2, p=HEALTH.weights)
    for _ in range(PUBLISHED["underflow"]["T"]):
        x.append(draw.choice(3, p=HEALTH.emissions[state]))
        state = draw.choice(2, p=HEALTH.transitions[state])
    assert x[:20] == PUBLISHED["underflow"]["first_20_obs"]
    wanted = pytest.approx(PUBLISHED["underflow"]["scaled_loglik"], abs=1e-9)
    assert MODEL.log_likelihood(x, HEALTH) == wanted
    assert MODEL.elbo(x, MODEL.e_step(x, HEALTH), HEALTH) == wanted
    assert MODEL.log_likelihood(x * 50, HEALTH) < 49 * PUBLISHED["underflow"]["scaled_loglik"]


# ---- every chain counted out ----


@given(cases(longest=5))
def test_all_chains_counted_out(case):
    model, x, params = case
    if not possible(*case):
        assert model.log_likelihood(x, params) == -np.inf
        return
    state, pair, total, best = [], [], 0.0, 0.0
    for one in parts(model, x):
        routes = list(chains(one, params))
        evidence = sum(p for _, p in routes)
        marginal, pairs = (
            np.zeros((len(one), len(params.weights))),
            np.zeros((len(one) - 1, *params.transitions.shape)),
        )
        for states, p in routes:
            marginal[np.arange(len(one)), states] += p / evidence
            pairs[np.arange(len(one) - 1), states[:-1], states[1:]] += p / evidence
        state, pair = [*state, *marginal], [*pair, *pairs]
        total += np.log(evidence)
        best += np.log(max(p for _, p in routes))
    posterior = model.e_step(x, params)
    np.testing.assert_allclose(posterior.state, state, atol=1e-13)
    np.testing.assert_allclose(posterior.pair, np.reshape(pair, posterior.pair.shape), atol=1e-13)
    assert model.log_likelihood(x, params) == pytest.approx(total, abs=1e-12)
    states, log_probability = model.viterbi(x, params)
    assert log_probability == pytest.approx(best, abs=1e-12)
    assert joint(model, x, states, params) == pytest.approx(best, abs=1e-12)


def joint(model, x, states, params):
    """log p(x, states | params)."""
    total = 0.0
    for one, z in zip(parts(model, x), parts(model, states), strict=True):
        total += np.log(params.weights[z[0]]) + np.log(params.transitions[z[:-1], z[1:]]).sum()
        total += np.log(params.emissions[z, one]).sum()
    return total


@given(st.integers(1, 3), st.integers(1, 5), st.integers(0, 10_000), st.booleans())
def test_all_routes_counted_out(states, size, seed, hard):
    steps = np.random.default_rng(seed).exponential(size=(states, states, size))
    total, shared = np.zeros((states, states)), np.zeros((states, states, size))
    for route in itertools.product(range(states), repeat=size + 1):
        moves = route[:-1], route[1:], np.arange(size)
        weight, ends = steps[moves].prod(), (route[0], route[-1])
        total[ends] = max(total[ends], weight) if hard else total[ends] + weight
        if route[0] == 0 and not hard:
            shared[moves] += weight
        elif route[0] == 0 and weight == total[0].max():
            shared[:] = 0
            shared[moves] = weight
    routes, shares = chain.explain(np.log(steps), hard)
    np.testing.assert_allclose(routes, np.log(total), atol=1e-12)
    whole = total[0].max() if hard else total[0].sum()
    np.testing.assert_allclose(shares, shared / whole, atol=1e-12)


# ---- hmmlearn ----


@pytest.mark.parametrize("seed", range(12))
def test_hmmlearn_takes_the_same_path(seed):
    hmm = pytest.importorskip("hmmlearn.hmm")
    rng = np.random.default_rng(seed)
    states, symbols = int(rng.integers(1, 6)), int(rng.integers(2, 7))
    lengths = tuple(rng.integers(1, 200, int(rng.integers(1, 6))).tolist())
    x, start = rng.integers(0, symbols, sum(lengths)), random_params(states, symbols, rng)
    kind = {"n_features": symbols, "init_params": "", "implementation": "scaling"}
    peer = hmm.CategoricalHMM(states, n_iter=15, tol=-np.inf, **kind)
    peer.startprob_, peer.transmat_, peer.emissionprob_ = map(np.array, start)
    model, params, path = HiddenMarkov(symbols, lengths), start, []
    np.testing.assert_allclose(
        model.e_step(x, start).state, peer.predict_proba(x[:, None], lengths), atol=1e-10
    )
    assert model.viterbi(x, start)[1] == pytest.approx(
        peer.decode(x[:, None], lengths)[0], abs=1e-8
    )
    peer.fit(x[:, None], lengths)
    for _ in range(15):
        log_likelihood, counts = model.expect(x, params)
        path, params = [*path, log_likelihood], model.maximise(counts)
    np.testing.assert_allclose(path, peer.monitor_.history, rtol=1e-10)
    assert_same(params, (peer.startprob_, peer.transmat_, peer.emissionprob_), atol=1e-8)
    steps = list(em(model, x, start, max_iter=15, tol=0))
    assert_same(steps[-1].params, params, atol=1e-10)


# ---- what must hold for any data ----


@given(cases())
def test_the_quick_and_the_exact_way_agree(case):
    model, x, params = case
    log_likelihood, counts = model.expect(x, params)
    if log_likelihood == -np.inf:
        assert all(not part.any() for part in counts)
        with pytest.raises(ValueError, match="x is impossible under these params"):
            model.e_step(x, params)
        return
    posterior = model.e_step(x, params)
    assert_same(counts, model.count(x, posterior), atol=1e-12 * len(x))
    assert model.elbo(x, posterior, params) == pytest.approx(log_likelihood, abs=1e-11)


@given(cases())
def test_rows_of_the_posterior_agree_with_each_other(case):
    model, x, params = case
    if model.log_likelihood(x, params) == -np.inf:
        return
    state, pair = model.e_step(x, params)
    begins = np.cumsum((0, *model.lengths))[:-1]
    np.testing.assert_allclose(state.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(pair.sum(axis=2), np.delete(state, begins - 1, axis=0), atol=1e-12)
    np.testing.assert_allclose(pair.sum(axis=1), np.delete(state, begins, axis=0), atol=1e-12)


@given(cases())
def test_the_bound_never_falls(case):
    model, x, params = case
    if model.log_likelihood(x, params) == -np.inf:
        return
    steps = list(em(model, x, params, max_iter=12, tol=0))
    bounds = np.array([step.elbo for step in steps[1:]])
    assert (np.diff(bounds) >= -ROUNDING * np.maximum(len(x), np.abs(bounds[1:]))).all()
    for step in steps[1:]:
        tolerance = ROUNDING * max(len(x), abs(step.elbo))
        assert step.kl >= -tolerance
        if step.kind == "E":
            assert abs(step.kl) <= tolerance
        for table in step.params:
            np.testing.assert_allclose(table.sum(axis=-1), 1, atol=1e-12)


@given(cases(), st.integers(0, 1000))
def test_a_worse_chain_has_a_lower_bound(case, seed):
    model, x, params = case
    if model.log_likelihood(x, params) == -np.inf:
        return
    q = random_chain_q(model, x, len(params.weights), np.random.default_rng(seed))
    exact = model.elbo(x, model.e_step(x, params), params)
    assert model.elbo(x, q, params) <= exact + 1e-11
    better = model.m_step(x, q)
    if not any(np.isnan(table).any() for table in better):
        assert model.elbo(x, q, better) >= model.elbo(x, q, params) - 1e-11


@given(cases())
def test_gain_is_what_the_m_step_lifts(case):
    model, x, params = case
    log_likelihood, counts = model.expect(x, params)
    if log_likelihood == -np.inf:
        return
    new = model.maximise(counts)
    new = HiddenMarkovParams(
        *(np.where(np.isnan(a), b, a) for a, b in zip(new, params, strict=True))
    )
    gain = model.gain(counts, params, new)
    q = model.e_step(x, params)
    lifted = model.elbo(x, q, new) - model.elbo(x, q, params)
    assert gain == pytest.approx(lifted, abs=1e-11)
    assert gain >= -1e-12
    assert model.gain(counts, params, params) == 0


@given(cases(), st.randoms(use_true_random=False))
def test_names_of_states_do_not_matter(case, random):
    model, x, params = case
    order = list(range(len(params.weights)))
    random.shuffle(order)
    renamed = HiddenMarkovParams(
        params.weights[order], params.transitions[order][:, order], params.emissions[order]
    )
    (one, first), (two, second) = model.expect(x, params), model.expect(x, renamed)
    if one == -np.inf:
        assert two == -np.inf
        return
    assert two == pytest.approx(one, abs=1e-11)
    in_order = first.first[order], first.moves[order][:, order], first.emitted[order]
    assert_same(second, in_order, atol=1e-12 * len(x))


@given(cases())
def test_the_order_of_sequences_does_not_matter(case):
    model, x, params = case
    turned = HiddenMarkov(model.symbols, model.lengths[::-1])
    (one, first) = model.expect(x, params)
    (two, second) = turned.expect(np.concatenate(parts(model, x)[::-1]), params)
    if one == -np.inf:
        assert two == -np.inf
        return
    assert two == pytest.approx(one, abs=1e-11)
    assert_same(second, first, atol=1e-12 * len(x))


@given(cases())
def test_sequences_are_independent(case):
    model, x, params = case
    alone = [HiddenMarkov(model.symbols).log_likelihood(one, params) for one in parts(model, x)]
    assert model.log_likelihood(x, params) == pytest.approx(sum(alone), abs=1e-11)


@given(cases(), st.integers(0, 5))
def test_every_block_length_gives_the_same(case, block):
    model, x, params = case
    whole = exactly(x, model._begins(), params)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "ROUTES", block * len(params.weights) ** 3)
        patch.setattr(chain, "WINDOW", 0)
        pieces = exactly(x, model._begins(), params)
        quick = model.expect(x, params)
    assert pieces[0] == pytest.approx(whole[0], abs=1e-11)
    np.testing.assert_allclose(pieces[1], whole[1], atol=1e-12)
    assert quick[0] == pytest.approx(whole[0], abs=1e-11)


@given(cases())
def test_nothing_is_changed_and_all_is_repeatable(case):
    model, x, params = case
    before = x.copy(), [table.copy() for table in params]
    first = model.expect(x, params)
    if first[0] > -np.inf:
        model.m_step(x, model.e_step(x, params))
    again = model.expect(x, params)
    assert first[0] == again[0]
    assert all((a == b).all() for a, b in zip(first[1], again[1], strict=True))
    np.testing.assert_array_equal(x, before[0])
    assert all((a == b).all() for a, b in zip(params, before[1], strict=True))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=20))
def test_one_state_counts_symbols(x):
    model, start = HiddenMarkov(4), HiddenMarkovParams([1.0], [[1.0]], [[0.25] * 4])
    answer = fit(model, x, start)
    shares = np.bincount(x, minlength=4) / len(x)
    np.testing.assert_allclose(answer.params.emissions[0], shares, atol=1e-15)
    wanted = (np.log(shares[x])).sum()
    assert answer.log_likelihood == pytest.approx(wanted, abs=1e-12)
    assert answer.converged


def test_one_symbol():
    posterior = MODEL.e_step([2], HEALTH)
    np.testing.assert_allclose(posterior.state, [[0.06 / 0.3, 0.24 / 0.3]])
    assert posterior.pair.shape == (0, 2, 2)
    assert MODEL.log_likelihood([2], HEALTH) == pytest.approx(np.log(0.3))
    assert MODEL.viterbi([2], HEALTH)[0].tolist() == [1]
    new = MODEL.m_step([2], posterior)
    assert np.isnan(new.transitions).all()
    np.testing.assert_allclose(new.weights, [0.2, 0.8])


def test_sequences_of_one_symbol_are_a_mixture():
    model, x = HiddenMarkov(3, (1,) * 6), [0, 2, 2, 1, 0, 2]
    log_likelihood, counts = model.expect(x, HEALTH)
    table = HEALTH.weights * HEALTH.emissions.T[x]
    assert log_likelihood == pytest.approx(np.log(table.sum(axis=1)).sum(), abs=1e-13)
    np.testing.assert_allclose(counts.first, (table / table.sum(axis=1, keepdims=True)).sum(axis=0))
    assert not counts.moves.any()


def test_a_fixed_point_stays():
    x = PUBLISHED["one_sequence"]["sequences"][0]
    params = fit(MODEL, x, HEALTH, tol=0, max_iter=3000).params
    assert_same(MODEL.m_step(x, MODEL.e_step(x, params)), params, atol=1e-13)


@pytest.mark.parametrize("name", ["one_sequence", "two_sequences"])
def test_the_rate_is_the_factor_by_which_errors_shrink(name):
    sequences = PUBLISHED[name]["sequences"]
    model, x = HiddenMarkov(3, tuple(map(len, sequences))), np.concatenate(sequences)
    end, path = fit(model, x, HEALTH, tol=0, max_iter=2000).params, [HEALTH]
    for _ in range(120):
        path.append(model.maximise(model.expect(x, path[-1])[1]))
    errors = [np.linalg.norm(params.transitions - end.transitions) for params in path]
    seen = (errors[120] / errors[100]) ** (1 / 20)
    assert convergence_rate(model, x, end) == pytest.approx(seen, abs=1e-5)


def test_a_random_start_depends_on_the_seed_alone():
    one, same, other = (
        MODEL.start([0, 1, 2], 2, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert_same(one, same, rtol=0)
    assert (one.emissions != other.emissions).all()
    assert MODEL.check([0, 1, 2], one)[1].transitions.shape == (2, 2)


# ---- hard cases ----


def runs(*pairs):
    return np.repeat(*zip(*pairs, strict=True))


def test_a_long_chain_that_never_moves():
    x = runs((0, 1000), (1, 2000))  # the state that wins in the end falls to 1e-954 on the way
    each = np.log(STAY.emissions) @ np.bincount(x)
    wanted = np.logaddexp.reduce(each + np.log(0.5))
    assert HiddenMarkov(2).log_likelihood(x, STAY) == pytest.approx(wanted, rel=1e-14)
    known = STAY._replace(weights=np.array([1.0, 0]))  # and the other one cannot begin
    assert HiddenMarkov(2).log_likelihood(x, known) == pytest.approx(each[0], rel=1e-14)
    counts = HiddenMarkov(2).expect(x, known)[1]
    assert_same(counts, ([1, 0], [[2999, 0], [0, 0]], [[1000, 2000], [0, 0]]), atol=1e-9)


@pytest.mark.parametrize("x", [runs((0, 900), (1, 900)), runs((0, 1000), (1, 1000), (0, 3000))])
def test_a_long_chain_from_left_to_right(x):
    model = HiddenMarkov(2)
    exact = exactly(x, [0], ONWARD)[0]
    assert model.log_likelihood(x, ONWARD) == pytest.approx(exact, rel=1e-13)
    steps = list(em(model, x, ONWARD, max_iter=8, tol=0))
    bounds = np.array([step.elbo for step in steps[1:]])
    assert (np.diff(bounds) >= -ROUNDING * np.maximum(len(x), np.abs(bounds[1:]))).all()
    assert not np.tril(steps[-1].params.transitions, -1).any()


def test_the_quick_way_is_used_and_leaves_when_it_must(monkeypatch):
    exact = []
    monkeypatch.setattr(
        "emlib.baum_welch.explain", lambda *args: exact.append(1) or chain.explain(*args)
    )
    rng = np.random.default_rng(0)
    HiddenMarkov(3).expect(rng.integers(0, 3, 5000), HEALTH)
    HiddenMarkov(2).expect(runs((0, 900), (1, 900)), ONWARD)
    assert not exact
    HiddenMarkov(2).expect(runs((0, 1000), (1, 2000)), STAY)
    assert exact


def test_data_as_the_params_expect_them_are_swept_in_long_windows(monkeypatch):
    windows, cross = [], chain.cross
    monkeypatch.setattr(chain, "cross", lambda *args: windows.append(1) or cross(*args))
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 101)  # a few symbols are usual, the others rare
    rows, stay = np.array([rng.dirichlet(9 * shares) for _ in range(2)]), np.array([0.9, 0.1])
    params = HiddenMarkovParams(stay, np.tile(stay, (2, 1)), rows)
    x = rng.choice(100, 4 * 4096, p=stay @ rows)
    HiddenMarkov(100).expect(x, params)
    assert len(windows) == 2 * 4


def test_hundreds_of_states_that_are_all_alike():
    states, shares = 400, np.array([0.2, 0.3, 0.5])
    params = HiddenMarkovParams(
        *(np.full(shape, 1 / states) for shape in [states, (states,) * 2]),
        np.tile(shares, (states, 1)),
    )
    x = np.random.default_rng(0).integers(0, 3, 20)
    log_likelihood, counts = MODEL.expect(x, params)
    assert log_likelihood == pytest.approx(np.log(shares[x]).sum(), rel=1e-13)
    np.testing.assert_allclose(counts.moves, 19 / states**2, rtol=1e-12)
    np.testing.assert_allclose(counts.emitted, np.tile(np.bincount(x) / states, (states, 1)))


def test_drifting_rows_are_scaled():
    rng = np.random.default_rng(3)
    sticky = HiddenMarkovParams(np.full(4, 0.25), 0.96 * np.eye(4) + 0.01, 0.96 * np.eye(4) + 0.01)
    x = np.repeat(rng.integers(0, 4, 300), 20)  # about 1.2 nats better per symbol than by chance
    model = HiddenMarkov(4)
    exact, shares = exactly(x, [0], sticky)
    log_likelihood, counts = model.expect(x, sticky)
    assert log_likelihood == pytest.approx(exact, rel=1e-13)
    assert_same(counts, model.count(x, as_posterior(shares, [0])), atol=1e-8)


def test_a_hundred_thousand_symbols():
    x = np.random.default_rng(0).integers(0, 3, 100_000)
    log_likelihood, counts = MODEL.expect(x, HEALTH)
    posterior = MODEL.e_step(x, HEALTH)
    assert MODEL.elbo(x, posterior, HEALTH) == pytest.approx(log_likelihood, rel=1e-12)
    assert_same(counts, MODEL.count(x, posterior), rtol=1e-10)
    states, log_probability = MODEL.viterbi(x, HEALTH)
    assert joint(MODEL, x, states, HEALTH) == pytest.approx(log_probability, rel=1e-12)
    assert log_probability < log_likelihood


def test_the_best_chain_of_many_states_needs_little_memory():
    rng = np.random.default_rng(0)
    model, x = HiddenMarkov(4), rng.integers(0, 4, 2000)
    params = model.start(x, 20, rng)
    tracemalloc.start()
    model.viterbi(x, params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6  # bytes; all routes of two steps, 8000 × 1000 numbers, would fill 64e6


def test_impossible_data():
    never = HEALTH._replace(emissions=np.array([[0.5, 0.5, 0], [0.4, 0.6, 0]]))
    assert MODEL.log_likelihood([0, 1, 2, 0], never) == -np.inf
    assert MODEL.log_likelihood([0, 1, 1, 0], never) > -np.inf
    for method in (MODEL.e_step, MODEL.viterbi):
        with pytest.raises(ValueError, match="x is impossible under these params"):
            method([0, 1, 2, 0], never)
    with pytest.raises(ValueError, match="start makes the data impossible: log-likelihood -inf"):
        em(MODEL, [0, 1, 2, 0], never)
    turn = HiddenMarkovParams([1.0, 0], [[0.0, 1], [1, 0]], [[1.0, 0], [0, 1]])
    assert abs(HiddenMarkov(2).log_likelihood([0, 1] * 500, turn)) < 1e-12
    assert HiddenMarkov(2).log_likelihood([0, 1] * 500 + [1], turn) == -np.inf


def test_a_posterior_against_params_that_exclude_it():
    posterior = MODEL.e_step([0, 1, 2], HEALTH)
    never = HEALTH._replace(weights=np.array([0.0, 1.0]))
    assert MODEL.elbo([0, 1, 2], posterior, never) == -np.inf


def test_tiny_probabilities():
    tiny = HEALTH._replace(emissions=np.array([[1 - 1e-300, 1e-300, 0], [1.0, 0, 0]]))
    wanted = 0.6 * 0.7 * 1e-300  # healthy, healthy
    assert MODEL.log_likelihood([0, 1], tiny) == pytest.approx(
        np.log((0.6 * 0.7 + 0.4 * 0.4) / 0.42) + np.log(wanted)
    )
    assert MODEL.log_likelihood([1] * 50, tiny) < -50 * 690


def test_fitting_stops_where_stepping_stops():
    x = np.random.default_rng(0).integers(0, 3, 50)
    *_, last = em(MODEL, x, HEALTH, tol=1e-5)
    assert fit(MODEL, x, HEALTH, tol=1e-5).iterations == last.iteration


def test_an_unreachable_state_is_kept_and_named():
    start = HiddenMarkovParams(
        (0.6, 0.4, 0.0),
        [(0.7, 0.3, 0.0), (0.4, 0.6, 0.0), (0.2, 0.3, 0.5)],
        [(0.5, 0.4, 0.1), (0.1, 0.3, 0.6), (0.2, 0.2, 0.6)],
    )
    x = PUBLISHED["one_sequence"]["sequences"][0]
    answer = fit(MODEL, x, start, max_iter=20, tol=0)
    assert answer.status == "degenerate"
    assert answer.problems == (
        "state 2 is unreachable: it is never expected to be visited, so nothing is known about "
        "its rows",
    )
    np.testing.assert_array_equal(answer.params.transitions[2], start.transitions[2])
    np.testing.assert_array_equal(answer.params.emissions[2], start.emissions[2])
    path = PUBLISHED["one_sequence"]["loglik_path_0_20"]
    np.testing.assert_allclose(answer.path, path, atol=1e-12)


@pytest.mark.parametrize("rare", np.linspace(1e-16, 2.5e-15, 49))
def test_a_state_that_is_hardly_ever_visited_is_kept_or_known(rare):
    start = HiddenMarkovParams([1.0, 0], [[1.0, rare], [0.5, 0.5]], [[0.5, 0.5], [0.2, 0.8]])
    *_, last = em(HiddenMarkov(2), [0, 1, 1, 0] * 250, start, max_iter=1)
    assert all(np.isfinite(part).all() for part in last.params)
    kept = (last.params.transitions[1] == [0.5, 0.5]).all()
    assert kept or rare > 2e-16
    assert not kept or rare < 2e-15


def test_a_state_in_which_all_sequences_end_keeps_its_moves():
    model = HiddenMarkov(2, (2, 2))
    start = HiddenMarkovParams([1.0, 0], [[0.0, 1], [0.3, 0.7]], [[0.5, 0.5], [0.5, 0.5]])
    answer = fit(model, [0, 1, 0, 0], start)
    np.testing.assert_array_equal(answer.params.transitions, start.transitions)
    np.testing.assert_allclose(answer.params.emissions, [[1, 0], [0.5, 0.5]])
    assert not answer.problems


# ---- bad input ----

GOOD = [0, 1, 2]
WHOLE = "symbols must be whole numbers from 0 to 2"
REAL = "pass real numbers, e.g. x.astype(float)"
REPAIR = "remove or repair them first"
PARAMS = "start must be HiddenMarkovParams(weights, transitions, emissions)"
ROWS = "every row must sum to 1"
BELOW = "probabilities must not be negative"
BAD_X = {
    "fraction": ([0, 1.5, 2, 0.5], ValueError, f"x[1] is 1.5: {WHOLE} (2 bad value(s))"),
    "negative": ([0, -1], ValueError, f"x[1] is -1: {WHOLE} (1 bad value(s))"),
    "too large": ([3, 0, 7], ValueError, f"x[0] is 3: {WHOLE} (2 bad value(s))"),
    "table": ([[0, 1]], ValueError, "x has shape (1, 2): here it must be (2,)"),
    "empty": ([], ValueError, "x is empty: pass at least one value"),
    "ragged": ([[0], [0, 1]], ValueError, "x is ragged: every row needs the same length"),
    "NaN": (
        [0, np.nan],
        ValueError,
        f"x has 1 NaN or infinite value(s), the first at x[1]: {REPAIR}",
    ),
    "masked": (
        np.ma.masked_array([0, 1], [0, 1]),
        TypeError,
        "x is a masked array: the mask would be ignored; pass values only",
    ),
    "complex": ([0, 1j], TypeError, f"x holds complex128 values: {REAL}"),
    "text": (["0", "1"], TypeError, f"x holds <U1 values: {REAL}"),
    "object": ([None, 1], TypeError, f"x holds object values: {REAL}"),
}
WEIGHTS, MOVES, SHOWN = HEALTH
BAD_START = {
    "tuple": (tuple(HEALTH), TypeError, PARAMS),
    "none": (None, TypeError, PARAMS),
    "weights": (
        HiddenMarkovParams([0.5, 0.6], MOVES, SHOWN),
        ValueError,
        "start.weights sum to 1.1: weights must sum to 1",
    ),
    "negative weights": (
        HiddenMarkovParams([-0.5, 1.5], MOVES, SHOWN),
        ValueError,
        "start.weights[0] is -0.5: weights must not be negative (1 bad value(s))",
    ),
    "moves": (
        HiddenMarkovParams(WEIGHTS, [[1, 0], [0.5, 0.6]], SHOWN),
        ValueError,
        f"start.transitions[1] sums to 1.1: {ROWS} (1 bad row(s))",
    ),
    "negative moves": (
        HiddenMarkovParams(WEIGHTS, [[1, 0], [1.5, -0.5]], SHOWN),
        ValueError,
        f"start.transitions[1, 1] is -0.5: {BELOW} (1 bad value(s))",
    ),
    "shape of moves": (
        HiddenMarkovParams(WEIGHTS, [0.5, 0.5], SHOWN),
        ValueError,
        "start.transitions has shape (2,): here it must be (2, 2)",
    ),
    "emissions": (
        HiddenMarkovParams(WEIGHTS, MOVES, SHOWN / 2),
        ValueError,
        f"start.emissions[0] sums to 0.5: {ROWS} (2 bad row(s))",
    ),
    "negative emissions": (
        HiddenMarkovParams(WEIGHTS, MOVES, -SHOWN),
        ValueError,
        f"start.emissions[0, 0] is -0.5: {BELOW} (6 bad value(s))",
    ),
    "shape of emissions": (
        HiddenMarkovParams(WEIGHTS, MOVES, MOVES),
        ValueError,
        "start.emissions has shape (2, 2): here it must be (2, 3)",
    ),
    "states": (
        HiddenMarkovParams([1.0], MOVES, SHOWN),
        ValueError,
        "start.transitions has shape (2, 2): here it must be (1, 1)",
    ),
    "NaN": (
        HiddenMarkovParams(WEIGHTS, MOVES * np.nan, SHOWN),
        ValueError,
        "start.transitions has 4 NaN or infinite value(s), the first at start.transitions[0, 0]: "
        + REPAIR,
    ),
    "complex": (
        HiddenMarkovParams(WEIGHTS, MOVES, SHOWN * 1j),
        TypeError,
        f"start.emissions holds complex128 values: {REAL}",
    ),
}


@pytest.mark.parametrize("name", BAD_X)
@pytest.mark.parametrize("run", [em, fit])
def test_bad_x(name, run):
    x, error, message = BAD_X[name]
    with pytest.raises(error) as raised:
        run(MODEL, x, HEALTH)
    assert str(raised.value) == message


@pytest.mark.parametrize("name", BAD_START)
@pytest.mark.parametrize("run", [em, fit])
def test_bad_start(name, run):
    start, error, message = BAD_START[name]
    with pytest.raises(error) as raised:
        run(MODEL, GOOD, start)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ((0,), ValueError, "symbols is 0: it must be at least 1 and finite"),
        ((2.0,), TypeError, "symbols is 2.0: pass a int"),
        ((3, (2, 0)), ValueError, "lengths[1] is 0: pass whole numbers of at least 1"),
        ((3, (2.5, 1)), ValueError, "lengths[0] is 2.5: pass whole numbers of at least 1"),
        ((3, ()), ValueError, "lengths is empty: pass at least one value"),
        ((3, 4), ValueError, "lengths has shape (): here it must be (1,)"),
        ((3, ("2",)), TypeError, f"lengths holds <U1 values: {REAL}"),
    ],
)
def test_bad_fields(fields, error, message):
    with pytest.raises(error) as raised:
        HiddenMarkov(*fields)
    assert str(raised.value) == message


def test_lengths_that_do_not_fit():
    with pytest.raises(ValueError) as raised:
        em(HiddenMarkov(3, (2, 2)), GOOD, HEALTH)
    assert str(raised.value) == (
        "lengths sum to 4 but x has 3 symbol(s): pass the length of every sequence in x"
    )


@pytest.mark.parametrize("kind", [list, tuple, np.float32, np.int8, "strided", "read-only"])
def test_all_kinds_of_whole_numbers(kind):
    x = np.array(PUBLISHED["one_sequence"]["sequences"][0])
    if kind in (list, tuple):
        odd = kind(x.tolist())
    elif kind == "strided":
        odd = np.repeat(x, 2)[::2]
    elif kind == "read-only":
        odd = x.copy()
        odd.flags.writeable = False
    else:
        odd = x.astype(kind)
    assert MODEL.check(odd, HEALTH)[0].tolist() == x.tolist()
    assert fit(MODEL, odd, HEALTH).log_likelihood == fit(MODEL, x, HEALTH).log_likelihood


def test_nobody_can_exchange_the_data_of_a_fit():
    for one in (MODEL, Sweeps(MODEL, np.array(GOOD), 2)):
        with pytest.raises(FrozenInstanceError):
            one.lengths = one.x = (3,)


def test_counts_and_posterior_are_plain_tuples():
    counts = MODEL.expect(GOOD, HEALTH)[1]
    assert isinstance(counts, HiddenMarkovCounts)
    assert isinstance(MODEL.e_step(GOOD, HEALTH), HiddenMarkovPosterior)
    assert counts.first.shape == (2,)
    assert counts.moves.shape == (2, 2)
    assert counts.emitted.shape == (2, 3)
