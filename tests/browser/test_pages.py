"""Every page, at three widths, light and dark: clean, within the window, and right for axe."""

import pytest
import site_files
from chromium import SETTLED, SIZES, axe, read_through, sideways, watched_page, window
from stepper import Stepper

# A page is loaded in a wide window and in a narrow one. Its other looks come as they come to a
# reader: the window changes its size, the evening turns the system dark, or the page is enlarged:
# to 200 % on a laptop, to 400 % (WCAG 1.4.10).
LOOKS = {
    "desktop": [("desktop", "light"), ("desktop", "dark"), ("tablet", "light")],
    "phone": [("phone", "light"), ("twofold", "light"), ("fourfold", "light"), ("phone", "dark")],
}
VISITS = [
    (page, loaded, *look)
    for page in site_files.html_pages()
    for loaded in LOOKS
    for look in LOOKS[loaded]
]
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def loaded(chromium, address):
    """Open a page that a reader scrolls through; it stays open until the next is asked for."""
    opened = {}

    def get(path, size):
        if (path, size) not in opened:
            for page, _ in opened.values():
                page.context.close()
            opened.clear()
            page, watch = watched_page(chromium, address, viewport=window(size))
            opened[path, size] = page, watch
            page.goto(address + path)
            if path == "index.html":
                page.wait_for_url("**/book/index.html")
            read_through(page)
        return opened[path, size]

    yield get
    for page, _ in opened.values():
        page.context.close()


@pytest.fixture(scope="module", params=VISITS, ids="-".join)
def visit(request, loaded):
    """A page that was read to its end, in one of its looks."""
    path, first, size, scheme = request.param
    page, watch = loaded(path, first)
    page.set_viewport_size(window(size))
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate(FRAMES)
    page.wait_for_function(SETTLED)
    assert page.locator("html").get_attribute("data-theme") == scheme
    return page, watch


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
    [one for one in VISITS if one[2:] in (("desktop", "light"), ("phone", "dark"))],
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
