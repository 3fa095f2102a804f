"""A trace is the same run, written as plain JSON."""

import json

import numpy as np
import pytest
from cases import CASES, COINS, HALF, HEADS, LINE, Waiting, WaitingParams

from emlib import CoinMixture, CoinParams, em, trace
from emlib.mixture import complete


@pytest.fixture(scope="module")
def traced(case):
    """A case and its trace after a round trip through JSON."""
    return case, json.loads(json.dumps(trace(*case, max_iter=6), allow_nan=False))


def test_a_trace_holds_the_numbers_of_em_exactly(traced):
    case, records = traced
    steps = list(em(*case, max_iter=6))
    assert len(records) == len(steps)
    for record, step in zip(records, steps, strict=True):
        assert (record["kind"], record["iteration"]) == (step.kind, step.iteration)
        assert record["log_likelihood"] == step.log_likelihood
        assert record["elbo"] == (None if step.kind == "start" else step.elbo)
        assert list(record["params"]) == list(step.params._fields)
        for values, part in zip(record["params"].values(), step.params, strict=True):
            np.testing.assert_array_equal(values, part)


def test_the_posterior_stands_at_e_steps_and_the_table_at_every_step_but_m(traced):
    case, records = traced
    model = complete(case[0])
    x, _ = model.check(*case[1:])
    for record, step in zip(records, em(*case, max_iter=6), strict=True):
        assert ("posterior" in record) == (step.kind == "E")
        assert ("log_joint" in record) == (step.kind != "M")
        if step.kind == "E":
            np.testing.assert_array_equal(record["posterior"], step.posterior)
        if step.kind != "M":
            np.testing.assert_array_equal(record["log_joint"], model.log_joint(x, step.params))


def test_a_round_trip_changes_nothing():
    records = trace(*CASES["coins, learned"])
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_an_impossible_pair_is_a_very_small_number():
    start = CoinParams(HALF, (1.0, 0.5))
    records = trace(CoinMixture(10), HEADS, start, max_iter=2)
    json.dumps(records, allow_nan=False)
    assert records[1]["log_joint"][0][0] == -1e308
    assert records[1]["posterior"][0] == [0, 1]


@pytest.mark.parametrize("options", [{}, {"tol": 1e-3}, {"tol": 0, "max_iter": 7}])
def test_a_trace_stops_where_em_stops(options):
    *_, last = em(CoinMixture(10), HEADS, COINS, **options)
    assert trace(CoinMixture(10), HEADS, COINS, **options)[-1]["iteration"] == last.iteration


def test_params_that_are_one_array_are_called_params():
    class OneMean:
        def log_joint(self, x, params):
            return -((x[:, None] - params) ** 2)

        def m_step(self, x, responsibilities):
            return responsibilities.T @ x / responsibilities.sum(axis=0)

    records = trace(OneMean(), [1.0, 2.0, 7.0], [1.0, 6.0], max_iter=1)
    assert records[0]["params"] == {"params": [1.0, 6.0]}


def test_data_may_be_a_list_for_a_reader_s_own_class():
    start = WaitingParams(HALF, (1.0, 9.0))
    x = LINE**2
    assert trace(Waiting(), x.tolist(), start) == trace(Waiting(), x, start)
