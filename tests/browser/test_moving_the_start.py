"""A start that the reader moves: by mouse, by finger, by keys."""

import pytest
from chromium import AT_REST
from expected import fixed, steps_of
from test_numbers import bell_sentence, coin_labels


def value_of(handle):
    return float(handle.get_attribute("aria-valuenow"))


def centre(handle):
    box = handle.locator(".touch").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(stepper, handle, dx, dy=0):
    """Drag by mouse, in a few moves as a hand does."""
    handle.scroll_into_view_if_needed()
    x, y = centre(handle)
    mouse = stepper.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx, y + dy, steps=4)
    mouse.up()


def start_shown(stepper):
    """The start as the handles tell it, in the form of the state."""
    start = {name: list(values) for name, values in stepper.state["start"].items()}
    values = [value_of(handle) for handle in stepper.handles.all()]
    if "heads" in start:
        start["heads"] = values
    elif stepper.on_page.view == "plane":
        texts = [
            handle.get_attribute("aria-valuetext").replace("−", "-")
            for handle in stepper.handles.all()
        ]
        start["means"] = [[float(part.split()[-1]) for part in text.split(", ")] for text in texts]
    else:  # the mean and the standard deviation of each bell in turn
        start["means"] = values[0::2]
        start["covs"] = [sd**2 for sd in values[1::2]]
    return start


def agrees_with_emlib(stepper):
    """From the start on the screen, the widget ends where emlib ends."""
    steps = steps_of(stepper.state, start_shown(stepper))
    stepper.run()
    if stepper.on_page.view == "coins":
        return stepper.params() == coin_labels(steps[-1]) and stepper.position == len(steps) - 1
    return bell_sentence(*steps[-1].params) in stepper.said and stepper.position == len(steps) - 1


def test_dragging_moves_the_start_and_goes_back_to_the_beginning(stepper):
    stepper.go(2)
    handle = stepper.handles.first
    before = value_of(handle)
    drag(stepper, handle, 40)
    assert value_of(handle) > before
    assert (stepper.position, stepper.last) == (0, 0)


def test_a_handle_follows_the_pointer(stepper):
    handle = stepper.handles.first
    handle.scroll_into_view_if_needed()
    x, _ = centre(handle)
    drag(stepper, handle, 40)
    assert centre(handle)[0] == pytest.approx(x + 40, abs=4)  # a start is rounded to hundredths


def test_every_handle_can_be_dragged(stepper):
    for handle in stepper.handles.all():
        before = value_of(handle)
        drag(stepper, handle, -35)
        assert value_of(handle) != before


def test_a_dragged_start_runs_as_in_emlib(coins):
    drag(coins, coins.handles.first, -60)
    assert agrees_with_emlib(coins)


def test_dragged_bells_run_as_in_emlib(bells):
    # The width is dragged to 0.5 pixel steps, so the handle tells six digits of it: set it by key.
    drag(bells, bells.handles.first, 30)
    start = {name: list(values) for name, values in bells.state["start"].items()}
    start["means"][0] = value_of(bells.handles.first)
    steps = steps_of(bells.state, start)
    bells.run()
    assert bells.position == len(steps) - 1
    assert bell_sentence(*steps[-1].params) in bells.said


def test_while_it_moves_the_sentence_tells_how_many_iterations_em_takes(stepper):
    handle = stepper.handles.first
    handle.scroll_into_view_if_needed()
    x, y = centre(handle)
    stepper.page.mouse.move(x, y)
    stepper.page.mouse.down()
    stepper.page.mouse.move(x + 30, y, steps=3)
    said = stepper.said
    stepper.page.mouse.up()
    assert said.startswith("From this start EM takes ")
    assert stepper.said.startswith("Start: ")


def test_a_drag_that_leaves_the_window_stops_at_the_edge(stepper):
    handle = stepper.handles.first
    low, high = range_of(handle)
    for dx in (3000, -3000):
        drag(stepper, handle, dx)
        assert low <= value_of(handle) <= high


def range_of(handle):
    return [float(handle.get_attribute(f"aria-value{end}")) for end in ("min", "max")]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_arrow_keys_move_a_handle_by_a_hundredth_of_its_range(stepper, position):
    stepper.go(position)
    handle = stepper.handles.first
    low, high = range_of(handle)
    before = value_of(handle)
    handle.focus()
    step = (high - low) / 100
    stepper.page.keyboard.press("ArrowRight")
    assert value_of(handle) == pytest.approx(before + step, abs=0.6 * step)  # starts are rounded
    assert stepper.position == 0
    stepper.page.keyboard.press("ArrowLeft")
    assert value_of(handle) == pytest.approx(before, abs=0.6 * step)


def test_page_keys_move_ten_times_as_far(stepper):
    handle = stepper.handles.first
    low, high = range_of(handle)
    before = value_of(handle)
    handle.focus()
    stepper.page.keyboard.press("PageDown")
    assert value_of(handle) == pytest.approx(before - (high - low) / 10, rel=1e-3)


def test_home_and_end_take_a_handle_to_its_ends(stepper):
    # The keys that every slider has (WAI-ARIA, slider pattern).
    handle = stepper.handles.first
    low, high = range_of(handle)
    handle.focus()
    for key, end in (("End", high), ("Home", low)):
        stepper.page.keyboard.press(key)
        assert value_of(handle) == pytest.approx(end, abs=0.02)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_handle_moved_by_keys_keeps_the_focus(stepper, position):
    stepper.go(position)
    for number in range(stepper.handles.count()):
        handle = stepper.handles.nth(number)
        handle.focus()
        stepper.page.keyboard.press("ArrowRight")
        assert handle.evaluate("handle => handle === document.activeElement")


def test_a_start_moved_by_keys_runs_as_in_emlib(coins):
    coins.handles.last.focus()
    for _ in range(5):
        coins.page.keyboard.press("ArrowLeft")
    assert agrees_with_emlib(coins)


def test_the_list_of_starts_says_when_the_start_is_the_readers_own(stepper):
    if not stepper.presets.count():
        pytest.skip("this widget has no list of starts")
    drag(stepper, stepper.handles.first, 40)
    assert stepper.presets.input_value() == "-1"
    stepper.presets.select_option("0")
    assert stepper.presets.input_value() == "0"


def test_a_second_reset_brings_the_first_start_back(stepper):
    before = stepper.seen()
    drag(stepper, stepper.handles.first, 40)
    stepper.page.mouse.move(1, 1)
    assert stepper.seen() != before
    stepper.click("reset")
    assert stepper.seen() == before


def test_what_the_switches_leave_alone(stepper):
    """A switch keeps the start that the reader chose."""
    drag(stepper, stepper.handles.first, 40)
    chosen = start_shown(stepper)
    stepper.switch("hard").click()
    assert start_shown(stepper) == chosen


PHONE = {"has_touch": True, "viewport": {"width": 360, "height": 740}}


def finger(page):
    """What a finger does on a page that has come to rest: call it before you look for a place."""
    page.evaluate(AT_REST)
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": f"touch{kind}", "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    return touch


def test_a_finger_drags_a_handle_and_the_page_stays(mounted, any_stepper):
    stepper = mounted(any_stepper, **PHONE)
    page = stepper.page
    touch = finger(page)
    handle = stepper.handles.first
    handle.scroll_into_view_if_needed()
    before, scrolled = value_of(handle), page.evaluate("scrollY")
    x, y = centre(handle)
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x + 8 * step, y + 12 * step))
    touch("End")
    page.wait_for_function(
        "([handle, before]) => Number(handle.getAttribute('aria-valuenow')) > before",
        arg=[handle.element_handle(), before],
    )
    assert page.evaluate("scrollY") == scrolled
    assert stepper.position == 0


def test_a_finger_on_the_picture_scrolls_the_page(mounted, any_stepper):
    stepper = mounted(any_stepper, **PHONE)
    page = stepper.page
    touch = finger(page)
    box = stepper.root.locator(".picture").bounding_box()
    scrolled = page.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 8
    touch("Start", (x, y))
    for step in range(1, 8):
        touch("Move", (x, y - 15 * step))
    touch("End")
    page.wait_for_function("before => scrollY > before", arg=scrolled)


def test_a_tap_on_a_button_takes_the_half_step(mounted, any_stepper):
    stepper = mounted(any_stepper, **PHONE)
    stepper.button("eStep").tap()
    assert stepper.position == 1


def test_the_coins_say_their_value_to_a_screen_reader(coins):
    for k, handle in enumerate(coins.handles.all()):
        assert "ABCDEFGH"[k] in handle.get_attribute("aria-label")
        assert handle.get_attribute("aria-valuetext") == fixed(value_of(handle))


def test_a_spread_cannot_be_dragged_to_nothing(bells):
    mean, spread = bells.handles.nth(0), bells.handles.nth(1)
    drag(bells, spread, centre(mean)[0] - centre(spread)[0])
    low, _ = range_of(spread)
    assert value_of(spread) == pytest.approx(low, rel=0.05)
    assert value_of(spread) > 0
