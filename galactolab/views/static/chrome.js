// The controls around the picture: plain HTML elements with names, so that keyboard and
// screen reader work without help of ours.

function h(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (value === true) el.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) el.setAttribute(name, value);
  }
  // JupyterLab looks for its shortcuts ("d d" deletes a cell) from the focused element
  // upward: each element that can have the focus has to stop the search itself.
  if (["button", "input", "select", "summary"].includes(tag) || "tabindex" in attributes) {
    el.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  el.append(...children.filter((child) => child !== null));
  return el;
}

const TOOLS = [
  ["move", "Move", "Drag to move, click to choose a finding or branch"],
  ["ruler", "Ruler", "Drag, or click two points, to measure millimeters"],
  ["profile", "Profile", "Drag a line to plot the values along it"],
  ["mark", "Mark", "Click to place a mark"],
];
const PRESETS = [["auto", "Automatic"], ["ducts", "Ducts"], ["full", "Full range"]];

function swatch(style, shape) {
  const canvas = h("canvas", { class: "gl-swatch", "aria-hidden": "true" });
  const ratio = window.devicePixelRatio || 1;
  canvas.width = 34 * ratio; canvas.height = 18 * ratio;
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  if (shape) {
    outlineShape(ctx, shape, 17, 9, 5.5);
  } else { ctx.beginPath(); ctx.moveTo(2, 9); ctx.lineTo(32, 9); }
  ctx.strokeStyle = style.color; ctx.lineWidth = style.width ?? 2; ctx.setLineDash(style.dash ?? []);
  ctx.stroke();
  return canvas;
}

// Builds the whole widget and returns its parts by name.
function buildChrome(root, id, style, actions) {
  const ui = {};
  const number = (name, label) => {
    // Enter asks itself: browsers do not report every number that was typed as a change.
    ui[name] = h("input", { type: "number", step: "any", id: `${id}-${name}`, onchange: () => actions.typedWindow(),
      onkeydown: (event) => { if (event.key === "Enter") actions.typedWindow(); } });
    return h("label", { for: `${id}-${name}`, class: "gl-full" }, label, ui[name]);
  };
  const button = (label, does, attributes = {}) => h("button", { type: "button", onclick: does, ...attributes }, label);

  ui.preset = h("select", { "aria-label": "Window preset", onchange: () => { if (ui.preset.value) actions.preset(ui.preset.value); } },
    h("option", { value: "" }, "Custom"), ...PRESETS.map(([value, label]) => h("option", { value }, label)));
  ui.inverted = h("input", { type: "checkbox", onchange: () => actions.invert() });
  ui.zoom = h("output", { class: "gl-zoom", "aria-label": "Zoom" });
  ui.tools = {};
  for (const [tool, label, title] of TOOLS) {
    ui.tools[tool] = button(label, () => actions.tool(tool), { "aria-pressed": "false", title, class: "gl-tool" });
  }
  ui.magnifier = button("Magnifier", () => actions.magnify(), { "aria-pressed": "false", title: "A glass that follows the pointer or the crosshair" });
  const group = (label, ...children) => h("div", { role: "group", "aria-label": label, class: `gl-group${label === "Tool" ? " gl-toolbox" : ""}` }, ...children);
  const bar = h("div", { class: "gl-bar" },
    group("Window", h("span", { class: "gl-name gl-full" }, "Window"), number("center", "center"), number("width", "width"), ui.preset,
      h("label", { class: "gl-check gl-full" }, ui.inverted, "Inverted")),
    group("Zoom", button("−", () => actions.zoom(0.8), { "aria-label": "Zoom out" }), ui.zoom,
      button("+", () => actions.zoom(1.25), { "aria-label": "Zoom in" }), button("Fit", () => actions.fit(), { "aria-label": "Fit the whole picture" }),
      button("1:1", () => actions.actual(), { class: "gl-full", "aria-label": "One image pixel per screen pixel" })),
    group("Tool", ...Object.values(ui.tools), ui.magnifier));

  ui.stage = h("div", { class: "gl-stage", tabindex: "0", role: "application", "aria-roledescription": "radiograph viewer", "aria-describedby": `${id}-keys` },
    h("canvas", { class: "gl-canvas" }), h("canvas", { class: "gl-overlay", "aria-hidden": "true" }),
    h("canvas", { class: "gl-glass", "aria-hidden": "true", hidden: true }), ui.ghost = h("div", { class: "gl-ghost", "aria-hidden": "true", hidden: true }),
    ui.divider = h("div", { class: "gl-divider", role: "slider", tabindex: "0", "aria-label": "Part of the screen that shows the first picture", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }), ui.waiting = h("div", { class: "gl-waiting" }, "Waiting for the picture…"));
  ui.readout = h("div", { class: "gl-readout" }, "Move over the picture to read values.");
  ui.live = h("div", { class: "gl-live", role: "status", "aria-live": "polite" });
  ui.problem = h("div", { class: "gl-problem", role: "alert", hidden: true });
  ui.plot = h("canvas", { class: "gl-plot", role: "img", hidden: true });
  ui.layers = h("fieldset", { class: "gl-layers", hidden: true }, h("legend", {}, "Overlays"));
  ui.list = h("div", { class: "gl-list" });
  ui.legend = h("details", { class: "gl-fold", hidden: true }, h("summary", {}, "What lines and shapes mean"));
  const keys = h("details", { class: "gl-fold" }, h("summary", {}, "Keys and mouse"), h("div", { id: `${id}-keys` },
    h("p", {}, "Drag moves. Right-drag or Shift-drag changes the window: sideways its width, up brighter, down darker. The wheel or a pinch zooms. Click a finding or a duct to choose it. Keys work when the picture has the focus:"),
    h("dl", {}, ...KEYS.flatMap(([key, text]) => [h("dt", {}, key), h("dd", {}, text)]))));
  ui.side = h("div", { class: "gl-side" }, ui.layers, ui.list);
  ui.body = h("div", { class: "gl-body" }, h("div", { class: "gl-main" }, ui.stage, ui.readout), ui.side);
  root.append(bar, ui.body, ui.live, ui.problem, ui.plot, ui.legend, keys);
  return ui;
}

// Checkboxes for the layers that there are, each with its line style.
function fillLayers(ui, present, style, layers, toggle) {
  ui.layers.hidden = present.length === 0;
  ui.layers.replaceChildren(h("legend", {}, "Overlays"), ...present.map((name) => {
    const box = h("input", { type: "checkbox", "data-layer": name, checked: Boolean(layers[name]), onchange: () => toggle(name, box.checked) });
    const shape = { findings: "circle", truth: "diamond", marks: "cross" }[name];
    return h("label", { class: "gl-check" }, box, swatch(style.layers[name], shape), style.layers[name].label);
  }));
}

function fillLegend(ui, style, markers, trees) {
  const shapes = new Map([...(markers.findings ?? []), ...(markers.truth ?? [])].map((m) => [m.kind, m.shape]));
  ui.legend.hidden = shapes.size === 0 && !trees;
  const rows = !trees ? [] : style.orders.map((order, i) => [swatch({ ...style.layers.tree, ...order }),
    `centerline of Strahler order ${i + 1}${i + 1 === style.orders.length ? " or more" : ""}`]);
  for (const [kind, shape] of shapes) rows.push([swatch({ color: style.layers.findings.color }, shape), kind]);
  const doubts = [...new Set((markers.findings ?? []).map((m) => m.doubt).filter(Boolean))];
  if (doubts.length) rows.push([h("span", { class: "gl-badge" }, "?"), `behind a number: ${doubts.join(", ")}, not disease`]);
  ui.legend.replaceChildren(h("summary", {}, "What lines and shapes mean"),
    h("ul", { class: "gl-legend" }, ...rows.map((row) => h("li", {}, ...row))));
}

// Findings as real buttons: a click, or Enter, goes there.
function fillList(ui, groups, actions) {
  ui.list.replaceChildren(...groups.flatMap(({ kind, title, markers, empty }) => [
    h("div", { class: "gl-list-title" }, title),
    markers.length === 0 ? h("p", { class: "gl-empty" }, empty)
      : h("ol", {}, ...markers.map((marker, index) => h("li", { class: `gl-${kind}` },
        h("button", { type: "button", class: "gl-finding", "data-kind": kind, "data-index": index, onclick: () => actions.go(kind, index) },
          h("span", { class: "gl-badge" }, marker.label), h("span", {}, h("strong", {}, marker.text), h("small", {}, marker.detail ?? ""))),
        ...(kind === "marks" ? markActions(marker, index, actions) : [])))),  ]));
}

function markActions(marker, index, actions) {
  const options = (marker.kinds ?? []).map((kind) => h("option", { value: kind, selected: kind === marker.kind }, kind));
  const name = h("select", { "aria-label": `Name of mark ${marker.label}`, onchange: () => actions.nameMark(index, name.value) }, ...options);
  const remove = h("button", { type: "button", class: "gl-remove", "aria-label": `Remove mark ${marker.label}`, title: "Remove", onclick: () => actions.removeMark(index) }, "×");
  return options.length ? [name, remove] : [remove];
}

function showChosen(ui, chosen) {
  for (const button of ui.list.querySelectorAll(".gl-finding")) {
    const index = chosen[button.dataset.kind];
    button.setAttribute("aria-current", String(index === Number(button.dataset.index)));
  }
}

function showProblem(ui, problem) {
  ui.problem.hidden = !problem?.sentence;
  ui.problem.replaceChildren();
  if (!problem?.sentence) return;
  ui.problem.append(h("p", {}, problem.sentence));
  if (problem.trace) ui.problem.append(h("details", {}, h("summary", {}, "Details for a report"), h("pre", {}, problem.trace)));
}

// A small chart of the values along the profile line, from A to B.
function plotProfile(ui, profile, unit) {
  ui.plot.hidden = !profile;
  if (!profile) return;
  const ratio = window.devicePixelRatio || 1, width = ui.plot.clientWidth || 600, height = 170;
  ui.plot.width = width * ratio; ui.plot.height = height * ratio;
  const ctx = ui.plot.getContext("2d"), ink = getComputedStyle(ui.plot).color;
  ctx.scale(ratio, ratio);
  const { values, mm } = profile;
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
  const left = 70, right = width - 16, top = 14, bottom = height - 36;
  const x = (i) => left + (right - left) * i / Math.max(1, values.length - 1);
  const y = (v) => bottom - (bottom - top) * (v - low) / span;
  ctx.font = "12px system-ui, sans-serif"; ctx.fillStyle = ink; ctx.strokeStyle = ink;
  ctx.globalAlpha = 0.5; ctx.strokeRect(left, top, right - left, bottom - top); ctx.globalAlpha = 1;
  ctx.textAlign = "right"; ctx.textBaseline = "middle";
  ctx.fillText(sensible(high, span), left - 6, top); ctx.fillText(sensible(low, span), left - 6, bottom);
  ctx.textAlign = "left"; ctx.textBaseline = "top"; ctx.fillText("A  0 mm", left, bottom + 5);
  ctx.textAlign = "right"; ctx.fillText(`${mm.toFixed(1)} mm  B`, right, bottom + 5);
  ctx.textAlign = "center"; ctx.fillText(`${unit} along the line`, (left + right) / 2, bottom + 18);
  ctx.beginPath();
  values.forEach((v, i) => (i ? ctx.lineTo(x(i), y(v)) : ctx.moveTo(x(i), y(v))));
  ctx.lineWidth = 1.5; ctx.stroke();
  ui.plot.setAttribute("aria-label", `Profile over ${mm.toFixed(1)} mm: lowest ${sensible(low, span)}, highest ${sensible(high, span)} ${unit}.`);
}

// As many decimals as the span of values deserves.
function sensible(value, span) {
  return value.toFixed(clamp(2 - Math.floor(Math.log10(Math.abs(span) || 1)), 0, 6));
}
