// Two pictures on one screen, parted by a line that can be dragged; views that move together.

class Comparing extends Marking {
  // ---- the picture behind -----------------------------------------------------------
  pullBehind() {
    const key = this.model.get("behind"), { viewer } = this;
    if (key === (this.behindKey ?? "")) return;
    this.behindKey = key;
    viewer.behind?.sheet.free();
    viewer.behind?.shared.views.delete(viewer.behind.hooks);
    viewer.behind = null;
    this.pullSplit();
    if (key) whenThere(key, (shared) => { if (this.behindKey === key && !viewer.closed) this.putBehind(shared); });
  }

  putBehind(shared) {
    const { viewer } = this, again = () => { viewer.dirty.table = true; behind.fit(); behind.sheet.clear(); viewer.redraw("raster", "overlay"); };
    const behind = {
      shared, sheet: new Sheet(), table: new Uint32Array(TABLE),
      hooks: { pixels: again, overlays: again, picture: again },
      layers: () => shared.model.get("layers"),
      value: (row, column) => {
        const count = shared.store.at(row / behind.scale.row, column / behind.scale.column);
        return count === null ? null : behind.counts.offset + behind.counts.step * count;
      },
      // Both pictures are true to millimeters and share their upper left corner.
      fit: () => {
        const { spacing, scale, title } = shared.model.get("picture");
        Object.assign(behind, { title, counts: scale, unit: scale.unit, scale: { row: spacing[0] / viewer.spacing[0], column: spacing[1] / viewer.spacing[1] } });
      },
    };
    viewer.fillBehind = () => this.fillBehind(behind);
    shared.views.add(behind.hooks);
    shared.ask();
    behind.fit();
    viewer.behind = behind;
    viewer.dirty.table = true;
    this.pullSplit();
  }

  fillBehind(behind) {
    const picture = behind.shared.model.get("picture"), { offset, step } = picture.scale;
    const own = { window: this.viewer.window, unit: this.viewer.scale.unit, auto: this.model.get("picture").presets.auto };
    const { center, width } = windowFor(own, behind.unit, picture.presets.auto);
    fillTable(behind.table, (center - width / 2 - offset) / step, width / step, this.viewer.inverted);
  }

  pullSplit() {
    const { viewer, ui } = this;
    viewer.split = this.model.get("behind") ? this.model.get("split") : 1;
    ui.divider.hidden = !viewer.behind;
    ui.divider.style.left = `${viewer.split * 100}%`;
    ui.divider.setAttribute("aria-valuenow", String(Math.round(viewer.split * 100)));
    viewer.redraw("raster", "overlay");
  }

  splitTo(share) {
    this.viewer.split = clamp(share, 0, 1);
    this.ui.divider.style.left = `${this.viewer.split * 100}%`;
    this.ui.divider.setAttribute("aria-valuenow", String(Math.round(this.viewer.split * 100)));
    this.viewer.redraw("raster", "overlay");
    this.push({ split: this.viewer.split });
  }

  bindDivider() {
    const { divider, stage } = this.ui;
    divider.addEventListener("pointerdown", (event) => {
      event.preventDefault(); event.stopPropagation();
      divider.setPointerCapture(event.pointerId);
      divider.focus({ preventScroll: true });
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider.hasPointerCapture(event.pointerId)) return;
      event.stopPropagation();
      const box = stage.getBoundingClientRect();
      this.splitTo((event.clientX - box.left) / box.width);
    });
    divider.addEventListener("pointerup", (event) => { event.stopPropagation(); this.flush(); });
    divider.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -0.02, ArrowDown: -0.02, ArrowRight: 0.02, ArrowUp: 0.02, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault(); event.stopPropagation();
      this.splitTo(this.viewer.split + by);
      this.flush();
    });
  }

  // ---- views that move together -----------------------------------------------------
  pullLink() { this.membership.join(this.model.get("link_group")); }

  links(kind) { return this.model.get("link_parts").includes(kind); }

  tellWindow() {
    if (!this.links("window")) return;
    const { viewer } = this;
    this.membership.tell("window", { window: viewer.window, unit: viewer.scale.unit, auto: this.model.get("picture").presets.auto, inverted: viewer.inverted });
  }

  tellCamera() {
    if (!this.links("zoom")) return;
    const { camera, spacing, mmPerPx, fitted } = this.viewer;
    this.membership.tell("zoom", { row: camera.row * spacing[0], column: camera.column * spacing[1], zoom: camera.zoom / mmPerPx, fitted });
  }

  tellCursor(at) {
    if (!this.links("cursor")) return;
    this.membership.tell("cursor", at && [at[0] * this.viewer.spacing[0], at[1] * this.viewer.spacing[1]]);
  }

  follow(kind, what) {
    const { viewer } = this;
    if (!viewer.rows || viewer.closed) return;
    if (kind === "window") this.followWindow(what);
    else if (kind === "zoom") this.followCamera(what);
    else if (kind === "cursor") this.showGhost(what && [what[0] / viewer.spacing[0], what[1] / viewer.spacing[1]]);
    else if (kind === "settled") this.flush();
  }

  followWindow(what) {
    const { viewer } = this, { center, width } = windowFor(what, viewer.scale.unit, this.model.get("picture").presets.auto);
    if (center !== viewer.window.center || width !== viewer.window.width) {
      viewer.setWindow(center, width, { quiet: true });
      this.showWindow(viewer.window);
      this.push({ center, width: viewer.window.width });
    }
    if (what.inverted !== viewer.inverted) {
      viewer.setInverted(what.inverted);
      this.ui.inverted.checked = what.inverted;
      this.push({ inverted: what.inverted });
    }
  }

  followCamera({ row, column, zoom, fitted }) {
    const { viewer } = this, { camera } = viewer;
    if (fitted) { if (!viewer.fitted) { viewer.fit(); this.push({ view: [] }); } return; }
    const next = [row / viewer.spacing[0], column / viewer.spacing[1], zoom * viewer.mmPerPx];
    if (!viewer.fitted && next[0] === camera.row && next[1] === camera.column && next[2] === camera.zoom) return;
    viewer.look(...next);
    this.push({ view: [viewer.camera.row, viewer.camera.column, viewer.camera.zoom] });
  }

  // The other view's pointer, as a small cross that is moved and not drawn.
  showGhost(at) {
    const { ghost } = this.ui, { viewer } = this;
    this.ghostAt = at;
    ghost.hidden = !at || !viewer.size;
    if (ghost.hidden) return;
    const [x, y] = viewer.toScreen(...at);
    ghost.style.transform = `translate(${x}px, ${y}px)`;
    this.readout(at);
  }
}
