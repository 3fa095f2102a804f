// Pieces that several pictures and ledgers use.

import { h } from "./dom.js";
import { say } from "./strings.js";

/** Return a handle: a labelled slider inside a picture, moved by pointer or by arrow keys. `mark` is another look. */
export function handle(context, { x, y, component, letter, square, label, value, text, low, high, set, mark }) {
  const six = (number) => Number(number.toPrecision(6));
  const attributes = {
    role: "slider", tabindex: 0, class: "handle", "data-component": component,
    "aria-label": label, "aria-valuemin": six(low), "aria-valuemax": six(high),
    "aria-valuenow": six(value), "aria-valuetext": text,
    ontouchstart: (event) => event.preventDefault(), // the finger drags; the page stays
    onpointerdown: (event) => context.grab(event, set),
    onkeydown: (event) => {
      const hundredth = (high - low) / 100;
      const moves = {
        ArrowLeft: value - hundredth, ArrowDown: value - hundredth, PageDown: value - 10 * hundredth,
        ArrowRight: value + hundredth, ArrowUp: value + hundredth, PageUp: value + 10 * hundredth,
        Home: low, End: high,
      };
      if (!(event.key in moves)) return;
      event.preventDefault();
      event.stopPropagation();
      context.nudge(set, six(moves[event.key]));
    },
  };
  const side = square ? 9 : 11;
  return h("g", attributes,
    h("circle", { class: "touch", cx: x, cy: y, r: 22 }),
    mark ?? (square
      ? h("rect", { class: `fill-${component}`, x: x - side, y: y - side, width: 2 * side, height: 2 * side, rx: 3 })
      : h("circle", { class: `fill-${component}`, cx: x, cy: y, r: side })),
    letter && h("text", { class: "on-fill", x, y: y + 4, "text-anchor": "middle" }, letter));
}

/** Return the hatching that marks every second component, for readers who cannot tell the colours. */
export function hatching(uid) {
  return h("defs", {}, h("pattern", {
    id: `${uid}-hatch`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
  }, h("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 6 })));
}

/** Return a table; a cell is a string or {text, component, code, strong}. */
export function table(caption, head, rows, foot = []) {
  const row = (cells, attributes) => h("tr", attributes, cells.map((cell, n) => td(cell, n === 0)));
  return h("table", { class: "numbers" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col", ...marks(cell) }, cell.text ?? cell)))),
    h("tbody", {}, rows.map(({ key, cells }) => row(cells, key === undefined ? {} : { "data-row": key }))),
    foot.length ? h("tfoot", {}, row(foot, {})) : null);
}

function td(cell, first) {
  const attributes = marks(cell);
  if (first) attributes.scope = "row";
  return h(first ? "th" : "td", attributes, cell.text ?? cell);
}

function marks({ component, code, strong, words }) {
  return {
    ...(component !== undefined && { "data-component": component }),
    ...(code && { "data-code": code }),
    ...(strong && { class: "strong" }),
    ...(words && { class: "words" }),
  };
}

/** Return one line of arithmetic: a name, the sum with its numbers, and the result. */
export function formula({ component, code, name, sign = "←", numbers, result }) {
  return h("p", { class: "formula", "data-component": component, "data-code": code },
    h("b", {}, name), ` ${sign} `, numbers, " = ", h("b", {}, result));
}

/** Return the panel with the source of the model, the lines of this half-step marked; some run `when` an option is so. */
export function code(sources, kind, options = {}) {
  const runs = ({ when }) => Object.entries(when ?? {}).every(([name, value]) => options[name] === value);
  const shown = sources.filter((block) => block.source && runs(block));
  if (!shown.length) return null;
  return h("section", { class: "code" },
    h("p", { class: "title" }, say(kind === "start" ? "codeStart" : "code")),
    h("pre", { "aria-label": say(kind === "start" ? "codeStart" : "code") },
      shown.map((block) => h("code", { class: block.kind === kind ? "ran" : "idle" },
        block.source.split("\n").map((text) =>
          h("span", { class: "line", "data-code": (text.match(/[a-z_]{3,}/g) ?? []).join(" ") || null }, `${text}\n`))))));
}
