// Ruler, profile and crosshair: what a hand or the keys measure in the picture. The
// widget builds on this; `push` and `flush` tell the kernel, `say` tells the reader.

class Measuring {
  // ---- ruler and profile ------------------------------------------------------------
  pressLine(kind, point) {
    if (this.pending?.second) this.viewer.setMeasure(kind, [this.pending.from, point]);
    else { this.pending = { kind, from: point, second: false }; this.viewer.setMeasure(kind, [point, point]); }
  }

  stretchLine(point) {
    if (!this.pending) return;
    this.viewer.setMeasure(this.pending.kind, [this.pending.from, point]);
    if (this.pending.kind === "profile") this.replot();
  }

  releaseLine(kind, point, moved) {
    if (!this.pending) return;
    if (!moved && !this.pending.second) { this.pending.second = true; return; }
    const line = [this.pending.from, point];
    this.pending = null;
    this.viewer.setMeasure(kind, line);
    const mm = this.viewer.distance(...line).toFixed(2);
    this.say(kind === "ruler" ? `Ruler: ${mm} mm.` : `Profile of ${mm} mm from A to B, plotted below.`);
    this.push(kind === "ruler" ? { ruler: line } : { profile_line: line });
    this.flush();
    if (kind === "profile") this.replot();
  }

  dropLine() {
    if (!this.pending) return;
    this.viewer.setMeasure(this.pending.kind, null);
    this.pending = null;
  }

  replot() {
    const line = this.viewer.measures.profile;
    plotProfile(this.ui, line && this.viewer.profileAlong(line), this.viewer.scale?.unit ?? "");
  }

  // ---- crosshair and text -----------------------------------------------------------
  toggleCrosshair() {
    const { row, column } = this.viewer.camera;
    this.viewer.crosshair = this.viewer.crosshair ? null : [Math.round(row), Math.round(column)];
    this.viewer.redraw("overlay");
    if (this.viewer.crosshair) this.hover(this.viewer.crosshair);
    this.say(this.viewer.crosshair ? `Crosshair on. ${this.ui.readout.textContent}` : "Crosshair off.");
  }

  moveCrosshair(dx, dy, times) {
    const { viewer } = this, step = Math.max(1, Math.round(3 / viewer.camera.zoom)) * times;
    const row = clamp(viewer.crosshair[0] + dy * step, 0, viewer.rows - 1), column = clamp(viewer.crosshair[1] + dx * step, 0, viewer.columns - 1);
    viewer.crosshair = [row, column];
    const [x, y] = viewer.toScreen(row, column);
    if (x < 10 || y < 10 || x > viewer.width - 10 || y > viewer.height - 10) viewer.look(row, column, viewer.camera.zoom);
    this.stretchLine(viewer.crosshair);
    viewer.redraw("overlay");
    this.hover(viewer.crosshair);
    this.say(this.ui.readout.textContent);
  }

  enter() {
    const { viewer } = this;
    if (!viewer.crosshair) { this.toggleCrosshair(); return; }
    if (viewer.tool === "mark") this.mark(viewer.crosshair);
    else if (viewer.tool === "move") this.click(...viewer.toScreen(...viewer.crosshair));
    else if (this.pending) this.releaseLine(viewer.tool, viewer.crosshair, true);
    else { this.pressLine(viewer.tool, viewer.crosshair); this.say("First end set: move, then press Enter again."); }
  }

  escape() { this.tool("move"); this.viewer.crosshair = null; this.viewer.redraw("overlay"); }

  hover(at) {
    this.at = at;
    this.readout(at);
    this.viewer.glass.look(at);
    this.tellCursor(at);
    if (at && this.ghostAt) this.showGhost(null);
  }

  readout(at) {
    const { viewer, shared } = this;
    const loading = shared.store.complete || shared.store.empty ? "" : ` · loading detail ${Math.round(shared.store.progress * 100)} %`;
    if (!at || at[0] < -0.5 || at[1] < -0.5 || at[0] > viewer.rows - 0.5 || at[1] > viewer.columns - 0.5) {
      this.ui.readout.textContent = `Move over the picture to read values.${loading}`;
      return;
    }
    const [row, column] = at.map(Math.round), behind = viewer.behindAt(at);
    const value = viewer.value(row, column, behind), { step, unit } = behind ? behind.counts : viewer.scale;
    const read = value === null ? "" : ` · ${sensible(value, step * 65535)} ${unit}`;
    const mm = `${(row * viewer.spacing[0]).toFixed(2)} mm down, ${(column * viewer.spacing[1]).toFixed(2)} mm right`;
    this.ui.readout.textContent = `row ${row}, column ${column} · ${mm}${read}${loading}`;
  }
}
