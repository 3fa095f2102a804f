// What stands around the picture: presets and switches, the buttons, the timeline.
// Pure functions of the player's state; `actions` are the player's moves.

import { h } from "./dom.js";
import { short } from "./draw.js";
import { KINDS, nameOf } from "./kinds.js";
import { say } from "./strings.js";
import { timelinePicture, timeScale } from "./timeline.js";

const SPEEDS = [0.5, 1, 2, 4];

/** Return the presets and the switches of the model, after what a view adds of its own. */
export function settings({ problem, start, options, movable }, { begin, adapt, change }, own = null) {
  const starts = problem.presets.filter(({ data }) => data === undefined || data === options.data);
  return h("div", { class: "settings" }, own,
    starts.length && movable ? presets(starts, start, (one) => begin(adapt(one, options))) : null,
    Object.entries(options).map(([name, value]) => {
      const set = (fresh) => change({ ...options, [name]: fresh });
      if (typeof value === "boolean") return flip(name, value, movable, set);
      if (problem.choices?.[name]) return choice(name, value, problem.choices[name], set);
      return problem.stops?.[name] ? stops(name, value, problem.stops[name], set) : knob(name, value, problem.ranges[name], set);
    }));
}

// A short list of values, in words where the table of strings has a word for one.
function choice(name, value, values, set) {
  return h("label", {}, `${say(name)} `, h("select", { onchange: (event) => set(values[event.target.value]) },
    values.map((one, n) => h("option", { value: String(n), selected: one === value }, typeof one === "string" ? say(one) : one))));
}

function flip(name, value, movable, set) {
  return h("label", {}, h("input", {
    type: "checkbox", checked: value, disabled: !movable, onchange: (event) => set(event.target.checked),
  }), ` ${say(name)}`);
}

function knob(name, value, [min, max, step], set) {
  return slide(name, value, { min, max, step, value: String(value), oninput: (event) => set(Number(event.target.value)) });
}

// A knob that only stops at the values of a list, which need not be evenly spaced.
function stops(name, value, values, set) {
  const nearest = values.reduce((best, one, n) => (Math.abs(one - value) < Math.abs(values[best] - value) ? n : best), 0);
  return slide(name, value, {
    min: 0, max: values.length - 1, step: 1, value: String(nearest), "aria-valuetext": short(value),
    oninput: (event) => set(values[event.target.value]),
  });
}

function slide(name, value, attributes) {
  return h("label", { class: "knob" }, `${say(name)} `, h("input", { type: "range", ...attributes }), h("output", {}, short(value)));
}

function presets(choices, start, begin) {
  const chosen = choices.findIndex((choice) => same(choice.start, start));
  const option = (value, selected, name, disabled) => h("option", { value: String(value), selected, disabled }, name);
  return h("label", {}, `${say("preset")} `, h("select", {
    onchange: (event) => choices[event.target.value] && begin(choices[event.target.value].start),
  }, choices.map(({ name }, n) => option(n, n === chosen, name)), option(-1, chosen < 0, say("ownStart"), true)));
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Return the buttons; the half-step that is due stands out. */
export function controls({ position, playing, speed, due, kinds }, { take, go, toggle, run, reset, hasten }) {
  const button = (key, action, off = false, main = false) => h("button", {
    type: "button", class: main ? "main" : null, "aria-disabled": off ? "true" : null, onclick: action,
  }, say(key));
  return h("div", { class: "controls", role: "group", "aria-label": say("steps"), title: kinds[1] ? say("keys", { first: KINDS[kinds[0]].letter, second: KINDS[kinds[1]].letter }) : say("keysOne", { first: KINDS[kinds[0]].letter }) },
    kinds.map((kind) => button(KINDS[kind].button, () => take(kind), due !== kind, due === kind)),
    button("back", () => go(position - 1), position === 0),
    button(playing ? "pause" : "play", toggle, !due && !playing),
    button("run", run, !due),
    button("reset", reset),
    h("label", {}, `${say("speed")} `, h("select", { onchange: (event) => hasten(Number(event.target.value)) },
      SPEEDS.map((one) => h("option", { value: String(one), selected: one === speed }, `${one}×`)))));
}

/** Return the timeline: a slider over the half-steps seen so far. */
export function timeline(state, { go, pause }) {
  const { steps, position, reached } = state;
  const scrub = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    go(Math.min(reached, Math.round(timeScale(state).inverse(event.clientX - box.left))));
  };
  return h("div", {
    class: "timeline", role: "slider", tabindex: 0, "aria-label": say("timeline"),
    "aria-valuemin": 0, "aria-valuemax": reached, "aria-valuenow": position,
    "aria-valuetext": say("timelineValue", { position, last: reached, name: nameOf(steps[position]) }),
    onpointerdown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); pause(); scrub(event); },
    onpointermove: (event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) scrub(event); },
  }, timelinePicture(state));
}
