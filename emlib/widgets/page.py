"""The form a widget takes in a page without a kernel: its state as JSON beside a picture of it."""

import inspect
import re
from html import escape
from textwrap import dedent
from typing import Any
from urllib.parse import quote

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from emlib import plots
from emlib.widgets.bundle import as_json

DOCSTRING = re.compile(r'^ *(?:r?"""|\'\'\').*?(?:"""|\'\'\')\n', re.DOTALL | re.MULTILINE)


def static_html(state: dict[str, Any], figure: Figure, alt: str) -> str:
    """Return HTML that the book's loader brings to life; without JavaScript the picture stays."""
    return (
        '<div class="emlib-widget">'
        f'<script type="application/json">{as_json(shortened(state))}</script>'
        f'<img class="emlib-still" alt="{escape(alt)}" src="{picture(figure)}">'
        "</div>"
    )


def shortened(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state with its tables rounded: finely where a ledger shows every row at once."""
    digits = 10 if len(state["problem"]["x"]) <= 20 else 6
    steps = [
        {
            name: rounded(part, digits) if isinstance(part, list) else part
            for name, part in one.items()
        }
        for one in state["steps"]
    ]
    return state | {"steps": steps}


def rounded(part: Any, digits: int) -> Any:
    """Return nested lists of numbers with `digits` significant digits."""
    if isinstance(part, list):
        return [rounded(one, digits) for one in part]
    return float(f"{part:.{digits}g}")


def picture(figure: Figure) -> str:
    """Return a figure as the address of an SVG image, and close it."""
    with plt.rc_context({"svg.fonttype": "none"}):  # an image has the reader's fonts: no outlines
        text = plots.as_svg(figure)
    plt.close(figure)
    return "data:image/svg+xml," + quote(" ".join(text.split()), safe="/:=;,()'+*-._~")


def sources(model: Any) -> list[dict[str, str]]:
    """Return the source of the methods that a half-step runs, without docstrings."""
    methods = [("E", "log_joint"), ("E", "e_step"), ("M", "m_step")]
    return [{"kind": kind, "source": source(getattr(model, name))} for kind, name in methods]


def source(method: Any) -> str:
    """Return the source of one method, or "" where Python has none (a frozen or typed-in class)."""
    try:
        return DOCSTRING.sub("", dedent(inspect.getsource(method)), count=1).rstrip()
    except (OSError, TypeError):
        return ""
