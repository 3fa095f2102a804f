// Splitting a dish in the page: a port of emlib.dishes.split, compared with it to 1e-10.

/** Return all half-steps: {kind, iteration, params, posterior, log_likelihood, elbo}. */
export function splitDish({ amounts }, { moved: share }, { maxIter = 60, tolerance = 1 } = {}) {
  let now = half("start", 0, amounts, null);
  const steps = [now];
  for (let iteration = 1; iteration <= maxIter && -now.log_likelihood > tolerance; iteration += 1) {
    const [left, right] = now.params.amounts;
    const seen = left - right;
    steps.push(half("observe", iteration, [left, right], seen));
    now = half("adjust", iteration, [left - share * seen, right + share * seen], seen);
    steps.push(now);
  }
  return steps;
}

function half(kind, iteration, amounts, seen) {
  const evenness = -Math.abs(amounts[0] - amounts[1]);
  return { kind, iteration, params: { amounts }, posterior: seen, log_likelihood: evenness, elbo: null };
}
