// The bag and the normal sample. A port of emlib.likelihood.

import { ascend } from "./ascend.js";
import { logChoose, times0 } from "./binomial.js";

const [SMALLEST, LARGEST] = [1e-100, 1e100];
const sum = (values) => values.reduce((total, value) => total + value, 0);

const bag = {
  logDensity: ({ x, draws }, { black }) => x.map((count) =>
    logChoose(draws, count) + times0(count, Math.log(black)) + times0(draws - count, Math.log1p(-black))),
  score: (problem, { black }) => ({ black: totals(problem)[0] / black - totals(problem)[1] / (1 - black) }),
  information: (problem, { black }) => ({ black: totals(problem)[0] / black ** 2 + totals(problem)[1] / (1 - black) ** 2 }),
  allows: ({ black }) => black >= SMALLEST && black < 1,
};

const normal = {
  logDensity: ({ x }, { mean, sd }) => x.map((value) =>
    -(((value - mean) / sd) ** 2) / 2 - Math.log(sd) - Math.log(2 * Math.PI) / 2),
  score: ({ x }, { mean, sd }) => {
    const z = x.map((value) => (value - mean) / sd);
    return { mean: sum(z) / sd, sd: sum(z.map((one) => one ** 2 - 1)) / sd };
  },
  information: ({ x }, { sd }) => ({ mean: x.length / sd ** 2, sd: (2 * x.length) / sd ** 2 }),
  allows: ({ sd }) => sd >= SMALLEST && sd <= LARGEST,
};

/** The models by the name that a problem gives them. */
export const MODELS = { bag, normal };

/** Return how many balls were black and how many white. */
export function totals({ x, draws }) {
  const black = sum(x);
  return [black, x.length * draws - black];
}

/** Return the sum of the log-densities. */
export function logLikelihood(problem, params) {
  return sum(MODELS[problem.model].logDensity(problem, params));
}

/** Return the steps up the log-likelihood. */
export function climb(problem, start, { maxIter = 100, tol = 1e-10 } = {}) {
  return ascend((params) => logLikelihood(problem, params), (params) => uphill(problem, params), start, { maxIter, tol });
}

function uphill(problem, params) {
  const { score, information, allows } = MODELS[problem.model];
  const [slopes, curvatures] = [score(problem, params), information(problem, params)];
  const now = logLikelihood(problem, params);
  const least = now - 1e-12 * Math.max(1, Math.abs(now)); // rounding is not a fall
  for (let share = 1; share > 1e-18; share /= 2) {
    const moved = Object.fromEntries(Object.keys(params).map((name) =>
      [name, params[name] + (share * slopes[name]) / curvatures[name]]));
    if (allows(moved) && logLikelihood(problem, moved) >= least) return moved;
  }
  return params;
}
