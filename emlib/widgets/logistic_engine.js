// Logistic regression with one feature. A port of emlib.logistic.LogisticRegression.

import { ascend } from "./ascend.js";

/** Return 1 / (1 + e^-z) without overflow. */
export function expit(z) {
  return z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z));
}

function logExpit(z) {
  return z < 0 ? z - Math.log1p(Math.exp(z)) : -Math.log1p(Math.exp(-z));
}

/** Return the log-likelihood - ridge × slope² / 2. */
export function objective({ x, y, ridge }, { intercept, slopes }) {
  let total = (-ridge * slopes ** 2) / 2;
  for (let n = 0; n < x.length; n += 1) total += logExpit((2 * y[n] - 1) * (intercept + slopes * x[n]));
  return total;
}

/** Return y - p for one observation, exact also for p near y. */
export function error({ x, y }, { intercept, slopes }, n) {
  const sign = 2 * y[n] - 1;
  return sign * expit(-sign * (intercept + slopes * x[n]));
}

/** Return the slope of the objective along both params. */
export function gradient(problem, params) {
  const total = { intercept: 0, slopes: -problem.ridge * params.slopes };
  problem.x.forEach((at, n) => {
    const miss = error(problem, params, n);
    total.intercept += miss;
    total.slopes += miss * at;
  });
  return total;
}

/** Return minus the second derivatives: by intercept twice, by both, by slope twice. */
export function information({ x, ridge }, { intercept, slopes }) {
  let [one, both, two] = [0, 0, ridge];
  for (const at of x) {
    const odds = intercept + slopes * at;
    const spread = expit(odds) * expit(-odds);
    one += spread;
    both += spread * at;
    two += spread * at * at;
  }
  return [one, both, two];
}

function newtonStep(problem, params) {
  const [one, both, two] = information(problem, params);
  const shared = both / Math.sqrt(one) / Math.sqrt(two); // the matrix in units of its diagonal
  if (!(1 + Math.abs(shared) <= 1e12 * (1 - Math.abs(shared)))) return null; // it has no inverse
  const slope = gradient(problem, params);
  const [u, v] = [slope.intercept / Math.sqrt(one), slope.slopes / Math.sqrt(two)];
  const size = 1 - shared ** 2;
  return {
    intercept: params.intercept + (u - shared * v) / size / Math.sqrt(one),
    slopes: params.slopes + (v - shared * u) / size / Math.sqrt(two),
  };
}

function gradientStep(problem, params, rate) {
  const slope = gradient(problem, params);
  return { intercept: params.intercept + rate * slope.intercept, slopes: params.slopes + rate * slope.slopes };
}

/** Return the steps up the objective, by gradient or by Newton. */
export function regress(problem, start, { newton, rate }, { maxIter = 500, tol = 1e-10 } = {}) {
  const update = newton ? (params) => newtonStep(problem, params) : (params) => gradientStep(problem, params, rate);
  return ascend((params) => objective(problem, params), update, start, { maxIter, tol });
}
