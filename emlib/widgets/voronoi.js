// Where two means are equally near, and no other mean is nearer: the edges between their cells.

/**
 * Return the edges {pair: [i, j], from: [x, y], to: [x, y]} between the cells of `means` inside the
 * box [[left, right], [bottom, top]]. Means on one spot have no edge between them.
 */
export function voronoi(means, box) {
  return means.flatMap((_, i) => means.slice(i + 1).map((_, n) => edge(means, i, i + 1 + n, box))).filter(Boolean);
}

// The line between two means, clipped by the box and by the half-plane of every other mean.
function edge(means, i, j, [across, up]) {
  const [one, other] = [means[i], means[j]];
  const apart = [other[0] - one[0], other[1] - one[1]];
  if (Math.hypot(...apart) === 0) return null;
  const middle = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
  const along = [-apart[1], apart[0]];
  const walls = [
    [[1, 0], across[1]], [[-1, 0], -across[0]], [[0, 1], up[1]], [[0, -1], -up[0]],
    ...means.filter((_, k) => k !== i && k !== j).map((mean) => nearer(one, mean)),
  ];
  const ends = walls.reduce((kept, wall) => clipped(kept, middle, along, wall), [-Infinity, Infinity]);
  if (!(ends[1] - ends[0] > 1e-9)) return null; // rounding, where four cells meet
  const [from, to] = ends.map((t) => [middle[0] + t * along[0], middle[1] + t * along[1]]);
  return { pair: [i, j], from, to };
}

// The half-plane normal · p ≤ bound of all places at least as near to `one` as to `mean`.
function nearer(one, mean) {
  const normal = [mean[0] - one[0], mean[1] - one[1]];
  return [normal, (dot(normal, mean) + dot(normal, one)) / 2];
}

// The part of middle + t · along, t between low and high, that lies in a half-plane.
function clipped([low, high], middle, along, [normal, bound]) {
  const [slope, room] = [dot(normal, along), bound - dot(normal, middle)];
  if (slope > 0) return [low, Math.min(high, room / slope)];
  if (slope < 0) return [Math.max(low, room / slope), high];
  return room >= -1e-9 * dot(normal, normal) ? [low, high] : [0, 0];
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1];
}
