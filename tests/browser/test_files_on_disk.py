"""The same book opened from a folder, without a server."""

import pytest
import site_files
from chromium import read_through
from expected import fixed, steps_of
from stepper import Stepper

HOME = site_files.SITE.as_uri() + "/"


def test_a_page_opens_clean_from_a_disk(open_page, chapter):
    read_through(open_page(chapter, home=HOME))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_start_page_opens_from_a_disk(open_page, theme):
    page = open_page("index.html", home=HOME, color_scheme=theme)
    page.wait_for_url("**/book/index.html")
    assert page.locator("html").get_attribute("data-theme") == theme


def test_a_widget_steps_from_a_disk(open_page, any_player):
    widget = Stepper(open_page(any_player.page, home=HOME), any_player).mount()
    params = widget.params()
    *quiet, moving = widget.half_steps
    for half_step in quiet:
        widget.click(half_step)
        assert widget.params() == params
    widget.click(moving)
    assert widget.params() != params
    widget.run()
    assert widget.position == widget.last


def test_coins_from_a_disk_end_where_emlib_ends(open_page, any_coins):
    widget = Stepper(open_page(any_coins.page, home=HOME), any_coins).mount()
    widget.run()
    heads = steps_of(any_coins.state)[-1].params.heads
    assert [label.split()[1] for label in widget.params()] == [fixed(value) for value in heads]


def test_a_link_to_the_next_page_works_from_a_disk(open_page, chapter):
    page = open_page(chapter, home=HOME)
    read_through(page)  # a widget that comes to life grows, and what is below it moves
    wanted = site_files.neighbours(chapter)["next"]
    page.locator(".prev-next-area a.right-next").click()
    page.wait_for_url(f"**/{wanted}")
