// What every picture needs: scales, ticks, numbers, and the marks of the components.

export const LETTERS = ["A", "B", "C", "D", "E", "F", "G", "H"];

/** Return a linear map from [d0, d1] to [r0, r1], with its inverse. */
export function linear([d0, d1], [r0, r1]) {
  const slope = (r1 - r0) / (d1 - d0 || 1);
  const scale = (value) => r0 + (value - d0) * slope;
  scale.inverse = (pixel) => d0 + (pixel - r0) / slope;
  scale.domain = [d0, d1];
  return scale;
}

/** Return about `count` round numbers inside [low, high]. */
export function ticks([low, high], count) {
  const raw = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw || 1));
  const step = power * [1, 2, 5, 10].find((multiple) => power * multiple >= raw * 0.999);
  const values = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n += 1) {
    values.push(Number((n * step).toPrecision(12)));
  }
  return values;
}

/** Return a number with at most `digits` significant digits and no more than it needs. */
export function short(value, digits = 4) {
  if (!Number.isFinite(value)) return "–∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return minus(value.toExponential(digits - 1));
  const places = size === 0 ? 0 : digits - 1 - Math.floor(Math.log10(size));
  return minus(String(Number(value.toFixed(Math.min(12, Math.max(0, places))))));
}

/** Return a number with exactly `places` decimals. */
export function fixed(value, places = 4) {
  return minus(value.toFixed(places));
}

/** Return a number with four decimals, or … until Python has answered; rounding leaves no minus zero. */
export function amount(value) {
  return Number.isFinite(value) ? fixed(Math.abs(value) < 5e-5 ? 0 : value) : "…";
}

/** Return a share between 0 and 1 as a percentage that never rounds to 0 % or 100 % by accident. */
export function percent(share) {
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share > 0.9995) return "> 99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

/** Return a number that may follow an operator: brackets around a negative one, 0 for mere rounding. */
export function bracketed(value, digits = 6) {
  const text = short(calm(value), digits);
  return value < 0 && text !== "0" ? `(${text})` : text;
}

/** Return a number without what rounding left of 0. */
export function calm(value, places = 12) {
  return Math.abs(value) < 0.5 * 10 ** -places ? 0 : value;
}

function minus(text) {
  return text.replaceAll("-", "−");
}

/** Return the polyline path through points [[x, y], …]. */
export function line(points) {
  return points.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Return `from` moved towards `to` by the share `t`, for numbers and nested arrays of numbers. */
export function blend(from, to, t) {
  if (typeof to === "number") return from + (to - from) * t;
  return Array.from(to, (value, n) => blend(from[n], value, t));
}
