// The surface F(q, θ) of Neal and Hinton for one observation and two components: a bar that splits
// the log-likelihood at θ, and a map on which the E-step moves along q and the M-step along θ.

import { contour } from "./contours.js";
import { h } from "./dom.js";
import { amount, fixed, line, linear, short, ticks } from "./draw.js";
import { formula, handle, hatching } from "./parts.js";
import { between, emFrom, evenly, heightOf, logSum, numberOf, quadratic, twoTosses, withNumber } from "./scalar_engine.js";
import { say } from "./strings.js";

const ACROSS = 65; // places of θ at which the surface is worked out
const UP = 65; // places of q
const LEVELS = [0.006, 0.02, 0.05, 0.1, 0.2, 0.35, 0.55, 0.8]; // contour lines: parts of the whole depth
const TOP = 38;

export const surface = {
  halfSteps, picture, ledger, said, name: "surfaceWidget", resetsOptions: true, // q is a part of the start
};

/** Return the half-steps from a start and the reader's own q. */
export function halfSteps(problem, start, options, limits) {
  return emFrom([[options.q], [1 - options.q]], twoTosses, problem, start, options, limits);
}

const maps = new WeakMap(); // what does not change while the reader steps, by problem

// log p(x, z | θ) of both components along θ, the height F of every place, and its contour lines.
function mapOf({ problem, steps }) {
  if (maps.has(problem)) return maps.get(problem);
  const joint = problem.engine
    ? [0, 1].map((k) => evenly(problem.between, ACROSS).map((heads) => twoTosses.logJoint(problem, { heads })[k][0]))
    : steps[0].along;
  const heights = evenly([0, 1], UP).map((q) => joint[0].map((_, n) => heightOf(q, joint[0][n], joint[1][n])));
  const all = heights.flat().filter((height) => height > -1e300); // what Python writes for −∞
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const tidy = 10 ** Math.floor(Math.log10(high - low)) / 20;
  const lines = LEVELS.map((part) => Math.round((high - part * (high - low)) / tidy) * tidy)
    .map((level) => ({ level, segments: contour(heights, level) }));
  const map = { joint, lines, base: Math.floor(low), high };
  maps.set(problem, map);
  return map;
}

// log p(x, z | θ) of both components at one θ; between the places that Python sent, interpolated.
function jointAt({ problem, steps }, theta) {
  if (problem.engine) return twoTosses.logJoint(problem, { heads: theta }).map((row) => row[0]);
  return mapOf({ problem, steps }).joint.map((row) => between(problem.between, row, theta));
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem, width, uid, params, posterior } = context;
  const narrow = width < 560;
  const side = Math.min(width - 46 - (narrow ? 74 : 230), 400);
  const left = 46 + (narrow ? 0 : Math.max(0, (width - side - 276) / 2));
  const height = TOP + side + (narrow ? 114 : 46);
  const x = linear(problem.between, [left, left + side]);
  const y = linear([0, 1], [TOP + side, TOP]);
  const here = { theta: numberOf(params), q: posterior[0][0] };
  const map = mapOf(context);
  const path = zigzag(context, x, y);
  return h("svg", { class: "surface", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureSurface") },
    hatching(uid),
    legend(left),
    scales(problem, x, y, { left, side, q: here.q, theta: here.theta }),
    contours(map, problem, x, y),
    ridge(map, problem, x, y),
    h("path", { class: "zigzag", d: line(path) }),
    h("g", {}, path.map(([cx, cy]) => h("circle", { class: "zigzag-mark", cx: cx.toFixed(1), cy: cy.toFixed(1), r: 3 }))),
    bar(context, here, { left: left + side + (narrow ? 22 : 44), side, narrow, uid }),
    h("g", {}, h("line", { class: "guide", x1: x(here.theta), x2: x(here.theta), y1: y(here.q), y2: TOP + side }),
      h("line", { class: "guide", x1: left, x2: x(here.theta), y1: y(here.q), y2: y(here.q) })),
    point(context, here, x, y, { left, side }));
}

function legend(left) {
  return h("g", {}, ["ridge", "zigzag"].map((look, n) => [
    h("path", { class: look, d: `M${left - 38 + 196 * n} 14h26` }), h("text", { x: left - 6 + 196 * n, y: 18 }, say(look))]));
}

function scales(problem, x, y, { left, side, q, theta }) {
  const middle = TOP + side / 2;
  const text = (look, at, top, anchor, words, others = {}) => h("text", { class: look, x: at, y: top, "text-anchor": anchor, ...others }, words);
  return h("g", {},
    h("rect", { class: "frame", x: left, y: TOP, width: side, height: side }),
    ticks(problem.between, side / 60).map((value) => text("tick-text", x(value), TOP + side + 18, "middle", short(value))),
    ticks([0, 1], 5).map((value) => text("tick-text", left - 6, y(value) + 4, "end", short(value))),
    text("value", left + side / 2, TOP + side + 38, "middle", `θ = ${fixed(theta)}`),
    text("share-value", left - 32, middle, "middle", say("qAxis", { q: fixed(q) }), { transform: `rotate(-90 ${left - 32} ${middle})` }));
}

function contours({ joint, lines }, problem, x, y) {
  const [from, to] = problem.between;
  const place = ([column, row]) => [x(from + (column / (joint[0].length - 1)) * (to - from)), y(row / (UP - 1))];
  return h("g", {}, lines.map(({ level, segments }, n) => {
    if (!segments.length) return null;
    const lowest = segments.flat().reduce((best, at) => (at[1] < best[1] ? at : best), [0, Infinity]);
    const [left, top] = place(lowest);
    const label = { class: "level", x: Math.max(left, x(from) + 20), y: top - 4, "text-anchor": "middle" };
    return h("g", {},
      h("path", { class: "contour", d: segments.map((ends) => line(ends.map(place))).join("") }),
      n > 1 && n % 2 ? h("text", label, short(level, 3)) : null);
  }));
}

// Where q is the posterior, and so the KL is 0.
function ridge({ joint }, problem, x, y) {
  const grid = evenly(problem.between, joint[0].length);
  const path = line(grid.map((theta, n) => [x(theta), y(Math.exp(joint[0][n] - logSum(joint[0][n], joint[1][n])))]));
  return h("path", { class: "ridge", d: path });
}

function zigzag({ steps, position, params, posterior }, x, y) {
  const seen = steps.slice(0, position).map((step) => [x(numberOf(step.params)), y(step.posterior[0][0])]);
  return [...seen, [x(numberOf(params)), y(posterior[0][0])]];
}

// The log-likelihood at θ as a bar that stands on a stated base: the bound, and the KL on top of it.
function bar(context, { theta, q }, { left, side, narrow, uid }) {
  const { step } = context;
  const { base, high } = mapOf(context);
  const joint = jointAt(context, theta);
  const [logLikelihood, reached] = [logSum(...joint), heightOf(q, ...joint)];
  const y = linear([base, high + 0.08 * (high - base)], [TOP + side, TOP]);
  const [top, middle, foot] = [logLikelihood, reached, base].map(y);
  const size = narrow ? 44 : 56;
  const beside = left + size + 10;
  const rows = [
    ["kl", Math.max(top + 13, (top + middle) / 2 + 4), say("klIs", { kl: amount(step.log_likelihood - step.elbo) })],
    ["bound-text", Math.max(top + 34, (middle + foot) / 2 + 4), say("boundIs", { bound: amount(step.elbo) })],
    ["total", top - 6, say("logLikelihoodIs", { logLikelihood: amount(step.log_likelihood) })],
  ];
  const part = (from, to, attributes) => h("rect", {
    x: left, y: from.toFixed(1), width: size, height: Math.max(0, to - from).toFixed(1), ...attributes,
  });
  return h("g", { class: "stack" },
    part(middle, foot, { class: "fill-1 elbo" }),
    part(top, middle, { class: "fill-3 missing" }),
    part(top, middle, { fill: `url(#${uid}-hatch)` }),
    h("line", { class: "likelihood", x1: left - 6, x2: left + size + 6, y1: top.toFixed(1), y2: top.toFixed(1) }),
    h("line", { class: "axis", x1: left - 6, x2: left + size + 6, y1: foot, y2: foot }),
    h("text", { class: "tick-text", x: left + size / 2, y: foot + 18, "text-anchor": "middle" }, say("base", { base: short(base) })),
    narrow
      ? rows.map(([look, , text], n) => h("text", { class: look, x: 14, y: TOP + side + 62 + 20 * n }, text))
      : rows.map(([look, at, text]) => h("text", { class: look, x: look === "total" ? left - 6 : beside, y: at }, text)));
}

// The point itself: left and right move θ, up and down q; a pointer moves both.
function point(context, { theta, q }, x, y, { left, side }) {
  const { step } = context;
  const [low, high] = context.problem.between;
  const now = { theta: numberOf(step.params), q: step.posterior[0][0] };
  if (!context.movable) return h("circle", { class: "fill-0", cx: x(theta), cy: y(q), r: 11 });
  const to = (wanted, share) => [
    withNumber(step.params, Math.min(high, Math.max(low, wanted))),
    { ...context.options, q: Math.min(1, Math.max(0, share)) },
  ];
  const tidy = (value) => Math.round(value * 100) / 100; // a pointer makes tidy starts
  const set = (typed, px, py) => (typed === null ? to(tidy(x.inverse(px)), tidy(y.inverse(py))) : to(typed, now.q));
  const mark = handle(context, {
    x: x(theta), y: y(q), component: 0, label: say("surfacePoint"), value: now.theta, low, high, set,
    text: say("surfaceValue", { theta: fixed(now.theta), q: fixed(now.q) }),
  });
  const along = mark.attributes.onkeydown;
  mark.attributes.onkeydown = (event) => {
    const up = { ArrowUp: 0.01, ArrowDown: -0.01 }[event.key];
    if (!up) return along(event);
    event.preventDefault();
    event.stopPropagation();
    return context.nudge(() => to(now.theta, Number((now.q + up).toPrecision(6))));
  };
  return h("g", {},
    h("rect", {
      class: "catch", x: left, y: TOP, width: side, height: side,
      ontouchstart: (event) => event.preventDefault(), // the finger drags; the page stays
      onpointerdown: (event) => context.grab(event, set, true),
    }), mark);
}

function bracketed(value) {
  return value < 0 ? `(${amount(value)})` : amount(value);
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  const { step, problem } = context;
  const q = step.posterior[0][0];
  const joint = problem.engine ? jointAt(context, numberOf(step.params)) : [0, 1].map((k) => step.log_joint?.[k][0] ?? NaN);
  const p = Math.exp(joint[0] - logSum(...joint));
  const parts = [q, 1 - q].map((share, k) => `${amount(share)}·${bracketed(joint[k])}`).join(" + ");
  const entropy = heightOf(q, 0, 0);
  const ratio = (one, other) => `${amount(one)}·log(${amount(one)}/${amount(other)})`;
  const captions = { start: "captionSurfaceStart", E: "captionSurfaceE", M: "captionSurfaceM" };
  return [
    h("p", { class: "rule" }, say(captions[step.kind])),
    moved(context, joint),
    h("p", { class: "rule" }, say("boundRule")),
    formula({ component: 1, code: "elbo log_joint", name: "F", numbers: `${parts} + ${amount(entropy)}`, result: amount(step.elbo) }),
    h("p", { class: "rule" }, say("klRule")),
    formula({ component: 3, name: "KL", numbers: `${ratio(q, p)} + ${ratio(1 - q, 1 - p)}`, result: amount(step.log_likelihood - step.elbo) }),
    h("p", { class: "formula", "data-code": "log_likelihood elbo" }, say("identity", {
      logLikelihood: amount(step.log_likelihood), bound: amount(step.elbo), kl: amount(step.log_likelihood - step.elbo) })),
  ];
}

// The line of arithmetic that the half-step itself stands for.
function moved({ problem, step }, joint) {
  if (step.kind === "E") {
    const [a, b] = joint.map((log) => fixed(Math.exp(log), 5));
    return formula({ component: 0, code: "log_joint", name: "q", numbers: `${a} / (${a} + ${b})`, result: amount(step.posterior[0][0]) });
  }
  if (step.kind !== "M") return null;
  const result = amount(numberOf(step.params));
  if (!problem.engine) return formula({ component: 0, code: "m_step", name: "θ", numbers: "m_step(x, q)", result });
  const { a, b, c } = quadratic(problem, step.posterior);
  const root = `√(${amount(b)}² − 4·${short(a)}·${short(c)})`;
  return formula({ component: 0, code: "heads", name: "θ", numbers: `(${amount(b)} − ${root}) / (2·${short(a)})`, result });
}

/** Return the sentence that says what this half-step did, and what it left alone. */
export function said({ step, steps, position, movable }) {
  const values = {
    theta: fixed(numberOf(step.params)), q: fixed(step.posterior[0][0]), kl: amount(step.log_likelihood - step.elbo),
    rise: amount(position ? step.elbo - steps[position - 1].elbo : 0),
  };
  if (step.kind === "start") return `${say("saidSurfaceStart", values)} ${movable ? say("dragPoint") : ""}`;
  return say(step.kind === "E" ? "saidSurfaceE" : "saidSurfaceM", values);
}
