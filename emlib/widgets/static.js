// In the static book there is no kernel: the state stands in the page, and this stub holds it.
// The bundle puts this text after the modules, so `render` is already there.

function stub(state) {
  const values = { ...state };
  return {
    isStatic: true,
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    save_changes: () => {},
    on: () => {},
    off: () => {},
  };
}

function mount(widget) {
  if (widget.classList.contains("is-live")) return;
  const el = document.createElement("div");
  widget.append(el);
  widget.classList.add("is-live");
  render({ model: stub(JSON.parse(widget.querySelector("script").textContent)), el });
}

// A widget far down the page costs nothing until the reader comes near it.
function mountWhenNear(widgets) {
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        near.unobserve(target);
        mount(target);
      }
    }
  }, { rootMargin: "800px" });
  for (const widget of widgets) near.observe(widget);
}

mountWhenNear(document.querySelectorAll(".emlib-widget"));
