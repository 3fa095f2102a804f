// The point of the plane whose arithmetic is shown: chosen by pointer, or by a slider.

import { h } from "./dom.js";
import { short } from "./draw.js";
import { say } from "./strings.js";

const REACH = 12; // pixels from a pointer to the point it looks at

/** Return a place as a pair of numbers. */
export function spot(place, digits = 4) {
  return `(${place.map((value) => short(value, digits)).join(", ")})`;
}

/** Return where in its picture a pointer or a finger is, in pixels. */
export function pixels(event) {
  const box = event.target.closest("svg").getBoundingClientRect();
  const { clientX, clientY } = event.touches?.[0] ?? event;
  return [clientX - box.left, clientY - box.top];
}

/** Return the point nearest to a place in the picture, and how many pixels away it is: {row, gap}. */
export function nearest(x, scales, [px, py]) {
  let [row, gap] = [0, Infinity];
  x.forEach(([a, b], n) => {
    const far = Math.hypot(scales.x(a) - px, scales.y(b) - py);
    if (far < gap) [row, gap] = [n, far];
  });
  return { row, gap };
}

/** Return what a picture listens to: the point under the pointer is chosen, unless `ignored(event)`. */
export function looking(context, x, scales, ignored = () => false) {
  const look = (event) => {
    if (ignored(event)) return;
    const { row, gap } = nearest(x, scales, pixels(event));
    if (gap < REACH && row !== context.row) context.choose(row);
  };
  return { onpointermove: look, onpointerdown: look };
}

/** Return the ring around the chosen point. */
export function ring({ x, y }, [a, b], r = 10) {
  return h("circle", { class: "ring", cx: x(a), cy: y(b), r });
}

/** Return the slider that chooses a point, from left to right. */
export function chooser({ row, choose }, x, digits = 4) {
  const order = x.map((_, n) => n).sort((a, b) => x[a][0] - x[b][0] || x[a][1] - x[b][1]);
  return h("label", { class: "observation" }, `${say("observation")} = ${spot(x[row], digits)} `, h("input", {
    type: "range", min: 0, max: x.length - 1, step: 1, value: String(order.indexOf(row)),
    oninput: (event) => choose(order[Number(event.target.value)]),
  }));
}
