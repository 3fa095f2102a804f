"""The bound: what E and M may move on the screen, the gap and its number, the handle of θ."""

import re

import numpy as np
import pytest
from expected import fixed, steps_from
from test_moving_the_start import PHONE, drag, finger, value_of

CURVES = """root => ["likelihood", "bound.present"].map((name) => {
  const found = root.querySelectorAll(`.picture [clip-path] path.${name}`);
  return [...found].map((path) => path.getAttribute("d"));
})"""
MARK = """root => { const mark = root.querySelector(".picture .on-likelihood");
  return [mark.cx.baseVal.value, mark.cy.baseVal.value]; }"""


def steps_of(widget, mean=None):
    start = None if mean is None else {"mean": mean}
    return steps_from(widget.state, (0.5, 0.5), start)


def curves(widget):
    return tuple(widget.root.evaluate(CURVES))


def points(path):
    pairs = re.split("[ML]", path)[1:]
    return np.array([[float(n) for n in pair.split()] for pair in pairs])


def shown(widget):
    """θ and the KL divergence, as the picture writes them."""
    texts = [widget.root.locator(f".picture .{name}").text_content() for name in ("value", "kl")]
    return [text.split()[-1] for text in texts]


def wanted(step):
    return [fixed(step.params.mean), fixed(abs(step.kl))]


def test_every_half_step_shows_emlibs_numbers(bound):
    steps = steps_of(bound)
    for position, step in enumerate(steps[:12]):
        bound.go(position)
        assert shown(bound) == wanted(step)
        numbers = [fixed(step.log_likelihood), fixed(step.elbo), fixed(abs(step.kl))]
        assert bound.root.locator(".ledger .formula").first.inner_text() == (
            "log-likelihood {} = ELBO {} + KL {}".format(*numbers)
        )
    bound.run()
    assert bound.position == len(steps) - 1
    assert shown(bound) == wanted(steps[-1])


def test_an_e_step_lifts_the_bound_and_leaves_theta_and_the_log_likelihood(bound):
    for position in (0, 2, 4):
        bound.go(position)
        (likelihood, below), mark, theta = curves(bound), bound.root.evaluate(MARK), shown(bound)[0]
        bound.click("eStep")
        after, lifted = curves(bound)
        assert after == likelihood
        assert lifted != below
        assert bound.root.evaluate(MARK) == mark
        assert shown(bound) == [theta, "0.0000"]


def test_an_m_step_moves_theta_to_the_top_of_the_bound_and_leaves_both_curves(bound):
    for position in (1, 3, 5):
        bound.go(position)
        before, theta = curves(bound), shown(bound)[0]
        bound.click("mStep")
        assert curves(bound) == before
        assert shown(bound)[0] != theta
        x, _ = bound.root.evaluate(MARK)
        [path] = before[1]
        top = points(path)[points(path)[:, 1].argmin()]
        assert x == pytest.approx(top[0], abs=5)  # the curve has 121 points


def test_the_bound_never_crosses_the_log_likelihood(bound):
    for position in range(8):
        bound.go(position)
        [[upper], [lower]] = curves(bound)
        assert (points(lower)[:, 1] >= points(upper)[:, 1] - 0.11).all()  # y runs downwards


def test_earlier_bounds_stay_and_the_next_one_is_announced_after_an_m_step(bound):
    past = bound.root.locator(".picture [clip-path] .past")
    following = bound.root.locator(".picture [clip-path] .next")
    for position, (earlier, ahead) in enumerate([(0, 0), (0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]):
        bound.go(position)
        assert (past.count(), following.count()) == (earlier, ahead)


def test_the_m_ledger_divides_the_weighed_sum_by_the_shares(bound):
    bound.go(2)
    share, x = steps_of(bound)[2].posterior[:, 0], np.array(bound.state["problem"]["x"])
    assert [row[1:] for row in bound.cells()] == [
        [fixed(a), fixed(a * b)] for a, b in zip(share, x)
    ]
    assert bound.results()[-1] == fixed(share @ x / share.sum())
    assert f"/ {fixed(share.sum())} =" in bound.ledger


def test_the_e_ledger_prints_emlibs_shares(bound):
    bound.go(1)
    posterior = steps_of(bound)[1].posterior
    assert [row[-2:] for row in bound.cells()] == [[fixed(v) for v in row] for row in posterior]


def test_dragging_theta_starts_elsewhere_and_runs_as_in_emlib(bound):
    bound.go(3)
    drag(bound, bound.handles.first, 90)
    assert bound.position == 0
    start = value_of(bound.handles.first)
    steps = steps_of(bound, start)
    assert shown(bound) == wanted(steps[0])
    bound.run()
    assert bound.position == len(steps) - 1
    assert shown(bound) == wanted(steps[-1])


def test_a_drag_stops_at_the_ends_of_the_axis(bound):
    for dx, end in ((3000, 1), (-3000, 0)):
        drag(bound, bound.handles.first, dx)
        edge = bound.state["problem"]["between"][end]
        assert value_of(bound.handles.first) == pytest.approx(edge, abs=1e-5)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_arrow_keys_move_theta_by_a_hundredth_of_the_axis(bound, position):
    bound.go(position)
    low, high = bound.state["problem"]["between"]
    before = value_of(bound.handles.first)
    bound.handles.first.press("ArrowRight")
    assert value_of(bound.handles.first) == pytest.approx(before + (high - low) / 100, abs=1e-4)
    assert bound.position == 0
    assert bound.handles.first.evaluate("handle => handle === document.activeElement")
    bound.handles.first.press("End")
    assert value_of(bound.handles.first) == pytest.approx(high, abs=1e-5)


def test_a_second_reset_brings_the_first_start_back(bound):
    before = bound.seen()[:3]
    drag(bound, bound.handles.first, 60)
    bound.page.mouse.move(1, 1)
    assert bound.seen()[:3] != before
    bound.click("reset")
    assert bound.seen()[:3] == before


def test_a_finger_drags_theta_and_the_page_stays(mounted, any_bound):
    bound = mounted(any_bound, **PHONE)
    touch = finger(bound.page)
    handle = bound.handles.first
    handle.scroll_into_view_if_needed()
    before, scrolled = value_of(handle), bound.page.evaluate("scrollY")
    box = handle.locator(".touch").bounding_box()
    x, y = box["x"] + 22, box["y"] + 22
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x + 8 * step, y + 9 * step))
    touch("End")
    bound.page.wait_for_function(
        "([handle, before]) => Number(handle.getAttribute('aria-valuenow')) > before",
        arg=[handle.element_handle(), before],
    )
    assert bound.page.evaluate("scrollY") == scrolled


def test_a_glide_ends_on_the_picture_of_the_half_step(mounted, any_bound):
    still = mounted(any_bound)
    still.go(2)
    seen = still.root.evaluate(f"root => ({MARK})(root).join()")
    moving = mounted(any_bound, reduced_motion="no-preference")
    moving.go(2)
    moving.page.wait_for_function(
        f"([root, wanted]) => ({MARK})(root).join() === wanted",
        arg=[moving.root.element_handle(), seen],
    )


def test_a_model_of_ones_own_is_drawn_as_python_computed_it(own_bound):
    steps = own_bound.state["steps"]
    assert own_bound.handles.count() == 0
    for position, step in enumerate(steps[:8]):
        own_bound.go(position)
        [theta] = step["params"].values()
        assert shown(own_bound) == [
            fixed(np.ravel(theta)[0]),
            fixed(abs(step["log_likelihood"] - step["elbo"])),
        ]
    own_bound.run()
    assert own_bound.position == len(steps) - 1


def test_a_model_of_ones_own_keeps_the_rule_of_e_and_m(own_bound):
    likelihood, below = curves(own_bound)
    theta, _ = shown(own_bound)
    own_bound.click("eStep")
    assert curves(own_bound)[0] == likelihood
    assert curves(own_bound)[1] != below
    assert shown(own_bound) == [theta, "0.0000"]
    before = curves(own_bound)
    own_bound.click("mStep")
    assert curves(own_bound) == before
    assert shown(own_bound)[0] != theta
