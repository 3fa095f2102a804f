// Mixtures with one unknown number. Ports of emlib.scalar.OneMean and TwoTosses.

import { elbo, em, filled, sumOf } from "./engine.js";

export const oneMean = {
  logJoint({ x, weight, known_mean: known, variance }, { mean }) {
    const row = (log, centre) => filled(x.length, (n) =>
      log - 0.5 * ((x[n] - centre) ** 2 / variance + Math.log(2 * Math.PI * variance)));
    return [row(Math.log(weight), mean), row(Math.log(1 - weight), known)];
  },
  mStep({ x }, [share]) {
    return { mean: sumOf(share, (n) => x[n]) / sumOf(share) };
  },
};

export const twoTosses = {
  logJoint({ x }, { heads }) {
    return [heads, heads / 2].map((p) => filled(x.length, (n) =>
      Math.log(0.5) + times0(x[n], Math.log(p)) + times0(2 - x[n], Math.log1p(-p))));
  },
  mStep(problem, posterior) {
    const { a, b, c } = quadratic(problem, posterior);
    return { heads: (2 * c) / (b + Math.sqrt(Math.max(b * b - 4 * a * c, 0))) };
  },
};

/** Return the numbers of a·θ² − b·θ + c = 0, whose smaller root the M-step of TwoTosses takes. */
export function quadratic({ x }, posterior) {
  const heads = sumOf(x);
  const [first, second] = posterior.map((row) => sumOf(row, (n) => 2 - x[n]));
  return { a: heads + first + second, b: 3 * heads + 2 * first + second, c: 2 * heads };
}

function times0(count, log) {
  return count === 0 ? 0 : count * log; // 0 · log 0 counts as 0
}

/** Return log(eᵃ + eᵇ). */
export function logSum(a, b) {
  const best = Math.max(a, b);
  return best + Math.log(Math.exp(a - best) + Math.exp(b - best));
}

/** Return EM's half-steps from a start at which the reader has already chosen a posterior. */
export function emFrom(posterior, model, problem, start, options, limits) {
  const [first, ...others] = em(model, problem, start, options, limits);
  return [{ ...first, posterior, elbo: elbo(problem, posterior, model.logJoint(problem, start)) }, ...others];
}

/** Return `count` evenly spaced numbers from `low` to `high`. */
export function evenly([low, high], count) {
  return Array.from({ length: count }, (_, n) => low + ((high - low) * n) / (count - 1));
}

/** Return the height of a curve, given at evenly spaced places, between two of them. */
export function between([low, high], values, at) {
  const place = ((at - low) / (high - low)) * (values.length - 1);
  const left = Math.min(values.length - 2, Math.max(0, Math.floor(place)));
  return values[left] + (values[left + 1] - values[left]) * (place - left);
}

/** Return the only number in params. */
export function numberOf(params) {
  return [Object.values(params)[0]].flat(Infinity)[0];
}

/** Return params of the same kind that hold another number. */
export function withNumber(params, number) {
  const wrap = (value) => (Array.isArray(value) ? value.map(wrap) : number);
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, wrap(value)]));
}

/** Return F(q, θ) from the two log p(x, z | θ). */
export function heightOf(q, first, second) {
  const part = (share, log) => (share === 0 ? 0 : share * (log - Math.log(share))); // 0 · log 0 counts as 0
  return part(q, first) + part(1 - q, second);
}
