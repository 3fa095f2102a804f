// K-means and a mixture side by side, and the adjusted Rand index of each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toMarkup } from "../../emlib/widgets/dom.js";
import { pair } from "../../emlib/widgets/pair.js";
import { adjustedRand } from "../../emlib/widgets/pair_engine.js";

// Two flat strips, one above the other.
const X = Array.from({ length: 40 }, (_, n) => [(n % 20) - 10 + Math.sin(n), (n < 20 ? 1.2 : -1.2) + Math.cos(7 * n) / 3]);
const LABELS = X.map((_, n) => (n < 20 ? 0 : 1));
const START = { weights: [0.5, 0.5], means: [[-2, 3], [-2, -2]], covs: [[[33, 0], [0, 2]], [[33, 0], [0, 2]]] };
const OTHER = { x: X.slice(0, 25), labels: LABELS.slice(0, 25), start: { ...START, means: [[0, 0], [1, 1]] }, range: [[-12, 12], [-3, 3]] };
const PROBLEM = {
  engine: "pair", floor: 1e-9, features: ["x₁", "x₂"],
  sets: { strips: { x: X, labels: LABELS, start: START, range: [[-12, 12], [-3, 3]] }, other: OTHER },
};

function at(position, { options = { data: "strips" }, width = 1000, start = START, row = 30 } = {}) {
  const steps = pair.halfSteps(PROBLEM, start, options);
  const here = position < 0 ? steps.length + position : position;
  const step = steps[here];
  return { uid: "w", problem: PROBLEM, step, steps, position: here, options, start, width, row, movable: true,
    params: step.params, posterior: step.posterior, grab() {}, nudge() {}, choose() {} };
}

const all = (node, keep) => (typeof node === "string" ? [] : [
  ...(keep(node) ? [node] : []), ...node.children.flatMap((child) => all(child, keep))]);
const drawn = (context, name) => all(pair.picture(context), ({ attributes }) =>
  String(attributes.class ?? "").split(" ").includes(name)).map(toMarkup);

test("every half-step draws, with numbers only, wide and narrow, on every data set", () => {
  for (const options of [{ data: "strips" }, { data: "other" }, {}]) {
    const { steps } = at(0, { options });
    steps.forEach((_, position) => {
      for (const width of [300, 1000]) {
        const context = at(position, { options, width });
        const markup = [pair.picture(context), ...pair.ledger(context)].flat(3).filter(Boolean).map(toMarkup).join("");
        assert.doesNotMatch(markup + pair.said(context), /NaN|undefined|Infinity|–∞|\{\w+\}/);
        assert.equal(markup.match(/<svg/g).length, 2);
      }
    });
  }
});

test("an E-step changes colours alone, an M-step means and ellipses alone", () => {
  const [start, e, m] = [0, 1, 2].map((position) => at(position));
  for (const name of ["mean", "ellipse", "edge"]) assert.deepEqual(drawn(start, name), drawn(e, name));
  assert.notDeepEqual(drawn(start, "point"), drawn(e, "point"));
  assert.deepEqual(drawn(e, "point"), drawn(m, "point"));
  for (const name of ["mean", "ellipse", "edge"]) assert.notDeepEqual(drawn(e, name), drawn(m, name));
});

test("both runs begin at the same means, and the one that stops first stays", () => {
  const { steps } = at(0);
  assert.deepEqual(steps[0].params.centres, steps[0].params.means);
  const [left, right] = steps.at(-1).iterations;
  assert.ok(left < right);
  for (const { params } of steps.slice(2 * left)) assert.deepEqual(params.centres, steps.at(-1).params.centres);
  assert.equal(steps.length, 2 * right + 1);
});

test("under each picture stand its agreement and whether its run goes on", () => {
  assert.match(drawn(at(0), "score")[0], />iteration 0</);
  const [left, right] = drawn(at(-1), "score");
  assert.match(left, /Adjusted Rand index .*stopped after/);
  assert.match(right, /Adjusted Rand index 1\.000.*stopped after/);
  assert.match(pair.said(at(-1)), /K-means has stopped after .* Gaussian mixture has stopped after/);
  assert.doesNotMatch(pair.said(at(2)), /stopped/);
});

test("a mean dragged in either picture moves the start of both", () => {
  const context = { ...at(4), nudge: (set, value) => { context.made = set(value); } };
  for (const run of [0, 1]) {
    const handles = all(pair.picture(context), ({ attributes }) => attributes.class === "handle");
    assert.equal(handles.length, 4);
    const press = { key: "ArrowUp", preventDefault() {}, stopPropagation() {} };
    handles[2 * run + 1].attributes.onkeydown(press);
    assert.deepEqual(Object.keys(context.made).sort(), ["covs", "means", "weights"]);
    const before = context.params[run ? "means" : "centres"];
    assert.deepEqual(context.made.means[0], before[0]);
    assert.ok(context.made.means[1][1] > before[1][1]);
  }
});

test("another data set begins with its own start; the same one keeps the start", () => {
  assert.equal(pair.adapt(PROBLEM, START, { data: "other" }, { data: "strips" }), OTHER.start);
  assert.equal(pair.adapt(PROBLEM, START, { data: "strips" }, { data: "strips" }), START);
});

test("the adjusted Rand index is that of Hubert and Arabie", () => {
  assert.equal(adjustedRand([0, 0, 1, 1], [1, 1, 0, 0]).index, 1);
  assert.ok(Math.abs(adjustedRand([0, 0, 1, 1], [0, 1, 0, 1]).index + 0.5) < 1e-15);
  assert.equal(adjustedRand([0, 0, 0, 0], [0, 0, 1, 1]).index, 0);
  assert.equal(adjustedRand([0], [3]).index, 1);
  assert.equal(adjustedRand([0, 1, 2], [2, 1, 0]).index, 1);
  const { together, expected, most, index } = adjustedRand([0, 0, 1, 1], [0, 0, 1, 2]);
  assert.deepEqual([together, expected, most], [1, 1 / 3, 1.5]);
  assert.ok(Math.abs(index - 4 / 7) < 1e-15);
});
