// A port of emlib.core.ascend: the steps of a method without hidden variables.

/**
 * Return all steps: {kind, iteration, params, posterior, log_likelihood, elbo}.
 * `update` returns the next params, or null where it cannot go on.
 */
export function ascend(objective, update, start, { maxIter, tol = 1e-10 }) {
  let now = record("start", 0, start, objective);
  const steps = [now];
  for (let iteration = 1; iteration <= maxIter; iteration += 1) {
    const params = update(now.params);
    if (!params) break;
    const before = now.log_likelihood;
    now = record("update", iteration, params, objective);
    steps.push(now);
    if (Math.abs(now.log_likelihood - before) < tol * Math.max(1, Math.abs(now.log_likelihood))) break;
  }
  return steps;
}

function record(kind, iteration, params, objective) {
  return { kind, iteration, params, posterior: null, log_likelihood: objective(params), elbo: null };
}
