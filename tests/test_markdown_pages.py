"""The Python that a Markdown page shows runs, block after block, as a reader would type it."""

import re

import pytest
from refresh_notebooks import BOOK

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = {
    page.name: BLOCK.findall(page.read_text("utf-8"))
    for page in [*sorted(BOOK.glob("*.md")), BOOK.parent / "README.md"]
}


@pytest.mark.parametrize("page", [name for name, blocks in PAGES.items() if blocks])
def test_the_python_of_a_page_runs(page):
    names = {}
    for block in PAGES[page]:
        exec(block, names)
