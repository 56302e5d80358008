// The wall of lesson 4: one square for each machine, all at one scale, with one cross that
// marks the same anatomical point in each. Pixels come by message; a click or an arrow key
// sends the new place to the kernel, which knows where it lies in every other picture.

function render({ model, el }) {
  const { grid, beat } = tileGrid(model, el, "wall");
  const tiles = new Map();

  const begin = (key) => {
    const tile = addTile(grid, key);
    tile.stage.addEventListener("pointerdown", (event) => {
      tile.stage.focus();
      model.send({ type: "point", key, ...tilePoint(tile, event, model.get("size")) });
      event.preventDefault();
    });
    tile.stage.addEventListener("keydown", (event) => {
      const far = event.shiftKey ? 5 : 1;
      const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] };
      const turns = { PageUp: far, PageDown: -far, Home: 1000, End: -1000 };
      if (event.key in moves) model.send({ type: "step", key, by: moves[event.key] });
      else if (event.key in turns) model.send({ type: "slice", key, by: turns[event.key] });
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    tiles.set(key, tile);
    return tile;
  };

  const drawCross = (tile, [x, y]) => {
    for (const kind of ["gl-cross-under", "gl-cross-over"]) {
      for (const [from, to] of [[4, 14], [-4, -14]]) {
        tile.lines.append(tileLine([[x + from, y], [x + to, y]], kind), tileLine([[x, y + from], [x, y + to]], kind));
      }
    }
  };

  const drawBar = (tile, { bar_px: bar, bar_mm: mm }, size) => {
    tile.lines.append(tileLine([[size - 10 - bar, size - 10], [size - 10, size - 10]], "gl-scale-bar"));
    const label = document.createElementNS(TILE_NS, "text");
    label.setAttribute("x", size - 10 - bar / 2);
    label.setAttribute("y", size - 15);
    label.setAttribute("class", "gl-scale-words");
    label.textContent = `${mm} mm`;
    tile.lines.append(label);
  };

  const arrange = () => {
    const size = model.get("size");
    for (const told of model.get("tiles")) {
      const tile = tiles.get(told.key) ?? begin(told.key);
      fillTile(tile, told, size);
      if (!told.cross.length) continue;
      drawCross(tile, told.cross);
      drawBar(tile, told, size);
    }
  };

  const onMessage = (content, buffers) => {
    const tile = content.type === "tile" && tiles.get(content.key);
    if (tile) paintTile(tile, content, buffers);
  };

  arrange();
  model.on("change:tiles", arrange);
  model.on("msg:custom", onMessage);
  const stopPulse = beat();
  model.send({ type: "want" });
  return () => { stopPulse(); model.off("change:tiles", arrange); model.off("msg:custom", onMessage); };
}

export default { render };
