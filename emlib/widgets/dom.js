// Pictures and panels are plain trees, made by pure functions; `patch` makes the page equal to one.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set([
  "svg", "g", "path", "circle", "rect", "line", "text", "title", "defs", "pattern", "polyline", "tspan", "clipPath",
]);

const listening = new WeakMap(); // elements and the handlers they were given: these are no attributes
const KEPT = ["data-lit", "tabindex"]; // set by the player after a patch

/** Return a tree node; children may be nodes, strings, numbers, arrays, or null for nothing. */
export function h(tag, attributes = {}, ...children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined);
  return { tag, attributes, children: kept.map((c) => (typeof c === "object" ? c : String(c))) };
}

/** Return the tree as markup: for tests, and for whoever wants a picture without a page. */
export function toMarkup(node) {
  if (typeof node === "string") return escape(node);
  const attributes = Object.entries(node.attributes)
    .filter(([name, value]) => !name.startsWith("on") && value !== null && value !== undefined && value !== false)
    .map(([name, value]) => ` ${name}="${escape(String(value === true ? "" : value))}"`);
  return `<${node.tag}${attributes.join("")}>${node.children.map(toMarkup).join("")}</${node.tag}>`;
}

function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}

/** Make the children of `parent` equal to `nodes`, keeping elements (and so the focus) in place. */
export function patch(parent, nodes) {
  nodes.forEach((node, position) => {
    const old = parent.childNodes[position];
    const fresh = sameKind(old, node) ? old : create(node);
    if (fresh !== old) {
      if (old) parent.replaceChild(fresh, old);
      else parent.appendChild(fresh);
    }
    update(fresh, node);
  });
  while (parent.childNodes.length > nodes.length) parent.lastChild.remove();
}

function sameKind(element, node) {
  if (!element) return false;
  if (typeof node === "string") return element.nodeType === 3;
  return element.nodeType === 1 && element.localName === node.tag;
}

function create(node) {
  if (typeof node === "string") return document.createTextNode(node);
  return SVG_TAGS.has(node.tag)
    ? document.createElementNS(SVG, node.tag)
    : document.createElement(node.tag);
}

function update(element, node) {
  if (typeof node === "string") {
    if (element.textContent !== node) element.textContent = node;
    return;
  }
  for (const name of element.getAttributeNames()) {
    if (!(name in node.attributes) && !KEPT.includes(name)) element.removeAttribute(name);
  }
  for (const name of listening.get(element) ?? []) if (!(name in node.attributes)) element[name] = null;
  for (const [name, value] of Object.entries(node.attributes)) setAttribute(element, name, value);
  patch(element, node.children);
}

function setAttribute(element, name, value) {
  if (name.startsWith("on")) {
    element[name] = value; // a property, so a new handler replaces the old one
    if (!listening.has(element)) listening.set(element, new Set());
    listening.get(element).add(name);
  } else if (name === "value" || name === "checked" || name === "selected") {
    if (element[name] !== value) element[name] = value;
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value === true ? "" : value);
  }
}
