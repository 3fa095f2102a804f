// The logistic stepper: a curve through labels 0 and 1, and its way up the log-likelihood.

import { contours } from "./contours.js";
import { h } from "./dom.js";
import { calm, fixed, line, linear, short, ticks } from "./draw.js";
import { expit, gradient, objective, regress } from "./logistic_engine.js";
import { ended, ledger, LIMIT, said } from "./logistic_ledger.js";
import { handle } from "./parts.js";
import { say } from "./strings.js";

export const logistic = { halfSteps, picture, ledger, said, ended, kinds: ["update"], name: "logisticWidget" };

const HEIGHT = 330; // of each panel
const NAMES = ["intercept", "slopes"];
const ZERO = { intercept: 0, slopes: 0 };
const known = new Map(); // runs from 0, and contours, already worked out

/** Return the steps from a start. */
export function halfSteps(problem, start, options, limits) {
  return regress(problem, start, options, { maxIter: LIMIT, ...limits });
}

function remembered(parts, make) {
  const name = JSON.stringify(parts);
  if (known.size > 60) known.clear();
  if (!known.has(name)) known.set(name, make());
  return known.get(name);
}

/** Return the picture of one step: the curve over the data, and the map of its params. */
export function picture(context) {
  const { width } = context;
  const wide = width >= 620;
  const side = wide ? (width - 16) / 2 : width;
  const height = wide ? HEIGHT : 2 * HEIGHT + 12;
  return h("svg", { class: "logistic", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureLogistic") },
    data(context, side), map(context, wide ? side + 16 : 0, wide ? 0 : HEIGHT + 12, side));
}

// Labels over the feature, the probability of 1, and from every label to it what is missing.
function data({ problem, params }, width) {
  const { x: values, y: labels } = problem;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const x = linear([least - (most - least) * 0.08, most + (most - least) * 0.08], [40, width - 10]);
  const y = linear([0, 1], [HEIGHT - 58, 48]);
  const chance = (at) => expit(params.intercept + params.slopes * at);
  const grid = Array.from({ length: 121 }, (_, n) => x.domain[0] + ((x.domain[1] - x.domain[0]) * n) / 120);
  const even = -params.intercept / params.slopes;
  const shown = even > x.domain[0] && even < x.domain[1];
  return h("g", {},
    h("text", { x: 40, y: 14 }, say("chanceOfOne")),
    [0, 0.5, 1].map((value) => h("g", { class: "tick" },
      h("line", { x1: 40, x2: width - 10, y1: y(value), y2: y(value) }),
      h("text", { x: 34, y: y(value) + 4, "text-anchor": "end" }, value))),
    ticks(x.domain, width / 70).map((value) => h("text", { class: "tick-text", x: x(value), y: HEIGHT - 24, "text-anchor": "middle" }, short(value))),
    h("text", { class: "tick-text", x: (30 + width) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "x"),
    h("path", { class: "bell stroke-0", d: line(grid.map((at) => [x(at), y(chance(at))])) }),
    h("g", {}, shown ? [
      h("line", { class: "even", x1: x(even), x2: x(even), y1: y(1), y2: y(0) }),
      h("circle", { class: "fill-0", cx: x(even), cy: y(0.5), r: 5 })] : null),
    h("text", { class: "value text-0", x: 40, y: 32 }, shown ? say("evenChance", { x: short(calm(even)) }) : say("evenNowhere")),
    values.map((value, n) => h("g", { "data-row": n },
      h("line", { class: "miss", x1: x(value), x2: x(value), y1: y(labels[n]), y2: y(chance(value)) }),
      h("circle", { class: labels[n] ? "label one" : "label", cx: x(value), cy: y(labels[n]) + twins(problem, n) * (labels[n] ? -9 : 9), r: 5 }))));
}

// How many observations before this one stand at the same place.
function twins({ x, y }, n) {
  return x.slice(0, n).filter((value, i) => value === x[n] && y[i] === y[n]).length;
}

// Contours of the log-likelihood over both params, and the way so far.
function map(context, left, top, width) {
  const { problem, options, params, start, steps, position } = context;
  const sides = windowOf(problem, options, steps);
  const box = { left: left + 46, right: left + width - 10, top: top + 46, bottom: top + HEIGHT - 44 };
  const x = linear(sides[0], [box.left, box.right]);
  const y = linear(sides[1], [box.bottom, box.top]);
  const place = (at) => [Math.min(box.right, Math.max(box.left, x(at.intercept))), Math.min(box.bottom, Math.max(box.top, y(at.slopes)))];
  const way = steps.slice(0, position).map((step) => place(step.params)).concat([place(params)]);
  const { top: peak } = home(problem, options);
  const levels = remembered([problem.x, problem.y, problem.ridge, sides, box],
    () => contours((intercept, slopes) => objective(problem, { intercept, slopes }), x, y));
  return h("g", {},
    h("text", { x: left + 8, y: top + 14 }, say("mapOfParams")),
    h("text", { class: "value text-1", x: left + 8, y: top + 32 }, say("paramsNow", { intercept: fixed(calm(params.intercept, 3), 3), slope: fixed(calm(params.slopes, 3), 3) })),
    h("rect", { class: "frame", x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top }),
    levels.map((d) => h("path", { class: "contour", d })),
    ticks(sides[0], width / 70).map((value) => h("text", { class: "tick-text", x: x(value), y: box.bottom + 16, "text-anchor": "middle" }, short(value))),
    ticks(sides[1], 5).map((value) => h("text", { class: "tick-text", x: box.left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value))),
    h("text", { class: "tick-text", x: (box.left + box.right) / 2, y: box.bottom + 34, "text-anchor": "middle" }, say("intercept")),
    h("text", { class: "tick-text", x: left + 12, y: (box.top + box.bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 ${left + 12} ${(box.top + box.bottom) / 2})` }, say("slope")),
    h("g", {}, peak ? cross(...place(peak)) : null),
    h("path", { class: "route", d: line(way) }),
    h("g", {}, way.slice(-40).map(([px, py]) => h("circle", { class: "route-mark", cx: px, cy: py, r: 3 }))),
    startHandle(context, ...place(start), x, y),
    h("circle", { class: "end", cx: way.at(-1)[0], cy: way.at(-1)[1], r: 6, "pointer-events": "none" }));
}

function cross(x, y) {
  return h("path", { class: "peak", d: `M${x - 7} ${y}H${x + 7}M${x} ${y - 7}V${y + 7}` });
}

// The run from 0 with these options, and the maximum: what the map shows wherever a start is dragged.
function home(problem, options) {
  return remembered([problem.x, problem.y, problem.ridge, options], () => {
    const end = regress(problem, ZERO, { newton: true }).at(-1).params;
    const slope = gradient(problem, end);
    const top = problem.maximum && Math.max(Math.abs(slope.intercept), Math.abs(slope.slopes)) < 1e-3 ? end : null;
    const path = halfSteps(problem, ZERO, options).map(({ params }) => params);
    const seen = [...path, ...(top ? [top] : [])];
    const ranges = NAMES.map((name) => [Math.min(...seen.map((at) => at[name])), Math.max(...seen.map((at) => at[name]))]);
    const longest = Math.max(...ranges.map(([low, high]) => high - low));
    return { top, sides: ranges.map(([low, high]) => {
      const pad = Math.max(0.5, (high - low) * 0.22, longest * 0.12);
      return [low - pad, high + pad];
    }) };
  });
}

// A run that leaves the map pushes its sides out, by halves of its size: it must not creep under a pointer.
function windowOf(problem, options, steps) {
  const { sides } = home(problem, options);
  return NAMES.map((name, k) => {
    const half = (sides[k][1] - sides[k][0]) / 2;
    const values = steps.map(({ params }) => params[name]);
    const beyond = (distance) => Math.min(10, Math.max(0, Math.ceil(distance / half)));
    return [sides[k][0] - half * beyond(sides[k][0] - Math.min(...values)), sides[k][1] + half * beyond(Math.max(...values) - sides[k][1])];
  });
}

function startHandle(context, px, py, x, y) {
  const { start } = context;
  const [low, high] = x.domain;
  const set = (typed, atX, atY) => moved(x, y, x.inverse(atX), y.inverse(atY));
  const mark = handle(context, {
    x: px, y: py, component: 1, square: true, label: say("startOfClimb"), value: start.intercept, low, high, set,
    text: say("paramsNow", { intercept: fixed(start.intercept, 3), slope: fixed(start.slopes, 3) }),
  });
  mark.attributes["data-component"] = "0 1"; // it moves both
  mark.attributes.onkeydown = (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const [right, up] = moves[event.key];
    context.nudge(() => moved(x, y, start.intercept + right * unitOf(x), start.slopes + up * unitOf(y)));
  };
  return mark;
}

// A tidy start inside of the map.
function moved(x, y, intercept, slopes) {
  const inside = (scale, value) => {
    const unit = unitOf(scale);
    const [low, high] = scale.domain;
    return Number((Math.round(Math.min(high, Math.max(low, value)) / unit) * unit).toPrecision(12));
  };
  return { intercept: inside(x, intercept), slopes: inside(y, slopes) };
}

function unitOf({ domain: [low, high] }) {
  return 10 ** Math.floor(Math.log10((high - low) / 40));
}
