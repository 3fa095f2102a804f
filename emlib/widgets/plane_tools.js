// The points as the reader's own: add, move and delete them, by pointer or by keyboard.

import { nearest, pixels, ring, spot } from "./chosen.js";
import { pin, placeText, tidy } from "./cloud.js";
import { h } from "./dom.js";
import { say } from "./strings.js";

const REACH = 24; // pixels from a pointer to the point that a tool takes
const TOOLS = [
  { tool: null, name: "moveMeans", hint: "hintMeans" }, { tool: "add", name: "addPoints", hint: "hintAdd" },
  { tool: "move", name: "movePoints", hint: "hintMove" }, { tool: "delete", name: "deletePoints", hint: "hintDelete" },
];

/** Return the buttons that say what the pointer does, and undo. */
export function tools({ own, keep, undo, past }) {
  const button = (key, attributes) => h("button", { type: "button", ...attributes }, say(key));
  return h("div", { class: "settings tools", role: "group", "aria-label": say("tools") },
    TOOLS.map(({ tool, name, hint: words }) => button(name, {
      "aria-pressed": (own.tool ?? null) === tool ? "true" : "false", onclick: () => keep({ tool }, say(words)),
    })),
    button("undo", { "aria-disabled": past ? null : "true", "aria-keyshortcuts": "Z Control+Z", onclick: undo }));
}

/** Return what the tool in hand is for. */
export function hint({ own }) {
  return say(TOOLS.find(({ tool }) => tool === (own.tool ?? null)).hint);
}

/** Return what lies over the points: the ring around the chosen one, and what answers the tool in hand. */
export function edited(context, scales) {
  const { problem, own, movable, choose } = context;
  const tool = movable ? own.tool : null;
  const row = tool === "delete" && own.place ? nearest(problem.x, scales, [scales.x(own.place[0]), scales.y(own.place[1])]).row
    : Math.min(context.row, problem.x.length - 1);
  const place = (px, py) => [scales.x.inverse(px), scales.y.inverse(py)];
  const acts = {
    add: { onclick: (event) => add(context, scales, place(...pixels(event))) },
    delete: { onclick: (event) => remove(context, pointAt(context, scales, event)) },
    move: {
      ontouchstart: (event) => { // beside all points the finger scrolls the page
        if (pointAt(context, scales, event).gap <= REACH) event.preventDefault();
      },
      onpointerdown: (event) => {
        const found = pointAt(context, scales, event);
        if (found.gap > REACH) return;
        choose(found.row);
        context.grab(event, (_, px, py) => moved(context, scales, found.row, place(px, py)));
      },
    },
  };
  const { left, top, width, height } = scales.box;
  return h("g", {},
    ring(scales, problem.x[row], 9),
    tool ? [h("rect", { class: `catch ${tool}`, x: left, y: top, width, height, ...acts[tool] }), cursor(context, scales, tool, row)] : null);
}

function pointAt({ problem }, scales, event) {
  return nearest(problem.x, scales, pixels(event));
}

// The keyboard's pointer: a crosshair that adds or deletes, or the chosen point itself.
function cursor(context, scales, tool, row) {
  const { problem, own, keep } = context;
  const { features } = problem;
  if (tool === "move") {
    return pin(context, scales, {
      at: problem.x[row], component: undefined, features, mark: h("circle", { class: "ring held", cx: scales.x(problem.x[row][0]), cy: scales.y(problem.x[row][1]), r: 9 }),
      label: say("pointOf", { number: row + 1 }), set: (place) => moved(context, scales, row, place),
    });
  }
  const place = own.place ?? [scales.x, scales.y].map(({ domain }) => tidy((domain[0] + domain[1]) / 2, domain));
  const [x, y] = [scales.x(place[0]), scales.y(place[1])];
  const node = pin({ ...context, nudge: (set, value) => keep({ place: set(value) }) }, scales, {
    at: place, features, set: (to) => to, label: say(tool === "add" ? "cursorAdd" : "cursorDelete"),
    mark: h("path", { class: "cross", d: `M${x - 12} ${y}h24M${x} ${y - 12}v24` }),
  });
  if (tool === "delete") node.attributes["aria-valuetext"] = placeText(features, problem.x[row]);
  const arrows = node.attributes.onkeydown;
  node.attributes.onkeydown = (event) => {
    if (event.key !== "Enter") return arrows(event);
    event.preventDefault();
    if (tool === "add") add(context, scales, place);
    else remove(context, { row, gap: 0 });
  };
  return node;
}

// What `begin` takes for other points.
function withPoints({ problem, start, options }, x, words) {
  return [start, options, { ...problem, x }, words];
}

function tidied(scales, place) {
  return [scales.x, scales.y].map(({ domain }, axis) => tidy(place[axis], domain));
}

function add(context, scales, place) {
  const point = tidied(scales, place);
  const x = [...context.problem.x, point];
  context.begin(...withPoints(context, x, say("saidAdded", { place: spot(point), size: x.length })));
}

function moved(context, scales, row, place) {
  return withPoints(context, context.problem.x.map((old, n) => (n === row ? tidied(scales, place) : old)));
}

function remove(context, { row, gap }) {
  const { problem, start, redraw } = context;
  const fewest = start.means.length;
  if (gap > REACH) return redraw(say("noPointHere"));
  if (problem.x.length <= fewest) return redraw(say("tooFew", { fewest }));
  const x = problem.x.filter((_, n) => n !== row);
  const words = say("saidDeleted", { place: spot(problem.x[row]), size: x.length });
  return context.begin(...withPoints(context, x, words));
}
