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
    """Return the state with every step rounded: the last digits differ from machine to machine."""
    return state | {"steps": [rounded(step) for step in state["steps"]]}


def rounded(part: Any, digits: int = 10) -> Any:
    """Return nested numbers with `digits` significant digits, and 6 in a table of many rows."""
    if isinstance(part, dict):
        return {name: rounded(one, digits) for name, one in part.items()}
    if isinstance(part, list):  # a short table is a ledger, whose every row is on the screen
        return [rounded(one, 6 if len(part) > 20 else digits) for one in part]
    return float(f"{part:.{digits}g}") if isinstance(part, float) else part


def picture(figure: Figure) -> str:
    """Return a figure as the address of an SVG image, and close it."""
    with plt.rc_context({"svg.fonttype": "none"}):  # an image has the reader's fonts: no outlines
        text = plots.as_svg(figure)
    plt.close(figure)
    return "data:image/svg+xml," + quote(" ".join(text.split()), safe="/:=;,()'+*-._~")


def sources(model: Any) -> list[dict[str, str]]:
    """Return the source of the methods that a half-step runs, without docstrings."""
    methods = [("E", "log_joint"), ("E", "e_step"), ("M", "m_step")]
    if hasattr(model, "coefficients"):  # what the numbers are made of
        methods = [("E", "coefficients"), *methods, ("M", "maximise")]
    return [{"kind": kind, "source": source(getattr(model, name))} for kind, name in methods]


def source(method: Any) -> str:
    """Return the source of one method, or "" where Python has none (a frozen or typed-in class)."""
    try:
        return DOCSTRING.sub("", dedent(inspect.getsource(method)), count=1).rstrip()
    except (OSError, TypeError):
        return ""
