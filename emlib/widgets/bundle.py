"""One text for two hosts: the ES modules of this folder joined into one.

anywidget loads a single module, and a page opened from a disk may load none, so the imports
between our own modules are resolved here, by joining the files in order of use.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

# Each is the name of a module and of the object in it that draws one kind of widget.
VIEWS = (
    *("basins", "bound", "coins", "dish", "gaussian", "likelihood", "limit", "logistic"),
    *("pair", "plane", "surface"),
)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
COMMENT = re.compile(r"^ *(?://.*|/\*\*(?s:.*?)\*/)\n", re.MULTILINE)  # on lines of its own
EXPORT = re.compile(r"^export (?=(?:const|function) (\w+))", re.MULTILINE)


@cache
def read(name: str) -> str:
    """Return the text of one file of the widgets folder."""
    return (files("emlib.widgets") / name).read_text(encoding="utf-8")


def scoped(name: str) -> str:
    """Return one module as a function call that returns its exports, so that names stay apart."""
    text = COMMENT.sub("", read(f"{name}.js"))
    exports = ", ".join(EXPORT.findall(text))
    body = EXPORT.sub("", IMPORT.sub(r"const \1 = modules.\2;", text))
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def in_order(names: Iterable[str], done: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the modules and all that they import, each after the ones it imports."""
    for name in names:
        if name not in done:
            imported = [module for _, module in IMPORT.findall(read(f"{name}.js"))]
            done = (*in_order(imported, done), name)
    return done


def joined(views: Iterable[str]) -> str:
    """Return what the views need in one text, defining `render`."""
    parts = "\n".join(scoped(name) for name in in_order(["player", *views]))
    table = ", ".join(f"{view}: modules.{view}.{view}" for view in views)
    return (
        f"const modules = {{}};\n{parts}\nconst views = {{ {table} }};\n"
        "const render = ({ model, el }) =>\n"
        '  modules.player.play(model, el, views[model.get("problem").view]);'
    )


def as_module() -> str:
    """Return the ES module that anywidget loads in JupyterLab."""
    return f"{joined(VIEWS)}\nexport default {{ render }};\n"


def as_script(views: Iterable[str] = VIEWS) -> str:
    """Return the classic script for a static page with these views; works from a disk too."""
    return f"(() => {{\n{joined(views)}\n{read('static.js')}\n}})();\n"


def as_json(value: Any) -> str:
    """Return JSON that is safe inside an HTML script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
