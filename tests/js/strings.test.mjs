import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { say, STRINGS } from "../../emlib/widgets/strings.js";

const FOLDER = new URL("../../emlib/widgets/", import.meta.url);
const SOURCES = readdirSync(FOLDER).filter((name) => name.endsWith(".js") && name !== "strings.js")
  .map((name) => readFileSync(new URL(name, FOLDER), "utf8")).join("\n");

test("every string is used and every used string exists", () => {
  const names = Object.keys(STRINGS.en);
  const quoted = new Set([...SOURCES.matchAll(/"(\w+)"/g)].map((match) => match[1]));
  const options = new Set(["hard", "known", "moved", "newton", "rate", "q", "variance", "covariance", "full"]); // named by the Python half
  assert.deepEqual(names.filter((name) => !quoted.has(name) && !options.has(name)), []);
  const said = [...SOURCES.matchAll(/say\("(\w+)"/g)].map((match) => match[1]);
  assert.deepEqual(said.filter((name) => !names.includes(name)), []);
});

test("placeholders are filled in", () => {
  assert.equal(say("headsOfCoin", { name: "A" }), "probability of heads, coin A");
});

test("every translation has the same strings with the same placeholders", () => {
  const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const table of Object.values(STRINGS)) {
    for (const [name, text] of Object.entries(table)) {
      assert.deepEqual(holes(text), holes(STRINGS.en[name]), name);
    }
  }
});
