"""Readers without a mouse's comforts: no JavaScript, paper, forced colours, large letters."""

import re

import pytest
import site_files
from chromium import read_through, watched_page


@pytest.fixture(scope="module")
def bare(chromium, address):
    """A chapter in a browser without JavaScript; it stays open from test to test."""
    opened = {}

    def get(path):
        if path not in opened:
            opened[path] = watched_page(chromium, address, java_script_enabled=False)[0]
            opened[path].goto(address + path)
        return opened[path]

    yield get
    for page in opened.values():
        page.context.close()


LONG_ENOUGH = 200  # characters of text that any chapter exceeds many times over


def test_without_javascript_every_widget_shows_its_picture(bare, chapter):
    page = bare(chapter)
    stills = page.locator(".emlib-widget img.emlib-still")
    assert stills.count() == len([w for w in site_files.widgets() if w.page == chapter])
    for still in stills.all():
        still.scroll_into_view_if_needed()
        assert still.is_visible()
        assert still.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert page.locator(".emlib-live").count() == 0


def test_without_javascript_all_text_can_be_read(bare, chapter):
    page = bare(chapter)
    tree = site_files.parsed(site_files.SITE / chapter)
    hidden = page.locator("article :is(p, h2, h3, td, .math, pre)").evaluate_all(
        """all => all.filter((element) => !element.closest("details:not([open])")
            && !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
          .map((element) => element.outerHTML.slice(0, 100))"""
    )
    assert hidden == []
    assert len(tree.article.get_text()) > LONG_ENOUGH


def test_without_javascript_solutions_and_folded_cells_open(bare, chapter):
    page = bare(chapter)
    stuck = page.locator("article details").evaluate_all(
        """all => all.filter((details) => {
          if (!details.open) details.querySelector("summary").click();
          return !details.open || !details.lastElementChild.checkVisibility();
        }).map((details) => details.outerHTML.slice(0, 100))"""
    )
    assert stuck == []


def test_without_javascript_no_dead_controls_are_shown(bare, chapter):
    page = bare(chapter)
    buttons = page.locator("button:visible").evaluate_all(
        "all => all.map((button) => button.getAttribute('aria-label') ?? button.textContent.trim())"
    )
    assert [name for name in buttons if not name.startswith(("Show or hide", "On this page"))] == []


def test_on_paper_the_still_picture_stands_for_the_widget(open_page, chapter):
    page = open_page(chapter, color_scheme="dark")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    read_through(page)
    on_screen = [url for url in fetched if "/still-" in url]
    pdf = page.pdf(format="A4", tagged=True)
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 2
    page.emulate_media(media="print")
    sizes = page.locator(".emlib-still").evaluate_all(
        "all => all.map((image) => image.naturalWidth)"
    )
    assert on_screen == []
    assert sizes
    assert min(sizes) > 100
    assert page.locator(".emlib-still").count() == page.locator(".emlib-still:visible").count()
    assert page.locator(".emlib-live:visible").count() == 0
    assert (
        page.locator(
            ":is(.bd-sidebar-primary, .bd-header-article, .prev-next-area):visible"
        ).count()
        == 0
    )


def test_paper_is_white(open_page, end_chapter):
    page = open_page(end_chapter, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    colours = page.evaluate(
        "() => ['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name])"
    )
    ground, ink = ([int(float(n)) for n in c.split("(")[1].rstrip(")").split(",")] for c in colours)
    assert ground[:3] == [255, 255, 255] or ground[3:] == [0]
    assert max(ink[:3]) < 90


def test_on_paper_solutions_are_open(open_page, chapter):
    page = open_page(chapter)
    page.emulate_media(media="print")
    closed = page.locator(
        "article details:not(.tag_hide-input, .tag_hide-cell) > :not(summary)"
    ).evaluate_all(
        "all => all.filter((part) => !part.getClientRects().length).map((part) => part.outerHTML)"
    )
    assert closed == []


def test_forced_colours_do_not_hide_controls(mounted, any_widget):
    widget = mounted(any_widget, forced_colors="active")
    faint = widget.root.evaluate(
        """root => {
          const ground = getComputedStyle(root.querySelector(".emlib-live")).backgroundColor;
          const drawn = ".handle > :nth-child(2), .timeline path.likelihood";
          const faint = (part) => {
            const { fill, stroke, color, backgroundColor, borderStyle } = getComputedStyle(part);
            const unseen = (colour) => colour === ground || colour === "none";
            if (part.matches(drawn)) return unseen(fill) && unseen(stroke);
            if (part.localName === "input") return false;
            return color === backgroundColor || borderStyle === "none";
          };
          return [...root.querySelectorAll(`button, select, input, ${drawn}`)]
            .filter(faint).map((part) => part.outerHTML.slice(0, 100));
        }"""
    )
    assert faint == []
    widget.go(2)


def test_forced_colours_keep_the_two_components_apart(mounted, any_stepper):
    stepper = mounted(any_stepper, forced_colors="active")
    stepper.go(1)
    fills = stepper.root.locator(".handle > :nth-child(2)").evaluate_all(
        "all => all.map((mark) => getComputedStyle(mark).fill)"
    )
    hatched = stepper.root.locator(".picture rect[fill^='url']").count()
    assert len(set(fills)) > 1 or hatched


@pytest.fixture
def enlarged(mounted):
    """A widget on a page whose letters the reader has made twice as large."""
    used = []

    def mount(on_page, **options):
        widget = mounted(on_page, **options)
        used.append(widget.page.locator("html"))
        used[-1].evaluate("html => html.style.setProperty('font-size', '200%', 'important')")
        return widget

    yield mount
    for html in used:
        html.evaluate("html => html.style.removeProperty('font-size')")


def test_larger_letters_alone_cut_nothing_off(enlarged, any_widget):
    widget = enlarged(any_widget, viewport={"width": 640, "height": 800})
    cut = widget.root.evaluate(
        """root => [...root.querySelectorAll("button, select, .said, label")]
          .filter((part) => part.scrollWidth > part.clientWidth + 1
            || part.getBoundingClientRect().right > innerWidth)
          .map((part) => part.outerHTML.slice(0, 100))"""
    )
    assert cut == []
