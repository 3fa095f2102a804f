// EM in the page, for the models whose start a reader may move without a Python kernel.
// A port of emlib, never a second opinion: tests compare every half-step with emlib to 1e-10.
// Tables are stored as in emlib's memory: one row per component, one column per observation.

import { splitDish } from "./dish_engine.js";

const MODELS = {
  coins: { logJoint: coinLogJoint, mStep: coinMStep },
  gaussian: { logJoint: gaussianLogJoint, mStep: gaussianMStep },
};

/** Return all half-steps from `start`: {kind, iteration, params, posterior, log_likelihood, elbo}. */
export function halfSteps(problem, start, options, limits) {
  return problem.engine === "dish" ? splitDish(start, options, limits) : em(problem, start, options, limits);
}

function em(problem, start, options, { maxIter = 500, tol = 1e-10 } = {}) {
  const model = MODELS[problem.engine];
  const size = problem.x.length;
  let table = model.logJoint(problem, start);
  let now = {
    kind: "start", iteration: 0, params: start, posterior: null,
    log_likelihood: logLikelihood(problem, table), elbo: null,
  };
  const steps = [now];
  for (let iteration = 1, last = -Infinity; iteration <= maxIter; iteration += 1) {
    const posterior = eStep(table, options.hard);
    const moved = options.hard && !sameRows(posterior, now.posterior);
    now = { ...now, kind: "E", iteration, posterior, elbo: elbo(problem, posterior, table) };
    steps.push(now);
    const params = keepEmpty(model.mStep(problem, posterior, options, start), now.params);
    table = model.logJoint(problem, params);
    now = {
      kind: "M", iteration, params, posterior,
      log_likelihood: logLikelihood(problem, table), elbo: elbo(problem, posterior, table),
    };
    steps.push(now);
    if (!moved && Math.abs(now.elbo - last) < tol * Math.max(size, Math.abs(now.elbo))) break;
    last = now.elbo;
  }
  return steps;
}

/** Return the table log p(x_n, z_n = k | params), one array per component. */
export function logJoint(problem, params) {
  return MODELS[problem.engine].logJoint(problem, params);
}

function eStep(table, hard) {
  const rows = table.map((row) => new Float64Array(row.length));
  for (let n = 0; n < rows[0].length; n += 1) {
    const best = largest(table, n);
    if (hard) {
      const tie = best - 1e-12 * Math.max(1, Math.abs(best)); // a tie goes to the first component
      rows[table.findIndex((row) => row[n] >= tie)][n] = 1;
    } else {
      let sum = 0;
      for (let k = 0; k < rows.length; k += 1) sum += rows[k][n] = Math.exp(table[k][n] - best);
      for (let k = 0; k < rows.length; k += 1) rows[k][n] /= sum;
    }
  }
  return rows;
}

function sameRows(rows, before) {
  return before !== null && rows.every((row, k) => row.every((share, n) => share === before[k][n]));
}

function logLikelihood(problem, table) {
  let total = 0;
  for (let n = 0; n < table[0].length; n += 1) {
    const best = largest(table, n);
    let sum = 0;
    for (const row of table) sum += Math.exp(row[n] - best);
    total += times(problem, n) * (best + Math.log(sum));
  }
  return total;
}

function elbo(problem, posterior, table) {
  let total = 0;
  posterior.forEach((row, k) => {
    for (let n = 0; n < row.length; n += 1) {
      if (row[n] > 0) total += times(problem, n) * row[n] * (table[k][n] - Math.log(row[n]));
    }
  });
  return total;
}

function largest(table, n) {
  let best = -Infinity;
  for (const row of table) if (row[n] > best) best = row[n];
  return best;
}

function times(problem, n) {
  return problem.times ? problem.times[n] : 1;
}

// An empty component makes its M-step 0/0: every value is a maximiser, so keep the old one.
function keepEmpty(params, before) {
  const kept = {};
  for (const [name, values] of Object.entries(params)) {
    kept[name] = values.map((value, k) => (Number.isFinite(value) ? value : before[name][k]));
  }
  return kept;
}

function filled(size, value) {
  const row = new Float64Array(size);
  for (let n = 0; n < size; n += 1) row[n] = value(n);
  return row;
}

function sumOf(values, factor = () => 1) {
  let total = 0;
  for (let n = 0; n < values.length; n += 1) total += values[n] * factor(n);
  return total;
}

// ---- coins: x counts heads in groups of `tosses` tosses ----

const SMALLEST = 2.2250738585072014e-308;
const LARGEST = 1 - 2 ** -53;

function coinLogJoint({ x, tosses }, { weights, heads }) {
  return heads.map((p, k) => filled(x.length, (n) =>
    Math.log(weights[k]) + logChoose(tosses[n], x[n])
    + times0(x[n], Math.log(p)) + times0(tosses[n] - x[n], Math.log1p(-p))));
}

function coinMStep({ x, tosses }, posterior, options, start) {
  const counts = posterior.map((row) => sumOf(row));
  const heads = posterior.map((row) => sumOf(row, (n) => x[n]) / sumOf(row, (n) => tosses[n]));
  return {
    weights: options.known ? start.weights : counts.map((count) => count / x.length),
    heads: heads.map((p) => Math.min(LARGEST, Math.max(SMALLEST, p))),
  };
}

function times0(count, log) {
  return count === 0 ? 0 : count * log; // 0 · log 0 counts as 0
}

/** Return the log of the binomial coefficient. */
export function logChoose(n, h) {
  let total = 0;
  for (let i = 0; i < h; i += 1) total += Math.log((n - i) / (i + 1));
  return total;
}

// ---- Gaussians in one dimension ----

function gaussianLogJoint({ x }, { weights, means, covs }) {
  return means.map((mean, k) => {
    const scale = Math.log(weights[k]) - Math.log(2 * Math.PI * covs[k]) / 2;
    return filled(x.length, (n) => scale - (x[n] - mean) ** 2 / (2 * covs[k]));
  });
}

function gaussianMStep(problem, posterior) {
  const { x } = problem;
  const weighted = posterior.map((row) => filled(row.length, (n) => row[n] * times(problem, n)));
  const counts = weighted.map((row) => sumOf(row));
  const total = sumOf(counts);
  const weights = counts.map((count) => count / total);
  const centre = sumOf(x) / x.length; // sums of small numbers keep their digits
  const means = weighted.map((row, k) => centre + sumOf(row, (n) => x[n] - centre) / counts[k]);
  const free = weighted.map((row, k) => sumOf(row, (n) => (x[n] - means[k]) ** 2) / counts[k]);
  const floor = problem.floor * spread(x) ** 2;
  const shared = sumOf(free.map((v) => (Number.isNaN(v) ? 0 : v)), (k) => weights[k]);
  const covs = problem.covariance === "tied" ? free.map(() => shared) : free;
  return { weights, means, covs: covs.map((v) => (v < floor ? floor : v)) };
}

function spread(x) {
  const mean = sumOf(x) / x.length;
  return Math.sqrt(sumOf(filled(x.length, (n) => (x[n] - mean) ** 2)) / x.length) || 1;
}
