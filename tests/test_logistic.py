"""Logistic regression: the numbers of the book, and independent ways to reach them."""

import copy
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize
from sklearn import linear_model

from emlib import ascend
from emlib.checks import named
from emlib.logistic import LogisticParams, LogisticRegression
from emlib.result import table

HOURS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5,
         2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5]  # fmt: skip
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
STUDY = LogisticRegression(HOURS, PASSED)
APART = LogisticRegression([-2, -1, 1, 2], [0, 0, 1, 1], intercept=False)

# From Newton's method in 40 digits; R's glm agrees in 15 digits.
MAXIMUM = LogisticParams(-4.0777134310876306701, 1.5046454283733334561)
TOP = -8.0298784643446742926

# (intercept, slope) after t = 1, 2, 10, 100 and 1000 steps of gradient ascent from 0
TIMES = [1, 2, 10, 100, 1000]
PATHS = {
    0.001: [(0.00000, 0.01013), (-0.00014, 0.01975), (-0.00549, 0.08166),
            (-0.20458, 0.25811), (-1.72232, 0.72895)],
    0.01: [(0.00000, 0.10125), (-0.01394, 0.15299), (-0.20544, 0.25968),
           (-1.72681, 0.73037), (-3.96572, 1.46678)],
    0.03: [(0.00000, 0.30375), (-0.11503, 0.20704), (-0.66152, 0.39785),
           (-3.05444, 1.16192), (-4.07739, 1.50454)],
    0.05: [(0.00000, 0.50625), (-0.27940, 0.06832), (-1.12914, 0.40432),
           (-3.57264, 1.33453), (-4.07771, 1.50465)],
    0.08: [(0.00000, 0.81000), (-0.57509, -0.23929), (-1.79234, 0.89385),
           (-3.96633, 1.46700), (-4.07771, 1.50465)],
    0.09: [(0.00000, 0.91125), (-0.67889, -0.34437), (-2.17374, 0.37472),
           (-4.12375, 1.46990), (-4.07786, 1.50421)],
    0.1: [(0.00000, 1.01250), (-0.78382, -0.44768), (-2.50610, 1.17743),
          (-4.36725, 1.90730), (-4.36670, 1.90814)],
    0.2: [(0.00000, 2.02500), (-1.84376, -1.37603), (-4.96332, 4.13725),
          (-8.62777, 2.33175), (-8.62783, 2.33178)],
    0.5: [(0.00000, 5.06250), (-4.94772, -3.78090), (-12.56813, 10.60062),
          (-19.15648, 11.29200), (-19.15649, 11.29199)],
}  # fmt: skip
CYCLES = {
    0.1: [(-4.528846919710869, 1.4364310716485509), (-4.366698717733741, 1.9081359765860673)],
    0.2: [(-7.872908096923769, 4.388579068800448), (-8.627825253836013, 2.331775539426708)],
    0.5: [(-21.338892754242192, 5.491270510582329), (-19.15648956510231, 11.291992514742489)],
}
FIRST_CLOSE = {0.01: 4999, 0.03: 1661, 0.05: 993, 0.08: 595, 0.09: 2440}  # error below 1e-6
# Steps of the first thousand with a lower log-likelihood; then the 2-cycles fall at every second.
FALLS = {0.001: 0, 0.01: 0, 0.03: 0, 0.05: 4, 0.08: 28, 0.09: 233, 0.1: 504, 0.2: 504, 0.5: 502}
SEPARABLE_PATH = {
    0: (0, -2.772588722239781),
    1: (1.5, -0.500001259112989),
    10: (2.7337817283280064, -0.13432434711452018),
    100: (4.685368328625012, -0.018544362982696606),
    1000: (6.919393876339316, -0.0019778353722399345),
    10000: (9.211853813175724, -0.00019970751113581516),
}


def climb(model, rate, iterations):
    """Return every step of gradient ascent from 0."""
    update = model.gradient_step(rate)
    return list(ascend(model.objective, update, model.start(), max_iter=iterations, tol=0))


def newton(model, **options):
    """Return the last step of Newton's method from 0."""
    *_, last = ascend(model.objective, model.newton_step, model.start(), **options)
    return last


def numbers(steps):
    return np.array([np.append(*step.params) for step in steps])


@pytest.fixture(scope="module", params=PATHS, ids=lambda rate: f"rate {rate}")
def run(request):
    """The rate and its first thousand steps; nobody can write to them, so tests share them."""
    return request.param, climb(STUDY, request.param, 1000)


# ---- published values ----


def test_published_maximum():
    last = newton(STUDY)
    np.testing.assert_allclose(last.params, MAXIMUM, atol=1e-10, rtol=0)
    assert last.log_likelihood == pytest.approx(TOP, abs=1e-12)
    assert last.iteration == 6


def test_published_first_newton_steps():
    steps = list(ascend(STUDY.log_likelihood, STUDY.newton_step, STUDY.start()))
    expected = [
        (0, 0, -13.862943611198906),
        (-2.6157410759539497, 0.9383824487727174, -8.560287080315414),
        (-3.661341851660838, 1.3385794933900572, -8.067966938402547),
    ]
    for step, (*params, log_likelihood) in zip(steps, expected):
        np.testing.assert_allclose(step.params, params, atol=1e-12)
        assert step.log_likelihood == pytest.approx(log_likelihood, abs=1e-12)


def test_published_standard_errors():
    errors = np.sqrt(np.diag(np.linalg.inv(STUDY.information(MAXIMUM))))
    np.testing.assert_allclose(errors, [1.760994314156471, 0.6287208459453858], rtol=1e-10)


def test_published_half_chance():
    hours = -MAXIMUM.intercept / MAXIMUM.slopes
    assert hours == pytest.approx(2.7100826242472498, abs=1e-12)
    assert STUDY.probability(MAXIMUM, [hours])[0] == pytest.approx(0.5, abs=1e-14)


def test_published_paths_of_gradient_ascent(run):
    rate, steps = run
    np.testing.assert_allclose(numbers(steps)[TIMES], PATHS[rate], atol=5.1e-6, rtol=0)


def test_published_falls_of_the_log_likelihood(run):
    rate, steps = run
    heights = [step.log_likelihood for step in steps]
    assert np.sum(np.diff(heights) < -1e-12) == FALLS[rate]


def test_published_cycles(run):
    rate, steps = run
    if rate in CYCLES:
        np.testing.assert_allclose(numbers(steps)[-2:], CYCLES[rate], atol=1e-12)
        np.testing.assert_allclose(numbers(steps)[-4:-2], CYCLES[rate], atol=1e-12)
        assert not np.allclose(*CYCLES[rate])


@pytest.mark.parametrize(("rate", "first"), FIRST_CLOSE.items())
def test_published_number_of_steps(rate, first):
    error = np.abs(numbers(climb(STUDY, rate, first)) - MAXIMUM).max(axis=1)
    assert np.argmax(error < 1e-6) == first


def test_the_first_step_leaves_the_intercept_because_ten_passed_and_ten_failed():
    gradient = STUDY.gradient(STUDY.start())
    assert gradient.intercept == 0
    assert gradient.slopes == 10.125


def test_published_limits_of_the_rate():
    curvature = np.linalg.eigvalsh(STUDY.information(MAXIMUM))
    np.testing.assert_allclose(curvature, [0.2897462465753633, 22.17536322626669], rtol=1e-10)
    assert 2 / curvature[-1] == pytest.approx(0.09019017995750359, rel=1e-10)
    assert curvature[-1] / curvature[0] == pytest.approx(76.53373767000241, rel=1e-9)
    steepest = np.linalg.eigvalsh(STUDY.information(STUDY.start()))  # every P (1 - P) is 1/4
    np.testing.assert_allclose(steepest, [1.005862926663752, 53.63476207333625], rtol=1e-10)
    assert 2 / steepest[-1] == pytest.approx(0.03728924903713279, rel=1e-10)


@pytest.mark.parametrize(("rate", "closer"), [(0.0900, True), (0.0904, False)])
def test_the_limit_of_the_rate_decides_whether_the_maximum_attracts(rate, closer):
    fast = np.linalg.eigh(STUDY.information(MAXIMUM))[1][:, -1]
    near = LogisticParams(*(np.array(MAXIMUM) + 1e-6 * fast))
    error = np.abs(np.array(STUDY.gradient_step(rate)(near)) - MAXIMUM).max()
    assert (error < 1e-6 * np.abs(fast).max()) == closer


def test_published_standardised_hours():
    hours = (np.array(HOURS) - 2.7875) / 1.4690026378465084
    model = LogisticRegression(hours, PASSED)
    top = newton(model).params
    np.testing.assert_allclose(top, [0.11648570050303686, 2.2103281033041164], atol=1e-10)
    curvature = np.linalg.eigvalsh(model.information(top))
    np.testing.assert_allclose(curvature, [1.1442720810909917, 2.602040834995278], rtol=1e-8)
    error = np.abs(numbers(climb(model, 0.2, 60)) - np.array(top)).max(axis=1)
    assert np.argmax(error < 1e-6) == 52


def test_published_path_without_a_maximum():
    steps = climb(APART, 0.5, 10000)
    for t, (slope, log_likelihood) in SEPARABLE_PATH.items():
        assert steps[t].params.slopes == pytest.approx(slope, abs=1e-10)
        assert steps[t].log_likelihood == pytest.approx(log_likelihood, rel=1e-9)
        assert steps[t].params.intercept == 0
    assert (np.diff(numbers(steps)[:, 1]) > 0).all()


@pytest.mark.parametrize(("ridge", "slope"), [(1, 1.0065943148738816), (0.1, 2.2771515024275772)])
def test_published_maxima_with_a_ridge(ridge, slope):
    model = LogisticRegression(APART.x, APART.y, ridge, intercept=False)
    assert newton(model).params.slopes == pytest.approx(slope, abs=1e-10)
    assert climb(model, 0.3, 500)[-1].params.slopes == pytest.approx(slope, abs=1e-10)


# ---- independent ways to the same numbers ----

PLANE = np.random.default_rng(3).normal(size=(60, 2)) @ [[1.0, 0.6], [0.0, 0.8]]
CHANCES = 1 / (1 + np.exp(-(0.5 + PLANE @ [1.0, -2.0])))
LABELS = (np.random.default_rng(4).random(60) < CHANCES).astype(float)
MODELS = {
    "line": STUDY,
    "line, ridge": LogisticRegression(HOURS, PASSED, ridge=0.7),
    "line through 0": LogisticRegression(HOURS, PASSED, intercept=False),
    "plane": LogisticRegression(PLANE, LABELS),
    "plane, ridge": LogisticRegression(PLANE, LABELS, ridge=2.5),
    "plane through 0": LogisticRegression(PLANE, LABELS, ridge=0.4, intercept=False),
    "one column": LogisticRegression(np.array(HOURS)[:, None], PASSED),
}


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def model(request):
    return request.param


def params_of(model, vector):
    """Return the params that `model.vector` would write as this row."""
    first, *rest = vector if model.intercept else (0.0, *vector)
    return LogisticParams(first, np.reshape(rest, model.x.shape[1:]))


def somewhere(model):
    return params_of(model, np.linspace(-1, 0.7, len(model.information(model.start()))))


def test_scikit_learn_finds_the_same_maximum(model):
    strength = 1 / model.ridge if model.ridge else np.inf
    oracle = linear_model.LogisticRegression(
        C=strength, fit_intercept=model.intercept, solver="newton-cholesky", tol=1e-12
    ).fit(model.x.reshape(len(model.x), -1), model.y)
    top = newton(model, tol=0, max_iter=12).params
    np.testing.assert_allclose(np.ravel(top.slopes), oracle.coef_[0], rtol=1e-6)
    np.testing.assert_allclose(top.intercept, oracle.intercept_, rtol=1e-6)
    chances = oracle.predict_proba(model.x.reshape(len(model.x), -1))[:, 1]
    np.testing.assert_allclose(model.probability(top), chances, rtol=1e-6)


def test_scipy_finds_the_same_maximum(model):
    start = model.vector(model.start())
    found = optimize.minimize(lambda v: -model.objective(params_of(model, v)), start, tol=1e-9)
    last = newton(model)
    np.testing.assert_allclose(model.vector(last.params), found.x, atol=1e-4)
    assert last.log_likelihood == pytest.approx(-found.fun, abs=1e-8)


def test_log_likelihood_is_the_textbook_sum(model):
    params = somewhere(model)
    p = 1 / (
        1 + np.exp(-params.intercept - model.x.reshape(len(model.x), -1) @ np.ravel(params[1]))
    )
    expected = np.sum(model.y * np.log(p) + (1 - model.y) * np.log(1 - p))
    assert model.log_likelihood(params) == pytest.approx(expected, rel=1e-12)
    lost = model.ridge * np.sum(params.slopes**2) / 2
    assert model.objective(params) == pytest.approx(expected - lost, rel=1e-12)
    np.testing.assert_allclose(model.probability(params), p, rtol=1e-12)


def test_gradient_is_the_finite_difference_of_the_objective(model):
    here = model.vector(somewhere(model))
    slope = optimize.approx_fprime(here, lambda v: model.objective(params_of(model, v)), 1e-7)
    gradient = model.gradient(somewhere(model))
    np.testing.assert_allclose(model.vector(gradient), slope, rtol=1e-4, atol=1e-4)


def test_gradient_is_sum_of_errors_times_x():
    params = LogisticParams(-1.0, 0.3)
    errors = np.array(PASSED) - STUDY.probability(params)
    expected = [errors.sum(), errors @ np.array(HOURS)]
    np.testing.assert_allclose(STUDY.gradient(params), expected, rtol=1e-12)


def test_information_is_minus_the_finite_difference_of_the_gradient(model):
    here, small = model.vector(somewhere(model)), 1e-6
    columns = [
        model.vector(model.gradient(params_of(model, here - small * axis)))
        - model.vector(model.gradient(params_of(model, here + small * axis)))
        for axis in np.eye(len(here))
    ]
    information = model.information(somewhere(model))
    np.testing.assert_allclose(information, np.array(columns).T / (2 * small), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(information, information.T)


def test_gradient_ascent_and_newton_meet(model):
    rate = 1.9 / np.linalg.eigvalsh(model.information(model.start()))[-1]
    far = climb(model, rate, 1500)[-1].params
    np.testing.assert_allclose(model.vector(far), model.vector(newton(model).params), atol=1e-4)
    at_top = model.gradient(newton(model, tol=0, max_iter=12).params)
    np.testing.assert_allclose(model.vector(at_top), 0, atol=1e-11)


def test_one_column_is_a_line():
    table_of_one = MODELS["one column"]
    line, column = newton(STUDY), newton(table_of_one)
    assert column.params.slopes.shape == (1,)
    assert line.params.slopes.shape == ()
    assert column.params.slopes[0] == pytest.approx(line.params.slopes, rel=1e-12)


def test_a_half_chance_needs_no_data():
    assert STUDY.start() == LogisticParams(0, 0)
    assert STUDY.log_likelihood(STUDY.start()) == pytest.approx(20 * np.log(0.5), rel=1e-15)
    np.testing.assert_array_equal(STUDY.probability(STUDY.start(), [-1e3, 0, 1e3]), 0.5)


def test_params_print_as_a_table():
    lines = table(newton(MODELS["plane"]).params)
    assert lines[0].split() == ["component", "intercept", "slopes"]
    assert len(lines) == 3


# ---- separable or not ----

SEPARABLE = {
    "apart": ([-2, -1, 1, 2], [0, 0, 1, 1], True),
    "apart, other way round": ([-2, -1, 1, 2], [1, 1, 0, 0], True),
    "a tie on the border": ([0, 1, 2, 2, 3], [0, 0, 0, 1, 1], True),
    "only one point off the border": ([2, 2, 3], [0, 1, 1], True),
    "one pair overlaps": ([0, 1, 2, 3], [0, 1, 0, 1], False),
    "one pair overlaps by a hair": ([-1, 0, -1e-8, 1], [0, 0, 1, 1], False),
    "one pair overlaps by less than counts": ([-1, 0, -1e-12, 1], [0, 0, 1, 1], True),
    "the hours": (HOURS, PASSED, False),
    "all at one place": ([0.1, 0.1, 0.1], [0, 1, 1], False),
    "all passed": ([1, 5, 2], [1, 1, 1], True),
    "all failed": ([1, 5, 2], [0, 0, 0], True),
    "one observation": ([3], [1], True),
    "exclusive or": ([[0, 0], [1, 1], [0, 1], [1, 0]], [0, 0, 1, 1], False),
    "both": ([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], True),
    "apart along a slope": (PLANE, PLANE @ [1, 3] > 0.5, True),
    "a cloud": (PLANE, LABELS, False),
    "a column twice": (PLANE[:, [0, 0]], LABELS, False),
    "far from 0": ([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3], [0, 1, 0, 1], False),
    "far from 0, apart": ([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3], [0, 0, 1, 1], True),
    "tiny, apart": ([1e-12, 2e-12, 3e-12, 4e-12], [0, 0, 1, 1], True),
    "huge, apart": ([1e100, 2e100, 3e100, 4e100], [0, 0, 1, 1], True),
    "tiny": ([1e-9, 3e-9, 2e-9, 4e-9], [0, 0, 1, 1], False),
}


@pytest.mark.parametrize(("x", "y", "expected"), SEPARABLE.values(), ids=SEPARABLE.keys())
def test_separable(x, y, expected):
    assert LogisticRegression(x, y).separable() is expected
    assert LogisticRegression(x, 1 - np.array(y)).separable() is expected


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [([-1, 1], [0, 1], True), ([1, 2], [0, 1], False), ([0, 0], [0, 1], False)],
)
def test_without_an_intercept_the_border_goes_through_0(x, y, expected):
    assert LogisticRegression(x, y, intercept=False).separable() is expected


def test_separable_looks_at_the_data_and_not_at_the_ridge():
    assert LogisticRegression(APART.x, APART.y, ridge=1.0).separable()
    assert not LogisticRegression(HOURS, PASSED, ridge=1.0).separable()


def test_a_ridge_does_not_hold_the_intercept_of_equal_labels():
    steps = climb(LogisticRegression([1, 5, 2], [1, 1, 1], ridge=1.0), 0.02, 300)
    assert (np.diff(numbers(steps[20:])[:, 0]) > 0).all()


def test_separable_data_have_no_newton_limit():
    steps = list(ascend(APART.log_likelihood, APART.newton_step, APART.start(), max_iter=20, tol=0))
    assert np.diff(numbers(steps)[10:, 1]) == pytest.approx(1.0, abs=1e-3)
    far = LogisticParams(0.0, 1e3)
    with pytest.raises(
        ValueError, match=r"^params leave the information without an inverse: the la"
    ):
        APART.newton_step(far)


# ---- properties ----

few = settings(derandomize=True, database=None, deadline=None, max_examples=40)
PLACES = st.integers(-20, 20).map(lambda n: n / 4)
SEEDS = st.integers(0, 10_000)


@st.composite
def data(draw):
    """Return up to twelve points on a grid, in one or two dimensions, and their labels."""
    size = draw(st.integers(2, 12))
    x = draw(arrays(float, (size, *draw(st.sampled_from([(), (2,)]))), elements=PLACES))
    return x, draw(arrays(float, size, elements=st.sampled_from([0.0, 1.0])))


def newton_path(x, y):
    """Return (intercept, *slopes) at the first steps; the ridge makes sure that there are some."""
    model = LogisticRegression(x, y, ridge=1.0)
    return numbers(ascend(model.objective, model.newton_step, model.start(), max_iter=4, tol=0))


@few
@given(data(), st.sampled_from([0.0, 1.0]), st.booleans())
def test_no_step_below_the_limit_of_the_rate_falls(points, ridge, intercept):
    model = LogisticRegression(*points, ridge, intercept)
    steepest = np.linalg.eigvalsh(model.information(model.start()))[-1]
    heights = [step.log_likelihood for step in climb(model, 1.99 / max(steepest, 1), 25)]
    assert (np.diff(heights) >= -1e-11 * np.maximum(1, np.abs(heights[1:]))).all()


@few
@given(data())
def test_swapped_labels_negate_the_params(points):
    x, y = points
    np.testing.assert_allclose(newton_path(x, 1 - y), -newton_path(x, y), rtol=1e-9, atol=1e-9)


@few
@given(data(), st.integers(-8, 8))
def test_a_shift_of_x_changes_only_the_intercept(points, shift):
    x, y = points
    here, there = newton_path(x, y), newton_path(x + shift, y)
    np.testing.assert_allclose(there[:, 1:], here[:, 1:], rtol=1e-6, atol=1e-7)
    moved = here[:, 0] - shift * here[:, 1:].sum(axis=1)
    np.testing.assert_allclose(there[:, 0], moved, rtol=1e-6, atol=1e-6)


@few
@given(data(), SEEDS)
def test_the_order_of_the_observations_does_not_matter(points, seed):
    x, y = points
    order = np.random.default_rng(seed).permutation(len(x))
    here, there = newton_path(x, y), newton_path(x[order], y[order])
    np.testing.assert_allclose(there, here, rtol=1e-9, atol=1e-9)
    model, mixed = LogisticRegression(x, y), LogisticRegression(x[order], y[order])
    assert model.separable() == mixed.separable()


@few
@given(data())
def test_on_a_line_separable_means_that_the_ranges_do_not_overlap(points):
    x, y = points[0].reshape(len(points[0]), -1)[:, 0], points[1]
    if len(set(y)) == 1:
        expected = True
    else:
        no, yes = x[y == 0], x[y == 1]
        apart = no.max() <= yes.min() or yes.max() <= no.min()
        expected = bool(apart and np.ptp(x) > 0)
    assert LogisticRegression(x, y).separable() is expected


@few
@given(data())
def test_input_is_left_as_it_was(points):
    before = copy.deepcopy(points)
    model = LogisticRegression(*points, ridge=1.0)
    climb(model, 0.01, 3)
    newton(model, max_iter=3)
    model.separable()
    np.testing.assert_array_equal(points[0], before[0])
    np.testing.assert_array_equal(points[1], before[1])


# ---- steps and data belong to nobody else ----


@pytest.mark.parametrize("kind", ["gradient", "Newton"])
def test_steps_share_no_arrays_and_nobody_can_write_to_them(model, kind):
    update = model.newton_step if kind == "Newton" else model.gradient_step(0.01)
    start = model.start()
    steps = list(ascend(model.objective, update, start, max_iter=3, tol=0))
    owned = [value for step in steps for _, value in named(step.params)]
    for n, first in enumerate(owned):
        with pytest.raises(ValueError, match="read-only"):
            first[...] = 0
        for second in [*owned[n + 1 :], *start, model.x, model.y]:
            assert not np.shares_memory(first, second)
    assert [step.kind for step in steps] == ["start"] + 3 * ["update"]
    assert all(type(step.params) is LogisticParams for step in steps)


def test_the_data_of_a_model_cannot_be_changed():
    x, y = np.array(HOURS), np.array(PASSED)
    model = LogisticRegression(x, y)
    x[:], y[:] = 1e9, 0
    assert model.log_likelihood(MAXIMUM) == pytest.approx(TOP, abs=1e-12)
    for array in (model.x, model.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (HOURS, PASSED),
        (tuple(HOURS), tuple(PASSED)),
        (np.array(HOURS, dtype=np.float32), np.array(PASSED, dtype=np.int8)),
        (np.array(HOURS), np.array(PASSED, dtype=bool)),
        (np.repeat(HOURS, 2)[::2], np.repeat(PASSED, 2)[::2]),
    ],
)
def test_every_kind_of_numbers_gives_the_same_answer(x, y):
    model = LogisticRegression(x, y)
    assert model.x.dtype == model.y.dtype == float
    np.testing.assert_array_equal(newton(model).params, newton(STUDY).params)


def test_whole_numbers_give_the_answer_of_floats():
    whole, floats = np.arange(8), [0, 0, 1, 0, 1, 0, 1, 1]
    here, there = (LogisticRegression(x, floats) for x in (whole, whole.astype(float)))
    np.testing.assert_array_equal(newton(here).params, newton(there).params)
    assert here.log_likelihood(LogisticParams(-1, 1)) == there.log_likelihood(
        LogisticParams(-1.0, 1.0)
    )


def test_params_written_by_hand_may_be_lists():
    model = MODELS["plane, ridge"]
    here, there = LogisticParams(1, [2, -1]), LogisticParams(np.array(1.0), np.array([2.0, -1.0]))
    assert model.objective(here) == model.objective(there)
    for method in (model.gradient, model.gradient_step(0.1), model.newton_step):
        for part, other in zip(method(here), method(there), strict=True):
            np.testing.assert_array_equal(part, other)


# ---- far out ----


@pytest.mark.parametrize("size", [1e3, 1e6, 1e12])
def test_far_out_nothing_overflows(size):
    x = np.array([-size, size, -1.0, 1.0, 0.0])
    model, params = LogisticRegression(x, [1, 1, 0, 1, 0]), LogisticParams(0.0, 1.0)
    np.testing.assert_array_equal(model.probability(params)[:2], [0, 1])
    assert model.log_likelihood(params) == pytest.approx(-size, rel=2e-3)
    assert model.gradient(params).slopes == pytest.approx(-size, rel=2e-3)
    assert np.isfinite(model.information(params)).all()
    assert np.isfinite(model.newton_step(params)).all()


def test_a_probability_near_1_keeps_its_error():
    params = LogisticParams(0.0, 50.0)  # 1 - P is 2e-22, which 1 minus P would lose
    assert APART.gradient(params).slopes == pytest.approx(2 * np.exp(-50), rel=1e-12)
    assert APART.log_likelihood(params) == pytest.approx(-2 * np.exp(-50), rel=1e-12)
    assert APART.newton_step(params).slopes == pytest.approx(51, rel=1e-12)


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_unit_of_x_does_not_matter_to_newton(unit):
    top = newton(LogisticRegression(np.array(HOURS) * unit, PASSED)).params
    np.testing.assert_allclose([top.intercept, top.slopes * unit], MAXIMUM, rtol=1e-8)


# ---- refused ----

NAN = float("nan")
BAD_DATA = {
    "NaN in x": ([1, NAN, NAN], [0, 1, 0], ValueError,
        "x has 2 NaN or infinite value(s), the first at x[1]: remove or repair them first"),
    "infinity in x": ([1, 2, np.inf], [0, 1, 0], ValueError,
        "x has 1 NaN or infinite value(s), the first at x[2]: remove or repair them first"),
    "NaN in y": ([1, 2, 3], [0, NAN, 0], ValueError,
        "y has 1 NaN or infinite value(s), the first at y[1]: remove or repair them first"),
    "masked x": (np.ma.masked_array([1.0, 2.0], [0, 1]), [0, 1], TypeError,
        "x is a masked array: the mask would be ignored; pass values only"),
    "masked y": ([1, 2], np.ma.masked_array([0, 1], [0, 1]), TypeError,
        "y is a masked array: the mask would be ignored; pass values only"),
    "complex x": ([1j, 2], [0, 1], TypeError,
        "x holds complex128 values: pass real numbers, e.g. x.astype(float)"),
    "text in x": (["1", "2"], [0, 1], TypeError,
        "x holds <U1 values: pass real numbers, e.g. x.astype(float)"),
    "text in y": ([1, 2], ["no", "yes"], TypeError,
        "y holds <U3 values: pass real numbers, e.g. x.astype(float)"),
    "no x": (None, [0, 1], TypeError,
        "x holds object values: pass real numbers, e.g. x.astype(float)"),
    "ragged x": ([[1.0, 2.0], [3.0]], [0, 1], ValueError,
        "x is ragged: every row needs the same length"),
    "empty x": ([], [], ValueError, "x is empty: pass at least one value"),
    "empty y": ([1], [], ValueError, "y is empty: pass at least one value"),
    "one number": (5.0, [1], ValueError, "x has shape (): pass (N,) or (N, D)"),
    "three axes": (np.ones((2, 2, 2)), [0, 1], ValueError,
        "x has shape (2, 2, 2): pass (N,) or (N, D)"),
    "too large to square": ([1e200, 1], [0, 1], ValueError,
        "x reaches 1e+200, too large to square: rescale it first"),
    "too few labels": ([1, 2, 3], [0, 1], ValueError, "y has shape (2,): here it must be (3,)"),
    "labels in a column": ([1, 2], [[0], [1]], ValueError,
        "y has shape (2, 1): here it must be (2,)"),
    "one label": ([1, 2], 1, ValueError, "y has shape (): here it must be (2,)"),
    "labels -1 and 1": ([1, 2, 3], [1, -1, -1], ValueError,
        "y[1] is -1: labels must be 0 or 1 (2 bad value(s))"),
    "labels 1 and 2": ([1, 2, 3], [1, 1, 2], ValueError,
        "y[2] is 2: labels must be 0 or 1 (1 bad value(s))"),
    "half a label": ([1, 2], [0.5, 1], ValueError,
        "y[0] is 0.5: labels must be 0 or 1 (1 bad value(s))"),
}  # fmt: skip


@pytest.mark.parametrize(("x", "y", "kind", "message"), BAD_DATA.values(), ids=BAD_DATA.keys())
def test_bad_data_are_refused(x, y, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        LogisticRegression(x, y)


ORIGIN = MODELS["line through 0"]
TWICE = LogisticRegression(PLANE[:, [0, 0]], LABELS)
RIDGED = LogisticRegression(APART.x, APART.y, ridge=1.0)
STILL = LogisticRegression(np.column_stack([PLANE, np.full(60, 0.1)]), LABELS)
BAD_CALLS = {
    "ridge below 0": (lambda: LogisticRegression(HOURS, PASSED, ridge=-1.0), ValueError,
        "ridge is -1.0: it must be at least 0 and finite"),
    "ridge of NaN": (lambda: LogisticRegression(HOURS, PASSED, ridge=NAN), ValueError,
        "ridge is nan: it must be at least 0 and finite"),
    "ridge in words": (lambda: LogisticRegression(HOURS, PASSED, ridge="l2"), TypeError,
        "ridge is 'l2': pass a float"),
    "a number as intercept": (lambda: LogisticRegression(HOURS, PASSED, intercept=0), TypeError,
        "intercept is 0: pass True or False"),
    "rate below 0": (lambda: STUDY.gradient_step(-0.1), ValueError,
        "rate is -0.1: it must be at least 0 and finite"),
    "rate of another kind": (lambda: STUDY.gradient_step(STUDY.start()), TypeError,
        "rate is LogisticParams(intercept=array(0.), slopes=array(0.)): pass a float"),
    "a plain tuple": (lambda: STUDY.log_likelihood((-4, 1.5)), TypeError,
        "params is (-4, 1.5): pass LogisticParams(intercept, slopes)"),
    "NaN in params": (lambda: STUDY.gradient(LogisticParams(0.0, NAN)), ValueError,
        "params.slopes is nan: pass a finite number"),
    "slopes for a plane": (lambda: STUDY.information(LogisticParams(0.0, [1.0, 2.0])), ValueError,
        "params.slopes has shape (2,): here it must be ()"),
    "one slope for a plane": (lambda: MODELS["plane"].objective(LogisticParams(0, 1)), ValueError,
        "params.slopes has shape (): here it must be (2,)"),
    "two intercepts": (lambda: STUDY.probability(LogisticParams([0, 1], 1)), ValueError,
        "params.intercept has shape (2,): here it must be ()"),
    "an intercept too many": (lambda: ORIGIN.newton_step(LogisticParams(-3, 1)), ValueError,
        "params.intercept is -3: the model has none; pass 0, or build it with intercept=True"),
    "new x in a plane": (lambda: STUDY.probability(STUDY.start(), PLANE), ValueError,
        "x has shape (60, 2): here it must be (60,)"),
    "new x on a line": (lambda: TWICE.probability(TWICE.start(), [1]), ValueError,
        "x has shape (1,): here it must be (1, 2)"),
    "new x of NaN": (lambda: STUDY.probability(STUDY.start(), [NAN]), ValueError,
        "x has 1 NaN or infinite value(s), the first at x[0]: remove or repair them first"),
    "separable": (lambda: newton(APART, tol=0, max_iter=2000), ValueError,
        "params leave the information without an inverse: the labels are separable, "
        "so use a ridge above 0"),
    "a column twice": (lambda: TWICE.newton_step(TWICE.start()), ValueError,
        "params leave the information without an inverse: "
        "drop columns of x that repeat others or never vary, or start nearer to 0"),
    "a column that never varies": (lambda: STILL.newton_step(STILL.start()), ValueError,
        "params leave the information without an inverse: "
        "drop columns of x that repeat others or never vary, or start nearer to 0"),
    "separable, with a ridge": (lambda: RIDGED.newton_step(LogisticParams(0, 1e4)), ValueError,
        "params leave the information without an inverse: "
        "drop columns of x that repeat others or never vary, or start nearer to 0"),
    "a start far out": (lambda: STUDY.newton_step(LogisticParams(0.0, 1e4)), ValueError,
        "params leave the information without an inverse: "
        "drop columns of x that repeat others or never vary, or start nearer to 0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "message"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_bad_calls_are_refused(call, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        call()
