import assert from "node:assert/strict";
import { test } from "node:test";
import { blend, fixed, line, linear, percent, short, ticks } from "../../emlib/widgets/draw.js";

test("a scale and its inverse undo each other", () => {
  const scale = linear([-2, 5], [100, 20]);
  assert.equal(scale(-2), 100);
  assert.equal(scale(5), 20);
  assert.ok(Math.abs(scale.inverse(scale(1.25)) - 1.25) < 1e-12);
});

test("a scale of one point does not divide by zero", () => {
  assert.equal(linear([3, 3], [0, 10])(3), 0);
});

test("ticks are round numbers inside the range", () => {
  assert.deepEqual(ticks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks([-10.56, -10.54], 2), [-10.56, -10.55, -10.54]);
  assert.deepEqual(ticks([73.2, 118.9], 5), [80, 90, 100, 110]);
});

test("numbers are short, exact, and use a true minus sign", () => {
  assert.equal(short(0.53466312), "0.5347");
  assert.equal(short(-341923.05199, 6), "−341923");
  assert.equal(short(100), "100");
  assert.equal(short(0), "0");
  assert.equal(short(1.870273e-12), "1.870e−12");
  assert.equal(short(-1.870273e-12), "−1.870e−12");
  assert.equal(short(-Infinity), "–∞");
  assert.equal(fixed(-0.12345), "−0.1235");
});

test("a percentage never rounds to nothing or everything by accident", () => {
  assert.equal(percent(0), "0.0 %");
  assert.equal(percent(1e-9), "< 0.1 %");
  assert.equal(percent(1 - 1e-9), "> 99.9 %");
  assert.equal(percent(1), "100.0 %");
  assert.equal(percent(0.6712), "67.1 %");
});

test("a path goes through its points", () => {
  assert.equal(line([[0, 1], [2, 3.25]]), "M0.0 1.0L2.0 3.3");
});

test("a blend of nested arrays begins and ends where it should", () => {
  assert.deepEqual(blend([0, [2, 4]], [1, [4, 8]], 0), [0, [2, 4]]);
  assert.deepEqual(blend([0, [2, 4]], [1, [4, 8]], 1), [1, [4, 8]]);
  assert.deepEqual(blend([0, [2, 4]], [1, [4, 8]], 0.5), [0.5, [3, 6]]);
});
