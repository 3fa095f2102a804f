"""The likelihood explorer shows what emlib computes, and its points slide along their curves."""

from itertools import pairwise

import numpy as np
import pytest
from expected import fixed, short
from stepper import WORDS

from emlib.likelihood import Bag, BagParams, Normal, NormalParams, climb

SYMBOLS = {"black": "p", "mean": "μ", "sd": "σ"}


def model_of(widget):
    problem = widget.state["problem"]
    return Bag(problem["draws"]) if problem["model"] == "bag" else Normal()


def params_of(widget, **start):
    kind = BagParams if widget.state["problem"]["model"] == "bag" else NormalParams
    return kind(**(start or widget.state["start"]))


def steps_of(widget, **start):
    return list(climb(model_of(widget), widget.state["problem"]["x"], params_of(widget, **start)))


def labels(widget):
    """The values of the parameters as they ride on their curves."""
    texts = widget.root.locator(".picture .value").all_text_contents()
    return [text for text in texts if " = " in text]


def labels_of(step):
    values = step.params._asdict().items()
    return [f"{SYMBOLS[n]} = {fixed(v, 4 if n == 'black' else 3)}" for n, v in values]


def sizes(widget, marks, side="height"):
    return np.array(
        widget.root.locator(f".picture {marks}").evaluate_all(
            f"all => all.map((mark) => mark.getBBox().{side})"
        )
    )


def start_shown(widget):
    values = [float(handle.get_attribute("aria-valuenow")) for handle in widget.handles.all()]
    return dict(zip(widget.state["start"], values, strict=True))


def drag(widget, handle, dx):
    handle.scroll_into_view_if_needed()
    box = handle.locator(".touch").bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + 22, box["y"] + 22)
    mouse.down()
    mouse.move(box["x"] + 22 + dx, box["y"] + 22, steps=4)
    return mouse


def test_every_step_shows_what_emlib_computes(every_explorer):
    steps = steps_of(every_explorer)
    for position, step in enumerate(steps):
        every_explorer.go(position)
        assert labels(every_explorer) == labels_of(step)
        assert fixed(step.log_likelihood) in every_explorer.said
        visited = every_explorer.root.locator(".picture .visited")
        assert visited.count() == (position + 1) * len(step.params)
    assert every_explorer.position == len(steps) - 1


def test_the_sticks_of_a_bag_are_the_probabilities_of_its_counts(bag):
    draws = bag.state["problem"]["draws"]
    counts = np.arange(draws + 1)
    for position, step in enumerate(steps_of(bag)):
        bag.go(position)
        chances = np.exp(Bag(draws).log_density(counts, step.params))
        heights = sizes(bag, ".stick")
        np.testing.assert_allclose(heights / heights.max(), chances / chances.max(), atol=0.01)
    seen = bag.root.locator(".picture .stick.fill-0")
    assert seen.count() == len(set(bag.state["problem"]["x"]))


def test_the_ledger_of_a_bag_adds_up_the_log_likelihood(bag):
    step = steps_of(bag)[0]
    x = bag.state["problem"]["x"]
    each = [fixed(value) for value in model_of(bag).log_density(x, step.params)]
    assert bag.results()[: len(each)] == each
    assert short(np.exp(step.log_likelihood)) in bag.ledger
    score, information = (
        float(method(x, step.params).black) for method in (model_of(bag).score, Bag(10).information)
    )
    assert f"= {short(score, 5)}; {WORDS['informationIs']} {short(information, 5)}" in bag.ledger


def test_the_sticks_of_a_sample_are_the_densities(sample):
    x = sample.state["problem"]["x"]
    for position, step in enumerate(steps_of(sample)):
        sample.go(position)
        densities = np.exp(Normal().log_density(x, step.params))
        heights = sizes(sample, ".stem")
        np.testing.assert_allclose(heights / heights.max(), densities / densities.max(), atol=0.01)


def test_the_ledger_of_a_sample_adds_up_the_log_likelihood(sample):
    x = sample.state["problem"]["x"]
    sample.go(1)
    step = steps_of(sample)[1]
    logs = Normal().log_density(x, step.params)
    z = (np.array(x) - step.params.mean) / step.params.sd
    wanted = [
        [short(value), fixed(at, 3), short(np.exp(log)), fixed(log)]
        for value, at, log in zip(x, z, logs, strict=True)
    ]
    assert sample.cells()[: len(x)] == wanted[:12]
    assert sample.root.locator("tfoot td").last.inner_text() == fixed(step.log_likelihood)
    assert sample.results()[:2] == [short(float(value), 5) for value in step.params]


def test_the_points_that_were_visited_lie_where_their_log_likelihood_is(explorer):
    steps = steps_of(explorer)
    explorer.run()
    tops = explorer.root.locator(".picture .visited").evaluate_all(
        "all => all.map((mark) => mark.cy.baseVal.value)"
    )[: len(steps)]
    heights = [step.log_likelihood for step in steps]
    rows = [n for n in range(len(steps)) if heights[n] > heights[-1] - 10]
    slope = (tops[rows[0]] - tops[-1]) / (heights[rows[0]] - heights[-1])
    wanted = [tops[-1] + slope * (heights[n] - heights[-1]) for n in rows]
    np.testing.assert_allclose([tops[n] for n in rows], wanted, atol=0.2)
    assert all(after <= before + 0.1 for before, after in pairwise(tops))


@pytest.mark.parametrize("dx", [-40, 50])
def test_a_point_slides_along_its_curve_and_climbs_from_there(explorer, dx):
    for number in range(explorer.handles.count()):
        before = start_shown(explorer)
        drag(explorer, explorer.handles.nth(number), dx)
        assert "log-likelihood" in explorer.said  # it speaks while it slides
        explorer.page.mouse.up()
        after = start_shown(explorer)
        name = list(before)[number]
        assert (after[name] - before[name]) * dx > 0
        assert {n: v for n, v in after.items() if n != name} == pytest.approx(
            {n: v for n, v in before.items() if n != name}
        )
    steps = steps_of(explorer, **start_shown(explorer))
    assert explorer.position == 0
    assert labels(explorer) == labels_of(steps[0])
    assert fixed(steps[0].log_likelihood) in explorer.said
    explorer.run()
    assert explorer.position == len(steps) - 1
    assert labels(explorer) == labels_of(steps[-1])


def test_a_pointer_makes_tidy_probabilities(bag):
    drag(bag, bag.handles.first, 33).up()
    value = start_shown(bag)["black"]
    assert value == round(value, 2)


def test_a_point_cannot_leave_its_curve(explorer):
    for dx in (3000, -3000):
        for handle in explorer.handles.all():
            drag(explorer, handle, dx).up()
            low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
            end = float(handle.get_attribute("aria-valuenow"))
            assert end == pytest.approx(high if dx > 0 else low, rel=0.02)
        model_of(explorer).score(explorer.state["problem"]["x"], params_of(explorer))
        assert "∞" not in explorer.said


def test_keys_slide_a_point_and_leave_it_the_focus(explorer):
    for handle in explorer.handles.all():
        before = float(handle.get_attribute("aria-valuenow"))
        low, high = (float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
        handle.focus()
        explorer.page.keyboard.press("ArrowRight")
        moved = float(handle.get_attribute("aria-valuenow"))
        assert moved == pytest.approx(before + (high - low) / 100, abs=1e-4 * high)
        assert handle.evaluate("handle => handle === document.activeElement")
    assert labels(explorer) == labels_of(steps_of(explorer, **start_shown(explorer))[0])


def test_a_screen_reader_hears_the_value(explorer):
    for handle, name in zip(explorer.handles.all(), explorer.state["start"], strict=True):
        assert SYMBOLS[name] in handle.get_attribute("aria-label")
        value = float(handle.get_attribute("aria-valuenow"))
        assert handle.get_attribute("aria-valuetext") == short(value)


def test_at_the_end_the_key_says_why(explorer):
    explorer.run()
    end = explorer.position
    assert WORDS["climbEnded"] in explorer.said
    explorer.press("u")
    assert (explorer.position, explorer.said) == (end, WORDS["climbEnded"])


def test_presets_start_from_their_own_numbers(every_explorer):
    for number, preset in enumerate(every_explorer.state["problem"]["presets"]):
        every_explorer.presets.select_option(str(number))
        assert labels(every_explorer) == labels_of(steps_of(every_explorer, **preset["start"])[0])


def test_a_second_reset_brings_the_first_start_back(explorer):
    before = explorer.seen()
    drag(explorer, explorer.handles.first, 30).up()
    explorer.page.mouse.move(1, 1)
    assert explorer.seen() != before
    explorer.click("reset")
    assert explorer.seen() == before
