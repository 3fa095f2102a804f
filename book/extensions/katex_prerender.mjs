// Renders TeX with KaTeX. One line of JSON in, one line of JSON out:
//   {"tex", "display", "macros"}  ->  {"html"} or {"error"}
// Started once per build by katex_prerender.py.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const katex = createRequire(import.meta.url)("../assets/vendor/katex/katex.min.js");

function render({ tex, display, macros }) {
  try {
    // A copy of the macros: KaTeX keeps \gdef definitions in the object it is given,
    // and one page must not depend on another.
    const options = { displayMode: display, macros: { ...macros }, strict: false };
    return { html: katex.renderToString(tex, options) };
  } catch (error) {
    return { error: error.message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(render(JSON.parse(line))) + "\n");
}
