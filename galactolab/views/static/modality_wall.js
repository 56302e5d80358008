// The wall of lesson 4: one square for each machine, all at one scale, with one cross that
// marks the same anatomical point in each. Pixels come by message; a click or an arrow key
// sends the new place to the kernel, which knows where it lies in every other picture.

const TILE_NS = "http://www.w3.org/2000/svg";

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gl-view gl-wall";
  const grid = document.createElement("div");
  grid.className = "gl-wall-grid";
  const note = Object.assign(document.createElement("div"), { className: "gl-dead-note", hidden: true });
  note.setAttribute("role", "alert");
  root.append(grid, note);
  el.append(root);
  const tiles = new Map();

  const addTile = (told) => {
    const figure = document.createElement("figure");
    figure.className = "gl-tile";
    figure.dataset.key = told.key;
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
    stage.addEventListener("pointerdown", (event) => {
      stage.focus();
      const box = stage.getBoundingClientRect();
      const size = model.get("size");
      model.send({
        type: "point", key: told.key,
        column: ((event.clientX - box.left) / box.width) * size - 0.5,
        row: ((event.clientY - box.top) / box.height) * size - 0.5,
      });
      event.preventDefault();
    });
    stage.addEventListener("keydown", (event) => {
      const far = event.shiftKey ? 5 : 1;
      const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] };
      const turns = { PageUp: far, PageDown: -far, Home: 1000, End: -1000 };
      if (event.key in moves) model.send({ type: "step", key: told.key, by: moves[event.key] });
      else if (event.key in turns) model.send({ type: "slice", key: told.key, by: turns[event.key] });
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const parts = { figure, title, stage, canvas, lines, wait, words };
    tiles.set(told.key, parts);
    return parts;
  };

  const line = (points, className, closed) => {
    const shape = document.createElementNS(TILE_NS, closed ? "polygon" : "polyline");
    shape.setAttribute("points", points.map(([x, y]) => `${x + 0.5},${y + 0.5}`).join(" "));
    shape.setAttribute("class", className);
    return shape;
  };

  const drawLines = (parts, told) => {
    const size = model.get("size");
    parts.lines.setAttribute("viewBox", `0 0 ${size} ${size}`);
    parts.lines.replaceChildren();
    for (const outline of told.outlines) {
      parts.lines.append(line(outline, "gl-truth-under", true), line(outline, "gl-truth-over", true));
    }
    const [x, y] = told.cross;
    for (const kind of ["gl-cross-under", "gl-cross-over"]) {
      for (const [from, to] of [[4, 14], [-4, -14]]) {
        parts.lines.append(line([[x + from, y], [x + to, y]], kind), line([[x, y + from], [x, y + to]], kind));
      }
    }
    const bar = told.bar_px;
    parts.lines.append(line([[size - 10 - bar, size - 10], [size - 10, size - 10]], "gl-scale-bar"));
    const label = document.createElementNS(TILE_NS, "text");
    label.setAttribute("x", size - 10 - bar / 2);
    label.setAttribute("y", size - 15);
    label.setAttribute("class", "gl-scale-words");
    label.textContent = `${told.bar_mm} mm`;
    parts.lines.append(label);
  };

  const arrange = () => {
    for (const told of model.get("tiles")) {
      const parts = tiles.get(told.key) ?? addTile(told);
      parts.title.textContent = told.name;
      parts.words.textContent = told.words;
      parts.wait.textContent = told.waiting;
      parts.wait.hidden = !told.waiting;
      parts.stage.setAttribute("aria-label", told.label);
      if (told.cross.length) drawLines(parts, told);
    }
  };

  const onMessage = (content, buffers) => {
    if (content.type !== "tile") return;
    const parts = tiles.get(content.key);
    if (!parts) return;
    const { size, channels } = content;
    const view = buffers[0];
    const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, size * size * channels);
    const image = new ImageData(size, size);
    for (let i = 0; i < size * size; i += 1) {
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = bytes[channels * i + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    parts.canvas.width = parts.canvas.height = size;
    parts.canvas.getContext("2d").putImageData(image, 0, 0);
    parts.stage.dataset.stamp = content.stamp;
  };

  arrange();
  model.on("change:tiles", arrange);
  model.on("msg:custom", onMessage);
  const stopPulse = startHeartbeat(model, el, (dead) => {
    note.hidden = !dead;
    note.textContent = dead ? RESTARTED : "";
    grid.classList.toggle("gl-dead-part", dead);
  });
  model.send({ type: "want" });
  return () => { stopPulse(); model.off("change:tiles", arrange); model.off("msg:custom", onMessage); };
}

export default { render };
