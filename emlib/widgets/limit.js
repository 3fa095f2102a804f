// One slider from a mixture to K-means: the variance ε of every component shrinks to nothing.

import { chooser, looking, ring, spot } from "./chosen.js";
import { axes, ellipse, framed, mean, mostProbable, points, scalesOf, trails } from "./cloud.js";
import { h } from "./dom.js";
import { fixed, LETTERS, line, percent, short } from "./draw.js";
import { sumOf } from "./engine.js";
import { freeEnergy, kMeansSteps, objective, squares } from "./kmeans_engine.js";
import { formula, table } from "./parts.js";
import { say } from "./strings.js";
import { voronoi } from "./voronoi.js";

export const limit = { halfSteps, picture, ledger, said, firstRow, stays: true };

/** Return the half-steps from a start. */
export function halfSteps(problem, start, options, limits) {
  return kMeansSteps(problem, start, options.variance, limits);
}

/** Return the observation whose arithmetic is shown first: the one nearest to the middle of all. */
export function firstRow({ x }) {
  const away = squares(x, [middleOf(x)])[0];
  return away.indexOf(Math.min(...away));
}

function middleOf(x) {
  return [0, 1].map((axis) => sumOf(x.map((point) => point[axis])) / x.length);
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem: { x, range, features }, width, uid, params, posterior, row } = context;
  const scales = scalesOf(range, width);
  return h("svg", {
    class: "limit", width, height: scales.height, viewBox: `0 0 ${width} ${scales.height}`,
    role: "group", "aria-label": say("pictureLimit"), ...looking(context, x, scales),
  },
    axes(scales, features), legend(scales, context.options),
    framed(scales, uid, borders(context, scales), circles(context, scales), trails(scales, stations(context))),
    points(scales, x, posterior, x.length > 100 ? 4 : 6), ring(scales, x[row]),
    params.means.map((place, k) => mean(context, scales, k, place, features, context.movable && mover(context, k))));
}

function circles({ params, options: { variance } }, scales) {
  return h("g", {}, variance === 0 ? null : params.means.map((place, k) => h("path", {
    class: `ellipse stroke-${k}`, "data-component": k, d: ellipse(scales, place, [[variance, 0], [0, variance]], 1),
  })));
}

// Two means share what lies between them: the band is where each has from 10 % to 90 % of a point.
// An edge is as strong as the band is narrow.
function borders({ params: { means }, options: { variance } }, { x, y }) {
  const wide = [x, y].map(({ domain: [low, high] }) => [2 * low - high, 2 * high - low]); // beyond the frame
  const edges = voronoi(means, wide).map((edge) => ({ ...edge, ends: edge.pair.map((k) => means[k]) }));
  const path = (places) => line(places.map(([a, b]) => [x(a), y(b)]));
  const bands = edges.length || means.length < 2 ? edges.map((edge) => band(edge, variance, wide)) : [corners(wide)];
  return [
    h("g", { class: "bands" }, variance === 0 ? null : bands.map((one) => h("path", { class: "band", d: `${path(one)}z` }))),
    h("g", {}, edges.map(({ from, to, ends }) => [sharpness(...ends, variance), path([from, to])])
      .filter(([sharp]) => sharp > 0)
      .map(([sharp, d]) => h("path", { class: "edge", "stroke-opacity": fixed(sharp, 3), d })))];
}

// The corners of a band: half its width to either side of the edge, and never more than can be seen.
function band({ from, to, ends: [one, other] }, variance, [[left, right]]) {
  const distance = Math.hypot(other[0] - one[0], other[1] - one[1]);
  const half = Math.min(bandWidth(one, other, variance) / 2, 2 * (right - left)) / distance;
  const [dx, dy] = [half * (other[0] - one[0]), half * (other[1] - one[1])];
  return [[from[0] - dx, from[1] - dy], [to[0] - dx, to[1] - dy], [to[0] + dx, to[1] + dy], [from[0] + dx, from[1] + dy]];
}

function corners([[left, right], [low, high]]) {
  return [[left, low], [right, low], [right, high], [left, high]];
}

/** Return how far apart shares of 10 % and of 90 % lie between two means, in units of x. */
export function bandWidth(one, other, variance) {
  return (2 * Math.log(9) * variance) / Math.hypot(one[0] - other[0], one[1] - other[1]);
}

/** Return how sharp the border between two means is: 1 without a band, 0 for one of half their distance. */
export function sharpness(one, other, variance) {
  return Math.max(0, 1 - (2 * bandWidth(one, other, variance)) / Math.hypot(one[0] - other[0], one[1] - other[1]));
}

function legend({ box }, { variance }) {
  const right = box.left + box.width;
  return h("g", {}, variance === 0 ? null : [
    h("rect", { class: "band-mark", x: right - 168, y: 6, width: 18, height: 12 }),
    h("text", { x: right, y: 16, "text-anchor": "end" }, say("bandIs"))]);
}

// Where the means have been so far; after an M-step the last station moves with them.
function stations({ steps, position, step, params }) {
  const seen = steps.slice(0, position + 1).filter(({ kind }) => kind !== "E").map((one) => one.params.means);
  return step.kind === "M" ? [...seen.slice(0, -1), params.means] : seen;
}

function mover({ step }, k) {
  return (place) => ({ means: step.params.means.map((old, j) => (j === k ? place : old)) });
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  const { problem, step } = context;
  return [...(step.kind === "M" ? mLedger(context) : [chooser(context, problem.x), eLedger(context)]), ...costs(context)];
}

function eLedger({ problem, step, row, options: { variance } }) {
  const square = squares(problem.x, step.params.means).map((distances) => distances[row]);
  const done = step.kind === "E";
  const soft = variance > 0;
  const rows = step.params.means.map((_, k) => ({
    cells: [{ text: LETTERS[k], component: k },
      { text: short(square[k], 5), component: k, code: "squares squared_distances" },
      ...(soft ? [{ text: exponential(-square[k] / (2 * variance)), component: k, code: "log_joint variance" }] : []),
      { text: done ? fixed(step.posterior[k][row]) : "?", component: k, strong: true, code: "e_step one_hot" }],
  }));
  const head = [say("component"), say("squaredDistance"), ...(soft ? [say("exponential")] : []), say("shareAt")];
  return table(say(done ? (soft ? "captionELimit" : "captionAssign") : "captionStart"), head, rows);
}

// A number too small for a computer is still a power of e.
function exponential(power) {
  return power > -690 ? short(Math.exp(power)) : `e^(${short(power)})`;
}

function mLedger({ problem, step, options }) {
  const lines = step.params.means.map((place, k) => {
    const held = problem.x.map((_, n) => n).filter((n) => step.posterior[k][n] > 0.005);
    const part = (n) => (options.variance ? `${fixed(step.posterior[k][n], 2)}·` : "");
    const terms = held.slice(0, 4).map((n) => `${part(n)}${spot(problem.x[n])}`);
    return formula({
      component: k, code: "means weighted_means", name: `${say("mean")} ${LETTERS[k]}`,
      numbers: `(${terms.join(" + ")}${held.length > 4 ? " + …" : ""}) / ${short(sumOf(step.posterior[k]))}`, result: `(${place.map((value) => fixed(value)).join(", ")})`,
    });
  });
  return [h("p", { class: "rule" }, say(options.variance ? "captionM" : "captionUpdate")), ...lines];
}

// What K-means pushes down, and what the run pushes down, at these means.
function costs({ problem, step, options: { variance } }) {
  const cost = (name, words, value) => h("p", { class: "formula" }, h("b", {}, name), ` = ${words} = `, h("b", {}, short(value, 7)));
  return [cost("J", say("objective"), objective(problem.x, step.params.means)),
    variance > 0 ? cost("F", say("freeEnergy"), freeEnergy(problem.x, step.params.means, variance)) : null];
}

/** Return the sentence that says what this half-step did. */
export function said(context) {
  const { problem, step, row, movable, options: { variance } } = context;
  const params = step.params.means.map((place, k) => say("meanIs", { name: LETTERS[k], mean: spot(place) })).join(", ");
  if (step.kind === "start") return `${say("saidStart", { params })} ${movable ? say("dragMean") : ""}`;
  if (step.kind === "M") return `${say(variance ? "saidMGaussian" : "saidUpdate", { params })} ${together(context)}`;
  const best = mostProbable(step.posterior, row);
  return say(variance ? "saidELimit" : "saidAssign", {
    place: spot(problem.x[row]), percent: percent(step.posterior[best][row]), name: LETTERS[best],
  });
}

// Above the largest variance of the data no split of the means pays: they all fall on the middle.
function together({ problem: { x }, step: { params }, options: { variance } }) {
  const middle = middleOf(x);
  const away = squares(params.means, [middle])[0];
  const [, largest] = variances(x, middle);
  if (params.means.length < 2 || Math.max(...away) > 1e-4 * largest) return "";
  const words = say("meansTogether", { place: spot(middle) });
  return variance > largest ? `${words} ${say("aboveCritical", { variance: short(variance), critical: short(largest) })}` : words;
}

/** Return the smallest and the largest variance of points in any direction. */
export function variances(x, [a, b]) {
  const about = (value) => sumOf(x.map(value)) / x.length;
  const [p, q, r] = [about((at) => (at[0] - a) ** 2), about((at) => (at[0] - a) * (at[1] - b)), about((at) => (at[1] - b) ** 2)];
  const root = Math.hypot((p - r) / 2, q);
  return [(p + r) / 2 - root, (p + r) / 2 + root];
}
