// Ductoscopy: the ductogram with the way of the scope on the left, what its tip sees on the
// right. The kernel knows the way; arrow keys and clicks only ask it to go on.

const SCOPE_NS = "http://www.w3.org/2000/svg";

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "gl-view gl-scope";
  const grid = document.createElement("div");
  grid.className = "gl-scope-grid";
  const note = Object.assign(document.createElement("div"), { className: "gl-dead-note", hidden: true });
  note.setAttribute("role", "alert");
  root.append(grid, note);
  el.append(root);

  const onKey = (event) => {
    const steps = {
      ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5, Home: -1000, End: 1000,
    };
    if (!(event.key in steps)) return;
    model.send({ type: "step", by: steps[event.key] * (event.shiftKey ? 5 : 1) });
    event.preventDefault();
    event.stopPropagation();
  };

  const tile = (key) => {
    const figure = document.createElement("figure");
    figure.className = "gl-tile";
    figure.dataset.key = key;
    const title = Object.assign(document.createElement("figcaption"), { className: "gl-tile-name" });
    const stage = Object.assign(document.createElement("div"), { className: "gl-tile-stage", tabIndex: 0 });
    stage.setAttribute("role", "application");
    stage.setAttribute("data-lm-suppress-shortcuts", "true");
    const canvas = document.createElement("canvas");
    const lines = document.createElementNS(SCOPE_NS, "svg");
    const wait = Object.assign(document.createElement("div"), { className: "gl-tile-wait" });
    const words = Object.assign(document.createElement("div"), { className: "gl-tile-words" });
    stage.append(canvas, lines, wait);
    figure.append(title, stage, words);
    grid.append(figure);
    stage.addEventListener("keydown", onKey);
    return { title, stage, canvas, lines, wait, words };
  };
  const parts = { map: tile("map"), scope: tile("scope") };

  parts.map.stage.addEventListener("pointerdown", (event) => {
    parts.map.stage.focus();
    const box = parts.map.stage.getBoundingClientRect();
    const size = model.get("told").map.size;
    model.send({
      type: "near",
      column: ((event.clientX - box.left) / box.width) * size - 0.5,
      row: ((event.clientY - box.top) / box.height) * size - 0.5,
    });
    event.preventDefault();
  });
  parts.scope.stage.addEventListener("pointerdown", () => parts.scope.stage.focus());

  const draw = (into, points, className, kind) => {
    const shape = document.createElementNS(SCOPE_NS, kind);
    shape.setAttribute("points", points.map(([x, y]) => `${x + 0.5},${y + 0.5}`).join(" "));
    shape.setAttribute("class", className);
    into.append(shape);
  };

  const arrange = () => {
    const told = model.get("told");
    for (const key of ["map", "scope"]) {
      const part = parts[key], said = told[key];
      part.title.textContent = said.title;
      part.words.textContent = said.words;
      part.wait.textContent = said.waiting;
      part.wait.hidden = !said.waiting;
      part.stage.setAttribute("aria-label", said.label);
      part.lines.setAttribute("viewBox", `0 0 ${said.size} ${said.size}`);
      part.lines.replaceChildren();
      for (const outline of said.outlines) {
        draw(part.lines, outline, "gl-truth-under", "polygon");
        draw(part.lines, outline, "gl-truth-over", "polygon");
      }
    }
    const { ahead, behind, tip } = told;
    for (const [points, name] of [[ahead, "gl-way-ahead"], [behind, "gl-way-behind"]]) {
      if (points.length > 1) draw(parts.map.lines, points, name, "polyline");
    }
    if (tip.length) {
      const dot = document.createElementNS(SCOPE_NS, "circle");
      dot.setAttribute("cx", tip[0] + 0.5);
      dot.setAttribute("cy", tip[1] + 0.5);
      dot.setAttribute("r", 6);
      dot.setAttribute("class", "gl-way-tip");
      parts.map.lines.append(dot);
    }
  };

  const onMessage = (content, buffers) => {
    const part = content.type === "picture" && parts[content.key];
    if (!part) return;
    const { size, channels } = content;
    const view = buffers[0];
    const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, size * size * channels);
    const image = new ImageData(size, size);
    for (let i = 0; i < size * size; i += 1) {
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = bytes[channels * i + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    part.canvas.width = part.canvas.height = size;
    part.canvas.getContext("2d").putImageData(image, 0, 0);
    part.stage.dataset.stamp = content.stamp;
  };

  arrange();
  model.on("change:told", arrange);
  model.on("msg:custom", onMessage);
  const stopPulse = startHeartbeat(model, el, (dead) => {
    note.hidden = !dead;
    note.textContent = dead ? RESTARTED : "";
    grid.classList.toggle("gl-dead-part", dead);
  });
  model.send({ type: "want" });
  return () => { stopPulse(); model.off("change:told", arrange); model.off("msg:custom", onMessage); };
}

export default { render };
