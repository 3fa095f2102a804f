"""How fast is a widget? Prints milliseconds; run it on a machine that does nothing else.

    .venv/bin/python benchmarks/widget_speed.py

The cases: 500 observations, four components, on a line and in the plane, in the system's Chromium,
as in the static book.
A half-step is computed once, with the whole trace, and then drawn when it is its turn; dragging a
handle computes the whole trace and draws, for every frame. Layout is forced, so that it counts.
"""

import os
import platform
import shutil
import statistics
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from emlib import GaussianParams
from emlib.widgets import GaussianStepper, PlaneStepper, bundle
from emlib.widgets.player import Player

N, K, ROUNDS = 500, 4, 60
BUDGETS = {"half-step": 8, "drag": 33}  # ms

# The engine alone, then the widget as a reader uses it: keys, and a pointer that drags.
MEASURE = """async (rounds) => {
  const widget = document.querySelector(".emlib-widget");
  const { problem, start, options } = JSON.parse(widget.querySelector("script").textContent);
  const times = { compute: [], draw: [], drag: [], traces: [] };
  const clock = (list, work) => {
    const begin = performance.now();
    work();
    document.body.getBoundingClientRect();
    list.push(performance.now() - begin);
  };
  for (let n = 0; n < rounds; n += 1) {
    const begin = performance.now();
    const steps = modules[problem.view].halfSteps(problem, start, options);
    times.compute.push((performance.now() - begin) / (steps.length - 1));
    times.steps = steps.length - 1;
  }
  const timeline = widget.querySelector(".timeline");
  const press = (key) =>
    timeline.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  for (let n = 0; n < rounds; n += 1) {
    clock(times.draw, () => press(n % 2 ? "m" : "e"));
    await new Promise((done) => requestAnimationFrame(done));
  }
  const handle = widget.querySelector(".handle");
  const { x, y } = handle.getBoundingClientRect();
  const send = (target, kind, at) =>
    target.dispatchEvent(new PointerEvent(kind, { clientX: at, clientY: y, bubbles: true }));
  send(handle.firstChild, "pointerdown", x);
  for (let n = 0; n < rounds; n += 1) {
    clock(times.drag, () => send(window, "pointermove", x + 3 * n));
    times.traces.push(Number(widget.querySelector(".said").textContent.match(/\\d+/)?.[0] ?? 0));
    await new Promise((done) => requestAnimationFrame(done));
  }
  send(window, "pointerup", x);
  return times;
}"""


def line_widget() -> GaussianStepper:
    """The widget on a line."""
    draw = np.random.default_rng(0)
    x = draw.normal(np.repeat([-6, -1, 2, 6], N // K), np.repeat([1, 0.7, 1.2, 0.8], N // K))
    start = GaussianParams(np.full(K, 1 / K), np.array([-4.0, -2, 1, 4]), np.full(K, 4.0))
    return GaussianStepper(x.round(3), start)


def plane_widget() -> PlaneStepper:
    """The widget in the plane."""
    draw = np.random.default_rng(0)
    centres = np.array([[0, 0], [4, 0], [0, 4], [3, 3]])
    x = draw.normal(np.repeat(centres, N // K, axis=0), 1)
    start = GaussianParams(np.full(K, 1 / K), centres / 2 + 1, [2 * np.eye(2)] * K)
    return PlaneStepper(x.round(3), start)


def page(widget: Player) -> str:
    """A widget on a page, with its modules within reach."""
    script = bundle.as_script().replace(
        "const modules = {};", "const modules = window.modules = {};"
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<style>{bundle.read('style.css')}</style>"
        f"<body>{widget._repr_mimebundle_()['text/html']}<script>{script}</script>"
    )


def measure(widget: Player) -> dict[str, list[float]]:
    """Milliseconds, by what was done."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    chromium = next(filter(None, (shutil.which(name) for name in names if name)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder, "page.html")
        file.write_text(page(widget), encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 1400}, reduced_motion="reduce")
        tab.goto(file.as_uri())
        tab.wait_for_selector(".emlib-live .controls")
        times = tab.evaluate(MEASURE, ROUNDS)
        print(f"Chromium {browser.version}, {platform.machine()}, {os.cpu_count()} CPUs")
        browser.close()
    return times


def row(name: str, values: list[float], budget: float) -> str:
    """One row of the table."""
    middle = statistics.median(values)
    late = sorted(values)[int(0.95 * len(values))]
    return f"{name:46} {middle:8.2f} {late:8.2f} {budget:8} {'ok' if middle <= budget else 'OVER'}"


def main() -> None:
    """Measure and print."""
    for widget in (line_widget(), plane_widget()):
        print(f"\n{type(widget).__name__}")
        report(measure(widget))


def report(times: dict[str, list[float]]) -> None:
    """Print one table."""
    halves = [a + b for a, b in zip(times["compute"], times["draw"], strict=True)]
    print(f"{N} observations, {K} components; ms{'':27} median      95 %   budget")
    print(row(f"compute one half-step (of a trace of {times['steps']})", times["compute"], 8))
    print(row("draw one half-step", times["draw"], BUDGETS["half-step"]))
    print(row("compute and draw one half-step", halves, BUDGETS["half-step"]))
    longest = 2 * max(times["traces"])
    print(row(f"drag: whole trace (up to {longest}) and draw", times["drag"], BUDGETS["drag"]))


if __name__ == "__main__":
    main()
