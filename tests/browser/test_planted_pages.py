"""Planted faults in pages: each must turn the check that guards against it red."""

import os
import shutil

import pytest
import site_files
from chromium import axe, sideways, watched_page
from conftest import serve
from judges import html_faults

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<link rel="icon" href="data:,"></head><body><main><h1 id="top">A page</h1>{}</main></body></html>"""


@pytest.fixture
def planted(tmp_path):
    """Write a page, by default a good one, and return the folder."""

    def write(body="<p>Words.</p>", name="page.html", page=PAGE):
        (tmp_path / name).write_text(page.replace("{}", body), encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("check", "body"),
    [
        (site_files.dead_targets, '<a href="#nowhere">there</a>'),
        (site_files.dead_targets, '<a href="missing.html">there</a>'),
        (site_files.dead_targets, '<a href="page.html#nowhere">there</a>'),
        (site_files.dead_targets, '<img alt="A cat" src="missing.svg">'),
        (site_files.remote_loads, '<script src="https://cdn.example/x.js"></script>'),
        (site_files.remote_loads, '<img alt="A cat" src="//cdn.example/x.png">'),
        (site_files.remote_loads, '<link rel="stylesheet" href="https://cdn.example/x.css">'),
        (site_files.remote_loads, "<style>@import 'https://cdn.example/x.css';</style>"),
        (site_files.remote_loads, '<p style="background: url(http://cdn.example/x.png)">'),
        (site_files.pictures_without_words, '<img src="data:,">'),
        (site_files.pictures_without_words, '<article><img src="data:," alt=""></article>'),
        (site_files.pictures_without_words, '<img src="data:," alt="../_images/a1b2.svg">'),
        (site_files.vague_links, '<article><a href="#x">\n here </a></article>'),
        (site_files.heading_faults, "<h1>Another</h1>"),
        (site_files.heading_faults, "<h3>Too deep</h3>"),
    ],
)
def test_a_fault_in_the_markup_is_seen(planted, check, body):
    site = planted(body)
    site_files.parsed.cache_clear()
    site_files.ids.cache_clear()
    assert len(check("page.html", site)) == 1


@pytest.mark.parametrize(
    "check",
    site_files.PAGE_CHECKS,
)
def test_a_good_page_passes(planted, check):
    good = (
        '<p id="here"><a href="#here">Words</a>, <a href="https://example.org/">elsewhere</a></p>'
    )
    assert check("page.html", planted(good)) == []


@pytest.mark.parametrize("title", ["", r"The \theta step", "The $x$", "EM \N{EM DASH} EM"])
def test_a_poor_title_is_seen(planted, title):
    site = planted(page=PAGE.replace("A page</title>", f"{title}</title>"))
    assert len(site_files.title_faults("page.html", site)) == 1


def test_a_remote_address_in_a_style_sheet_is_seen(tmp_path):
    (tmp_path / "x.css").write_text("@font-face { src: url('https://fonts.example/a.woff2') }")
    assert len(site_files.remote_style_sheets(tmp_path)) == 1


def test_a_lost_page_is_seen(tmp_path):
    copied = tmp_path / "site"
    copied.mkdir()
    for page in site_files.html_pages()[1:]:
        (copied / page).parent.mkdir(exist_ok=True)
        shutil.copy(site_files.SITE / page, copied / page)
    wanted = set(site_files.toc_pages()) | site_files.EXTRA_PAGES
    assert set(site_files.html_pages(copied)) != wanted


# ---- seen only by a browser ----


@pytest.fixture
def problems(chromium, planted):
    """What the watch notes while a page with a fault is open."""

    def of(body):
        home, stop = serve(planted(body))
        page, watch = watched_page(chromium, home)
        try:
            page.goto(home + "page.html", wait_until="networkidle")
            return watch.problems
        finally:
            page.context.close()
            stop()

    return of


def test_a_good_page_is_quiet(problems):
    assert problems("<p>Words.</p>") == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<script>console.error('oh')</script>", "console error: oh"),
        ("<script>console.warn('hm')</script>", "console warning: hm"),
        ("<script>throw new Error('ah')</script>", "page error: ah"),
        ("<script>Promise.reject(new Error('ah'))</script>", "page error: ah"),
        ('<img alt="A cat" src="missing.png">', "status 404"),
        ('<img alt="A cat" src="http://127.0.0.1:9/x.png">', "request to another host"),
        ('<img alt="A cat" src="http://127.0.0.1:9/x.png">', "failed: http://127.0.0.1:9"),
        (
            "<script>fetch('http://127.0.0.1:9/x').catch(() => 0)</script>",
            "request to another host",
        ),
    ],
)
def test_a_fault_while_the_page_runs_is_seen(problems, body, words):
    assert [problem for problem in problems(body) if words in problem]


@pytest.fixture
def opened(chromium, planted):
    contexts = []

    def go(body):
        page, _ = watched_page(chromium, "file://")
        contexts.append(page.context)
        page.goto((planted(body) / "page.html").as_uri())
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    "body",
    [
        "<button></button>",
        '<p style="color: #999; background: #fff">Faint</p>',
        '<input type="text">',
        "<table><tr><th></th></tr><tr><td>1</td></tr></table>",
        '<div style="overflow: auto; height: 30px"><p style="height: 99px">Long</p></div>',
    ],
)
def test_axe_sees_a_fault(opened, body):
    assert axe(opened("<p>Words.</p>")) == []
    assert axe(opened(body))


def test_a_page_that_scrolls_sideways_is_seen(opened):
    assert sideways(opened('<p style="width: 3000px">Wide</p>'))
    assert sideways(opened("<p>Narrow</p>")) == []


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and not shutil.which("java"),
    reason="NO JAVA: the Nu HTML checker was NOT tested.",
)
def test_the_nu_checker_sees_a_fault(planted):
    site = planted('<p id="a">One <p id="a">Two <foo>')
    planted(name="good.html")
    assert html_faults([site / "page.html"])
    assert html_faults([site / "good.html"]) == []


def test_text_in_widget_data_cannot_run_as_a_script(chromium, tmp_path):
    """In a real browser: names of starts that try to break out are shown as they are."""
    from emlib import CoinParams
    from emlib.data import coin_heads
    from emlib.widgets import CoinStepper, bundle

    start = CoinParams((0.5, 0.5), (0.5, 0.9))
    names = [
        "</script><script>window.broken = 1</script>",
        "<!-- <script>",
        "<img src=x onerror=broken=1>",
    ]
    widget = CoinStepper(coin_heads(), start, presets=dict.fromkeys(names, start))
    html = widget._repr_mimebundle_()["text/html"]
    page = PAGE.replace("{}", f"{html}<p>The rest.</p><script>{bundle.as_script()}</script>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    tab, watch = watched_page(chromium, "file://")
    tab.goto((tmp_path / "page.html").as_uri())
    options = tab.locator(".emlib-live select").first.locator("option")
    assert options.all_text_contents()[: len(names)] == names
    assert tab.evaluate("'broken' in window") is False
    assert tab.get_by_text("The rest.").is_visible()
    assert watch.problems == []
    tab.context.close()
