// What binomial probabilities are made of.

/** Return the log of the binomial coefficient. */
export function logChoose(n, h) {
  let total = 0;
  for (let i = 0; i < h; i += 1) total += Math.log((n - i) / (i + 1));
  return total;
}

/** Return count × log, where 0 · log 0 counts as 0. */
export function times0(count, log) {
  return count === 0 ? 0 : count * log;
}
