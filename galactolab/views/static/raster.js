// Pixels to screen: a pyramid of 2x2 means, a gray table, and one pass over the viewport.
//
// Only what is seen is drawn: for each screen pixel the nearest sample of the level that
// fits the zoom, looked up in a table of 65536 ready-made screen colors. A 4096 x 3328
// image is thus as quick as a small one.

const TABLE = 65536;

// One image, shared by all views of a model. Levels that have not arrived yet are null.
class PixelStore {
  constructor() { this.clear(); }

  clear() {
    this.stamp = null; this.rows = 0; this.columns = 0; this.levels = []; this.received = 0;
  }

  begin({ stamp, rows, columns }) {
    this.clear();
    this.stamp = stamp; this.rows = rows; this.columns = columns;
    this.full = new Uint16Array(rows * columns);
  }

  // A coarse level comes first, so that there is something to look at within a second.
  addCoarse(level, rows, columns, counts) {
    for (let n = 0; n < level; n++) this.levels[n] = null;
    this.levels[level] = { data: counts, rows, columns };
    this.extend(level);
  }

  addRows(first, counts) {
    this.full.set(counts, first * this.columns);
    this.received += counts.length;
    if (this.received < this.full.length) return false;
    this.levels = [{ data: this.full, rows: this.rows, columns: this.columns }];
    this.extend(0);
    return true;
  }

  get complete() { return Boolean(this.levels[0]); }
  get empty() { return this.levels.length === 0; }
  get progress() { return this.full ? this.received / this.full.length : 0; }

  extend(from) {
    for (let n = from; Math.max(this.levels[n].rows, this.levels[n].columns) > 256; n++) {
      this.levels[n + 1] = halved(this.levels[n]);
    }
  }

  // Count at (row, column), or null outside and before full detail is there.
  at(row, column) {
    if (!this.complete) return null;
    const r = Math.round(row), c = Math.round(column);
    if (r < 0 || c < 0 || r >= this.rows || c >= this.columns) return null;
    return this.full[r * this.columns + c];
  }
}

function halved({ data, rows, columns }) {
  const r2 = Math.max(1, rows >> 1), c2 = Math.max(1, columns >> 1);
  const out = new Uint16Array(r2 * c2);
  const right = columns > 1 ? 1 : 0, below = rows > 1 ? columns : 0;
  for (let r = 0; r < r2; r++) {
    let i = 2 * r * columns;
    const end = (r + 1) * c2;
    for (let o = r * c2; o < end; o++, i += 2) {
      out[o] = (data[i] + data[i + right] + data[i + below] + data[i + below + right]) >> 2;
    }
  }
  return { data: out, rows: r2, columns: c2 };
}

// Screen colors (little-endian ABGR, as ImageData holds them) for every count.
function fillTable(table, low, width, inverted) {
  const slope = 255 / Math.max(width, 1e-9);
  const from = Math.max(0, Math.min(TABLE, Math.ceil(low)));
  const to = Math.max(from, Math.min(TABLE, Math.ceil(low + width)));
  const dark = inverted ? 255 : 0;
  const color = (v) => (0xff000000 | v << 16 | v << 8 | v) >>> 0;
  table.fill(color(dark), 0, from);
  for (let i = from; i < to; i++) {
    const v = Math.min(255, (i - low) * slope) | 0;
    table[i] = color(inverted ? 255 - v : v);
  }
  table.fill(color(255 - dark), to);
}

// Draws into `out` (width x height device pixels). `camera` gives the image point in the
// middle of the screen and device pixels per image pixel along rows and columns; only screen
// columns from `first` to before `last` are drawn, so that two pictures can share a screen.
function drawRaster(out, width, height, store, table, camera, back, first = 0, last = width) {
  if (store.empty) { fillColumns(out, width, height, back, first, last); return; }
  let n = 0;
  for (let r = 1 / Math.min(camera.sx, camera.sy); n + 1 < store.levels.length; r /= 2) {
    if (r < 2 && store.levels[n]) break;
    n++;
  }
  const level = store.levels[n], data = level.data, size = 2 ** n;
  const xs = drawRaster.xs && drawRaster.xs.length === width ? drawRaster.xs
    : (drawRaster.xs = new Int32Array(width));
  for (let x = 0; x < width; x++) {
    const c = Math.floor((camera.column + (x + 0.5 - width / 2) / camera.sx + 0.5) / size);
    xs[x] = c < 0 || c >= level.columns ? -1 : c;
  }
  // Columns that show image lie side by side: find them once, then no test per pixel.
  let left = first, right = last;
  while (left < last && xs[left] < 0) left++;
  while (right > left && xs[right - 1] < 0) right--;
  for (let y = 0; y < height; y++) {
    const r = Math.floor((camera.row + (y + 0.5 - height / 2) / camera.sy + 0.5) / size);
    const o = y * width;
    if (r < 0 || r >= level.rows) { out.fill(back, o + first, o + last); continue; }
    const base = r * level.columns;
    if (left > first) out.fill(back, o + first, o + left);
    if (right < last) out.fill(back, o + right, o + last);
    for (let x = left; x < right; x++) out[o + x] = table[data[base + xs[x]]];
  }
}

function fillColumns(out, width, height, color, first, last) {
  if (first <= 0 && last >= width) { out.fill(color); return; }
  for (let y = 0; y < height; y++) out.fill(color, y * width + first, y * width + last);
}
