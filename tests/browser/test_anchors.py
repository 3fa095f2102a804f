"""A link to a place in a page brings the reader to that place."""

import site_files
from chromium import SIZES

# Wait until the target has stood still for a dozen frames: pictures and widgets come late.
RESTS = """(id) => new Promise((done) => {
  let [before, still] = [null, 0];
  const look = () => {
    const { top } = document.getElementById(id).getBoundingClientRect();
    still = top === before ? still + 1 : 0;
    before = top;
    const bottom = Math.ceil(scrollY + innerHeight);
    if (still > 12) done([top, bottom >= document.documentElement.scrollHeight]);
    else requestAnimationFrame(look);
  };
  document.fonts.ready.then(look);
})"""


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
    viewport = dict(zip(("width", "height"), SIZES[size], strict=True))
    page = open_page(place, viewport=viewport)
    top, at_the_end = page.evaluate(RESTS, place.split("#")[1])
    assert -20 <= top <= viewport["height"] * (1 if at_the_end else 0.5)
