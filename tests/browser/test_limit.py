"""From a mixture to K-means: the slider, the borders, the means, the numbers."""

import re

import numpy as np
import pytest
from expected import fixed, short
from playwright.sync_api import expect
from stepper import WORDS
from test_moving_the_start import PHONE, centre, drag, finger

from emlib import KMeansParams, em
from emlib.widgets.limit import of_variance

MARKS = """(root) => {
  const each = (marks, tell) => [...root.querySelectorAll(`.picture ${marks}`)].map(tell);
  const form = (mark) => mark.getAttribute("d");
  return {
    means: each(".mean", form), circles: each(".ellipse", form), bands: each(".band", form),
    edges: each(".edge", form), ways: each(".way", form),
    strength: each(".edge", (mark) => Number(mark.getAttribute("stroke-opacity"))),
    points: each(".point", (mark) => [mark.getAttribute("class"), mark.getAttribute("style")]),
  };
}"""
MOVED_BY_M = ("means", "circles", "bands", "edges", "ways")


def marks(widget):
    return widget.root.evaluate(MARKS)


def slider(widget):
    return widget.root.get_by_role("slider", name=WORDS["variance"])


def slide(widget, variance):
    """Take the slider to one of its stops, as its own input event."""
    stop = widget.state["problem"]["stops"]["variance"].index(variance)
    slider(widget).evaluate(
        "(slider, stop) => { slider.value = stop; slider.dispatchEvent(new Event('input')); }",
        stop,
    )


def steps_of(widget, variance=None, means=None):
    state = widget.state
    variance = state["options"]["variance"] if variance is None else variance
    start = KMeansParams(np.array(state["start"]["means"] if means is None else means, float))
    return list(em(of_variance(variance), np.array(state["problem"]["x"]), start, max_iter=500))


def sentence_of(step):
    return ", ".join(
        WORDS["meanIs"].format(name="ABCDEF"[k], mean=place(mean))
        for k, mean in enumerate(step.params.means)
    )


def middle_of(widget):
    """The point whose arithmetic is shown first: the one nearest to the mean of all."""
    x = np.array(widget.state["problem"]["x"])
    return ((x - x.mean(axis=0)) ** 2).sum(axis=1).argmin()


def place(mean):
    return f"({', '.join(short(value) for value in mean)})"


def means_shown(widget):
    """Every mean as its handle tells it to a screen reader."""
    texts = [handle.get_attribute("aria-valuetext") for handle in widget.handles.all()]
    return [
        [float(n) for n in re.findall(r"-?[\d.]+$|-?[\d.]+(?=,)", t.replace("−", "-"))]
        for t in texts
    ]


def test_every_half_step_says_what_emlib_computes(limit):
    for position, step in enumerate(steps_of(limit)[:8]):
        limit.go(position)
        if step.kind != "E":
            assert sentence_of(step) in limit.said
        else:
            shares = [cells[-1] for cells in limit.cells()]
            assert shares == [fixed(share) for share in step.posterior[middle_of(limit)]]


def test_an_e_step_changes_colours_alone_and_an_m_step_means_alone(limit):
    for variance in limit.state["problem"]["stops"]["variance"][::5]:
        slide(limit, variance)
        limit.click("reset")
        start = marks(limit)
        limit.go(1)
        seen = marks(limit)
        assert [start[name] for name in MOVED_BY_M] == [seen[name] for name in MOVED_BY_M]
        assert start["points"] != seen["points"]
        limit.go(2)
        moved = marks(limit)
        assert seen["points"] == moved["points"]
        assert seen["means"] != moved["means"]
        limit.click("reset")


def test_the_slider_shows_the_end_of_every_run_and_the_edges_grow(limit):
    limit.run()
    strengths = []
    for variance in limit.state["problem"]["stops"]["variance"]:
        slide(limit, variance)
        steps = steps_of(limit, variance)
        assert limit.position == len(steps) - 1
        assert sentence_of(steps[-1]) in limit.said
        shown = marks(limit)
        strengths.append(max(shown["strength"], default=0))
        assert (shown["bands"] == []) == (variance == 0)
        assert (shown["circles"] == []) == (variance == 0)
    if limit.state["problem"]["stops"]["variance"][-1] == 0:
        assert strengths[-1] == 1
    assert strengths[0] == 0


def test_the_slider_keeps_the_half_step(limit):
    limit.go(3)
    slide(limit, limit.state["problem"]["stops"]["variance"][-1])
    assert limit.position == 3
    assert limit.said.startswith(WORDS["saidAssign"].split("{")[0])


def test_the_slider_works_by_keys_and_says_its_value(limit):
    stops = limit.state["problem"]["stops"]["variance"]
    knob = slider(limit)
    knob.focus()
    at = int(knob.input_value())
    limit.page.keyboard.press("ArrowRight")
    assert knob.get_attribute("aria-valuetext") == short(stops[at + 1])
    limit.page.keyboard.press("End")
    assert knob.get_attribute("aria-valuetext") == short(stops[-1])
    assert knob.evaluate("knob => knob === document.activeElement")


def test_above_the_largest_variance_the_means_fall_together_and_the_sentence_says_so(limit):
    x = np.array(limit.state["problem"]["x"])
    largest = np.linalg.eigvalsh(np.cov(x.T, bias=True))[1]
    limit.run()
    for variance in limit.state["problem"]["stops"]["variance"]:
        slide(limit, variance)
        above = WORDS["aboveCritical"].format(variance=short(variance), critical=short(largest))
        assert (above in limit.said) == (variance > largest)


def test_the_objective_and_its_soft_form_are_emlibs(limit):
    x = np.array(limit.state["problem"]["x"])
    limit.run()
    for variance in limit.state["problem"]["stops"]["variance"]:
        slide(limit, variance)
        last = steps_of(limit, variance)[-1]
        squares = ((x[:, None] - last.params.means) ** 2).sum(axis=2)
        wanted = [squares.min(axis=1).sum()]
        if variance:
            sizes = np.log(squares.shape[1]) + np.log(2 * np.pi * variance)
            wanted.append(-2 * variance * (last.log_likelihood + len(x) * sizes))
        lines = [line.replace("−", "-") for line in limit.results()[-len(wanted) :]]
        assert [float(line) for line in lines] == pytest.approx(wanted, rel=2e-6)


def test_a_mean_is_dragged_in_both_directions(limit):
    limit.go(2)
    handle = limit.handles.first
    before, (x, y) = means_shown(limit)[0], centre(handle)
    drag(limit, handle, 40, -30)
    assert limit.position == 0
    after = means_shown(limit)[0]
    assert after[0] > before[0] and after[1] > before[1]
    assert centre(limit.handles.first) == pytest.approx((x + 40, y - 30), abs=4)
    limit.run()
    start = np.array(means_shown_at_start(limit))
    assert sentence_of(steps_of(limit, means=start)[-1]) in limit.said


def means_shown_at_start(widget):
    widget.click("reset")
    means = means_shown(widget)
    widget.run()
    return means


def test_arrow_keys_move_a_mean_in_both_directions(limit):
    handle = limit.handles.last
    handle.focus()
    before = means_shown(limit)[-1]
    for key, axis, sign in (
        ("ArrowRight", 0, 1), ("ArrowUp", 1, 1), ("ArrowLeft", 0, -1), ("ArrowDown", 1, -1)
    ):  # fmt: skip
        limit.page.keyboard.press(key)
        after = means_shown(limit)[-1]
        assert (after[axis] - before[axis]) * sign > 0
        assert after[1 - axis] == before[1 - axis]
        before = after
    assert handle.evaluate("handle => handle === document.activeElement")


def test_a_finger_drags_a_mean_and_the_page_stays(mounted, any_limit):
    limit = mounted(any_limit, **PHONE)
    touch = finger(limit.page)
    handle = limit.handles.first
    handle.scroll_into_view_if_needed()
    scrolled, before = limit.page.evaluate("scrollY"), means_shown(limit)[0]
    x, y = centre(handle)
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x + 8 * step, y - 6 * step))
    touch("End")
    expect(handle).not_to_have_attribute("aria-valuenow", str(before[0]))
    assert limit.page.evaluate("scrollY") == scrolled
    after = means_shown(limit)[0]
    assert after[0] > before[0] and after[1] > before[1]


def test_the_point_under_the_pointer_is_chosen_and_the_slider_chooses_too(limit):
    limit.go(1)
    x = limit.state["problem"]["x"]
    point = limit.root.locator(".picture .point[data-row='1']")
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    limit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chosen = limit.root.locator(".ledger .observation")
    expect(chosen).to_contain_text(place(x[1]))
    choose = chosen.get_by_role("slider")
    choose.focus()
    limit.page.keyboard.press("Home")
    expect(chosen).to_contain_text(place(min(x)))


def test_presets_and_reset(limit):
    if not limit.presets.count():
        pytest.skip("this widget has no list of starts")
    slide(limit, 0)
    for number, preset in enumerate(limit.state["problem"]["presets"]):
        limit.presets.select_option(str(number))
        limit.run()
        steps = steps_of(limit, 0, preset["start"]["means"])
        assert limit.position == len(steps) - 1
        assert sentence_of(steps[-1]) in limit.said
    limit.click("reset")
    limit.click("reset")
    assert sentence_of(steps_of(limit)[0]) in limit.said
    assert slider(limit).get_attribute("aria-valuetext") == "0"
