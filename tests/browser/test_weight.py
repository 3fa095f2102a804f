"""What a page costs a reader who has never been here before and scrolls to its end."""

import gzip
from urllib.parse import unquote, urlsplit

import pytest
import site_files
from chromium import read_through, watched_page

PAGE, OWN_SCRIPT = 300_000, 40_000
COMPRESSED = (".woff2", ".woff", ".png", ".jpg")


def transferred(file):
    """Bytes on the wire: gzip as servers do it, and nothing where it would not help."""
    body = file.read_bytes()
    return len(body) if file.suffix in COMPRESSED else len(gzip.compress(body, 6, mtime=0))


def is_own(file):
    """Whether a file is a script of our widgets."""
    return file.startswith("_static/emlib-widgets") and file.endswith(".js")


@pytest.fixture(scope="module")
def weights(chromium, address):
    """Bytes by file, for every page; what is requested is watched, sizes are those on the disk."""
    found = {}
    for path in site_files.html_pages():
        page, _ = watched_page(chromium, address, viewport={"width": 360, "height": 740})
        requested = set()
        page.on("request", lambda request, seen=requested: seen.add(request.url))
        page.goto(address + path)
        if path == "index.html":
            page.wait_for_url("**/book/index.html")
        read_through(page)
        files = {unquote(urlsplit(url).path[1:]) for url in requested if url.startswith(address)}
        found[path] = {file: transferred(site_files.SITE / file) for file in files}
        page.context.close()
    return found


def test_every_page_weighs_at_most_300_kb(weights, say):
    heaviest = max(weights, key=lambda page: sum(weights[page].values()))
    say(f"Bytes (gzip) transferred by the heaviest page, {heaviest}:")
    say(f"{sum(weights[heaviest].values()):8} together")
    for file, size in sorted(weights[heaviest].items(), key=lambda item: -item[1]):
        say(f"{size:8} {file}")
    totals = {page: sum(files.values()) for page, files in weights.items()}
    assert {page: total for page, total in totals.items() if total > PAGE} == {}


def test_our_own_script_weighs_at_most_40_kb(weights):
    sizes = [size for files in weights.values() for file, size in files.items() if is_own(file)]
    assert 0 < max(sizes) <= OWN_SCRIPT


def test_a_page_without_widgets_loads_no_widget_script(weights):
    with_widgets = {widget.page for widget in site_files.widgets()} | {"index.html"}
    loads = {page for page, files in weights.items() if any(map(is_own, files))}
    assert loads <= with_widgets


def test_only_pages_with_formulas_load_their_fonts(weights):
    for page, files in weights.items():
        if any("KaTeX" in file for file in files):
            assert site_files.parsed(site_files.SITE / page).select_one(".katex")
