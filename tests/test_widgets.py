"""The Python half of the widgets: traits, switches, and the form for a page without a kernel."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

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
from emlib.data import coin_heads, crossed, hours_and_passes, old_faithful, six_numbers
from emlib.dishes import Plates
from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb
from emlib.logistic import LogisticParams
from emlib.scalar import MeanParams, OneMean, TossParams, TwoTosses
from emlib.widgets import (
    BasinMap,
    BoundStepper,
    CoinStepper,
    DishStepper,
    GaussianStepper,
    LikelihoodExplorer,
    LogisticStepper,
    PlaneStepper,
    SurfaceStepper,
    bundle,
)

START = CoinParams((0.5, 0.5), (0.5, 0.9))
BELLS = GaussianParams((0.5, 0.5), (1.0, 5.0), (4.0, 4.0))
PLANE = crossed()[0]
ON_PLANE = GaussianParams((0.5, 0.5), [(-3.0, 1.0), (3.0, 1.0)], [np.eye(2)] * 2)
LEANING = ON_PLANE._replace(covs=[np.array([[2.0, 1.0], [1.0, 3.0]])] * 2)
THREE = GaussianParams((0.2, 0.3, 0.5), [(-3, 1), (3, 1), (0, 0)], [np.eye(2)] * 3)
POINTS = [0.0, 1.0, 1.5, 2.0, 7.0, 8.0, 8.5, 9.5]
ZERO = LogisticParams(0.0, 0.0)


class Own:
    """A reader's model: two methods, no base class."""

    def log_joint(self, x, params):
        return CoinMixture(10).log_joint(x, params)

    def m_step(self, x, responsibilities):
        return CoinMixture(10).m_step(x, responsibilities)


class Waiting:
    """A reader's own mixture of exponential waiting times; its params are one bare number."""

    def log_joint(self, x, rate):
        rates = np.array([float(rate), 1.0])
        return np.log(rates / 2) - x[:, None] * rates

    def m_step(self, x, responsibilities):
        share = responsibilities[:, 0]
        return share.sum() / (share @ x)


class OneWait(Waiting):
    """The same for one observation, with the number in a field of its own."""

    def log_joint(self, x, params):
        return super().log_joint(x, params.mean)

    def m_step(self, x, responsibilities):
        return MeanParams(super().m_step(x, responsibilities))


def bound(**options):
    return BoundStepper(six_numbers(), MeanParams(-2.0), **options)


def own_bound():
    return BoundStepper(POINTS, 3.0, model=Waiting(), between=(-0.5, 6))


def own_surface():
    return SurfaceStepper(MeanParams(3.0), 0.1, model=OneWait(), x=[0.4], between=(0.5, 6))


def seven():
    return GaussianParams(np.full(7, 1 / 7), PLANE[:7], [np.eye(2)] * 7)


def repeated():
    return Repeated(GaussianMixture(), np.ones(len(PLANE)))


def stepper(**options):
    return CoinStepper(coin_heads(), START, **options)


def state_of(widget):
    html = widget._repr_mimebundle_()["text/html"]
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])


def test_the_step_on_the_screen_is_the_step_of_em():
    widget = stepper()
    steps = list(em(CoinMixture(10, (0.5, 0.5)), coin_heads(), START))
    assert len(widget.steps) == len(steps)
    for position, step in enumerate(steps):
        widget.position = position
        assert widget.step.kind == step.kind
        assert widget.step.log_likelihood == step.log_likelihood
        assert (widget.params.heads == step.params.heads).all()


def test_a_new_start_recomputes_the_trace():
    widget = stepper()
    widget.start = CoinParams((0.5, 0.5), (0.9, 0.5))
    assert widget.steps[-1]["params"]["heads"][0] == pytest.approx(0.7968, abs=1e-4)


def test_a_start_from_the_screen_arrives_as_params():
    widget = stepper()
    widget.set_state({"start": {"weights": [0.5, 0.5], "heads": [0.2, 0.3]}})
    assert isinstance(widget.start, CoinParams)
    assert widget.start.heads.tolist() == [0.2, 0.3]
    assert widget.steps[0]["params"]["heads"] == [0.2, 0.3]


def test_params_can_be_observed():
    widget, seen = stepper(), []
    widget.observe(lambda change: seen.append(change["new"].heads.tolist()), "params")
    widget.position = 2
    assert seen[-1] == pytest.approx([0.53466312, 0.82944289])


def test_a_position_out_of_range_is_brought_back():
    widget = stepper()
    widget.position = 10_000
    assert widget.position == len(widget.steps) - 1
    widget.position = -3
    assert widget.position == 0


def test_a_shorter_run_pulls_the_position_in():
    widget = stepper()
    widget.position = 20
    widget.options = {"hard": True, "known": True}
    assert widget.position == len(widget.steps) - 1 < 20


def test_the_hard_switch_changes_the_model():
    widget = stepper()
    widget.options = {"hard": True, "known": True}
    assert widget.model == CoinMixture(10, (0.5, 0.5), hard=True)
    assert widget.steps[-1]["params"]["heads"] == pytest.approx([8 / 15, 17 / 20])


def test_the_weights_switch_learns_them():
    widget = stepper()
    widget.options = {"hard": False, "known": False}
    assert widget.model.weights is None
    assert widget.steps[-1]["params"]["weights"][0] == pytest.approx(0.47725, abs=1e-4)


def test_repeated_values_stay_repeated_when_a_switch_changes():
    widget = GaussianStepper(POINTS, BELLS, times=[2.0] * len(POINTS))
    widget.options = {"hard": True}
    assert isinstance(widget.model, Repeated)
    assert widget.model.model.hard


def test_a_bad_start_is_refused_and_the_old_one_stays():
    widget = stepper()
    with pytest.raises(ValueError, match=r"start.heads\[1\] is 1.2"):
        widget.start = CoinParams((0.5, 0.5), (0.5, 1.2))
    assert widget.start.heads.tolist() == [0.5, 0.9]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CoinStepper([5, 11], START), r"x\[1\] is 11"),
        (lambda: CoinStepper([], START), "x is empty"),
        (lambda: stepper(presets={"bad": CoinParams((0.5, 0.6), (0.5, 0.9))}), "sum to 1.1"),
        (lambda: GaussianStepper(np.eye(3), BELLS), r"x has shape \(3, 3\)"),
        (lambda: GaussianStepper(POINTS, BELLS, times=[1.0]), "times has shape"),
        (lambda: bound(between=(3, 5)), "start is -2: the picture shows 3 to 5; pass between="),
        (lambda: bound(between=(5, 3)), r"between is \(5, 3\): pass \(lowest, highest\)"),
        (lambda: bound(between=(1, 2, 3)), r"between has shape \(3,\)"),
        (lambda: bound(presets={"far": MeanParams(9.0)}), "start is 9: the picture shows"),
        (lambda: BoundStepper(coin_heads(), START, model=Own(), between=(0, 1)), "a single number"),
        (lambda: SurfaceStepper(q=1.2), "q is 1.2: it is a probability, from 0 to 1"),
        (lambda: SurfaceStepper(x=[1, 1]), r"log_joint has shape \(2, 2\): this widget draws one"),
        (lambda: SurfaceStepper(between=(0.1, 1)), "θ = 1 makes a component impossible"),
        (lambda: PlaneStepper(POINTS, BELLS), r"x has shape \(8,\).* the plane, \(N, 2\)"),
        (lambda: PlaneStepper(PLANE, BELLS), r"start.means has shape \(2,\)"),
        (lambda: PlaneStepper(PLANE, START), r"start.means has shape \(\)"),
        (lambda: PlaneStepper(PLANE, seven()), "7 components: this widget draws at most 6"),
        (lambda: PlaneStepper(PLANE, LEANING, GaussianMixture("diagonal")), "does not fit"),
        (lambda: PlaneStepper(PLANE, ON_PLANE, GaussianMixture(floor=0)), "model.floor is 0"),
        (lambda: PlaneStepper(PLANE, ON_PLANE, repeated()), "model is Repeated"),
        (lambda: PlaneStepper(PLANE, ON_PLANE, sets={"line": (POINTS, BELLS)}), "x has shape"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_readers_own_model_steps_and_carries_its_trace():
    widget = stepper(model=Own())
    state = state_of(widget)
    assert state["problem"]["engine"] is None
    assert len(state["steps"]) == len(widget.steps)
    assert "def log_joint" in state["problem"]["code"][0]["source"]
    assert state["options"] == {}


def test_last_digits_do_not_reach_the_page():
    class Elsewhere(Own):
        """The same model on a machine that rounds differently."""

        def log_joint(self, x, params):
            return super().log_joint(x, params) * (1 + 3e-16)

        def m_step(self, x, responsibilities):
            params = super().m_step(x, responsibilities)
            return CoinParams(params.weights, params.heads * (1 - 3e-16))

    assert state_of(stepper(model=Elsewhere()))["steps"] == state_of(stepper(model=Own()))["steps"]


def test_short_tables_keep_ten_digits_and_long_ones_six():
    short = state_of(stepper(model=Own()))
    assert short["steps"][1]["posterior"][0][0] == 0.9939897242
    long = CoinStepper(np.tile(coin_heads(), 5), START, model=Own())
    assert state_of(long)["steps"][1]["posterior"][0][0] == 0.99399


def test_a_subclass_of_a_shipped_model_is_not_taken_for_it():
    class Tempered(CoinMixture):
        def e_step(self, x, params):
            shares = np.sqrt(super().e_step(x, params))
            return shares / shares.sum(axis=1, keepdims=True)

    assert state_of(stepper(model=Tempered(10, (0.5, 0.5))))["problem"]["engine"] is None


def test_a_shipped_model_leaves_the_trace_to_the_page():
    state = state_of(stepper(presets={"swapped": CoinParams((0.5, 0.5), (0.9, 0.5))}))
    assert state["steps"] == []
    assert state["problem"]["engine"] == "coins"
    assert state["problem"]["tosses"] == [10] * 5
    assert state["problem"]["presets"][0]["start"]["heads"] == [0.9, 0.5]
    assert state["options"] == {"hard": False, "known": True}


def test_the_source_on_the_screen_is_the_source_that_runs_without_docstrings():
    code = state_of(stepper())["problem"]["code"]
    assert [part["kind"] for part in code] == ["E", "E", "E", "M", "M"]
    lines = [
        "np.log(heads), np.log1p(-heads)",
        "self.coefficients(params)",
        "log_joint = self.log_joint(x, params)",
        "self.maximise(",
        "heads / (heads + tails)",
    ]
    for part, line in zip(code, lines, strict=True):
        assert line in part["source"]
        assert '"""' not in part["source"]


class Tags(HTMLParser):
    """Collect start tags and the text outside scripts."""

    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("nasty", ["</script><script>alert(1)</script>", "<!-- <script>", "\u2028"])
def test_no_text_can_break_out_of_the_page(nasty):
    widget = stepper(presets={nasty: START})
    html = widget._repr_mimebundle_()["text/html"]
    parser = Tags()
    parser.feed(html)
    assert [tag for tag, _ in parser.tags] == ["div", "script", "img"]
    assert state_of(widget)["problem"]["presets"][0]["name"] == nasty


@pytest.mark.parametrize(
    "make",
    [
        stepper,
        lambda: BasinMap(coin_heads()),
        lambda: DishStepper(Plates((700, 300)), share=0.9),
        lambda: LikelihoodExplorer(8, BagParams(0.3)),
        lambda: LikelihoodExplorer(POINTS, NormalParams(2.0, 1.0), Normal()),
        lambda: LogisticStepper(*hours_and_passes(), ZERO, rate=0.5),
        lambda: LogisticStepper(POINTS, [0] * 4 + [1] * 4, ZERO, method="newton"),
        lambda: GaussianStepper(POINTS, BELLS),
        lambda: GaussianStepper(POINTS, BELLS, times=range(1, 9)),
        lambda: GaussianStepper(POINTS, BELLS, model=GaussianMixture("tied", hard=True)),
        bound,
        own_bound,
        SurfaceStepper,
        own_surface,
        lambda: PlaneStepper(PLANE, ON_PLANE, sets={"geyser": (old_faithful(), LEANING)}),
        lambda: PlaneStepper(PLANE, KMeansParams(ON_PLANE.means), KMeans()),
    ],
)
def test_two_runs_give_the_same_bytes(make):
    bundles = [make()._repr_mimebundle_() for _ in range(2)]
    assert bundles[0]["text/html"] == bundles[1]["text/html"]
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]


def test_the_picture_for_paper_has_a_text_that_says_what_happened():
    parser = Tags()
    parser.feed(stepper()._repr_mimebundle_()["text/html"])
    image = parser.tags[-1][1]
    assert image["alt"] == "CoinStepper: 13 iterations from log-likelihood -10.5511 to -9.79692"
    assert image["src"].startswith("data:image/svg+xml,")
    assert not re.search(r'[\s<>"]', image["src"])


def test_the_live_view_comes_with_the_static_one():
    live = stepper()._repr_mimebundle_()
    assert set(live) == {
        "text/plain",
        "text/html",
        "application/vnd.jupyter.widget-view+json",
    }


def test_the_joined_module_has_one_export_and_imports_nothing():
    text = bundle.as_module()
    assert len(re.findall(r"^export ", text, re.MULTILINE)) == 1
    assert not re.search(r"^import ", text, re.MULTILINE)
    assert "innerHTML" not in text and "eval(" not in text


def test_every_script_file_is_joined_or_is_the_loader():
    from importlib.resources import files

    names = {
        path.name[:-3] for path in files("emlib.widgets").iterdir() if path.name.endswith(".js")
    }
    assert names == {*bundle.in_order(["player", *bundle.VIEWS]), "static"}


def test_mixture_stays_abstract_about_drawing():
    class Silent(Mixture):
        def log_joint(self, x, params):
            return np.log(np.tile(params.heads, (len(x), 1)))

        def m_step(self, x, responsibilities):
            return CoinParams(responsibilities.mean(axis=0), responsibilities.mean(axis=0))

    widget = stepper(model=Silent())
    assert widget.step.kind == "start"


def test_the_dish_follows_the_screen():
    widget = DishStepper(Plates((700, 300)))
    assert [step["kind"] for step in widget.steps[:3]] == ["start", "observe", "adjust"]
    assert widget.steps[1]["posterior"] == 400
    widget.options = {"moved": 0.5}
    assert widget.steps[-1]["params"]["amounts"] == [500, 500]
    widget.start = Plates((900, 100))
    assert widget.steps[0]["params"]["amounts"] == [900, 100]
    with pytest.raises(ValueError, match="grams must not be negative"):
        widget.start = Plates((-1, 1))
    assert widget.start.amounts.tolist() == [900, 100]


def test_the_dish_leaves_the_trace_to_the_page_and_shows_its_code():
    state = state_of(DishStepper(Plates((700, 300))))
    assert state["steps"] == []
    assert state["problem"]["engine"] == "dish"
    assert state["options"] == {"moved": 0.25}
    assert [block["kind"] for block in state["problem"]["code"]] == ["observe", "adjust"]
    assert "share * difference" in state["problem"]["code"][1]["source"]


def test_the_explorer_follows_the_screen():
    widget = LikelihoodExplorer(8, BagParams(0.3), presets={"high": BagParams(0.95)})
    assert [step["params"] for step in widget.steps] == [
        {"black": float(step.params.black)} for step in climb(Bag(10), 8, BagParams(0.3))
    ]
    widget.set_state({"start": {"black": 0.6}})
    assert isinstance(widget.start, BagParams)
    assert widget.steps[0]["log_likelihood"] == pytest.approx(np.log(0.120932352))
    widget.position = 100
    assert widget.params.black == pytest.approx(0.8)
    with pytest.raises(ValueError, match="start strictly between 0 and 1"):
        widget.start = BagParams(1.0)
    assert widget.start.black == 0.6


def test_the_explorer_leaves_the_trace_to_the_page_and_shows_its_code():
    state = state_of(LikelihoodExplorer(POINTS, NormalParams(2.0, 1.0), Normal()))
    assert state["steps"] == []
    problem = state["problem"]
    assert (problem["engine"], problem["model"], problem["x"]) == ("likelihood", "normal", POINTS)
    assert state["start"] == {"mean": 2, "sd": 1}
    assert "def uphill" in problem["code"][-1]["source"]
    assert state_of(LikelihoodExplorer([5, 7], BagParams(0.3), Bag(12)))["problem"]["draws"] == 12


def test_the_regression_follows_the_screen():
    widget = LogisticStepper(*hours_and_passes(), ZERO)
    assert len(widget.steps) == 501
    assert widget.steps[1]["params"] == {"intercept": 0, "slopes": pytest.approx(0.50625)}
    widget.options = {"newton": True, "rate": 0.05}
    assert len(widget.steps) == 7
    assert widget.steps[-1]["params"]["slopes"] == pytest.approx(1.5046454283733)
    widget.start = LogisticParams(-1.0, 0.5)
    assert widget.steps[0]["params"] == {"intercept": -1, "slopes": 0.5}
    with pytest.raises(TypeError, match="pass LogisticParams"):
        widget.start = (0, 0)
    widget.set_state({"start": {"intercept": 0, "slopes": 5000}})
    assert [step["kind"] for step in widget.steps] == ["start"]  # Newton cannot go on from there


def test_the_regression_tells_the_page_whether_there_is_a_maximum():
    def maximum(y, **options):
        return state_of(LogisticStepper([-2, -1, 1, 2], y, ZERO, **options))["problem"]["maximum"]

    assert maximum([0, 1, 0, 1]) is True
    assert maximum([0, 0, 1, 1]) is False
    assert maximum([0, 0, 1, 1], ridge=1.0) is True
    assert maximum([1, 1, 1, 1], ridge=1.0) is False


def test_the_regression_leaves_the_trace_to_the_page_and_shows_its_code():
    state = state_of(LogisticStepper(*hours_and_passes(), ZERO, rate=0.04, ridge=0.5))
    assert state["steps"] == []
    assert state["options"] == {"newton": False, "rate": 0.04}
    assert state["problem"]["ridge"] == 0.5
    assert state["problem"]["stops"]["rate"][3] == 0.04
    shown = {
        newton: "".join(
            block["source"]
            for block in state["problem"]["code"]
            if block["when"]["newton"] == newton
        )
        for newton in (False, True)
    }
    assert "rate * slope" in shown[False] and "np.linalg.solve" in shown[True]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: LikelihoodExplorer(11, BagParams(0.3)), ValueError, r"x\[0\] is 11"),
        (lambda: LikelihoodExplorer(8, NormalParams(1, 1)), TypeError, r"pass BagParams\(black\)"),
        (lambda: LikelihoodExplorer(8, BagParams(0.3), CoinMixture()), TypeError,
         r"this widget draws Bag\(draws\) and Normal\(\)"),
        (lambda: LogisticStepper(np.eye(2), [0, 1], ZERO), ValueError,
         r"x has shape \(2, 2\): this widget draws one feature, \(N,\)"),
        (lambda: LogisticStepper([1, 1], [0, 1], ZERO), ValueError,
         "x is always 1: pass at least two different values"),
        (lambda: LogisticStepper([1, 2], [0, 2], ZERO), ValueError, r"y\[1\] is 2"),
        (lambda: LogisticStepper([1, 2], [0, 1], ZERO, method="bfgs"), ValueError,
         "method is 'bfgs': pass one of gradient, newton"),
        (lambda: LogisticStepper([1, 2], [0, 1], ZERO, rate=-1.0), ValueError, "rate is -1.0"),
        (lambda: LogisticStepper([1, 2], [0, 1], ZERO, ridge=-1.0), ValueError, "ridge is -1.0"),
        (lambda: LogisticStepper([1, 2], [0, 1], LogisticParams(0, [1.0])), ValueError,
         r"params.slopes has shape \(1,\)"),
    ],
)  # fmt: skip
def test_bad_input_for_the_climbers_is_refused_with_a_sentence(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_the_climbers_say_in_one_line_where_they_end():
    assert repr(LikelihoodExplorer(8, BagParams(0.3))) == (
        "LikelihoodExplorer: 6 steps from log-likelihood -6.53847 to -1.19736, at black 0.8"
    )
    apart = LogisticStepper([-2, -1, 1, 2], [0, 0, 1, 1], ZERO, method="newton")
    assert repr(apart).endswith("at intercept 0, slope 24.8228")


def test_the_bound_begins_with_even_shares_and_its_steps_are_those_of_em():
    widget = bound()
    assert widget.step.elbo == pytest.approx(-30.36863120, abs=1e-8)
    assert (widget.step.posterior == 0.5).all()
    for mine, step in zip(widget._steps[1:], list(em(OneMean(), six_numbers(), widget.start))[1:]):
        assert (mine.kind, mine.params, mine.elbo) == (step.kind, step.params, step.elbo)


def test_the_bound_of_a_shipped_model_leaves_curves_and_trace_to_the_page():
    state = state_of(bound())
    assert state["steps"] == []
    assert state["problem"]["engine"] == "bound"
    assert state["problem"]["between"] == pytest.approx([-3.55, 5.85])
    known = {name: state["problem"][name] for name in ("weight", "known_mean", "variance")}
    assert known == {"weight": 0.5, "known_mean": 0, "variance": 1}
    assert all("bound" not in step for step in bound().steps)


def test_the_bound_of_a_readers_own_model_comes_from_python():
    widget = own_bound()
    state = state_of(widget)
    assert state["problem"]["engine"] is None
    start, e_step, m_step = state["steps"][:3]
    grid, x = np.linspace(-0.5, 6, 121), np.array(POINTS)
    assert [record.keys() & {"curve", "bound"} for record in (start, e_step, m_step)] == [
        {"curve", "bound"}, {"bound"}, set()]  # fmt: skip
    at = 80
    assert start["curve"][at] == pytest.approx(widget._model.log_likelihood(x, grid[at]), rel=1e-5)
    for record, step in ((start, widget._steps[0]), (e_step, widget._steps[1])):
        wanted = widget._model.elbo(x, step.posterior, grid[at])
        assert record["bound"][at] == pytest.approx(wanted, rel=1e-5)
    assert start["curve"][0] == -1e308  # a negative rate has no likelihood


def test_repeated_values_are_left_to_python():
    widget = bound(model=Repeated(OneMean(), range(1, 7)))
    assert state_of(widget)["problem"]["engine"] is None
    assert widget.steps[-1]["params"]["mean"] > bound().steps[-1]["params"]["mean"]


def test_a_bare_number_arrives_from_the_screen_as_a_number():
    widget = own_bound()
    widget.set_state({"start": {"params": 2.0}})
    assert widget.start == 2
    assert widget.steps[0]["params"] == {"params": 2}
    with pytest.raises(ValueError, match=r"θ = -0.25 makes a component impossible: move it"):
        widget.start = np.array(-0.25)
    assert widget.start == 2


def test_the_surface_begins_with_the_readers_own_q():
    widget = SurfaceStepper(TossParams(0.4), q=0.95)
    assert widget.step.posterior.tolist() == [[0.95, pytest.approx(0.05)]]
    wanted = TwoTosses().elbo([1], np.array([[0.95, 0.05]]), widget.start)
    assert widget.step.elbo == pytest.approx(wanted, rel=1e-14)
    assert widget.step.kl > 0.3
    widget.options = {"q": 0.6}
    assert widget.step.kl == pytest.approx(0, abs=1e-12)
    assert widget.steps[0]["posterior"] == [[0.6, 0.4]]
    widget.set_state({"start": {"heads": 0.2}, "options": {"q": 0.1}})
    assert widget.step.posterior[0, 0] == 0.1
    assert widget.start == TossParams(0.2)


def test_a_readers_own_surface_comes_from_python():
    widget = own_surface()
    state = state_of(widget)
    grid = np.linspace(0.5, 6, 121)
    first, second = widget._model.log_joint(np.array([0.4]), MeanParams(grid[30]))[0]
    assert [row[30] for row in state["steps"][0]["along"]] == pytest.approx(
        [first, second], rel=1e-5
    )
    for record, step in zip(state["steps"], widget._steps):
        wanted = widget._model.log_joint(np.array([0.4]), step.params)
        assert record["log_joint"] == pytest.approx(wanted, rel=1e-8)


def screen(**values):
    """What one message from the screen brings to a plane."""
    widget = PlaneStepper(PLANE, ON_PLANE)
    start = values.pop("start", None)
    if start is not None:
        values["start"] = {
            name: np.asarray(value).tolist() for name, value in start._asdict().items()
        }
    widget.set_state(values)
    return widget


def followed(widget, covariance="full", hard=False):
    """The run of a plane is the run of em from its own start, data and model."""
    assert widget.model == GaussianMixture(covariance, hard)
    steps = list(em(widget.model, widget.x, widget.start, max_iter=500))
    widget.position = len(steps)
    assert widget.position == len(steps) - 1
    assert (widget.params.means == steps[-1].params.means).all()
    assert widget.step.log_likelihood == steps[-1].log_likelihood
    return True


def test_the_plane_leaves_the_trace_to_the_screen():
    widget = PlaneStepper(PLANE, ON_PLANE)
    state = state_of(widget)
    assert widget.steps == state["steps"] == []
    assert state["options"] == {"covariance": "full", "hard": False}
    assert state["problem"]["choices"]["covariance"] == ["full", "tied", "diagonal", "spherical"]
    assert state["problem"]["x"] == PLANE.tolist()
    assert followed(widget)


def test_the_window_of_the_plane_holds_all_points_and_means():
    far = ON_PLANE._replace(means=[(-30.0, 0.0), (0.0, 2.0)])
    (left, right), (low, high) = state_of(PlaneStepper(PLANE, ON_PLANE, presets={"far": far}))[
        "problem"
    ]["range"]
    assert left < -30
    assert right > PLANE[:, 0].max()
    assert low < PLANE[:, 1].min()
    assert high > PLANE[:, 1].max()


def test_options_and_start_arrive_together_in_either_order():
    # A start that fits only the new options, and one that fits only the old ones.
    for covariance, start in (("diagonal", ON_PLANE), ("full", LEANING), ("spherical", THREE)):
        options = {"covariance": covariance, "hard": True}
        given = {name: np.asarray(value).tolist() for name, value in start._asdict().items()}
        for names in (("options", "start"), ("start", "options")):
            widget = PlaneStepper(PLANE, LEANING)
            parts = {"options": options, "start": given}
            widget.set_state({name: parts[name] for name in names})
            assert (widget.start.means == np.asarray(start.means)).all()
            assert followed(widget, covariance, hard=True)


def test_one_message_is_computed_once(monkeypatch):
    runs, problem = [], moved_problem()
    monkeypatch.setattr(PlaneStepper, "_run", lambda self: runs.append(1) or [fake_step(self)])
    options = {"covariance": "tied", "hard": True}
    widget = screen(start=THREE, options=options, problem=problem)
    assert len(runs) == 2  # when it was made, and for the message
    assert len(widget.x) == len(PLANE) - 1


def fake_step(widget):
    return next(em(widget.model, widget.x, widget.start))


def moved_problem():
    return PlaneStepper(PLANE, ON_PLANE).problem | {"x": PLANE[1:].tolist()}


def test_another_covariance_makes_the_start_fit():
    widget = PlaneStepper(PLANE, LEANING)
    for covariance in ("diagonal", "spherical", "tied", "full"):
        widget.options = {"covariance": covariance, "hard": False}
        assert followed(widget, covariance)
    assert widget.start.covs[0].tolist() == [[2.5, 0], [0, 2.5]]


def test_a_start_that_does_not_fit_the_covariance_is_refused():
    widget = PlaneStepper(PLANE, ON_PLANE, GaussianMixture("spherical"))
    with pytest.raises(ValueError, match="does not fit covariance='spherical'"):
        widget.start = LEANING
    assert (widget.start.covs == np.eye(2)).all()


def test_points_changed_on_the_screen_arrive_and_a_fit_goes_on_from_there():
    widget = screen(problem=moved_problem(), position=0)
    assert (widget.x == PLANE[1:]).all()
    assert followed(widget)
    end = fit(widget.model, widget.x, widget.start)
    assert widget.params.means == pytest.approx(end.params.means, abs=1e-4)


def test_points_can_be_set_from_python():
    widget = PlaneStepper(PLANE, ON_PLANE)
    widget.x = 10 * PLANE[:50]
    assert widget.problem["range"][0][1] > 10 * PLANE[:50, 0].max()
    assert followed(widget)
    with pytest.raises(ValueError, match="2 components but x has only 1"):
        widget.x = PLANE[:1]
    with pytest.raises(ValueError, match="this widget draws the plane"):
        widget.x = PLANE[:, 0]
    assert len(widget.x) == 50


def test_what_a_reader_does_to_points_does_not_change_those_of_python():
    widget = PlaneStepper(PLANE, ON_PLANE)
    widget.x[0] = 99
    assert (widget.x == PLANE).all()


def test_sets_of_data_come_by_name_each_with_its_start():
    x, start = old_faithful(), LEANING._replace(means=[(2.0, 55.0), (4.0, 80.0)])
    sets = {"geyser": (x, start, ("eruption", "waiting")), "crossed": (PLANE, LEANING)}
    presets = {"other": LEANING}
    problem = state_of(PlaneStepper(PLANE, ON_PLANE, presets=presets, sets=sets))["problem"]
    geyser, cross = problem["sets"]
    assert [geyser["name"], cross["name"]] == ["geyser", "crossed"]
    assert geyser["features"] == ["eruption", "waiting"]
    assert geyser["presets"] == []
    assert cross["features"] == ["x₁", "x₂"]
    assert cross["presets"] == problem["presets"]
    assert cross["start"]["covs"][0] == np.eye(2).tolist()  # the start of the widget itself


def test_data_without_a_name_come_first():
    sets = state_of(PlaneStepper(PLANE, ON_PLANE, sets={"half": (PLANE[::2], LEANING)}))
    assert [one["name"] for one in sets["problem"]["sets"]] == ["", "half"]


def test_a_model_with_means_alone_can_be_drawn():
    widget = PlaneStepper(PLANE, KMeansParams(ON_PLANE.means), KMeans())
    state = state_of(widget)
    assert state["problem"]["engine"] is None
    assert len(state["steps"]) == len(widget.steps) > 2
    assert state["options"] == {"hard": True}
    widget.x = PLANE[:100]
    assert len(widget.steps[1]["posterior"]) == 100


def test_the_state_of_a_geyser_and_two_other_sets_stays_small():
    sets = {"geyser": (old_faithful(), LEANING), "crossed": (PLANE, ON_PLANE)}
    html = PlaneStepper(PLANE, ON_PLANE, sets=sets)._repr_mimebundle_()["text/html"]
    state = html.split("</script>")[0]
    assert len(state) < 25_000
