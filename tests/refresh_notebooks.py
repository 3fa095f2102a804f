"""Run the book's notebooks and store their outputs so that two runs give the same bytes.

`python tests/refresh_notebooks.py [NOTEBOOK …]` runs them all, or those named. Nothing here
changes what a cell does: it only removes what differs from run to run (counters, ids, live
widget state) and what belongs to one machine (kernel and language details).
"""

import sys
from itertools import count
from pathlib import Path

import nbformat
from nbclient import NotebookClient

BOOK = Path(__file__).resolve().parent.parent / "book"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook as it is stored in git."""
    notebook = nbformat.from_dict(notebook)
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    runs = count(1)  # nbval takes a cell without a number for one that was never run
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        cell.metadata = {
            k: v for k, v in cell.metadata.items() if k in ("tags", "mystnb", "slideshow")
        }
        if cell.cell_type == "code":
            cell.execution_count = next(runs)
            cell.outputs = [clean_output(one, cell.execution_count) for one in cell.outputs]
    return notebook


def clean_output(output: nbformat.NotebookNode, run: int) -> nbformat.NotebookNode:
    """Return one output without what differs from run to run or needs a kernel."""
    output = nbformat.from_dict(output)
    if "execution_count" in output:
        output.execution_count = run
    if "metadata" in output:
        output.metadata = {}
    if "text/html" in output.get("data", {}):
        output.data.pop(WIDGET_VIEW, None)
    return output


def refresh(path: Path) -> None:
    """Run one notebook in its own folder and store it cleaned."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    nbformat.write(clean(notebook), path)


if __name__ == "__main__":
    for path in [Path(name) for name in sys.argv[1:]] or sorted(BOOK.glob("*.ipynb")):
        print(f"running {path.name}", flush=True)
        refresh(path)
