// The bound: the log-likelihood as a curve over θ, and the curve below it that EM climbs.

import { h } from "./dom.js";
import { amount, fixed, LETTERS, line, linear, short, ticks } from "./draw.js";
import { elbo, filled } from "./engine.js";
import { formula, handle, table } from "./parts.js";
import { between, emFrom, evenly, logSum, numberOf, oneMean, withNumber } from "./scalar_engine.js";
import { say } from "./strings.js";

const POINTS = 121; // on every curve
const ROWS = 12; // of the ledger; more would hide the sums below them
const LEFT = 44;
const TOP = 72;
const FOOT = 330; // where the scale of θ stands

export const bound = { halfSteps, picture, ledger, said, name: "boundWidget" };

/** Return the half-steps from a start; before the first E-step every share is ½. */
export function halfSteps(problem, start, options, limits) {
  const even = [0, 1].map(() => filled(problem.x.length, () => 0.5));
  return emFrom(even, oneMean, problem, start, options, limits);
}

const tables = new WeakMap(); // the tables log p(x, z | θ) along the curve, by problem
const curves = new WeakMap(); // bounds already worked out, by responsibilities

function along(problem) {
  if (!tables.has(problem)) {
    tables.set(problem, evenly(problem.between, POINTS).map((mean) => oneMean.logJoint(problem, { mean })));
  }
  return tables.get(problem);
}

function likelihoodOf({ problem, steps }) {
  if (!problem.engine) return steps[0].curve;
  if (!curves.has(problem)) {
    const total = (joint) => joint[0].reduce((sum, _, n) => sum + logSum(joint[0][n], joint[1][n]), 0);
    curves.set(problem, along(problem).map(total));
  }
  return curves.get(problem);
}

// The bound of the q that belongs to a half-step; for a reader's own model Python sent it with q.
function boundOf({ problem, steps }, position, posterior = steps[position].posterior) {
  if (!problem.engine) return steps.slice(0, position + 1).findLast((step) => step.bound).bound;
  if (!curves.has(posterior)) curves.set(posterior, along(problem).map((joint) => elbo(problem, posterior, joint)));
  return curves.get(posterior);
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem, width, uid, params, step, steps, position } = context;
  const likelihood = likelihoodOf(context);
  const present = boundOf(context, position, context.posterior);
  const x = linear(problem.between, [LEFT, width - 10]);
  const reach = reachOf(likelihood);
  const y = linear(reach, [FOOT, TOP]);
  const grid = evenly(problem.between, POINTS);
  const path = (values) => line(grid.flatMap((at, n) => (values[n] > -1e300 ? [[x(at), y(values[n])]] : [])));
  const curve = (look, n) => h("path", { class: `bound ${look}`, d: path(boundOf(context, n)) });
  const whose = step.kind === "M" ? position - 1 : position; // the E-step that made the present bound
  const earlier = steps.slice(0, whose).flatMap(({ kind }, n) => (kind === "E" ? [curve("past", n)] : []));
  const next = step.kind === "M" && position < steps.length - 1 ? curve("next", position + 1) : null;
  const at = numberOf(params);
  const settled = params === step.params && Number.isFinite(step.log_likelihood); // neither gliding nor waiting
  const heights = settled ? [step.log_likelihood, step.elbo] : [likelihood, present].map((values) => between(problem.between, values, at));
  const height = FOOT + 66;
  return h("svg", { class: "bounds", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureBound") },
    h("defs", {}, h("clipPath", { id: `${uid}-clip` },
      h("rect", { x: LEFT, y: TOP - 6, width: width - LEFT - 10, height: FOOT - TOP + 6 }))),
    legend(width, problem.engine),
    ticks(reach, 5).map((value) => h("g", { class: "tick" },
      h("line", { x1: LEFT, x2: width - 10, y1: y(value), y2: y(value) }),
      h("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, short(value)))),
    ticks(problem.between, width / 80).map((value) => h("g", { class: "tick" },
      h("line", { x1: x(value), x2: x(value), y1: FOOT, y2: FOOT + 5 }),
      h("text", { x: x(value), y: FOOT + 18, "text-anchor": "middle" }, short(value)))),
    h("line", { class: "axis", x1: LEFT, x2: width - 10, y1: FOOT, y2: FOOT }),
    h("g", { "clip-path": `url(#${uid}-clip)` }, // groups keep the others in their places
      h("g", {}, earlier),
      h("g", {}, next),
      h("path", { class: "likelihood", d: path(likelihood) }),
      h("path", { class: "bound present", d: path(present) })),
    h("g", {}, problem.engine ? data(context, x) : null),
    gap(x(at), heights.map(y), step, width),
    thetaHandle(context, x, at));
}

// Bounds fall without end: the picture holds the whole log-likelihood, and some room below it.
function reachOf(likelihood) {
  const seen = likelihood.filter((value) => value > -1e300);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  return [low - 0.3 * (high - low || 1), high + 0.06 * (high - low || 1)];
}

function legend(width, ported) {
  const column = Math.min(190, (width - 10) / 2);
  const columns = width < 620 ? 2 : 3;
  const looks = [["likelihood", "logLikelihood"], ["bound present", "bound"], ["bound past", "boundPast"], ["bound next", "boundNext"],
    ...(ported ? [["datum", "datum"]] : [])];
  return h("g", {}, looks.map(([look, key], n) => {
    const [left, top] = [8 + (n % columns) * column, 12 + 19 * Math.floor(n / columns)];
    const mark = look === "datum" ? h("circle", { class: look, cx: left + 11, cy: top, r: 6, "fill-opacity": 0.5 })
      : h("path", { class: look, d: `M${left} ${top}h22` });
    return [mark, h("text", { x: left + 28, y: top + 4 }, say(key))];
  }));
}

// Each observation of x, filled as far as it is the first component's.
function data({ problem, posterior }, x) {
  const [low, high] = problem.between;
  const dot = (value, n) => h("circle", {
    class: "datum", "data-row": n, cx: x(value), cy: FOOT - 9, r: 6, "fill-opacity": posterior[0][n].toFixed(3),
  });
  return problem.x.map((value, n) => (value < low || value > high ? null : dot(value, n)));
}

// What the bound lacks at θ: a bracket with its number.
function gap(at, [top, low], { log_likelihood: logLikelihood, elbo: reached }, width) {
  const seen = low <= FOOT;
  const foot = seen ? low : FOOT;
  const side = at > width - 110 ? -1 : 1;
  const beside = at + 11 * side; // the marks would hide a short bracket
  const bar = (y) => `M${beside - 5} ${y.toFixed(1)}h10`;
  const middle = foot - top < 30 ? foot + 19 : (top + foot) / 2 + 4; // beside a long bracket, below a short one
  return h("g", { class: "gap" },
    h("line", { class: "guide", x1: at, x2: at, y1: top, y2: FOOT }),
    h("path", { class: "bracket", d: `${bar(top)}M${beside} ${top.toFixed(1)}V${foot.toFixed(1)}${seen ? bar(foot) : ""}` }),
    h("circle", { class: "on-likelihood", cx: at, cy: top.toFixed(1), r: 5 }),
    seen ? h("rect", { class: "on-bound", x: at - 4.5, y: (low - 4.5).toFixed(1), width: 9, height: 9 }) : null,
    h("text", { class: "kl", x: at + 20 * side, y: middle, "text-anchor": side < 0 ? "end" : "start" },
      say("klIs", { kl: amount(logLikelihood - reached) })));
}

function thetaHandle(context, x, at) {
  const { problem, step } = context;
  const [low, high] = problem.between;
  const cx = x(at);
  const side = at > (low + high) / 2 ? -1 : 1;
  const label = h("text", { class: "value", x: cx + 18 * side, y: FOOT + 47, "text-anchor": side < 0 ? "end" : "start" },
    `θ = ${fixed(at)}`);
  if (!context.movable) return h("g", {}, label, h("circle", { class: "fill-0", cx, cy: FOOT + 42, r: 11 }));
  const set = (typed, pixel) => {
    const wanted = typed ?? Math.round(x.inverse(pixel) * 50) / 50; // a pointer makes tidy starts
    return withNumber(step.params, Math.min(high, Math.max(low, wanted)));
  };
  return h("g", {}, label, handle(context, {
    x: cx, y: FOOT + 42, component: 0, letter: "θ", label: say("theta"), value: numberOf(step.params),
    text: fixed(numberOf(step.params)), low, high, set,
  }));
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  const { step, problem } = context;
  const { log_likelihood: logLikelihood, elbo: reached } = step;
  const identity = h("p", { class: "formula", "data-code": "log_likelihood elbo" },
    say("identity", { logLikelihood: amount(logLikelihood), bound: amount(reached), kl: amount(logLikelihood - reached) }));
  const more = problem.x.length - ROWS;
  const cut = more > 0 ? h("p", { class: "rule" }, say("moreRows", { count: more })) : null;
  return [identity, ...(step.kind === "M" ? mLedger(context) : eLedger(context)), cut];
}

function tableOf(problem, caption, head, cellsOf, foot) {
  const rows = problem.x.slice(0, ROWS).map((value, n) => ({
    key: n, cells: [[value].flat().map((one) => short(one)).join(", "), ...cellsOf(n)],
  }));
  return table(say(caption), head, rows, foot);
}

function eLedger({ problem, step, row }) {
  const done = step.kind === "E";
  const joint = problem.engine ? oneMean.logJoint(problem, step.params).map((r) => r.map(Math.exp)) : null;
  const products = (joint ?? []).map((_, k) => ({ text: say("jointOf", { name: nameOf(problem, k) }), component: k, code: "log_joint" }));
  const chosen = Math.min(row, problem.x.length - 1, ROWS - 1);
  return [
    tableOf(problem, done ? "captionE" : "captionBoundStart", ["x", ...products, ...sharesOf(problem, step)], (n) => [
      ...(joint ?? []).map((r, k) => ({ text: fixed(r[n], 5), component: k })),
      ...step.posterior.map((r, k) => ({ text: fixed(r[n]), component: k, strong: true }))]),
    done && joint ? h("p", { class: "formula", "data-row": chosen },
      `x = ${short(problem.x[chosen])}: ${fixed(joint[0][chosen], 5)} / (${joint.map((r) => fixed(r[chosen], 5)).join(" + ")}) = `,
      h("b", {}, fixed(step.posterior[0][chosen]))) : null,
  ];
}

function sharesOf(problem, step) {
  return step.posterior.map((_, k) => ({ text: say("share", { name: nameOf(problem, k) }), component: k, code: "responsibilities" }));
}

function nameOf(problem, k) {
  return problem.engine ? `N(${k ? short(problem.known_mean) : "θ"})` : `${say("component")} ${LETTERS[k]}`;
}

function mLedger({ problem, step }) {
  const theta = numberOf(step.params);
  const shares = sharesOf(problem, step);
  if (!problem.engine) {
    const cells = (n) => step.posterior.map((r, k) => ({ text: fixed(r[n]), component: k }));
    return [tableOf(problem, "captionM", ["x", ...shares], cells),
      formula({ component: 0, code: "m_step", name: "θ", numbers: "m_step(x, q)", result: fixed(theta) })];
  }
  const [share] = step.posterior;
  const total = share.reduce((sum, one) => sum + one, 0);
  const weighed = share.reduce((sum, one, n) => sum + one * problem.x[n], 0);
  const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));
  const terms = problem.x.slice(0, 6).map((value, n) => `${fixed(share[n], 3)}·${bracketed(value)}`);
  const cells = (...values) => values.map((value) => ({ text: fixed(value), component: 0 }));
  const head = ["x", shares[0], { text: say("shareTimesX"), component: 0, code: "share" }];
  return [
    tableOf(problem, "captionM", head, (n) => cells(share[n], share[n] * problem.x[n]), [say("total"), ...cells(total, weighed)]),
    h("p", { class: "rule" }, say("meanOfShares")),
    formula({
      component: 0, code: "share", name: "θ", result: fixed(theta),
      numbers: `(${terms.join(" + ")}${problem.x.length > 6 ? " + …" : ""}) / ${fixed(total)}`,
    }),
  ];
}

/** Return the sentence that says what this half-step did, and what it left alone. */
export function said({ step, steps, position, movable }) {
  const [theta, kl] = [fixed(numberOf(step.params)), amount(step.log_likelihood - step.elbo)];
  if (step.kind === "start") return `${say("saidBoundStart", { theta, kl })} ${movable ? say("dragTheta") : ""}`;
  if (step.kind === "E") return say("saidBoundE", { theta, rise: amount(step.elbo - steps[position - 1].elbo) });
  const before = steps[position - 1];
  const [rise, more] = [step.elbo - before.elbo, step.log_likelihood - before.log_likelihood].map(amount);
  return say("saidBoundM", { theta, kl, rise, more });
}
