"""A link to a place in a page brings the reader to that place."""

import site_files
from chromium import AT_REST, window

TOP = """(id) => [document.getElementById(id).getBoundingClientRect().top,
  Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight]"""


def anchors(chapter):
    """Three places of a chapter: headings and figures, near the beginning, the middle, the end."""
    article = site_files.parsed(site_files.SITE / chapter).article
    found = [tag["id"] for tag in article.select("section[id] section[id], figure[id]")]
    return [found[n * (len(found) - 1) // 6] for n in (1, 3, 6)] if len(found) > 5 else found


def pytest_generate_tests(metafunc):
    if "place" in metafunc.fixturenames:
        chapters = dict.fromkeys(widget.page for widget in site_files.widgets())
        places = [f"{chapter}#{anchor}" for chapter in chapters for anchor in anchors(chapter)]
        sizes = ["phone", "desktop"] * len(places)
        metafunc.parametrize(("place", "size"), list(zip(places, sizes, strict=False)))


def test_a_link_from_elsewhere_ends_at_its_place(open_page, place, size):
    viewport = window(size)
    page = open_page(place, viewport=viewport)
    anchor = place.split("#")[1]
    page.evaluate(AT_REST, anchor)
    top, at_the_end = page.evaluate(TOP, anchor)
    assert -20 <= top <= viewport["height"] * (1 if at_the_end else 0.5)
