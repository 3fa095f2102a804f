// The likelihood explorer: the data stay, a parameter slides along its log-likelihood.

import { h } from "./dom.js";
import { fixed, line, linear, short, ticks } from "./draw.js";
import { climb, logLikelihood, MODELS, totals } from "./likelihood_engine.js";
import { ended, ledger, said, SYMBOLS } from "./likelihood_ledger.js";
import { handle } from "./parts.js";
import { say } from "./strings.js";

export const likelihood = { halfSteps, picture, ledger, said, ended, kinds: ["update"], name: "likelihoodWidget" };

const [LEFT, RIGHT] = [56, 18]; // room for the numbers beside a curve, and for half a handle
const CURVE = 196; // height of a log-likelihood with its axis
const LABELS = { black: "shareOfBlack", mean: "meanOfNormal", sd: "spreadOfNormal" };

/** Return the steps from a start. */
export function halfSteps(problem, start, options, limits) {
  return climb(problem, start, limits);
}

/** Return the picture of one step. */
export function picture(context) {
  const { problem, width } = context;
  const bag = problem.model === "bag";
  const names = Object.keys(context.params);
  const above = bag ? 236 : 206;
  const height = above + names.length * (CURVE + 8);
  const scales = Object.fromEntries(names.map((name) => [name, linear(rangeOf(problem, name), [LEFT, width - RIGHT])]));
  return h("svg", { class: "explorer", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say(bag ? "pictureBag" : "pictureNormal") },
    bag ? bagPicture(context, scales.black, above) : normalPicture(context, scales.mean, above),
    names.map((name, k) => curve(context, name, k, scales[name], above + k * (CURVE + 8))));
}

// What a curve shows of its parameter, and how far a handle goes.
function rangeOf(problem, name) {
  if (name === "black") return [0, 1];
  const { low, high, span, best } = sampleOf(problem);
  return name === "mean" ? [low - span / 2, high + span / 2] : [best.sd / 8, 4 * best.sd];
}

function sampleOf({ x }) {
  const [low, high] = [Math.min(...x), Math.max(...x)];
  const span = high - low || 1;
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
  return { low, high, span, best: { mean, sd: variance > 0 ? Math.sqrt(variance) : span / 4 } };
}

// The params that the data make most probable, kept off the edges where there is nothing to draw.
function best(problem) {
  if (problem.model === "normal") return sampleOf(problem).best;
  const [black, white] = totals(problem);
  return { black: Math.min(0.99, Math.max(0.01, black / (black + white))) };
}

// The draws as discs; under them the probability of every count, above the place of its share.
function bagPicture({ problem, params, width }, x, foot) {
  const { draws } = problem;
  const floor = foot - 38;
  const every = Array.from({ length: draws + 1 }, (_, count) => count);
  const chances = MODELS.bag.logDensity({ x: every, draws }, params).map(Math.exp);
  const y = linear([0, Math.max(0.42, ...chances)], [floor, 56]);
  const step = (width - LEFT - RIGHT) / draws;
  const labels = every.filter((count) => count % Math.ceil(26 / step) === 0);
  const numbered = step > 46 || new Set(problem.x).size === 1; // else the numbers would overlap
  return h("g", {},
    discs(problem, width),
    sideTicks([0, y.domain[1]], y, width),
    h("text", { x: 12, y: 46 }, say("chanceOfCount")),
    h("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: floor, y2: floor }),
    every.map((count) => stick(x(count / draws), y(chances[count]), floor, problem.x.includes(count), numbered ? short(chances[count], 3) : null, Math.min(14, step * 0.6))),
    labels.map((count) => h("text", { class: "tick-text", x: x(count / draws), y: floor + 16, "text-anchor": "middle" }, count)),
    h("text", { class: "tick-text", x: (LEFT + width - RIGHT) / 2, y: floor + 32, "text-anchor": "middle" }, say("blackBalls", { draws })));
}

function stick(x, y, floor, seen, number, width) {
  return h("g", {},
    h("rect", { class: seen ? "stick fill-0" : "stick unknown", x: x - width / 2, y, width, height: Math.max(0, floor - y) }),
    seen && number ? h("text", { class: "value text-0", x, y: y - 5, "text-anchor": "middle" }, number) : null);
}

function discs({ x, draws }, width) {
  const size = Math.min(20, (width - 24) / (x.length * (draws + 1)));
  if (size < 5) return null;
  return x.map((black, n) => Array.from({ length: draws }, (_, i) => h("circle", {
    class: i < black ? "black-ball" : "white-ball", cx: 14 + (n * (draws + 1) + i + 0.5) * size, cy: 16, r: size * 0.4,
  })));
}

// The bell, and at every observation a stick as high as the density there.
function normalPicture({ problem, params, width }, x, foot) {
  const floor = foot - 30;
  const density = (values, at) => MODELS.normal.logDensity({ x: values }, at).map(Math.exp);
  const peak = sampleOf(problem).best;
  const y = linear([0, 1.35 * density([peak.mean], peak)[0]], [floor, 24]);
  const [low, high] = x.domain;
  const grid = Array.from({ length: 161 }, (_, n) => low + ((high - low) * n) / 160);
  for (let n = -12; n <= 12; n += 1) grid.push(params.mean + (n * params.sd) / 4); // a narrow bell needs its own points
  const shown = grid.filter((at) => at >= low && at <= high).sort((a, b) => a - b);
  const heights = density(shown, params);
  return h("g", {},
    sideTicks(y.domain, y, width),
    h("text", { x: 12, y: 14 }, say("densityOfEach")),
    h("path", { class: "bell stroke-0", d: line(shown.map((at, n) => [x(at), Math.max(-20, y(heights[n]))])) }),
    density(problem.x, params).map((value, n) => h("g", { "data-row": n },
      h("line", { class: "stem stroke-0", x1: x(problem.x[n]), x2: x(problem.x[n]), y1: floor, y2: Math.max(-20, y(value)) }),
      h("circle", { class: "fill-0", cx: x(problem.x[n]), cy: floor, r: 4 }))),
    h("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: floor, y2: floor }),
    h("line", { class: "even", x1: x(params.mean), x2: x(params.mean), y1: 24, y2: floor }),
    bottomTicks(x, floor, width));
}

// The log-likelihood as one parameter moves and the others stay. The present point rides on it.
function curve(context, name, k, x, top) {
  const { problem, params, steps, position, width } = context;
  const floor = top + CURVE - 30;
  const peak = logLikelihood(problem, best(problem));
  const y = linear([peak - 10 - 1.5 * problem.x.length, peak], [floor, top + 48]);
  const inside = (value) => Math.min(floor, Math.max(top + 20, y(value)));
  const [low, high] = x.domain;
  const grid = Array.from({ length: 199 }, (_, n) => low + ((high - low) * (n + 0.5)) / 199);
  const along = grid.map((value) => [x(value), y(logLikelihood(problem, { ...params, [name]: value }))]);
  const at = Math.min(x(high), Math.max(x(low), x(params[name])));
  const height = inside(logLikelihood(problem, params));
  return h("g", {},
    h("text", { x: 12, y: top + 12 }, say("logLikelihoodAlong", { name: SYMBOLS[name] })),
    sideTicks([y.domain[0], peak], y, width),
    h("line", { class: "axis", x1: LEFT, x2: width - RIGHT, y1: floor, y2: floor }),
    bottomTicks(x, floor, width),
    h("path", { class: "likelihood", d: line(above(along, floor)) }),
    h("g", {}, position < steps.length - 1 ? parabola(context, name, x, y, floor) : null),
    h("line", { class: "even", x1: at, x2: at, y1: height, y2: floor }),
    h("g", {}, steps.slice(0, position + 1).map((step) => h("circle", {
      class: "visited", cx: Math.min(x(high), Math.max(x(low), x(step.params[name]))), cy: inside(step.log_likelihood), r: 4 }))),
    h("text", { class: `value text-${k}`, x: Math.min(width - 50, Math.max(50, at)), y: top + 30, "text-anchor": "middle" },
      `${SYMBOLS[name]} = ${fixed(params[name], name === "black" ? 4 : 3)}`),
    slider(context, name, k, x, at, height));
}

// The parabola that fits best at the present point: the next step goes to its top.
function parabola({ problem, step }, name, x, y, floor) {
  const { score, information } = MODELS[problem.model];
  const [slope, bend] = [score(problem, step.params)[name], information(problem, step.params)[name]];
  const points = Array.from({ length: 41 }, (_, n) => {
    const move = ((n - 14) / 14) * (slope / bend);
    return [x(step.params[name] + move), y(step.log_likelihood + slope * move - (bend * move ** 2) / 2)];
  });
  const shown = points.filter(([px, py]) => px >= x(x.domain[0]) && px <= x(x.domain[1]) && py > 0 && py <= floor);
  return h("path", { class: "parabola", d: line(shown) });
}

// The part of a curve above the floor, cut where it goes through.
function above(points, floor) {
  return points.flatMap(([px, py], n) => {
    const [qx, qy] = points[n + 1] ?? [px, py];
    const cut = [px + ((qx - px) * (floor - py)) / (qy - py || 1), floor];
    return [...(py <= floor ? [[px, py]] : []), ...((py <= floor) !== (qy <= floor) ? [cut] : [])];
  });
}

function slider(context, name, k, x, at, height) {
  const { problem, params, step } = context;
  const [from, to] = x.domain;
  const [low, high] = name === "black" ? [0.01, 0.99] : [from, to];
  const unit = name === "black" ? 0.01 : 10 ** Math.floor(Math.log10(sampleOf(problem).span / 100));
  const set = (typed, pixel) => {
    const wanted = typed ?? Number((Math.round(x.inverse(pixel) / unit) * unit).toPrecision(12)); // a pointer makes tidy starts
    return { ...step.params, [name]: Math.min(high, Math.max(low, wanted)) };
  };
  return handle(context, {
    x: at, y: height, component: k, square: k === 1, label: say(LABELS[name]), value: params[name], text: short(params[name]), low, high, set,
  });
}

function sideTicks(range, y, width) {
  return ticks(range, 3).map((value) => h("g", { class: "tick" },
    h("line", { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
    h("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, short(value))));
}

function bottomTicks(x, floor, width) {
  return h("g", {}, ticks(x.domain, width / 80).map((value) =>
    h("text", { class: "tick-text", x: x(value), y: floor + 18, "text-anchor": "middle" }, short(value))));
}
