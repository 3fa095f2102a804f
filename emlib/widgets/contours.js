// Contours of a function of two numbers, as SVG paths.

import { line } from "./draw.js";

const CELLS = 56; // squares along each side of the map

/** Return one path per level; the levels lie 0.25, 0.5, 1, 2, … below the highest point of the map. */
export function contours(height, x, y) {
  const at = ({ domain: [low, high] }, n) => low + ((high - low) * n) / CELLS;
  const rows = Array.from({ length: CELLS + 1 }, (_, r) =>
    Float64Array.from({ length: CELLS + 1 }, (_, c) => height(at(x, c), at(y, r))));
  const top = Math.max(...rows.map((row) => Math.max(...row)));
  const place = ([c, r]) => [x(at(x, c)), y(at(y, r))];
  return Array.from({ length: 12 }, (_, n) => contour(rows, top - 2 ** (n - 2), place)).filter(Boolean);
}

// Through every square that the level crosses goes one short line (marching squares).
function contour(rows, level, place) {
  let path = "";
  for (let r = 0; r < CELLS; r += 1) {
    for (let c = 0; c < CELLS; c += 1) {
      const below = (rows[r][c] < level) + (rows[r][c + 1] < level) + (rows[r + 1][c] < level) + (rows[r + 1][c + 1] < level);
      if (below === 0 || below === 4) continue; // most squares lie on one side
      const corners = [[c, r], [c + 1, r], [c + 1, r + 1], [c, r + 1]];
      const heights = corners.map(([i, j]) => rows[j][i] - level);
      const cuts = corners.flatMap(([i, j], n) => {
        const [to, next] = [corners[(n + 1) % 4], heights[(n + 1) % 4]];
        if (heights[n] < 0 === next < 0) return [];
        const part = heights[n] / (heights[n] - next);
        return [place([i + (to[0] - i) * part, j + (to[1] - j) * part])];
      });
      if (cuts.length > 1) path += line(cuts.slice(0, 2));
    }
  }
  return path;
}
