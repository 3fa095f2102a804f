"""The dish: what a look and a move may change, the slider, the split."""

from expected import short
from playwright.sync_api import expect
from stepper import WORDS

from emlib.dishes import Plates, split


def steps_of(widget, **changes):
    moved = changes.get("moved", widget.state["options"]["moved"])
    amounts = changes.get("amounts", widget.state["start"]["amounts"])
    return list(split(Plates(amounts), moved, max_iter=60))


def labels(widget):
    return widget.root.locator(".picture .value").all_text_contents()


def labels_of(step):
    return [
        f"{WORDS['plate'].format(name=WORDS[side])} {short(grams, 6)} g"
        for side, grams in zip(("left", "right"), step.params.amounts)
    ]


def move_the_slider(widget, value):
    widget.root.get_by_role("slider", name=WORDS["moved"]).evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }",
        value,
    )


def test_every_half_step_shows_what_emlib_computes(dish):
    steps = steps_of(dish)
    for position, step in enumerate(steps):
        dish.go(position)
        assert labels(dish) == labels_of(step)
    assert dish.position == len(steps) - 1


def test_a_look_moves_nothing_and_a_move_leaves_no_hatching(dish):
    before = labels(dish)
    dish.click("observe")
    assert labels(dish) == before
    expect(dish.root.locator(".picture .surplus")).to_have_count(1)
    dish.click("adjust")
    assert labels(dish) != before
    expect(dish.root.locator(".picture .surplus")).to_have_count(0)


def test_the_slider_starts_again_with_another_share(dish):
    dish.go(3)
    for share in (0.5, 0.9, 1.0):
        move_the_slider(dish, share)
        assert dish.position == 0
        dish.run()
        wanted = steps_of(dish, moved=share)
        assert dish.position == len(wanted) - 1
        assert labels(dish) == labels_of(wanted[-1])


def test_beyond_the_whole_difference_the_cook_must_stop(dish):
    move_the_slider(dish, 1.1)
    dish.run()
    assert WORDS["saidImpossible"] in dish.said


def test_at_the_end_the_key_says_why(dish):
    dish.run()
    dish.press("o")
    assert dish.said == WORDS["dishEnded"].format(iteration=dish.position // 2)
    move_the_slider(dish, 1.0)
    dish.run()
    dish.press("o")
    assert dish.said == WORDS["dishLimit"].format(iteration=60, difference="400")


def test_the_split_is_dragged_by_pointer_and_by_keys(dish):
    handle = dish.handles.first
    box = handle.locator(".touch").bounding_box()
    mouse = dish.page.mouse
    mouse.move(box["x"] + 22, box["y"] + 22)
    mouse.down()
    mouse.move(box["x"] - 60, box["y"] + 22, steps=4)
    mouse.up()
    left = float(handle.get_attribute("aria-valuenow"))
    assert left < 700
    assert left % 10 == 0
    assert labels(dish) == labels_of(steps_of(dish, amounts=[left, 1000 - left])[0])
    handle.press("ArrowRight")
    assert float(handle.get_attribute("aria-valuenow")) == left + 10
