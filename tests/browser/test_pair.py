"""K-means and a mixture side by side: agreement, data sets, starts, and what a half-step moves."""

import re

import numpy as np
import pytest
from expected import fixed
from playwright.sync_api import expect
from sklearn.metrics import adjusted_rand_score
from stepper import WORDS
from test_limit import means_shown, place
from test_moving_the_start import PHONE, centre, drag, finger

from emlib import GaussianParams
from emlib.widgets.pair import side_by_side

RUNS = ("kMeans", "mixture")
MARKS = """(root) => [...root.querySelectorAll(".picture .panel")].map((panel) => {
  const each = (marks, tell) => [...panel.querySelectorAll(marks)].map(tell);
  const form = (mark) => mark.getAttribute("d");
  return {
    means: each(".mean", form), ellipses: each(".ellipse", form), edges: each(".edge", form),
    points: each(".point", (mark) => [mark.getAttribute("class"), mark.getAttribute("style")]),
  };
})"""


def marks(widget):
    return widget.root.evaluate(MARKS)


def data_sets(widget):
    return widget.state["problem"]["sets"]


def choose(widget, name):
    if len(data_sets(widget)) > 1:
        widget.root.get_by_role("combobox", name=WORDS["data"]).select_option(label=name)


def steps_of(widget, name, start=None):
    data = data_sets(widget)[name]
    start = {key: np.array(value) for key, value in (start or data["start"]).items()}
    return side_by_side(np.array(data["x"]), GaussianParams(**start))


def scores(widget):
    """The adjusted Rand index under either picture, as it is printed."""
    texts = widget.root.locator(".picture .score").all_inner_texts()
    return [re.search(r"[−\d.]+", text.split("·")[0])[0] for text in texts]


def wanted(widget, name, step):
    labels = data_sets(widget)[name]["labels"]
    return [
        fixed(adjusted_rand_score(labels, one.posterior.argmax(axis=1)), 3)
        for one in (step.kmeans, step.mixture)
    ]


def test_the_agreement_on_the_screen_is_scikit_learns(pair):
    for name in data_sets(pair):
        choose(pair, name)
        for position, step in enumerate(steps_of(pair, name)[:12]):
            pair.go(position)
            if step.kind != "start":
                assert scores(pair) == wanted(pair, name, step)
            if step.kind == "E":
                left, right = scores(pair)
                assert WORDS["saidEPair"].format(left=left, right=right) in pair.said


def test_both_runs_end_where_emlib_ends(pair):
    for name in data_sets(pair):
        choose(pair, name)
        steps = steps_of(pair, name)
        pair.run()
        assert pair.position == len(steps) - 1
        assert scores(pair) == wanted(pair, name, steps[-1])
        for run, one in zip(RUNS, (steps[-1].kmeans, steps[-1].mixture)):
            ended = WORDS["runHasStopped"].format(name=WORDS[run], iteration=one.iteration)
            assert (ended in pair.said) == (one.iteration < 500)
        results = pair.results()
        for k, mean in enumerate(steps[-1].kmeans.params.means):
            assert results[4 * k] == place(mean)
        for k, mean in enumerate(steps[-1].mixture.params.means):
            assert results[4 * k + 2] == place(mean)


def test_an_e_step_changes_colours_alone_and_an_m_step_means_alone(pair):
    start = marks(pair)
    pair.go(1)
    seen = marks(pair)
    pair.go(2)
    moved = marks(pair)
    for run in (0, 1):
        for name in ("means", "ellipses", "edges"):
            assert start[run][name] == seen[run][name]
        assert start[run]["points"] != seen[run]["points"]
        assert seen[run]["points"] == moved[run]["points"]
        assert seen[run]["means"] != moved[run]["means"]
    assert seen[0]["edges"] != moved[0]["edges"] and seen[1]["edges"] == []
    assert seen[1]["ellipses"] != moved[1]["ellipses"] and seen[0]["ellipses"] == []


def test_both_begin_at_the_same_means_and_the_shorter_run_stays(pair):
    start = marks(pair)
    assert start[0]["means"] == start[1]["means"]
    steps = steps_of(pair, next(iter(data_sets(pair))))
    ends = [steps[-1].kmeans.iteration, steps[-1].mixture.iteration]
    run, first = (0, ends[0]) if ends[0] < ends[1] else (1, ends[1])
    pair.go(2 * first)
    before = marks(pair)[run]
    score = pair.root.locator(".picture .score").nth(run)
    expect(score).to_contain_text(WORDS["runStopped"].format(iteration=first))
    pair.go(2 * first + 2)
    assert marks(pair)[run] == before
    expect(score).to_contain_text(WORDS["runStopped"].format(iteration=first))


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (768, True), (360, False)])
def test_the_pictures_stand_beside_or_above_each_other(mounted, any_pair, width, beside):
    pair = mounted(any_pair, viewport={"width": width, "height": 900})
    first, second = (panel.bounding_box() for panel in pair.root.locator(".panel").all())
    if width == 768:  # the page's own margins decide
        beside = first["y"] == second["y"]
    assert (first["y"] == second["y"]) == beside
    assert (first["x"] == second["x"]) != beside
    assert pair.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_another_data_set_has_its_own_start_and_starts(pair):
    names = list(data_sets(pair))
    if len(names) < 2:
        pytest.skip("this widget has one data set")
    pair.go(3)
    for name in names[1:] + names[:1]:
        choose(pair, name)
        assert (pair.position, pair.last) == (0, 0)
        shown = means_shown(pair)
        means = data_sets(pair)[name]["start"]["means"]
        assert shown == pytest.approx(np.array(means + means), rel=1e-3, abs=1e-3)
        own = [one["name"] for one in pair.state["problem"]["presets"] if one["data"] == name]
        offered = pair.presets.locator("option:not([disabled])")
        assert (offered.all_inner_texts() if pair.presets.count() else []) == own


def test_a_preset_runs_as_in_emlib(pair):
    first = next(iter(data_sets(pair)))
    presets = [one for one in pair.state["problem"]["presets"] if one.get("data", first) == first]
    for number, preset in enumerate(presets):
        pair.presets.select_option(str(number))
        pair.run()
        steps = steps_of(pair, first, preset["start"])
        assert pair.position == len(steps) - 1
        assert scores(pair) == wanted(pair, first, steps[-1])


def test_a_mean_dragged_in_either_picture_moves_in_both(pair):
    size = pair.handles.count() // 2
    for number in (0, size):
        pair.go(2)
        pair.click("reset")
        before = means_shown(pair)
        drag(pair, pair.handles.nth(number), 30, -20)
        after = means_shown(pair)
        assert after[0] == after[size] != before[0]
        assert after[0][0] > before[0][0] and after[0][1] > before[0][1]
        assert after[1] == before[1]
    assert pair.position == 0
    name = next(iter(data_sets(pair)))
    start = data_sets(pair)[name]["start"] | {"means": means_shown(pair)[:size]}
    pair.run()
    steps = steps_of(pair, name, start)
    assert pair.position == len(steps) - 1
    assert scores(pair) == wanted(pair, name, steps[-1])


def test_a_second_reset_brings_the_first_start_of_the_data_back(pair):
    for name in data_sets(pair):
        choose(pair, name)
        before = marks(pair)
        drag(pair, pair.handles.first, 30, 20)
        assert marks(pair) != before
        pair.click("reset")
        assert marks(pair) == before


def test_a_finger_drags_a_mean_and_the_page_stays(mounted, any_pair):
    pair = mounted(any_pair, **PHONE)
    touch = finger(pair.page)
    handle = pair.handles.last
    handle.scroll_into_view_if_needed()
    scrolled, before = pair.page.evaluate("scrollY"), means_shown(pair)[-1]
    x, y = centre(handle)
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x - 6 * step, y - 6 * step))
    touch("End")
    expect(handle).not_to_have_attribute("aria-valuenow", str(before[0]))
    assert pair.page.evaluate("scrollY") == scrolled
    assert means_shown(pair)[-1][1] > before[1]


def test_the_chosen_point_is_the_same_in_both_pictures(pair):
    pair.go(1)
    point = pair.root.locator(".panel").nth(1).locator(".point[data-row='7']")
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    pair.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    first = next(iter(data_sets(pair).values()))
    rings = pair.root.locator(".panel .ring")
    assert rings.count() == 2
    assert len({(ring.get_attribute("cx"), ring.get_attribute("cy")) for ring in rings.all()}) == 1
    text = pair.root.locator(".ledger .observation").inner_text()
    chosen = [one for one in first["x"] if place(one) in text]
    assert chosen and np.hypot(*np.subtract(chosen[0], first["x"][7])) < 1
