// The pictures of two features: scales, marks, blended colours, ellipses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { axes, ellipse, ellipses, marker, mostProbable, placeText, points, scalesOf, shade, stride, tidy, trails } from "../../emlib/widgets/cloud.js";
import { toMarkup } from "../../emlib/widgets/dom.js";

const FEATURES = ["eruption (min)", "waiting (min)"];
const numbers = (path) => path.match(/-?\d+(\.\d+)?/g).map(Number);

for (const width of [300, 700, 1200]) {
  test(`at ${width} px similar ranges share one scale and stay in the window`, () => {
    const { x, y, box, height } = scalesOf([[0, 10], [-4, 4]], width);
    assert.ok(Math.abs((x(1) - x(0)) + (y(1) - y(0))) < 1e-9, "a pixel is worth the same both ways");
    assert.ok(x(0) >= box.left && x(10) <= box.left + box.width + 1e-9);
    assert.ok(y(4) >= box.top - 1e-9 && y(-4) <= box.top + box.height + 1e-9);
    assert.ok(box.left + box.width <= width && box.top + box.height < height);
  });
}

test("ranges in different units fill the window both ways", () => {
  const { x, y, box } = scalesOf([[1.5, 5.2], [40, 100]], 700);
  assert.deepEqual([x(1.5), x(5.2)], [box.left, box.left + box.width]);
  assert.deepEqual([y(40), y(100)], [box.top + box.height, box.top]);
});

test("the axes name both features and carry ticks inside the window", () => {
  const scales = scalesOf([[1.5, 5.2], [40, 100]], 320);
  const markup = toMarkup(axes(scales, FEATURES));
  assert.match(markup, /eruption \(min\) →/);
  assert.match(markup, /↑ waiting \(min\)/);
  assert.match(markup, />60</);
  assert.doesNotMatch(markup, /NaN|undefined/);
});

test("every component has a mark of its own, placed at its point", () => {
  const marks = [0, 1, 2, 3, 4, 5].map((k) => marker(k, 10, 20, 4));
  assert.equal(new Set(marks).size, 6);
  for (const mark of marks) assert.match(mark, /^M10\.0 20\.0m/);
});

test("a colour is a blend in whole percents, and no blend where one component has it all", () => {
  assert.equal(shade([[1], [0]], 0), null);
  assert.equal(shade([[0.999], [0.001]], 0), null);
  assert.equal(shade([[0.25], [0.75]], 0), "fill:color-mix(in oklab,var(--em-1) 75%,var(--em-0))");
  assert.equal(shade([[0.5], [0.25], [0.25]], 0),
    "fill:color-mix(in oklab,var(--em-2) 25%,color-mix(in oklab,var(--em-1) 33%,var(--em-0)))");
});

test("of equal shares the first component counts", () => {
  assert.equal(mostProbable([[0.5, 0.2], [0.5, 0.8]], 0), 0);
  assert.equal(mostProbable([[0.5, 0.2], [0.5, 0.8]], 1), 1);
});

test("points are grey before the first E-step and carry their number", () => {
  const scales = scalesOf([[0, 1], [0, 1]], 500);
  const grey = toMarkup(points(scales, [[0.2, 0.3], [0.5, 0.5]], null));
  assert.equal(grey.match(/unshared/g).length, 2);
  assert.match(grey, /data-row="1"/);
  const shared = toMarkup(points(scales, [[0.2, 0.3], [0.5, 0.5]], [[0.9, 0], [0.1, 1]]));
  assert.match(shared, /point fill-0" style="fill:color-mix/);
  assert.match(shared, /point fill-1" data-row="1"/);
});

test("the ellipse of a round covariance is a circle of one standard deviation", () => {
  const scales = scalesOf([[0, 10], [0, 10]], 600);
  const [x0, , rx, ry] = numbers(ellipse(scales, [5, 5], [[4, 0], [0, 4]], 1));
  const two = scales.x(2) - scales.x(0);
  assert.ok(Math.abs(rx - two) < 0.06 && Math.abs(ry - two) < 0.06);
  assert.ok(Math.abs(x0 - scales.x(3)) < 0.06);
});

test("a leaning covariance leans in the picture, whatever the units", () => {
  // The ends of the long axis in pixels are those of the covariance of the pixels.
  const scales = scalesOf([[0, 1], [0, 100]], 600);
  const cov = [[0.01, 0.9], [0.9, 100]];
  const path = numbers(ellipse(scales, [0.5, 50], cov, 2));
  const [right, up] = [scales.x(1) - scales.x(0), scales.y(1) - scales.y(0)];
  const pixels = [[right * right * cov[0][0], right * up * cov[0][1]], [0, up * up * cov[1][1]]];
  const [dx, dy] = [scales.x(0.5) - path[0], scales.y(50) - path[1]];
  const long = Math.hypot(dx, dy) / 2;
  const along = (pixels[0][0] * dx * dx + 2 * pixels[0][1] * dx * dy + pixels[1][1] * dy * dy) / (dx * dx + dy * dy);
  assert.ok(Math.abs(long * long - along) / along < 0.01);
  assert.ok(dx * dy < 0, "up and to the right");
});

test("two ellipses per component, even of a collapsed one", () => {
  const markup = toMarkup(ellipses(scalesOf([[0, 1], [0, 1]], 400), [[0, 0], [1, 1]], [[[1, 1], [1, 1]], [[1e-12, 0], [0, 1e-12]]]));
  assert.equal(markup.match(/class="ellipse/g).length, 4);
  assert.doesNotMatch(markup, /NaN/);
});

test("a trail goes through every station", () => {
  const scales = scalesOf([[0, 1], [0, 1]], 400);
  const markup = toMarkup(trails(scales, [[[0, 0]], [[0.5, 0.5]], [[1, 0]]]));
  assert.equal(markup.match(/L/g).length, 2);
});

test("a moved place is tidy and inside its axis", () => {
  assert.equal(tidy(3.14159, [0, 10]), 3.14);
  assert.equal(tidy(71.2345, [40, 100]), 71.2);
  assert.equal(tidy(1e9, [40, 100]), 100);
  assert.equal(stride([0, 10], false), 0.1);
  assert.equal(stride([0, 10], true), 1);
  assert.equal(placeText(FEATURES, [3.5, 70]), "eruption (min) 3.5, waiting (min) 70");
});
