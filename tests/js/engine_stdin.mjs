// Reads one JSON list of cases {problem, start, options, limits}; writes the half-steps of each,
// or, of a case with `adapt`, the start that fits its options.
import { readFileSync } from "node:fs";
import { bound } from "../../emlib/widgets/bound.js";
import { coinModel } from "../../emlib/widgets/coin_engine.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { gaussianModel } from "../../emlib/widgets/gaussian_engine.js";
import { kMeansModel } from "../../emlib/widgets/kmeans_engine.js";
import { likelihood } from "../../emlib/widgets/likelihood.js";
import { limit } from "../../emlib/widgets/limit.js";
import { logistic } from "../../emlib/widgets/logistic.js";
import { pair } from "../../emlib/widgets/pair.js";
import { plane } from "../../emlib/widgets/plane.js";
import { planeModel, problemsOf } from "../../emlib/widgets/plane_engine.js";
import { oneMean, twoTosses } from "../../emlib/widgets/scalar_engine.js";
import { surface } from "../../emlib/widgets/surface.js";

const VIEWS = { bound, coins, dish, gaussian, likelihood, limit, logistic, pair, plane, surface };
const MODELS = {
  bound: () => oneMean, coins: () => coinModel, gaussian: () => gaussianModel, plane: () => planeModel,
  limit: ({ variance }) => kMeansModel(variance), surface: () => twoTosses,
};

const cases = JSON.parse(readFileSync(0, "utf8"));
const plain = (rows) => rows?.map?.((row) => Array.from(row)) ?? rows;
const halfSteps = ({ problem, start, options, limits }) =>
  VIEWS[problem.engine].halfSteps(problem, start, options, limits).map((step) => ({
    ...step, posterior: plain(step.posterior),
    table: plain(MODELS[problem.engine]?.(options).logJoint(problem, step.params)) ?? null,
    problems: problem.engine === "plane" ? problemsOf(problem, step, options) : [],
  }));
const answers = cases.map((one) =>
  (one.adapt ? VIEWS[one.problem.engine].adapt(one.problem, one.start, one.options) : halfSteps(one)));
process.stdout.write(JSON.stringify(answers, (_, value) =>
  (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)));
