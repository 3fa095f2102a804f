"""How a run ended: no saddle, ridge, collapse or wrong model is ever called "converged"."""

from typing import NamedTuple

import numpy as np
import pytest
from cases import COINS, HALF, HEADS, LINE, ON_LINE, PLANE, Waiting, WaitingParams

from emlib import (
    CoinMixture,
    CoinParams,
    Fit,
    GaussianMixture,
    GaussianParams,
    HiddenMarkov,
    HiddenMarkovParams,
    KMeans,
    KMeansParams,
    Repeated,
    best_of,
    convergence_rate,
    fit,
    fitting,
)
from emlib.mixture import complete
from emlib.rates import largest_eigenvalue
from emlib.result import EXPLANATIONS, table

APART = WaitingParams(HALF, (1.0, 9.0))
TIMES = LINE**2


# ---- every status ----


def test_converged_is_a_maximum():
    answer = fit(CoinMixture(10, HALF), HEADS, COINS)
    assert answer.status == "converged"
    assert answer.converged
    assert 0.4 < answer.rate < 0.41
    assert answer.problems == ()


def test_too_few_iterations_are_said_to_be_too_few():
    answer = fit(CoinMixture(10), HEADS, COINS, max_iter=5)
    assert answer.status == "max_iter"
    assert not answer.converged
    assert answer.iterations == 5
    assert np.isnan(answer.rate)
    assert EXPLANATIONS["max_iter"] in repr(answer)


def test_a_symmetric_start_ends_at_a_saddle():
    answer = fit(CoinMixture(10, HALF), HEADS, CoinParams(HALF, (0.2, 0.2)))
    assert answer.status == "saddle"
    assert answer.rate > 1.1
    assert not answer.converged
    assert EXPLANATIONS["saddle"] in repr(answer)


def test_a_nearly_symmetric_start_escapes():
    answer = fit(CoinMixture(10, HALF), HEADS, CoinParams(HALF, (0.66, 0.6601)))
    assert answer.status == "converged"
    assert answer.iterations > 30


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("tosses", "counts", "components"),
    [(1, [4, 6], 2), (1, [4, 6], 4), (2, [30, 20, 50], 2), (3, [10, 20, 30, 40], 3)],
)
def test_more_params_than_the_data_can_tell_apart_are_flat(tosses, counts, components, seed):
    x = np.repeat(np.arange(tosses + 1), counts)
    model = CoinMixture(tosses)
    start = model.start(x, components, np.random.default_rng(seed))
    answer = fit(model, x, start, max_iter=20_000)
    assert answer.status == "flat"
    assert EXPLANATIONS["flat"] in repr(answer)


def test_an_empty_component_is_degenerate():
    answer = fit(Waiting(), TIMES, WaitingParams((1.0, 1e-300), (1.0, 2.0)))
    assert answer.status == "degenerate"
    assert answer.problems == ("component 1 is empty: no observation is left in it",)
    assert "component 1 is empty" in repr(answer)


def test_problems_name_every_empty_component():
    start = GaussianParams((0.4, 0.3, 0.3), (0.0, 1e6, -1e6), (1.0, 1.0, 1.0))
    answer = fit(GaussianMixture(), LINE, start)
    assert [problem.split(" is ")[0] for problem in answer.problems] == [
        "component 1",
        "component 2",
    ]


class TooLong(Waiting):
    """Its M-step overshoots."""

    def m_step(self, x, responsibilities):
        params = super().m_step(x, responsibilities)
        return params._replace(means=1.5 * params.means)


class Tempered(Waiting):
    """Its E-step is no posterior."""

    def e_step(self, x, params):
        q = super().e_step(x, params) ** 3
        return q / q.sum(axis=1, keepdims=True)


class Swapped(Waiting):
    """Its M-step gives every component the mean of another one."""

    def m_step(self, x, responsibilities):
        params = super().m_step(x, responsibilities)
        return params._replace(means=params.means[::-1])


@pytest.mark.parametrize(
    "model", [TooLong(), Tempered(), Swapped()], ids=lambda m: type(m).__name__
)
def test_a_wrong_step_makes_the_bound_fall(model):
    answer = fit(model, TIMES, APART, max_iter=50)
    assert answer.status == "fell"
    assert not answer.converged
    assert EXPLANATIONS["fell"] in repr(answer)


def test_a_bound_that_fell_once_is_not_forgotten():
    class OnceWrong(Waiting):
        def m_step(self, x, responsibilities):
            params = super().m_step(x, responsibilities)
            wrong = abs(params.means[1] - 4.8992) < 1e-2  # the first iteration only
            return params._replace(means=3 * params.means) if wrong else params

    answer = fit(OnceWrong(), TIMES, APART)
    assert answer.status == "fell"
    assert answer.bounds[-1] > answer.bounds[0]


def test_every_status_has_a_sentence():
    statuses = {"converged", "max_iter", "saddle", "flat", "degenerate", "fell"}
    assert set(EXPLANATIONS) == statuses | {"interrupted", "separable", "unchecked"}


# ---- what a fit holds ----


def test_a_path_starts_at_the_start_and_has_one_value_per_iteration(case):
    answer = fit(*case, max_iter=5)
    assert len(answer.path) == answer.iterations + 1
    assert len(answer.bounds) == answer.iterations
    if not complete(case[0]).hard:  # with hard assignments the path is what hard EM climbs
        assert answer.path[-1] == answer.log_likelihood
    assert (np.diff(answer.path) > -1e-12 * len(case[1])).all()
    assert np.isfinite(answer.path).all()
    assert np.isfinite(answer.bounds).all()


def test_a_fit_never_holds_nan(case):
    answer = fit(*case)
    assert np.isfinite(answer.posterior).all()
    assert all(np.isfinite(part).all() for part in answer.params)
    assert answer.status in EXPLANATIONS
    assert "nan" not in repr(answer)


def test_a_fit_prints_as_a_table():
    assert repr(fit(CoinMixture(10, HALF), HEADS, COINS)).splitlines() == [
        "converged after 13 iterations",
        EXPLANATIONS["converged"],
        "log-likelihood -9.79692",
        "component  weights     heads",
        "        0      0.5  0.519584",
        "        1      0.5  0.796789",
    ]


def test_a_fit_cannot_be_changed():
    answer = fit(CoinMixture(10), HEADS, COINS, max_iter=1)
    with pytest.raises(AttributeError):
        answer.status = "converged"
    assert isinstance(answer, Fit)


def test_a_table_has_one_column_per_entry_of_a_matrix():
    params = GaussianParams(np.array([1.0]), np.array([[2.0, 3]]), np.array([[[4.0, 5], [5, 6]]]))
    head, row = table(params)
    assert head.split("  ") == [
        "component",
        "weights",
        "means[0]",
        "means[1]",
        "covs[0, 0]",
        "covs[0, 1]",
        "covs[1, 0]",
        "covs[1, 1]",
    ]
    assert row.split() == ["0", "1", "2", "3", "4", "5", "5", "6"]


class Shared(NamedTuple):
    means: np.ndarray
    rate: float


def test_a_table_has_room_for_a_parameter_that_all_share():
    lines = table(Shared(np.array([1.0, 2.0]), 0.5))
    assert [line.split() for line in lines] == [
        ["component", "means", "rate"],
        ["0", "1", "0.5"],
        ["1", "2"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_the_path_of_a_readers_own_hard_model_is_what_it_climbs():
    answer = fit(HardWaiting(), TIMES, APART)
    assert answer.path[-1] == pytest.approx(answer.bounds[-1], rel=1e-12)
    assert answer.log_likelihood > answer.bounds[-1] + 0.1


def test_a_degenerate_fit_says_that_its_bound_fell_too():
    answer = fit(TooLong(), TIMES, WaitingParams((1.0, 1e-300), (TIMES.mean(), 2.0)), max_iter=2)
    assert answer.status == "degenerate"
    assert "the bound fell by" in answer.problems[-1]


def test_a_fit_copies_its_data_unless_they_are_a_large_file(tmp_path, monkeypatch):
    on_disk = np.memmap(tmp_path / "x", dtype=float, mode="w+", shape=LINE.shape)
    on_disk[:] = LINE
    for x in (LINE, on_disk):
        assert not np.shares_memory(fit(GaussianMixture(), x, ON_LINE, max_iter=1).before[1], x)
    monkeypatch.setattr(fitting, "MEMORY", 0)
    for x, stays in ((LINE, False), (on_disk, True)):
        kept = fit(GaussianMixture(), x, ON_LINE, max_iter=1).before[1]
        assert np.shares_memory(kept, x) == stays


# ---- best of several starts ----


def test_best_of_is_the_highest():
    model, draw = CoinMixture(10, HALF), np.random.default_rng(0)
    starts = [CoinParams(HALF, (0.3, 0.3)), *(model.start(HEADS, 2, draw) for _ in range(4))]
    best = best_of(model, HEADS, starts)
    assert best.log_likelihood == max(fit(model, HEADS, s).log_likelihood for s in starts)
    assert best.converged


def test_best_of_puts_a_collapsed_fit_last_however_high_it_is():
    collapsing = GaussianParams(HALF, (0.0, LINE[7]), (1.0, 1e-8))
    assert fit(GaussianMixture(), LINE, collapsing).status == "degenerate"
    for starts in ([collapsing, ON_LINE], [ON_LINE, collapsing]):
        assert best_of(GaussianMixture(), LINE, starts).status != "degenerate"
    assert best_of(GaussianMixture(), LINE, [collapsing]).status == "degenerate"


def test_best_of_takes_the_first_of_equals():
    swapped = COINS._replace(heads=COINS.heads[::-1])
    for starts in ([COINS, swapped], [swapped, COINS]):
        best = best_of(CoinMixture(10, HALF), HEADS, starts, max_iter=3)
        first = fit(CoinMixture(10, HALF), HEADS, starts[0], max_iter=3)
        assert best.params.heads[0] == first.params.heads[0]


def test_best_of_passes_its_options_on():
    assert best_of(CoinMixture(10), HEADS, [COINS], max_iter=2).iterations == 2


def test_best_of_compares_fits_of_one_iteration():
    starts = [COINS._replace(heads=(0.1, 0.2)), COINS]
    first, second = (fit(CoinMixture(10), HEADS, start, max_iter=1) for start in starts)
    best = best_of(CoinMixture(10), HEADS, starts, max_iter=1)
    assert best.bounds[-1] == max(first.bounds[-1], second.bounds[-1])


def test_best_of_reads_starts_from_a_generator():
    draw = np.random.default_rng(1)
    starts = (KMeans().start(PLANE, 3, draw) for _ in range(3))
    assert best_of(KMeans(), PLANE, starts).converged


# ---- the rate, against the Jacobian of one EM iteration in the params ----


def jacobian(iterate, theta, step=1e-6):
    columns = [iterate(theta + move) - iterate(theta - move) for move in step * np.eye(len(theta))]
    return np.transpose(columns) / (2 * step)


def coins_known(theta):
    model = CoinMixture(10, HALF)
    return model.m_step(HEADS, model.e_step(HEADS, CoinParams(HALF, theta))).heads


def coins_learned(theta):
    model = CoinMixture(10)
    params = CoinParams((theta[0], 1 - theta[0]), theta[1:])
    params = model.m_step(HEADS, model.e_step(HEADS, params))
    return np.array([params.weights[0], *params.heads])


def gaussians(theta):
    model = GaussianMixture()
    params = GaussianParams((theta[0], 1 - theta[0]), theta[1:3], theta[3:])
    params = model.m_step(LINE, model.e_step(LINE, params))
    return np.array([params.weights[0], *params.means, *params.covs])


def soft_means(theta):
    model = KMeans(0.2, hard=False)
    return model.m_step(LINE, model.e_step(LINE, KMeansParams(theta))).means


RATES = {
    "known coins": (CoinMixture(10, HALF), HEADS, COINS, coins_known),
    "learned coins": (CoinMixture(10), HEADS, COINS, coins_learned),
    "equal coins": (CoinMixture(10, HALF), HEADS, CoinParams(HALF, (0.5, 0.5)), coins_known),
    "Gaussians": (GaussianMixture(), LINE, ON_LINE, gaussians),
    "soft K-means": (KMeans(0.2, hard=False), LINE, KMeansParams(ON_LINE.means), soft_means),
}


@pytest.mark.parametrize(("model", "x", "start", "iterate"), RATES.values(), ids=RATES.keys())
def test_rate_is_the_largest_eigenvalue_of_one_em_iteration(model, x, start, iterate):
    answer = fit(model, x, start, tol=1e-15, max_iter=5000)
    params = answer.params
    free = params if len(params) == 1 else (params.weights[:1], *params[1:])
    free = free[1:] if getattr(model, "weights", None) else free
    expected = np.abs(np.linalg.eigvals(jacobian(iterate, np.concatenate(free)))).max()
    assert convergence_rate(model, x, params, max_iter=2000) == pytest.approx(expected, abs=2e-5)
    assert answer.rate == pytest.approx(expected, abs=1e-3)


def test_rate_is_how_fast_the_error_shrinks():
    model = CoinMixture(10)
    limit = fit(model, HEADS, COINS, tol=1e-17, max_iter=2000)
    errors = [
        abs(fit(model, HEADS, COINS, tol=0, max_iter=n).params.heads[0] - limit.params.heads[0])
        for n in (30, 40)
    ]
    assert (errors[1] / errors[0]) ** 0.1 == pytest.approx(limit.rate, abs=1e-3)


@pytest.mark.parametrize("origin", [5, 5e3])
def test_rate_feels_neither_units_nor_origin(origin):
    here = fit(GaussianMixture(), LINE, ON_LINE, tol=1e-15, max_iter=5000).params
    there = GaussianParams(here.weights, 1e-3 * here.means + origin, 1e-6 * here.covs)
    rates = [
        convergence_rate(GaussianMixture(), x, params)
        for x, params in ((LINE, here), (1e-3 * LINE + origin, there))
    ]
    assert rates[0] == pytest.approx(rates[1], abs=1e-6)


def test_rate_of_soft_means_feels_no_origin():
    model = KMeans(0.2, hard=False)
    means = fit(model, LINE, KMeansParams(ON_LINE.means), tol=1e-15, max_iter=5000).params.means
    rates = [convergence_rate(model, LINE + o, KMeansParams(means + o)) for o in (0, -1e3, 1e3)]
    np.testing.assert_allclose(rates, rates[0], atol=1e-6)


def test_rate_of_counted_observations_is_that_of_repeated_ones():
    times = np.arange(40) % 3 + 1
    x = np.repeat(LINE, times)
    params = fit(GaussianMixture(), x, ON_LINE, tol=1e-14, max_iter=5000).params
    counted = convergence_rate(Repeated(GaussianMixture(), times), LINE, params)
    assert counted == pytest.approx(convergence_rate(GaussianMixture(), x, params), abs=1e-4)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (KMeans(), KMeansParams((-1.0, 2.0))),
        (Repeated(KMeans(), np.ones(40)), KMeansParams((-1.0, 2.0))),
        (GaussianMixture(), GaussianParams((1.0,), (0.0,), (1.0,))),
        (GaussianMixture(hard=True), ON_LINE),
    ],
)
def test_rate_is_zero_where_nothing_can_move_a_little(model, params):
    assert convergence_rate(model, LINE, params) == 0


class HardWaiting(Waiting):
    hard = True


def test_a_readers_own_model_has_no_rate_where_nothing_can_move_a_little():
    alone = WaitingParams((1.0,), (5.0,))
    assert convergence_rate(Waiting(), TIMES, alone) == fit(Waiting(), TIMES, alone).rate == 0
    assert (
        convergence_rate(HardWaiting(), TIMES, APART) == fit(HardWaiting(), TIMES, APART).rate == 0
    )


def test_rate_at_an_empty_component_is_refused():
    params = GaussianParams((1.0, 0.0, 0.0), (0.0, 1.0, 2.0), (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="component 1 is empty: there is no rate"):
        convergence_rate(GaussianMixture(), LINE, params)


def test_rate_where_the_data_are_impossible_is_refused():
    with pytest.raises(ValueError, match="params make the data impossible: there is no rate"):
        convergence_rate(CoinMixture(10), HEADS, CoinParams(HALF, (0.0, 1.0)))


def test_rate_reads_lists_like_everything_else():
    assert convergence_rate(Waiting(), TIMES.tolist(), APART) > 0


# ---- a posterior that is no table ----


class Chain(HiddenMarkov):
    """A reader's own chain: one formula is changed, so it goes by way of `em`."""

    def m_step(self, x, posterior):
        return super().m_step(x, posterior)


SYMBOLS = [0, 0, 1, 2, 2, 1, 0, 0, 1, 0, 2, 2, 2, 1, 0] * 4
HEALTH = HiddenMarkovParams(
    (0.6, 0.4), [(0.7, 0.3), (0.4, 0.6)], [(0.5, 0.4, 0.1), (0.1, 0.3, 0.6)]
)
ALIKE = HiddenMarkovParams(HALF, [HALF, HALF], [(1 / 3,) * 3] * 2)


@pytest.mark.parametrize(("start", "status"), [(HEALTH, "converged"), (ALIKE, "saddle")])
def test_rate_without_a_table_is_that_of_the_counts(start, status):
    own, ours = (fit(model(3), SYMBOLS, start, tol=1e-14) for model in (Chain, HiddenMarkov))
    assert own.status == ours.status == status
    assert own.rate == pytest.approx(ours.rate, abs=1e-5)


def test_what_does_not_bear_a_push_is_not_called_a_maximum():
    class Rigid(Chain):
        def e_step(self, x, params):
            if abs(np.sum(params.weights) - 1) > 1e-12:
                raise ValueError("weights must sum to 1")
            return super().e_step(x, params)

    answer = fit(Rigid(3), SYMBOLS, HEALTH)
    assert answer.status == "unchecked"
    assert np.isnan(answer.rate)
    assert "could not be checked" in repr(answer)


def test_the_largest_eigenvalue_of_a_map_needs_few_looks():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(40, 40)))[0]
    matrix, looks = turn * np.linspace(0, 0.9, 40) ** 3 @ turn.T, []
    found = largest_eigenvalue(lambda v: looks.append(1) or matrix @ v, np.ones(40), 200)
    assert found == pytest.approx(0.9**3, abs=1e-6)
    assert len(looks) < 30


def test_a_map_that_only_shrinks_needs_one_look():
    assert largest_eigenvalue(lambda v: v / 2, np.ones(4), 200) == 0.5
