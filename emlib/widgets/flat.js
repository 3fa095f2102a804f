// What the pictures of clusters in the plane share.

import { h } from "./dom.js";
import { short } from "./draw.js";
import { say } from "./strings.js";

/** Return the window [[left, right], [bottom, top]] on points, with some room around them. */
export function frame(x) {
  return [0, 1].map((axis) => {
    const values = x.map((point) => point[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = (high - low || 1) * 0.12;
    return [low - pad, high + pad];
  });
}

/** Return parts of a picture, cut off where they reach beyond the axes. */
export function inFrame({ box }, ...parts) {
  const { left, top, width, height } = box;
  return h("svg", { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` }, parts);
}

/** Return the slider that chooses the observation whose arithmetic is shown. */
export function rowSlider({ row, choose }, x) {
  return h("label", { class: "observation" }, `${say("observation")} = ${spot(x[row])} `, h("input", {
    type: "range", min: 0, max: x.length - 1, step: 1, value: String(row), oninput: (event) => choose(Number(event.target.value)),
  }));
}

/** Return a place in numbers. */
export function spot(place, digits = 4) {
  return `(${place.map((value) => short(value, digits)).join(", ")})`;
}
