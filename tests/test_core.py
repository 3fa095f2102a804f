"""The frame: what must hold at every half-step of every model."""

import copy
import functools
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from cases import COINS, HEADS, LINE, PLANE, Waiting, WaitingParams

from emlib import CoinMixture, CoinParams, KMeans, KMeansParams, Step, ascend, em, fit
from emlib.checks import named
from emlib.mixture import complete

ROUNDING = 64 * np.finfo(float).eps


def arrays(step):
    parts = [value for _, value in named(step.params)]
    return parts if step.posterior is None else [*parts, step.posterior]


def run(case, **options):
    return list(em(*case, **{"max_iter": 30} | options))


# ---- every model, every half-step ----


def test_the_bound_never_falls_at_any_half_step(case, steps):
    bounds = np.array([step.elbo for step in steps[1:]])
    rounding = ROUNDING * np.maximum(len(case[1]), np.abs(bounds[1:]))
    assert (np.diff(bounds) >= -rounding).all()


def test_after_an_exact_e_step_the_bound_is_the_log_likelihood(case, steps):
    for step in steps:
        rounding = ROUNDING * max(len(case[1]), abs(step.log_likelihood))
        if step.kind == "E" and not complete(case[0]).hard:
            assert abs(step.kl) <= rounding
        assert step.elbo <= step.log_likelihood + rounding


def test_half_steps_come_in_the_order_start_e_m_e_m(case):
    steps = run(case, tol=0, max_iter=3)
    assert [step.kind for step in steps] == ["start", "E", "M", "E", "M", "E", "M"]
    assert [step.iteration for step in steps] == [0, 1, 1, 2, 2, 3, 3]
    assert steps[0].posterior is None
    assert steps[0].elbo == -np.inf


def test_an_e_step_changes_only_the_posterior_and_an_m_step_only_the_params(steps):
    for before, now in pairwise(steps):
        if now.kind == "E":
            assert now.log_likelihood == before.log_likelihood
            for (_, old), (_, new) in zip(named(before.params), named(now.params), strict=True):
                np.testing.assert_array_equal(old, new)
        else:
            np.testing.assert_array_equal(before.posterior, now.posterior)


def test_rows_of_a_posterior_are_distributions(steps):
    for step in steps[1:]:
        assert (step.posterior >= 0).all()
        np.testing.assert_allclose(step.posterior.sum(axis=1), 1, rtol=1e-14)


def test_no_two_steps_share_an_array(case, steps):
    owned = [array for step in steps[:7] for array in arrays(step)]
    outside = [part for part in [case[1], *case[2]] if isinstance(part, np.ndarray)]
    for n, first in enumerate(owned):
        for second in owned[n + 1 :] + outside:
            assert not np.shares_memory(first, second)


def test_nobody_can_write_to_a_step(steps):
    for step in steps:
        for array in arrays(step):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_data_start_and_model_are_left_as_they_were(case):
    before, fields = copy.deepcopy(case), repr(vars(case[0]))
    run(case, max_iter=3)
    np.testing.assert_equal(np.array(case[1]), np.array(before[1]))
    np.testing.assert_equal(tuple(case[2]), tuple(before[2]))
    assert repr(vars(case[0])) == fields


def test_writing_to_the_data_afterwards_does_not_reach_a_run(case):
    model, x, start = copy.deepcopy(case)
    x = np.array(x, dtype=float)
    steps = em(model, x, start, max_iter=3, tol=0)
    first = next(steps)
    x[:] = 1e9
    *_, last = steps
    *_, expected = em(*case, max_iter=3, tol=0)
    assert first.log_likelihood == next(em(*case)).log_likelihood
    assert last.elbo == expected.elbo


def test_stepping_is_fitting_at_every_iteration(case, steps):
    same = functools.partial(np.testing.assert_allclose, rtol=1e-10, atol=1e-10)
    reached = [s.elbo for s in steps if s.kind == "E"]
    bounds = [s.elbo for s in steps if s.kind == "M"]
    for iteration, step in enumerate([s for s in steps if s.kind == "M"], start=1):
        answer = fit(*case, max_iter=iteration, tol=0)
        for (_, mine), (_, theirs) in zip(named(answer.params), named(step.params), strict=True):
            same(mine, theirs)
        same(answer.posterior, step.posterior)
        same(answer.log_likelihood, step.log_likelihood)
        same(answer.path[:-1], reached[:iteration])
        same(answer.bounds, bounds[:iteration])


def test_fitting_stops_where_stepping_stops(case, steps):
    answer = fit(*case, max_iter=30)
    assert answer.iterations == steps[-1].iteration
    assert answer.log_likelihood == pytest.approx(steps[-1].log_likelihood, rel=1e-10)


def test_a_model_called_by_hand_gives_the_same_steps(case, steps):
    model, (x, params) = complete(case[0]), complete(case[0]).check(case[1], case[2])
    posterior = model.e_step(x, params)
    np.testing.assert_array_equal(steps[1].posterior, posterior)
    assert steps[1].elbo == model.elbo(x, posterior, params)
    for (_, mine), (_, theirs) in zip(
        named(model.m_step(x, posterior)), named(steps[2].params), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs)


def test_tables_are_stored_component_by_component(case, steps):
    model = complete(case[0])
    if isinstance(getattr(model, "model", model), Waiting):
        pytest.skip("a reader's own table has the reader's own order")
    assert model.log_joint(*model.check(*case[1:])).T.flags.c_contiguous
    assert all(step.posterior.T.flags.c_contiguous for step in steps[1:])


def test_tolerance_zero_runs_every_iteration(case):
    assert len(run(case, tol=0, max_iter=7)) == 1 + 2 * 7


def test_a_run_goes_on_from_where_another_stopped(case):
    model, x, _ = case
    whole = run(case, tol=0, max_iter=6)
    again = list(em(model, x, whole[6].params, tol=0, max_iter=3))
    assert [step.elbo for step in again[1:]] == [step.elbo for step in whole[7:]]


def test_the_smallest_run_is_one_iteration(case):
    assert [step.kind for step in run(case, max_iter=1)] == ["start", "E", "M"]


# ---- when to stop ----


def test_tolerance_is_relative_to_the_number_of_observations_and_the_bound():
    for tol in (1e-3, 1e-6, 1e-10):
        bounds = fit(CoinMixture(10), HEADS, COINS, tol=tol).bounds
        gains = np.diff(bounds) / np.maximum(len(HEADS), np.abs(bounds[1:]))
        assert gains[-1] < tol
        assert (gains[:-1] >= tol).all()


def test_tolerance_counts_observations_when_the_bound_is_near_zero():
    x = LINE / LINE.std() * 0.24  # a density near 1, so a log-likelihood near 0
    model, start = KMeans(0.24**2, hard=False), KMeansParams(np.array([-0.1, 0.3]))
    bounds = fit(model, x, start, tol=1e-4).bounds
    assert (np.abs(bounds) < len(x)).all()
    gains = np.diff(bounds) / len(x)
    assert gains[-1] < 1e-4
    assert (gains[:-1] >= 1e-4).all()


def test_the_first_iteration_never_ends_a_run():
    start = CoinParams((0.5, 0.5), (0.2, 0.9))  # one iteration leads to a bound of 0
    assert [s.iteration for s in em(CoinMixture(10), [10, 10, 10], start)][-1] == 2


def test_hard_assignments_stop_only_when_none_moves():
    start = KMeansParams(PLANE[:5] * 1e-8)
    *_, before, _, last = em(KMeans(), PLANE * 1e-8, start)
    np.testing.assert_array_equal(before.posterior, last.posterior)


# ---- a wrong model is named, not followed ----


class Half(Waiting):
    def e_step(self, x, params):
        return np.full((len(x), 2), 0.4)


class Negative(Waiting):
    def e_step(self, x, params):
        return np.tile([1.5, -0.5], (len(x), 1))


class Sideways(Waiting):
    def e_step(self, x, params):
        return np.full((2, len(x)), 0.5).T[:3]


class NotATable(Waiting):
    def log_joint(self, x, params):
        return super().log_joint(x, params).sum(axis=1)


class Transposed(Waiting):
    def log_joint(self, x, params):
        return super().log_joint(x, params).T


class LogOfNegative(Waiting):
    def log_joint(self, x, params):
        return np.where(x[:, None] > 0.5, np.nan, super().log_joint(x, params))


class NoReturn(Waiting):
    def m_step(self, x, responsibilities):
        super().m_step(x, responsibilities)


class OneField(Waiting):
    def m_step(self, x, responsibilities):
        return responsibilities.T @ x


class WrongShape(Waiting):
    def m_step(self, x, responsibilities):
        params = super().m_step(x, responsibilities)
        return params._replace(means=params.means[:1])


class NanMeans(Waiting):
    def m_step(self, x, responsibilities):
        return super().m_step(x, responsibilities)._replace(means=np.array([1, np.nan]))


class Impossible(Waiting):
    def log_joint(self, x, params):
        with np.errstate(divide="ignore"):
            return super().log_joint(x, params)

    def m_step(self, x, responsibilities):
        return super().m_step(x, responsibilities)._replace(weights=np.array([1.0, 0.0]))


WRONG = [
    (Half(), ValueError, r"e_step: row 0 of the posterior sums to 0.8, not 1 \(40 such row"),
    (Negative(), ValueError, r"e_step: posterior\[0, 1\] is -0.5: .* not be negative \(40 such"),
    (Sideways(), ValueError, r"e_step returned shape \(3, 2\): it must be \(40, K\)"),
    (NotATable(), ValueError, r"log_joint returned shape \(40,\): it must be \(40, K\)"),
    (Transposed(), ValueError, r"log_joint returned shape \(2, 40\): it must be \(40, K\)"),
    (LogOfNegative(), ValueError, r"log_joint returned NaN at \[\d+, 0\] \(\d+ such value"),
    (NoReturn(), TypeError, r"m_step returned None: it must return params; is `return` missing"),
    (OneField(), TypeError, r"m_step returned params with \['params'\]: .*\['weights', 'means'\]"),
    (WrongShape(), ValueError, r"m_step returned means of shape \(1,\): it must be \(2,\)"),
    (NanMeans(), ValueError, r"m_step returned NaN or infinity in means: \[ 1. nan\]"),
    (Impossible(), ValueError, r"m_step, iteration 1: the log-likelihood is .* bound -inf"),
]


@pytest.mark.parametrize(("model", "kind", "message"), WRONG, ids=lambda v: type(v).__name__)
def test_a_wrong_model_is_named_at_its_first_step(model, kind, message):
    with pytest.raises(kind, match=message):
        list(em(model, LINE**2, WaitingParams((0.5, 0.5), (1.0, 9.0))))


def test_a_start_that_makes_the_data_impossible_is_refused():
    with pytest.raises(ValueError, match="start makes the data impossible: log-likelihood -inf"):
        em(CoinMixture(10), HEADS, COINS._replace(heads=(0.0, 1.0)))


class Shared(NamedTuple):
    means: np.ndarray  # (K,)
    rate: np.ndarray  # one number for all


class SharedRate:
    """A reader's model with a parameter that all components share."""

    def log_joint(self, x, params):
        with np.errstate(over="ignore"):
            return np.log(params.rate / 2) - params.rate * np.abs(x[:, None] - params.means) ** 2

    def m_step(self, x, responsibilities):
        means = responsibilities.T @ x / responsibilities.sum(axis=0)
        return Shared(means, np.array(1.0))


def test_an_empty_component_keeps_its_own_values_only():
    *_, last = em(SharedRate(), LINE, Shared((0.0, 1e6), 1.0), max_iter=2)
    assert last.params.means[1] == 1e6
    assert last.params.means[0] == pytest.approx(LINE.mean())
    assert last.params.rate == 1


def test_errors_come_at_the_call_and_not_at_the_first_step():
    with pytest.raises(ValueError, match="x\\[0\\] is 11"):
        em(CoinMixture(10), [11], COINS)


# ---- ascend: the same record without a hidden variable ----


def halve(share):
    return lambda plate: plate - share * (2 * plate - 1000)


def gap(plate):
    return -float(np.abs(plate - 500))


def test_ascend_records_every_update_of_the_dish():
    steps = list(ascend(gap, halve(0.25), np.array(700.0), max_iter=5, tol=0))
    assert [float(step.params) for step in steps] == [700, 600, 550, 525, 512.5, 506.25]
    assert [step.kind for step in steps] == ["start"] + 5 * ["update"]
    assert [step.iteration for step in steps] == [0, 1, 2, 3, 4, 5]
    assert [step.log_likelihood for step in steps] == [-200, -100, -50, -25, -12.5, -6.25]
    assert all(step.posterior is None and step.elbo == -np.inf for step in steps)


def test_ascend_stops_when_the_objective_stands_still():
    steps = list(ascend(gap, halve(0.5), np.array(700.0)))
    assert [float(step.params) for step in steps] == [700, 500, 500]


def test_ascend_counts_a_two_cycle_by_its_objective():
    steps = list(ascend(gap, halve(1.0), np.array(700.0)))
    assert [float(step.params) for step in steps] == [700, 300]


def test_ascend_follows_a_diverging_update_to_the_end():
    steps = list(ascend(gap, halve(1.1), np.array(700.0), max_iter=10))
    assert float(steps[-1].params) == pytest.approx(1738.3473)


def test_ascend_shares_no_arrays_and_leaves_the_start_alone():
    start = np.array([700.0, 800.0])
    steps = list(ascend(lambda p: -float(np.sum((p - 500) ** 2)), halve(0.25), start, max_iter=3))
    for n, step in enumerate(steps):
        assert not step.params.flags.writeable
        assert not np.shares_memory(step.params, start)
        assert not any(np.shares_memory(step.params, other.params) for other in steps[n + 1 :])
    np.testing.assert_array_equal(start, [700, 800])


def test_ascend_refuses_an_objective_that_is_nan():
    with pytest.raises(ValueError, match=r"objective is NaN after update 2: params 0\.25"):
        list(ascend(lambda p: np.nan if p < 0.5 else 1 / p, lambda p: p / 2, 1.0))


def test_ascend_follows_several_params_at_once():
    steps = list(
        ascend(lambda p: -(p[0].sum() ** 2), lambda p: (p[0] / 2, p[1]), ([4.0], [1.0, 2.0]))
    )
    assert steps[1].params[0] == [2.0]
    np.testing.assert_array_equal(steps[-1].params[1], [1, 2])
    assert not steps[-1].params[1].flags.writeable


def test_ascend_refuses_an_update_without_return():
    with pytest.raises(TypeError, match="update returned None: it must return params; is `return`"):
        list(ascend(lambda p: -float(p), lambda p: None, 1.0))


def test_kl_is_what_the_bound_lacks():
    assert Step("E", 1, None, None, -3.0, -5.0).kl == 2.0
