"""The plane: means and points that a reader moves, types of covariance, other data, undo."""

import re

import numpy as np
import pytest
from chromium import axe
from expected import MAX_ITER, fixed, joint_of, model_of, params_of, percent, short, steps_of
from playwright.sync_api import expect
from stepper import WORDS
from test_moving_the_start import PHONE, centre, drag, finger
from test_numbers import plane_sentence

from emlib import em
from emlib.covariance import CONSTRAINTS
from emlib.widgets.plane import fitted

NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")
NOT_NUMBERS = re.compile("NaN|undefined|Infinity")


def run_agrees(plane, x, start, **options):
    """The widget, run to its end, stands where emlib ends from this start."""
    model = model_of(plane.state, **options)
    steps = list(em(model, x, fitted(model, np.array(x), start), max_iter=MAX_ITER))
    plane.run()
    assert plane.position == len(steps) - 1
    assert plane_sentence(*steps[-1].params) in plane.said


def points_of(plane):
    return np.array(plane.state["problem"]["x"])


def places(plane):
    """Where the points are drawn, (N, 2) in pixels of the picture."""
    paths = plane.root.locator(".picture .point").evaluate_all(
        "points => points.map(point => point.getAttribute('d'))"
    )
    return np.array([[float(n) for n in path[1:].split("m")[0].split()] for path in paths])


def show(plane):
    plane.root.locator(".picture").evaluate(
        "picture => picture.scrollIntoView({ block: 'center', behavior: 'instant' })"
    )


def at_point(plane, row):
    """The place of a point in the window; the picture is scrolled to."""
    show(plane)
    box = plane.root.locator(f".picture .point[data-row='{row}']").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def free_spot(plane):
    """A place in the window that is inside the frame and far from every point."""
    box = plane.root.locator(".picture .catch").bounding_box()
    picture = plane.root.locator(".picture svg").bounding_box()
    drawn = np.add(places(plane), [picture["x"], picture["y"]])
    grid = [
        (box["x"] + box["width"] * a, box["y"] + box["height"] * b)
        for a in np.linspace(0.05, 0.95, 19)
        for b in np.linspace(0.05, 0.95, 19)
    ]
    return max(grid, key=lambda spot: np.hypot(*(drawn - spot).T).min())


def use(plane, tool):
    plane.click(tool)
    expect(plane.button(tool)).to_have_attribute("aria-pressed", "true")
    show(plane)


def choose(plane, label, name):
    plane.root.get_by_role("combobox", name=WORDS[label], exact=True).select_option(label=name)


def said_place(plane):
    """The place that the sentence names, as numbers."""
    inside = re.search(r"\(([^)]*)\)", plane.said)[1]
    return [float(n.replace("−", "-")) for n in NUMBER.findall(inside)]


def ring(plane):
    mark = plane.root.locator(".picture .ring").first
    return [float(mark.get_attribute(name)) for name in ("cx", "cy")]


# ---- what a half-step may change, and its numbers ----


def test_an_e_step_changes_only_colours_and_an_m_step_only_ellipses_and_means(plane):
    at, colours, params = places(plane), plane.shares(), plane.params()
    plane.go(1)
    assert plane.params() == params
    assert plane.shares() != colours
    colours = plane.shares()
    plane.go(2)
    assert plane.shares() == colours
    assert all(now != before for now, before in zip(plane.params(), params, strict=True))
    assert (places(plane) == at).all()


def test_points_are_coloured_by_emlibs_shares(plane):
    plane.go(3)
    posterior = steps_of(plane.state)[3].posterior
    drawn = plane.shares()
    table = [[drawn[str(n)].get(str(k), 0) for k in range(2)] for n in range(len(posterior))]
    np.testing.assert_allclose(table, posterior, atol=0.006)  # whole percents


def test_the_marks_name_the_most_probable_component(plane):
    plane.go(1)
    posterior = steps_of(plane.state)[1].posterior
    classes = plane.root.locator(".picture .point").evaluate_all(
        "points => points.map(point => point.classList[1])"
    )
    assert classes == [f"fill-{k}" for k in posterior.argmax(axis=1)]
    shapes = plane.root.locator(".picture .point").evaluate_all(
        "points => points.map(point => point.getAttribute('d').split('m')[1])"
    )
    assert len(set(zip(classes, shapes, strict=True))) == len(set(classes))


def test_the_e_ledger_prints_emlibs_products_and_shares(plane):
    plane.go(1)
    step = steps_of(plane.state)[1]
    n = chosen_row(plane)
    joint = joint_of(plane.state, step)[n]
    assert plane.cells() == [
        [
            "ABCDEF"[k],
            short(weight),
            short(joint[k] / weight),
            short(joint[k]),
            fixed(step.posterior[n][k]),
        ]
        for k, weight in enumerate(step.params.weights)
    ]
    best = step.posterior[n].argmax()
    assert f"is now {percent(step.posterior[n][best])} component {'ABCDEF'[best]}" in plane.said


def chosen_row(plane):
    return int(np.hypot(*(places(plane) - ring(plane)).T).argmin())


@pytest.mark.parametrize("kind", CONSTRAINTS)
def test_the_m_ledger_prints_emlibs_parameters(plane, kind):
    choose(plane, "covariance", WORDS[kind])
    plane.go(2)
    model = model_of(plane.state, covariance=kind)
    start = fitted(model, points_of(plane), params_of(plane.state))
    step = list(em(model, points_of(plane), start, max_iter=1))[2]
    wanted = []
    for count, weight, mean, cov in zip(step.posterior.sum(axis=0), *step.params, strict=True):
        vector = f"({', '.join(short(value, 5) for value in mean)})"
        matrix = f"[{'; '.join(' '.join(short(value + 0.0) for value in row) for row in cov)}]"
        wanted += [short(count, 6), short(weight, 6), vector, matrix]
    assert plane.results() == wanted


# ---- the start ----


def test_a_dragged_mean_runs_as_in_emlib(plane):
    drag(plane, plane.handles.first, 60, -50)
    place = [float(part.split()[-1]) for part in valuetext(plane.handles.first).split(", ")]
    start = params_of(plane.state)
    means = np.array(start.means)
    assert place[0] > means[0, 0]
    assert place[1] > means[0, 1]
    means[0] = place
    run_agrees(plane, points_of(plane), start._replace(means=means))


def valuetext(handle):
    return handle.get_attribute("aria-valuetext").replace("−", "-")


def test_a_mean_goes_both_ways_by_arrow_keys(plane):
    handle = plane.handles.last
    handle.focus()
    seen = [centre(handle)]
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft", "Shift+ArrowUp"):
        plane.page.keyboard.press(key)
        seen.append(centre(handle))
    moves = np.diff(seen, axis=0)
    assert (moves[:4, 0].round() != 0).tolist() == [False, True, False, True]
    assert (moves[:4, 1].round() != 0).tolist() == [True, False, True, False]
    assert moves[0, 1] < 0 < moves[1, 0]
    assert moves[4, 1] == pytest.approx(10 * moves[0, 1], abs=3)


def test_a_mean_says_its_place_in_both_features(plane):
    first, second = plane.state["problem"]["features"]
    for k, handle in enumerate(plane.handles.all()):
        assert handle.get_attribute("aria-label") == WORDS["meanOf"].format(name="ABCDEF"[k])
        mean = plane.state["start"]["means"][k]
        wanted = f"{first} {short(mean[0])}, {second} {short(mean[1])}"
        assert handle.get_attribute("aria-valuetext") == wanted


# ---- the model ----


@pytest.mark.parametrize("size", range(1, 7))
def test_any_number_of_components_runs(plane, size):
    choose(plane, "components", str(size))
    assert plane.position == 0
    expect(plane.handles).to_have_count(size)
    expect(plane.root.locator(".picture .ellipse")).to_have_count(2 * size)
    plane.go(2)
    assert len(plane.results()) == 4 * size
    plane.run()
    assert plane.said.count("mean ") == size
    markup = plane.root.locator(".emlib-live").inner_html()
    assert not NOT_NUMBERS.search(markup)


def test_one_component_is_the_mean_of_the_data(plane):
    choose(plane, "components", "1")
    plane.go(2)
    place = ", ".join(short(value) for value in points_of(plane).mean(axis=0))
    assert f"mean A at ({place}), weight 1" in plane.said


def test_fewer_components_keep_the_means_of_those_that_stay(plane):
    before = plane.handles.first.get_attribute("aria-valuetext")
    choose(plane, "components", "5")
    choose(plane, "components", "2")
    assert plane.handles.first.get_attribute("aria-valuetext") == before


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("kind", CONSTRAINTS)
def test_every_type_of_covariance_is_emlibs(plane, kind, hard):
    choose(plane, "covariance", WORDS[kind])
    if hard != plane.state["options"]["hard"]:
        plane.switch("hard").click()
    run_agrees(plane, points_of(plane), params_of(plane.state), covariance=kind, hard=hard)


def test_other_data_come_with_their_own_start(plane):
    for one in plane.state["problem"]["sets"][::-1]:
        choose(plane, "data", one["name"] or WORDS["asGiven"])
        assert plane.position == 0
        assert len(places(plane)) == len(one["x"])
        assert one["features"][0] in plane.root.locator(".picture").inner_text()
        run_agrees(plane, one["x"], params_of(plane.state, one["start"]))
        plane.click("reset")
        plane.click("reset")
        run_agrees(plane, one["x"], params_of(plane.state, one["start"]))


# ---- the points ----


def test_a_click_adds_a_point_and_em_runs_with_it(plane):
    plane.go(2)
    use(plane, "addPoints")
    plane.page.mouse.click(*free_spot(plane))
    assert plane.position == 0
    size = len(points_of(plane)) + 1
    assert f"{size} points" in plane.said
    point = said_place(plane)
    assert len(places(plane)) == size
    run_agrees(plane, [*points_of(plane).tolist(), point], params_of(plane.state))


def test_a_point_is_dragged_and_em_runs_with_it(plane):
    use(plane, "movePoints")
    x, y = at_point(plane, 5)
    before = places(plane)
    mouse = plane.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 40, y - 30, steps=4)
    assert plane.said.startswith("From this start EM takes ")
    mouse.up()
    moved = places(plane) - before
    row = int(np.hypot(*moved.T).argmax())
    assert moved[row] == pytest.approx([40, -30], abs=12)  # it may have been a neighbour
    assert (np.delete(moved, row, axis=0) == 0).all()
    assert plane.position == 0
    plane.go(1)
    data = points_of(plane)
    data[row] = said_place(plane)
    run_agrees(plane, data, params_of(plane.state))


def test_a_click_deletes_a_point_and_em_runs_without_it(plane):
    use(plane, "deletePoints")
    plane.page.mouse.click(*at_point(plane, 7))
    assert f"{len(points_of(plane)) - 1} points" in plane.said
    gone = np.hypot(*(points_of(plane) - said_place(plane)).T).argmin()
    run_agrees(plane, np.delete(points_of(plane), gone, axis=0), params_of(plane.state))


def test_a_click_beside_all_points_deletes_none(plane):
    use(plane, "deletePoints")
    plane.page.mouse.click(*free_spot(plane))
    assert plane.said == WORDS["noPointHere"]
    assert len(places(plane)) == len(points_of(plane))


def test_the_keyboard_adds_a_point(plane):
    use(plane, "addPoints")
    expect(plane.handles).to_have_count(1)
    cursor = plane.handles.first
    cursor.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp", "Enter"):
        plane.page.keyboard.press(key)
    place = [float(part.split()[-1]) for part in valuetext(cursor).split(", ")]
    assert said_place(plane) == pytest.approx(place)
    assert len(places(plane)) == len(points_of(plane)) + 1
    assert cursor.evaluate("cursor => cursor === document.activeElement")


def test_the_keyboard_moves_the_chosen_point(plane):
    use(plane, "movePoints")
    row = chosen_row(plane)
    before = places(plane)
    plane.handles.first.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        plane.page.keyboard.press(key)
    moved = places(plane) - before
    assert moved[row, 0] > 0 < moved[row, 1]
    assert (np.delete(moved, row, axis=0) == 0).all()


def test_the_keyboard_deletes_the_point_in_the_ring(plane):
    use(plane, "deletePoints")
    cursor = plane.handles.first
    cursor.focus()
    plane.page.keyboard.press("Shift+ArrowLeft")
    row = chosen_row(plane)
    told = [float(part.split()[-1]) for part in valuetext(cursor).split(", ")]
    np.testing.assert_allclose(told, points_of(plane)[row], rtol=1e-3)
    plane.page.keyboard.press("Enter")
    assert len(places(plane)) == len(points_of(plane)) - 1
    assert said_place(plane) == pytest.approx(told)


def test_the_points_cannot_become_fewer_than_the_components(plane):
    choose(plane, "components", "1")
    use(plane, "deletePoints")
    cursor = plane.handles.first
    cursor.focus()
    for _ in range(len(points_of(plane))):
        plane.page.keyboard.press("Enter")
    assert plane.said == WORDS["tooFew"].format(fewest=1)
    assert len(places(plane)) == 1
    plane.run()
    assert not NOT_NUMBERS.search(plane.root.locator(".emlib-live").inner_html())
    assert WORDS["saidCollapsed"].format(name="A") in plane.said


def test_pointing_at_a_point_chooses_it(plane):
    plane.go(1)
    said = plane.said
    plane.page.mouse.move(*at_point(plane, 3))
    place = f"({', '.join(short(value) for value in points_of(plane)[chosen_row(plane)])})"
    assert place in plane.said != said
    x, y = at_point(plane, 3)
    picture = plane.root.locator(".picture svg").bounding_box()
    assert np.hypot(*np.add(ring(plane), [picture["x"] - x, picture["y"] - y])) < 12
    lit = plane.root.locator(".picture .point[data-lit]")
    expect(lit.first).to_be_visible()


@pytest.mark.parametrize("tool", ["addPoints", "movePoints", "deletePoints"])
def test_axe_finds_nothing_with_a_tool_in_hand(plane, tool):
    use(plane, tool)
    plane.handles.first.focus()
    assert axe(plane.page, ".emlib-widget") == []


# ---- undo ----


def test_undo_takes_back_the_last_changes_one_by_one(plane):
    seen = [plane.seen()[0]]

    def note():
        plane.page.mouse.move(1, 1)
        seen.append(plane.seen()[0])

    drag(plane, plane.handles.first, 40, 20)
    note()
    choose(plane, "components", "3")
    note()
    choose(plane, "covariance", WORDS["diagonal"])
    note()
    for wanted, act in zip(
        seen[-2::-1],
        (
            lambda: plane.press("z"),
            lambda: plane.click("undo"),
            lambda: plane.press("Control+z"),
        ),
        strict=True,
    ):
        act()
        plane.page.mouse.move(1, 1)
        assert plane.said == WORDS["undone"]
        assert plane.seen()[0] == wanted
    plane.click("undo")
    assert plane.said == WORDS["nothingToUndo"]
    assert plane.seen()[0] == seen[0]
    expect(plane.button("undo")).to_have_attribute("aria-disabled", "true")


def test_undo_brings_points_back_and_the_half_step_on_the_screen(plane):
    plane.go(3)
    use(plane, "deletePoints")
    before = plane.seen()[0]
    plane.page.mouse.click(*at_point(plane, 7))
    assert plane.position == 0
    plane.press("z")
    plane.page.mouse.move(1, 1)
    assert plane.position == 3
    assert plane.seen()[0] == before


def test_a_drag_is_undone_as_one_change(plane):
    before = plane.seen()[0]
    drag(plane, plane.handles.first, 40, 20)  # several moves of the pointer
    plane.press("z")
    plane.page.mouse.move(1, 1)
    assert plane.seen()[0] == before


def test_undo_after_other_data(plane):
    sets = plane.state["problem"]["sets"]
    if len(sets) < 2:
        pytest.skip("this widget has one set of data")
    here = next(n for n, one in enumerate(sets) if one["x"] == plane.state["problem"]["x"])
    before = plane.seen()[0]
    choose(plane, "data", sets[here - 1]["name"] or WORDS["asGiven"])
    plane.click("undo")
    plane.page.mouse.move(1, 1)
    assert plane.seen()[0] == before
    run_agrees(plane, points_of(plane), params_of(plane.state))


# ---- touch ----


def test_a_tap_adds_a_point_and_the_page_still_scrolls(mounted, any_plane):
    plane = mounted(any_plane, **PHONE)
    touch = finger(plane.page)
    use(plane, "addPoints")
    x, y = free_spot(plane)
    plane.page.touchscreen.tap(x, y)
    assert len(places(plane)) == len(points_of(plane)) + 1
    scrolled = plane.page.evaluate("scrollY")
    touch("Start", (x, y))
    for step in range(1, 8):
        touch("Move", (x, y - 15 * step))
    touch("End")
    plane.page.wait_for_function("before => scrollY > before", arg=scrolled)


def test_a_finger_moves_a_point_and_the_page_stays(mounted, any_plane):
    plane = mounted(any_plane, **PHONE)
    touch = finger(plane.page)
    use(plane, "movePoints")
    x, y = at_point(plane, 5)
    before, scrolled = places(plane), plane.page.evaluate("scrollY")
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x + 6 * step, y + 8 * step))
    touch("End")
    assert (places(plane) != before).any(axis=1).sum() == 1
    assert plane.page.evaluate("scrollY") == scrolled
