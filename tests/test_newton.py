"""The fit of a logistic regression: the numbers of the book, peers, and data without one answer."""

import copy
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize
from sklearn import linear_model
from test_logistic import (
    APART,
    HOURS,
    LABELS,
    MAXIMUM,
    MODELS,
    NAN,
    PASSED,
    PLANE,
    SEPARABLE,
    STUDY,
    TOP,
    newton,
    params_of,
)

from emlib import Fit, separation
from emlib import newton as climber
from emlib.columns import WIDTH, Columns, by_column
from emlib.logistic import LogisticParams, LogisticRegression

rng = np.random.default_rng(0)
MANY = rng.normal(size=(30_000, 3)) * [1.0, 0.5, 2.0] + [0.0, 3.0, -1.0]
CHANCES = 1 / (1 + np.exp(-(MANY @ [0.7, -1.2, 0.4] + 3)))
SEEN = (rng.random(30_000) < CHANCES).astype(float)
LARGE = LogisticRegression(MANY, SEEN)
EVERY = {**MODELS, "many": LARGE}


@pytest.fixture(params=EVERY.values(), ids=EVERY.keys())
def model(request):
    return request.param


# ---- published values ----


def test_published_maximum():
    fit = STUDY.fit()
    np.testing.assert_allclose(fit.params, MAXIMUM, atol=1e-12, rtol=0)
    assert fit.log_likelihood == pytest.approx(TOP, abs=1e-13)
    assert (fit.status, fit.iterations, fit.converged) == ("converged", 6, True)
    assert fit.problems == ()
    assert fit.rate == 0


def test_published_path_of_newton():
    expected = [-13.862943611198906, -8.560287080315414, -8.067966938402547]
    np.testing.assert_allclose(STUDY.fit().path[:3], expected, atol=1e-12)


def test_published_standardised_hours():
    hours = (np.array(HOURS) - 2.7875) / 1.4690026378465084
    params = LogisticRegression(hours, PASSED).fit().params
    np.testing.assert_allclose(params, [0.11648570050303686, 2.2103281033041164], atol=1e-12)


@pytest.mark.parametrize(("ridge", "slope"), [(1, 1.0065943148738816), (0.1, 2.2771515024275772)])
def test_published_maxima_with_a_ridge(ridge, slope):
    fit = LogisticRegression(APART.x, APART.y, ridge, intercept=False).fit()
    assert fit.params.slopes == pytest.approx(slope, abs=1e-12)
    assert fit.params.intercept == 0
    assert fit.converged


# ---- independent ways to the same numbers ----


def test_the_steps_of_the_book_reach_the_same(model):
    fit, last = model.fit(), newton(model, tol=0, max_iter=12)
    assert fit.converged
    np.testing.assert_allclose(model.vector(fit.params), model.vector(last.params), atol=1e-10)
    assert fit.bounds[-1] == pytest.approx(last.log_likelihood, rel=1e-14)


def test_scikit_learn_finds_the_same_maximum(model):
    oracle = linear_model.LogisticRegression(
        C=1 / model.ridge if model.ridge else np.inf,
        fit_intercept=model.intercept,
        solver="newton-cholesky",
        tol=1e-12,
        max_iter=200,
    ).fit(model.x.reshape(len(model.x), -1), model.y)
    params = model.fit().params
    np.testing.assert_allclose(np.ravel(params.slopes), oracle.coef_[0], atol=1e-8)
    np.testing.assert_allclose(params.intercept, np.ravel(oracle.intercept_)[0], atol=1e-8)


def test_scipy_finds_the_same_maximum(model):
    if len(model.x) > 1000:
        pytest.skip("slow by finite differences")
    found = optimize.minimize(
        lambda v: -model.objective(params_of(model, v)),
        model.vector(model.start()),
        jac=lambda v: -model.vector(model.gradient(params_of(model, v))),
        method="BFGS",
        options={"gtol": 1e-9},
    )
    np.testing.assert_allclose(model.vector(model.fit().params), found.x, atol=1e-7)


def test_the_gradient_is_0_at_the_answer(model):
    gradient = model.vector(model.gradient(model.fit().params))
    scale = np.abs(model.x).reshape(len(model.x), -1).sum(axis=0).max()
    np.testing.assert_allclose(gradient / scale, 0, atol=1e-10)


def test_numbers_of_the_fit_are_those_of_the_model(model):
    fit = model.fit()
    assert isinstance(fit, Fit)
    size = 1e-13 * abs(fit.log_likelihood)
    assert fit.log_likelihood == pytest.approx(model.log_likelihood(fit.params), abs=size)
    assert fit.bounds[-1] == pytest.approx(model.objective(fit.params), abs=size)
    assert fit.path[0] == pytest.approx(model.log_likelihood(model.start()), abs=size)
    assert fit.path[-1] == fit.log_likelihood
    assert len(fit.path) == len(fit.bounds) + 1 == fit.iterations + 1


@pytest.mark.parametrize("size", [1, 7, WIDTH, WIDTH + 1, 2 * WIDTH + 5])
def test_one_pass_sees_what_the_definitions_say(size):
    part = LogisticRegression(MANY[:size], SEEN[:size], ridge=0.3)
    data = Columns.of(part.x, part.y, part.ridge, part.intercept)
    params = LogisticParams(-0.4, [0.5, -0.2, 0.1])
    view = data.view(data.to_centre(part.vector(params)))
    assert view.log_likelihood == pytest.approx(part.log_likelihood(params), rel=1e-12)
    assert view.height == pytest.approx(part.objective(params), rel=1e-12)
    centred = LogisticRegression(part.x - data.centre, part.y, ridge=0.3)
    moved = LogisticParams(view.row[0], view.row[1:])
    gradient = centred.vector(centred.gradient(moved))
    np.testing.assert_allclose(view.gradient, gradient, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(view.information, centred.information(moved), rtol=1e-10, atol=1e-12)
    margins = (2 * part.y - 1) * part.log_odds(params)
    assert view.surest == pytest.approx(margins.max(), rel=1e-12)
    np.testing.assert_allclose(data.margins(view.row), [margins.min(), margins.max()], rtol=1e-12)
    np.testing.assert_allclose(data.to_zero(view.row), part.vector(params), rtol=1e-12)


def test_far_out_a_pass_is_exact():
    model = LogisticRegression([-1e3, 1e3, 1.0, -1.0], [1, 1, 0, 1], intercept=False)
    view = Columns.of(model.x[:, None], model.y, 0.0, False).view(np.array([2.0]))
    params = LogisticParams(0.0, 2.0)
    assert view.log_likelihood == pytest.approx(model.log_likelihood(params), rel=1e-15)
    assert view.gradient[0] == pytest.approx(model.gradient(params).slopes, rel=1e-15)


def test_much_data_start_from_a_part_of_them(monkeypatch):
    fit = LARGE.fit()
    monkeypatch.setattr(climber, "ENOUGH", np.inf)
    slow = LARGE.fit()
    np.testing.assert_allclose([fit.path[0], slow.path[0]], -np.log(2) * len(MANY), rtol=1e-14)
    assert fit.path[1] > slow.path[1]
    np.testing.assert_allclose(fit.params.slopes, slow.params.slopes, atol=1e-10)


@pytest.mark.parametrize("ridge", [0.0, 30.0, 1000.0])
def test_the_first_step_leads_to_the_answer_for_every_20th(ridge):
    model = LogisticRegression(MANY, SEEN, ridge)
    few = LogisticRegression(MANY[::20], SEEN[::20], ridge / 20).fit().params
    assert model.fit().bounds[0] == pytest.approx(model.objective(few), rel=1e-4)


def test_a_part_that_misleads_is_not_followed():
    labels = SEEN.copy()
    labels[:: climber.EVERY] = MANY[:: climber.EVERY, 0] > 0  # this part is separable
    model = LogisticRegression(MANY, labels)
    fit = model.fit()
    assert fit.converged
    np.testing.assert_allclose(
        model.vector(fit.params), model.vector(newton(model).params), atol=1e-8
    )
    labels[:: climber.EVERY] = 1 - SEEN[:: climber.EVERY]  # and this one says the contrary
    model = LogisticRegression(MANY, labels)
    fit = model.fit()
    assert fit.converged
    assert (np.diff(fit.path) >= 0).all()
    np.testing.assert_allclose(
        model.vector(fit.params), model.vector(newton(model).params), atol=1e-8
    )


# ---- equivariance ----


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_unit_of_x_does_not_matter(unit):
    here, there = (LogisticRegression(x, LABELS).fit() for x in (PLANE, PLANE * unit))
    assert here.status == there.status == "converged"
    assert there.params.intercept == pytest.approx(here.params.intercept, rel=1e-12)
    np.testing.assert_allclose(there.params.slopes * unit, here.params.slopes, rtol=1e-12)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-13)


@pytest.mark.parametrize("unit", [2.0**-27, 1.0, 2.0**27])  # about 1e-8 and 1e8, but exact
def test_an_origin_far_away_does_not_matter(unit):
    steps, shift = np.round(PLANE * 64) / 64, 2.0**27
    here = LogisticRegression(steps, LABELS).fit()
    there = LogisticRegression((steps + shift) * unit, LABELS).fit()
    assert here.status == there.status == "converged"
    np.testing.assert_allclose(there.params.slopes * unit, here.params.slopes, rtol=1e-12)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-13)
    moved = there.params.intercept + shift * unit * there.params.slopes.sum()
    assert moved == pytest.approx(here.params.intercept, abs=1e-6)  # of numbers near 1e8


def test_observations_seen_twice_count_twice(model):
    if model.ridge:
        pytest.skip("against a ridge they weigh more")
    twice = LogisticRegression(
        np.concatenate([model.x, model.x]), np.tile(model.y, 2), intercept=model.intercept
    ).fit()
    once = model.fit()
    np.testing.assert_allclose(model.vector(twice.params), model.vector(once.params), atol=2e-10)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, rel=1e-12)


def test_swapped_labels_negate_the_params(model):
    swapped = LogisticRegression(model.x, 1 - model.y, model.ridge, model.intercept).fit()
    here = model.fit()
    np.testing.assert_allclose(
        model.vector(swapped.params), -model.vector(here.params), rtol=1e-10, atol=1e-10
    )
    assert swapped.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-13)


# ---- data without one answer ----


@pytest.mark.parametrize(("x", "y", "expected"), SEPARABLE.values(), ids=SEPARABLE.keys())
def test_separable_labels_are_named(x, y, expected):
    for labels in (np.array(y), 1 - np.array(y)):
        fit = LogisticRegression(x, labels).fit()
        assert (fit.status == "separable") == expected
        assert np.isfinite(np.append(*fit.params)).all()
        assert np.isfinite(fit.path).all()
        assert (np.diff(fit.path) >= 0).all()


def large_and_separable():
    """Return cases with 30,000 observations: a plane, and columns of which one parts a few."""
    yield "a plane", MANY, (MANY @ [1, 2, -1] > 7).astype(float)
    for name, member in (("one", np.arange(30_000) == 7), ("many", rng.random(30_000) < 0.3)):
        labels = np.where(member, 1.0, SEEN)
        yield f"a column that parts {name}", np.column_stack([MANY, member]), labels


@pytest.mark.parametrize(
    ("x", "y"), [pytest.param(x, y, id=name) for name, x, y in large_and_separable()]
)
def test_separable_labels_are_named_in_much_data(x, y):
    model = LogisticRegression(x, y)
    fit = model.fit()
    assert fit.status == "separable"
    assert not fit.converged
    assert model.separable()
    held = LogisticRegression(x, y, ridge=1e-3).fit()
    assert held.converged
    assert not LARGE.separable()


def test_most_observations_have_no_say_in_whether_the_labels_are_separable(monkeypatch):
    heard, widest = [], separation.widest
    monkeypatch.setattr(
        separation, "widest", lambda margins: heard.append(len(margins)) or widest(margins)
    )
    for _, x, y in large_and_separable():
        assert LogisticRegression(x, y).separable()
    assert not LARGE.separable()
    assert len(heard) < 10  # linear programmes, for 4 answers
    assert max(heard) < 2 * separation.AT_ONCE  # of 30,000


@pytest.mark.parametrize("size", [1999, 2000, 2001, 4000, 30_000])  # 2000 enter at once
def test_a_single_observation_on_the_wrong_side_is_not_overlooked(size):
    x, sides = MANY[:size], MANY[:size] @ [1, 2, -1] - 7
    labels = (sides > 0).astype(float)
    assert LogisticRegression(x, labels).separable()
    for wrong in (np.argmax(sides), np.argmin(sides)):
        labels[wrong] = 1 - labels[wrong]
        model = LogisticRegression(x, labels)
        assert not model.separable()
        assert model.fit().converged
        labels[wrong] = 1 - labels[wrong]


def test_where_the_linear_programme_fails_the_climb_still_names_separable_labels(monkeypatch):
    rng = np.random.default_rng(373)
    x = rng.normal(size=(40, 4)) * 10.0 ** rng.uniform(-8, 8, size=(40, 1))  # HiGHS may give up
    labels = (x @ [1, -1, 2, 1] > 0).astype(float)
    assert LogisticRegression(x, labels).fit().status == "separable"
    gave_up = optimize.OptimizeResult(x=None)
    monkeypatch.setattr(optimize, "linprog", lambda *args, **options: gave_up)
    assert not LogisticRegression(x, labels).separable()  # no plane was found
    assert LogisticRegression(x, labels).fit().status == "separable"


def test_a_column_that_parts_a_few_is_found_before_the_climb_would_end(monkeypatch):
    cases = [(x, y) for name, x, y in large_and_separable() if name.startswith("a column")]
    soon = [LogisticRegression(*case).fit() for case in cases]
    monkeypatch.setattr(climber, "PATIENCE", np.inf)
    late = [LogisticRegression(*case).fit() for case in cases]
    for one, other in zip(soon, late, strict=True):
        assert one.status == other.status == "separable"
        assert one.iterations < other.iterations


def test_a_loose_tolerance_does_not_hide_that_the_labels_are_separable():
    x = np.column_stack([PLANE, np.arange(60) == 7])
    fit = LogisticRegression(x, np.where(x[:, 2], 1.0, LABELS)).fit(tol=0.1)
    assert fit.status == "separable"


@pytest.mark.parametrize("ridge", [0.0, 2.0])
@pytest.mark.parametrize("label", [0, 1])
def test_equal_labels_leave_no_maximum(label, ridge):
    fit = LogisticRegression(PLANE, np.full(60, label), ridge).fit()
    assert fit.status == "separable"
    said = f"all labels are {label}: collect both; no ridge holds the intercept"
    assert fit.problems == (said,)
    assert np.isfinite(np.append(*fit.params)).all()


def test_without_an_intercept_a_ridge_holds_equal_labels():
    model = LogisticRegression([1, 2, 3], [1, 1, 1], ridge=1.0, intercept=False)
    assert model.fit().converged
    assert LogisticRegression([-1, 2, 3], [1, 1, 1], intercept=False).fit().converged
    assert LogisticRegression([1, 2, 3], [1, 1, 1], intercept=False).fit().status == "separable"


FLAT = {
    "a column twice": (PLANE[:, [0, 1, 0]], [0, 2], PLANE, lambda s: [s[0] / 2, s[1], s[0] / 2]),
    "twice, in other units": (
        np.column_stack([PLANE, 2 * PLANE[:, 0] - 5]), [0, 2], PLANE,
        lambda s: [s[0] / 2, s[1], s[0] / 4]),
    "a column that never varies": (
        np.column_stack([PLANE, np.full(60, 7.3)]), [2], PLANE, lambda s: [*s, 0]),
    "an empty column": (np.column_stack([np.zeros(60), PLANE]), [0], PLANE, lambda s: [0, *s]),
}  # fmt: skip


@pytest.mark.parametrize(("x", "lost", "plain", "expected"), FLAT.values(), ids=FLAT.keys())
def test_columns_that_say_nothing_new_share_the_slope(x, lost, plain, expected):
    model, clean = LogisticRegression(x, LABELS), LogisticRegression(plain, LABELS).fit()
    names = " and ".join(f"x[:, {j}]" for j in lost)
    for start in (None, LogisticParams(0.3, np.ones(3))):
        fit = model.fit(start)
        assert fit.status == "flat"
        said = f"{names} repeat other columns or never vary: drop some, or use a ridge"
        assert fit.problems == (said,)
        np.testing.assert_allclose(fit.params.slopes, expected(clean.params.slopes), atol=1e-9)
        assert fit.log_likelihood == pytest.approx(clean.log_likelihood, abs=1e-9)
        assert model.log_likelihood(fit.params) == pytest.approx(clean.log_likelihood, abs=1e-9)
        assert "flat after" in repr(fit)
        assert np.isnan(fit.rate)
    assert LogisticRegression(x, LABELS, ridge=0.5).fit().converged


@pytest.mark.parametrize("unit", [1e-8, 1e8])
@pytest.mark.parametrize("x", [case[0] for case in FLAT.values()], ids=FLAT.keys())
def test_the_unit_of_columns_that_say_nothing_new_does_not_matter(x, unit):
    units = np.array([1.0, unit, unit])
    here, there = LogisticRegression(x, LABELS).fit(), LogisticRegression(x * units, LABELS).fit()
    assert (there.status, there.problems) == (here.status, here.problems)
    np.testing.assert_allclose(there.params.slopes * units, here.params.slopes, atol=1e-9)
    np.testing.assert_allclose(there.path, here.path, rtol=1e-12)


@pytest.mark.parametrize("noise", [1e-8, 1e-7, 3e-7])
def test_columns_that_say_almost_the_same_share_the_slope(noise):
    x = np.column_stack([PLANE, PLANE[:, 0] + noise * rng.normal(size=60)])
    fit = LogisticRegression(x, LABELS).fit()
    plain = LogisticRegression(PLANE, LABELS).fit().params.slopes
    assert fit.status == "flat"
    assert fit.problems[0].startswith("x[:, 0] and x[:, 2] repeat other columns")
    np.testing.assert_allclose(fit.params.slopes, [plain[0] / 2, plain[1], plain[0] / 2], rtol=1e-6)


def test_columns_that_say_the_same_from_a_start_far_away():
    model, start = LogisticRegression(PLANE[:, [0, 1, 0]], LABELS), LogisticParams(0.0, [9, 9, 9])
    fit, plain = model.fit(start), model.fit()
    assert fit.path[0] == pytest.approx(model.log_likelihood(start), rel=1e-12)
    np.testing.assert_allclose(fit.path[1:], plain.path, rtol=1e-14)
    assert fit.problems == plain.problems
    assert fit.problems[0].startswith("x[:, 0] and x[:, 2] repeat other columns")


def test_a_single_column_that_never_varies():
    fit = LogisticRegression([4.0, 4.0, 4.0, 4.0], [1, 1, 0, 1]).fit()
    empty = LogisticRegression([0.0, 0.0], [1, 0], intercept=False).fit()
    for one in (fit, empty):
        assert one.status == "flat"
        assert one.problems == ("x never varies: drop it, or use a ridge",)
    np.testing.assert_allclose(fit.params, [np.log(3), 0], atol=1e-9)
    np.testing.assert_array_equal(empty.params, [0, 0])


def test_indicator_columns_that_sum_to_the_intercept():
    kind = np.arange(60) % 3
    x = (kind[:, None] == np.arange(3)).astype(float)
    model = LogisticRegression(x, LABELS)
    fit = model.fit()
    assert fit.status == "flat"
    means = np.array([LABELS[kind == k].mean() for k in range(3)])
    np.testing.assert_allclose(model.probability(fit.params, np.eye(3)), means, atol=1e-9)
    assert fit.params.slopes.sum() == pytest.approx(0, abs=1e-9)  # the shortest


def test_repeated_columns_and_separable_labels():
    x = PLANE[:, [0, 1, 0]]
    assert LogisticRegression(x, PLANE[:, 0] > 0.1).fit().status == "separable"


def test_max_iter_is_said():
    fit = STUDY.fit(max_iter=3)
    assert (fit.status, fit.iterations) == ("max_iter", 3)
    assert np.isnan(fit.rate)
    np.testing.assert_allclose(fit.path, STUDY.fit().path[:4], rtol=1e-14)
    assert LARGE.fit(max_iter=1).status == "max_iter"


@pytest.mark.parametrize("tol", [0, 1e-10, 1e-4, 1.0])
def test_the_tolerance_bounds_the_error(tol):
    fit = STUDY.fit(tol=tol)
    assert fit.converged
    assert abs(fit.log_likelihood - TOP) <= max(tol, 1e-14) * abs(TOP)


@pytest.mark.parametrize("tol", [1e-10, 1e-6, 1e-4, 1e-2, 0.1, 1.0, 10.0])
def test_the_last_step_is_the_first_that_promises_less_than_a_tenth_of_the_tolerance(tol):
    params, steps, last = STUDY.start(), 0, False
    while not last:
        here, params, steps = params, STUDY.newton_step(params), steps + 1
        move = STUDY.vector(params) - STUDY.vector(here)
        promised = move @ STUDY.vector(STUDY.gradient(here)) / 2
        last = promised <= min(tol, 0.1) / 10 * abs(STUDY.objective(here))
    fit = STUDY.fit(tol=tol)
    assert fit.iterations == steps
    np.testing.assert_allclose(fit.params, params, atol=1e-12)


# ---- starts ----

STARTS = [(-4.0, 1.5), (5.0, -40.0), (-1e3, 3.0), (0.0, 1e4), (1e6, -1e6), (0.0, 1e100)]


@pytest.mark.parametrize("start", STARTS)
def test_every_start_leads_to_the_top(start):
    fit = STUDY.fit(LogisticParams(*start))
    assert fit.converged
    np.testing.assert_allclose(fit.params, MAXIMUM, atol=1e-10)
    assert fit.path[0] == pytest.approx(STUDY.log_likelihood(LogisticParams(*start)), rel=1e-12)
    assert (np.diff(fit.path) >= 0).all()


def test_a_step_that_would_fall_is_halved():
    start = LogisticParams(-3.0, 1.95)
    here, there = STUDY.objective(start), STUDY.objective(STUDY.newton_step(start))
    assert there < here
    assert here > 20 * np.log(0.5)  # so the first step does not lead to 0
    fit = STUDY.fit(start)
    assert fit.converged
    assert (np.diff(fit.path) >= 0).all()
    np.testing.assert_allclose(fit.params, MAXIMUM, atol=1e-10)


def test_a_start_that_knows_less_than_nothing_goes_to_0():
    fit = STUDY.fit(LogisticParams(0.0, -6.0))
    np.testing.assert_allclose(fit.path[1:], STUDY.fit().path, rtol=1e-14)


def test_a_fit_from_the_answer_stays():
    fit = STUDY.fit(STUDY.fit().params)
    assert fit.iterations == 1
    np.testing.assert_allclose(fit.params, MAXIMUM, atol=1e-12)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("gap", [1e-6, 1e-5, 1e-3])
@pytest.mark.parametrize("slope", [5.0, 50.0, 600.0])
def test_from_where_only_two_observations_have_a_say_the_climb_finds_its_way(slope, gap, unit):
    x = unit * np.array([-10, -9, -8, -7, -6, 5, 5 + gap, 10])
    model = LogisticRegression(x, [0, 0, 0, 0, 0, 1, 0, 1])
    fit = model.fit(LogisticParams(-slope * (5 + gap / 2), slope / unit))
    plain = model.fit()
    assert fit.converged
    assert (np.diff(fit.path) >= 0).all()
    np.testing.assert_allclose(fit.params, plain.params, rtol=1e-3)  # the top is almost level
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


def test_the_start_of_a_separable_model_may_be_far_out():
    assert APART.fit(LogisticParams(0.0, 1e3)).status == "separable"
    fit = LogisticRegression([0, 1, 2, 2, 3], [0, 0, 0, 1, 1]).fit(LogisticParams(-2e3, 1e3))
    assert fit.status == "separable"


# ---- properties ----

PLACES = st.integers(-20, 20).map(lambda n: n / 4)


@st.composite
def data(draw):
    """Return up to thirty points on a grid, in one to three dimensions, and their labels."""
    size = draw(st.integers(2, 30))
    x = draw(arrays(float, (size, *draw(st.sampled_from([(), (2,), (3,)]))), elements=PLACES))
    return x, draw(arrays(float, size, elements=st.sampled_from([0.0, 1.0])))


@given(data(), st.sampled_from([0.0, 0.1, 5.0]), st.booleans())
def test_the_objective_never_falls_and_the_end_is_named(points, ridge, intercept):
    before = copy.deepcopy(points)
    model = LogisticRegression(*points, ridge, intercept)
    fit = model.fit()
    heights = np.append(fit.path[0], fit.bounds)
    assert (np.diff(heights) >= 0).all()
    assert np.isfinite(model.vector(fit.params)).all()
    if fit.status in ("converged", "flat"):
        gradient = model.vector(model.gradient(fit.params))
        np.testing.assert_allclose(gradient, 0, atol=1e-6)
        assert ridge or not model.separable()
    else:
        assert fit.status == "separable"
        assert model.separable()
        assert not ridge or (intercept and len(set(points[1])) == 1)
    for now, then in zip(points, before, strict=True):
        np.testing.assert_array_equal(now, then)


@given(data(), st.booleans())
def test_a_larger_ridge_gives_shorter_slopes(points, intercept):
    x, labels = points[0], points[1].copy()
    labels[:2] = 0, 1
    fits = [LogisticRegression(x, labels, r, intercept).fit() for r in (0.01, 0.1, 1, 10)]
    assert all(fit.converged for fit in fits)
    lengths = [np.linalg.norm(fit.params.slopes) for fit in fits]
    assert (np.diff(lengths) <= 1e-9).all()
    assert (np.diff([fit.log_likelihood for fit in fits]) <= 1e-9).all()


@given(data(), st.booleans(), st.integers(0, 10_000))
def test_what_a_step_promises_proves_that_there_is_a_top(points, intercept, seed):
    x, y = points[0].reshape(len(points[0]), -1), points[1]
    columns = Columns.of(x, y, 0.0, intercept)
    view = columns.view(np.random.default_rng(seed).normal(size=len(columns.penalty)))
    move = climber.solve(view.information, view.gradient)
    if move is not None and climber.bounded(view, move @ view.gradient / 2):
        assert not LogisticRegression(x, y, intercept=intercept).separable()
    top = LogisticRegression(x, y, intercept=intercept).fit()
    if top.converged:  # at the top the promise is 0
        end = columns.view(columns.to_centre(np.append(*top.params)[0 if intercept else 1 :]))
        assert climber.bounded(end, 0.0)


@given(data(), st.integers(0, 10_000))
def test_the_order_of_the_observations_does_not_matter(points, seed):
    x, y = points
    order = np.random.default_rng(seed).permutation(len(x))
    here, there = LogisticRegression(x, y, 0.5), LogisticRegression(x[order], y[order], 0.5)
    if len(set(y)) == 2:
        ends = [here.vector(model.fit().params) for model in (here, there)]
        np.testing.assert_allclose(*ends, atol=1e-8)
    assert (
        LogisticRegression(x, y).fit().status == LogisticRegression(x[order], y[order]).fit().status
    )


# ---- every kind of numbers ----


class Frame:
    """What NumPy sees of a data frame."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype=dtype)


def kinds():
    """Return one table and its labels in every form."""
    x, y = np.round(PLANE * 8), LABELS
    wide, long = np.repeat(x, 2, axis=1), np.repeat(y, 2)
    still = x.copy()
    still.flags.writeable = False
    return {
        "lists": (x.tolist(), y.tolist()),
        "float32": (x.astype(np.float32), y.astype(np.float32)),
        "integers": (x.astype(int), y.astype(np.int8)),
        "truth values": (x, y.astype(bool)),
        "column by column": (np.asfortranarray(x), y),
        "every second": (wide[:, ::2], long[::2]),
        "backwards": (x[::-1][::-1], y[::-1][::-1]),
        "read-only": (still, y),
        "frames": (Frame(x), Frame(y)),
    }


@pytest.mark.parametrize(("x", "y"), kinds().values(), ids=kinds().keys())
def test_every_kind_of_numbers_gives_the_same_answer(x, y):
    expected = LogisticRegression(np.round(PLANE * 8), LABELS).fit()
    fit = LogisticRegression(x, y).fit()
    np.testing.assert_array_equal(fit.params.slopes, expected.params.slopes)
    np.testing.assert_array_equal(fit.path, expected.path)


def test_the_columns_of_x_are_kept_together():
    columns = by_column(MANY)
    np.testing.assert_array_equal(columns, MANY)
    assert columns.flags.f_contiguous
    assert not columns.flags.writeable
    assert not np.shares_memory(columns, MANY)
    np.testing.assert_array_equal(by_column(MANY[:, 0]), MANY[:, 0])


def test_nobody_can_write_to_the_params_of_a_fit(model):
    params = model.fit().params
    assert np.shape(params.slopes) == model.x.shape[1:]
    for part in params:
        with pytest.raises(ValueError, match="read-only"):
            part[...] = 0


def test_nothing_is_hidden_so_there_is_no_posterior():
    assert LARGE.fit().posterior is None


def test_a_fit_prints_as_a_table():
    lines = repr(MODELS["plane"].fit()).splitlines()
    assert lines[0].startswith("converged after ")
    assert lines[-3].split() == ["component", "intercept", "slopes"]


# ---- refused ----

BAD_CALLS = {
    "max_iter of 0": (lambda: STUDY.fit(max_iter=0), ValueError,
        "max_iter is 0: it must be at least 1 and finite"),
    "half a max_iter": (lambda: STUDY.fit(max_iter=2.5), TypeError, "max_iter is 2.5: pass a int"),
    "max_iter of True": (lambda: STUDY.fit(max_iter=True), TypeError,
        "max_iter is True: pass a int"),
    "tol below 0": (lambda: STUDY.fit(tol=-1e-3), ValueError,
        "tol is -0.001: it must be at least 0 and finite"),
    "tol of NaN": (lambda: STUDY.fit(tol=NAN), ValueError,
        "tol is nan: it must be at least 0 and finite"),
    "tol of text": (lambda: STUDY.fit(tol="small"), TypeError, "tol is 'small': pass a float"),
    "a plain tuple": (lambda: STUDY.fit((-4, 1.5)), TypeError,
        "params is (-4, 1.5): pass LogisticParams(intercept, slopes)"),
    "NaN in start": (lambda: STUDY.fit(LogisticParams(0.0, NAN)), ValueError,
        "params.slopes is nan: pass a finite number"),
    "one slope for a plane": (lambda: MODELS["plane"].fit(LogisticParams(0, 1)), ValueError,
        "params.slopes has shape (): here it must be (2,)"),
    "an intercept too many": (lambda: APART.fit(LogisticParams(-3, 1)), ValueError,
        "params.intercept is -3: the model has none; pass 0, or build it with intercept=True"),
    "log-odds beyond all numbers": (
        lambda: LogisticRegression([1e149, 0], [0, 1]).fit(LogisticParams(0, 1e200)), ValueError,
        "start leads to log-odds beyond all numbers: start nearer to 0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_bad_calls_are_refused(call, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        call()
