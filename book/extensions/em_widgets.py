"""Bring the widgets to life in the static book, without a kernel.

A page that holds widgets loads one stylesheet and one deferred classic script with what its
widgets need, made at build time from the ES modules of `emlib/widgets`; a classic script also runs
from a disk.
The still pictures become files, which a browser fetches only for paper or without JavaScript.
The directive `em-widget` shows a widget in a Markdown page, which stores no outputs.
"""

import ast
import re
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from emlib.widgets import bundle

STYLE = "emlib-widgets.css"
SCRIPT = "emlib-widgets-{}.js"  # the names of its views, joined by hyphens
VIEW = re.compile(r'<div class="emlib-widget"><script type="application/json">.*?"view":"(\w+)"')
STILL = re.compile(r'(<img class="emlib-still" alt="[^"]*") src="data:image/svg\+xml,([^"]*)">')


class WidgetDirective(SphinxDirective):
    """Run the Python in the directive's body; its last line is the widget to show."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the widget's static HTML."""
        body = ast.parse("\n".join(self.content))
        *statements, last = body.body
        if not isinstance(last, ast.Expr):
            raise self.error("em-widget: the last line must be an expression that is a widget")
        names: dict[str, Any] = {}
        exec(compile(ast.Module(statements, []), "<em-widget>", "exec"), names)
        widget = eval(compile(ast.Expression(last.value), "<em-widget>", "eval"), names)
        return [nodes.raw("", widget._repr_mimebundle_()["text/html"], format="html")]


def write_script(app: Sphinx, views: list[str]) -> str:
    """Write the script with these views where Sphinx looks for static files; returns its name."""
    name = SCRIPT.format("-".join(views))
    (Path(app.outdir) / "_static" / name).write_text(bundle.as_script(views), encoding="utf-8")
    return name


def write_assets(app: Sphinx) -> None:
    """Write the stylesheet, and anew the scripts of pages that this build may leave as they are."""
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / STYLE).write_text(bundle.read("style.css"), encoding="utf-8")
    for script in static.glob(SCRIPT.format("*")):
        views = script.stem.split("-")[2:]
        if set(views) <= set(bundle.VIEWS):  # an old build may have held others
            write_script(app, views)


def link_assets(app: Sphinx, page: str, template: str, context: dict, doctree: Any) -> None:
    """Load the stylesheet and write and load the script that the widgets of a page need."""
    views = sorted(set(VIEW.findall(context.get("body", ""))))
    if views:
        app.add_css_file(STYLE)
        app.add_js_file(write_script(app, views), loading_method="defer")


def put_stills_aside(app: Sphinx, _page: str, _template: str, context: dict, _tree: Any) -> None:
    """Write the still pictures to files and load them when they are wanted."""
    folder = Path(app.outdir) / "_images"

    def to_file(still: re.Match[str]) -> str:
        picture = unquote(still[2])
        name = f"still-{sha256(picture.encode()).hexdigest()[:16]}.svg"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(picture, encoding="utf-8")
        return f'{still[1]} loading="lazy" src="{context["pathto"](f"_images/{name}", 1)}">'

    context["body"] = STILL.sub(to_file, context.get("body", ""))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the hooks."""
    app.add_directive("em-widget", WidgetDirective)
    app.connect("builder-inited", write_assets)
    app.connect("html-page-context", link_assets)
    app.connect("html-page-context", put_stills_aside)
    return {"version": "1", "parallel_read_safe": True}
