// The coin stepper: every group of tosses is shared out between the coins.

import { coinModel } from "./coin_engine.js";
import { h } from "./dom.js";
import { fixed, LETTERS, linear, percent, short, ticks } from "./draw.js";
import { em } from "./engine.js";
import { formula, handle, hatching, table } from "./parts.js";
import { say } from "./strings.js";

const AXIS = 58; // where the scale of the coins stands
const TOP = 104; // where the groups begin

export const coins = { halfSteps, picture, ledger, said };

/** Return the half-steps from a start. */
export function halfSteps(...run) {
  return em(coinModel, ...run);
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem, width, uid, params } = context;
  const narrow = width < 520;
  const rowHeight = narrow ? 50 : 32;
  const height = TOP + problem.x.length * rowHeight + 6;
  const scale = linear([0, 1], [20, width - 20]);
  return h("svg", { class: "coins", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("pictureCoins") },
    hatching(uid),
    ticks([0, 1], 5).map((value) => h("g", { class: "tick" },
      h("line", { x1: scale(value), x2: scale(value), y1: AXIS - 5, y2: AXIS + 5 }),
      h("text", { x: scale(value), y: AXIS + 32, "text-anchor": "middle" }, value))),
    h("line", { class: "axis", x1: scale(0), x2: scale(1), y1: AXIS, y2: AXIS }),
    h("g", {}, trail(context, scale)), // groups of one element keep the others in their places
    params.heads.map((value, k) => coinHandle(context, scale, value, k)),
    problem.x.map((heads, n) => group(context, n, TOP + n * rowHeight, narrow)));
}

// A thin line from where each coin stood before this M-step.
function trail({ step, steps, position }, scale) {
  if (step.kind !== "M") return null;
  const before = steps[position - 1].params.heads;
  return step.params.heads.map((value, k) => h("line", {
    class: `trail stroke-${k}`, x1: scale(before[k]), x2: scale(value), y1: AXIS, y2: AXIS,
  }));
}

function coinHandle(context, scale, value, k) {
  const name = LETTERS[k];
  const set = (typed, pixel) => {
    const wanted = typed ?? Math.round(scale.inverse(pixel) * 100) / 100; // a pointer makes tidy starts
    const moved = Math.min(0.99, Math.max(0.01, wanted));
    const heads = context.step.params.heads.map((old, j) => (j === k ? moved : old));
    return { ...context.step.params, heads };
  };
  const label = h("text", { class: `value text-${k}`, x: scale(value), y: AXIS - (k % 2 ? 34 : 19), "text-anchor": "middle" },
    `${name} ${fixed(value)}`);
  if (!context.movable) {
    return h("g", { "data-component": k }, h("circle", { class: `fill-${k}`, cx: scale(value), cy: AXIS, r: 11 }), label);
  }
  return h("g", {}, label, handle(context, {
    x: scale(value), y: AXIS, component: k, letter: name, square: k % 2 === 1, value, set,
    label: say("headsOfCoin", { name }), text: fixed(value), low: 0, high: 1,
  }));
}

function group({ problem, posterior, uid, width }, n, y, narrow) {
  const [heads, tosses] = [problem.x[n], problem.tosses[n]];
  const left = narrow ? 8 : 250;
  const top = narrow ? y + 20 : y + 2;
  const size = Math.min(13, (narrow ? width - 110 : 160) / tosses);
  const dots = tosses > 30 ? [] : Array.from({ length: tosses }, (_, i) => h("circle", {
    class: i < heads ? "head" : "tail", cx: 84 + (i + 0.5) * size, cy: narrow ? y + 9 : y + 13, r: size * 0.38,
  }));
  return h("g", { "data-row": n },
    h("rect", { class: "row", x: 0, y: y - 2, width, height: narrow ? 48 : 30 }),
    h("text", { x: 8, y: narrow ? y + 13 : y + 17 }, `${short(heads)} ${say("heads")}`),
    dots,
    bar(posterior, n, { left, top, width: width - left - 8, uid }));
}

function bar(posterior, n, { left, top, width, uid }) {
  if (!posterior) {
    return [h("rect", { class: "unknown", x: left, y: top, width, height: 22 }),
      h("text", { x: left + width / 2, y: top + 16, "text-anchor": "middle" }, "?")];
  }
  let x = left;
  return posterior.map((row, k) => {
    const [at, size] = [x, row[n] * width];
    x += size;
    return h("g", { "data-component": k },
      h("rect", { class: `fill-${k}`, x: at, y: top, width: size, height: 22 }),
      k % 2 ? h("rect", { fill: `url(#${uid}-hatch)`, x: at, y: top, width: size, height: 22 }) : null,
      size > 62 ? h("text", { class: "on-fill", x: at + size / 2, y: top + 16, "text-anchor": "middle" },
        `${LETTERS[k]} ${percent(row[n])}`) : null);
  });
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  return context.step.kind === "M" ? mLedger(context) : eLedger(context);
}

function eLedger({ problem, step, row }) {
  const joint = (problem.engine ? coinModel.logJoint(problem, step.params) : step.log_joint)?.map((r) => r.map(Math.exp));
  const done = step.kind === "E";
  const names = step.params.heads.map((_, k) => LETTERS[k]);
  const head = [say("group"), say("heads"),
    ...names.map((name, k) => ({ text: say("jointOf", { name }), component: k, code: "log_joint" })),
    ...names.map((name, k) => ({ text: say("share", { name }), component: k, code: "responsibilities" }))];
  const rows = problem.x.map((heads, n) => ({
    key: n,
    cells: [String(n + 1), short(heads),
      ...names.map((_, k) => ({ text: joint ? fixed(joint[k][n], 5) : "", component: k })),
      ...names.map((_, k) => ({ text: done ? fixed(step.posterior[k][n]) : "?", component: k, strong: true }))],
  }));
  const chosen = Math.min(row, problem.x.length - 1);
  const sum = joint?.map((r) => fixed(r[chosen], 5)).join(" + ");
  return [table(say(done ? "captionE" : "captionStart"), head, rows),
    done && joint && !isHard(step)
      ? h("p", { class: "formula", "data-row": chosen }, `${say("group")} ${chosen + 1}: ${fixed(joint[0][chosen], 5)} / (${sum}) = `,
        h("b", {}, fixed(step.posterior[0][chosen])))
      : null];
}

function isHard(step) {
  return step.posterior.every((row) => row.every((share) => share === 0 || share === 1));
}

function mLedger({ problem, step, options }) {
  const { x, tosses } = problem;
  const names = step.params.heads.map((_, k) => LETTERS[k]);
  const sums = step.posterior.map((row) => ({
    heads: row.reduce((sum, share, n) => sum + share * x[n], 0),
    tosses: row.reduce((sum, share, n) => sum + share * tosses[n], 0),
    groups: row.reduce((sum, share) => sum + share, 0),
  }));
  const head = [say("group"), say("heads"), ...names.flatMap((name, k) => [
    { text: say("fractionOf", { name }), component: k, code: "responsibilities" },
    { text: say("tossesTo", { name }), component: k, code: "tosses" }])];
  const rows = x.map((heads, n) => ({
    key: n,
    cells: [String(n + 1), short(heads), ...step.posterior.flatMap((row, k) => [
      { text: fixed(row[n] * heads, 3), component: k }, { text: fixed(row[n] * tosses[n], 3), component: k }])],
  }));
  const foot = [say("total"), short(x.reduce((a, b) => a + b, 0)), ...sums.flatMap((sum, k) => [
    { text: fixed(sum.heads, 3), component: k, strong: true }, { text: fixed(sum.tosses, 3), component: k, strong: true }])];
  return [table(say("captionM"), head, rows, foot),
    ...names.map((name, k) => formula({
      component: k, code: "heads", name: `θ${name}`, result: fixed(step.params.heads[k]),
      numbers: `(${x.map((heads, n) => `${fixed(step.posterior[k][n], 2)}·${short(heads)}`).slice(0, 6).join(" + ")}${x.length > 6 ? " + …" : ""})`
        + ` / ${fixed(sums[k].tosses, 3)}`,
    })),
    ...(options.known === false ? names.map((name, k) => formula({
      component: k, code: "weights", name: `${say("weight")} ${name}`, result: fixed(step.params.weights[k]),
      numbers: `${fixed(sums[k].groups)} / ${x.length}`,
    })) : [])];
}

/** Return the sentence that says what this half-step did. */
export function said({ problem, step, row, movable }) {
  const params = step.params.heads.map((heads, k) => say("coinIs", { name: LETTERS[k], heads: fixed(heads) })).join(", ");
  if (step.kind === "start") return `${say("saidStart", { params })} ${movable ? say("dragCoin") : ""}`;
  if (step.kind === "M") return say("saidMCoins", { params });
  const shares = step.posterior.map((r) => r[row]);
  const best = shares.indexOf(Math.max(...shares));
  return say("saidECoins", {
    group: row + 1, heads: short(problem.x[row]), percent: percent(shares[best]), name: LETTERS[best],
  });
}
