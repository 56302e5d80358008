// Overlays on a sheet that is larger than the screen. Moving the picture moves the sheet;
// lines are drawn again only when the zoom changes or the screen nears the sheet's border.

const SHEET_MARGIN = 240;

class Sheet {
  constructor() { this.canvas = document.createElement("canvas"); this.at = null; }

  clear() { this.at = null; }

  free() { this.canvas.width = this.canvas.height = 0; this.at = null; }

  // `paint(ctx, to, seen)` draws everything; `scale` is image pixels of the viewer per pixel
  // of what is painted, for a picture with another spacing.
  blit(ctx, viewer, scale, paint) {
    const { camera, aspect, size: { width, height, ratio } } = viewer, m = SHEET_MARGIN;
    const shift = () => [(this.at.column - camera.column) * camera.zoom * aspect.column, (this.at.row - camera.row) * camera.zoom * aspect.row];
    const fits = () => {
      if (!this.at || this.at.zoom !== camera.zoom || this.at.width !== width || this.at.height !== height || this.at.ratio !== ratio) return false;
      const [dx, dy] = shift();
      return Math.abs(dx) <= m && Math.abs(dy) <= m;
    };
    if (!fits()) {
      this.at = { ...camera, width, height, ratio };
      this.paint(viewer, scale, paint);
    }
    const [dx, dy] = shift();
    ctx.drawImage(this.canvas, Math.round((dx - m) * ratio), Math.round((dy - m) * ratio));
  }

  paint(viewer, scale, paint) {
    const { size: { width, height, ratio } } = viewer, m = SHEET_MARGIN, { canvas } = this;
    const w = Math.round((width + 2 * m) * ratio), h = Math.round((height + 2 * m) * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const ctx = canvas.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    ctx.setTransform(ratio, 0, 0, ratio, m * ratio, m * ratio);
    const to = (row, column) => viewer.toScreen(row * scale.row, column * scale.column);
    const [top, left] = viewer.toImage(-m, -m), [bottom, right] = viewer.toImage(width + m, height + m);
    paint(ctx, to, { top: top / scale.row, left: left / scale.column, bottom: bottom / scale.row, right: right / scale.column });
  }
}
