// Reads one JSON list of cases {problem, start, options, limits}; writes the half-steps of each.
import { readFileSync } from "node:fs";
import { bound } from "../../emlib/widgets/bound.js";
import { coinModel } from "../../emlib/widgets/coin_engine.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { gaussianModel } from "../../emlib/widgets/gaussian_engine.js";
import { likelihood } from "../../emlib/widgets/likelihood.js";
import { logistic } from "../../emlib/widgets/logistic.js";
import { oneMean, twoTosses } from "../../emlib/widgets/scalar_engine.js";
import { surface } from "../../emlib/widgets/surface.js";

const VIEWS = { bound, coins, dish, gaussian, likelihood, logistic, surface };
const MODELS = { bound: oneMean, coins: coinModel, gaussian: gaussianModel, surface: twoTosses };

const cases = JSON.parse(readFileSync(0, "utf8"));
const plain = (rows) => rows?.map?.((row) => Array.from(row)) ?? rows;
const answers = cases.map(({ problem, start, options, limits }) =>
  VIEWS[problem.engine].halfSteps(problem, start, options, limits).map((step) => ({
    ...step, posterior: plain(step.posterior),
    table: plain(MODELS[problem.engine]?.logJoint(problem, step.params)) ?? null,
  })));
process.stdout.write(JSON.stringify(answers, (_, value) =>
  (typeof value === "number" && !Number.isFinite(value) ? String(value) : value)));
