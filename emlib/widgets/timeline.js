// The timeline: log-likelihood and bound after every half-step seen so far.

import { h } from "./dom.js";
import { line, linear, short, ticks } from "./draw.js";
import { KINDS, TWO } from "./kinds.js";
import { say } from "./strings.js";

const LEFT = 70; // room for the numbers beside the timeline

/** Return the scale from half-steps to pixels. */
export function timeScale({ width, reached }) {
  return linear([0, Math.max(12, reached)], [LEFT, width - 12]);
}

/** Return the picture of log-likelihood and bound after every half-step seen so far. */
export function timelinePicture({ steps, reached, position, width, kinds = TWO, curve = "logLikelihood" }) {
  const seen = steps.slice(0, reached + 1);
  const answered = seen.filter((step) => Number.isFinite(step.log_likelihood)); // Python may still be at work
  const values = seen.flatMap((step) => [step.log_likelihood, step.elbo ?? step.log_likelihood]).filter(Number.isFinite);
  const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const flat = high - low <= 1e-9 * Math.abs(high); // rounding is not a rise
  const pad = (flat ? Math.abs(high) * 0.01 || 1 : high - low) * 0.12;
  const x = timeScale({ width, reached });
  const y = linear([low - pad, high + pad], [92, 22]);
  const bound = seen.map((step, n) => [n, step.elbo]).filter(([, value]) => value !== null);
  const marked = (bound.length ? bound : seen.map((step, n) => [n, step.log_likelihood])).filter(([n]) => n > 0);
  const every = Math.ceil(marked.length / (width / 6)) | 1; // marks that would cover each other are left out; odd, so that both kinds stay
  return h("svg", { width, height: 116, viewBox: `0 0 ${width} 116`, "aria-hidden": "true" },
    ticks([low - pad, high + pad], 4).map((value) => h("g", { class: "tick" },
      h("line", { x1: LEFT, x2: width - 12, y1: y(value), y2: y(value) }),
      h("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, short(value, 6)))),
    ticks([0, x.domain[1]], Math.min(10, width / 60)).filter(Number.isInteger).map((value) =>
      h("text", { class: "tick-text", x: x(value), y: 110, "text-anchor": "middle" }, value)),
    h("line", { class: "now", x1: x(position), x2: x(position), y1: 16, y2: 96 }),
    h("path", { class: "likelihood", d: line(answered.map((step, n) => [x(n), y(step.log_likelihood)])) }),
    bound.length ? h("path", { class: "bound", d: line(bound.map(([n, value]) => [x(n), y(value)])) }) : null,
    marked.filter(([n], place) => place % every === 0 || n === position).map(([n, value]) => (steps[n].kind === kinds[0]
      ? h("circle", { class: n === position ? "mark here" : "mark", cx: x(n), cy: y(value), r: 4 })
      : h("rect", { class: n === position ? "mark here" : "mark", x: x(n) - 3.5, y: y(value) - 3.5, width: 7, height: 7 }))),
    h("g", { class: "legend" },
      h("path", { class: "likelihood", d: "M8 10H26" }), h("text", { x: 31, y: 14 }, say(curve)),
      steps.some(({ elbo }) => elbo !== null) ? [h("path", { class: "bound", d: "M124 10H142" }), h("text", { x: 147, y: 14 }, say("bound"))] : null,
      h("circle", { class: "mark", cx: 248, cy: 10, r: 4 }), h("text", { x: 257, y: 14 }, kinds[1] ? KINDS[kinds[0]].letter : say(KINDS[kinds[0]].button)),
      kinds[1] ? [h("rect", { class: "mark", x: 277, y: 6.5, width: 7, height: 7 }), h("text", { x: 290, y: 14 }, KINDS[kinds[1]].letter)] : null));
}
