// The two-dimensional Gaussian stepper: points coloured by share, under the ellipses of the components.

import { looking, spot } from "./chosen.js";
import { axes, ellipses, framed, mean, mostProbable, points, scalesOf, trails } from "./cloud.js";
import { h } from "./dom.js";
import { LETTERS, percent, short } from "./draw.js";
import { em } from "./engine.js";
import { fitted, planeModel, problemsOf, resized, unitOf } from "./plane_engine.js";
import { ledger } from "./plane_ledger.js";
import { edited, hint, tools } from "./plane_tools.js";
import { say } from "./strings.js";

const MOST = 6; // components

export const plane = { halfSteps, picture, ledger, said, firstRow, adapt, settings, tools, undo: true };

/** Return the half-steps from a start. */
export function halfSteps(...run) {
  return em(planeModel, ...run);
}

/** Return the observation whose arithmetic is shown first: the one nearest to the middle. */
export function firstRow({ x }) {
  const middle = [0, 1].map((axis) => x.reduce((sum, one) => sum + one[axis], 0) / x.length);
  const unit = unitOf(x);
  const gap = (one) => one.reduce((sum, value, axis) => sum + ((value - middle[axis]) / unit[axis]) ** 2, 0);
  return x.reduce((best, one, n) => (gap(one) < gap(x[best]) ? n : best), 0);
}

/** Return a start that fits the options: no more components than points, covariances of the type. */
export function adapt(problem, start, options) {
  if (!problem.engine) return start;
  const size = Math.min(start.means.length, problem.x.length);
  return fitted(problem, resized(problem, start, size), options.covariance);
}

/** Return the choices that come before the options: the data, and how many components. */
export function settings(context) {
  const { problem, start, options, movable, begin } = context;
  if (!movable) return null;
  const resize = (size) => begin(adapt(problem, resized(problem, start, size), options));
  const sizes = Array.from({ length: Math.min(MOST, problem.x.length) }, (_, n) => n + 1);
  return [
    dataSets(context),
    problem.engine ? select("components", sizes.map(String), start.means.length - 1, (n) => resize(sizes[n])) : null,
  ];
}

function dataSets({ problem, options, begin, origin }) {
  const { sets } = problem;
  const here = sets.findIndex(({ x }) => x.length === problem.x.length
    && x.every(([a, b], n) => a === problem.x[n][0] && b === problem.x[n][1]));
  const take = ({ name, start, ...own }) => {
    const fresh = { ...problem, ...own };
    begin(adapt(fresh, start, options), options, fresh);
    origin(start);
  };
  return select("data", sets.map(({ name }) => name || say("asGiven")), here, (n) => take(sets[n]), say("ownData"));
}

function select(label, names, chosen, set, own) {
  const entry = (name, n, off) => h("option", { value: String(n), selected: n === chosen, disabled: off }, name);
  return h("label", {}, `${say(label)} `, h("select", { onchange: (event) => set(Number(event.target.value)) },
    names.map((name, n) => entry(name, n, false)), own ? entry(own, -1, true) : null));
}

/** Return the picture of one half-step. */
export function picture(context) {
  const { problem, params, posterior, width, uid } = context;
  const scales = scalesOf(problem.range, width);
  const { features } = problem;
  return h("svg", { class: "plane", width, height: scales.height, viewBox: `0 0 ${width} ${scales.height}`, role: "group", "aria-label": say("picturePlane"), ...(context.own.tool ? {} : looking(context, problem.x, scales, drags)) },
    axes(scales, features),
    points(scales, problem.x, posterior, width < 520 || problem.x.length > 400 ? 3 : 4),
    framed(scales, uid, trails(scales, stations(context)), params.covs ? ellipses(scales, params.means, params.covs) : null),
    h("g", {}, params.means.map((at, k) => mean(context, scales, k, at, features, mover(context, k)))),
    edited(context, scales));
}

// Dragging a mean over points chooses none of them.
function drags(event) {
  return (event.type === "pointermove" && event.buttons) || event.target.closest(".handle");
}

// The means as they were after every M-step so far.
function stations({ steps, position, params }) {
  const before = steps.slice(0, position).filter(({ kind }) => kind !== "E").map((step) => step.params.means);
  return position ? [...before, params.means] : [];
}

// What moving mean k does; nothing while the pointer edits points.
function mover({ movable, own, step, problem, options }, k) {
  if (!movable || own.tool) return null;
  const { params } = step;
  return (place) => {
    const moved = { ...params, means: params.means.map((old, j) => (j === k ? place : old)) };
    return problem.engine ? adapt(problem, { ...moved, weights: revived(params.weights, k) }, options) : moved;
  };
}

// A component that has lost all its points has weight 0 and would never get one again.
function revived(weights, k) {
  if (weights[k] > 1e-6) return weights;
  const share = 1 / weights.length;
  return weights.map((weight, j) => (j === k ? share : weight * (1 - share)));
}

/** Return the sentence that says what this half-step did, and what is degenerate. */
export function said(context) {
  const { problem, step, options, movable } = context;
  const row = Math.min(context.row, problem.x.length - 1);
  const { weights, means } = step.params;
  const params = means.map((at, k) => say(weights ? "planeIs" : "meanIs", {
    name: LETTERS[k], mean: spot(at), weight: weights && short(weights[k]),
  })).join("; ");
  const warnings = problemsOf(problem, step, options).map(({ component, what }) => ` ${say(what, { name: LETTERS[component] })}`).join("");
  if (step.kind === "start") return `${say("saidStart", { params })}${movable ? ` ${hint(context)}` : ""}${warnings}`;
  if (step.kind === "M") return say("saidMPlane", { params }) + warnings;
  const best = mostProbable(step.posterior, row);
  return say("saidEPlane", {
    place: spot(problem.x[row]), percent: percent(step.posterior[best][row]), name: LETTERS[best],
  }) + warnings;
}
