// Reads one JSON list of cases {problem, start, options, limits}; writes the half-steps of each.
import { readFileSync } from "node:fs";
import { halfSteps, logJoint } from "../../emlib/widgets/engine.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const plain = (rows) => rows?.map?.((row) => Array.from(row)) ?? rows;
const answers = cases.map(({ problem, start, options, limits }) =>
  halfSteps(problem, start, options, limits).map((step) => ({
    ...step, posterior: plain(step.posterior),
    table: problem.engine === "dish" ? null : plain(logJoint(problem, step.params)),
  })));
process.stdout.write(JSON.stringify(answers, (_, value) =>
  (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)));
