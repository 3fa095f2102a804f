// Steps as they come from Python.

/** Return steps as they came from Python, tables turned to one row per component. */
export function received(steps) {
  let posterior = null;
  let table = null;
  return steps.map((step) => {
    posterior = Array.isArray(step.posterior) ? transpose(step.posterior) : step.posterior ?? posterior;
    table = step.log_joint ? transpose(step.log_joint) : table;
    return { ...step, posterior, log_joint: table };
  });
}

function transpose(rows) {
  return rows[0].map((_, k) => Float64Array.from(rows, (row) => row[k]));
}
