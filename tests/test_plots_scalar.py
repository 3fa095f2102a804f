"""Pictures of the bound, the surface and the stacked bar: what they draw is what emlib computes."""

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt

from emlib import em, plots, plots_scalar
from emlib.data import six_numbers
from emlib.scalar import MeanParams, OneMean, TossParams, TwoTosses
from emlib.widgets import SurfaceStepper

X, ENDS, CHANCES = six_numbers(), (-4, 6), (0.05, 0.95)
STEPS = list(em(OneMean(), X, MeanParams(-2.0)))
WALK = SurfaceStepper(TossParams(0.3), q=0.9)._steps

PICTURES = {
    "bound at the start": lambda ax: plots_scalar.bound(STEPS[0], X, OneMean(), ENDS, ax),
    "bound after M": lambda ax: plots_scalar.bound(STEPS[2], X, OneMean(), ENDS, ax),
    "surface": lambda ax: plots_scalar.surface(WALK, [1], TwoTosses(), CHANCES, ax),
    "stack": lambda ax: plots_scalar.stack(WALK[:5], -3, ax),
}


@pytest.fixture(autouse=True)
def clean_pictures():
    """Draw in the book's style, and leave nothing behind."""
    with matplotlib.rc_context(plots.STYLE):
        yield
    plt.close("all")


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES.keys())
def test_a_picture_is_drawn_on_the_axes_given_and_comes_out_the_same_twice(draw):
    texts = []
    for _ in range(2):
        left, right = plt.figure().subplots(1, 2)
        assert draw(left) is left
        assert not right.has_data()
        texts.append(plots.as_svg(left.figure))
    assert texts[0] == texts[1]
    assert draw(None) is plt.gca()


def test_the_bound_that_is_drawn_lies_below_the_log_likelihood_and_meets_it_after_e():
    for step in STEPS[1:8]:
        ax = plots_scalar.bound(step, X, OneMean(), ENDS, plt.figure().gca())
        curve, below, bracket, *_ = ax.lines
        assert (below.get_ydata() <= curve.get_ydata() + 1e-9).all()
        assert bracket.get_ydata().tolist() == [step.elbo, step.log_likelihood]
        assert f"KL = {abs(step.kl):.4f}" in ax.get_title()


def test_before_the_first_e_step_only_the_log_likelihood_is_drawn():
    ax = plots_scalar.bound(STEPS[0], X, OneMean(), ENDS)
    curve, point = ax.lines
    assert curve.get_label() == "log-likelihood"
    assert point.get_ydata() == STEPS[0].log_likelihood


def test_the_path_on_the_surface_moves_along_one_axis_at_a_time():
    path = plots_scalar.surface(WALK, [1], TwoTosses(), CHANCES).lines[-1]
    theta, q = path.get_xdata(), path.get_ydata()
    assert (theta[1::2] == theta[:-1:2]).all()  # E
    assert (q[2::2] == q[1:-1:2]).all()  # M
    assert (theta[0], q[0]) == (0.3, 0.9)


def test_the_bars_are_bound_and_kl():
    lower, upper = plots_scalar.stack(WALK[:5], -3).containers
    np.testing.assert_allclose([bar.get_height() for bar in lower], [s.elbo + 3 for s in WALK[:5]])
    np.testing.assert_allclose([bar.get_height() for bar in upper], [s.kl for s in WALK[:5]])
    assert upper[0].get_hatch()
