// The pictures are pure: from one half-step to the next only what EM moves may move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { basins, endOf } from "../../emlib/widgets/basins.js";
import { bound } from "../../emlib/widgets/bound.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { h, toMarkup } from "../../emlib/widgets/dom.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { contour, heightOf } from "../../emlib/widgets/heights.js";
import { code } from "../../emlib/widgets/parts.js";
import { evenly } from "../../emlib/widgets/scalar_engine.js";
import { surface } from "../../emlib/widgets/surface.js";
import { timelinePicture } from "../../emlib/widgets/timeline.js";
import { received } from "../../emlib/widgets/trace.js";

const COINS = { engine: "coins", x: [5, 7, 8, 9, 4], tosses: [10, 10, 10, 10, 10] };
const BELLS = { engine: "gaussian", x: [0, 1, 1.5, 2, 7, 8, 8.5, 9.5], covariance: "full", floor: 1e-9 };
const DISH = { engine: "dish" };
const BOUND = { engine: "bound", x: [-1.2, -0.4, 0.3, 1.9, 2.6, 3.5], weight: 0.5, known_mean: 0, variance: 1, between: [-3.55, 5.85] };
const SURFACE = { engine: "surface", x: [1], between: [0.05, 0.95] };
const VIEWS = { bound, coins, dish, gaussian, surface };
const STARTS = {
  bound: { mean: -2 },
  surface: { heads: 0.3 },
  dish: { amounts: [700, 300] },
  coins: { weights: [0.5, 0.5], heads: [0.5, 0.9] },
  gaussian: { weights: [0.5, 0.5], means: [1, 5], covs: [4, 4] },
};

function contextOf(problem, position, { options = { hard: false, known: true, moved: 0.9, q: 0.9 }, width = 700, changes = {} } = {}) {
  const start = STARTS[problem.engine];
  const steps = VIEWS[problem.engine].halfSteps(problem, start, options);
  const step = steps[position];
  return {
    uid: "w", problem, step, steps, position, options, start, width, row: 1, movable: true,
    params: step.params, posterior: step.posterior, grab() {}, nudge() {}, choose() {}, redraw: null, ...changes,
  };
}

const all = (node, keep) => (typeof node === "string" ? [] : [
  ...(keep(node) ? [node] : []), ...node.children.flatMap((child) => all(child, keep))]);
const ofClass = (tree, name) => all(tree, ({ attributes }) => String(attributes.class ?? "").split(" ").includes(name)).map(toMarkup);
const shares = (tree) => all(tree, ({ tag, attributes }) => tag === "rect" && attributes.height === 22).map(toMarkup);

for (const [name, view, problem] of [["coins", coins, COINS], ["gaussian", gaussian, BELLS], ["basins", basins, COINS], ["dish", dish, DISH], ["bound", bound, BOUND], ["surface", surface, SURFACE]]) {
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

const pathOf = (tree, name) => ofClass(tree, name).map((markup) => /d="([^"]*)"/.exec(markup)?.[1] ?? markup);
const markupOf = (view, context) => view.ledger(context).flat(3).filter(Boolean).map(toMarkup).join("");
const centre = (tree) => {
  const [{ attributes }] = all(tree, ({ attributes: { class: look } }) => look === "fill-0");
  return [attributes.cx, attributes.cy];
};

test("the bound: an E-step lifts the curve of the bound and leaves θ and the log-likelihood", () => {
  for (const position of [0, 2, 4]) {
    const [before, after] = [position, position + 1].map((n) => bound.picture(contextOf(BOUND, n)));
    assert.deepEqual(ofClass(before, "value"), ofClass(after, "value"));
    assert.deepEqual(pathOf(before, "likelihood"), pathOf(after, "likelihood"));
    assert.deepEqual(ofClass(before, "on-likelihood"), ofClass(after, "on-likelihood"));
    assert.notDeepEqual(pathOf(before, "present"), pathOf(after, "present"));
  }
});

test("the bound: an M-step moves θ and leaves both curves and the shares", () => {
  const [before, after] = [1, 2].map((n) => bound.picture(contextOf(BOUND, n)));
  assert.notDeepEqual(ofClass(before, "value"), ofClass(after, "value"));
  assert.deepEqual(pathOf(before, "present"), pathOf(after, "present"));
  assert.deepEqual(ofClass(before, "datum"), ofClass(after, "datum"));
});

test("the bound: what comes next is announced after an M-step, and is what the E-step draws", () => {
  const [e, m, next] = [1, 2, 3].map((n) => bound.picture(contextOf(BOUND, n)));
  const steps = (tree) => pathOf(tree, "next").filter((path) => !path.endsWith("h22")); // without the legend
  assert.deepEqual(steps(e), []);
  assert.equal(steps(m)[0], pathOf(next, "present").at(-1));
});

test("the bound: after an E-step the curves touch at θ and cross nowhere", () => {
  const { steps } = contextOf(BOUND, 0);
  const points = (path) => path.slice(1).split("L").map((pair) => pair.split(" ").map(Number));
  steps.forEach((step, position) => {
    const tree = bound.picture(contextOf(BOUND, position));
    const [upper, lower] = ["likelihood", "present"].map((name) => points(pathOf(tree, name).at(-1)));
    upper.forEach(([x, y], n) => {
      assert.equal(lower[n][0], x);
      assert.ok(lower[n][1] >= y - 0.1001, `${position}: ${x}`); // y runs downwards
    });
    const marks = ["on-likelihood", "on-bound"].map((name) => all(tree, ({ attributes }) => attributes.class === name)[0]?.attributes);
    if (step.kind === "E") assert.ok(Math.abs(marks[0].cy - marks[1].y - 4.5) < 0.2);
  });
});

test("the bound: the ledger shows the reference numbers", () => {
  assert.match(markupOf(bound, contextOf(BOUND, 0)), /−20\.5757 = ELBO −30\.3686 \+ KL 9\.7930/);
  for (const number of ["0.5987", "0.2315", "0.0691"]) assert.match(markupOf(bound, contextOf(BOUND, 1)), new RegExp(number));
  const m = markupOf(bound, contextOf(BOUND, 2));
  assert.match(m, /−19\.4168 = ELBO −19\.9950 \+ KL 0\.5781/);
  assert.match(m, /\/ 0\.9032 = <b>−0\.8660<\/b>/);
});

test("the bound: a reader's own model is drawn from the curves that Python sent", () => {
  const curve = evenly([0, 1], 5).map((at) => -((at - 0.5) ** 2));
  const sent = received([
    { kind: "start", iteration: 0, params: { rate: 0.25 }, log_likelihood: -0.0625, elbo: -1, posterior: [[0.5, 0.5]], curve, bound: curve.map((y) => y - 0.9) },
    { kind: "E", iteration: 1, params: { rate: 0.25 }, log_likelihood: -0.0625, elbo: -0.0625, posterior: [[0.2, 0.8]], bound: curve.map((y, n) => (n ? y - 0.01 : -1e308)) },
    { kind: "M", iteration: 1, params: { rate: 0.5 }, log_likelihood: 0, elbo: -0.01 },
  ]);
  const problem = { engine: null, x: [3], between: [0, 1] };
  sent.forEach((step, position) => {
    const context = { ...contextOf(BOUND, 0), problem, steps: sent, step, position, params: step.params, posterior: step.posterior, movable: false };
    const text = toMarkup(bound.picture(context)) + markupOf(bound, context) + bound.said(context);
    assert.doesNotMatch(text, /NaN|undefined|Infinity|e\+30/);
    assert.match(text, new RegExp(`θ = ${step.params.rate.toFixed(4)}`));
  });
});

test("numbers that Python has yet to answer stay open", () => {
  const waiting = (problem) => {
    const context = contextOf(problem, 0);
    const step = { ...context.step, log_likelihood: NaN };
    return [VIEWS[problem.engine], { ...context, step, steps: [step] }];
  };
  for (const problem of [BOUND, SURFACE]) {
    const [view, context] = waiting(problem);
    const text = toMarkup(view.picture(context)) + markupOf(view, context) + view.said(context)
      + toMarkup(timelinePicture({ ...context, reached: 0 }));
    assert.match(text, /KL …/);
    assert.doesNotMatch(text, /NaN/);
  }
});

test("the surface: an E-step moves the point along q only, an M-step along θ only", () => {
  const { steps } = contextOf(SURFACE, 0);
  steps.slice(0, 7).forEach((step, position) => {
    if (!position) return;
    const [before, after] = [position - 1, position].map((n) => centre(surface.picture(contextOf(SURFACE, n))));
    const still = step.kind === "E" ? 0 : 1;
    assert.equal(before[still], after[still]);
    assert.notEqual(before[1 - still], after[1 - still]);
  });
});

test("the surface: bound and KL of the bar are as high as the log-likelihood, and only a bad q parts them", () => {
  const height = (tree, name) => Number(all(tree, ({ attributes }) => String(attributes.class).includes(name))[0].attributes.height);
  const bars = [0.1, 0.3, 0.5, 0.6222, 0.8, 1].map((q) => {
    const tree = surface.picture(contextOf(SURFACE, 0, { options: { q } }));
    return [height(tree, "elbo"), height(tree, "missing")];
  });
  for (const [elbo, missing] of bars) assert.ok(Math.abs(elbo + missing - bars[0][0] - bars[0][1]) < 0.11);
  const gaps = bars.map(([, missing]) => missing);
  assert.ok(gaps[0] > gaps[1] && gaps[1] > gaps[2] && gaps[2] > gaps[3]);
  assert.equal(gaps[3], 0);
  assert.ok(gaps[4] < gaps[5]);
});

test("the surface: the ledger fills in the reader's own q", () => {
  const text = markupOf(surface, contextOf(SURFACE, 0));
  assert.match(text, /0\.9000·\(−2\.2538\) \+ 0\.1000·\(−2\.7528\) \+ 0\.3251 = <b>−1\.9786/);
  assert.match(text, /−1\.7793 = ELBO −1\.9786 \+ KL 0\.1993/);
  assert.match(markupOf(surface, contextOf(SURFACE, 1)), /0\.10500 \/ \(0\.10500 \+ 0\.06375\) = <b>0\.6222/);
  assert.match(markupOf(surface, contextOf(SURFACE, 2)), /√\(4\.6222² − 4·2·2\)\) \/ \(2·2\) = <b>0\.5765/);
});

test("heights of the surface: no q at all counts as 0, and the posterior reaches the log-likelihood", () => {
  assert.equal(heightOf(0, -3, -1), -1);
  assert.equal(heightOf(1, -3, -1), -3);
  const [a, b] = [Math.log(0.12), Math.log(0.08)];
  assert.ok(Math.abs(heightOf(0.6, a, b) - Math.log(0.2)) < 1e-15);
});

test("contour lines: a plane is cut along a straight line, at its level", () => {
  const plane = evenly([0, 4], 5).map((row) => evenly([0, 4], 5).map((column) => row + 2 * column));
  const segments = contour(plane, 5.5);
  assert.ok(segments.length > 3);
  for (const [column, row] of segments.flat()) assert.ok(Math.abs(row + 2 * column - 5.5) < 1e-12);
  assert.deepEqual(contour(plane, 99), []);
});

test("a start with a bound of its own has no mark of a half-step on the timeline", () => {
  const { steps } = contextOf(SURFACE, 0);
  const markup = toMarkup(timelinePicture({ steps, reached: 2, position: 2, width: 600 }));
  assert.equal((markup.match(/class="mark(?: here)?"/g) ?? []).length, 4); // two half-steps, two in the legend
});
