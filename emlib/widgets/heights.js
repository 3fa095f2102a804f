// The height of the surface F(q, θ) at one place.

/** Return F(q, θ) from the two log p(x, z | θ). */
export function heightOf(q, first, second) {
  const part = (share, log) => (share === 0 ? 0 : share * (log - Math.log(share))); // 0 · log 0 counts as 0
  return part(q, first) + part(1 - q, second);
}
