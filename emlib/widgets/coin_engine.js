// Coins: x counts heads in groups of `tosses` tosses. A port of emlib.coins.CoinMixture.

import { logChoose, times0 } from "./binomial.js";
import { filled, sumOf } from "./engine.js";

export const coinModel = { logJoint, mStep };

const SMALLEST = 2.2250738585072014e-308;
const LARGEST = 1 - 2 ** -53;

function logJoint({ x, tosses }, { weights, heads }) {
  return heads.map((p, k) => filled(x.length, (n) =>
    Math.log(weights[k]) + logChoose(tosses[n], x[n])
    + times0(x[n], Math.log(p)) + times0(tosses[n] - x[n], Math.log1p(-p))));
}

function mStep({ x, tosses }, posterior, options, start) {
  const counts = posterior.map((row) => sumOf(row));
  const heads = posterior.map((row) => sumOf(row, (n) => x[n]) / sumOf(row, (n) => tosses[n]));
  return {
    weights: options.known ? start.weights : counts.map((count) => count / x.length),
    heads: heads.map((p) => Math.min(LARGEST, Math.max(SMALLEST, p))),
  };
}
