"""Time `emlib` beside its peers, check that all reach the same numbers, and store the tables.

    make bench
    .venv/bin/python -m benchmarks.run --case a,b,growth --rounds 5 --threads 2

A whole run stores its tables in the book. It takes some minutes; let the machine do nothing else.
"""

import argparse
import os
import sys
import textwrap
import time

from threadpoolctl import threadpool_limits

from benchmarks import growth, memory, ours, passes, tables
from benchmarks.cases import CASES
from benchmarks.compare import compare
from benchmarks.outcome import Disagreement
from benchmarks.tables import Row

PARTS = ("growth", "memory", "passes")
PATIENCE = 10  # seconds per case, after which three rounds are enough
TITLES = {
    "cases": "Time per iteration (h, h0, plain and anderson: per fit)",
    "growth": "Time for twice as much, as a multiple",
    "memory": "Peak memory beyond the data",
    "passes": "Passes over the data to within 1e-6 of the estimate",
}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time emlib beside its peers.")
    everything = [*CASES, *PARTS]
    parser.add_argument("--case", help=f"some of {','.join(everything)}; otherwise all")
    parser.add_argument("--rounds", type=int, default=7, help="turns of every contender (7)")
    parser.add_argument("--threads", type=int, default=1, help="for BLAS and OpenMP (1)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, three rounds")
    found = parser.parse_args(words)
    found.names = found.case.split(",") if found.case else everything
    unknown = [name for name in found.names if name not in everything]
    if unknown:
        parser.error(f"no case is named {', '.join(unknown)}; there are {', '.join(everything)}")
    if min(found.rounds, found.threads) < 1:
        parser.error("--rounds and --threads must be at least 1")
    found.share, found.rounds = (0.1, min(found.rounds, 3)) if found.quick else (1.0, found.rounds)
    found.stored = not found.quick and not found.case and found.threads == 1
    return found


def say(words: str) -> None:
    """Tell how far it has come, apart from the tables."""
    print(f"  {words}", file=sys.stderr, flush=True)


class Report:
    """Tables as they grow, and notes beneath them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.notes: list[str] = []

    def table(self, part: str, head: Row, rows: list[Row]) -> None:
        """Print a table and keep it for the book."""
        if not rows:
            return
        print(f"\n{TITLES[part]}\n" + "\n".join(tables.lines(head, rows)), flush=True)
        self.texts.append(f"### {TITLES[part]}\n\n{tables.markdown(head, rows)}")

    def note(self, words: str) -> None:
        """Say once why something is missing."""
        if words not in self.notes:
            self.notes.append(words)
            say(f"left out: {words}")


def timed(report: Report, names: list[str], share: float, rounds: int) -> None:
    """Run the cases of the main table."""
    rows = []
    for name in names:
        case = CASES[name]
        if case.skip:
            report.note(f"case {name} ({case.title}): {case.skip}")
            continue
        begin = time.perf_counter()
        try:
            shown = compare(case, share, rounds, PATIENCE)
        except Disagreement as error:
            sys.exit(f"Case {name}: {error}. Nothing is stored.")
        for reason in shown.absent:
            report.note(reason)
        rows.append(tables.case_row(name, case.title, shown))
        say(f"{name}: {shown.rounds} rounds, {time.perf_counter() - begin:.0f} s")
    report.table("cases", tables.CASES, rows)


def grown(report: Report, share: float, rounds: int) -> None:
    """Run the table of growth."""
    rows = []
    for family in growth.FAMILIES:
        rows.append(tables.growth_row(family, growth.doubled(family, share, rounds)))
        say(f"growth: {family}")
    report.table("growth", tables.GROWTH, rows)


def filled(report: Report, share: float) -> None:
    """Run the table of memory."""
    rows = []
    for title, peak in memory.rows(share).items():
        rows.append(tables.memory_row(title, peak()))
        say(f"memory: {title}")
    report.table("memory", tables.MEMORY, rows)


def counted(report: Report) -> None:
    """Run the table of passes."""
    if not ours.HAS_ACCELERATION:
        report.note("passes: emlib has no fit(accelerate=True) yet")
        return
    rows = []
    for name in passes.SLOW:
        try:
            rows.append(tables.passes_row(name, passes.count(name)))
        except passes.NoEstimate as reason:
            report.note(f"passes, {name}: {reason}")
            continue
        say(f"passes: {name}")
    report.table("passes", tables.PASSES, rows)


def main(words: list[str] | None = None) -> None:
    """Run, print and, if it was a whole run, store."""
    chosen = arguments(words)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(chosen.threads)
    report, begin = Report(), time.perf_counter()
    with threadpool_limits(chosen.threads):
        conditions = tables.conditions(chosen.threads, chosen.rounds)
        print(textwrap.fill(conditions, tables.WIDTH), flush=True)
        cases = [name for name in chosen.names if name in CASES]
        timed(report, cases, chosen.share, chosen.rounds)
        if "growth" in chosen.names:
            grown(report, chosen.share, chosen.rounds)
        if "memory" in chosen.names:
            filled(report, chosen.share)
        if "passes" in chosen.names:
            counted(report)
    notes = [f"Left out: {'; '.join(report.notes)}."] if report.notes else []
    closing = [*notes, f"{time.perf_counter() - begin:.0f} s in all."]
    print("", *(textwrap.fill(words, tables.WIDTH) for words in closing), sep="\n")
    if chosen.stored:
        tables.store("\n\n".join([conditions, *report.texts, *notes]))
        print(f"Stored in {tables.PAGE.relative_to(tables.PAGE.parents[1])}.")


if __name__ == "__main__":
    main()
