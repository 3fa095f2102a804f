// The pictures are pure: from one half-step to the next only what EM moves may move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { basins, endOf } from "../../emlib/widgets/basins.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { h, toMarkup } from "../../emlib/widgets/dom.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { code } from "../../emlib/widgets/parts.js";
import { plane } from "../../emlib/widgets/plane.js";
import { timelinePicture } from "../../emlib/widgets/timeline.js";
import { received } from "../../emlib/widgets/trace.js";

const COINS = { engine: "coins", x: [5, 7, 8, 9, 4], tosses: [10, 10, 10, 10, 10] };
const BELLS = { engine: "gaussian", x: [0, 1, 1.5, 2, 7, 8, 8.5, 9.5], covariance: "full", floor: 1e-9 };
const DISH = { engine: "dish" };
const PLANE = {
  engine: "plane", floor: 1e-9, range: [[-1, 8], [-2, 7]], features: ["x₁", "x₂"], presets: [], sets: [],
  x: [[0, 0], [1, 0.5], [0.5, 1], [1, 1.5], [5, 4], [6, 4.5], [5.5, 5.5], [6.5, 5]],
};
const VIEWS = { coins, dish, gaussian, plane };
const STARTS = {
  dish: { amounts: [700, 300] },
  coins: { weights: [0.5, 0.5], heads: [0.5, 0.9] },
  gaussian: { weights: [0.5, 0.5], means: [1, 5], covs: [4, 4] },
  plane: { weights: [0.5, 0.5], means: [[2, 2], [3, 5]], covs: [[[4, 0], [0, 4]], [[4, 0], [0, 4]]] },
};

function contextOf(problem, position, { options = { hard: false, known: true, moved: 0.9, covariance: "full" }, width = 700, changes = {} } = {}) {
  const start = STARTS[problem.engine];
  const steps = VIEWS[problem.engine].halfSteps(problem, start, options);
  const step = steps[position];
  return {
    uid: "w", problem, step, steps, position, options, start, width, row: 1, movable: true,
    params: step.params, posterior: step.posterior, grab() {}, nudge() {}, choose() {}, redraw: null, own: {}, past: 0, ...changes,
  };
}

const all = (node, keep) => (typeof node === "string" ? [] : [
  ...(keep(node) ? [node] : []), ...node.children.flatMap((child) => all(child, keep))]);
const ofClass = (tree, name) => all(tree, ({ attributes }) => String(attributes.class ?? "").split(" ").includes(name)).map(toMarkup);
const shares = (tree) => all(tree, ({ tag, attributes }) => tag === "rect" && attributes.height === 22).map(toMarkup);

for (const [name, view, problem] of [["coins", coins, COINS], ["gaussian", gaussian, BELLS], ["basins", basins, COINS], ["dish", dish, DISH], ["plane", plane, PLANE]]) {
  for (const width of [300, 700]) {
    test(`${name} at ${width} px: every half-step draws, with numbers only`, () => {
      const { steps } = contextOf(problem, 0);
      steps.forEach((_, position) => {
        const context = contextOf(problem, position, { width });
        const markup = [view.picture(context), ...view.ledger(context)].flat(3).filter(Boolean).map(toMarkup).join("");
        assert.doesNotMatch(markup + view.said(context), /NaN|undefined|Infinity|\{\w+\}/);
        assert.match(markup, /<svg/);
      });
    });
  }
}

test("coins: an E-step changes the shares and leaves the coins", () => {
  const [before, after] = [0, 1].map((position) => coins.picture(contextOf(COINS, position)));
  assert.deepEqual(ofClass(before, "value"), ofClass(after, "value"));
  assert.notDeepEqual(shares(before), shares(after));
});

test("coins: an M-step moves the coins and leaves the shares", () => {
  const [before, after] = [1, 2].map((position) => coins.picture(contextOf(COINS, position)));
  assert.notDeepEqual(ofClass(before, "value"), ofClass(after, "value"));
  assert.deepEqual(shares(before), shares(after));
});

test("Gaussians: an E-step changes the bars and leaves the bells", () => {
  const [before, after] = [2, 3].map((position) => gaussian.picture(contextOf(BELLS, position)));
  assert.deepEqual(ofClass(before, "bell"), ofClass(after, "bell"));
  assert.notDeepEqual(ofClass(before, "bar"), ofClass(after, "bar"));
});

test("Gaussians: an M-step moves the bells and leaves the shares of every bar", () => {
  const ratio = (position) => all(gaussian.picture(contextOf(BELLS, position)), ({ attributes }) =>
    String(attributes.class).startsWith("bar")).map(({ attributes }) => attributes["data-component"] ?? attributes.class);
  const [before, after] = [1, 2].map((position) => gaussian.picture(contextOf(BELLS, position)));
  assert.notDeepEqual(ofClass(before, "bell"), ofClass(after, "bell"));
  assert.deepEqual(ratio(1), ratio(2));
});

test("the plane: an E-step changes colours and shapes, and leaves ellipses and means", () => {
  const [before, after] = [2, 3].map((position) => plane.picture(contextOf(PLANE, position)));
  for (const name of ["ellipse", "mean"]) assert.deepEqual(ofClass(before, name), ofClass(after, name));
  assert.notDeepEqual(ofClass(before, "point"), ofClass(after, "point"));
});

test("the plane: an M-step moves ellipses and means, and leaves every point", () => {
  const [before, after] = [1, 2].map((position) => plane.picture(contextOf(PLANE, position)));
  for (const name of ["ellipse", "mean"]) assert.notDeepEqual(ofClass(before, name), ofClass(after, name));
  assert.deepEqual(ofClass(before, "point"), ofClass(after, "point"));
});

test("the first observation to be shown is the median", () => {
  assert.equal(gaussian.firstRow({ x: [9, 1, 5] }), 2);
  assert.equal(gaussian.firstRow({ x: [1, 2, 3], times: [1, 1, 10] }), 2);
});

test("the coin ledger shows the published numbers", () => {
  const text = coins.ledger(contextOf(COINS, 1)).filter(Boolean).map(toMarkup).join("");
  for (const number of ["0.12305", "0.00074", "0.9940", "0.6712", "0.1849", "0.0246", "0.9993"]) assert.match(text, new RegExp(number));
  const next = coins.ledger(contextOf(COINS, 2)).filter(Boolean).map(toMarkup).join("");
  for (const number of ["0.5347", "0.8294", "28.741", "21.259"]) assert.match(next, new RegExp(number));
});

test("learned weights add their own line of arithmetic", () => {
  const learned = contextOf(COINS, 2, { options: { hard: false, known: false } });
  assert.match(coins.ledger(learned).filter(Boolean).map(toMarkup).join(""), /2\.8741 \/ 5 = <b>0\.5748/);
});

test("hard coins from (0.5, 0.9) stop at 8/15 and 17/20", () => {
  const steps = coins.halfSteps(COINS, STARTS.coins, { hard: true, known: true });
  assert.ok(Math.abs(steps.at(-1).params.heads[0] - 8 / 15) < 1e-15);
  assert.ok(Math.abs(steps.at(-1).params.heads[1] - 17 / 20) < 1e-15);
});

test("from 4,851 starts hard EM ends as an exact count says: 2101, 921 and 1829 starved", () => {
  const counts = {};
  for (let a = 1; a < 100; a += 1) {
    for (let b = a + 1; b < 100; b += 1) {
      const end = endOf(COINS, { weights: [0.5, 0.5], heads: [a / 100, b / 100] }, { hard: true, known: true });
      const key = end.starved ? "starved" : end.key;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  assert.deepEqual(counts, { "0.45 0.80": 2101, "0.53 0.85": 921, starved: 1829 });
});

test("the timeline draws any part of a run", () => {
  const { steps } = contextOf(COINS, 0);
  for (let reached = 0; reached < steps.length; reached += 1) {
    assert.doesNotMatch(toMarkup(timelinePicture({ steps, reached, position: 0, width: 640 })), /NaN|undefined/);
  }
});

test("the timeline draws a run whose values differ by rounding only", () => {
  const steps = [{ log_likelihood: -10.551080337548516, elbo: null }, { kind: "E", log_likelihood: -10.551080337548516, elbo: -10.551080337548512 }];
  assert.match(toMarkup(timelinePicture({ steps, reached: 1, position: 1, width: 640 })), /−10\.5/);
});

test("steps from Python become one row per component, and an M-step keeps the E-step's shares", () => {
  const [start, e, m] = received([
    { kind: "start", params: {} },
    { kind: "E", params: {}, posterior: [[0.25, 0.75], [1, 0], [0.5, 0.5]], log_joint: [[-1, -2], [-3, -4], [-5, -6]] },
    { kind: "M", params: {} },
  ]);
  assert.equal(start.posterior, null);
  assert.deepEqual(e.posterior.map((row) => [...row]), [[0.25, 1, 0.5], [0.75, 0, 0.5]]);
  assert.deepEqual(e.log_joint.map((row) => [...row]), [[-1, -3, -5], [-2, -4, -6]]);
  assert.equal(m.posterior, e.posterior);
});

test("text is text, whatever it holds", () => {
  const nasty = '</script><img src=x onerror="alert(1)">&';
  assert.equal(toMarkup(h("p", { title: nasty }, nasty)),
    '<p title="&lt;/script>&lt;img src=x onerror=&quot;alert(1)&quot;>&amp;">&lt;/script>&lt;img src=x onerror=&quot;alert(1)&quot;>&amp;</p>');
});

test("the code panel marks the lines of this half-step and lists their names", () => {
  const sources = [{ kind: "E", source: "def e_step(self):\n    return log_joint" }, { kind: "M", source: "def m_step(self):\n    pass" }];
  const markup = toMarkup(code(sources, "M"));
  assert.match(markup, /<code class="idle">.*e_step.*<\/code><code class="ran">.*m_step/s);
  assert.match(markup, /data-code="return log_joint"/);
  assert.equal(code([{ kind: "E", source: "" }], "E"), null);
});

test("the dish: a look moves nothing, a move shows no surplus", () => {
  const [start, seen, moved] = [0, 1, 2].map((position) => dish.picture(contextOf(DISH, position)));
  assert.deepEqual(ofClass(start, "value"), ofClass(seen, "value"));
  assert.equal(ofClass(seen, "surplus").length, 1);
  assert.notDeepEqual(ofClass(seen, "value"), ofClass(moved, "value"));
  assert.equal(ofClass(moved, "surplus").length, 0);
});

test("the dish: the timeline shows the difference, without a bound", () => {
  const { steps } = contextOf(DISH, 0);
  const markup = toMarkup(timelinePicture({
    steps, reached: 6, position: 6, width: 600, kinds: dish.kinds, curve: dish.curve }));
  assert.doesNotMatch(markup, /class="bound"|NaN/);
  assert.match(markup, /minus the difference/);
});
