// The point of the plane whose arithmetic is shown: chosen by pointer, or by a slider.

import { h } from "./dom.js";
import { short } from "./draw.js";
import { say } from "./strings.js";

const REACH = 12; // pixels from a pointer to the point it means

/** Return a place as a pair of numbers. */
export function spot(place, digits = 4) {
  return `(${place.map((value) => short(value, digits)).join(", ")})`;
}

/** Return what a picture listens to: the point under the pointer is chosen. */
export function looking({ row, choose }, x, scales) {
  const look = (event) => {
    const box = event.target.closest("svg").getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const gaps = x.map(([a, b]) => Math.hypot(scales.x(a) - px, scales.y(b) - py));
    const nearest = gaps.indexOf(Math.min(...gaps));
    if (gaps[nearest] < REACH && nearest !== row) choose(nearest);
  };
  return { onpointermove: look, onpointerdown: look };
}

/** Return the ring around the chosen point. */
export function ring({ x, y }, [a, b]) {
  return h("circle", { class: "ring", cx: x(a), cy: y(b), r: 10 });
}

/** Return the slider that chooses a point, from left to right. */
export function chooser({ row, choose }, x) {
  const order = x.map((_, n) => n).sort((a, b) => x[a][0] - x[b][0] || x[a][1] - x[b][1]);
  return h("label", { class: "observation" }, `${say("observation")} = ${spot(x[row])} `, h("input", {
    type: "range", min: 0, max: x.length - 1, step: 1, value: String(order.indexOf(row)),
    oninput: (event) => choose(order[Number(event.target.value)]),
  }));
}
