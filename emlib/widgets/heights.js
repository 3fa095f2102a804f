// The surface F(q, θ) as a table of heights, and the lines that join equal ones.

/** Return F(q, θ) from the two log p(x, z | θ). */
export function heightOf(q, first, second) {
  const part = (share, log) => (share === 0 ? 0 : share * (log - Math.log(share))); // 0 · log 0 counts as 0
  return part(q, first) + part(1 - q, second);
}

/** Return the segments [[x, y], [x, y]] at which a table of heights crosses a level, in cells. */
export function contour(heights, level) {
  const segments = [];
  for (let row = 0; row < heights.length - 1; row += 1) {
    for (let column = 0; column < heights[0].length - 1; column += 1) {
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const crossings = corners.flatMap(([x0, y0], n) => {
        const [x1, y1] = corners[(n + 1) % 4];
        const [from, to] = [heights[y0][x0], heights[y1][x1]];
        if (from < level === to < level) return [];
        const t = (level - from) / (to - from);
        return [[x0 + t * (x1 - x0), y0 + t * (y1 - y0)]];
      });
      for (let n = 0; n + 1 < crossings.length; n += 2) segments.push([crossings[n], crossings[n + 1]]);
    }
  }
  return segments;
}
