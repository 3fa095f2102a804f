"""The Nu HTML checker on every page; Lighthouse, which is slow, on one page of each make."""

import os
import shutil

import pytest
import site_files
from judges import html_faults, lighthouse

CI = os.environ.get("CI") == "true"


@pytest.mark.skipif(
    not CI and not shutil.which("java"),
    reason="NO JAVA: the HTML of the book was NOT checked. Install default-jre-headless.",
)
def test_the_nu_checker_finds_no_error_in_any_page():
    assert html_faults([site_files.SITE / page for page in site_files.html_pages()]) == []


def judged():
    """The start page, the longest chapter and the reference."""
    chapters = list(dict.fromkeys(w.page for w in site_files.widgets()))
    longest = max(chapters, key=lambda page: (site_files.SITE / page).stat().st_size)
    return [site_files.toc_pages()[0], longest, "book/reference.html"]


@pytest.mark.parametrize("path", dict.fromkeys(judged()))
def test_lighthouse_gives_full_marks(address, path):
    scores, reasons = lighthouse(address + path)
    assert reasons == []
    assert scores == {"accessibility": 100, "best-practices": 100, "seo": 100}
