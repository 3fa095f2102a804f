// The player moves along the half-steps: by button, key, timeline, drag, or from Python.

import { controls, settings, timeline } from "./controls.js";
import { h, patch } from "./dom.js";
import { blend } from "./draw.js";
import { KINDS, kindsOf, TWO } from "./kinds.js";
import { code } from "./parts.js";
import { say } from "./strings.js";
import { received } from "./trace.js";

const SYNCED = ["problem", "options", "start", "position"];
const LEVELS = 100; // of undo
let widgets = 0;

/** Bring one widget to life in `root`; returns a function that takes it away again. */
export function play(model, root, view) {
  const uid = `emlib-${(widgets += 1)}`;
  const kinds = kindsOf(view);
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  const local = {
    ...synced(), original: model.get("start"), given: model.get("options"), reached: model.get("position"), blend: 1, from: null,
    playing: null, speed: 1, dragging: false, steps: [], width: 0, past: [], own: {},
  };
  local.row = view.firstRow?.(local.problem) ?? 0;
  const engine = Boolean(local.problem.engine);
  const movable = engine || !model.isStatic; // somebody must compute a new start

  function synced() {
    return Object.fromEntries(SYNCED.map((name) => [name, model.get(name)]));
  }

  function compute() {
    const sent = model.get("steps") ?? [];
    local.steps = sent.length && !local.ahead ? received(sent) : view.halfSteps(local.problem, local.start, local.options);
    local.position = Math.min(local.position, local.steps.length - 1);
    local.reached = Math.min(local.reached, local.steps.length - 1);
  }

  function send(values) {
    local.sending = true; // what we set ourselves is no news
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    local.sending = false;
    if (!local.dragging) model.save_changes();
  }

  function go(position) {
    const last = local.steps.length - 1;
    const to = Math.min(Math.max(0, position), last);
    if (to === local.position) return;
    const oneStep = Math.abs(to - local.position) === 1 && !still?.matches;
    local.from = oneStep ? local.steps[local.position] : null;
    local.position = to;
    local.reached = Math.max(local.reached, to);
    send({ position: to });
    if (to === last) pause();
    if (oneStep) animate();
    else draw();
  }

  function animate() {
    const begin = performance.now();
    const tick = (now) => {
      local.blend = Math.min(1, (now - begin) / (320 / local.speed));
      draw();
      local.frame = local.blend < 1 ? requestAnimationFrame(tick) : null;
    };
    cancelAnimationFrame(local.frame);
    local.blend = 0;
    local.frame = requestAnimationFrame(tick);
  }

  function due() {
    return local.position >= local.steps.length - 1 ? null : local.steps[local.position + 1].kind;
  }

  function take(kind) {
    if (due() === kind) go(local.position + 1);
    else draw(due() ? say(KINDS[due()].due) : atEnd());
  }

  function atEnd() {
    const { iteration } = local.steps.at(-1);
    if (view.ended) return view.ended(local.steps.at(-1), context());
    return iteration >= 500 ? say("atLimit", { iteration }) : say("atEnd");
  }

  function pause() {
    clearInterval(local.playing);
    local.playing = null;
  }

  function toggle() {
    if (local.playing) pause();
    else if (due()) {
      local.playing = setInterval(() => go(local.position + 1), 900 / local.speed);
      go(local.position + 1);
    }
    draw();
  }

  // Another start, other options, other data: the run begins again. `words` say what happened.
  function begin(start, options = local.options, problem = local.problem, words) {
    if (view.undo && !local.held && news({ start, options, problem })) remember();
    local.held = local.dragging; // a drag is one change
    settle({ start, options, problem, position: 0, reached: 0 }, words);
  }

  function settle(fresh, words) {
    pause();
    const otherData = fresh.problem !== local.problem;
    Object.assign(local, fresh, { from: null, blend: 1, ahead: engine });
    if (!engine) local.steps = (!otherData && answered(local.start)) || [{ ...local.steps[0], params: local.start, log_joint: null, log_likelihood: NaN }];
    if (engine) compute();
    else local.position = Math.min(local.position, local.steps.length - 1);
    const { start, options, position, problem } = local;
    send({ start, options, position, ...(otherData && { problem }) });
    draw(words);
  }

  // Other options, the start made to fit. A view that `stays` shows the same half-step of the new
  // run, or its end if the reader was at the end.
  function change(options) {
    const place = local.position > 0 && !due() ? Infinity : local.position;
    local.original = adapt(local.original, options);
    begin(adapt(local.start, options), options);
    if (view.stays) go(place);
  }

  // Python's steps, if they begin at this start; otherwise it has yet to answer.
  function answered(start) {
    const steps = received(model.get("steps"));
    return JSON.stringify(steps[0]?.params) === JSON.stringify(start) ? steps : null;
  }

  function news(fresh) {
    return fresh.problem !== local.problem || ["start", "options"].some((name) => JSON.stringify(fresh[name]) !== JSON.stringify(local[name]));
  }

  function remember() {
    const { start, options, problem, position, reached, original } = local;
    local.past = [...local.past.slice(1 - LEVELS), { start, options, problem, position, reached, original }];
  }

  function undo() {
    const before = local.past.at(-1);
    if (!before) return draw(say("nothingToUndo"));
    local.past = local.past.slice(0, -1);
    settle(before, say("undone"));
  }

  // What a handle or a map returns: a start, or a list of what `begin` takes.
  const restart = (made) => begin(...[made].flat());

  // A handle moves with the pointer; a map (`atOnce`) also answers a click.
  function grab(event, set, atOnce = false) {
    const svg = event.target.closest("svg");
    const place = (at) => {
      const box = svg.getBoundingClientRect();
      restart(set(null, at.clientX - box.left, at.clientY - box.top));
    };
    event.preventDefault();
    event.target.closest("[tabindex]")?.focus({ preventScroll: true });
    Object.assign(local, { dragging: true, held: false });
    if (atOnce) place(event);
    const end = () => {
      Object.assign(local, { dragging: false, held: false });
      window.removeEventListener("pointermove", place);
      model.save_changes();
      draw();
    };
    window.addEventListener("pointermove", place);
    window.addEventListener("pointerup", end, { once: true });
    window.addEventListener("pointercancel", end, { once: true });
  }

  function context() {
    const step = local.steps[local.position];
    const from = local.blend < 1 ? local.from : null;
    const names = Object.keys(step.params);
    const params = from
      ? Object.fromEntries(names.map((n) => [n, blend(from.params[n], step.params[n], local.blend)]))
      : step.params;
    const posterior = from?.posterior && step.posterior
      ? blend(from.posterior, step.posterior, local.blend) : step.posterior;
    return {
      uid, problem: local.problem, step, params, posterior, options: local.options, steps: local.steps,
      position: local.position, width: local.width, row: local.row, start: local.start,
      movable, redraw: draw, begin, grab, undo, past: local.past.length, own: local.own,
      nudge: (set, value) => restart(set(value)),
      choose: (row) => { local.row = row; draw(); },
      keep: (values, words) => { local.own = { ...local.own, ...values }; draw(words); }, // what only the view knows
      origin: (start) => { local.original = start; }, // where "reset" leads
    };
  }

  function draw(words) {
    const here = context();
    const said = typeof words === "string" ? words : local.dragging && engine && kinds === TWO
      ? say("dragging", { iterations: local.steps.at(-1).iteration }) : view.said(here);
    const state = { ...local, movable, due: due(), kinds, curve: view.curve };
    patch(root, [
      settings(state, actions, view.settings?.(here)),
      h("div", { class: "picture" }, view.picture(here)),
      ...(movable && view.tools ? [view.tools(here)] : []),
      controls(state, actions),
      timeline(state, actions),
      h("p", { class: "said", "aria-live": local.playing ? "off" : "polite" }, said),
      h("div", { class: "panels" },
        h("div", { class: "ledger", role: "group", "aria-label": say("arithmetic") }, h("p", { class: "title" }, say("arithmetic")), ...view.ledger(here)),
        code(local.problem.code, here.step.kind, local.options)),
    ]);
    relight();
    showCode(here.step.kind);
    reachBoxes();
  }

  // A box that scrolls must be reachable by keyboard, and only then.
  function reachBoxes() {
    for (const box of root.querySelectorAll(".ledger, pre")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  function showCode(kind) {
    const ran = kind !== local.shown && root.querySelector("pre code.ran");
    local.shown = kind;
    if (ran) ran.parentElement.scrollTop = ran.offsetTop - ran.parentElement.offsetTop;
  }

  function hasten(speed) {
    local.speed = speed;
    if (local.playing) {
      pause();
      toggle();
    }
  }

  function run() {
    pause();
    go(local.steps.length - 1);
  }

  function reset() {
    const options = view.resetsOptions ? local.given : local.options;
    if (local.position === 0 && movable) begin(adapt(local.original, options), options);
    else {
      pause();
      local.reached = 0;
      go(0);
    }
  }

  function relight() {
    for (const lit of root.querySelectorAll("[data-lit]")) lit.removeAttribute("data-lit");
    for (const [key, words] of Object.entries(local.lit ?? {})) {
      for (const element of root.querySelectorAll(`[data-${key}]`)) {
        if (element.dataset[key].split(" ").some((word) => words.includes(word))) element.setAttribute("data-lit", "");
      }
    }
  }

  function point(event) {
    const lit = {};
    for (const key of ["row", "component", "code"]) {
      const element = event.target.closest?.(`[data-${key}]`);
      if (element && root.contains(element)) lit[key] = element.dataset[key].split(" ");
    }
    local.lit = lit;
    relight();
  }

  function unlight() {
    local.lit = {};
    relight();
  }

  function press(event) {
    if (view.undo && event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      undo();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input")) return;
    const keys = {
      ...Object.fromEntries(kinds.map((kind) => [KINDS[kind].letter.toLowerCase(), () => take(kind)])), r: reset, ...(view.undo && { z: undo }),
      ArrowLeft: () => go(local.position - 1), ArrowRight: () => go(local.position + 1),
      ...(event.target.closest("button") ? {} : { " ": toggle }),
      ...(event.target.closest(".timeline") ? {
        ArrowDown: () => go(local.position - 1), ArrowUp: () => go(local.position + 1),
        Home: () => go(0), End: () => go(local.reached),
      } : {}),
    };
    const inCode = event.target.closest("pre, .ledger") && event.key.startsWith("Arrow"); // these scroll
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action || inCode) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  function follow() { // Python moved something
    if (local.dragging || local.sending) return;
    Object.assign(local, synced());
    compute();
    local.reached = Math.max(local.reached, local.position);
    draw();
  }

  function answer() { // Python has computed the steps: ours give way to them
    local.ahead = false;
    follow();
  }

  // Another option may ask for another start: a view's `adapt` makes the old one fit.
  const adapt = (start, options) => view.adapt?.(local.problem, start, options, local.options) ?? start;
  const actions = { take, go, toggle, run, reset, begin, adapt, change, pause, hasten };
  root.classList.add("emlib-live");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", say(view.name ?? "widget"));
  root.tabIndex = -1;
  root.addEventListener("keydown", press);
  root.addEventListener("pointerover", point);
  root.addEventListener("pointerleave", unlight);
  const resized = new ResizeObserver(() => {
    const width = Math.floor(root.clientWidth) - 2 * parseFloat(getComputedStyle(root).paddingLeft);
    if (width > 0 && width !== local.width) {
      local.width = width;
      draw();
    }
  });
  compute();
  resized.observe(root);
  const moved = SYNCED.map((name) => `change:${name}`);
  for (const name of moved) model.on(name, follow);
  model.on("change:steps", answer);
  return () => {
    pause();
    resized.disconnect();
    for (const name of moved) model.off(name, follow);
    model.off("change:steps", answer);
  };
}
