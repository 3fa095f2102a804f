"""Pictures of two features: points in blended colours, means, ellipses."""

import matplotlib
import numpy as np
import pytest
from cases import ON_PLANE, PLANE, THREE

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgb

from emlib import GaussianMixture, KMeans, KMeansParams, em, plots, plots_2d

STEPS = list(em(GaussianMixture(), PLANE, ON_PLANE, max_iter=6))


@pytest.fixture(autouse=True)
def clean_pictures():
    """Draw in the book's style, and leave nothing behind."""
    with matplotlib.rc_context(plots.STYLE):
        yield
    plt.close("all")


def drawn(ax, marker):
    """How many points have this marker (means apart)."""
    lines = [line for line in ax.lines if line.get_marker() == marker and line.get_ms() < 5]
    return sum(len(line.get_xdata()) for line in lines)


def ellipses(ax):
    return [line for line in ax.lines if line.get_marker() == "None"]


def test_a_picture_is_drawn_on_the_axes_given_and_returned():
    left, right = plt.figure().subplots(1, 2)
    plt.sca(right)
    assert plots_2d.mixture_2d(STEPS[1], PLANE, left) is left
    assert not right.has_data()
    assert plots_2d.mixture_2d(STEPS[1], PLANE) is right


def test_two_runs_give_the_same_bytes():
    first, second = (
        plots.as_svg(plots_2d.mixture_2d(STEPS[2], PLANE, plt.figure().gca()).figure)
        for _ in range(2)
    )
    assert first == second


def test_before_the_first_e_step_all_points_are_alike():
    ax = plots_2d.mixture_2d(STEPS[0], PLANE)
    assert drawn(ax, "o") == len(PLANE)


@pytest.mark.parametrize("position", [1, 2, -1])
def test_every_point_has_the_marker_of_its_most_probable_component(position):
    ax = plots_2d.mixture_2d(STEPS[position], PLANE)
    best = STEPS[position].posterior.argmax(axis=1)
    assert [drawn(ax, "o"), drawn(ax, "s")] == np.bincount(best).tolist()


def test_a_certain_point_has_its_component_s_colour():
    step = STEPS[1]._replace(posterior=np.repeat([[0.0, 1.0]], len(PLANE), axis=0))
    ax = plots_2d.mixture_2d(step, PLANE)
    colours = {tuple(line.get_color()) for line in ax.lines if line.get_ms() == 3}
    assert colours == {to_rgb(plots.COLOURS[1])}


def test_ellipses_lie_at_one_and_two_standard_deviations():
    ax = plots_2d.mixture_2d(STEPS[-1], PLANE)
    for line, k, radius in zip(ellipses(ax), (0, 0, 1, 1), (1, 2, 1, 2), strict=True):
        gap = line.get_xydata() - STEPS[-1].params.means[k]
        distance = np.einsum("nd,de,ne->n", gap, np.linalg.inv(STEPS[-1].params.covs[k]), gap)
        assert distance == pytest.approx(radius**2)


def test_means_stand_where_they_are_and_carry_their_letters():
    steps = list(em(GaussianMixture(), PLANE, THREE, max_iter=2))
    ax = plots_2d.mixture_2d(steps[-1], PLANE)
    means = [line.get_xydata()[0] for line in ax.lines if line.get_ms() == 11]
    np.testing.assert_array_equal(means, steps[-1].params.means)
    assert [text.get_text() for text in ax.texts] == ["A", "B", "C"]


def test_params_without_covariances_are_drawn_without_ellipses():
    steps = list(em(KMeans(), PLANE, KMeansParams(ON_PLANE.means)))
    ax = plots_2d.mixture_2d(steps[-1], PLANE)
    assert ellipses(ax) == []
    assert len(ax.texts) == 2


def test_the_axes_have_the_names_and_limits_given():
    ax = plots_2d.mixture_2d(STEPS[0], PLANE, None, ("a", "b"), [[-9, 9], [-8, 8]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("a", "b")
    assert ax.get_xlim() == (-9, 9)
    assert ax.get_ylim() == (-8, 8)


def test_a_window_leaves_room_around_points_and_means():
    (left, right), (low, high) = plots_2d.window([[0, 5], [100, 5]], [[50, 6]])
    assert (left, right) == (-6, 106)
    assert (low, high) == (4.94, 6.06)


def test_a_window_around_one_place_is_not_empty():
    assert plots_2d.window([[3, 4]]) == [[2.94, 3.06], [3.94, 4.06]]


def test_stills_show_the_iterations_asked_for():
    figure = plots.stills(
        STEPS, lambda step, ax: plots_2d.mixture_2d(step, PLANE, ax), (0, 1, 5, 20), 6
    )
    titles = [ax.get_title().split(",")[0] for ax in figure.axes]
    assert titles == ["start", "iteration 1", "iteration 5", "iteration 6"]
