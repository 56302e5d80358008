// Mouse, touch, wheel and keys, each turned into one call of the viewer.

const WHEEL_REST_MS = 350;
const NEAR_PX = 12;

// Keys, as the fold-out below the picture lists them.
const KEYS = [
  ["Arrows", "move the picture (with Shift: farther); in crosshair mode: move the crosshair"],
  ["+  −", "zoom in, zoom out"],
  ["0", "fit the whole picture"],
  ["1", "one image pixel = one screen pixel"],
  ["[  ]", "window center down, up"],
  ["{  }", "window narrower, wider"],
  ["A  D  F", "window preset: automatic, ducts, full range"],
  ["I", "invert the display"],
  ["C", "crosshair on or off: reads the value without a mouse"],
  ["R  P", "ruler, profile: then Enter sets each end at the crosshair"],
  ["G", "magnifier on or off: it follows the pointer or the crosshair"],
  ["M", "mark at the crosshair (where an exercise asks for marks)"],
  ["Backspace", "remove the last mark"],
  ["N  B", "next finding, next branch (with Shift: the one before)"],
  ["L", "hide all overlays, show them again"],
  ["Esc", "back to moving; drop an unfinished line"],
];

function bindGestures(viewer, actions) {
  const { stage } = viewer;
  const abort = new AbortController();
  const on = (target, name, handler, options = {}) => target.addEventListener(name, handler, { ...options, signal: abort.signal });
  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  bindPointer(viewer, actions, on, place);
  bindWheel(viewer, on, place);
  on(stage, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !viewer.rows) return;
    if (pressed(viewer, actions, event)) { event.preventDefault(); event.stopPropagation(); }
  });
  return () => abort.abort();
}

function bindPointer(viewer, actions, on, place) {
  const { stage } = viewer;
  const fingers = new Map();
  let drag = null;

  on(stage, "contextmenu", (event) => { event.preventDefault(); event.stopPropagation(); });
  on(stage, "pointerdown", (event) => {
    if (!viewer.rows) return;
    // Without this JupyterLab takes the mouse for selecting cells; focus is set by hand.
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const [x, y] = place(event);
    fingers.set(event.pointerId, [x, y]);
    const windowing = event.button === 2 || event.shiftKey;
    drag = { x, y, startX: x, startY: y, mode: windowing ? "window" : viewer.tool, moved: false };
    if (drag.mode === "ruler" || drag.mode === "profile") actions.pressLine(drag.mode, viewer.toImage(x, y));
  });
  on(stage, "pointermove", (event) => {
    if (!viewer.rows || !viewer.size) return;
    const [x, y] = place(event);
    actions.hover(viewer.toImage(x, y));
    if (fingers.size === 2 && fingers.has(event.pointerId)) { pinch(viewer, fingers, event.pointerId, x, y); return; }
    if (!drag) { actions.stretchLine(viewer.toImage(x, y)); return; }
    const dx = x - drag.x, dy = y - drag.y;
    if (Math.hypot(x - drag.startX, y - drag.startY) > 3) drag.moved = true;
    Object.assign(drag, { x, y });
    if (drag.mode === "window") windowBy(viewer, dx, dy);
    else if (drag.mode === "move" && drag.moved) viewer.panBy(dx, dy);
    else actions.stretchLine(viewer.toImage(x, y));
  });
  const end = (event) => {
    fingers.delete(event.pointerId);
    if (!drag) return;
    const { mode, moved, x, y } = drag;
    drag = null;
    if (event.type === "pointercancel") return;
    if (mode === "window") actions.settled();
    else if (mode === "mark") actions.mark(viewer.toImage(x, y));
    else if (mode === "move") { if (moved) actions.settled(); else actions.click(x, y); }
    else actions.releaseLine(mode, viewer.toImage(x, y), moved);
  };
  on(stage, "pointerup", end);
  on(stage, "pointercancel", end);
  on(stage, "pointerleave", () => { if (!drag) actions.hover(null); });
  on(stage, "dblclick", (event) => { if (viewer.tool === "move") { viewer.zoomAt(2, ...place(event)); actions.settled(); } });
}

// Right or left: wider or narrower. Up: brighter, that is a lower center.
function windowBy(viewer, dx, dy) {
  const { center, width } = viewer.window, pace = Math.max(width, viewer.scale.step * 20) / 300;
  viewer.setWindow(center + dy * pace, width + dx * pace);
}

function pinch(viewer, fingers, id, x, y) {
  const other = [...fingers].find(([key]) => key !== id)[1], before = fingers.get(id);
  const far = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]) || 1;
  const middle = (p) => [(p[0] + other[0]) / 2, (p[1] + other[1]) / 2];
  const [mx, my] = middle([x, y]), [ox, oy] = middle(before);
  viewer.zoomAt(far([x, y]) / far(before), mx, my);
  viewer.panBy(mx - ox, my - oy);
  fingers.set(id, [x, y]);
}

// A wheel turn that began elsewhere on the page goes on scrolling the page when the
// picture slides under the pointer; one that begins over the picture zooms.
function bindWheel(viewer, on, place) {
  const { stage } = viewer;
  let elsewhere = -Infinity, timer = 0;
  on(document, "wheel", (event) => {
    if (!stage.contains(event.target)) elsewhere = performance.now();
  }, { capture: true, passive: true });
  on(stage, "wheel", (event) => {
    const passing = !event.ctrlKey && performance.now() - elsewhere < WHEEL_REST_MS;
    if (passing) { elsewhere = performance.now(); return; }
    if (!viewer.rows) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : 1;
    // Browsers report a touchpad pinch as a wheel with Ctrl and small steps.
    const pace = event.ctrlKey ? 0.01 : 0.0015;
    viewer.zoomAt(Math.exp(-event.deltaY * lines * pace), ...place(event));
    clearTimeout(timer);
    timer = setTimeout(() => viewer.events.settled(), 200);
  }, { passive: false });
}

const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

// Returns true when the key meant something here.
function pressed(viewer, actions, event) {
  const { key, shiftKey } = event, { center, width } = viewer.window;
  const arrow = ARROWS[key];
  if (arrow && viewer.crosshair) { actions.moveCrosshair(arrow[0], arrow[1], shiftKey ? 10 : 1); return true; }
  if (arrow) { const far = shiftKey ? 200 : 40; viewer.panBy(-arrow[0] * far, -arrow[1] * far); actions.settled(); return true; }
  const does = {
    "+": () => viewer.zoomAt(1.25), "=": () => viewer.zoomAt(1.25), "-": () => viewer.zoomAt(0.8), "_": () => viewer.zoomAt(0.8),
    "0": () => viewer.fit(), "1": () => viewer.look(viewer.camera.row, viewer.camera.column, 1),
    "[": () => viewer.setWindow(center - width * 0.05, width), "]": () => viewer.setWindow(center + width * 0.05, width),
    "{": () => viewer.setWindow(center, width / 1.1), "}": () => viewer.setWindow(center, width * 1.1),
    a: () => actions.preset("auto"), d: () => actions.preset("ducts"), f: () => actions.preset("full"),
    i: () => actions.invert(), c: () => actions.toggleCrosshair(), l: () => actions.toggleAll(),
    r: () => actions.tool(viewer.tool === "ruler" ? "move" : "ruler"), p: () => actions.tool(viewer.tool === "profile" ? "move" : "profile"),
    g: () => actions.magnify(), m: () => actions.markHere(), Backspace: () => actions.removeMark(), n: () => actions.step("finding", shiftKey ? -1 : 1), b: () => actions.step("branch", shiftKey ? -1 : 1),
    Enter: () => actions.enter(), " ": () => actions.enter(), Escape: () => actions.escape(),
  }[key.length === 1 ? key.toLowerCase() : key];
  if (!does) return false;
  does();
  actions.settled();
  return true;
}
