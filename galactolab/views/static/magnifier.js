// A round glass that shows the picture larger, pixels and overlays, where the pointer or the
// crosshair is. It lies on a small canvas of its own: moving it draws nothing else again.

const GLASS_PX = 190;
const GLASS_TIMES = 3;

class Magnifier {
  constructor(viewer, canvas) {
    Object.assign(this, { viewer, canvas, on: false, at: null });
    this.ctx = canvas.getContext("2d");
    this.table = null;
  }

  toggle() {
    this.on = !this.on;
    this.canvas.hidden = !this.on;
    if (this.on && !this.at) this.at = [this.viewer.camera.row, this.viewer.camera.column];
    this.viewer.redraw("glass");
    return this.on;
  }

  look(at) {
    if (!this.on || !at) return;
    this.at = at;
    this.viewer.redraw("glass");
  }

  // At least one image pixel per screen pixel: a glass is for detail.
  get zoom() { return clamp(this.viewer.camera.zoom * GLASS_TIMES, 1, MAX_ZOOM); }

  draw() {
    const { viewer, canvas, ctx } = this;
    if (!this.on || !this.at || !viewer.size) return;
    const { ratio } = viewer.size, side = Math.round(GLASS_PX * ratio);
    if (canvas.width !== side) {
      canvas.width = canvas.height = side;
      this.image = ctx.createImageData(side, side);
      this.out = new Uint32Array(this.image.data.buffer);
    }
    const [row, column] = this.at, { aspect } = viewer, zoom = this.zoom;
    const behind = viewer.behindAt(this.at);
    const camera = { row, column, sx: zoom * aspect.column * ratio, sy: zoom * aspect.row * ratio };
    viewer.rasterInto(this.out, side, side, camera, behind);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.putImageData(this.image, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const half = GLASS_PX / 2, reach = half / zoom;
    const to = (r, c) => [(c - column) * zoom * aspect.column + half, (r - row) * zoom * aspect.row + half];
    const seen = { top: row - reach, left: column - reach, bottom: row + reach, right: column + reach };
    if (!behind && viewer.shared.overlays) viewer.drawLayers(ctx, to, seen, viewer.shared, viewer.layers, viewer.chosen);
    drawCrosshair(ctx, half, half);
    this.place();
  }

  // The glass stands beside the point, so that it hides nothing that it shows.
  place() {
    const { viewer, canvas } = this, [x, y] = viewer.toScreen(...this.at), gap = 24;
    const left = x + gap + GLASS_PX < viewer.width ? x + gap : x - gap - GLASS_PX;
    const top = clamp(y - GLASS_PX / 2, 0, Math.max(0, viewer.height - GLASS_PX));
    canvas.style.transform = `translate(${Math.round(Math.max(0, left))}px, ${Math.round(top)}px)`;
  }
}
