// The arithmetic of the logistic stepper, and its sentences.

import { h } from "./dom.js";
import { bracketed, calm, fixed, short } from "./draw.js";
import { nameOf } from "./kinds.js";
import { error, gradient, information } from "./logistic_engine.js";
import { formula, table } from "./parts.js";
import { say } from "./strings.js";

export const LIMIT = 500; // steps

const ROWS = 20; // observations that the ledger lists

/** Return the arithmetic of one step with its numbers filled in. */
export function ledger({ problem, step, steps, position, options }) {
  const before = position ? steps[position - 1].params : step.params;
  const slopes = gradient(problem, before);
  const rows = problem.x.slice(0, ROWS).map((x, n) => {
    const miss = error(problem, before, n);
    return { key: n, cells: [short(x), String(problem.y[n]), fixed(problem.y[n] - miss, 3), { text: fixed(calm(miss, 3), 3), component: 0 }, { text: fixed(calm(miss * x, 3), 3), component: 1 }] };
  });
  const more = problem.x.length > ROWS ? [{ cells: ["…", "", "", "", ""] }] : [];
  const pull = slopes.slopes + problem.ridge * before.slopes; // without the ridge
  const held = problem.ridge ? ` − ${short(problem.ridge)} · ${bracketed(before.slopes)}` : "";
  return [
    ...(position ? lines(problem, before, step.params, slopes, options) : []),
    table(say(position ? "captionGradient" : "captionGradientStart"), ["x", "y", "p", "y − p", "(y − p) x"], [...rows, ...more],
      [say("gradient"), "", "", { text: fixed(calm(slopes.intercept, 4)), strong: true, code: "gradient" }, { text: fixed(calm(pull, 4)), strong: true, code: "gradient" }]),
    held ? h("p", { class: "rule" }, `${say("ridgeHolds")} ${fixed(calm(pull, 4))}${held} = ${fixed(calm(slopes.slopes, 4))}`) : null,
  ];
}

function lines(problem, before, after, slopes, { newton, rate }) {
  const caption = newton ? `${say("captionNewton")} ${matrix(information(problem, before))}` : say("captionRate");
  return [h("p", { class: "rule" }, caption), ...["intercept", "slopes"].map((name, k) => formula({
    component: k, code: newton ? "move moved information" : "value rate slope", name: say(k ? "slope" : "intercept"), result: short(calm(after[name]), 6),
    numbers: `${short(calm(before[name]), 6)} + ${newton ? bracketed(after[name] - before[name]) : `${short(rate)} · ${bracketed(slopes[name])}`}`,
  }))];
}

function matrix([one, both, two]) {
  const shared = short(both ** 2 < 1e-24 * one * two ? 0 : both, 5);
  return `(${short(one, 5)}, ${shared}; ${shared}, ${short(two, 5)})`;
}

/** Return the sentence that says what this step did. */
export function said(context) {
  const { step, steps, position } = context;
  const params = say("paramsNow", { intercept: short(calm(step.params.intercept), 5), slope: short(calm(step.params.slopes), 5) });
  const now = short(step.log_likelihood, 6);
  if (!position) return say("saidLogisticStart", { params, logLikelihood: now });
  const before = steps[position - 1].log_likelihood;
  const words = say(step.log_likelihood < before - 1e-12 * Math.abs(before) ? "saidFell" : "saidRose", { name: nameOf(step), params, gain: short(Math.abs(step.log_likelihood - before), 3), logLikelihood: now });
  return position === steps.length - 1 ? `${words} ${ended(step, context)}` : words;
}

/** Return the sentence for a reader who wants to go on after the end. */
export function ended({ iteration, log_likelihood: height }, { problem, steps }) {
  if (!problem.maximum) return say("logisticSeparable");
  if (circles(steps)) return say("logisticCycle");
  if (iteration >= LIMIT) return say("logisticLimit", { iteration });
  const gain = Math.abs(height - (steps.at(-2)?.log_likelihood ?? -Infinity));
  return say(gain < 1e-6 * Math.max(1, Math.abs(height)) ? "logisticTop" : "logisticStuck", { iteration });
}

// Two steps lead back to the same place, one does not.
function circles(steps) {
  const [a, b, c] = steps.slice(-3).map(({ params }) => [params.intercept, params.slopes]);
  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);
  return steps.length > 20 && apart(a, c) < 0.01 * apart(b, c) && apart(b, c) > 1e-6;
}
