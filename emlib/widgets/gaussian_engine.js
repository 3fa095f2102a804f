// Gaussians in one dimension. A port of emlib.gaussian.GaussianMixture.

import { filled, sumOf, times } from "./engine.js";

export const gaussianModel = { logJoint, mStep };

function logJoint({ x }, { weights, means, covs }) {
  return means.map((mean, k) => {
    const scale = Math.log(weights[k]) - Math.log(2 * Math.PI * covs[k]) / 2;
    return filled(x.length, (n) => scale - (x[n] - mean) ** 2 / (2 * covs[k]));
  });
}

function mStep(problem, posterior) {
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
