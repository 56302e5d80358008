// The picture and its state: window, camera, layers, tools. Knows no kernel and no toolbar;
// it tells what happens through `events`.

const LITTLE_BACK = 0xff000000;
const MAX_ZOOM = 64;
const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

class Viewer {
  constructor(stage, shared, events) {
    Object.assign(this, { stage, shared, events, store: shared.store });
    this.canvas = stage.querySelector(".gl-canvas");
    this.over = stage.querySelector(".gl-overlay");
    this.ctx = this.canvas.getContext("2d", { alpha: false });
    this.overCtx = this.over.getContext("2d");
    this.table = new Uint32Array(TABLE);
    this.window = { center: 0.5, width: 1 };
    this.inverted = false;
    this.camera = { row: 0, column: 0, zoom: 1 };
    this.fitted = true;              // follow the size of the cell until someone zooms
    this.tool = "move";
    this.layers = {};
    this.chosen = { finding: null, truth: null, branch: null, marks: null };
    this.measures = { ruler: null, profile: null };
    this.crosshair = null;
    this.marks = [];
    this.dirty = { table: true, raster: true, overlay: true, glass: true };
    this.draws = 0;
    this.sheet = new Sheet();
    this.glass = new Magnifier(this, stage.querySelector(".gl-glass"));
    this.behind = null;              // another picture, shown right of the split
    this.split = 1;
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(stage);
  }

  setImage({ rows, columns, spacing, scale, title }) {
    const least = Math.min(...spacing);
    Object.assign(this, { rows, columns, spacing, scale, title });
    // Pixels need not be square: the picture is true to millimeters.
    this.aspect = { row: spacing[0] / least, column: spacing[1] / least };
    this.mmPerPx = least;
    this.measures = { ruler: null, profile: null };
    this.crosshair = null;
    this.fit();
  }

  destroy() {
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.image = this.out = null;
    this.sheet.free();
    this.behind?.sheet.free();
    this.canvas.width = this.canvas.height = this.over.width = this.over.height = 0;
    this.closed = true;
  }

  // ---- coordinates ------------------------------------------------------------------
  get width() { return this.stage.clientWidth; }
  get height() { return this.stage.clientHeight; }

  toScreen(row, column) {
    const { camera, aspect } = this;
    return [(column - camera.column) * camera.zoom * aspect.column + this.size.width / 2,
      (row - camera.row) * camera.zoom * aspect.row + this.size.height / 2];
  }

  toImage(x, y) {
    const { camera, aspect } = this;
    return [camera.row + (y - this.size.height / 2) / (camera.zoom * aspect.row),
      camera.column + (x - this.size.width / 2) / (camera.zoom * aspect.column)];
  }

  value(row, column, behind = null) {
    if (behind) return behind.value(row, column);
    const count = this.store.at(row, column);
    return count === null ? null : this.scale.offset + this.scale.step * count;
  }

  // The picture behind, if it is the one that is seen at this place.
  behindAt([row, column]) {
    return this.behind && this.size && this.toScreen(row, column)[0] >= this.split * this.size.width ? this.behind : null;
  }

  distance([r0, c0], [r1, c1]) {
    return Math.hypot((r1 - r0) * this.spacing[0], (c1 - c0) * this.spacing[1]);
  }

  // ---- what people change -----------------------------------------------------------
  setWindow(center, width, { quiet = false } = {}) {
    this.window = { center, width: Math.max(width, this.scale.step) };
    this.dirty.table = true;
    this.redraw("raster");
    if (!quiet) this.events.window(this.window);
  }

  setInverted(inverted) { this.inverted = inverted; this.dirty.table = true; this.redraw("raster"); }

  fitZoom() {
    return Math.min(this.width / (this.columns * this.aspect.column), this.height / (this.rows * this.aspect.row));
  }

  fit() {
    this.fitted = true;
    this.camera = { row: (this.rows - 1) / 2, column: (this.columns - 1) / 2, zoom: Math.max(this.fitZoom(), 1e-4) };
    this.moved();
  }

  look(row, column, zoom) {
    const low = Math.min(1, this.fitZoom() || 1) * 0.5;
    this.fitted = false;
    this.camera = { row: clamp(row, 0, this.rows - 1), column: clamp(column, 0, this.columns - 1), zoom: clamp(zoom, low, MAX_ZOOM) };
    this.moved();
  }

  panBy(dx, dy) {
    const { row, column, zoom } = this.camera;
    this.look(row - dy / (zoom * this.aspect.row), column - dx / (zoom * this.aspect.column), zoom);
  }

  // Zooms so that the image point under (x, y) stays where it is.
  zoomAt(factor, x = this.width / 2, y = this.height / 2) {
    const [row, column] = this.toImage(x, y);
    const low = Math.min(1, this.fitZoom()) * 0.5;
    const zoom = clamp(this.camera.zoom * factor, low, MAX_ZOOM);
    this.camera.zoom = zoom;
    const [r2, c2] = this.toImage(x, y);
    this.look(this.camera.row + row - r2, this.camera.column + column - c2, zoom);
  }

  moved() { this.redraw("raster", "overlay"); this.events.moved(this.camera); }

  showLayer(name, on) { this.layers[name] = on; this.relined(); }

  choose(kind, index) {
    this.chosen = { finding: null, truth: null, branch: this.chosen.branch, [kind]: index };
    this.relined();
  }

  // What lies on the sheet of overlays has changed.
  relined() { this.sheet.clear(); this.redraw("overlay"); }

  setMeasure(kind, line) { this.measures[kind] = line; this.redraw("overlay"); }

  // ---- drawing ----------------------------------------------------------------------
  resized() {
    if (this.closed || !this.width || !this.height) return;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(this.width * ratio), h = Math.round(this.height * ratio);
    if (this.image && this.image.width === w && this.image.height === h) return;
    for (const canvas of [this.canvas, this.over]) { canvas.width = w; canvas.height = h; }
    this.image = this.ctx.createImageData(w, h);
    this.out = new Uint32Array(this.image.data.buffer);
    this.size = { width: this.width, height: this.height, ratio };
    if (this.fitted && this.rows) this.fit();
    this.redraw("raster", "overlay");
  }

  // Many changes between two frames are drawn once.
  redraw(...parts) {
    for (const part of parts) this.dirty[part] = true;
    if (this.glass.on) this.dirty.glass = true;
    if (this.frame || this.closed) return;
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    if (this.closed || !this.rows) return;
    // A screen with another pixel density, or a cell that was hidden, changes the size.
    if (!this.image || this.size.ratio !== (window.devicePixelRatio || 1)) this.resized();
    if (!this.image) return;
    const start = performance.now();
    if (this.dirty.table) this.fillTable();
    if (this.dirty.raster) this.drawPixels();
    if (this.dirty.overlay) this.drawOverlay();
    if (this.dirty.glass) this.glass.draw();
    this.dirty = { table: false, raster: false, overlay: false, glass: false };
    this.report(performance.now() - start);
  }

  fillTable() {
    const { offset, step } = this.scale, { center, width } = this.window;
    fillTable(this.table, (center - width / 2 - offset) / step, width / step, this.inverted);
    if (this.behind) this.fillBehind();
  }

  drawPixels() {
    const { ratio } = this.size, { camera, aspect, image } = this;
    const device = { row: camera.row, column: camera.column, sx: camera.zoom * aspect.column * ratio, sy: camera.zoom * aspect.row * ratio };
    const cut = this.behind ? Math.round(this.split * image.width) : image.width;
    if (cut > 0) this.rasterInto(this.out, image.width, image.height, device, null, 0, cut);
    if (cut < image.width) this.rasterInto(this.out, image.width, image.height, device, this.behind, cut, image.width);
    this.ctx.putImageData(image, 0, 0);
  }

  // Draws this picture or the one behind it; `device` is in pixels of this one.
  rasterInto(out, width, height, device, behind, first, last) {
    if (!behind) { drawRaster(out, width, height, this.store, this.table, device, LITTLE_BACK, first, last); return; }
    const { scale } = behind;
    const camera = { row: device.row / scale.row, column: device.column / scale.column, sx: device.sx * scale.column, sy: device.sy * scale.row };
    drawRaster(out, width, height, behind.shared.store, behind.table, camera, LITTLE_BACK, first, last);
  }

  drawOverlay() {
    const ctx = this.overCtx, { width, height, ratio } = this.size;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, width * ratio + 1, height * ratio + 1);
    this.drawSheets(ctx);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const to = (row, column) => this.toScreen(row, column);
    this.drawMarkers(ctx, to, this.marks.map((m) => ({ shape: "cross", ...m })), this.layers.marks && this.shared.style.layers.marks, this.chosen.marks);
    drawScaleBar(ctx, height, this.mmPerPx / this.camera.zoom);
    if (this.title) drawText(ctx, this.title, 14, 18, "#ffffff");
    if (this.behind?.title && this.split < 1) drawText(ctx, this.behind.title, width - 14, 18, "#ffffff", "right");
    const { ruler, profile } = this.measures;
    if (ruler) drawMeasure(ctx, to(...ruler[0]), to(...ruler[1]), `${this.distance(...ruler).toFixed(2)} mm`);
    if (profile) drawMeasure(ctx, to(...profile[0]), to(...profile[1]), "", ["A", "B"]);
    if (this.crosshair) drawCrosshair(ctx, ...to(...this.crosshair));
  }

  drawSheets(ctx) {
    const { behind, shared, size: { width, height, ratio } } = this, cut = behind ? this.split * width * ratio : width * ratio;
    const side = (x, w, sheet, of, layers, chosen, scale) => {
      if (!of.overlays || w <= 0 || !Object.values(layers).some(Boolean)) return;
      ctx.save();
      if (behind) { ctx.beginPath(); ctx.rect(x, 0, w, height * ratio); ctx.clip(); }
      sheet.blit(ctx, this, scale, (on, to, seen) => this.drawLayers(on, to, seen, of, layers, chosen));
      ctx.restore();
    };
    side(0, cut, this.sheet, shared, this.layers, this.chosen, { row: 1, column: 1 });
    if (behind) side(cut, width * ratio - cut, behind.sheet, behind.shared, behind.layers(), {}, behind.scale);
  }

  drawLayers(ctx, to, seen, shared, shown, chosen) {
    const { paths, markers } = shared.overlays, { layers, orders } = shared.style;
    const on = (name) => shown[name] && layers[name];
    const mask = on("mask"), tree = on("tree"), truthTree = on("truth_tree");
    if (mask && paths.mask) strokePaths(ctx, paths.mask, to, seen, { color: mask.color, width: 1.3, dash: mask.dash });
    if (truthTree && paths.truth_tree) drawTree(ctx, paths.truth_tree, to, seen, truthTree.color, orders, truthTree.dash);
    if (tree && paths.tree) drawTree(ctx, paths.tree, to, seen, tree.color, orders);
    const branch = paths.tree?.[chosen.branch ?? -1];
    if (branch) strokePaths(ctx, [branch], to, seen, { color: "#ffffff", width: 4, dash: [], halo: true });
    for (const kind of ["truth", "findings"]) {
      this.drawMarkers(ctx, to, markers[kind] ?? [], on(kind), chosen[kind === "truth" ? "truth" : "finding"]);
    }
  }

  drawMarkers(ctx, to, list, style, chosen) {
    if (!style) return;
    list.forEach((marker, i) => {
      if (marker.row === null) return;
      drawMarker(ctx, ...to(marker.row, marker.column), marker, { ...style, chosen: i === chosen });
    });
  }

  // What a test or a curious person reads: exact state after each draw.
  report(ms) {
    const { camera, canvas } = this;
    Object.assign(canvas.dataset, {
      center: this.window.center, width: this.window.width, zoom: camera.zoom, row: camera.row, column: camera.column,
      drawMs: ms.toFixed(2), draws: ++this.draws, complete: this.store.complete, coarse: !this.store.empty, inverted: this.inverted,
    });
    canvas.dispatchEvent(new CustomEvent("gl-draw", { bubbles: true, detail: { ms, time: performance.now() } }));
  }

  // Screen values along a line, one sample per pixel step, bilinear; null before detail.
  profileAlong([a, b]) {
    if (!this.store.complete) return null;
    const steps = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1])));
    const values = [];
    for (let i = 0; i <= steps; i++) {
      const row = clamp(a[0] + (b[0] - a[0]) * i / steps, 0, this.rows - 1);
      const column = clamp(a[1] + (b[1] - a[1]) * i / steps, 0, this.columns - 1);
      const r = Math.min(Math.floor(row), Math.max(0, this.rows - 2)), c = Math.min(Math.floor(column), Math.max(0, this.columns - 2));
      const fr = row - r, fc = column - c, v = (y, x) => this.value(r + y, c + x) ?? this.value(r, c);
      values.push((v(0, 0) * (1 - fc) + v(0, 1) * fc) * (1 - fr) + (v(1, 0) * (1 - fc) + v(1, 1) * fc) * fr);
    }
    return { values, mm: this.distance(a, b) };
  }
}
