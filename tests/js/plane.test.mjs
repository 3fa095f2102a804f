// The plane: starts that fit, components that come and go, tools, warnings, a model of one's own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toMarkup } from "../../emlib/widgets/dom.js";
import { plane } from "../../emlib/widgets/plane.js";
import { constrained, fitted, problemsOf, resized } from "../../emlib/widgets/plane_engine.js";
import { say } from "../../emlib/widgets/strings.js";

const X = [[0, 0], [1, 0.5], [0.5, 1], [1, 1.5], [5, 4], [6, 4.5], [5.5, 5.5], [6.5, 5]];
const ROUND = [[4, 0], [0, 4]];
const START = { weights: [0.3, 0.7], means: [[2, 2], [3, 5]], covs: [ROUND, ROUND] };
const LEANING = { ...START, covs: [[[2, 1], [1, 3]], [[5, -2], [-2, 1]]] };
const TYPES = ["full", "tied", "diagonal", "spherical"];
const problem = { engine: "plane", x: X, floor: 1e-9, range: [[-1, 8], [-2, 7]], features: ["a", "b"], presets: [], sets: [] };

function contextOf(changes = {}, position = 0) {
  const options = { covariance: "full", hard: false, ...changes.options };
  const all = { ...problem, ...changes.problem };
  const start = changes.start ?? START;
  const steps = changes.steps ?? plane.halfSteps(all, start, options, { maxIter: 30 });
  const step = steps[position];
  return {
    uid: "w", problem: all, step, steps, position, options, start, width: 600, row: 1, movable: true,
    params: step.params, posterior: step.posterior, own: {}, past: 0, grab() {}, nudge() {}, choose() {}, ...changes.context,
  };
}

const find = (node, keep) => (typeof node === "string" ? [] : [...(keep(node) ? [node] : []), ...node.children.flatMap((child) => find(child, keep))]);
const ofTag = (node, tag) => find(node, (one) => one.tag === tag);
const markupOf = (context) => toMarkup(plane.picture(context));

for (const type of TYPES) {
  test(`${type}: a start that fits comes back as it is, another one is made to fit`, () => {
    const fresh = fitted(problem, LEANING, type);
    assert.equal(fitted(problem, fresh, type), fresh);
    assert.deepEqual(fresh.means, LEANING.means);
    assert.deepEqual(constrained(problem, fresh.covs, fresh.weights, type), fresh.covs);
  });

  test(`${type}: a component that comes fits too, and its mean is the farthest point`, () => {
    const start = fitted(problem, LEANING, type);
    const three = resized(problem, start, 3);
    assert.deepEqual(three.means[2], [6.5, 5]);
    assert.ok(Math.abs(three.weights.reduce((a, b) => a + b) - 1) < 1e-12);
    assert.equal(fitted(problem, three, type), three);
    assert.deepEqual(resized(problem, three, 2).means, start.means);
  });
}

test("a component that comes does not sit on a point that another one has", () => {
  const six = resized(problem, START, 6);
  assert.equal(new Set(six.means.map(String)).size, 6);
});

test("components that go leave weights that sum to 1, even where all were empty", () => {
  assert.deepEqual(resized(problem, { ...START, weights: [0, 1] }, 1).weights, [1]);
  assert.deepEqual(resized(problem, START, 1).weights, [1]);
});

test("a start never has more components than there are points", () => {
  const few = { ...problem, x: X.slice(0, 2) };
  assert.equal(plane.adapt(few, resized(problem, START, 5), { covariance: "full" }).means.length, 2);
});

test("a collapsed component is named, and nothing becomes NaN", () => {
  const x = [...X, [20, 20]];
  const context = contextOf({ problem: { x }, start: { ...START, means: [[2, 2], [20, 20]], covs: [ROUND, [[0.01, 0], [0, 0.01]]] } });
  const last = { ...context, step: context.steps.at(-1), position: context.steps.length - 1, params: context.steps.at(-1).params };
  assert.deepEqual(problemsOf(last.problem, last.step, last.options), [{ component: 1, what: "saidCollapsed" }]);
  assert.ok(plane.said(last).includes(say("saidCollapsed", { name: "B" })));
  assert.doesNotMatch(markupOf(last) + plane.ledger(last).map(toMarkup).join(""), /NaN|Infinity|undefined/);
});

test("an empty component is named, keeps its place, and nothing becomes NaN", () => {
  const context = contextOf({ start: { ...START, means: [[2, 2], [1e5, 1e5]] } });
  const [, , m] = context.steps;
  const last = { ...context, step: m, position: 2, params: m.params, posterior: m.posterior };
  assert.deepEqual(m.params.means[1], [1e5, 1e5]);
  assert.deepEqual(m.params.covs[1], ROUND);
  assert.ok(plane.said(last).includes(say("saidEmpty", { name: "B" })));
  assert.doesNotMatch(markupOf(last) + plane.ledger(last).map(toMarkup).join("") + plane.said(last), /NaN|Infinity|undefined/);
});

test("a mean that is moved keeps the rest of the start and revives an empty component", () => {
  const context = contextOf({ start: { ...START, weights: [1, 0] } });
  const handles = find(plane.picture(context), ({ attributes }) => attributes.class === "handle");
  assert.equal(handles.length, 2);
  let made;
  handles[1].attributes.onkeydown({
    key: "ArrowUp", preventDefault() {}, stopPropagation() {},
  });
  context.nudge = (set) => { made = set(); };
  const [, second] = find(plane.picture(context), ({ attributes }) => attributes.class === "handle");
  second.attributes.onkeydown({ key: "ArrowUp", preventDefault() {}, stopPropagation() {} });
  assert.deepEqual(made.weights, [0.5, 0.5]);
  assert.deepEqual(made.means[0], [2, 2]);
  assert.ok(made.means[1][0] === 3 && made.means[1][1] > 5);
});

test("with a tool for points in hand the means are no handles", () => {
  for (const tool of ["add", "move", "delete"]) {
    const picture = plane.picture(contextOf({ context: { own: { tool } } }));
    assert.equal(find(picture, ({ attributes }) => attributes.class === "handle").length, 1);
    assert.equal(find(picture, ({ attributes }) => String(attributes.class).startsWith("catch")).length, 1);
  }
});

test("a page without Python offers no tools for a model of one's own", () => {
  const context = contextOf({ context: { movable: false } });
  assert.equal(plane.settings(context), null);
  assert.equal(find(plane.picture(context), ({ attributes }) => attributes.class === "handle").length, 0);
});

test("adding and deleting begin again with other points and say so", () => {
  let call;
  const begin = (...made) => { call = made; };
  const cursor = (tool) => find(plane.picture(contextOf({ context: { begin, own: { tool, place: [5, 4.1] } } })),
    ({ attributes }) => attributes.class === "handle")[0].attributes;
  const enter = { key: "Enter", preventDefault() {} };
  cursor("add").onkeydown(enter);
  assert.deepEqual(call[2].x, [...X, [5, 4.1]]);
  assert.equal(call[3], say("saidAdded", { place: "(5, 4.1)", size: 9 }));
  cursor("delete").onkeydown(enter);
  assert.deepEqual(call[2].x, X.filter((_, n) => n !== 4));
  assert.equal(call[3], say("saidDeleted", { place: "(5, 4)", size: 7 }));
});

test("a model of one's own needs neither covariances nor weights", () => {
  const params = { means: START.means };
  const posterior = [Float64Array.from(X, () => 0.25), Float64Array.from(X, () => 0.75)];
  const log_joint = posterior.map((row) => row.map(Math.log));
  const steps = [
    { kind: "start", iteration: 0, params, posterior: null, log_joint, log_likelihood: -9, elbo: null },
    { kind: "E", iteration: 1, params, posterior, log_joint, log_likelihood: -9, elbo: -9 },
    { kind: "M", iteration: 1, params, posterior, log_joint, log_likelihood: -8, elbo: -8 },
  ];
  steps.forEach((_, position) => {
    const context = contextOf({ problem: { engine: null, floor: undefined }, options: { covariance: undefined }, steps }, position);
    const markup = markupOf(context) + plane.ledger(context).map(toMarkup).join("") + plane.said(context);
    assert.doesNotMatch(markup, /NaN|Infinity|undefined|\{\w+\}/);
    assert.equal(ofTag(plane.picture(context), "path").filter(({ attributes }) => String(attributes.class).startsWith("ellipse")).length, 0);
  });
});

test("the first point to be shown lies in the middle", () => {
  assert.equal(plane.firstRow({ x: [[0, 0], [10, 1], [5, 0.6], [9, 1]] }), 2);
});
