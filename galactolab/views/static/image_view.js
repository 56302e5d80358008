// One radiograph viewer: joins the viewer, the controls and the kernel.
//
// Per model there is one `shared` (pixels and overlays, asked for once); per view on the
// page there is one Viewer with its own camera and controls. Pixels come by message and
// are never part of the saved state.

const SAVE_EVERY_MS = 120;
const percent = (zoom) => `${Number((zoom * 100).toPrecision(3))} %`;

function makeShared(model) {
  const shared = { model, store: new PixelStore(), overlays: null, overlaysStamp: null, style: model.get("appearance"), views: new Set(), asked: {} };
  const tell = (what) => { for (const view of shared.views) view[what]?.(); };
  shared.ask = () => {
    const picture = model.get("picture"), overlays = model.get("overlays_stamp");
    if (shared.asked.picture !== picture.stamp) {
      shared.asked.picture = picture.stamp;
      shared.store.begin(picture);
      tell("picture");
      model.send({ type: "want", what: "pixels", stamp: picture.stamp });
    }
    if (shared.asked.overlays !== overlays) {
      shared.asked.overlays = overlays;
      model.send({ type: "want", what: "overlays", stamp: overlays });
    }
  };
  const received = (content, buffers) => {
    const { store } = shared;
    // A copy, because a typed array of 16-bit numbers cannot start at an odd byte.
    const bytes = () => buffers[0].buffer.slice(buffers[0].byteOffset, buffers[0].byteOffset + buffers[0].byteLength);
    if (content.type === "overlays") {
      shared.overlays = unpackOverlays(content, bytes());
      tell("overlays");
    } else if (content.stamp === store.stamp && content.type === "coarse" && !store.complete) {
      store.addCoarse(content.level, content.rows, content.columns, new Uint16Array(bytes()));
      tell("pixels");
    } else if (content.stamp === store.stamp && content.type === "rows") {
      if (store.addRows(content.first, new Uint16Array(bytes()))) tell("pixels"); else tell("progress");
    }
  };
  model.on("msg:custom", received);
  nowThere(model.get("key"), shared);
  shared.free = () => { MEETING.pictures.delete(model.get("key")); model.off("msg:custom", received); shared.store.clear(); shared.store.full = null; shared.overlays = null; };
  return shared;
}

let views = 0;

class ImageWidget extends Comparing {
  constructor(model, el, shared) {
    super();
    Object.assign(this, { model, shared, pending: null, hidden: null });
    this.root = h("div", { class: "gl-view" });
    this.root.style.setProperty("--gl-height", `${model.get("height")}px`);
    el.append(this.root);
    this.root.classList.toggle("gl-compact", model.get("compact"));
    this.ui = buildChrome(this.root, `gl-view-${++views}`, shared.style, this);
    this.membership = new Membership(this);
    this.viewer = new Viewer(this.ui.stage, shared, {
      window: (w) => { this.showWindow(w); this.push({ center: w.center, width: w.width }); this.tellWindow(); },
      moved: (camera) => { this.ui.zoom.textContent = percent(camera.zoom); this.tellCamera(); },
      settled: () => this.settled(),
    });
    this.unbind = bindGestures(this.viewer, this);
    this.bindDivider();
    this.listen();
    shared.views.add(this.hooks);
    this.tool("move");
    this.opened();
    if (shared.overlays) this.hooks.overlays();
    showProblem(this.ui, model.get("problem"));
    this.stopPulse = startHeartbeat(model, this.root, (dead) => this.died(dead));
  }

  listen() {
    const { model, viewer } = this;
    this.hooks = {
      pixels: () => { this.ui.waiting.hidden = true; viewer.redraw("raster"); this.replot(); this.readout(this.at); },
      progress: () => { this.readout(this.at); },
      overlays: () => this.fillOverlays(),
      picture: () => {},
    };
    this.handlers = {
      "change:picture": () => this.opened(),
      "change:overlays_stamp": () => this.shared.ask(),
      "change:center": () => this.pullWindow(), "change:width": () => this.pullWindow(),
      "change:inverted": () => this.pullInverted(), "change:view": () => this.pullView(),
      "change:layers": () => this.pullLayers(), "change:marks": () => this.pullMarks(), "change:marking": () => this.pullMarks(),
      "change:finding": () => this.pullChosen("finding"), "change:branch": () => this.pullChosen("branch"),
      "change:ruler": () => this.pullLine("ruler"), "change:profile_line": () => this.pullLine("profile"),
      "change:mark_kinds": () => this.pullMarks(), "change:behind": () => this.pullBehind(), "change:split": () => this.pullSplit(),
      "change:link_group": () => this.pullLink(),
      "change:problem": () => showProblem(this.ui, model.get("problem")),
      "change:announcement": () => this.say(model.get("announcement")),
    };
    for (const [name, handler] of Object.entries(this.handlers)) model.on(name, handler);
  }

  destroy() {
    for (const [name, handler] of Object.entries(this.handlers)) this.model.off(name, handler);
    this.shared.views.delete(this.hooks);
    this.membership.leave();
    this.viewer.behind?.shared.views.delete(this.viewer.behind.hooks);
    this.stopPulse();
    this.unbind();
    clearTimeout(this.saving);
    this.viewer.destroy();
    this.root.remove();
  }

  // ---- from the kernel --------------------------------------------------------------
  opened() {
    const picture = this.model.get("picture");
    this.shared.ask();
    this.pending = null;
    this.viewer.setImage(picture);
    this.ui.waiting.hidden = !this.shared.store.empty;
    this.ui.stage.setAttribute("aria-label", picture.label);
    this.ui.plot.hidden = true;
    for (const box of [this.ui.center, this.ui.width]) box.step = Number((picture.presets.full[1] / 200).toPrecision(1));
    this.pullWindow(true); this.pullInverted(); this.pullView(); this.pullLayers(); this.pullMarks();
    this.pullLine("ruler"); this.pullLine("profile"); this.pullBehind(); this.pullLink();
    this.viewer.behind?.fit();
    clearTimeout(this.patience);
    this.patience = setTimeout(() => {
      if (this.shared.store.empty) this.ui.waiting.textContent = "No picture yet: if no kernel runs, run this cell again.";
    }, 6000);
  }

  pullWindow(force) {
    const center = this.model.get("center"), width = this.model.get("width"), now = this.viewer.window;
    if (!force && (this.busy() || (center === now.center && width === now.width))) return;
    this.viewer.setWindow(center, width, { quiet: true });
    this.showWindow(this.viewer.window);
    this.tellWindow();
  }

  pullInverted() {
    const inverted = this.model.get("inverted");
    this.ui.inverted.checked = inverted;
    if (inverted !== this.viewer.inverted) this.viewer.setInverted(inverted);
  }

  pullView() {
    const view = this.model.get("view"), { row, column, zoom } = this.viewer.camera;
    if (this.busy() || !this.viewer.rows) return;
    if (view.length === 0) { if (!this.viewer.fitted) this.viewer.fit(); return; }
    if (view[0] !== row || view[1] !== column || view[2] !== zoom) this.viewer.look(...view);
  }

  pullLayers() {
    const layers = this.model.get("layers");
    for (const [name, on] of Object.entries(layers)) this.viewer.showLayer(name, on);
    for (const box of this.ui.layers.querySelectorAll("input")) box.checked = Boolean(layers[box.dataset.layer]);
    this.refill();
  }

  pullChosen(kind) {
    const index = this.model.get(kind);
    if (index === this.viewer.chosen[kind]) return;
    if (index === null) { this.viewer.choose(kind, null); showChosen(this.ui, this.viewer.chosen); } else if (kind === "branch") this.chooseBranch(index); else this.go(kind, index);
  }

  pullLine(kind) {
    const line = this.model.get(kind === "ruler" ? "ruler" : "profile_line");
    this.viewer.setMeasure(kind, line.length ? line : null);
    if (kind === "profile") this.replot();
  }

  fillOverlays() {
    const { paths, markers } = this.shared.overlays, { layers } = this.shared.style;
    const present = Object.keys(layers).filter((name) => paths[name] || markers[name] || (name === "marks" && this.model.get("marking")));
    fillLayers(this.ui, present, this.shared.style, this.viewer.layers, (name, on) => this.toggle(name, on));
    fillLegend(this.ui, this.shared.style, markers, Boolean(paths.tree?.length || paths.truth_tree?.length));
    this.refill();
    this.viewer.relined();
  }

  refill() {
    const markers = this.shared.overlays?.markers ?? {}, { layers, marks } = this.viewer, groups = [];
    if (markers.findings) groups.push({ kind: "finding", title: "Findings", markers: markers.findings, empty: "No finding." });
    if (markers.truth && layers.truth) groups.push({ kind: "truth", title: "Truth", markers: markers.truth, empty: "Nothing was planted." });
    if (this.model.get("marking") || marks.length) groups.push(this.markGroup());
    fillList(this.ui, groups, this);
    showChosen(this.ui, this.viewer.chosen);
    this.ui.body.classList.toggle("gl-alone", groups.length === 0 && this.ui.layers.hidden);
  }

  died(dead) {
    this.root.classList.toggle("gl-dead", dead);
    this.note ??= h("div", { class: "gl-dead-note", role: "alert" });
    this.note.textContent = dead ? RESTARTED : "";
    if (dead) this.root.before(this.note); else this.note.remove();
    for (const child of this.root.children) child.inert = dead;
  }

  // ---- to the kernel ----------------------------------------------------------------
  busy() { return this.saving !== undefined && this.saving !== 0; }

  // The picture moves at once; the kernel follows a few times a second.
  push(changes) {
    this.unsaved = { ...this.unsaved, ...changes };
    this.saving ||= setTimeout(() => this.flush(), SAVE_EVERY_MS);
  }

  flush() {
    clearTimeout(this.saving);
    this.saving = 0;
    const changes = this.unsaved;
    this.unsaved = null;
    if (!changes) return;
    this.model.set(changes);
    this.model.save_changes();
  }

  settled() {
    const { row, column, zoom } = this.viewer.camera;
    this.push({ view: this.viewer.fitted ? [] : [row, column, zoom] });
    this.flush();
    this.membership.tell("settled");
  }

  // ---- window, zoom, tools ----------------------------------------------------------
  showWindow({ center, width }) {
    const span = this.model.get("picture").presets.full[1];
    if (document.activeElement !== this.ui.center) this.ui.center.value = sensible(center, span / 10);
    if (document.activeElement !== this.ui.width) this.ui.width.value = sensible(width, span / 10);
    const near = (a, b) => Math.abs(a - b) <= span * 1e-6;
    const preset = Object.entries(this.model.get("picture").presets).find(([, [c, w]]) => near(c, center) && near(w, width));
    this.ui.preset.value = preset?.[0] ?? "";
  }

  typedWindow() {
    const center = Number(this.ui.center.value), width = Number(this.ui.width.value);
    if (this.ui.center.value === "" || !(width > 0)) { this.say("The window needs a center and a width above 0."); return; }
    this.viewer.setWindow(center, width);
    this.flush();
  }

  preset(name) {
    this.viewer.setWindow(...this.model.get("picture").presets[name]);
    this.flush();
    this.say(`Window ${name}: center ${this.ui.center.value}, width ${this.ui.width.value}.`);
  }

  invert() {
    this.viewer.setInverted(!this.viewer.inverted);
    this.ui.inverted.checked = this.viewer.inverted;
    this.push({ inverted: this.viewer.inverted });
    this.flush();
    this.tellWindow();
  }

  zoom(factor) { this.viewer.zoomAt(factor); this.settled(); }
  fit() { this.viewer.fit(); this.settled(); }
  actual() { this.viewer.look(this.viewer.camera.row, this.viewer.camera.column, 1); this.settled(); }

  tool(name) {
    if (name === "mark" && !this.model.get("marking")) return;
    this.dropLine();
    this.viewer.tool = name;
    this.ui.stage.dataset.tool = name;
    for (const [tool, button] of Object.entries(this.ui.tools)) button.setAttribute("aria-pressed", String(tool === name));
  }

  toggle(name, on) {
    this.viewer.showLayer(name, on);
    this.push({ layers: { ...this.viewer.layers } });
    this.flush();
    this.refill();
  }

  toggleAll() {
    const { layers } = this.viewer, any = Object.values(layers).some(Boolean);
    if (any) this.hidden = { ...layers };
    const next = any ? Object.fromEntries(Object.keys(layers).map((name) => [name, false])) : this.hidden ?? layers;
    this.push({ layers: next });
    this.flush();
    this.pullLayers();
    this.say(any ? "Overlays hidden." : "Overlays shown.");
  }

  // ---- findings, branches, marks ----------------------------------------------------
  go(kind, index) {
    const list = kind === "marks" ? this.viewer.marks : this.shared.overlays?.markers[kind === "finding" ? "findings" : kind] ?? [];
    const marker = list[index];
    if (!marker) return;
    this.viewer.choose(kind, index);
    showChosen(this.ui, this.viewer.chosen);
    if (marker.row !== null) {
      const thirty = this.viewer.width * this.viewer.mmPerPx / 30;
      this.viewer.look(marker.row, marker.column, clamp(thirty, this.viewer.camera.zoom, Math.max(4, this.viewer.camera.zoom)));
    }
    if (kind === "finding") { this.push({ finding: index }); }
    this.settled();
    if (kind !== "marks") this.say(`${marker.label}, ${index + 1} of ${list.length}: ${marker.text}. ${marker.detail ?? ""}`);
  }

  chooseBranch(index) {
    const path = this.shared.overlays?.paths.tree?.[index];
    if (!path) return;
    this.viewer.choose("branch", index);
    const [r0, c0, r1, c1] = path.box, row = (r0 + r1) / 2, column = (c0 + c1) / 2;
    const [x, y] = this.viewer.size ? this.viewer.toScreen(row, column) : [0, 0];
    if (x < 0 || y < 0 || x > this.viewer.width || y > this.viewer.height) this.viewer.look(row, column, this.viewer.camera.zoom);
    this.push({ branch: index });
    this.settled();
    this.say(path.text);
  }

  click(x, y) {
    const { markers, paths } = this.shared.overlays ?? { markers: {}, paths: {} };
    const to = (row, column) => this.viewer.toScreen(row, column);
    for (const [kind, layer] of [["finding", "findings"], ["truth", "truth"]]) {
      const hit = this.viewer.layers[layer] ? (markers[layer] ?? []).findIndex((m) => m.row !== null && Math.hypot(to(m.row, m.column)[0] - x, to(m.row, m.column)[1] - y) < 14) : -1;
      if (hit >= 0) {
        this.viewer.choose(kind, hit); showChosen(this.ui, this.viewer.chosen);
        if (kind === "finding") { this.push({ finding: hit }); this.flush(); }
        this.say(`${markers[layer][hit].label}: ${markers[layer][hit].text}. ${markers[layer][hit].detail ?? ""}`);
        return;
      }
    }
    const branch = this.viewer.layers.tree ? nearestPath(paths.tree ?? [], to, x, y, NEAR_PX) : null;
    if (branch !== null) this.chooseBranch(branch);
  }

  step(kind, by) {
    const list = kind === "finding" ? this.shared.overlays?.markers.findings : this.shared.overlays?.paths.tree;
    if (!list?.length) { this.say(`There is no ${kind} to go to.`); return; }
    const now = this.viewer.chosen[kind];
    const next = now === null ? (by > 0 ? 0 : list.length - 1) : (now + by + list.length) % list.length;
    if (kind === "finding") this.go("finding", next); else this.chooseBranch(next);
  }

  magnify() {
    const on = this.viewer.glass.toggle();
    this.ui.magnifier.setAttribute("aria-pressed", String(on));
    if (on) this.viewer.glass.look(this.viewer.crosshair ?? this.at ?? [this.viewer.camera.row, this.viewer.camera.column]);
    this.say(on ? "Magnifier on: it follows the pointer or the crosshair." : "Magnifier off.");
  }

  say(text) { this.ui.live.textContent = text; }
}

export default () => {
  let shared = null;
  return {
    initialize({ model }) {
      shared = makeShared(model);
      return () => shared.free();
    },
    render({ model, el }) {
      const widget = new ImageWidget(model, el, shared);
      return () => widget.destroy();
    },
  };
};
