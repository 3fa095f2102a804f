"""Let autodoc read emlib's docstrings, which are plain text with `code`, as reStructuredText.

The fields of a class are listed under its docstring, with the comments that stand beside them.
"""

import inspect
import re
from typing import Any

from sphinx.application import Sphinx

CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
FIELD = re.compile(r"^    (\w+): [^#\n]+#\s*(.+)$", re.MULTILINE)


def as_rst(line: str) -> str:
    """Return one line: code in double backticks, and no mark of reStructuredText elsewhere."""
    parts = CODE.split(line)  # text, code, text, code, …, text
    text = [re.sub(r"([*|_\\])", r"\\\1", part) for part in parts[::2]]
    code = [f"``{part}``" for part in parts[1::2]] + [""]
    return "".join(a + b for a, b in zip(text, code))


def fields(cls: type) -> list[str]:
    """Return a list of the fields of a class that have a comment."""
    found = FIELD.findall(inspect.getsource(cls))
    return ["", *(f"- ``{name}``: {as_rst(comment)}" for name, comment in found)] if found else []


def convert(
    _app: Sphinx, what: str, _name: str, thing: Any, _options: Any, lines: list[str]
) -> None:
    """Convert a docstring in place, as autodoc asks."""
    lines[:] = [*map(as_rst, lines), *(fields(thing) if what == "class" else [])]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the hook."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", convert)
    return {"version": "1", "parallel_read_safe": True}
