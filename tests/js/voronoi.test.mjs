// The edges between cells, against the definition: equally near to two means, no other mean nearer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { voronoi } from "../../emlib/widgets/voronoi.js";

const BOX = [[-10, 10], [-5, 5]];
const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

// Pseudo-random numbers, the same on every run.
function drawn(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("two means have one edge: the part of their bisector inside the box", () => {
  assert.deepEqual(voronoi([[-1, 0], [3, 0]], BOX), [{ pair: [0, 1], from: [1, -5], to: [1, 5] }]);
  const [{ from, to }] = voronoi([[0, 0], [1, 1]], BOX);
  assert.deepEqual([from, to].sort((a, b) => a[0] - b[0]), [[-4, 5], [6, -5]]);
});

test("a bisector outside of the box is no edge", () => {
  assert.deepEqual(voronoi([[20, 0], [30, 0]], BOX), []);
});

test("one mean, and means on one spot, have no edge between them", () => {
  assert.deepEqual(voronoi([[1, 2]], BOX), []);
  assert.deepEqual(voronoi([[1, 2], [1, 2]], BOX), []);
  const pairs = voronoi([[0, 0], [0, 0], [4, 1]], BOX).map(({ pair }) => pair);
  assert.deepEqual(pairs, [[0, 2], [1, 2]]);
});

test("means on one line have parallel edges between neighbours only", () => {
  const edges = voronoi([[4, 4], [-2, -2], [0, 0], [2, 2]], [[-20, 20], [-20, 20]]);
  assert.deepEqual(edges.map(({ pair }) => pair), [[0, 3], [1, 2], [2, 3]]);
});

test("the edges of three means meet in one point, equally far from all", () => {
  const means = [[-4, -2], [4, -2], [0, 3]];
  const edges = voronoi(means, BOX);
  assert.equal(edges.length, 3);
  const inner = edges.map(({ from, to }) => [from, to].find((end) => Math.abs(far(end, means[0]) - far(end, means[1])) < 1e-9
    && Math.abs(far(end, means[0]) - far(end, means[2])) < 1e-9));
  for (const end of inner) assert.ok(far(end, inner[0]) < 1e-9);
});

test("four means in a square have four edges and no diagonal of length nought", () => {
  assert.equal(voronoi([[-1, -1], [-1, 1], [1, -1], [1, 1]], BOX).length, 4);
});

for (let seed = 1; seed <= 20; seed += 1) {
  test(`six means by chance (${seed}): on an edge two are nearest, and every change of cell crosses one`, () => {
    const next = drawn(seed);
    const means = Array.from({ length: 6 }, () => [20 * next() - 10, 10 * next() - 5]);
    const edges = voronoi(means, BOX);
    for (const { pair: [i, j], from, to } of edges) {
      for (const t of [0.01, 0.3, 0.5, 0.99]) {
        const at = [0, 1].map((axis) => from[axis] + t * (to[axis] - from[axis]));
        assert.ok(Math.abs(at[0]) <= 10 + 1e-9 && Math.abs(at[1]) <= 5 + 1e-9);
        assert.ok(Math.abs(far(at, means[i]) - far(at, means[j])) < 1e-9);
        for (const mean of means) assert.ok(far(at, mean) > far(at, means[i]) - 1e-9);
      }
    }
    const nearest = (at) => means.reduce((best, mean, k) => (far(at, mean) < far(at, means[best]) ? k : best), 0);
    const known = new Set(edges.map(({ pair }) => String(pair)));
    for (let n = 0; n < 2000; n += 1) {
      const at = [20 * next() - 10, 10 * next() - 5];
      const [one, other] = [nearest(at), nearest([at[0] + 0.001, at[1]])].sort((a, b) => a - b);
      if (one !== other) assert.ok(known.has(String([one, other])));
    }
  });
}
