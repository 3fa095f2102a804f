// From a mixture to K-means: what the picture shows at every stop of the slider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toMarkup } from "../../emlib/widgets/dom.js";
import { freeEnergy, objective } from "../../emlib/widgets/kmeans_engine.js";
import { bandWidth, limit, sharpness, variances } from "../../emlib/widgets/limit.js";

const X = [[1, 1], [2, 1], [1, 2], [2, 3], [3, 2], [4, 4], [6, 5], [7, 5], [6, 7], [8, 6], [7, 7], [8, 8]];
const STOPS = [20, 12, 11.5, 11, 10, 8, 5, 4, 2, 1, 0.5, 0.25, 0.1, 0.01, 0.001, 0];
const PROBLEM = { engine: "limit", x: X, features: ["x₁", "x₂"], range: [[0.5, 8.5], [0.5, 8.5]], stops: { variance: STOPS } };
const FAR = { means: [[1, 1], [8, 8]] };

function at(variance, position, { start = FAR, width = 700, problem = PROBLEM, row = 5 } = {}) {
  const options = { variance };
  const steps = limit.halfSteps(problem, start, options);
  const here = position < 0 ? steps.length + position : position;
  const step = steps[here];
  return { uid: "w", problem, step, steps, position: here, options, start, width, row, movable: true,
    params: step.params, posterior: step.posterior, grab() {}, nudge() {}, choose() {} };
}

const all = (node, keep) => (typeof node === "string" ? [] : [
  ...(keep(node) ? [node] : []), ...node.children.flatMap((child) => all(child, keep))]);
const ofClass = (tree, name) => all(tree, ({ attributes }) => String(attributes.class ?? "").split(" ").includes(name));
const drawn = (context, name) => ofClass(limit.picture(context), name).map(toMarkup);

for (const variance of STOPS) {
  test(`at ${variance} every half-step draws, with numbers only`, () => {
    const { steps } = at(variance, 0);
    for (let position = 0; position < Math.min(steps.length, 40); position += 1) {
      for (const width of [300, 700]) {
        const context = at(variance, position, { width });
        const markup = [limit.picture(context), ...limit.ledger(context)].flat(3).filter(Boolean).map(toMarkup).join("");
        assert.doesNotMatch(markup + limit.said(context), /NaN|undefined|Infinity|–∞|\{\w+\}/);
      }
    }
  });
}

test("means on one spot, one mean, an empty mean: all draw with numbers only", () => {
  for (const means of [[[3, 3], [3, 3]], [[5, 5]], [[1, 1], [8, 8], [60, -60]]]) {
    for (const variance of [20, 1, 0.001, 0]) {
      for (const position of [0, 1, 2, -1]) {
        const context = at(variance, position, { start: { means } });
        const markup = [limit.picture(context), ...limit.ledger(context)].flat(3).filter(Boolean).map(toMarkup).join("");
        assert.doesNotMatch(markup + limit.said(context), /NaN|undefined|Infinity|–∞/);
      }
    }
  }
});

test("an E-step changes colours alone, an M-step means alone", () => {
  for (const variance of [11, 4, 0.001, 0]) {
    const [start, e, m] = [0, 1, 2].map((position) => at(variance, position));
    for (const name of ["mean", "ellipse", "edge", "band", "way"]) assert.deepEqual(drawn(start, name), drawn(e, name), name);
    assert.notDeepEqual(drawn(start, "point"), drawn(e, "point"));
    assert.deepEqual(drawn(e, "point"), drawn(m, "point"));
    assert.notDeepEqual(drawn(e, "mean"), drawn(m, "mean"));
  }
});

test("the band narrows and the edge appears as ε shrinks; K-means has the edge alone", () => {
  const ends = STOPS.map((variance) => at(variance, -1));
  const strength = ends.map((context) => Number(ofClass(limit.picture(context), "edge")[0]?.attributes["stroke-opacity"] ?? 0));
  assert.deepEqual(strength.slice(0, 6), [0, 0, 0, 0, 0, 0]);
  assert.ok(strength.every((value, n) => n === 0 || value >= strength[n - 1]));
  assert.ok(strength[10] > 0.85);
  assert.equal(strength.at(-1), 1);
  assert.equal(drawn(ends.at(-1), "band").length, 0);
  assert.equal(drawn(ends.at(-1), "ellipse").length, 0);
  assert.equal(drawn(ends[0], "band").length, 1);
});

test("the band is where shares lie between 10 % and 90 %", () => {
  const width = bandWidth([0, 0], [4, 3], 2);
  const share = (t) => 1 / (1 + Math.exp((((t - 0) ** 2 - (t - 5) ** 2) / 4))); // along the line of the means
  assert.ok(Math.abs(share(2.5 - width / 2) - 0.9) < 1e-12);
  assert.ok(Math.abs(share(2.5 + width / 2) - 0.1) < 1e-12);
  assert.equal(sharpness([0, 0], [4, 3], 0), 1);
  assert.equal(sharpness([0, 0], [4, 3], 20), 0);
});

test("F goes to J as ε goes to 0, and J is the objective of K-means", () => {
  const best = [[13 / 6, 13 / 6], [7, 19 / 3]];
  assert.ok(Math.abs(objective(X, best) - 25) < 1e-12);
  assert.ok(Math.abs(freeEnergy(X, best, 10) + 13.326412537652308) < 1e-10);
  assert.ok(Math.abs(freeEnergy(X, best, 0.1) - 25) < 1e-9);
  assert.ok(Math.abs(freeEnergy(X, best, 1e-300) - 25) < 1e-12);
});

test("the ledger fills in distances, powers too small for a computer, and means", () => {
  const text = (context) => limit.ledger(context).flat(3).filter(Boolean).map(toMarkup).join("");
  assert.match(text(at(4, 1)), /<td[^>]*>18<\/td><td[^>]*>0\.1054<\/td><td[^>]*>0\.8520<\/td>/);
  assert.match(text(at(0.001, 1)), /e\^\(−9000\)/);
  const hard = text(at(0, 2));
  assert.match(hard, /\(1, 1\) \+ \(2, 1\) \+ \(1, 2\) \+ \(2, 3\) \+ …\) \/ 6 = <b>\(2\.1667, 2\.1667\)/);
  assert.match(hard, /<b>J<\/b> = .* = <b>25<\/b>/);
  assert.doesNotMatch(hard, /<b>F<\/b>/);
});

test("the sentences name assign and update, and say when no split pays", () => {
  assert.match(limit.said(at(0, 1)), /assign/);
  assert.match(limit.said(at(0, 2)), /update/);
  assert.match(limit.said(at(12, -1)), /stand together on \(4\.583, 4\.25\).*ε = 12 is above 11\.77/);
  assert.doesNotMatch(limit.said(at(11.5, -1)), /together/);
  const twins = limit.said(at(4, -1, { start: { means: [[3, 3], [3, 3]] } }));
  assert.match(twins, /together/);
  assert.doesNotMatch(twins, /above/);
});

test("the largest variance in any direction is the largest eigenvalue", () => {
  const middle = [55 / 12, 4.25];
  const [small, large] = variances(X, middle);
  assert.ok(Math.abs(large - 11.76933220988166) < 1e-12);
  assert.ok(Math.abs(small - 0.4945566790072262) < 1e-12);
});

test("the first point to be shown is the one nearest to the middle", () => {
  assert.equal(limit.firstRow({ x: X }), 5);
});
