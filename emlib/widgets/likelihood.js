// The likelihood explorer: the data stay, a parameter slides along its log-likelihood.

import { h } from "./dom.js";
import { bracketed, calm, fixed, line, linear, short, ticks } from "./draw.js";
import { nameOf } from "./kinds.js";
import { climb, logLikelihood, MODELS, totals } from "./likelihood_engine.js";
import { formula, handle, table } from "./parts.js";
import { say } from "./strings.js";

export const likelihood = { halfSteps, picture, ledger, said, ended, kinds: ["update"], name: "likelihoodWidget" };

const [LEFT, RIGHT] = [56, 18]; // room for the numbers beside a curve, and for half a handle
const CURVE = 196; // height of a log-likelihood with its axis
const SYMBOLS = { black: "p", mean: "μ", sd: "σ" };
const LABELS = { black: "shareOfBlack", mean: "meanOfNormal", sd: "spreadOfNormal" };
const ROWS = 12; // observations that the ledger lists

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

/** Return the arithmetic of one step with its numbers filled in. */
export function ledger(context) {
  const { problem, step, steps, position } = context;
  return [
    ...(position ? moves(problem, steps[position - 1].params, step.params) : []),
    ...(problem.model === "bag" ? bagLedger(problem, step.params) : [sampleLedger(problem, step)]),
    h("p", { class: "rule" }, say("slopeHere")),
    ...Object.keys(step.params).map((name, k) => slopeLine(problem, step.params, name, k)),
  ];
}

// New value ← old value + slope / information, or a half, a quarter, … of that.
function moves(problem, before, after) {
  const { score, information } = MODELS[problem.model];
  const [slopes, bends] = [score(problem, before), information(problem, before)];
  return [h("p", { class: "rule" }, say("captionClimb")), ...Object.keys(before).map((name, k) => {
    const share = (after[name] - before[name]) / (slopes[name] / bends[name]);
    const halved = share < 0.75 && share > 0 ? ` · ${short(2 ** Math.round(Math.log2(share)))}` : "";
    return formula({
      component: k, code: "value share slope bend", name: SYMBOLS[name], result: short(after[name], 5),
      numbers: `${short(before[name], 5)} + ${bracketed(slopes[name], 5)} / ${short(bends[name], 5)}${halved}`,
    });
  })];
}

function bagLedger(problem, { black }) {
  const { x, draws } = problem;
  const values = MODELS.bag.logDensity(problem, { black });
  const line = (count, n) => {
    const parts = [count * Math.log(black), (draws - count) * Math.log1p(-black)];
    const choose = values[n] - parts[0] - parts[1];
    return formula({
      component: 0, sign: "=", code: "log_choose xlogy black", name: say("logDensityOf", { x: count }), result: fixed(values[n]),
      numbers: `${fixed(choose)} + ${count} · log ${short(black)} + ${draws - count} · log ${short(1 - black)} = ${fixed(choose)} ${signed(parts[0])} ${signed(parts[1])}`,
    });
  };
  const sum = values.reduce((a, b) => a + b, 0);
  return [h("p", { class: "rule" }, say("captionBag", { draws })), ...x.slice(0, ROWS).map(line),
    x.length > 1 ? h("p", { class: "formula" }, h("b", {}, say("logLikelihood")), ` = ${values.slice(0, ROWS).map((v, n) => (n ? signed(v) : fixed(v))).join(" ")}${x.length > ROWS ? " …" : ""} = `, h("b", {}, fixed(sum))) : null,
    h("p", { class: "formula" }, h("b", {}, say("likelihoodIs")), ` = e^(${fixed(sum)}) = `, h("b", {}, short(Math.exp(sum))))];
}

function sampleLedger(problem, { params, log_likelihood: sum }) {
  const values = MODELS.normal.logDensity(problem, params);
  const rows = problem.x.slice(0, ROWS).map((x, n) => ({
    key: n, cells: [short(x), fixed((x - params.mean) / params.sd, 3), { text: short(Math.exp(values[n])), component: 0 }, { text: fixed(values[n]), component: 0, code: "log_density" }],
  }));
  const more = problem.x.length > ROWS ? [{ cells: ["…", "", "", ""] }] : [];
  return table(say("captionSample"), ["x", "z = (x − μ) / σ", say("densityAtX"), say("logDensity")], [...rows, ...more],
    [say("sum"), "", "", { text: fixed(sum), strong: true }]);
}

function slopeLine(problem, params, name, k) {
  const { score, information } = MODELS[problem.model];
  const [slope, bend] = [score(problem, params)[name], information(problem, params)[name]];
  const [black, white] = problem.model === "bag" ? totals(problem) : [];
  const numbers = {
    black: () => `${black} / ${short(params.black)} − ${white} / ${short(1 - params.black)}`,
    mean: () => "Σ z / σ", sd: () => "Σ (z² − 1) / σ",
  }[name]();
  return h("p", { class: "formula", "data-component": k, "data-code": "score information" },
    h("b", {}, say("slopeAlong", { name: SYMBOLS[name] })), ` = ${numbers} = `, h("b", {}, short(calm(slope), 5)), `; ${say("informationIs")} `, h("b", {}, short(bend, 5)));
}

function signed(value) {
  return value < 0 ? `− ${fixed(-value)}` : `+ ${fixed(value)}`;
}

/** Return the sentence that says what this step did. */
export function said(context) {
  const { problem, step, steps, position } = context;
  const params = Object.entries(step.params).map(([name, value]) => `${SYMBOLS[name]} = ${short(value, 5)}`).join(", ");
  const now = fixed(step.log_likelihood);
  if (!position) return say("saidSlide", { params, logLikelihood: now, likelihood: short(Math.exp(step.log_likelihood)) });
  const words = say("saidClimb", { name: nameOf(step), params, before: fixed(steps[position - 1].log_likelihood), logLikelihood: now });
  return position === steps.length - 1 ? `${words} ${ended(step, context)}` : words;
}

/** Return the sentence for a reader who wants to go on after the end. */
export function ended({ iteration }, { problem }) {
  const flat = problem.model === "normal" && problem.x.every((value) => value === problem.x[0]);
  return say(flat ? "climbEndless" : iteration >= 100 ? "climbLimit" : "climbEnded", { iteration });
}
