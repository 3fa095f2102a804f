"""Keyboard, focus, sizes, playing, the timeline."""

import pytest
from playwright.sync_api import expect
from stepper import WORDS, Stepper

# What a reader without a mouse must be able to reach.
REACHABLE = """(root) => [...root.querySelectorAll("button, select, input, [role=slider]")]
  .filter((element) => !element.disabled && element.getClientRects().length)"""


def test_keys_take_half_steps_go_back_and_reset(player):
    first, second = player.letters[0], player.letters[-1]
    for key, position in [
        (first.lower(), 1),
        (second.lower(), 2),
        (first, 3),
        ("ArrowLeft", 2),
        ("ArrowRight", 3),
        ("r", 0),
    ]:
        player.press(key)
        assert player.position == position


def test_keys_work_wherever_the_focus_is_in_the_widget(player):
    for target in (player.button("run"), player.timeline, player.root.locator(".emlib-live")):
        before = player.position
        target.focus()
        player.page.keyboard.press(player.letters[before % len(player.letters)])
        assert player.position == before + 1


def test_keys_do_nothing_outside_of_the_widget(player):
    player.page.evaluate("document.activeElement.blur()")
    player.page.keyboard.press(player.letters[0])
    assert player.position == 0


def test_shortcuts_of_the_browser_are_left_alone(player):
    player.timeline.focus()
    player.page.keyboard.press(f"Control+{player.letters[0].lower()}")
    player.page.keyboard.press(f"Alt+{player.letters[-1].lower()}")
    assert player.position == 0


def test_enter_and_space_press_the_button_that_has_the_focus(player):
    first, second = player.half_steps[0], player.half_steps[-1]
    player.button(first).focus()
    player.page.keyboard.press("Enter")
    assert player.position == 1
    player.button(second).focus()
    player.page.keyboard.press(" ")
    assert player.position == 2


def test_the_focus_stays_on_the_button_that_was_pressed(player):
    first = player.half_steps[0]
    player.button(first).focus()
    player.page.keyboard.press("Enter")
    assert player.button(first).evaluate("button => button === document.activeElement")


def tab_through(widget):
    """Press Tab from just before the widget until the focus leaves it; what had the focus."""
    page = widget.page
    widget.root.evaluate(
        """root => {
          const live = root.querySelector(":scope > .emlib-live");
          live.focus({ preventScroll: true });
        }"""
    )
    stops = []
    for _ in range(80):
        page.keyboard.press("Tab")
        inside = widget.root.evaluate(
            """root => {
              const at = document.activeElement;
              if (!root.contains(at)) return null;
              const seen = getComputedStyle(at);
              const ring = at.querySelector(".touch");
              const outline = seen.outlineStyle !== "none" && parseFloat(seen.outlineWidth) >= 2;
              const stroke = ring && getComputedStyle(ring).stroke !== "none";
              return { name: at.getAttribute("aria-label") ?? at.textContent.trim().slice(0, 40),
                       tag: at.localName, visible: outline || Boolean(stroke),
                       index: [...root.querySelectorAll("*")].indexOf(at) };
            }"""
        )
        if inside is None:
            return stops
        stops.append(inside)
    raise AssertionError("the focus does not leave the widget")


def test_tab_reaches_every_control_in_reading_order(widget):
    stops = tab_through(widget)
    wanted = widget.root.evaluate(
        f"root => {{ const all = [...root.querySelectorAll('*')];"
        f" return ({REACHABLE})(root).map((element) => all.indexOf(element)); }}"
    )
    indices = [stop["index"] for stop in stops]
    assert set(wanted) <= set(indices), (
        f"not reached: {set(wanted) - set(indices)}; reached {stops}"
    )
    assert indices == sorted(indices)


def test_the_focus_can_be_seen_on_every_control(widget):
    assert [stop for stop in tab_through(widget) if not stop["visible"]] == []


def test_every_control_has_a_name(widget):
    unnamed = widget.root.evaluate(
        f"root => ({REACHABLE})(root).filter((part) => !(part.getAttribute('aria-label')"
        " || part.textContent.trim() || part.labels?.length)).map((part) => part.outerHTML)"
    )
    assert unnamed == []


@pytest.mark.parametrize("width", [360, 1280])
def test_touch_targets_are_44_pixels(mounted, any_widget, width):
    widget = mounted(any_widget, viewport={"width": width, "height": 800})
    small = widget.root.evaluate(
        """root => [...root.querySelectorAll("button, select, label, .handle .touch, .timeline")]
          .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
          .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
          .map(([html, box]) => `${Math.round(box.width)} × ${Math.round(box.height)}: ${html}`)"""
    )
    assert small == []


def place_on_timeline(widget, position):
    """Where a half-step stands on the timeline, in pixels of the window."""
    box = widget.timeline.bounding_box()
    share = position / max(12, widget.last)
    return box["x"] + 70 + share * (box["width"] - 82), box["y"] + 60


def test_the_timeline_is_scrubbed_by_pointer(stepper):
    seen = {}
    for position in range(3):
        stepper.go(position)
        seen[position] = stepper.seen()
    stepper.run()
    mouse = stepper.page.mouse
    mouse.move(*place_on_timeline(stepper, stepper.last))
    mouse.down()
    for position in (2, 0, 1):
        mouse.move(*place_on_timeline(stepper, position), steps=3)
        assert stepper.position == position
        assert stepper.seen() == seen[position]
    mouse.up()
    mouse.move(1, 1)
    assert stepper.position == 1


def test_the_timeline_does_not_lead_further_than_the_reader_has_been(player):
    player.go(2)
    box = player.timeline.bounding_box()
    player.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)
    assert player.position == 2


def test_home_and_end_on_the_timeline(player):
    player.go(3)
    player.press("Home")
    assert player.position == 0
    player.press("End")
    assert player.position == 3


def test_up_and_down_move_along_the_timeline_too(player):
    # A slider answers to all four arrows (WAI-ARIA, slider pattern).
    player.go(2)
    player.press("ArrowDown")
    assert player.position == 1
    player.press("ArrowUp")
    assert player.position == 2


def test_the_timeline_tells_a_screen_reader_where_it_stands(player):
    player.go(3)
    kinds = len(player.half_steps)
    name = player.words_of("after", 2 % kinds).format(iteration=2 // kinds + 1)
    text = WORDS["timelineValue"].format(position=3, last=3, name=name)
    assert player.timeline.get_attribute("aria-valuetext") == text


@pytest.fixture
def slow_clock(open_page):
    """A widget on a page whose time stands still until the test moves it."""

    def mount(on_page):
        page = open_page("search.html")
        page.clock.install()
        page.goto(page.url.replace("search.html", on_page.page))
        return Stepper(page, on_page).mount()

    return mount


def test_play_takes_a_half_step_every_0_9_seconds_until_paused(slow_clock, any_stepper):
    stepper = slow_clock(any_stepper)
    stepper.page.clock.pause_at(stepper.page.evaluate("Date.now() + 1000"))
    stepper.click("play")
    assert stepper.position == 1
    stepper.page.clock.run_for(1850)
    assert stepper.position == 3
    stepper.click("pause")
    stepper.page.clock.run_for(5000)
    assert stepper.position == 3
    expect(stepper.button("play")).to_be_visible()


def test_speed_makes_play_faster(slow_clock, any_stepper):
    stepper = slow_clock(any_stepper)
    stepper.page.clock.pause_at(stepper.page.evaluate("Date.now() + 1000"))
    stepper.root.get_by_role("combobox", name=WORDS["speed"]).select_option("4")
    stepper.press(" ")
    stepper.page.clock.run_for(460)
    assert stepper.position == 3
    stepper.press(" ")
    stepper.page.clock.run_for(5000)
    assert stepper.position == 3


def test_play_stops_by_itself_at_the_end(slow_clock, any_stepper):
    stepper = slow_clock(any_stepper)
    stepper.page.clock.pause_at(stepper.page.evaluate("Date.now() + 1000"))
    stepper.click("run")
    end = stepper.position
    stepper.click("back")
    stepper.click("back")
    stepper.click("play")
    stepper.page.clock.run_for(3000)
    assert stepper.position == end
    expect(stepper.button("play")).to_have_attribute("aria-disabled", "true")


def frames(stepper):
    """How many different pictures an M-step shows on its way."""
    stepper.go(1)
    stepper.root.evaluate(
        """root => {
          const part = root.querySelector(".picture");
          root.seen = new Set();
          const all = { subtree: true, childList: true, attributes: true, characterData: true };
          new MutationObserver(() => root.seen.add(part.innerHTML)).observe(part, all);
        }"""
    )
    stepper.click("mStep")
    # A glide takes a third of a second; it is over when two looks see the same picture.
    stepper.root.evaluate(
        """async (root) => {
          const part = root.querySelector(".picture");
          for (let before = ""; before !== part.innerHTML;) {
            before = part.innerHTML;
            await new Promise((done) => setTimeout(done, 400));
          }
        }"""
    )
    return stepper.root.evaluate("root => root.seen.size")


def test_without_reduced_motion_an_m_step_glides(mounted, any_stepper):
    # A jump shows one picture; how many a glide shows depends on the machine.
    assert frames(mounted(any_stepper, reduced_motion="no-preference")) > 1


def test_with_reduced_motion_it_jumps(mounted, any_stepper):
    assert frames(mounted(any_stepper, reduced_motion="reduce")) == 1


def test_a_glide_ends_on_the_numbers_of_the_half_step(mounted, any_stepper):
    still = mounted(any_stepper)
    moving = mounted(any_stepper, reduced_motion="no-preference")
    still.go(2)
    moving.go(2)
    moving.page.wait_for_function(
        "([root, wanted]) => [...root.querySelectorAll("
        "'.picture .value, .picture :is(.bell, .ellipse, .mean)')]"
        ".map((mark) => mark.getAttribute('d') ?? mark.textContent).join() === wanted",
        arg=[moving.root.element_handle(), ",".join(still.params())],
    )
