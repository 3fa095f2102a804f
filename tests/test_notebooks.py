"""The notebooks as they are stored: clean, complete, and the same on every machine."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
import yaml
from refresh_notebooks import BOOK, clean

NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
TAGS = {"hide-input", "hide-cell", "hide-output", "remove-input", "remove-output", "remove-cell"}
CELL_METADATA = {"tags", "mystnb", "slideshow"}
OF_ONE_MACHINE = re.compile(
    r"(?<![\w/.])/(?:home|root|work|tmp|Users|usr|opt|var)/|[A-Z]:\\\\|site-packages|0x[0-9a-f]{8,}"
)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def cells(path):
    return nbformat.read(path, as_version=4).cells


def code_of(cells):
    return [(number, cell) for number, cell in enumerate(cells) if cell.cell_type == "code"]


def missing_outputs(cells):
    """Code cells that print, draw or end with a value, and have no such output stored."""
    faults = []
    for number, cell in code_of(cells):
        body = ast.parse(cell.source).body
        calls = {
            ast.unparse(node.func) for node in outside_functions(body) if isinstance(node, ast.Call)
        }
        kinds = {output.output_type for output in cell.outputs}
        pictures = any(k.startswith("image/") for o in cell.outputs for k in o.get("data", {}))
        if "print" in calls and "stream" not in kinds:
            faults.append(f"cell {number} prints, but no text is stored")
        if "plt.show" in calls and not pictures:
            faults.append(f"cell {number} draws, but no picture is stored")
        ends_with_a_value = (
            body and isinstance(body[-1], ast.Expr) and isinstance(body[-1].value, ast.Name)
        )
        if ends_with_a_value and "execute_result" not in kinds:
            faults.append(f"cell {number} ends with a value, but none is stored")
    return faults


def outside_functions(body):
    """Every node that runs when the cell runs, function bodies left out."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield node
            yield from outside_functions(ast.iter_child_nodes(node))


def figures_without_words(cells):
    """Cells with a picture but without alt text of at least a short sentence."""
    return [
        f"cell {number} has a picture without alt text"
        for number, cell in code_of(cells)
        if any(
            kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})
        )
        and len(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")) < 30
    ]


def complaints(cells):
    """Stored errors and warnings."""
    return [
        f"cell {number}: {output.get('ename') or output.get('text')}"
        for number, cell in code_of(cells)
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 2


def test_a_notebook_is_stored_as_the_strip_step_leaves_it(path):
    stored = path.read_text(encoding="utf-8")
    tidy = nbformat.writes(clean(nbformat.reads(stored, as_version=4))) + "\n"
    assert stored == tidy, f"run: python tests/refresh_notebooks.py {path.name}"


def test_every_cell_that_shows_something_has_its_output(cells):
    assert missing_outputs(cells) == []


def test_no_cell_ended_in_an_error_or_a_warning(cells):
    assert complaints(cells) == []


def test_every_figure_has_words_for_those_who_cannot_see_it(cells):
    assert figures_without_words(cells) == []


def test_every_figure_has_a_caption_and_a_name(cells):
    for number, cell in code_of(cells):
        if any(
            kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})
        ):
            assert {"caption", "name"} <= set(cell.metadata.mystnb.get("figure", {})), (
                f"cell {number}"
            )


def test_no_two_figures_share_a_name():
    names = [
        cell.metadata.mystnb.figure.name
        for notebook in NOTEBOOKS
        for cell in nbformat.read(notebook, as_version=4).cells
        if "figure" in cell.metadata.get("mystnb", {})
    ]
    assert len(set(names)) == len(names)


def test_cells_carry_no_metadata_that_is_not_needed(cells):
    assert {key for cell in cells for key in cell.metadata} <= CELL_METADATA


def test_tags_are_those_that_the_book_knows(cells):
    assert {tag for cell in cells for tag in cell.metadata.get("tags", [])} <= TAGS


def test_nothing_of_the_machine_that_ran_it_is_left(path):
    assert OF_ONE_MACHINE.findall(path.read_text(encoding="utf-8")) == []


def test_no_widget_state_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget" not in text
    assert "widgets" not in nbformat.reads(text, as_version=4).metadata


def test_every_widget_is_stored_with_its_picture(cells):
    for number, cell in code_of(cells):
        for output in cell.outputs:
            page = output.get("data", {}).get("text/html", "")
            if 'class="emlib-widget"' in page:
                assert page.count('<img class="emlib-still" alt="') == 1, f"cell {number}"
                assert re.search(r'alt="[^"]{15,}"', page), f"cell {number}"


def test_a_notebook_begins_with_its_title(cells):
    assert cells[0].cell_type == "markdown"
    assert cells[0].source.startswith("# ")
    titles = re.findall(
        r"^# ", "\n".join(c.source for c in cells if c.cell_type == "markdown"), re.MULTILINE
    )
    assert len(titles) == 1


def test_titles_hold_no_formula(cells):
    assert "$" not in cells[0].source.splitlines()[0]


def test_the_toc_lists_every_notebook():
    toc = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
    files = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert {f"book/{path.stem}" for path in NOTEBOOKS} <= files


def test_the_start_page_links_every_notebook():
    start = Path(BOOK / "index.md").read_text(encoding="utf-8")
    assert [path.stem for path in NOTEBOOKS if path.stem not in start] == []
