"""Every example of the reference and of a docstring prints what it says, digit by digit.

The examples under one heading of the page share their names, as a reader would type them one
after another in a notebook; every block is a cell, so its figures end with it.
"""

import doctest
import importlib
import pkgutil
import re

import matplotlib
import pytest
from refresh_notebooks import BOOK

import emlib

matplotlib.use("agg")

import matplotlib.pyplot as plt

PAGE = BOOK / "reference.md"
PART = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```pycon\n(?P<block>.*?)^```$", re.DOTALL | re.M)


def blocks_by_heading():
    """The examples of the page: for every heading its blocks, each with the line it begins on."""
    text, found, heading = PAGE.read_text("utf-8"), {}, ""
    for part in PART.finditer(text):
        heading = part["heading"] or heading
        if part["block"]:
            line = text.count("\n", 0, part.start("block"))
            found.setdefault(heading, []).append((line, part["block"]))
    return found


BLOCKS = blocks_by_heading()


def failures(test):
    """Run one block of examples and return what doctest says about those that failed."""
    said = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
    return "".join(said)


@pytest.mark.parametrize("heading", BLOCKS)
def test_the_examples_print_what_the_page_says(heading):
    names = {"__name__": "__main__"}
    with matplotlib.rc_context():
        for line, block in BLOCKS[heading]:
            parsed = doctest.DocTestParser().get_doctest(block, {}, heading, str(PAGE), line)
            parsed.globs = names
            said = failures(parsed)
            plt.close("all")
            assert not said, said


def test_the_examples_print_at_most_six_digits():
    numbers = (
        (one, example.want)
        for blocks in BLOCKS.values()
        for _, block in blocks
        for example in doctest.DocTestParser().get_examples(block)
        for one in re.findall(r"\d+(?:\.\d+)?", example.want)
    )
    long = [want for one, want in numbers if len(one.replace(".", "").strip("0")) > 6]
    assert long == []


def test_the_examples_of_docstrings_hold():
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in pkgutil.walk_packages(emlib.__path__, "emlib."):
        for test in finder.find(importlib.import_module(module.name)):
            assert not failures(test)
