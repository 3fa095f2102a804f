// K-means and a mixture of Gaussians on the same data, half-step by half-step, and how well labels agree.

import { em } from "./engine.js";
import { kMeansSteps } from "./kmeans_engine.js";
import { planeModel } from "./plane_engine.js";

/** Return the half-steps of both runs, side by side; a run that has stopped stays. */
export function pairSteps(problem, start, limits) {
  const left = kMeansSteps(problem, { means: start.means }, 0, limits);
  const right = em(planeModel, problem, start, { covariance: "full", hard: false }, limits);
  const longer = left.length > right.length ? left : right;
  return longer.map(({ kind, iteration }, n) => {
    const [one, other] = [left, right].map((steps) => steps[Math.min(n, steps.length - 1)]);
    return {
      kind, iteration, iterations: [one.iteration, other.iteration],
      params: { centres: one.params.means, ...other.params },
      posterior: one.posterior && [...one.posterior, ...other.posterior],
      log_likelihood: other.log_likelihood, elbo: other.elbo,
    };
  });
}

/**
 * Return the parts of the adjusted Rand index of two clusterings (Hubert & Arabie 1985, eq. 5), and
 * the index itself: (together − expected) / (most − expected). A port of emlib.agreement.
 */
export function adjustedRand(labels, others) {
  const count = (keys) => {
    const sizes = new Map();
    for (const key of keys) sizes.set(key, (sizes.get(key) ?? 0) + 1);
    return [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  };
  const [first, second] = [count(labels), count(others)];
  const together = count(labels.map((label, n) => `${label} ${others[n]}`));
  const expected = (first * second) / Math.max(1, (labels.length * (labels.length - 1)) / 2);
  const most = (first + second) / 2;
  return { together, expected, most, index: most === expected ? 1 : (together - expected) / (most - expected) };
}
