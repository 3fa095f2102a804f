// Gaussians in the plane, with four types of covariance. A port of emlib.gaussian.GaussianMixture.
// A covariance is [[a, b], [b, c]]; options.covariance names its type.

import { filled, sumOf } from "./engine.js";

export const planeModel = { logJoint, mStep };

function logJoint({ x }, { weights, means, covs }) {
  return means.map(([a, b], k) => {
    const root = Math.sqrt(covs[k][0][0]); // the Cholesky factor [[root, 0], [lean, rest]]
    const lean = covs[k][1][0] / root;
    const rest = Math.sqrt(covs[k][1][1] - lean * lean);
    const scale = Math.log(weights[k]) - Math.log(root) - Math.log(rest) - Math.log(2 * Math.PI);
    return filled(x.length, (n) => {
      const first = (x[n][0] - a) / root;
      const second = (x[n][1] - b - lean * first) / rest;
      return scale - (first * first + second * second) / 2;
    });
  });
}

function mStep(problem, posterior, options) {
  const { x } = problem;
  const counts = posterior.map((row) => sumOf(row));
  const weights = counts.map((count) => count / sumOf(counts));
  const centre = [0, 1].map((axis) => average(x.length, (n) => x[n][axis])); // sums of small numbers keep their digits
  const means = posterior.map((row, k) => centre.map((at, axis) => at + sumOf(row, (n) => x[n][axis] - at) / counts[k]));
  const covs = posterior.map((row, k) => scatter(x, row, means[k]).map((line) => line.map((value) => value / counts[k])));
  return { weights, means, covs: constrained(problem, covs, weights, options.covariance) };
}

function average(size, value) {
  return sumOf(filled(size, value)) / size;
}

/** Return Σ share × (x − mean)(x − mean)ᵀ. */
export function scatter(x, shares, [a, b]) {
  let [first, both, second] = [0, 0, 0];
  for (let n = 0; n < x.length; n += 1) {
    const [p, q] = [x[n][0] - a, x[n][1] - b];
    first += shares[n] * p * p;
    both += shares[n] * p * q;
    second += shares[n] * q * q;
  }
  return [[first, both], [both, second]];
}

/** Return the likeliest covariances of a type, none under the floor. */
export function constrained(problem, covs, weights, type) {
  const unit = unitOf(problem.x, type);
  return typed(covs, weights, type).map((cov) => lift(cov, unit, problem.floor));
}

function typed(covs, weights, type) {
  if (type === "tied") {
    const known = covs.map((cov, k) => k).filter((k) => covs[k].flat().every(Number.isFinite));
    const shared = [0, 1].map((i) => [0, 1].map((j) => known.reduce((sum, k) => sum + weights[k] * covs[k][i][j], 0)));
    return covs.map(() => shared);
  }
  if (type === "diagonal") return covs.map(([[first], [, second]]) => [[first, 0], [0, second]]);
  if (type === "spherical") return covs.map(([[first], [, second]]) => [[(first + second) / 2, 0], [0, (first + second) / 2]]);
  return covs;
}

/** Return the deviation of each feature that the floor is a fraction of (squared). */
export function unitOf(x, type) {
  const unit = [0, 1].map((axis) => {
    const mean = average(x.length, (n) => x[n][axis]);
    const variance = average(x.length, (n) => (x[n][axis] - mean) ** 2); // of equal numbers it need not be 0
    return x.some((one) => one[axis] !== x[0][axis]) ? Math.sqrt(variance) || 1 : 1;
  });
  return type === "spherical" ? [Math.max(...unit), Math.max(...unit)] : unit;
}

// Eigenvalues, small and large, of a covariance whose features are divided by `unit`, and the large one's direction.
function eigen([[a, b], [, c]], [u, v]) {
  const [p, q, r] = [a / (u * u), b / (u * v), c / (v * v)];
  const [middle, root] = [(p + r) / 2, Math.hypot((p - r) / 2, q)];
  const angle = Math.atan2(2 * q, p - r) / 2;
  return { small: middle - root, large: middle + root, across: Math.cos(angle), up: Math.sin(angle) };
}

function lift(cov, unit, floor) {
  const { small, large, across, up } = eigen(cov, unit);
  if (!(small < floor)) return cov;
  const [low, high] = [floor, Math.max(large, floor)];
  const both = (high - low) * across * up * unit[0] * unit[1];
  return [
    [(high * across * across + low * up * up) * unit[0] ** 2, both],
    [both, (high * up * up + low * across * across) * unit[1] ** 2],
  ];
}

/** Return what is wrong with a step, as emlib's `problems` does: [{component, what}, …]. A model of one's own has no floor. */
export function problemsOf(problem, { params, posterior }, options) {
  const unit = unitOf(problem.x, options.covariance);
  const counts = posterior?.map((row) => sumOf(row)) ?? [];
  const total = sumOf(counts);
  const found = (what, components) => components.map((component) => ({ component, what }));
  const all = params.means.map((_, k) => k);
  const floored = problem.engine ? all : [];
  return [
    ...found("saidEmpty", all.filter((k) => counts[k] < 1e-15 * total)),
    ...found("saidCollapsed", floored.filter((k) => eigen(params.covs[k], unit).small <= problem.floor * (1 + 1e-3))),
  ];
}

/** Return a start whose covariances are of the type and above the floor; one that fits comes back as it is. */
export function fitted(problem, start, type) {
  const covs = constrained(problem, start.covs, start.weights, type);
  const close = (one, other) => Math.abs(one - other) <= 1e-9 * Math.abs(other);
  const fits = covs.every((cov, k) => cov.flat().every((value, i) => close(start.covs[k].flat()[i], value)));
  return fits ? start : { ...start, covs };
}

/**
 * Return a start with `count` components: the last ones go, or new ones come, each with its mean on
 * the point that is farthest from all means, and with the average of the other covariances.
 */
export function resized(problem, start, count) {
  if (start.means.length > count) {
    const weights = start.weights.slice(0, count);
    const total = sumOf(weights);
    return {
      weights: weights.map((weight) => (total > 0 ? weight / total : 1 / count)),
      means: start.means.slice(0, count), covs: start.covs.slice(0, count),
    };
  }
  if (start.means.length === count) return start;
  const size = start.means.length;
  const cov = [0, 1].map((i) => [0, 1].map((j) => start.covs.reduce((sum, one) => sum + one[i][j], 0) / size));
  return resized(problem, {
    weights: [...start.weights.map((weight) => (weight * size) / (size + 1)), 1 / (size + 1)],
    means: [...start.means, [...farthest(problem.x, start.means)]],
    covs: [...start.covs, cov],
  }, count);
}

function farthest(x, means) {
  const [u, v] = unitOf(x);
  const gap = ([a, b]) => Math.min(...means.map(([p, q]) => ((a - p) / u) ** 2 + ((b - q) / v) ** 2));
  return x.reduce((best, one) => (gap(one) > gap(best) ? one : best));
}
