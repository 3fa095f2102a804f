// The half-steps a run can take: their words, their keys, and their marks on the timeline.

import { say } from "./strings.js";

export const KINDS = {
  E: { button: "eStep", after: "afterE", due: "notYetE", letter: "E" },
  M: { button: "mStep", after: "afterM", due: "notYetM", letter: "M" },
  observe: { button: "observe", after: "afterObserve", due: "notYetObserve", letter: "O" },
  update: { button: "update", after: "afterUpdate", due: "notYetUpdate", letter: "U" },
  adjust: { button: "adjust", after: "afterAdjust", due: "notYetAdjust", letter: "A" },
};

export const TWO = ["E", "M"]; // what nearly every run alternates between

/** Return the one or two kinds of half-step that make up a view's runs. */
export function kindsOf(view) {
  return view.kinds ?? TWO;
}

/** Return the name of a half-step in words. */
export function nameOf({ kind, iteration }) {
  return kind === "start" ? say("start") : say(KINDS[kind].after, { iteration });
}
