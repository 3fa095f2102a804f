"""One live widget, read and used the way a reader does."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect
from site_files import ROOT, WidgetOnPage

# Every word a widget shows, by key: tests name a control by its key, so that wording may change.
TABLE = (ROOT / "emlib" / "widgets" / "strings.js").read_text("utf-8").split("en: {")[1]
WORDS = {key: json.loads(text) for key, text in re.findall(r'(\w+): ("(?:[^"\\]|\\.)*")', TABLE)}
# The page's own script, run again, mounts every widget that is not alive.
REMOUNT = """async (root) => {
  const turn = () => new Promise((done) => requestAnimationFrame(done));
  root.scrollIntoView({ block: "start", behavior: "instant" });
  await turn().then(turn); // the loader's own turn, on a page just opened
  root.querySelector(":scope > .emlib-live")?.remove();
  root.classList.remove("is-live");
  const old = document.querySelector("script[src*='emlib-widgets']");
  const script = document.createElement("script");
  script.src = old.src;
  await new Promise((done) => { script.onload = done; document.head.append(script); });
  script.remove();
}"""
READY = """(root) => root.querySelector(":scope > .emlib-live .controls")
  && !root.textContent.includes("Computing …")"""
# Shares as they are drawn: for every group, point or histogram bar, the part of each component.
SHARES = r"""(root) => {
  const drawn = {};
  const add = (place, component, size) => {
    drawn[place] ??= {};
    drawn[place][component] = (drawn[place][component] ?? 0) + size;
  };
  const groups = ".picture [data-row] [data-component] > rect:first-child";
  for (const bar of root.querySelectorAll(groups)) {
    const { row } = bar.closest("[data-row]").dataset;
    add(row, bar.parentElement.dataset.component, bar.width.baseVal.value);
  }
  for (const bar of root.querySelectorAll(".picture rect.bar")) {
    const place = bar.x.baseVal.value.toFixed(3);
    add(place, bar.parentElement.dataset.component ?? "?", bar.height.baseVal.value);
  }
  for (const point of root.querySelectorAll(".picture .point[class*=fill-]")) {
    let left = 1; // a blend names the last component first, with its percents of the rest
    const { row } = point.dataset;
    for (const [, k, part] of (point.getAttribute("style") ?? "").matchAll(/--em-(\d)\) (\d+)%/g)) {
      add(row, k, (left * part) / 100);
      left *= 1 - part / 100;
    }
    const first = /--em-(\d)\)\)/.exec(point.getAttribute("style") ?? "");
    add(row, first?.[1] ?? /fill-(\d)/.exec(point.getAttribute("class"))[1], left);
  }
  for (const parts of Object.values(drawn)) {
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    for (const name of Object.keys(parts)) parts[name] = Number((parts[name] / sum).toFixed(5));
  }
  return drawn;
}"""
HEIGHTS = """(root) => [...root.querySelectorAll(".picture .bar")].reduce((sums, bar) => {
  const k = Number(bar.parentElement.dataset.component);
  sums[k] = (sums[k] ?? 0) + bar.height.baseVal.value;
  return sums;
}, [])"""
PARAMS = """(root) => {
  const each = (marks, tell) => [...root.querySelectorAll(marks)].map(tell);
  return [
    ...each(".picture .value", (text) => text.textContent),
    ...each(".picture :is(.bell, .ellipse, .mean)", (path) => path.getAttribute("d")),
    ...each(".dish [data-component] > rect:first-child", ({ width }) => width.baseVal.value),
    ...each(".picture .end", ({ cx, cy }) => `${cx.baseVal.value} ${cy.baseVal.value}`),
  ];
}"""
# Markup without what the pointer lit up, attributes in order of the alphabet. The theme's script
# gives a code block that does not scroll a tabindex of −1, whenever it comes to it.
SEEN = """(root) => {
  const write = (node) => {
    if (node.nodeType === 3) return node.data;
    const unseen = (name) => name === "data-lit" || (name === "tabindex" && node.tabIndex < 0);
    const names = node.getAttributeNames().filter((name) => !unseen(name)).sort();
    const attributes = names.map((name) => ` ${name}="${node.getAttribute(name)}"`).join("");
    return `<${node.localName}${attributes}>${[...node.childNodes].map(write).join("")}</>\\n`;
  };
  return [".picture", ".said", ".ledger", ".code"].map((part) => {
    const found = root.querySelector(part);
    return found ? write(found) : "";
  });
}"""


class Stepper:
    """A widget on an open page."""

    def __init__(self, page: Page, on_page: WidgetOnPage) -> None:
        self.page, self.on_page = page, on_page
        self.root = page.locator(".emlib-widget").nth(on_page.number)

    # ---- getting there ----

    def mount(self) -> "Stepper":
        """Scroll to the widget and wait until it lives."""
        self.root.evaluate("root => root.scrollIntoView({ block: 'start', behavior: 'instant' })")
        return self.ready()

    def mount_afresh(self) -> "Stepper":
        """Bring the widget back to how the page brought it, without loading the page again."""
        self.page.mouse.move(1, 1)
        self.root.evaluate(REMOUNT)
        return self.ready()

    def ready(self) -> "Stepper":
        self.page.wait_for_function(READY, arg=self.root.element_handle())
        return self

    # ---- reading ----

    @property
    def state(self) -> dict[str, Any]:
        return self.on_page.state

    @property
    def position(self) -> int:
        return int(self.timeline.get_attribute("aria-valuenow"))

    @property
    def last(self) -> int:
        """The last half-step that the timeline offers."""
        return int(self.timeline.get_attribute("aria-valuemax"))

    @property
    def said(self) -> str:
        return self.root.locator(".said").inner_text()

    @property
    def ledger(self) -> str:
        return self.root.locator(".ledger").inner_text()

    def shares(self) -> dict[str, dict[str, float]]:
        return self.root.evaluate(SHARES)

    def shares_by_group(self) -> list[list[float]]:
        """The coin picture's bars as a table, (N, K)."""
        drawn = self.shares()
        return [[drawn[str(n)][str(k)] for k in range(len(drawn["0"]))] for n in range(len(drawn))]

    def share_of_the_area(self) -> list[float]:
        """Each component's part of the whole histogram, (K,)."""
        heights = self.root.evaluate(HEIGHTS)
        return [height / sum(heights) for height in heights]

    def params(self) -> list[str]:
        return self.root.evaluate(PARAMS)

    def seen(self) -> list[str]:
        """The markup of everything but the controls and the timeline."""
        return self.root.evaluate(SEEN)

    def cells(self) -> list[list[str]]:
        """The ledger's table, row by row."""
        return self.root.locator(".ledger tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )

    def results(self) -> list[str]:
        """The result at the end of every line of arithmetic."""
        return [
            line.rsplit("=", 1)[1].strip()
            for line in self.root.locator(".formula").all_inner_texts()
        ]

    def curve(self, name: str) -> list[list[float]]:
        """The points of a curve on the timeline, in pixels."""
        path = self.root.locator(f".timeline > svg > path.{name}")
        text = path.get_attribute("d") if path.count() else ""
        return [[float(n) for n in pair.split()] for pair in re.split("[ML]", text or "")[1:]]

    # ---- doing ----

    @property
    def half_steps(self) -> tuple[str, ...]:
        """The buttons of the half-steps, one or two."""
        return self.on_page.half_steps

    @property
    def letters(self) -> str:
        """The keys of the half-steps."""
        return "".join(name[0].upper() for name in self.half_steps)

    def words_of(self, prefix: str, which: int) -> str:
        """A sentence about the first or the second half-step."""
        name = self.half_steps[which]
        return WORDS[prefix + name[0].upper() + ("" if name.endswith("Step") else name[1:])]

    @property
    def timeline(self) -> Locator:
        return self.root.locator(".timeline")

    @property
    def handles(self) -> Locator:
        return self.root.locator(".handle")

    def button(self, key: str) -> Locator:
        return self.root.get_by_role("button", name=WORDS[key], exact=True)

    def switch(self, key: str) -> Locator:
        return self.root.get_by_role("checkbox", name=WORDS[key], exact=True)

    @property
    def presets(self) -> Locator:
        return self.root.get_by_role("combobox", name=WORDS["preset"], exact=True)

    def click(self, key: str) -> None:
        """Click a button, due or not: Playwright alone would wait until it is due."""
        self.button(key).click(force=True)

    def press(self, key: str) -> None:
        """Press a key as a reader does who is on the timeline."""
        self.timeline.focus()
        self.page.keyboard.press(key)

    def go(self, position: int) -> None:
        """Take half-steps until `position`; letters, so that the pointer lights nothing up."""
        for step in range(self.position, position):
            self.press(self.letters[step % len(self.letters)])
            expect(self.timeline).to_have_attribute("aria-valuenow", str(step + 1))

    def run(self) -> None:
        self.click("run")
        self.page.mouse.move(1, 1)
