"""One text for two hosts: the ES modules of this folder joined into one.

anywidget loads a single module, and a page opened from a disk may load none, so the imports
between our own modules are resolved here, by joining the files in order of use.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

# Every module comes after the ones it imports.
MODULES = (
    *("strings", "dom", "draw", "dish_engine", "engine", "trace", "parts", "kinds", "timeline"),
    *("controls", "player", "coins", "gaussian", "basins", "dish", "main"),
)
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|function) (\w+))", re.MULTILINE)


@cache
def read(name: str) -> str:
    """Return the text of one file of the widgets folder."""
    return (files("emlib.widgets") / name).read_text(encoding="utf-8")


def scoped(name: str) -> str:
    """Return one module as a function call that returns its exports, so that names stay apart."""
    text = read(f"{name}.js")
    exports = ", ".join(EXPORT.findall(text))
    body = EXPORT.sub("", IMPORT.sub(r"const \1 = modules.\2;", text))
    return f"modules.{name} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def joined() -> str:
    """Return every module in one text, defining `render`."""
    parts = "\n".join(scoped(name) for name in MODULES)
    return f"const modules = {{}};\n{parts}\nconst {{ render }} = modules.main;"


def as_module() -> str:
    """Return the ES module that anywidget loads in JupyterLab."""
    return f"{joined()}\nexport default {{ render }};\n"


def as_script() -> str:
    """Return the classic script that the static book loads; works from a disk too."""
    return f"(() => {{\n{joined()}\n{read('static.js')}\n}})();\n"


def as_json(value: Any) -> str:
    """Return JSON that is safe inside an HTML script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
