"""The logistic stepper: emlib's steps, good and bad learning rates, Newton, labels apart."""

import numpy as np
import pytest
from expected import fixed, short
from stepper import WORDS

from emlib import ascend
from emlib.logistic import LogisticParams, LogisticRegression

MAX_ITER = 500


def calm(value, places=12):
    """What rounding leaves of 0 is shown as 0."""
    return 0.0 if abs(value) < 0.5 * 10**-places else float(value)


def model_of(widget):
    problem = widget.state["problem"]
    return LogisticRegression(problem["x"], problem["y"], problem["ridge"])


def steps_of(widget, start=None, **options):
    options = widget.state["options"] | options
    model = model_of(widget)
    update = model.newton_step if options["newton"] else model.gradient_step(options["rate"])
    start = LogisticParams(**(start or widget.state["start"]))
    return list(ascend(model.objective, update, start, max_iter=MAX_ITER))


def here(step, places=3):
    intercept, slope = (fixed(calm(value, places), places) for value in step.params)
    return WORDS["paramsNow"].format(intercept=intercept, slope=slope)


def shown(widget):
    return widget.root.locator(".picture .value.text-1").text_content()


def ending(widget, steps):
    """The sentence that emlib's steps deserve at their end."""
    if not widget.state["problem"]["maximum"]:
        return WORDS["logisticSeparable"]
    a, b, c = (np.array(step.params) for step in steps[-3:])
    if np.linalg.norm(a - c) < 0.01 * np.linalg.norm(b - c) and np.linalg.norm(b - c) > 1e-6:
        return WORDS["logisticCycle"]
    last = steps[-1].iteration
    return WORDS["logisticLimit" if last == MAX_ITER else "logisticTop"].format(iteration=last)


def choose_rate(widget, rate):
    stops = widget.state["problem"]["stops"]["rate"]
    widget.root.get_by_role("slider", name=WORDS["rate"]).evaluate(
        "(slider, stop) => { slider.value = stop; slider.dispatchEvent(new Event('input')); }",
        stops.index(rate),
    )


def separable(widget):
    return not widget.state["problem"]["maximum"]


def test_every_step_shows_what_emlib_computes(every_logistic):
    steps = steps_of(every_logistic)
    for position, step in enumerate(steps[:9]):
        every_logistic.go(position)
        assert shown(every_logistic) == here(step)
        assert short(step.log_likelihood, 6) in every_logistic.said
        if position:
            fell = step.log_likelihood < steps[position - 1].log_likelihood
            assert ("fell" if fell else "rose") in every_logistic.said
    every_logistic.run()
    assert every_logistic.position == len(steps) - 1
    assert shown(every_logistic) == here(steps[-1])
    assert every_logistic.said.endswith(ending(every_logistic, steps))


def test_the_ledger_prints_emlibs_gradient(every_logistic):
    model = model_of(every_logistic)
    every_logistic.go(2)
    before = steps_of(every_logistic)[1].params
    p = model.probability(before)
    wanted = [
        [short(x), f"{y:g}", fixed(chance, 3), fixed(calm(y - chance, 3), 3),
         fixed(calm((y - chance) * x, 3), 3)]
        for x, y, chance in zip(model.x, model.y, p, strict=True)
    ]  # fmt: skip
    assert every_logistic.cells()[:20] == wanted[:20]
    sums = every_logistic.root.locator("tfoot td").all_inner_texts()[-2:]
    gradient = [np.sum(model.y - p), np.sum((model.y - p) * model.x)]
    assert sums == [fixed(calm(value, 4)) for value in gradient]
    after = steps_of(every_logistic)[2].params
    assert every_logistic.results() == [short(calm(value), 6) for value in after]


def test_newton_is_a_switch(every_logistic):
    turned = not every_logistic.state["options"]["newton"]
    every_logistic.go(2)
    every_logistic.switch("newton").click()
    assert every_logistic.position == 0
    steps = steps_of(every_logistic, newton=turned)
    every_logistic.run()
    assert every_logistic.position == len(steps) - 1
    assert shown(every_logistic) == here(steps[-1])
    assert every_logistic.said.endswith(ending(every_logistic, steps))


def test_the_code_is_that_of_the_method(logistic):
    for newton in (False, True):
        if logistic.switch("newton").is_checked() != newton:
            logistic.switch("newton").click()
        code = logistic.root.locator(".code").inner_text()
        assert ("def newton_step" in code) == newton
        assert ("def gradient_step" in code) != newton


@pytest.mark.parametrize("rate", [0.001, 0.03, 0.05, 0.08, 0.09, 0.1, 0.2, 0.5])
def test_every_learning_rate_ends_as_in_emlib(every_logistic, rate):
    if every_logistic.switch("newton").is_checked():
        every_logistic.switch("newton").click()
    choose_rate(every_logistic, rate)
    assert every_logistic.position == 0
    steps = steps_of(every_logistic, rate=rate, newton=False)
    every_logistic.run()
    assert every_logistic.position == len(steps) - 1
    assert shown(every_logistic) == here(steps[-1])
    assert every_logistic.said.endswith(ending(every_logistic, steps))
    assert all_inside(every_logistic)


def all_inside(widget):
    """Whether every mark of the path, the start and the ring stand on the map."""
    return widget.root.evaluate(
        """root => {
          const frame = root.querySelector(".picture .frame").getBBox();
          const marks = root.querySelectorAll(".picture :is(.route-mark, .end, .peak)");
          return [...marks].map((mark) => mark.getBBox()).every((box) => {
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            return x >= frame.x && x <= frame.x + frame.width
              && y >= frame.y && y <= frame.y + frame.height;
          });
        }"""
    )


def test_labels_that_can_be_parted_are_never_said_to_have_a_maximum(every_logistic):
    if not separable(every_logistic):
        pytest.skip("these labels overlap")
    for newton in (False, True):
        if every_logistic.switch("newton").is_checked() != newton:
            every_logistic.switch("newton").click()
        every_logistic.run()
        assert WORDS["logisticSeparable"] in every_logistic.said
        assert WORDS["logisticTop"] not in every_logistic.said
        every_logistic.press("u")
        assert every_logistic.said == WORDS["logisticSeparable"]


def test_the_even_chance_stands_where_emlib_puts_it(logistic):
    if not logistic.switch("newton").is_checked():
        logistic.switch("newton").click()
    logistic.run()
    intercept, slope = steps_of(logistic, newton=True)[-1].params
    text = WORDS["evenChance"].format(x=short(calm(-intercept / slope)))
    assert logistic.root.locator(".picture .value.text-0").text_content() == text


def start_shown(widget):
    text = widget.handles.first.get_attribute("aria-valuetext").replace("−", "-")
    intercept, slope = (float(part.split()[-1]) for part in text.split(","))
    return {"intercept": intercept, "slopes": slope}


def test_the_start_is_dragged_by_pointer_and_runs_as_in_emlib(logistic):
    handle = logistic.handles.first
    handle.scroll_into_view_if_needed()
    box = handle.locator(".touch").bounding_box()
    x, y = box["x"] + 22, box["y"] + 22
    mouse = logistic.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 50, y - 30, steps=4)
    assert logistic.said.startswith("Start:")
    mouse.up()
    after = handle.locator(".touch").bounding_box()
    assert after["x"] + 22 == pytest.approx(x - 50, abs=12)  # starts are tidy numbers
    assert after["y"] + 22 == pytest.approx(y - 30, abs=12)
    start = start_shown(logistic)
    assert start["intercept"] < logistic.state["start"]["intercept"]
    assert start["slopes"] > logistic.state["start"]["slopes"]
    steps = steps_of(logistic, start)
    logistic.run()
    assert logistic.position == len(steps) - 1
    assert shown(logistic) == here(steps[-1])


@pytest.mark.parametrize(
    ("key", "right", "up"),
    [("ArrowLeft", -1, 0), ("ArrowRight", 1, 0), ("ArrowUp", 0, 1), ("ArrowDown", 0, -1)],
)
def test_arrow_keys_move_the_start(logistic, key, right, up):
    handle = logistic.handles.first
    before = start_shown(logistic)
    handle.focus()
    logistic.page.keyboard.press(key)
    after = start_shown(logistic)
    assert np.sign(after["intercept"] - before["intercept"]) == right
    assert np.sign(after["slopes"] - before["slopes"]) == up
    assert logistic.position == 0
    assert handle.evaluate("handle => handle === document.activeElement")


def test_a_drag_that_leaves_the_map_stops_at_its_edge(logistic):
    handle = logistic.handles.first
    handle.scroll_into_view_if_needed()
    box = handle.locator(".touch").bounding_box()
    mouse = logistic.page.mouse
    mouse.move(box["x"] + 22, box["y"] + 22)
    mouse.down()
    mouse.move(box["x"] + 3000, box["y"] - 3000, steps=3)
    mouse.up()
    assert all_inside(logistic)


def test_a_second_reset_brings_the_first_start_back(logistic):
    before = logistic.seen()
    logistic.handles.first.focus()
    logistic.page.keyboard.press("ArrowUp")
    assert logistic.seen() != before
    logistic.click("reset")
    logistic.page.mouse.move(1, 1)
    assert logistic.seen() == before


def test_a_row_of_the_ledger_lights_its_observation(logistic):
    logistic.root.locator(".ledger tbody tr[data-row='2'] th").hover()
    lit = logistic.root.locator(".picture [data-lit]").evaluate_all(
        "all => all.map(({ dataset }) => dataset.row)"
    )
    assert lit == ["2"]
