// K-means on the left, a mixture of Gaussians with full covariances on the right: one start, one step.

import { chooser, looking, ring, spot } from "./chosen.js";
import { axes, ellipses, framed, mean, mostProbable, points, scalesOf } from "./cloud.js";
import { h } from "./dom.js";
import { fixed, LETTERS, line, percent, short } from "./draw.js";
import { sumOf } from "./engine.js";
import { objective, squares } from "./kmeans_engine.js";
import { adjustedRand, pairSteps } from "./pair_engine.js";
import { formula, table } from "./parts.js";
import { planeModel, scatter } from "./plane_engine.js";
import { say } from "./strings.js";
import { voronoi } from "./voronoi.js";

export const pair = { halfSteps, picture, ledger, said, adapt };

const RUNS = ["kMeans", "mixture"]; // from left to right

/** Return the half-steps of both runs from a start. */
export function halfSteps(problem, start, options, limits) {
  return pairSteps(dataOf(problem, options), start, limits);
}

// The data set that is chosen, in the form of a problem.
function dataOf(problem, options) {
  return { ...problem, ...(problem.sets[options.data] ?? Object.values(problem.sets)[0]) };
}

/** Return the start, or when another data set is chosen the one that it begins with. */
export function adapt({ sets }, start, options, before) {
  return options.data === before.data ? start : sets[options.data].start;
}

/** Return the pictures of one half-step, one beside or above the other. */
export function picture(context) {
  const { width, problem, options, row, params, posterior } = context;
  const set = dataOf(problem, options);
  const outer = width < 640 ? width : Math.floor((width - 16) / 2);
  const own = { ...context, set, row: row % set.x.length, outer };
  const size = params.means.length;
  return h("div", { class: "pair" },
    panel(own, 0, params.centres, posterior?.slice(0, size)),
    panel(own, 1, params.means, posterior?.slice(size)));
}

function panel(context, run, means, shares) {
  const { set, outer, params, row, uid, problem: { features } } = context;
  const scales = scalesOf(set.range, outer);
  const name = say(RUNS[run]);
  const behind = run === 0 ? edges(means, scales) : ellipses(scales, means, params.covs);
  return h("div", { class: "panel", style: `width:${outer}px` },
    h("p", { class: "title" }, name),
    h("svg", {
      width: outer, height: scales.height, viewBox: `0 0 ${outer} ${scales.height}`,
      role: "group", "aria-label": say("picturePair", { name }), ...looking(context, set.x, scales),
    },
      axes(scales, features),
      framed(scales, `${uid}-${run}`, behind),
      points(scales, set.x, shares, 3.5), ring(scales, set.x[row]),
      means.map((at, k) => mean(context, scales, k, at, features, context.movable && mover(context, run, k)))),
    h("p", { class: "score" }, score(context, run)));
}

function edges(means, { x, y }) {
  return h("g", {}, voronoi(means, [x.domain, y.domain]).map(({ from, to }) => h("path", {
    class: "edge", d: line([from, to].map((at) => [x(at[0]), y(at[1])])),
  })));
}

// A mean moves in both pictures: the runs start from the same place.
function mover({ step: { params } }, run, k) {
  const { weights, covs } = params;
  const means = run === 0 ? params.centres : params.means;
  return (place) => ({ weights, means: means.map((old, j) => (j === k ? place : old)), covs });
}

// What stands under a picture: the agreement, the iterations, and whether the run goes on.
function score(context, run) {
  const { step, set } = context;
  const iteration = step.iterations[run];
  const state = say(stopped(context, run) ? "runStopped" : "runGoes", { iteration });
  if (!step.posterior) return state;
  const { index } = agreement(step, set, run);
  return [h("b", {}, `${say("adjustedRand")} ${fixed(index, 3)}`), ` · ${state}`];
}

function stopped({ steps, position }, run) {
  const last = steps.at(-1).iterations[run];
  return position >= 2 * last && last < 500;
}

function agreement({ posterior }, set, run) {
  const size = posterior.length / 2;
  const shares = posterior.slice(run * size, (run + 1) * size);
  return adjustedRand(set.labels, set.labels.map((_, n) => mostProbable(shares, n)));
}

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  const set = dataOf(context.problem, context.options);
  const own = { ...context, set, row: context.row % set.x.length };
  return context.step.kind === "M" ? mLedger(own) : [chooser(own, set.x), ...eLedger(own)];
}

function eLedger({ set, step, row }) {
  const { centres } = step.params;
  const square = squares(set.x, centres).map((distances) => distances[row]);
  const joint = planeModel.logJoint(set, step.params).map((logs) => Math.exp(logs[row]));
  const share = (k) => (step.posterior ? fixed(step.posterior[k][row]) : "?");
  const rows = centres.map((_, k) => ({
    cells: [{ text: LETTERS[k], component: k },
      { text: short(square[k]), component: k, code: "squared_distances" },
      { text: step.posterior ? short(step.posterior[k][row]) : "?", component: k, strong: true },
      { text: short(joint[k]), component: k, code: "log_joint" },
      { text: share(k + centres.length), component: k, strong: true, code: "softmax" }],
  }));
  const head = [say("component"), say("squaredDistance"), say("kMeansShare"), say("product"), say("mixtureShare")];
  return [table(say(step.kind === "E" ? "captionEPair" : "captionStart"), head, rows),
    ...(step.posterior ? RUNS.map((name, run) => {
      const { together, expected, most, index } = agreement(step, set, run);
      return h("p", { class: "formula" }, `${say("adjustedRand")}, ${say(name)} = `,
        `(${short(together, 6)} − ${short(expected, 6)}) / (${short(most, 6)} − ${short(expected, 6)}) = `, h("b", {}, fixed(index, 3)));
    }) : [])];
}

function mLedger({ set, step }) {
  const { centres, weights, means, covs } = step.params;
  const size = centres.length;
  const lines = centres.map((_, k) => {
    const [held, shares] = [step.posterior[k], step.posterior[k + size]];
    const [own, soft] = [held, shares].map((row) => sumOf(row));
    const total = (row) => [0, 1].map((axis) => sumOf(row, (n) => set.x[n][axis]));
    const row = (label, top, bottom, result, code) => formula({
      component: k, code, name: `${label} ${LETTERS[k]}`, numbers: `${top} / ${short(bottom, 6)}`, result,
    });
    return h("div", { class: "rules", "data-component": k },
      row(say("kMeansMean"), spot(total(held), 5), own, spot(centres[k])),
      row(say("weight"), short(soft, 6), set.x.length, short(weights[k]), "weights"),
      row(say("mixtureMean"), spot(total(shares), 5), soft, spot(means[k]), "means"),
      row(say("matrix"), square(scatter(set.x, shares, means[k]), 5), soft, square(covs[k]), "covs"));
  });
  return [h("p", { class: "rule" }, say("captionMPair")), ...lines,
    h("p", { class: "formula" }, h("b", {}, "J"), ` = ${say("objective")} = `, h("b", {}, short(objective(set.x, centres), 6)))];
}

function square([[a, b], [, c]], digits = 4) {
  const [p, q, r] = [a, b, c].map((value) => short(value, digits));
  return `[${p}, ${q}; ${q}, ${r}]`;
}

/** Return the sentence that says what this half-step did. */
export function said(context) {
  const { problem, step, options, movable } = context;
  const set = dataOf(problem, options);
  if (step.kind === "start") return `${say("saidPairStart")} ${movable ? say("dragMean") : ""}`;
  const ended = RUNS.map((name, run) => (stopped(context, run)
    ? say("runHasStopped", { name: say(name), iteration: step.iterations[run] }) : "")).join(" ");
  if (step.kind === "M") return `${say("saidMPair")} ${ended}`;
  const [left, right] = [0, 1].map((run) => fixed(agreement(step, set, run).index, 3));
  return `${say("saidEPair", { left, right })} ${ended}`;
}
