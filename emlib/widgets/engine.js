// EM in the page, for the models whose start a reader may move without a Python kernel.
// A port of emlib, never a second opinion: tests compare every half-step with emlib to 1e-10.
// Tables are stored as in emlib's memory: one row per component, one column per observation.

/**
 * Return all half-steps from `start`: {kind, iteration, params, posterior, log_likelihood, elbo}.
 * `model` is {logJoint(problem, params), mStep(problem, posterior, options, start)}, and may have
 * its own eStep(problem, params).
 */
export function em(model, problem, start, options, { maxIter = 500, tol = 1e-10 } = {}) {
  const size = problem.x.reduce((sum, _, n) => sum + times(problem, n), 0);
  let table = model.logJoint(problem, start);
  let now = {
    kind: "start", iteration: 0, params: start, posterior: null,
    log_likelihood: logLikelihood(problem, table), elbo: null,
  };
  const steps = [now];
  for (let iteration = 1, last = -Infinity; iteration <= maxIter; iteration += 1) {
    const posterior = model.eStep?.(problem, now.params) ?? eStep(table, options.hard);
    const moved = options.hard && !sameRows(posterior, now.posterior);
    now = { ...now, kind: "E", iteration, posterior, elbo: elbo(problem, posterior, table) };
    steps.push(now);
    const params = keepEmpty(model.mStep(problem, posterior, options, start), now.params);
    table = model.logJoint(problem, params);
    now = {
      kind: "M", iteration, params, posterior,
      log_likelihood: logLikelihood(problem, table), elbo: elbo(problem, posterior, table),
    };
    steps.push(now);
    if (!moved && Math.abs(now.elbo - last) < tol * Math.max(size, Math.abs(now.elbo))) break;
    last = now.elbo;
  }
  return steps;
}

function eStep(table, hard) {
  if (hard) return oneHot(table);
  const rows = table.map((row) => new Float64Array(row.length));
  for (let n = 0; n < rows[0].length; n += 1) {
    const best = largest(table, n);
    let sum = 0;
    for (let k = 0; k < rows.length; k += 1) sum += rows[k][n] = Math.exp(table[k][n] - best);
    for (let k = 0; k < rows.length; k += 1) rows[k][n] /= sum;
  }
  return rows;
}

/**
 * Return shares 0 or 1; a tie, up to rounding, goes to the first component. `unit` is the size of
 * a score below which rounding errors no longer shrink with it.
 */
export function oneHot(scores, unit = 1) {
  const rows = scores.map((row) => new Float64Array(row.length));
  for (let n = 0; n < rows[0].length; n += 1) {
    const best = largest(scores, n);
    const tie = best - 1e-12 * Math.max(unit, Math.abs(best));
    rows[scores.findIndex((row) => row[n] >= tie)][n] = 1;
  }
  return rows;
}

function sameRows(rows, before) {
  return before !== null && rows.every((row, k) => row.every((share, n) => share === before[k][n]));
}

function logLikelihood(problem, table) {
  let total = 0;
  for (let n = 0; n < table[0].length; n += 1) {
    const best = largest(table, n);
    let sum = 0;
    for (const row of table) sum += Math.exp(row[n] - best);
    total += times(problem, n) * (best + Math.log(sum));
  }
  return total;
}

/** Return the bound for any responsibilities, good or bad. */
export function elbo(problem, posterior, table) {
  let total = 0;
  posterior.forEach((row, k) => {
    for (let n = 0; n < row.length; n += 1) {
      if (row[n] > 0) total += times(problem, n) * row[n] * (table[k][n] - Math.log(row[n]));
    }
  });
  return total;
}

function largest(table, n) {
  let best = -Infinity;
  for (const row of table) if (row[n] > best) best = row[n];
  return best;
}

/** Return how often observation n was seen. */
export function times(problem, n) {
  return problem.times ? problem.times[n] : 1;
}

// An empty component makes its M-step 0/0: every value is a maximiser, so keep the old one.
function keepEmpty(params, before) {
  const kept = {};
  for (const [name, values] of Object.entries(params)) {
    const keep = (value, old) => (known(value) ? value : old);
    kept[name] = Array.isArray(values) ? values.map((value, k) => keep(value, before[name][k])) : keep(values, before[name]);
  }
  return kept;
}

function known(value) {
  return typeof value === "number" ? Number.isFinite(value) : value.every(known);
}

/** Return an array of numbers, one per observation. */
export function filled(size, value) {
  const row = new Float64Array(size);
  for (let n = 0; n < size; n += 1) row[n] = value(n);
  return row;
}

/** Return the sum of values × factor. */
export function sumOf(values, factor = () => 1) {
  let total = 0;
  for (let n = 0; n < values.length; n += 1) total += values[n] * factor(n);
  return total;
}
