// The one-dimensional Gaussian stepper: a histogram coloured by responsibility, under its bells.

import { h } from "./dom.js";
import { fixed, LETTERS, line, linear, percent, short, ticks } from "./draw.js";
import { em } from "./engine.js";
import { gaussianModel } from "./gaussian_engine.js";
import { formula, handle, hatching, table } from "./parts.js";
import { say } from "./strings.js";

export const gaussian = { halfSteps, picture, ledger, said, firstRow };

/** Return the half-steps from a start. */
export function halfSteps(...run) {
  return em(gaussianModel, ...run);
}

/** Return the observation whose arithmetic is shown first: the median. */
export function firstRow({ x, times }) {
  const order = x.map((_, n) => n).sort((a, b) => x[a] - x[b]);
  const time = (n) => (times ? times[n] : 1);
  let left = order.reduce((sum, n) => sum + time(n), 0) / 2;
  return order.find((n) => (left -= time(n)) < 0);
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem, width, uid, params, row } = context;
  const height = Math.round(Math.min(300, Math.max(220, width * 0.42)));
  const range = widen(problem.x);
  const x = linear(range, [12, width - 12]);
  const bins = histogram(problem, context.posterior, range, Math.floor(width / 9));
  const bells = params.means.map((mean, k) => bell(params, k, range));
  const top = Math.max(...bins.map((bin) => bin.total), ...bells.flat().map(([, value]) => value).filter((v) => v < 20 * bins.top));
  const y = linear([0, top * 1.08], [height - 46, 12]);
  return h("svg", { class: "gaussian", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureGaussian") },
    hatching(uid),
    h("g", {}, bins.map((bin) => bars(bin, x, y, uid, Boolean(context.posterior)))),
    h("line", { class: "axis", x1: 12, x2: width - 12, y1: y(0), y2: y(0) }),
    h("g", {}, ticks(range, width / 70).map((value) => h("text", {
      class: "tick-text", x: x(value), y: height - 4, "text-anchor": "middle",
    }, value))),
    h("line", { class: "chosen", x1: x(problem.x[row]), x2: x(problem.x[row]), y1: 12, y2: y(0) }),
    bells.map((points, k) => h("path", {
      class: `bell stroke-${k}`, "data-component": k, "stroke-dasharray": k % 2 ? "7 4" : null,
      d: line(points.map(([at, value]) => [x(at), Math.max(-40, y(value))])),
    })),
    bells.map((points, k) => handles(context, k, x, y)));
}

function widen(x) {
  const [low, high] = [Math.min(...x), Math.max(...x)];
  const pad = (high - low || 1) * 0.03;
  return [low - pad, high + pad];
}

// Heights are densities: times over (total × bin width), split by responsibility.
function histogram({ x, times }, posterior, range, count) {
  const [low, width, size] = binsOf(x, range, count);
  const parts = posterior ? posterior.length : 1;
  const bins = Array.from({ length: size }, (_, n) => ({
    from: low + n * width, to: low + (n + 1) * width, parts: new Array(parts).fill(0), total: 0,
  }));
  const all = times ? times.reduce((a, b) => a + b, 0) : x.length;
  x.forEach((value, n) => {
    const bin = bins[Math.min(size - 1, Math.max(0, Math.floor((value - low) / width)))];
    const height = (times ? times[n] : 1) / (all * width);
    bin.total += height;
    for (let k = 0; k < parts; k += 1) bin.parts[k] += height * (posterior ? posterior[k][n] : 1);
  });
  bins.top = Math.max(...bins.map((bin) => bin.total));
  return bins;
}

// Every bin holds equally many of the values that x was rounded to, or the bars would be ragged.
function binsOf(x, [low, high], count) {
  const values = [...new Set(x)].sort((a, b) => a - b);
  const gap = values.slice(1).reduce((least, value, n) => Math.min(least, value - values[n]), Infinity);
  const width = (high - low) / Math.max(8, values.length > 60 ? count : Math.min(count, 40));
  if (gap < width / 20 || gap === Infinity) return [low, width, Math.ceil((high - low) / width - 1e-9)];
  const even = gap * Math.ceil(width / gap - 1e-9);
  const from = values[0] - gap / 2;
  return [from, even, Math.ceil((values.at(-1) + gap / 2 - from) / even - 1e-9)];
}

function bars(bin, x, y, uid, known) {
  let base = 0;
  return bin.parts.map((part, k) => {
    if (part <= 0) return null;
    const box = { x: x(bin.from), width: Math.max(0.5, x(bin.to) - x(bin.from) - 0.5), y: y(base + part), height: y(base) - y(base + part) };
    base += part;
    return h("g", { "data-component": known ? k : null },
      h("rect", { class: known ? `bar fill-${k}` : "bar unknown", ...box }),
      known && k % 2 ? h("rect", { fill: `url(#${uid}-hatch)`, ...box }) : null);
  });
}

function bell({ weights, means, covs }, k, [low, high]) {
  const sd = Math.sqrt(covs[k]);
  const at = Array.from({ length: 161 }, (_, n) => low + ((high - low) * n) / 160);
  for (let n = -12; n <= 12; n += 1) at.push(means[k] + (n * sd) / 4); // a narrow bell needs its own points
  at.sort((a, b) => a - b);
  return at.filter((value) => value >= low && value <= high).map((value) => [value, weights[k] * density(value, means[k], covs[k])]);
}

function density(x, mean, variance) {
  return Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}

function handles(context, k, x, y) {
  const { params, movable, step, problem } = context;
  const [mean, sd] = [params.means[k], Math.sqrt(params.covs[k])];
  const name = LETTERS[k];
  const floor = y(0);
  if (!movable) return h("text", { class: `value text-${k}`, x: x(mean), y: floor - 6, "text-anchor": "middle" }, name);
  const [low, high] = x.domain;
  const shared = problem.covariance === "tied"; // then every bell has the same width
  const change = (field, value) => ({
    ...step.params,
    [field]: step.params[field].map((old, j) => (j === k || (shared && field === "covs") ? value : old)),
  });
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  const tidy = (value) => Number(value.toPrecision(4));
  const smallest = (high - low) / 200;
  return [
    handle(context, {
      x: clamp(x(mean), 12, context.width - 12), y: floor, component: k, letter: name, value: mean,
      label: say("meanOf", { name }), text: short(mean), low, high,
      set: (typed, pixel) => change("means", clamp(typed ?? tidy(x.inverse(pixel)), low, high)),
    }),
    handle(context, {
      x: clamp(x(mean + sd), 12, context.width - 12), y: clamp(y(params.weights[k] * density(mean + sd, mean, sd * sd)), 14, floor - 26),
      component: k, square: true, value: sd, label: say("spreadOf", { name }), text: short(sd), low: smallest, high: (high - low) / 2,
      set: (typed, pixel) => change("covs", clamp(typed ?? tidy(Math.abs(x.inverse(pixel) - step.params.means[k])), smallest, (high - low) / 2) ** 2),
    })];
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  const { problem, step, row, choose } = context;
  const order = problem.x.map((_, n) => n).sort((a, b) => problem.x[a] - problem.x[b]);
  const slider = h("label", { class: "observation" }, `${say("observation")} = ${short(problem.x[row], 6)} `,
    h("input", {
      type: "range", min: 0, max: order.length - 1, step: 1, value: String(order.indexOf(row)),
      oninput: (event) => choose(order[Number(event.target.value)]),
    }));
  return step.kind === "M" ? mLedger(context) : [slider, eLedger(context)];
}

function eLedger({ problem, step, row }) {
  const { weights, means, covs } = step.params;
  const own = step.log_joint?.map((r) => Math.exp(r[row]));
  const joint = problem.engine ? gaussianModel.logJoint(problem, step.params).map((r) => Math.exp(r[row])) : own;
  const rows = means.map((mean, k) => ({
    cells: [{ text: LETTERS[k], component: k },
      { text: short(weights[k]), component: k, code: "weights" },
      { text: short(density(problem.x[row], mean, covs[k])), component: k, code: "log_density" },
      { text: joint ? short(joint[k]) : "", component: k, code: "log_joint" },
      { text: step.kind === "E" ? fixed(step.posterior[k][row]) : "?", component: k, strong: true, code: "responsibilities" }],
  }));
  const foot = [say("sum"), "", "", joint ? short(joint.reduce((a, b) => a + b, 0)) : "", step.kind === "E" ? "1" : ""];
  return table(say(step.kind === "E" ? "captionE" : "captionStart"), [say("component"), say("weight"), say("density"), say("product"), say("shareAt")], rows, foot);
}

function mLedger({ problem, step }) {
  const { x, times } = problem;
  const time = (n) => (times ? times[n] : 1);
  const all = x.reduce((sum, _, n) => sum + time(n), 0);
  return step.params.means.map((mean, k) => {
    const share = step.posterior[k];
    const total = (value) => x.reduce((sum, at, n) => sum + time(n) * share[n] * value(at), 0);
    const count = total(() => 1);
    const name = LETTERS[k];
    const row = (code, label, top, bottom, result) => formula({
      component: k, code, name: `${label} ${name}`, numbers: `${short(top, 6)} / ${short(bottom, 6)}`, result: short(result, 6),
    });
    return h("div", { class: "rules", "data-component": k },
      row("weights", say("weightRule").split(" = ")[0], count, all, step.params.weights[k]),
      row("means", say("meanRule").split(" = ")[0], total((at) => at), count, mean),
      row("covs", say("varianceRule").split(" = ")[0], total((at) => (at - mean) ** 2), count, step.params.covs[k]));
  }).concat(h("p", { class: "rule" }, `${say("captionM")} ${[say("weightRule"), say("meanRule"), say("varianceRule")].join("; ")}.`));
}

/** Return the sentence that says what this half-step did. */
export function said({ problem, step, row, movable }) {
  const params = step.params.means.map((mean, k) => say("gaussianIs", {
    name: LETTERS[k], mean: short(mean, 5), sd: short(Math.sqrt(step.params.covs[k])), weight: short(step.params.weights[k]),
  })).join("; ");
  if (step.kind === "start") return `${say("saidStart", { params })} ${movable ? say("dragBell") : ""}`;
  if (step.kind === "M") return say("saidMGaussian", { params });
  const shares = step.posterior.map((r) => r[row]);
  const best = shares.indexOf(Math.max(...shares));
  return say("saidEGaussian", { x: short(problem.x[row], 6), percent: percent(shares[best]), name: LETTERS[best] });
}
