// Spherical Gaussians of one known variance in the plane, and K-means, their hard limit.
// A port of emlib.gaussian.KMeans.

import { em, filled, oneHot, sumOf } from "./engine.js";

/** Return the half-steps of the mixture with this variance, or of Lloyd's K-means for variance 0. */
export function kMeansSteps(problem, start, variance, limits) {
  return em(kMeansModel(variance), problem, start, { hard: variance === 0 }, limits);
}

/** Return the model with this variance; for 0, the hard one of emlib, whose unit of variance is 1. */
export function kMeansModel(variance) {
  const logJoint = ({ x }, { means }) => {
    const scale = Math.log(means.length) + Math.log(2 * Math.PI * (variance || 1));
    return squares(x, means).map((row) => row.map((square) => -square / (2 * (variance || 1)) - scale));
  };
  const nearest = ({ x }, { means }) => oneHot(squares(x, means).map((row) => row.map((square) => -square)), 0);
  return variance === 0 ? { logJoint, mStep, eStep: nearest } : { logJoint, mStep };
}

/** Return the squared distance of every point from every mean, one row per mean. */
export function squares(x, means) {
  return means.map(([a, b]) => filled(x.length, (n) => (x[n][0] - a) ** 2 + (x[n][1] - b) ** 2));
}

function mStep({ x }, posterior) {
  const centre = [0, 1].map((axis) => sumOf(filled(x.length, (n) => x[n][axis])) / x.length);
  return { means: posterior.map((row) => centre.map((middle, axis) =>
    middle + sumOf(row, (n) => x[n][axis] - middle) / sumOf(row))) };
}

/** Return J: the sum of every point's squared distance from the nearest mean. */
export function objective(x, means) {
  return sumOf(lowest(squares(x, means)));
}

/** Return F = −2ε Σ log Σ exp(−d²/2ε), which goes to J as ε goes to 0. */
export function freeEnergy(x, means, variance) {
  const rows = squares(x, means);
  const low = lowest(rows);
  const sums = filled(x.length, (n) => rows.reduce((sum, row) => sum + Math.exp((low[n] - row[n]) / (2 * variance)), 0));
  return sumOf(filled(x.length, (n) => low[n] - 2 * variance * Math.log(sums[n])));
}

function lowest(rows) {
  return filled(rows[0].length, (n) => Math.min(...rows.map((row) => row[n])));
}
