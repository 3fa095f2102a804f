// The arithmetic of the likelihood explorer, and its sentences.

import { h } from "./dom.js";
import { bracketed, calm, fixed, short } from "./draw.js";
import { nameOf } from "./kinds.js";
import { MODELS, totals } from "./likelihood_engine.js";
import { formula, table } from "./parts.js";
import { say } from "./strings.js";

export const SYMBOLS = { black: "p", mean: "μ", sd: "σ" };

const ROWS = 12; // observations that the ledger lists

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
  const words = say("saidClimb", { name: nameOf(step), params, gain: short(Math.max(0, step.log_likelihood - steps[position - 1].log_likelihood), 3), logLikelihood: now });
  return position === steps.length - 1 ? `${words} ${ended(step, context)}` : words;
}

/** Return the sentence for a reader who wants to go on after the end. */
export function ended({ iteration }, { problem }) {
  const flat = problem.model === "normal" && problem.x.every((value) => value === problem.x[0]);
  return say(flat ? "climbEndless" : iteration >= 100 ? "climbLimit" : "climbEnded", { iteration });
}
