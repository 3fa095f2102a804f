"""The tables, for the terminal and for the book, and under which conditions they were made."""

import math
import os
import platform
import re
import textwrap
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_info

from benchmarks import r_peers
from benchmarks.compare import Comparison
from benchmarks.memory import Peak
from benchmarks.passes import MOST_FAST, Passes

WIDTH = 100
PAGE = Path(__file__).parents[1] / "book" / "benchmarks.md"
BEGIN, END = "% benchmarks: begin", "% benchmarks: end"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Row = tuple[str, ...]

CASES: Row = ("case", "ms", "÷ limit", "gap", "±", "time ÷ that of each peer, the closest first")
GROWTH: Row = ("model", "size", "2 n", "2 K", "2 d")
MEMORY: Row = ("case", "data, MB", "emlib, MB", "÷ data", "peer, MB")
PASSES: Row = ("problem", "plain EM", "accelerated", "share")


def number(value: float) -> str:
    """Return a value with two digits, or three where they stand before the point."""
    if math.isnan(value):
        return "–"
    if value == 0:
        return "0"
    places = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{places}f}"


def power(value: float) -> str:
    """Return a small value with one digit, as 2·10⁻¹²; nothing in it breaks over a line."""
    if value == 0 or math.isnan(value):
        return number(value)
    digit, exponent = f"{value:.0e}".split("e")
    return f"{digit}·10" + str(int(exponent)).translate(RAISED)


def case_row(name: str, title: str, shown: Comparison) -> Row:
    """Return a row of the main table."""
    ratios = ", ".join(f"{peer} {number(ratio)}" for peer, ratio in shown.ratios.items())
    figures = number(shown.milliseconds), number(shown.to_limit), power(shown.gap)
    return f"{name}: {title}", *figures, f"{shown.spread:.0%}", ratios


def growth_row(family: str, shown: dict[str, float]) -> Row:
    """Return a row of the table of growth."""
    sizes = [f"{'K' if name == 'k' else name}={shown[name]:,}" for name in "nkd" if name in shown]
    ratios = (number(shown[f"2{name}"]) if name in shown else "–" for name in "nkd")
    return family, ", ".join(sizes), *ratios


def memory_row(title: str, peak: Peak) -> Row:
    """Return a row of the table of memory."""
    others = [f"{peer} {number(used)}" for peer, used in peak.beyond.items() if peer != "emlib"]
    ours = peak.beyond["emlib"]
    figures = number(peak.data), number(ours), number(ours / peak.data) if peak.data else "–"
    return title, *figures, ", ".join(others) or "–"


def passes_row(name: str, counted: Passes) -> Row:
    """Return a row of the table of passes."""
    plain, fast = counted
    if fast >= MOST_FAST:
        return name, f"{plain:,}", f"over {fast:,}", "–"
    return name, f"{plain:,}", f"{fast:,}", number(fast / plain)


def lines(head: Row, rows: list[Row]) -> list[str]:
    """Lay out a table for the terminal; the last column is wrapped."""
    *widths, _ = (max(map(len, column)) for column in zip(head, *rows))
    room = max(WIDTH - sum(widths) - 2 * len(widths), 20)
    found = []
    for row in [head, *rows]:
        begin = row[0].ljust(widths[0]) + "".join(
            "  " + cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:])
        )
        first, *more = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
        indent = " " * (len(begin) + 2)
        found += [f"{begin}  {first}", *(indent + rest for rest in more)]
    return found


def markdown(head: Row, rows: list[Row]) -> str:
    """Lay out a table for the book."""
    rule = [":--", *(["--:"] * (len(head) - 2)), ":--"]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def conditions(threads: int, rounds: int) -> str:
    """Return the date, the machine and the versions, in sentences."""
    packages = ["emlib", "numpy", "scipy", "scikit-learn", "hmmlearn", "statsmodels"]
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    versions += r_peers.versions()
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    versions += sorted({f"{one['internal_api']} {one['version']}" for one in blas})
    many = f"{threads} BLAS thread" + "s" * (threads > 1)
    return (
        f"{date.today():%d %B %Y}. {processor()}, {os.cpu_count()} cores, {platform.system()}; "
        f"{many}, up to {rounds} rounds. {', '.join(versions)}."
    )


def processor() -> str:
    """Return the class of the processor as the system names it."""
    file = Path("/proc/cpuinfo")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.processor() or platform.machine()


def store(text: str, page: Path = PAGE) -> None:
    """Put the text between the two markers of the page."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
