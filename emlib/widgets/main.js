// The one door: anywidget calls `render` in JupyterLab, static.js calls it in the book.

import { basins } from "./basins.js";
import { coins } from "./coins.js";
import { dish } from "./dish.js";
import { gaussian } from "./gaussian.js";
import { play } from "./player.js";

const VIEWS = { basins, coins, dish, gaussian };

/** Draw the widget of `model` inside `el`; returns the function that takes it away. */
export function render({ model, el }) {
  return play(model, el, VIEWS[model.get("problem").view]);
}
