// What pictures of two features share: the plane and its axes, points, ellipses and means.
// Points are rows [a, b]; shares are tables with one row per component, as in engine.js.

import { h } from "./dom.js";
import { LETTERS, line, linear, short, ticks } from "./draw.js";
import { handle } from "./parts.js";
import { say } from "./strings.js";

const EDGE = { left: 46, right: 12, top: 30, bottom: 42 };
const OBLONG = 3; // ranges that differ by less are drawn to one scale, so that a circle is round
const UNIT = {
  square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  triangle: [[0, -1.3], [1.2, 0.85], [-1.2, 0.85]],
  diamond: [[0, -1.3], [1.15, 0], [0, 1.3], [-1.15, 0]],
  tip: [[0, 1.3], [-1.2, -0.85], [1.2, -0.85]],
  cross: [[-0.55, -1.25], [0.55, -1.25], [0.55, -0.55], [1.25, -0.55], [1.25, 0.55], [0.55, 0.55],
    [0.55, 1.25], [-0.55, 1.25], [-0.55, 0.55], [-1.25, 0.55], [-1.25, -0.55], [-0.55, -0.55]],
};
const SHAPES = ["circle", "square", "triangle", "diamond", "tip", "cross"]; // of components A to F

/** Return the window on `range` [[low, high], [low, high]]: scales x and y, and the box they fill. */
export function scalesOf([across, up], width) {
  const outer = Math.min(width, 640);
  const box = { left: (width - outer) / 2 + EDGE.left, top: EDGE.top, width: outer - EDGE.left - EDGE.right };
  box.height = Math.round(Math.min(440, Math.max(box.width * 0.85, 240)));
  const [first, second] = oneScale(across, up, box.width / box.height);
  return {
    box, width, height: box.top + box.height + EDGE.bottom,
    x: linear(first, [box.left, box.left + box.width]),
    y: linear(second, [box.top + box.height, box.top]),
  };
}

// Similar ranges get one scale: the narrower one gains room on both sides.
function oneScale(across, up, aspect) {
  const [wide, tall] = [across, up].map(([low, high]) => high - low);
  if (Math.max(wide / tall, tall / wide) > OBLONG) return [across, up];
  const grown = ([low, high], size) => [(low + high - size) / 2, (low + high + size) / 2];
  return [grown(across, Math.max(wide, tall * aspect)), grown(up, Math.max(tall, wide / aspect))];
}

/** Return the frame of the plane, its ticks, and the names of the two features. */
export function axes({ x, y, box }, features) {
  const [bottom, right] = [box.top + box.height, box.left + box.width];
  return h("g", {},
    h("g", {}, ticks(x.domain, box.width / 60).map((value) => h("g", { class: "tick" },
      h("line", { x1: x(value), x2: x(value), y1: box.top, y2: bottom }),
      h("text", { x: x(value), y: bottom + 17, "text-anchor": "middle" }, short(value, 6))))),
    h("g", {}, ticks(y.domain, box.height / 60).map((value) => h("g", { class: "tick" },
      h("line", { x1: box.left, x2: right, y1: y(value), y2: y(value) }),
      h("text", { x: box.left - 6, y: y(value) + 4, "text-anchor": "end" }, short(value, 6))))),
    h("path", { class: "axis", fill: "none", d: line([[box.left, box.top], [box.left, bottom], [right, bottom]]) }),
    h("text", { class: "feature", x: right, y: bottom + 36, "text-anchor": "end" }, `${features[0]} →`),
    h("text", { class: "feature", x: box.left - 38, y: 16 }, `↑ ${features[1]}`));
}

/** Return the mark of component k at a place of the picture, as the path of an SVG. */
export function marker(k, x, y, size) {
  return `M${x.toFixed(1)} ${y.toFixed(1)}${shape(k, size)}`;
}

function shape(k, size) {
  const part = (value) => Number((size * value).toFixed(2));
  const corners = UNIT[SHAPES[k % SHAPES.length]];
  if (!corners) return `m${-size} 0a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
  const sides = corners.slice(1).map(([a, b], n) => `l${part(a - corners[n][0])} ${part(b - corners[n][1])}`);
  return `m${part(corners[0][0])} ${part(corners[0][1])}${sides.join("")}z`;
}

/** Return the points: the mark of the most probable component, in a blend of the shares' colours. */
export function points({ x, y }, data, shares, size = 4) {
  const shapes = (shares ?? [0]).map((_, k) => shape(k, size));
  return h("g", { class: "points" }, data.map(([a, b], n) => {
    const k = shares ? mostProbable(shares, n) : 0;
    return h("path", {
      class: shares ? `point fill-${k}` : "point unshared", style: shares ? shade(shares, n) : null, "data-row": n,
      d: `M${x(a).toFixed(1)} ${y(b).toFixed(1)}${shapes[k]}`,
    });
  }));
}

/** Return the component with the largest share of observation n; of equal ones, the first. */
export function mostProbable(shares, n) {
  let best = 0;
  for (let k = 1; k < shares.length; k += 1) if (shares[k][n] > shares[best][n]) best = k;
  return best;
}

/** Return the blended colour of observation n, in whole percents; null where one component has it all. */
export function shade(shares, n) {
  let [colour, sum, parts] = ["", 0, 0];
  for (let k = 0; k < shares.length; k += 1) {
    const share = Math.round(100 * shares[k][n]);
    if (!share) continue;
    sum += share;
    parts += 1;
    colour = parts === 1 ? `var(--em-${k})` : `color-mix(in oklab,var(--em-${k}) ${Math.round((100 * share) / sum)}%,${colour})`;
  }
  return parts > 1 ? `fill:${colour}` : null;
}

/** Return the path of the ellipse at `radius` standard deviations around a mean (covariance 2 × 2). */
export function ellipse({ x, y }, [a, b], cov, radius) {
  const [right, up] = [x(1) - x(0), y(1) - y(0)]; // pixels per unit; the second is negative
  const [p, q, r] = [right * right * cov[0][0], right * up * cov[0][1], up * up * cov[1][1]];
  const root = Math.hypot((p - r) / 2, q);
  const [long, narrow] = [(p + r) / 2 + root, Math.max(0, (p + r) / 2 - root)].map((v) => radius * Math.sqrt(v));
  const angle = Math.atan2(2 * q, p - r) / 2;
  const [dx, dy] = [long * Math.cos(angle), long * Math.sin(angle)];
  const arc = `A${long.toFixed(1)} ${narrow.toFixed(1)} ${((angle * 180) / Math.PI).toFixed(1)} 1 0 `;
  const at = (sign) => `${(x(a) + sign * dx).toFixed(1)} ${(y(b) + sign * dy).toFixed(1)}`;
  return `M${at(-1)}${arc}${at(1)}${arc}${at(-1)}z`;
}

/** Return a group of which nothing is drawn outside of the frame. */
export function framed({ box }, uid, ...children) {
  const { left: x, top: y, width, height } = box;
  return h("g", { "clip-path": `url(#${uid}-frame)` },
    h("clipPath", { id: `${uid}-frame` }, h("rect", { x, y, width, height })), children);
}

/** Return the ellipses of all components at one and two standard deviations. */
export function ellipses(scales, means, covs) {
  return h("g", {}, means.map((mean, k) => [1, 2].map((radius) => h("path", {
    class: `ellipse sd-${radius} stroke-${k}`, "data-component": k, d: ellipse(scales, mean, covs[k], radius),
  }))));
}

/** Return the paths of the means through `stations`, a list of lists of means. */
export function trails({ x, y }, stations) {
  return h("g", {}, (stations[0] ?? []).map((_, k) => h("path", {
    class: `way stroke-${k}`, d: line(stations.map((means) => [x(means[k][0]), y(means[k][1])])),
  })));
}

/** Return the mean of component k: its mark and letter, and a handle when `set` says what moving it does. */
export function mean(context, scales, k, [a, b], features, set) {
  const { x, y } = inside(scales, a, b);
  const mark = h("path", { class: `mean fill-${k}`, d: marker(k, x, y, 13) });
  const letter = h("text", { class: "on-fill", x, y: y + 4, "text-anchor": "middle" }, LETTERS[k]);
  if (!set) return h("g", { "data-component": k }, mark, letter);
  return pin(context, scales, { at: [a, b], component: k, label: say("meanOf", { name: LETTERS[k] }), features, set, mark: [mark, letter] });
}

/**
 * Return something that moves in both directions, by pointer or by arrow keys (Shift: ten times as far).
 * It is a slider of the first feature; `set([a, b])` returns the start with it at its new place.
 */
export function pin(context, scales, { at: [a, b], component, label, features, set, mark }) {
  const spans = [scales.x.domain, scales.y.domain];
  const go = (place) => set(place.map((value, axis) => tidy(value, spans[axis])));
  const node = handle(context, {
    ...inside(scales, a, b), component, label, mark, value: a, low: spans[0][0], high: spans[0][1],
    text: placeText(features, [a, b]),
    set: (typed, px, py) => go([typed ?? scales.x.inverse(px), typed === null ? scales.y.inverse(py) : b]),
  });
  const horizontal = node.attributes.onkeydown;
  node.attributes.onkeydown = (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
    const move = moves[event.key];
    if (!move) return horizontal(event);
    event.preventDefault();
    event.stopPropagation();
    context.nudge(() => go([a, b].map((value, axis) => value + stride(spans[axis], event.shiftKey) * move[axis])));
  };
  return node;
}

/** Return how far an arrow key moves: a hundredth of the axis, or a tenth. */
export function stride([low, high], far) {
  return (high - low) / (far ? 10 : 100);
}

/** Return a place in words. */
export function placeText(features, place) {
  return features.map((name, axis) => `${name} ${short(place[axis])}`).join(", ");
}

/** Return a coordinate inside its axis, rounded to about a thousandth of it. */
export function tidy(value, [low, high]) {
  const unit = 10 ** Math.floor(Math.log10((high - low) / 500));
  return Number((Math.round(Math.min(high, Math.max(low, value)) / unit) * unit).toPrecision(12));
}

// Where something is drawn that may lie outside of the window.
function inside({ x, y, box }, a, b) {
  const clamp = (value, low, size) => Math.min(low + size, Math.max(low, value));
  return { x: clamp(x(a), box.left, box.width), y: clamp(y(b), box.top, box.height) };
}
