"""What the theme brings: search, light and dark, copy buttons, menus on a phone."""

import pytest
import site_files
from chromium import SIZES
from playwright.sync_api import expect

HOMES = ["http", "disk"]


@pytest.fixture(params=HOMES)
def home(request, address):
    return address if request.param == "http" else site_files.SITE.as_uri() + "/"


def test_search_finds_a_word_and_leads_to_its_page(open_page, home):
    page = open_page("search.html", home=home)
    box = page.get_by_role("searchbox").and_(page.locator("article input, main input")).first
    box.fill("responsibilities")
    box.press("Enter")
    results = page.locator("#search-results ul.search li a")
    expect(results.first).to_be_visible()
    addresses = results.evaluate_all("all => all.map((link) => link.href)")
    assert any("/book/03-two-coins.html" in address for address in addresses)
    results.filter(has_text="Two coins").first.click()
    expect(page.locator("h1")).to_contain_text("Two coins")


def test_search_says_when_nothing_is_found(open_page, home):
    page = open_page("search.html?q=xyzzyplugh", home=home)
    expect(page.locator("#search-results")).to_contain_text("did not match any documents")


def test_the_search_button_of_a_chapter_leads_to_results(open_page, home):
    page = open_page(site_files.toc_pages()[0], home=home)
    page.locator(".search-button__button:visible").first.click()
    box = page.locator("#pst-search-dialog input[type=search]")
    expect(box).to_be_focused()
    box.fill("saddle")
    box.press("Enter")
    expect(page.locator("#search-results ul.search li").first).to_be_visible()


def test_the_keyboard_opens_and_closes_the_search(open_page):
    page = open_page(site_files.toc_pages()[0])
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input[type=search]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#pst-search-dialog")).to_be_hidden()


def ground(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_theme_follows_the_system(open_page):
    grounds = {
        ground(open_page(site_files.toc_pages()[0], color_scheme=s)) for s in ("light", "dark")
    }
    assert len(grounds) == 2


def test_the_theme_follows_the_system_while_the_page_is_open(open_page):
    page = open_page(site_files.toc_pages()[0], color_scheme="light")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_switch_goes_round_and_is_remembered(open_page):
    page = open_page(site_files.toc_pages()[0], color_scheme="light")
    switch = page.locator(".theme-switch-button:visible")
    seen = []
    for _ in range(3):
        switch.click()
        seen.append(page.locator("html").get_attribute("data-mode"))
    assert sorted(seen) == ["auto", "dark", "light"]
    while page.locator("html").get_attribute("data-mode") != "dark":
        switch.click()
    dark = ground(page)
    page.goto(page.url.replace("index.html", "03-two-coins.html"))
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert ground(page) == dark


def test_a_dark_page_is_never_painted_light_first(open_page):
    """The theme is settled by a script in the head, before the body exists."""
    page = open_page("search.html", color_scheme="dark")
    page.add_init_script(
        """new MutationObserver((_, observer) => {
          if (document.body) {
            window.themeAtFirst = document.documentElement.dataset.theme;
            observer.disconnect();
          }
        }).observe(document, { childList: true, subtree: true })"""
    )
    page.goto(page.url.replace("search.html", site_files.toc_pages()[0]))
    assert page.evaluate("themeAtFirst") == "dark"


def test_a_copy_button_copies_the_code_of_its_cell(open_page, end_chapter):
    page = open_page(end_chapter, permissions=["clipboard-read", "clipboard-write"])
    cell = page.locator("div.highlight:visible").first
    code = cell.locator("pre").text_content()
    cell.hover()
    cell.locator(".copybtn").click()
    expect(cell.locator(".copybtn.success, .copybtn[data-tooltip='Copied!']")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.strip()


def test_the_chapter_list_opens_and_closes_on_a_phone(open_page):
    width, height = SIZES["phone"]
    page = open_page(site_files.toc_pages()[0], viewport={"width": width, "height": height})
    link = page.locator(".bd-sidebar-primary a", has_text="Two coins").first
    expect(link).not_to_be_in_viewport()
    page.locator("button.primary-toggle").click()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()


def test_the_contents_of_the_page_open_on_a_phone_and_lead_there(open_page, end_chapter):
    width, height = SIZES["phone"]
    page = open_page(end_chapter, viewport={"width": width, "height": height})
    page.locator("button.secondary-toggle").click()
    link = page.locator(".bd-sidebar-secondary nav a").nth(1)
    expect(link).to_be_in_viewport()
    anchor = link.get_attribute("href")
    link.click()
    expect(page.locator(f"{anchor} > :is(h2, h3)").first).to_be_in_viewport()


def test_a_notebook_can_be_downloaded_as_it_is_stored(open_page, end_chapter):
    source = site_files.ROOT / end_chapter.replace(".html", ".ipynb")
    if not source.exists():
        return
    page = open_page(end_chapter)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this notebook").click()
    assert download.value.path().read_bytes() == source.read_bytes()
