"""Planted faults: each must turn the check that guards against it red.

Faults of built pages are planted in browser/test_planted_pages.py.
"""

import copy
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
import test_notebooks
import test_prose
from refresh_notebooks import BOOK, clean

from emlib import CoinMixture, CoinParams, em, fit
from emlib.data import coin_heads
from emlib.widgets import CoinStepper, page

ROOT = BOOK.parent
CHAPTER = BOOK / "03-two-coins.ipynb"
START = CoinParams((0.5, 0.5), (0.5, 0.9))


@pytest.fixture(scope="module")
def chapter():
    return nbformat.read(CHAPTER, as_version=4)


# ---- notebooks ----


def change_a_digit(text):
    """Change the last digit of the first number with four decimals."""
    found = re.search(r"\d\.\d{3}(\d)", text)
    return f"{text[: found.end() - 1]}{(int(found[1]) + 5) % 10}{text[found.end() :]}"


@pytest.fixture(scope="module")
def judged(chapter, tmp_path_factory):
    """Which notebooks nbval fails: the chapter's beginning, and it with a wrong number or state."""
    widget = next(
        number
        for number, cell in enumerate(chapter.cells)
        if cell.get("outputs")
        and "emlib-widget" in cell.outputs[0].get("data", {}).get("text/html", "")
    )
    stored = copy.deepcopy(chapter)
    stored.cells = [cell for cell in stored.cells[: widget + 1] if cell.cell_type == "code"]
    number, data = copy.deepcopy(stored), copy.deepcopy(stored)
    printed = next(
        o for c in number.cells for o in c.outputs if re.search(r"\d\.\d{4}", o.get("text", ""))
    )
    printed.text = change_a_digit(printed.text)
    shown = data.cells[-1].outputs[0].data
    shown["text/html"] = shown["text/html"].replace('"start":{', '"begin":{', 1)
    folder = tmp_path_factory.mktemp("planted")
    for name, notebook in {"stored": stored, "number": number, "data": data}.items():
        nbformat.write(notebook, folder / f"{name}.ipynb")
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-rA", "-p",
         "no:cacheprovider", "--rootdir", folder, folder],
        capture_output=True, text=True, cwd=folder,
    )  # fmt: skip
    return set(re.findall(r"^FAILED \S*?(\w+)\.ipynb", answer.stdout, re.MULTILINE)), answer.stdout


def test_nbval_passes_what_is_stored(judged):
    assert "stored" not in judged[0], judged[1]
    assert "passed" in judged[1]


@pytest.mark.parametrize("fault", ["number", "data"])
def test_nbval_sees_a_wrong_stored_output(judged, fault):
    assert fault in judged[0], judged[1]


def test_a_wrong_number_in_prose_is_seen(chapter):
    assert test_prose.unsupported(chapter) == []
    for number, cell in enumerate(chapter.cells):
        if cell.cell_type == "markdown" and re.search(r"\d\.\d{4}", cell.source):
            planted = copy.deepcopy(chapter)
            planted.cells[number].source = change_a_digit(cell.source)
            faults = test_prose.unsupported(planted)
            assert [fault for fault in faults if fault.startswith(f"cell {number}:")], cell.source


def test_a_wrong_number_in_a_caption_is_seen(chapter):
    planted = copy.deepcopy(chapter)
    number, cell = next(
        (number, cell)
        for number, cell in enumerate(planted.cells)
        if "figure" in cell.metadata.get("mystnb", {})
    )
    cell.metadata.mystnb.figure.caption += " It ends at 0.123456."
    assert test_prose.unsupported(planted)[0].startswith(f"cell {number}, caption: 0.123456")


def test_an_unstripped_notebook_is_seen(chapter):
    planted = copy.deepcopy(chapter)
    planted.metadata["widgets"] = {"state": {}}
    assert clean(planted) != planted


def test_an_output_that_was_not_stored_is_seen(chapter):
    planted = copy.deepcopy(chapter)
    for cell in planted.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    faults = " ".join(test_notebooks.missing_outputs(planted.cells))
    for words in ("prints", "draws", "ends with a value"):
        assert words in faults


def test_a_picture_without_alt_text_is_seen(chapter):
    planted = copy.deepcopy(chapter)
    drawn = [cell for cell in planted.cells if "image" in cell.metadata.get("mystnb", {})]
    del drawn[0].metadata["mystnb"]["image"]
    assert len(test_notebooks.figures_without_words(planted.cells)) == 1


def test_a_stored_warning_is_seen(chapter):
    planted = copy.deepcopy(chapter)
    cell = next(cell for cell in planted.cells if cell.cell_type == "code")
    cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text="DeprecationWarning"))
    assert len(test_notebooks.complaints(planted.cells)) == 1


@pytest.mark.parametrize(
    "words",
    ["/home/ann/book/x.csv", "/work/main/emlib", "<object at 0x7f1c2d3e4f50>", "site-packages"],
)
def test_a_trace_of_one_machine_is_seen(words):
    assert test_notebooks.OF_ONE_MACHINE.search(f'"read {words}"')


# ---- the build ----

FAULTY = r"""# Faulty

A formula with a mistake: $\frac{1}{2$.

$$\nosuchmacro{x} = 1$$

A link to [nowhere](#no-such-label), to {doc}`no-such-page`, to {eq}`no-such-formula`,
to {numref}`no-such-figure`, and a work that is not listed: {cite}`nobody1900`.

![](no-such-picture.png)
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """What a build with the book's own settings says of one page full of faults."""
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copy(ROOT / "_config.yml", folder)
    for part in ("extensions", "assets"):
        shutil.copytree(BOOK / part, folder / "book" / part)
    shutil.copy(BOOK / "references.bib", folder / "book")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    (folder / "book" / "index.md").write_text(FAULTY)
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        "-W",
        "-n",
        "--keep-going",
        ".",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return answer.returncode, re.sub(r"\x1b\[\d+m", "", answer.stdout + answer.stderr)


def test_a_faulty_page_stops_the_build(build):
    assert build[0] != 0, build[1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (3, r"KaTeX|Expected"),
        (5, r"nosuchmacro"),
        (7, r"no-such-label"),
        (7, r"no-such-page"),
        (7, r"no-such-formula"),
        (7, r"no-such-figure"),
        (7, r"nobody1900"),
        ("", r"no-such-picture"),  # docutils knows no line of a picture
    ],
    ids=["tex syntax", "tex macro", "label", "page", "formula", "figure", "citation", "picture"],
)
def test_the_build_names_the_line_of_each_fault(build, line, words):
    pattern = rf"index\.md:{line}: WARNING: .*(?:{words})"
    assert re.search(pattern, build[1]), build[1]


# ---- emlib ----


def test_a_bound_that_falls_is_called_by_its_name():
    class Overshoots(CoinMixture):
        def m_step(self, x, responsibilities):
            params = super().m_step(x, responsibilities)
            return CoinParams(params.weights, params.heads[::-1] * 0.9)

    model = Overshoots(tosses=10, weights=(0.5, 0.5))
    bounds = [step.elbo for step in em(model, coin_heads(), START, max_iter=20)]
    assert np.min(np.diff(bounds[1:])) < 0
    assert fit(model, coin_heads(), START, max_iter=20).status == "fell"


# ---- widgets ----

BREAKING = [
    "</script><script>broken()</script>",
    "<!-- <script>",
    "]]>",
    '" onerror="broken()',
    "\u2028",
]


class Reader(HTMLParser):
    """Notes what a browser's parser would see."""

    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self.after = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "script" and self.cdata_elem:
            self.scripts[-1] += data
        else:
            self.after += data


@pytest.mark.parametrize("text", BREAKING)
def test_text_in_widget_data_cannot_break_out(text):
    html = page.static_html({"name": text, "steps": []}, plt.figure(), text) + "<p>the rest</p>"
    reader = Reader()
    reader.feed(html)
    assert [tag for tag, _ in reader.tags] == ["div", "script", "img", "p"]
    assert json.loads(reader.scripts[0]) == {"name": text, "steps": []}
    assert set(reader.tags[2][1]) == {"class", "alt", "src"}
    assert reader.tags[2][1]["alt"] == text
    assert reader.after.endswith("the rest")
    assert "<!--" not in html


def test_names_of_starts_cannot_break_out():
    starts = dict.fromkeys(BREAKING, START)
    html = CoinStepper(coin_heads(), START, presets=starts)._repr_mimebundle_()["text/html"]
    reader = Reader()
    reader.feed(html)
    assert [tag for tag, _ in reader.tags] == ["div", "script", "img"]
    presets = json.loads(reader.scripts[0])["problem"]["presets"]
    assert [preset["name"] for preset in presets] == BREAKING
