"""The surface F(q, θ): E moves q only, M moves θ only, and a bad q costs bound."""

from itertools import pairwise

import pytest
from expected import fixed, steps_from
from stepper import WORDS
from test_moving_the_start import PHONE, finger, value_of

BAR = """root => ["elbo", "missing"].map((name) =>
  root.querySelector(`.picture .${name}`).height.baseVal.value)"""
CENTRE = """root => { const dot = root.querySelector(".picture .handle .fill-0");
  return [dot.cx.baseVal.value, dot.cy.baseVal.value]; }"""


def steps_of(widget, q=None, heads=None):
    q = widget.state["options"]["q"] if q is None else q
    return steps_from(widget.state, (q, 1 - q), None if heads is None else {"heads": heads})


def shown(widget):
    """θ, q, bound, KL and log-likelihood, as the picture writes them."""
    names = ("value", "share-value", "bound-text", "kl", "total")
    texts = [widget.root.locator(f".picture .{name}").text_content() for name in names]
    return [text.split(" = ")[-1].split(",")[0].split()[-1] for text in texts]


def wanted(step):
    numbers = step.params.heads, step.posterior[0, 0], step.elbo, abs(step.kl), step.log_likelihood
    return [fixed(number) for number in numbers]


def click_at(widget, heads, q):
    low, high = widget.state["problem"]["between"]
    box = widget.root.locator(".catch").bounding_box()
    place = (
        box["x"] + (heads - low) / (high - low) * box["width"],
        box["y"] + (1 - q) * box["height"],
    )
    widget.page.mouse.click(*place)
    widget.page.mouse.move(1, 1)


def choose_q(widget, q):
    widget.root.get_by_role("slider", name=WORDS["q"]).evaluate(
        "(slider, q) => { slider.value = q; slider.dispatchEvent(new Event('input')); }", q
    )


def test_every_half_step_shows_emlibs_numbers(surface):
    steps = steps_of(surface)
    for position, step in enumerate(steps):
        surface.go(position)
        assert shown(surface) == wanted(step)
    assert surface.position == len(steps) - 1


def test_an_e_step_moves_the_point_along_q_only_and_an_m_step_along_theta_only(surface):
    for position in range(1, 7):
        before = surface.root.evaluate(CENTRE)
        surface.click(("eStep", "mStep")[(position - 1) % 2])
        after = surface.root.evaluate(CENTRE)
        still = (position - 1) % 2
        assert after[still] == before[still]
        assert after[1 - still] != before[1 - still]


def test_the_zig_zag_is_the_path_of_the_point(surface):
    seen = [surface.root.evaluate(CENTRE)]
    for position in range(1, 7):
        surface.go(position)
        seen.append(surface.root.evaluate(CENTRE))
    path = surface.root.locator(".picture > svg > .zigzag").get_attribute("d")
    drawn = [[float(n) for n in pair.split()] for pair in path[1:].split("L")]
    for place, (x, y) in zip(drawn, seen, strict=True):
        assert place == pytest.approx([x, y], abs=0.06)


def test_the_worse_the_q_the_higher_the_kl_and_the_log_likelihood_stays(surface):
    best = steps_of(surface)[1].posterior[0, 0]
    gaps, totals = [], []
    for q in (round(best, 2), 0.75 * best, 0.4 * best, 0.01):
        choose_q(surface, round(q, 2))
        bound, missing = surface.root.evaluate(BAR)
        gaps.append(missing)
        totals.append(bound + missing)
        assert shown(surface) == wanted(steps_of(surface, round(q, 2))[0])
    assert gaps == sorted(gaps)
    assert gaps[-1] > gaps[0] + 10
    assert max(totals) - min(totals) < 0.11  # pixels are rounded to tenths


def test_an_e_step_closes_the_gap_and_an_m_step_lifts_the_bar(surface):
    choose_q(surface, 0.05)
    start = surface.root.evaluate(BAR)
    surface.click("eStep")
    e_step = surface.root.evaluate(BAR)
    surface.click("mStep")
    m_step = surface.root.evaluate(BAR)
    assert start[1] > 0 and e_step[1] == 0
    assert e_step[0] == pytest.approx(sum(start), abs=0.11)
    assert m_step[0] > e_step[0]


def test_a_click_on_the_map_chooses_theta_and_q_at_once(surface):
    surface.go(3)
    for heads, q in ((0.2, 0.1), (0.8, 0.9), (0.5, 0.5)):
        click_at(surface, heads, q)
        assert surface.position == 0
        assert shown(surface) == wanted(steps_of(surface, q, heads)[0])
    surface.run()
    assert shown(surface) == wanted(steps_of(surface, 0.5, 0.5)[-1])


def test_the_point_is_dragged_by_a_pointer(surface):
    click_at(surface, 0.2, 0.2)
    box = surface.root.locator(".catch").bounding_box()
    mouse = surface.page.mouse
    x, y = box["x"] + box["width"] / 6, box["y"] + 0.8 * box["height"]
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 0.5 * box["width"], y - 0.5 * box["height"], steps=4)
    mouse.up()
    heads, q = (float(one) for one in shown(surface)[:2])
    assert heads == pytest.approx(0.65, abs=0.011)
    assert q == pytest.approx(0.7, abs=0.011)
    assert shown(surface) == wanted(steps_of(surface, q, heads)[0])


def test_a_drag_stops_at_the_edges_of_the_map(surface):
    low, high = surface.state["problem"]["between"]
    box = surface.root.locator(".catch").bounding_box()
    mouse = surface.page.mouse
    for x, y, heads, q in ((3000, -3000, high, 1), (-3000, 3000, low, 0)):
        mouse.move(box["x"] + 60, box["y"] + 60)
        mouse.down()
        mouse.move(x, y, steps=3)
        mouse.up()
        assert shown(surface)[:2] == [fixed(heads), fixed(q)]
    surface.run()
    assert "NaN" not in surface.root.inner_text()


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    ("key", "dtheta", "dq"),
    [("ArrowLeft", -1, 0), ("ArrowRight", 1, 0), ("ArrowUp", 0, 1), ("ArrowDown", 0, -1)],
)
def test_arrow_keys_move_the_point_from_where_it_stands(surface, position, key, dtheta, dq):
    surface.go(position)
    step = steps_of(surface)[position]
    low, high = surface.state["problem"]["between"]
    handle = surface.handles.first
    handle.press(key)
    assert surface.position == 0
    heads, q = (float(one) for one in shown(surface)[:2])
    assert heads == pytest.approx(step.params.heads + dtheta * (high - low) / 100, abs=1e-4)
    assert q == pytest.approx(step.posterior[0, 0] + dq / 100, abs=1e-4)
    assert handle.evaluate("handle => handle === document.activeElement")
    assert fixed(heads) in handle.get_attribute("aria-valuetext")


def test_home_and_end_take_theta_to_its_ends(surface):
    for key, end in (("End", 1), ("Home", 0)):
        surface.handles.first.press(key)
        edge = surface.state["problem"]["between"][end]
        assert value_of(surface.handles.first) == pytest.approx(edge, abs=1e-6)


def test_reset_brings_theta_and_q_back(surface):
    before = shown(surface)
    click_at(surface, 0.8, 0.9)
    assert shown(surface) != before
    surface.click("reset")
    assert shown(surface) == before


def test_the_ledger_fills_in_the_numbers_of_emlib(surface):
    for position, step in enumerate(steps_of(surface)[:4]):
        surface.go(position)
        f, kl = surface.results()[-3:-1]
        assert (f, kl) == (fixed(step.elbo), fixed(abs(step.kl)))
        moved = {"E": step.posterior[0, 0], "M": step.params.heads}.get(step.kind)
        if moved is not None:
            assert surface.results()[0] == fixed(moved)


def test_the_bound_rises_with_every_half_step(surface):
    reached = []
    for position in range(7):
        surface.go(position)
        reached.append(float(shown(surface)[2].replace("−", "-")))
    assert all(after >= before for before, after in pairwise(reached))


def test_a_finger_moves_the_point_and_the_page_stays(mounted, any_surface):
    surface = mounted(any_surface, **PHONE)
    touch = finger(surface.page)
    area = surface.root.locator(".catch")
    area.scroll_into_view_if_needed()
    box, scrolled = area.bounding_box(), surface.page.evaluate("scrollY")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 4
    touch("Start", (x, y))
    for step in range(1, 6):
        touch("Move", (x + 6 * step, y + 10 * step))
    touch("End")
    surface.page.wait_for_function(
        "handle => Number(handle.getAttribute('aria-valuenow')) > 0.55",
        arg=surface.handles.first.element_handle(),
    )
    assert surface.page.evaluate("scrollY") == scrolled
