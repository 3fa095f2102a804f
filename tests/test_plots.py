"""Each picture is drawn on the Axes it is given, and comes out the same every time."""

import io
import re

import matplotlib
import numpy as np
import pytest
from cases import CASES, COINS, HEADS, LINE, ON_LINE, THREE

matplotlib.use("agg")

import matplotlib.pyplot as plt

from emlib import CoinMixture, GaussianMixture, ascend, em, plots, plots_likelihood
from emlib.data import hours_and_passes
from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb
from emlib.logistic import LogisticParams, LogisticRegression

COIN_STEPS = list(em(CoinMixture(10), HEADS, COINS))
LINE_STEPS = list(em(GaussianMixture(), LINE, ON_LINE, max_iter=5))
BAG_STEPS = list(climb(Bag(10), 8, BagParams(0.3)))
BELL = NormalParams(1.0, 2.0)
STUDY = LogisticRegression(*hours_and_passes())
STUDY_STEPS = list(ascend(STUDY.objective, STUDY.gradient_step(0.5), STUDY.start(), max_iter=60))

PICTURES = {
    "bag": lambda ax: plots_likelihood.counts(Bag(10), 8, BagParams(0.3), ax=ax),
    "bell": lambda ax: plots_likelihood.densities(Normal(), LINE, BELL, ax=ax),
    "bag's log-likelihood": lambda ax: plots_likelihood.profile(
        Bag(10), 8, BAG_STEPS, "black", np.linspace(0.1, 0.9, 9), ax=ax
    ),
    "decision": lambda ax: plots_likelihood.decision(STUDY, LogisticParams(-4.0, 1.5), ax=ax),
    "flat decision": lambda ax: plots_likelihood.decision(STUDY, STUDY.start(), ax=ax),
    "map of a climb": lambda ax: plots_likelihood.climb_map(STUDY, STUDY_STEPS, ax=ax),
    "path": lambda ax: plots.path(COIN_STEPS, ax=ax),
    "path of a start": lambda ax: plots.path(COIN_STEPS[:1], ax=ax),
    "coins at the start": lambda ax: plots.coin_groups(COIN_STEPS[0], HEADS, ax=ax),
    "coins after E": lambda ax: plots.coin_groups(COIN_STEPS[1], HEADS, ax=ax),
    "Gaussians at the start": lambda ax: plots.mixture_1d(LINE_STEPS[0], LINE, ax=ax),
    "Gaussians at the end": lambda ax: plots.mixture_1d(LINE_STEPS[-1], LINE, ax=ax),
    "counted Gaussians": lambda ax: plots.mixture_1d(LINE_STEPS[3], LINE, np.ones(40), ax=ax),
}


@pytest.fixture(autouse=True)
def clean_pictures():
    """Draw in the book's style, and leave nothing behind."""
    with matplotlib.rc_context(plots.STYLE):
        yield
    plt.close("all")


@pytest.fixture(params=PICTURES.values(), ids=PICTURES.keys())
def draw(request):
    return request.param


def test_a_picture_is_drawn_on_the_axes_given_and_returned(draw):
    left, right = plt.figure().subplots(1, 2)
    plt.sca(right)
    assert draw(left) is left
    assert left.has_data()
    assert not right.has_data()


def test_without_axes_a_picture_goes_to_the_current_ones(draw):
    ax = draw(None)
    assert ax is plt.gca()
    assert ax.has_data()


def test_two_runs_give_the_same_bytes(draw):
    first, second = (plots.as_svg(draw(plt.figure().gca()).figure) for _ in range(2))
    assert first == second
    assert len(first) > 1000


def test_style_makes_svg_reproducible():
    plt.rcParams["svg.hashsalt"] = None
    plots.style()
    assert plt.rcParams["svg.hashsalt"] == "emlib"
    texts = []
    for _ in range(2):
        file = io.StringIO()
        plots.path(COIN_STEPS, ax=plt.figure().gca()).figure.savefig(
            file, format="svg", metadata={"Date": None}
        )
        texts.append(file.getvalue())
    assert texts[0] == texts[1]


def test_coordinates_of_an_svg_have_at_most_two_decimals():
    text = plots.as_svg(plots.path(COIN_STEPS).figure)
    drawn = " ".join(re.findall(r' d="([^"]*)"', text))
    assert re.search(r"\d\.\d", drawn)
    assert not re.search(r"\.\d\d\d", drawn)


def test_last_digits_do_not_reach_a_picture():
    nudged = [one._replace(log_likelihood=one.log_likelihood * (1 + 1e-12)) for one in COIN_STEPS]
    texts = [
        plots.as_svg(plots.path(steps, ax=plt.figure().gca()).figure)
        for steps in (COIN_STEPS, nudged)
    ]
    assert texts[0] == texts[1]
    placed = re.findall(r"translate\(([^)]*)\)", texts[0])
    assert placed
    assert not re.search(r"\.\d\d", " ".join(placed))


def test_a_path_draws_the_numbers_of_the_steps():
    ax = plots.path(COIN_STEPS)
    log_likelihood, bound, after_e, after_m = (line.get_ydata() for line in ax.lines)
    np.testing.assert_array_equal(log_likelihood, [s.log_likelihood for s in COIN_STEPS])
    np.testing.assert_array_equal(bound[1:], [s.elbo for s in COIN_STEPS[1:]])
    assert np.isnan(bound[0])
    np.testing.assert_array_equal(after_e, [s.elbo for s in COIN_STEPS if s.kind == "E"])
    np.testing.assert_array_equal(after_m, [s.elbo for s in COIN_STEPS if s.kind == "M"])


def test_a_path_without_a_bound_shows_the_objective():
    steps = list(ascend(lambda p: -float(p**2), lambda p: p / 2, 1.0, max_iter=3))
    ax = plots.path(steps)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [-1, -0.25, -0.0625, -0.015625])


def test_bars_of_a_group_are_its_responsibilities():
    ax = plots.coin_groups(COIN_STEPS[1], HEADS)
    widths = [[bar.get_width() for bar in container] for container in ax.containers]
    np.testing.assert_allclose(np.transpose(widths), COIN_STEPS[1].posterior)
    ends = [bar.get_x() + bar.get_width() for bar in ax.containers[-1]]
    np.testing.assert_allclose(ends, 1)
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["5 heads", "7 heads"]


def test_before_the_first_e_step_no_group_has_a_coin():
    assert len(plots.coin_groups(COIN_STEPS[0], HEADS).containers) == 1


def test_curves_of_a_mixture_have_the_components_areas():
    ax = plots.mixture_1d(LINE_STEPS[-1], LINE)
    for line, weight in zip(ax.lines, LINE_STEPS[-1].params.weights, strict=True):
        assert 0.5 * weight < np.trapezoid(line.get_ydata(), line.get_xdata()) <= weight


def test_the_histogram_has_area_one_and_splits_by_responsibility():
    steps = LINE_STEPS[3]
    ax = plots.mixture_1d(steps, LINE, bins=20)
    areas = []
    for patch in ax.patches:
        heights, edges, baseline = patch.get_data()
        areas.append(((heights - baseline) * np.diff(edges)).sum())
    np.testing.assert_allclose(areas, steps.posterior.mean(axis=0), rtol=1e-12)


def test_counts_weigh_the_histogram():
    times = np.arange(40) % 4
    steps = LINE_STEPS[3]
    ax = plots.mixture_1d(steps, LINE, times)
    heights, edges, baseline = ax.patches[0].get_data()
    share = (steps.posterior[:, 0] * times).sum() / times.sum()
    assert ((heights - baseline) * np.diff(edges)).sum() == pytest.approx(share)


def test_three_components_have_three_colours():
    params = THREE._replace(means=(-1.0, 0.0, 2.0), covs=(1.0, 1.0, 1.0))
    steps = list(em(GaussianMixture(), LINE, params, max_iter=1))
    colours = {line.get_color() for line in plots.mixture_1d(steps[1], LINE).lines}
    assert len(colours) == 3


def test_stills_are_the_start_one_and_three_iterations_and_the_end():
    figure = plots.stills(COIN_STEPS, lambda step, ax: plots.coin_groups(step, HEADS, ax))
    titles = [ax.get_title().split(",")[0] for ax in figure.axes]
    assert titles == ["start", "iteration 1", "iteration 3", f"iteration {len(COIN_STEPS) // 2}"]


def test_stills_of_a_short_run_end_at_its_end():
    figure = plots.stills(COIN_STEPS[:3], lambda step, ax: plots.coin_groups(step, HEADS, ax))
    assert [ax.get_title().split(",")[0] for ax in figure.axes][1:] == 3 * ["iteration 1"]


def test_stills_give_the_same_bytes_twice():
    def draw(step, ax):
        return plots.mixture_1d(step, LINE, ax=ax)

    assert plots.as_svg(plots.stills(LINE_STEPS, draw)) == plots.as_svg(
        plots.stills(LINE_STEPS, draw)
    )


def test_basins_show_where_each_start_ends():
    grid = np.array([0.2, 0.5, 0.8])
    ends = np.array([[-10.28, -9.8, -9.8], [-9.8, -10.28, -9.8], [-9.8, -9.8, -10.28]])
    first, second = (plots.basins(grid, ends, COIN_STEPS) for _ in range(2))
    assert plots.as_svg(first) == plots.as_svg(second)
    image = first.axes[0].get_images()[0].get_array()
    np.testing.assert_array_equal(image, 1 - np.eye(3))


def test_a_title_says_which_step_it_is():
    titles = [plots.coin_groups(step, HEADS).get_title() for step in COIN_STEPS[:3]]
    assert titles[0].startswith("start, log-likelihood -10.5511")
    assert titles[1].startswith("iteration 1, log-likelihood -10.5511")
    assert titles[2].startswith("iteration 1, log-likelihood -9.84613")
    assert "0.5347" in titles[2]


@pytest.mark.parametrize("name", CASES)
def test_a_path_can_be_drawn_for_every_model(name):
    assert plots.path(list(em(*CASES[name], max_iter=2))).has_data()


def test_the_sticks_of_a_bag_are_its_probabilities():
    ax = plots_likelihood.counts(Bag(10), 8, BagParams(0.8))
    rest, seen = (lines.get_segments() for lines in ax.collections)
    assert len(rest) == 10
    assert [segment[1].tolist() for segment in seen] == [[8, pytest.approx(0.301989888)]]


def test_a_profile_marks_the_steps_on_the_curve():
    ax = plots_likelihood.profile(Bag(10), 8, BAG_STEPS, "black", np.array([0.3, 0.8]))
    curve, visited = ax.lines
    assert visited.get_xdata().tolist() == [step.params.black for step in BAG_STEPS]
    assert curve.get_ydata()[0] == visited.get_ydata()[0]


def test_the_even_chance_is_where_the_curve_crosses_one_half():
    ax = plots_likelihood.decision(STUDY, LogisticParams(-4.0777134311, 1.5046454284))
    assert ax.lines[-1].get_xdata()[0] == pytest.approx(2.71008262)


@pytest.mark.parametrize(
    ("model", "x", "start", "panels"),
    [(Bag(10), 8, BagParams(0.3), 3), (Normal(), LINE, BELL, 4)],
)
def test_an_explorer_on_paper_shows_start_end_and_curves(model, x, start, panels):
    x = np.atleast_1d(x)
    figure = plots_likelihood.explorer(model, x, list(climb(model, x, start)))
    assert len(figure.axes) == panels


def test_the_map_of_hundreds_of_steps_is_drawn_with_few_marks():
    ax = plots_likelihood.climb_map(STUDY, STUDY_STEPS * 10)
    assert ax.lines[0].get_markevery() == len(STUDY_STEPS) * 10 // 50
