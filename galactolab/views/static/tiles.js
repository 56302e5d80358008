// What the wall of machines and the way through a duct share: squares in a grid, each with its
// name, a picture that comes by message, lines over it, and words under it.

const TILE_NS = "http://www.w3.org/2000/svg";

// The page of a widget: a grid for squares, and a note for the time when no kernel answers.
function tileGrid(model, el, name) {
  const root = document.createElement("div");
  root.className = `gl-view gl-${name}`;
  const grid = document.createElement("div");
  grid.className = `gl-${name}-grid`;
  const note = Object.assign(document.createElement("div"), { className: "gl-dead-note", hidden: true });
  note.setAttribute("role", "alert");
  root.append(grid, note);
  el.append(root);
  const beat = () => startHeartbeat(model, el, (dead) => {
    note.hidden = !dead;
    note.textContent = dead ? RESTARTED : "";
    grid.classList.toggle("gl-dead-part", dead);
  });
  return { grid, beat };
}

function addTile(grid, key) {
  const figure = document.createElement("figure");
  figure.className = "gl-tile";
  figure.dataset.key = key;
  const title = Object.assign(document.createElement("figcaption"), { className: "gl-tile-name" });
  const stage = Object.assign(document.createElement("div"), { className: "gl-tile-stage", tabIndex: 0 });
  stage.setAttribute("role", "application");
  stage.setAttribute("data-lm-suppress-shortcuts", "true");
  const canvas = document.createElement("canvas");
  const lines = document.createElementNS(TILE_NS, "svg");
  const wait = Object.assign(document.createElement("div"), { className: "gl-tile-wait" });
  const words = Object.assign(document.createElement("div"), { className: "gl-tile-words" });
  stage.append(canvas, lines, wait);
  figure.append(title, stage, words);
  grid.append(figure);
  return { title, stage, canvas, lines, wait, words };
}

// The words of a square, and its lines begun afresh with the outlines of the truth.
function fillTile(tile, { name, words, waiting, label, outlines }, size) {
  tile.title.textContent = name;
  tile.words.textContent = words;
  tile.wait.textContent = waiting;
  tile.wait.hidden = !waiting;
  tile.stage.setAttribute("aria-label", label);
  tile.lines.setAttribute("viewBox", `0 0 ${size} ${size}`);
  tile.lines.replaceChildren();
  for (const outline of outlines) {
    tile.lines.append(tileLine(outline, "gl-truth-under", true), tileLine(outline, "gl-truth-over", true));
  }
}

function tileLine(points, className, closed = false) {
  const shape = document.createElementNS(TILE_NS, closed ? "polygon" : "polyline");
  shape.setAttribute("points", points.map(([x, y]) => `${x + 0.5},${y + 0.5}`).join(" "));
  shape.setAttribute("class", className);
  return shape;
}

// Row and column of the pixel under the pointer.
function tilePoint(tile, event, size) {
  const box = tile.stage.getBoundingClientRect();
  return {
    column: ((event.clientX - box.left) / box.width) * size - 0.5,
    row: ((event.clientY - box.top) / box.height) * size - 0.5,
  };
}

// Gray or color, as the message says.
function paintTile(tile, { size, channels, stamp }, buffers) {
  const view = buffers[0];
  const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, size * size * channels);
  const image = new ImageData(size, size);
  for (let i = 0; i < size * size; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = bytes[channels * i + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  tile.canvas.width = tile.canvas.height = size;
  tile.canvas.getContext("2d").putImageData(image, 0, 0);
  tile.stage.dataset.stamp = stamp;
}
