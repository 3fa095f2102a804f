// The pictures are pure: from one half-step to the next only what EM moves may move.
import assert from "node:assert/strict";
import { test } from "node:test";
import { basins, endOf } from "../../emlib/widgets/basins.js";
import { bound } from "../../emlib/widgets/bound.js";
import { coins } from "../../emlib/widgets/coins.js";
import { dish } from "../../emlib/widgets/dish.js";
import { h, toMarkup } from "../../emlib/widgets/dom.js";
import { gaussian } from "../../emlib/widgets/gaussian.js";
import { contour, contours } from "../../emlib/widgets/contours.js";
import { likelihood } from "../../emlib/widgets/likelihood.js";
import { logistic } from "../../emlib/widgets/logistic.js";
import { code } from "../../emlib/widgets/parts.js";
import { plane } from "../../emlib/widgets/plane.js";
import { evenly, heightOf } from "../../emlib/widgets/scalar_engine.js";
import { surface } from "../../emlib/widgets/surface.js";
import { timelinePicture } from "../../emlib/widgets/timeline.js";
import { received } from "../../emlib/widgets/trace.js";

const COINS = { engine: "coins", x: [5, 7, 8, 9, 4], tosses: [10, 10, 10, 10, 10] };
const BELLS = { engine: "gaussian", x: [0, 1, 1.5, 2, 7, 8, 8.5, 9.5], covariance: "full", floor: 1e-9 };
const DISH = { engine: "dish" };
const BAG = { engine: "likelihood", model: "bag", x: [8], draws: 10 };
const SAMPLE = { engine: "normal", model: "normal", x: [4.1, 5.3, 5.9, 6.2, 6.8, 7.4, 8.7, 9], draws: 1 };
const HOURS = { engine: "logistic", ridge: 0, maximum: true,
  x: [0.5, 0.75, 1, 1.25, 1.5, 1.75, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.5],
  y: [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1] };
const APART = { engine: "logistic", ridge: 0, maximum: false, x: [-2, -1, 1, 2], y: [0, 0, 1, 1] };
const RIDGED = { ...APART, maximum: true, ridge: 1 };
const BOUND = { engine: "bound", x: [-1.2, -0.4, 0.3, 1.9, 2.6, 3.5], weight: 0.5, known_mean: 0, variance: 1, between: [-3.55, 5.85] };
const SURFACE = { engine: "surface", x: [1], between: [0.05, 0.95] };
const VIEWS = { bound, coins, dish, gaussian, likelihood, normal: likelihood, logistic, plane, surface };
const PLANE = {
  engine: "plane", floor: 1e-9, range: [[-1, 8], [-2, 7]], features: ["x₁", "x₂"], presets: [], sets: [],
  x: [[0, 0], [1, 0.5], [0.5, 1], [1, 1.5], [5, 4], [6, 4.5], [5.5, 5.5], [6.5, 5]],
};
const STARTS = {
  bound: { mean: -2 },
  surface: { heads: 0.3 },
  dish: { amounts: [700, 300] },
  coins: { weights: [0.5, 0.5], heads: [0.5, 0.9] },
  gaussian: { weights: [0.5, 0.5], means: [1, 5], covs: [4, 4] },
  plane: { weights: [0.5, 0.5], means: [[2, 2], [3, 5]], covs: [[[4, 0], [0, 4]], [[4, 0], [0, 4]]] },
  likelihood: { black: 0.3 },
  normal: { mean: 4, sd: 2 },
  logistic: { intercept: 0, slopes: 0 },
};

function contextOf(problem, position, { options = { hard: false, known: true, moved: 0.9, newton: false, rate: 0.5, q: 0.9, covariance: "full" }, width = 700, changes = {} } = {}) {
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

for (const [name, view, problem] of [["coins", coins, COINS], ["gaussian", gaussian, BELLS], ["basins", basins, COINS], ["dish", dish, DISH], ["plane", plane, PLANE], ["bound", bound, BOUND], ["surface", surface, SURFACE],
  ["bag", likelihood, BAG], ["sample", likelihood, SAMPLE], ["hours", logistic, HOURS], ["separable", logistic, APART], ["ridged", logistic, RIDGED]]) {
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

test("the timeline of a long run leaves out marks that would cover each other, but not the present one", () => {
  const steps = Array.from({ length: 501 }, (_, n) => ({ kind: n ? "update" : "start", iteration: n, log_likelihood: -100 / (n + 1), elbo: null }));
  const marks = (position) => ofClass(timelinePicture({ steps, reached: 500, position, width: 600, kinds: ["update"] }), "mark");
  assert.ok(marks(250).length < 110);
  assert.equal(marks(250).filter((mark) => mark.includes("mark here")).length, 1);
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

const wordsOf = (view, context) => view.ledger(context).flat(2).filter(Boolean).map(toMarkup).join("").replace(/<[^>]*>/g, "");

test("bag: the stick of the observed count is the likelihood, and the ledger its logarithm", () => {
  const start = contextOf(BAG, 0);
  assert.match(ofClass(likelihood.picture(start), "value").join(), /0\.00145/);
  const ledger = wordsOf(likelihood, contextOf(BAG, 1));
  assert.match(ledger, /p ← 0\.3 \+ 23\.81 \/ 92\.971 = 0\.5561/);
  assert.match(ledger, /log p\(8\) = 3\.8067 \+ 8 · log 0\.5561 \+ 2 · log 0\.4439 = 3\.8067 − 4\.6945 − 1\.6243 = −2\.5121/);
  const end = contextOf(BAG, start.steps.length - 1);
  assert.match(wordsOf(likelihood, end), /likelihood = e\^\(−1\.1974\) = 0\.302/);
  assert.match(likelihood.said(end), /The top/);
});

test("bag: a step that would leave is halved, and the ledger says by how much", () => {
  const steps = likelihood.halfSteps({ ...BAG, x: [10] }, { black: 0.9 }, {});
  const context = contextOf(BAG, 0, { changes: { problem: { ...BAG, x: [10] }, steps, step: steps[1], position: 1 } });
  assert.match(wordsOf(likelihood, context), /p ← 0\.9 \+ 11\.111 \/ 12\.346 · 0\.0625 = 0\.95625/);
});

test("bag: the visited points lie on the curve, one per step so far", () => {
  const { steps } = contextOf(BAG, 0);
  steps.forEach((_, position) => {
    assert.equal(ofClass(likelihood.picture(contextOf(BAG, position)), "visited").length, position + 1);
  });
});

test("sample: there is a stick at every observation, and the ledger sums the log-densities", () => {
  const context = contextOf(SAMPLE, 2);
  assert.equal(ofClass(likelihood.picture(context), "stem").length, 8);
  const sum = context.step.log_likelihood.toFixed(4).replace("-", "−");
  assert.ok(wordsOf(likelihood, context).includes(`sum${sum}`));
});

test("equal observations: the sentence says that there is no top", () => {
  const problem = { ...SAMPLE, x: [3, 3, 3] };
  const steps = likelihood.halfSteps(problem, { mean: 2, sd: 1 }, {});
  const position = steps.length - 1;
  const context = contextOf(SAMPLE, 0, { changes: { problem, steps, step: steps[position], params: steps[position].params, position } });
  assert.match(likelihood.said(context), /without end/);
  assert.doesNotMatch(toMarkup(likelihood.picture(context)), /NaN|Infinity/);
});

const logisticEnd = (problem, options) => {
  const { steps } = contextOf(problem, 0, { options });
  return contextOf(problem, steps.length - 1, { options });
};

test("hours: two steps that cycle, one that creeps, one that arrives", () => {
  assert.match(logistic.said(logisticEnd(HOURS, { newton: false, rate: 0.5 })), /back and forth between two points/);
  assert.match(logistic.said(logisticEnd(HOURS, { newton: false, rate: 0.1 })), /back and forth between two points/);
  assert.match(logistic.said(logisticEnd(HOURS, { newton: false, rate: 0.01 })), /Stopped here after 500 steps/);
  assert.match(logistic.said(logisticEnd(HOURS, { newton: false, rate: 0.08 })), /The maximum/);
  const newton = logisticEnd(HOURS, { newton: true, rate: 0.05 });
  assert.match(logistic.said(newton), /intercept −4\.0777, slope 1\.5046.*The maximum/);
  assert.equal(newton.step.iteration, 6);
});

test("separable labels: whatever stopped the run, the sentence does not speak of a maximum reached", () => {
  for (const newton of [false, true]) {
    const said = logistic.said(logisticEnd(APART, { newton, rate: 0.5 }));
    assert.match(said, /separable, so there is no maximum/);
    assert.doesNotMatch(said, /The maximum/);
  }
  assert.match(logistic.said(logisticEnd(RIDGED, { newton: true, rate: 0.5 })), /slope 1\.0066.*The maximum/);
});

test("a step that is too long is called one", () => {
  assert.match(logistic.said(contextOf(HOURS, 1)), /fell by 76\.1 to −89\.9671/);
});

test("Newton from a plain cannot go on, and says so", () => {
  const steps = logistic.halfSteps(HOURS, { intercept: 0, slopes: 5000 }, { newton: true, rate: 0.05 });
  assert.equal(steps.length, 1);
  assert.match(logistic.ended(steps[0], { problem: HOURS, steps }), /cannot go on/);
});

test("the map holds the whole run, and does not move while a start is dragged in it", () => {
  const frame = (context) => all(logistic.picture(context), ({ attributes }) => attributes.class === "tick-text").map(toMarkup);
  const options = { newton: false, rate: 0.05 };
  const one = contextOf(HOURS, 0, { options });
  const steps = logistic.halfSteps(HOURS, { intercept: -1, slopes: 0.5 }, options);
  const other = contextOf(HOURS, 0, { options, changes: { start: steps[0].params, step: steps[0], params: steps[0].params, steps } });
  assert.deepEqual(frame(one), frame(other));
  const end = logisticEnd(HOURS, { newton: false, rate: 0.5 });
  const [box] = all(logistic.picture(end), ({ attributes }) => attributes.class === "frame").map((node) => node.attributes);
  for (const { attributes } of all(logistic.picture(end), (node) => node.attributes.class === "route-mark")) {
    assert.ok(attributes.cx > box.x && attributes.cx < box.x + box.width);
    assert.ok(attributes.cy > box.y && attributes.cy < box.y + box.height);
  }
});

test("contours of a cone are circles at their heights", () => {
  const scale = (value) => value;
  scale.domain = [-10, 10];
  const paths = contours((x, y) => -Math.hypot(x, y), scale, scale);
  const radii = paths.map((d) => d.match(/-?[\d.]+ -?[\d.]+/g).map((pair) => Math.hypot(...pair.split(" ").map(Number))));
  for (const [n, found] of radii.slice(2).entries()) {
    for (const radius of found) assert.ok(Math.abs(radius - 2 ** n) < 0.12, `${radius} is not ${2 ** n}`);
  }
});

test("code that an option brings is shown with it", () => {
  const sources = [{ kind: "update", source: "def gradient", when: { newton: false } }, { kind: "update", source: "def newton", when: { newton: true } }];
  assert.match(toMarkup(code(sources, "update", { newton: false })), /def gradient/);
  assert.doesNotMatch(toMarkup(code(sources, "update", { newton: false })), /def newton/);
});

test("a timeline of one kind of step names it", () => {
  const { steps } = contextOf(BAG, 0);
  const markup = toMarkup(timelinePicture({ steps, reached: 3, position: 3, width: 600, kinds: likelihood.kinds }));
  assert.match(markup, />Step</);
  assert.doesNotMatch(markup, /class="bound"|NaN|<rect class="mark"/);
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
