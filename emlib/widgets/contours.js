// Contours of a function of two numbers.

import { line } from "./draw.js";

const CELLS = 56; // squares along each side of the map

/** Return one SVG path per level; the levels lie 0.25, 0.5, 1, 2, … below the top of the map. */
export function contours(height, x, y) {
  const at = ({ domain: [low, high] }, n) => low + ((high - low) * n) / CELLS;
  const rows = Array.from({ length: CELLS + 1 }, (_, r) =>
    Float64Array.from({ length: CELLS + 1 }, (_, c) => height(at(x, c), at(y, r))));
  const top = Math.max(...rows.map((row) => Math.max(...row)));
  const place = ([c, r]) => [x(at(x, c)), y(at(y, r))];
  return Array.from({ length: 12 }, (_, n) => contour(rows, top - 2 ** (n - 2)))
    .filter(({ length }) => length).map((segments) => segments.map((ends) => line(ends.map(place))).join(""));
}

/** Return the segments [[x, y], [x, y]] at which a table of heights crosses a level, in cells. */
export function contour(heights, level) {
  const segments = [];
  for (let r = 0; r < heights.length - 1; r += 1) {
    for (let c = 0; c < heights[0].length - 1; c += 1) {
      const below = (heights[r][c] < level) + (heights[r][c + 1] < level) + (heights[r + 1][c] < level) + (heights[r + 1][c + 1] < level);
      if (below === 0 || below === 4) continue; // most squares lie on one side
      const cuts = cutsOf([[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]], heights, level);
      for (let n = 0; n + 1 < cuts.length; n += 2) segments.push([cuts[n], cuts[n + 1]]);
    }
  }
  return segments;
}

// Where the edges of one square cross the level (marching squares).
function cutsOf(corners, heights, level) {
  return corners.flatMap(([x0, y0], n) => {
    const [x1, y1] = corners[(n + 1) % 4];
    const [from, to] = [heights[y0][x0], heights[y1][x1]];
    if (from < level === to < level) return [];
    const part = (level - from) / (to - from);
    return [[x0 + part * (x1 - x0), y0 + part * (y1 - y0)]];
  });
}
