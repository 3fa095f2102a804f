// The dish: two plates, looked at and levelled in turn.

import { splitDish } from "./dish_engine.js";
import { h } from "./dom.js";
import { bracketed, line, linear, short, ticks } from "./draw.js";
import { formula, handle, hatching } from "./parts.js";
import { say } from "./strings.js";

export const dish = {
  halfSteps, picture, ledger, said, ended, kinds: ["observe", "adjust"], curve: "evenness", name: "dishWidget",
};

/** Return the half-steps from a start. */
export function halfSteps(problem, start, options, limits) {
  return splitDish(start, options, limits);
}

const BARS = [98, 156]; // where the two plates stand
const CHART = [228, 340]; // from the top to the foot of the chart of rounds
const SIDES = ["left", "right"];

/** Return the picture of one half-step. */
export function picture(context) {
  const { width, uid, params, start, step } = context;
  const [left, right] = params.amounts;
  const total = start.amounts[0] + start.amounts[1];
  const x = linear([0, total], [20, width - 20]);
  return h("svg", { class: "dish", width, height: 368, viewBox: `0 0 ${width} 368`, role: "group", "aria-label": say("pictureDish") },
    hatching(uid),
    ticks([0, total], 5).map((value) => h("g", { class: "tick" },
      h("line", { x1: x(value), x2: x(value), y1: 37, y2: 47 }),
      h("text", { x: x(value), y: 72, "text-anchor": "middle" }, value))),
    h("line", { class: "axis", x1: x(0), x2: x(total), y1: 42, y2: 42 }),
    params.amounts.map((grams, k) => h("g", { "data-component": k },
      h("rect", { class: `fill-${k}`, x: x(0), y: BARS[k], width: x(within(total, grams)) - x(0), height: 36 }),
      h("text", { class: `value text-${k}`, x: x(0), y: BARS[k] - 4 }, `${say("plate", { name: say(SIDES[k]) })} ${say("grams", { amount: short(grams, 6) })}`))),
    h("g", {}, step.kind === "observe" ? surplus(uid, x, left, right, total) : null),
    rounds(context, total),
    splitHandle(context, x, left, total));
}

// What a plate can hold of the whole dish: a share above 1 asks for more, and for less than nothing.
function within(total, grams) {
  return Math.min(total, Math.max(0, grams));
}

// What the fuller plate has more, hatched once it has been seen.
function surplus(uid, x, left, right, total) {
  if (left === right) return null;
  const k = left > right ? 0 : 1;
  const [low, high] = [within(total, Math.min(left, right)), within(total, Math.max(left, right))];
  const text = say("more", { amount: short(Math.abs(left - right), 6) });
  return [
    h("rect", { class: "surplus", x: x(low), y: BARS[k], width: x(high) - x(low), height: 36 }),
    h("rect", { fill: `url(#${uid}-hatch)`, x: x(low), y: BARS[k], width: x(high) - x(low), height: 36 }),
    x(high) - x(low) > 90 ? h("text", { class: "on-fill", x: (x(low) + x(high)) / 2, y: BARS[k] + 23, "text-anchor": "middle" }, text) : null,
  ];
}

// The amount on the left plate after every round so far.
function rounds({ steps, position, width }, total) {
  const seen = steps.slice(0, position + 1).filter(({ kind }) => kind !== "observe");
  const x = linear([0, Math.max(8, seen.length - 1)], [52, width - 20]);
  const y = linear([0, total], [CHART[1], CHART[0]]);
  const points = seen.map(({ params }, n) => [x(n), y(within(total, params.amounts[0]))]);
  return h("g", {},
    h("text", { x: 20, y: CHART[0] - 10 }, say("leftByRound")),
    ticks([0, total], 3).map((value) => h("g", { class: "tick" },
      h("line", { x1: 52, x2: width - 20, y1: y(value), y2: y(value) }),
      h("text", { x: 46, y: y(value) + 4, "text-anchor": "end" }, value))),
    ticks(x.domain, Math.min(8, width / 60)).filter(Number.isInteger).map((value) =>
      h("text", { class: "tick-text", x: x(value), y: CHART[1] + 20, "text-anchor": "middle" }, value)),
    h("line", { class: "even", x1: 52, x2: width - 20, y1: y(total / 2), y2: y(total / 2) }),
    h("path", { class: "stroke-0 bell", d: line(points) }),
    points.map(([px, py]) => h("circle", { class: "fill-0", cx: px, cy: py, r: 4 })));
}

function splitHandle(context, x, left, total) {
  const set = (typed, pixel) => {
    const grams = typed ?? Math.round(x.inverse(pixel) / 10) * 10; // a pointer makes tidy starts
    const moved = within(total, grams);
    return { amounts: [moved, total - moved] };
  };
  return handle(context, {
    x: x(within(total, left)), y: 42, component: 0, label: say("splitHandle"),
    text: say("grams", { amount: short(left, 6) }), value: left, low: 0, high: total, set,
  });
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger({ step, steps, position, options }) {
  const number = (value) => short(value, 6);
  const [left, right] = step.params.amounts;
  if (step.kind !== "adjust") {
    const caption = h("p", { class: "rule" }, say("captionObserve"));
    return [caption, step.kind === "start" ? null : formula({
      component: left > right ? 0 : 1, code: "left right", name: say("difference"),
      numbers: `${number(left)} − ${bracketed(right)}`, result: number(step.posterior),
    })];
  }
  const before = steps[position - 1].params.amounts;
  return [h("p", { class: "rule" }, say("captionAdjust")), ...SIDES.map((side, k) => formula({
    component: k, code: `${side} share difference`, name: say("plate", { name: say(side) }),
    numbers: `${number(before[k])} ${k ? "+" : "−"} ${number(options.moved)} · ${bracketed(step.posterior)}`,
    result: number(step.params.amounts[k]),
  }))];
}

/** Return the sentence that says what this half-step did. */
export function said({ step, options }) {
  const [left, right] = step.params.amounts.map((grams) => short(grams, 6));
  if (step.kind === "start") return say("saidDishStart", { left, right });
  if (step.kind === "observe") return say("saidObserve", { difference: short(step.posterior, 6) });
  const moved = short(Math.abs(options.moved * step.posterior), 6);
  const impossible = Math.min(...step.params.amounts) < 0 ? ` ${say("saidImpossible")}` : "";
  return say("saidAdjust", { moved, left, right }) + impossible;
}

/** Return the sentence for a reader who wants to go on after the end. */
export function ended({ iteration, log_likelihood: evenness }) {
  return say(evenness >= -1 ? "dishEnded" : "dishLimit", { iteration, difference: short(-evenness, 6) });
}
