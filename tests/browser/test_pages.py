"""Every page, at three widths, light and dark: clean, within the window, and right for axe."""

import pytest
import site_files
from chromium import SCHEMES, SIZES, axe, read_through, sideways, watched_page
from stepper import Stepper

# Dark differs from light in colours, a tablet from a phone in room: a dark tablet adds nothing.
VISITS = [
    (page, size, scheme)
    for page in site_files.html_pages()
    for size in SIZES
    for scheme in SCHEMES
    if (size, scheme) != ("tablet", "dark")
]


@pytest.fixture(scope="module", params=VISITS, ids="-".join)
def visit(request, chromium, address):
    """A page that a reader has scrolled through."""
    path, size, scheme = request.param
    viewport = dict(zip(("width", "height"), SIZES[size], strict=True))
    page, watch = watched_page(chromium, address, viewport=viewport, color_scheme=scheme)
    page.goto(address + path)
    if path == "index.html":
        page.wait_for_url("**/book/index.html")
    read_through(page)
    yield page, watch
    page.context.close()


def test_nothing_goes_wrong_while_it_is_read(visit):
    assert visit[1].problems == []


def test_it_does_not_scroll_sideways(visit):
    assert sideways(visit[0]) == []


def test_every_picture_is_drawn(visit):
    broken = visit[0].evaluate(
        "() => [...document.images].filter((image) => image.checkVisibility())"
        ".filter((image) => !image.naturalWidth).map((image) => image.src.slice(0, 99))"
    )
    assert broken == []


# axe takes longer than all else: it judges the widest page and the narrowest, light and dark.
JUDGED = pytest.mark.parametrize(
    "visit",
    [one for one in VISITS if one[1:] in (("desktop", "light"), ("phone", "dark"))],
    ids="-".join,
    indirect=True,
)


# Formulas and code make up most of a chapter's elements and look the same at every width.
SAME = ".katex, .highlight"


@JUDGED
def test_axe_finds_nothing(visit):
    page, _ = visit
    all_of_it = page.viewport_size["width"] == SIZES["desktop"][0]
    assert axe(page, without=None if all_of_it else SAME) == []


@JUDGED
def test_axe_finds_nothing_in_widgets_after_half_steps(visit):
    """Half of them after the first half-step, half after the second: a widget looks different."""
    page, watch = visit
    path = page.url.split("/", 3)[3].split("?")[0]
    steppers = [Stepper(page, widget) for widget in site_files.widgets() if widget.page == path]
    if not steppers:
        return
    narrow = page.viewport_size["width"] == SIZES["phone"][0]
    for number, stepper in enumerate(steppers):
        stepper.go(stepper.position + 1 + (number + narrow) % 2)
    assert axe(page, ".emlib-live") == []
    assert watch.problems == []


def test_axe_finds_nothing_after_the_theme_switch(open_page):
    """The switch sets the same attribute as the system's wish, so one page stands for all."""
    page = open_page(site_files.widgets()[0].page, color_scheme="light")
    while page.locator("html").get_attribute("data-theme") != "dark":
        page.locator(".theme-switch-button:visible").click()
    read_through(page)
    assert axe(page, without=SAME) == []


def test_axe_finds_nothing_in_what_opens(open_page, chapter):
    """Solutions and folded cells, once they are open."""
    page = open_page(chapter)
    page.evaluate("for (const d of document.querySelectorAll('article details')) d.open = true")
    read_through(page)
    if page.locator("article details").count():
        assert axe(page, "article details", without=SAME) == []


def test_axe_finds_nothing_in_the_search_dialog(open_page):
    page = open_page(site_files.toc_pages()[0])
    page.keyboard.press("Control+k")
    assert axe(page, "dialog") == []
