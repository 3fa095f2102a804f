"""What a half-step may change, on every widget of every page."""

from itertools import pairwise

import pytest
from stepper import WORDS


def test_a_widget_starts_before_the_first_half_step(every_widget):
    assert (every_widget.position, every_widget.last) == (0, 0)


def test_an_e_step_changes_the_shares_and_leaves_the_parameters(every_stepper):
    shares, params = every_stepper.shares(), every_stepper.params()
    every_stepper.click("eStep")
    assert every_stepper.position == 1
    assert every_stepper.params() == params
    assert every_stepper.shares() != shares


def test_an_m_step_changes_the_parameters_and_leaves_the_shares(every_stepper):
    every_stepper.go(1)
    shares, params = every_stepper.shares(), every_stepper.params()
    every_stepper.click("mStep")
    assert every_stepper.position == 2
    assert every_stepper.shares() == shares
    assert every_stepper.params() != params


def test_a_model_of_ones_own_keeps_the_same_rule(every_own_model):
    start = every_own_model.params()
    every_own_model.click("eStep")
    shares = every_own_model.shares()
    assert every_own_model.params() == start
    every_own_model.click("mStep")
    assert every_own_model.shares() == shares
    assert every_own_model.params() != start


def test_on_the_map_only_an_m_step_moves_the_ring(basin_map):
    ring = basin_map.params()
    basin_map.click("eStep")
    assert basin_map.params() == ring
    basin_map.click("mStep")
    assert basin_map.params() != ring


def test_the_bound_never_falls(every_em_widget):
    every_em_widget.run()
    heights = [-y for _, y in every_em_widget.curve("bound")]
    # The reader's own q, or an even one, has a bound before the first E-step.
    early = every_em_widget.on_page.view in ("bound", "surface")
    assert len(heights) == every_em_widget.last + early
    # A tenth of a pixel is what the picture rounds away.
    assert all(after >= before - 0.11 for before, after in pairwise(heights))


def test_a_soft_e_step_lifts_the_bound_to_the_log_likelihood(em_widget):
    if em_widget.state["options"].get("hard"):
        pytest.skip("a hard E-step leaves a gap")
    em_widget.go(3)
    height = dict(em_widget.curve("likelihood"))
    bound = dict(em_widget.curve("bound"))
    e_steps = list(bound)[-3::2]
    assert [bound[x] for x in e_steps] == [height[x] for x in e_steps]


@pytest.mark.parametrize("position", [0, 1])
def test_the_wrong_key_says_what_is_due_and_changes_nothing(alternating, position):
    alternating.go(position)
    picture = alternating.seen()[0]
    alternating.press(alternating.letters[1 - position])
    assert alternating.position == position
    assert alternating.seen()[0] == picture
    assert alternating.said == alternating.words_of("notYet", position)


def test_the_wrong_button_says_the_same(alternating):
    alternating.click(alternating.half_steps[1])
    assert alternating.position == 0
    assert alternating.said == alternating.words_of("notYet", 0)


def test_at_the_end_a_key_says_that_em_has_stopped(em_widget):
    em_widget.run()
    end = em_widget.position
    em_widget.press("e")
    assert em_widget.position == end
    assert em_widget.said in (WORDS["atEnd"], WORDS["atLimit"].format(iteration=(end + 1) // 2))


def test_back_returns_the_same_picture(widget):
    before = []
    for position in range(4):
        before.append(widget.seen())
        widget.go(position + 1)
    for position in reversed(range(4)):
        widget.click("back")
        assert widget.position == position
        assert widget.seen() == before[position]


def test_run_to_the_end_and_reset(every_widget):
    start = every_widget.seen()
    every_widget.run()
    assert every_widget.position == every_widget.last > 1
    every_widget.click("reset")
    assert every_widget.position == 0
    assert every_widget.seen() == start


def test_a_second_reset_does_no_harm(every_widget):
    start = every_widget.seen()
    every_widget.go(2)
    for _ in range(3):
        every_widget.click("reset")
    assert every_widget.seen() == start
    every_widget.go(2)
    assert every_widget.position == 2


def test_every_half_step_says_something_new(widget):
    before = None
    for position in range(4):
        widget.go(position)
        assert widget.said != before
        before = widget.said


def test_sentences_are_read_out_politely(player):
    assert player.root.locator(".said").get_attribute("aria-live") == "polite"


def test_a_button_that_is_not_due_says_so(player):
    first, *second = player.half_steps

    def off():
        keys = [first, *second, "back", "play", "run"]
        return [key for key in keys if player.button(key).get_attribute("aria-disabled") == "true"]

    assert off() == [*second, "back"]
    player.go(1)
    assert off() == ([first] if second else [])
    player.run()
    assert off() == [first, *second, "play", "run"]


def test_the_code_that_ran_is_marked(stepper):
    marked = stepper.root.locator(".code code.ran")
    assert marked.count() == 0
    for kind in ("def e_step", "def m_step"):
        stepper.go(stepper.position + 1)
        assert kind in "".join(marked.all_inner_texts())
