// Everything drawn over the pixels: outlines, centerlines, markers, ruler, scale bar.
//
// Points travel as (row, column) in image pixels. `to` turns them into CSS pixels of the
// screen. Each thing is drawn twice, first wide and dark, then thin and colored, so that it
// can be seen on black and on white.

const HALO = "rgba(0, 0, 0, 0.65)";
const FONT = "600 13px system-ui, sans-serif";

// The message's points and lengths become paths with their bounding boxes.
function unpackOverlays(content, buffer) {
  const points = new Float32Array(buffer);
  let at = 0;
  const take = (path) => {
    const slice = points.subarray(at, at + 2 * path.length);
    at += slice.length;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < slice.length; i += 2) {
      box[0] = Math.min(box[0], slice[i]); box[1] = Math.min(box[1], slice[i + 1]);
      box[2] = Math.max(box[2], slice[i]); box[3] = Math.max(box[3], slice[i + 1]);
    }
    return { ...path, points: slice, box };
  };
  const paths = {};
  for (const [layer, list] of Object.entries(content.paths)) paths[layer] = list.map(take);
  return { paths, markers: content.markers };
}

// Adds a path to the current canvas path, leaving out points that lie within a pixel of
// the one before: a zoomed-out view then costs what its screen length costs.
function trace(ctx, path, to, seen) {
  const [r0, c0, r1, c1] = path.box;
  if (r1 < seen.top || r0 > seen.bottom || c1 < seen.left || c0 > seen.right) return;
  const p = path.points;
  let [x, y] = to(p[0], p[1]);
  ctx.moveTo(x, y);
  const last = p.length - 2;
  for (let i = 2; i <= last; i += 2) {
    const [nx, ny] = to(p[i], p[i + 1]);
    if (i < last && Math.abs(nx - x) + Math.abs(ny - y) < 1.2) continue;
    ctx.lineTo(nx, ny);
    x = nx; y = ny;
  }
  if (path.closed) ctx.closePath();
}

function strokePaths(ctx, paths, to, seen, { color, width, dash, halo }) {
  ctx.beginPath();
  for (const path of paths) trace(ctx, path, to, seen);
  ctx.lineJoin = "round"; ctx.lineCap = "butt";
  if (halo) {
    ctx.setLineDash([]); ctx.strokeStyle = HALO; ctx.lineWidth = width + 2; ctx.stroke();
  }
  ctx.setLineDash(dash); ctx.strokeStyle = color; ctx.lineWidth = width; ctx.stroke();
  ctx.setLineDash([]);
}

// Centerlines: the line style tells the Strahler order.
function drawTree(ctx, paths, to, seen, color, orders, dashed) {
  orders.forEach((style, i) => {
    const last = i === orders.length - 1;
    const some = paths.filter((p) => (last ? p.order > i : p.order === i + 1));
    const dash = dashed ?? style.dash;
    if (some.length) strokePaths(ctx, some, to, seen, { color, width: style.width, dash, halo: true });
  });
}

const polygon = (sides, turn, radius) => Array.from({ length: sides }, (_, i) => {
  const a = turn + 2 * Math.PI * i / sides;
  return [radius * Math.cos(a), radius * Math.sin(a)];
});

// One shape for each kind of finding; all are centered on the location and leave it open.
const SHAPE_POINTS = {
  square: (r) => polygon(4, Math.PI / 4, r * 1.2),
  hexagon: (r) => polygon(6, 0, r * 1.1),
  triangle: (r) => polygon(3, -Math.PI / 2, r * 1.3),
  diamond: (r) => polygon(4, 0, r * 1.3),
  hourglass: (r) => [[-r, -r], [r, -r], [-r, r], [r, r]],
  star: (r) => polygon(10, -Math.PI / 2, 1).map(([x, y], i) => [x * r * (i % 2 ? 0.5 : 1.3), y * r * (i % 2 ? 0.5 : 1.3)]),
};

function outlineShape(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === "circle" || shape === "circles") {
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    if (shape === "circles") { ctx.moveTo(x + r * 0.45, y); ctx.arc(x, y, r * 0.45, 0, 2 * Math.PI); }
  } else if (shape === "cross") {
    ctx.moveTo(x - r, y); ctx.lineTo(x + r, y); ctx.moveTo(x, y - r); ctx.lineTo(x, y + r);
  } else {
    (SHAPE_POINTS[shape] ?? SHAPE_POINTS.diamond)(r).forEach(([dx, dy], i) => (i ? ctx.lineTo(x + dx, y + dy) : ctx.moveTo(x + dx, y + dy)));
    ctx.closePath();
  }
}

function drawMarker(ctx, x, y, { shape, label }, { color, dash, chosen }) {
  const r = chosen ? 14 : 10;
  outlineShape(ctx, shape, x, y, r);
  ctx.setLineDash([]); ctx.strokeStyle = HALO; ctx.lineWidth = chosen ? 6 : 4.5; ctx.stroke();
  ctx.setLineDash(dash); ctx.strokeStyle = color; ctx.lineWidth = chosen ? 3 : 2; ctx.stroke();
  ctx.setLineDash([]);
  drawText(ctx, label, x + r + 4, y - r + 2, color);
}

function drawText(ctx, text, x, y, color, align = "left") {
  ctx.font = FONT; ctx.textAlign = align; ctx.textBaseline = "middle"; ctx.lineJoin = "round";
  ctx.strokeStyle = HALO; ctx.lineWidth = 4; ctx.strokeText(text, x, y);
  ctx.fillStyle = color; ctx.fillText(text, x, y);
}

// A line with end ticks, for the ruler and the profile.
function drawMeasure(ctx, [x0, y0], [x1, y1], text, ends) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const nx = -(y1 - y0) / length * 7, ny = (x1 - x0) / length * 7;
  const line = () => {
    ctx.beginPath(); ctx.moveTo(x0, y0); ctx.lineTo(x1, y1);
    for (const [x, y] of [[x0, y0], [x1, y1]]) { ctx.moveTo(x - nx, y - ny); ctx.lineTo(x + nx, y + ny); }
    ctx.stroke();
  };
  ctx.strokeStyle = HALO; ctx.lineWidth = 4; line();
  ctx.strokeStyle = "#ffffff"; ctx.lineWidth = 1.5; line();
  drawText(ctx, text, (x0 + x1) / 2 + 10, (y0 + y1) / 2 - 12, "#ffffff");
  if (ends) { drawText(ctx, ends[0], x0 - 14, y0, "#ffffff"); drawText(ctx, ends[1], x1 + 8, y1, "#ffffff"); }
}

// The longest of 1, 2, 5 x 10^n mm that takes at most `room` pixels.
function roundLength(mmPerPx, room) {
  const most = mmPerPx * room, power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((k) => k * power).find((mm) => mm <= most) ?? power;
}

function drawScaleBar(ctx, height, mmPerPx) {
  const mm = roundLength(mmPerPx, 150), length = mm / mmPerPx, x = 14, y = height - 16;
  const bar = () => {
    ctx.beginPath(); ctx.moveTo(x, y - 5); ctx.lineTo(x, y); ctx.lineTo(x + length, y); ctx.lineTo(x + length, y - 5); ctx.stroke();
  };
  ctx.strokeStyle = HALO; ctx.lineWidth = 5; bar();
  ctx.strokeStyle = "#ffffff"; ctx.lineWidth = 2; bar();
  drawText(ctx, `${Number(mm.toPrecision(2))} mm`, x + length + 8, y - 2, "#ffffff");
}

function drawCrosshair(ctx, x, y) {
  const arms = () => {
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      ctx.moveTo(x + 5 * dx, y + 5 * dy); ctx.lineTo(x + 18 * dx, y + 18 * dy);
    }
    ctx.stroke();
  };
  ctx.strokeStyle = HALO; ctx.lineWidth = 4; arms();
  ctx.strokeStyle = "#ffffff"; ctx.lineWidth = 1.5; arms();
}

// Index of the nearest path within `reach` CSS pixels of a screen point, or null.
function nearestPath(paths, to, x, y, reach) {
  let best = reach, found = null;
  paths.forEach((path, index) => {
    const p = path.points;
    for (let i = 0; i < p.length; i += 2) {
      const [px, py] = to(p[i], p[i + 1]);
      const far = Math.hypot(px - x, py - y);
      if (far < best) { best = far; found = index; }
    }
  });
  return found;
}
