// The arithmetic of a half-step with Gaussians in the plane.

import { chooser, spot } from "./chosen.js";
import { h } from "./dom.js";
import { fixed, LETTERS, short } from "./draw.js";
import { sumOf } from "./engine.js";
import { formula, table } from "./parts.js";
import { planeModel, problemsOf, scatter } from "./plane_engine.js";
import { say } from "./strings.js";

const ones = (list) => list.map(() => 1);
const vector = (values) => spot(values, 5);
const matrix = (rows) => `[${rows.map((row) => row.map((value) => short(value)).join(" ")).join("; ")}]`;

/** Return the arithmetic of one half-step with its numbers filled in. */
export function ledger(context) {
  return context.step.kind === "M" ? mLedger(context) : [chooser({ ...context, row: rowOf(context) }, context.problem.x, 5), eLedger(context)];
}

function rowOf({ row, problem }) {
  return Math.min(row, problem.x.length - 1);
}

function eLedger(context) {
  const { problem, step } = context;
  const { weights, means } = step.params;
  const row = rowOf(context);
  const done = step.kind === "E";
  const density = problem.engine && planeModel.logJoint({ x: [problem.x[row]] }, { ...step.params, weights: ones(weights) }).map(([value]) => Math.exp(value));
  const joint = density ? density.map((value, k) => weights[k] * value) : step.log_joint?.map((one) => Math.exp(one[row]));
  const column = (title, values, code, strong) => ({ title, code, strong, values });
  const columns = [
    ...(density ? [column("weight", weights, "weights"), column("density", density, "log_density")] : []),
    column("product", joint, "log_joint"),
  ];
  const rows = means.map((_, k) => ({
    cells: [{ text: LETTERS[k], component: k },
      ...columns.map(({ values, code }) => ({ text: values ? short(values[k]) : "", component: k, code })),
      { text: done ? fixed(step.posterior[k][row]) : "?", component: k, strong: true, code: "responsibilities" }],
  }));
  const foot = [say("sum"), ...columns.slice(1).map(() => ""), joint ? short(sumOf(joint)) : "", done ? "1" : ""];
  return table(say(done ? "captionE" : "captionStart"), [say("component"), ...columns.map(({ title }) => say(title)), say("shareAt")], rows, foot);
}

function mLedger(context) {
  const { problem, step, options } = context;
  const counts = step.posterior.map((row) => sumOf(row));
  const wrong = problemsOf(problem, step, options);
  const rules = step.params.means.map((at, k) => h("div", { class: "rules", "data-component": k },
    counts[k] > 0 ? lines(context, counts, k) : null,
    wrong.filter(({ component }) => component === k).map(({ what }) => h("p", { class: "rule" }, say(what, { name: LETTERS[k] })))));
  const types = problem.engine ? [say("weightRule"), say("meanRule"), say("covarianceRule")].join("; ") : say("countRule");
  return [...rules, h("p", { class: "rule" }, `${say("captionM")} ${types}.`)];
}

// Models of a reader's own may compute anything: of those only the sums of shares are known here.
function lines({ problem, step, options }, counts, k) {
  const { x } = problem;
  const [share, { weights, means, covs }] = [step.posterior[k], step.params];
  const size = short(counts[k], 6);
  const one = (code, label, numbers, result) => formula({ component: k, code, name: `${say(label)} ${LETTERS[k]}`, numbers, result });
  const count = one("counts", "count", say("sumOfShares"), size);
  if (!problem.engine) return [count];
  const sums = [0, 1].map((axis) => sumOf(share, (n) => x[n][axis]));
  return [
    count,
    one("weights", "weight", `${size} / ${x.length}`, short(weights[k], 6)),
    one("means", "mean", `${vector(sums)} / ${size}`, vector(means[k])),
    one("covs", "matrix", covarianceNumbers(problem, step, options.covariance, counts, k), matrix(covs[k])),
  ];
}

function covarianceNumbers({ x }, { posterior, params }, type, counts, k) {
  const own = (j) => scatter(x, posterior[j], params.means[j]);
  if (type === "tied") {
    const all = counts.map((count, j) => j).filter((j) => counts[j] > 0).map(own);
    const shared = [0, 1].map((i) => [0, 1].map((j) => sumOf(all.map((one) => one[i][j]))));
    return `${matrix(shared)} / ${short(sumOf(counts), 6)}`;
  }
  const [[first, both], [, second]] = own(k);
  const size = short(counts[k], 6);
  if (type === "spherical") return `(${short(first, 5)} + ${short(second, 5)}) / (2 · ${size})`;
  const off = type === "diagonal" ? 0 : both;
  return `${matrix([[first, off], [off, second]])} / ${size}`;
}
