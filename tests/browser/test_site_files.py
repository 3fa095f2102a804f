"""The built book as files: pages, links, pictures, headings."""

import pytest
import site_files
from site_files import EXTRA_PAGES, html_pages, toc_pages


def test_the_build_holds_the_pages_of_the_toc_and_no_others():
    assert set(html_pages()) == set(toc_pages()) | EXTRA_PAGES


def test_the_toc_names_every_chapter_and_every_back_page_of_the_book_folder():
    sources = {*site_files.ROOT.glob("book/*.ipynb"), *site_files.ROOT.glob("book/*.md")}
    assert {page.removesuffix(".html") for page in toc_pages()} == {
        f"book/{f.stem}" for f in sources
    }


@pytest.mark.parametrize(
    "check",
    site_files.PAGE_CHECKS,
    ids=lambda check: check.__name__,
)
def test_every_page_passes(check, any_page):
    assert check(any_page) == []


def test_no_style_sheet_loads_from_another_host():
    assert site_files.remote_style_sheets() == []


def test_every_page_names_its_language(any_page):
    assert site_files.language_of(any_page) == "en"


def test_every_page_names_its_icon(any_page):
    assert site_files.has_icon(any_page)


def test_no_two_pages_share_a_title():
    # The first page only leads on to the start page, and bears its title.
    pages = [page for page in html_pages() if page != "index.html"]
    titles = [site_files.parsed(site_files.SITE / page).title.get_text() for page in pages]
    assert len(set(titles)) == len(titles), titles


def test_a_reader_who_follows_links_reaches_every_page():
    assert set(html_pages()) - site_files.reachable() == set()


def test_previous_and_next_follow_the_toc():
    order = toc_pages()
    wanted = {
        page: {"prev": before, "next": after}
        for before, page, after in zip([None, *order], order, [*order[1:], None], strict=False)
    }
    assert {page: site_files.neighbours(page) for page in order} == wanted
