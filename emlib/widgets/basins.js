// The basin map: every start of two coins, coloured by where EM ends.

import { halfSteps } from "./coins.js";
import { h } from "./dom.js";
import { fixed, line, linear, ticks } from "./draw.js";
import { nameOf } from "./kinds.js";
import { handle, hatching, table } from "./parts.js";
import { say } from "./strings.js";

const CELLS = 49; // starts 0.02, 0.04, … 0.98 of each coin
const known = new Map(); // maps already worked out, by data and options

export const basins = { halfSteps, picture, ledger, said };

/** Return where EM ends from one start: {key, low, high, logLikelihood, starved on the way}. */
export function endOf(problem, start, options) {
  const steps = halfSteps(problem, start, options, { maxIter: 300, tol: 1e-9 });
  const empty = ({ posterior }) => posterior.some((row) => row.every((share) => share === 0));
  const { params, log_likelihood: logLikelihood } = steps.at(-1);
  const [low, high] = [...params.heads].sort((a, b) => a - b);
  const starved = steps.some((step) => step.kind === "E" && empty(step));
  const key = empty(steps.at(-1)) ? "empty" : `${low.toFixed(2)} ${high.toFixed(2)}`;
  return { key, low, high, logLikelihood, starved };
}

/** Return the map so far, {rows, ends, done}, and go on with it in the background. */
export function mapOf(problem, options, weights, redraw) {
  const name = JSON.stringify([problem.x, problem.tosses, options, weights]);
  if (!known.has(name)) {
    const map = { rows: [], ends: new Map(), done: false };
    known.set(name, map);
    const work = () => {
      for (let rows = 0; rows < 4 && map.rows.length < CELLS; rows += 1) map.rows.push(rowOf(map, problem, options, weights));
      map.done = map.rows.length === CELLS;
      redraw?.();
      if (!map.done && redraw) setTimeout(work);
      else if (!map.done) work();
    };
    work();
  }
  return known.get(name);
}

function rowOf(map, problem, options, weights) {
  const second = (map.rows.length + 1) / (CELLS + 1);
  return Array.from({ length: CELLS }, (_, n) => {
    const end = endOf(problem, { weights, heads: [(n + 1) / (CELLS + 1), second] }, options);
    const seen = map.ends.get(end.key) ?? { ...end, starts: 0, hungry: 0 };
    seen.starts += 1;
    seen.hungry += end.starved;
    map.ends.set(end.key, seen);
    return end.starved ? `${end.key} starved` : end.key;
  });
}

function ranked(map) {
  return [...map.ends.values()].sort((a, b) =>
    (a.key === "empty") - (b.key === "empty") || b.logLikelihood - a.logLikelihood);
}

/** Return the map with the path of the present start. */
export function picture(context) {
  const { problem, options, width, uid, start, steps, position, redraw } = context;
  const side = Math.min(width - 70, 420);
  const [left, top] = [Math.max(46, (width - side) / 2), 14];
  const x = linear([0, 1], [left, left + side]);
  const y = linear([0, 1], [top + side, top]);
  const map = mapOf(problem, options, start.weights, redraw);
  const order = ranked(map).map(({ key }) => key);
  const path = steps.filter(({ kind }) => kind !== "E").map(({ params }) => [x(params.heads[0]), y(params.heads[1])]);
  const here = steps[position].params.heads;
  const height = top + side + 52;
  const set = (typed, px, py) => ({ ...start, heads: [tidy(x.inverse(px)), tidy(y.inverse(py))] });
  return h("svg", { class: "basins", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureBasins") },
    hatching(uid),
    h("g", {}, map.rows.map((row, n) => runs(row).map(([from, to, key]) => cells(order, key, {
      x: x((from + 0.5) / (CELLS + 1)), width: x((to + 0.5) / (CELLS + 1)) - x((from + 0.5) / (CELLS + 1)) + 0.3,
      y: y((n + 1.5) / (CELLS + 1)), height: side / (CELLS + 1) + 0.3,
    }, uid)))),
    ticks([0, 1], 5).map((value) => [
      h("text", { class: "tick-text", x: x(value), y: top + side + 18, "text-anchor": "middle" }, value),
      h("text", { class: "tick-text", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, value)]),
    h("text", { x: left + side / 2, y: top + side + 40, "text-anchor": "middle" }, say("startOfA")),
    h("text", { x: left - 34, y: top + side / 2, "text-anchor": "middle", transform: `rotate(-90 ${left - 34} ${top + side / 2})` }, say("startOfB")),
    h("path", { class: "path", d: line(path) }),
    h("g", {}, path.map(([px, py]) => h("circle", { class: "path-mark", cx: px, cy: py, r: 3 }))),
    h("circle", { class: "end", cx: x(here[0]), cy: y(here[1]), r: 7 }),
    h("rect", { class: "catch", x: left, y: top, width: side, height: side, onpointerdown: (event) => context.grab(event, set, true) }),
    crosshair(context, x(start.heads[0]), y(start.heads[1]), set));
}

function crosshair(context, cx, cy, set) {
  const [a, b] = context.start.heads;
  const mark = handle(context, {
    x: cx, y: cy, label: say("crosshair"), value: a, low: 0, high: 1, set, square: true, component: 1,
    text: say("crosshairValue", { a: fixed(a, 2), b: fixed(b, 2) }),
  });
  mark.attributes.onkeydown = (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const heads = context.start.heads.map((value, k) => tidy(value + moves[event.key][k] / 100));
    context.nudge(() => ({ ...context.start, heads }));
  };
  return mark;
}

function tidy(value) {
  return Math.round(Math.min(0.99, Math.max(0.01, value)) * 100) / 100;
}

// Neighbours of one colour become one rectangle.
function runs(row) {
  const found = [];
  row.forEach((key, n) => {
    if (found.length && found.at(-1)[2] === key) found.at(-1)[1] = n + 1;
    else found.push([n, n + 1, key]);
  });
  return found;
}

function colour(order, key) {
  return key === "empty" ? "basin-empty" : `basin-${Math.min(3, order.indexOf(key))}`;
}

// Hatching marks the starts from which one coin loses all its groups on the way.
function cells(order, name, box, uid) {
  const key = name.replace(" starved", "");
  const hatch = key === name ? null : h("rect", { fill: `url(#${uid}-hatch)`, ...box });
  return [h("rect", { class: colour(order, key), ...box }), hatch];
}

/** Return the key to the colours, with how many starts end where. */
export function ledger({ problem, options, start }) {
  const map = mapOf(problem, options, start.weights);
  const order = ranked(map).map(({ key }) => key);
  const rows = ranked(map).map(({ key, low, high, logLikelihood, starts, hungry }) => ({
    cells: [
      { words: true, text: [h("span", { class: `swatch ${colour(order, key)}` }), " ", key === "empty" ? say("basinEmpty")
        : say("basinEnd", { low: fixed(low), high: fixed(high), logLikelihood: fixed(logLikelihood, 3) })] },
      String(starts),
      String(hungry),
    ],
  }));
  return [table(say(map.done ? "captionBasins" : "computing"), [say("basinEndHead"), say("basinStartsHead"), say("basinHungryHead")], rows)];
}

/** Return the sentence that says where the present start ends. */
export function said({ start, steps, step }) {
  const { params, iteration, log_likelihood: logLikelihood } = steps.at(-1);
  const [a, b] = start.heads.map((value) => fixed(value, 2));
  const [endA, endB] = params.heads.map((value) => fixed(value));
  return say("saidBasins", { a, b, endA, endB, iterations: iteration, logLikelihood: fixed(logLikelihood, 3), name: nameOf(step) });
}
