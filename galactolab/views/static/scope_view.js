// Ductoscopy: the ductogram with the way of the scope on the left, what its tip sees on the
// right. The kernel knows the way; arrow keys and clicks only ask it to go on.

function render({ model, el }) {
  const { grid, beat } = tileGrid(model, el, "scope");
  const parts = { map: addTile(grid, "map"), scope: addTile(grid, "scope") };

  const onKey = (event) => {
    const steps = {
      ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5, Home: -1000, End: 1000,
    };
    if (!(event.key in steps)) return;
    model.send({ type: "step", by: steps[event.key] * (event.shiftKey ? 5 : 1) });
    event.preventDefault();
    event.stopPropagation();
  };
  for (const part of Object.values(parts)) part.stage.addEventListener("keydown", onKey);

  parts.map.stage.addEventListener("pointerdown", (event) => {
    parts.map.stage.focus();
    model.send({ type: "near", ...tilePoint(parts.map, event, model.get("told").map.size) });
    event.preventDefault();
  });
  parts.scope.stage.addEventListener("pointerdown", () => parts.scope.stage.focus());

  const arrange = () => {
    const told = model.get("told");
    for (const key of ["map", "scope"]) fillTile(parts[key], { ...told[key], name: told[key].title }, told[key].size);
    const { ahead, behind, tip } = told;
    for (const [points, name] of [[ahead, "gl-way-ahead"], [behind, "gl-way-behind"]]) {
      if (points.length > 1) parts.map.lines.append(tileLine(points, name));
    }
    if (tip.length) {
      const dot = document.createElementNS(TILE_NS, "circle");
      dot.setAttribute("cx", tip[0] + 0.5);
      dot.setAttribute("cy", tip[1] + 0.5);
      dot.setAttribute("r", 6);
      dot.setAttribute("class", "gl-way-tip");
      parts.map.lines.append(dot);
    }
  };

  const onMessage = (content, buffers) => {
    const part = content.type === "picture" && parts[content.key];
    if (part) paintTile(part, content, buffers);
  };

  arrange();
  model.on("change:told", arrange);
  model.on("msg:custom", onMessage);
  const stopPulse = beat();
  model.send({ type: "want" });
  return () => { stopPulse(); model.off("change:told", arrange); model.off("msg:custom", onMessage); };
}

export default { render };
