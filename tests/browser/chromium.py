"""Driving the system's Chromium, and watching what a page does while it is used."""

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page
from site_files import ROOT

JUDGES = ROOT / "tests" / "browser" / "node_modules"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (360, 740), "tablet": (768, 1024), "desktop": (1280, 800)}
SIZES |= {"twofold": (640, 400), "fourfold": (320, 256)}  # a laptop's window at 200 % and 400 %

# What a reader does: scroll to the end, so that every widget and picture is loaded.
SCROLL = """async () => {
  const turn = () => new Promise((done) => requestAnimationFrame(done));
  const frame = () => turn().then(turn);
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight * 1.5) {
    scrollTo({ top: y, behavior: "instant" });
    await frame();
  }
  const shown = [...document.images].filter((image) => image.checkVisibility());
  await Promise.all(shown.map((image) => image.decode().catch(() => {})));
  await document.fonts.ready;
}"""
# Wait until the page, or one place in it, has stood still for a dozen frames: pictures and widgets
# come late, and after a push with a finger a page goes on for a while.
AT_REST = """(id) => new Promise((done) => {
  const place = () => id ? document.getElementById(id).getBoundingClientRect().top : scrollY;
  let [before, still] = [null, 0];
  const look = () => {
    const now = place();
    still = now === before ? still + 1 : 0;
    before = now;
    if (still > 12) done();
    else requestAnimationFrame(look);
  };
  document.fonts.ready.then(look);
})"""
SETTLED = """() => [...document.querySelectorAll(".emlib-widget")].every((widget) =>
  widget.querySelector(".emlib-live .controls") && !widget.textContent.includes("Computing …"))"""
AXE = """async (where) => (await axe.run(where, { resultTypes: ["violations"] })).violations
  .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
    `${id}: ${html.slice(0, 160)} ${failureSummary.split("\\n").slice(1).join(" ")}`))"""


def executable() -> str:
    """The path of the system's Chromium."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    found = next(filter(None, (shutil.which(name) for name in names if name)), None)
    if not found:
        raise FileNotFoundError("No Chromium found: install one, or say where in $CHROMIUM")
    return found


class Watch:
    """Everything that goes wrong on a page while a test uses it."""

    def __init__(self, page: Page, home: str) -> None:
        self.problems: list[str] = []
        self.home = urlsplit(home)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("data", "blob") or (parts.scheme, parts.netloc) == self.home[:2]:
            return
        self.problems.append(f"request to another host: {request.url[:200]}")

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that leads on at once aborts its own
            self.problems.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")


def window(size: str) -> dict[str, int]:
    """The width and height of a window of this name, as Playwright wants them."""
    return dict(zip(("width", "height"), SIZES[size], strict=True))


def watched_page(browser: Browser, home: str, **options: Any) -> tuple[Page, Watch]:
    """A new page in a context of its own; motion is reduced unless a test asks for it."""
    options.setdefault("viewport", window("desktop"))
    options.setdefault("reduced_motion", "reduce")
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    page = context.new_page()
    return page, Watch(page, home)


def read_through(page: Page) -> None:
    """Scroll to the end and wait until every widget is alive."""
    page.evaluate(SCROLL)
    page.wait_for_function(SETTLED)


def sideways(page: Page) -> list[str]:
    """What sticks out to the right of the window, if the page scrolls sideways."""
    return page.evaluate("""() => {
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= width) return [];
      return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .map((element) => element.outerHTML.slice(0, 100));
    }""")


def axe(page: Page, part: str = "html", without: str | None = None) -> list[str]:
    """The violations that axe finds in one part of a page, leaving something out."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(in_node("axe-core", "axe.min.js").read_text("utf-8"))
    where = {"include": [[part]]}
    if without:  # emptied, not excluded: axe walks through what it is told to leave out
        page.evaluate(
            "(marks) => document.querySelectorAll(marks).forEach((e) => e.replaceChildren())",
            without,
        )
    return page.evaluate(AXE, where)


def in_node(*names: str) -> Path:
    """A file of the judges; says how to get them if they are not there."""
    file = JUDGES.joinpath(*names)
    if not file.exists():
        raise FileNotFoundError(f"{file} is missing: run `make tests/browser/node_modules`")
    return file
