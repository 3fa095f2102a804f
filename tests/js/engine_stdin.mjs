// Reads one JSON list of cases {problem, start, options, limits}; writes the half-steps of each.
import { readFileSync } from "node:fs";
import { coinModel } from "../../emlib/widgets/coin_engine.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { gaussianModel } from "../../emlib/widgets/gaussian_engine.js";
import { kMeansModel } from "../../emlib/widgets/kmeans_engine.js";
import { limit } from "../../emlib/widgets/limit.js";
import { pair } from "../../emlib/widgets/pair.js";

const VIEWS = { coins, dish, gaussian, limit, pair };
const MODELS = { coins: () => coinModel, gaussian: () => gaussianModel, limit: ({ variance }) => kMeansModel(variance) };

const cases = JSON.parse(readFileSync(0, "utf8"));
const plain = (rows) => rows?.map?.((row) => Array.from(row)) ?? rows;
const answers = cases.map(({ problem, start, options, limits }) =>
  VIEWS[problem.engine].halfSteps(problem, start, options, limits).map((step) => ({
    ...step, posterior: plain(step.posterior),
    table: plain(MODELS[problem.engine]?.(options).logJoint(problem, step.params)) ?? null,
  })));
process.stdout.write(JSON.stringify(answers, (_, value) =>
  (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)));
