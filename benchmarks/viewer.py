"""The viewer against a plotly heatmap and ipywidgets.Image, in one run of a real JupyterLab.

A virtual patient at 4096 x 3328 with her reading and her truth, all overlays on. Each way of
showing her is driven through real mouse and key events of Chromium (headless, software
rendering); its latency is the time from the event's own time stamp to the end of the task
after the frame that shows the answer. Pixels are counted where they arrive: on the
websocket.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from checks import find_chromium
from galactolab import datasets
from galactolab.reading import DEFAULT
from tests.browser import server

#: Playwright is a development tool without types that this file could name.
Anything = Any
N_INTERACTIONS = 200
DRAG_S = 3.0
SEED = 10_500
SETUP = """
import gc, os, pickle, psutil
import numpy as np
from galactolab.views import ImageView, linked
picture, reading = pickle.load(open("picture.pickle", "rb"))
pixels = picture.pixels
layers = dict(mask=True, tree=True, findings=True, truth=True, truth_tree=True, marks=True)
low, high = (float(x) for x in np.percentile(pixels[::8, ::8], (5, 99.5)))
"""
OURS = """
view = ImageView(picture, analysis=reading, truth=reading)
view.set_layers(**layers)
view
"""
LINKED = """
first, second = (ImageView(picture, analysis=reading, height=400, compact=True) for _ in "ab")
linked(first, second)
import ipywidgets
for one in (first, second):
    one.layout = ipywidgets.Layout(flex="1 1 0", min_width="0")
ipywidgets.HBox([first, second])
"""
# The slider moves the window's center by steps of 1 % of the range of values.
SLIDER = """
import ipywidgets, io
from PIL import Image as Pictures
slider = ipywidgets.IntSlider(50, 0, 100, description="center")
def gray(center):
    middle, half = low + (high - low) * center / 100, (high - low) / 4
    return np.clip((pixels - middle + half) * (255 / (2 * half)), 0, 255).astype(np.uint8)
def encoded(center):
    file = io.BytesIO()
    Pictures.fromarray(gray(center)).save(file, format="{format}", {options})
    return file.getvalue()
shown = ipywidgets.Image(value=encoded(50), format="{format}", width=450)
slider.observe(lambda change: setattr(shown, "value", encoded(change["new"])), "value")
ipywidgets.VBox([slider, shown])
"""
HEATMAP = """
import ipywidgets
import plotly.graph_objects as go
slider = ipywidgets.IntSlider(50, 0, 100, description="center")
# As 16-bit counts, like the viewer's: as float32 the browser's driver dies of the message.
counts = np.round((pixels - pixels.min()) * (65535 / np.ptp(pixels))).astype(np.uint16)
low, high = (float(x) for x in np.percentile(counts[::8, ::8], (5, 99.5)))
heatmap = go.Heatmap(z=counts, colorscale="gray", zmin=low, zmax=high, showscale=False)
figure = go.FigureWidget(heatmap)
figure.update_layout(width=560, height=640)
def turned(change):
    middle, half = low + (high - low) * change["new"] / 100, (high - low) / 4
    with figure.batch_update():
        figure.data[0].zmin, figure.data[0].zmax = middle - half, middle + half
slider.observe(turned, "value")
ipywidgets.VBox([slider, figure])
"""
# Keeps, for each answer that was seen, when the first unanswered event happened and when the
# frame with the answer was over. `shows` hears of an answer in the way of each kind of view.
WATCH = """([events, kind]) => {
  const seen = (window.seen = { lags: [], ends: [], moved: null });
  const moved = (event) => { if (event.isTrusted) seen.moved ??= event.timeStamp; };
  for (const name of events) document.addEventListener(name, moved, { capture: true });
  const channel = new MessageChannel(), waiting = [];
  channel.port1.onmessage = () => {
    const since = waiting.shift(), now = performance.now();
    seen.ends.push(now);
    if (since !== null) seen.lags.push(now - since);
  };
  const over = () => { waiting.push(seen.moved); seen.moved = null; channel.port2.postMessage(0); };
  const shows = () => requestAnimationFrame(over);
  if (kind === 'ours') document.addEventListener('gl-draw', over);
  const loaded = (event) => { if (event.target.tagName === 'IMG') shows(); };
  if (kind === 'image') document.addEventListener('load', loaded, { capture: true });
  const changed = (all) => { if (all.some((one) => one.target.tagName === 'image')) shows(); };
  if (kind === 'heatmap') {
    const plot = document.querySelector('.js-plotly-plot');
    new MutationObserver(changed).observe(plot, { subtree: true, attributes: true });
  }
}"""
RESET = "() => { window.seen.lags = []; window.seen.ends = []; window.seen.moved = null; }"
RUN_AND_TIME = """async () => {
  const began = performance.now(), times = {};
  const listen = (event) => {
    const { coarse, complete } = event.target.dataset;
    if (coarse === 'true') times.coarse ??= performance.now() - began;
    if (complete === 'true') times.complete ??= performance.now() - began;
  };
  document.addEventListener('gl-draw', listen);
  await window.jupyterapp.commands.execute('notebook:run-cell');
  while (!times.complete) {
    if (performance.now() - began > 60000) throw new Error('no picture within a minute');
    await new Promise((done) => setTimeout(done, 20));
  }
  return times;
}"""


class Wire:
    """Counts the bytes that pass between page and kernel."""

    def __init__(self, page: Anything) -> None:
        self.down = self.up = 0
        page.on("websocket", self._opened)

    def _opened(self, channel: Anything) -> None:
        channel.on("framereceived", lambda frame: self._add(down=len(frame)))
        channel.on("framesent", lambda frame: self._add(up=len(frame)))

    def _add(self, *, down: int = 0, up: int = 0) -> None:
        self.down, self.up = self.down + down, self.up + up

    @property
    def total(self) -> int:
        """Bytes in both directions so far."""
        return self.down + self.up


class Bench:
    """One browser and one server; each way of showing gets a page and a kernel of its own."""

    def __init__(self, lab: server.LabServer, browser: Anything) -> None:
        self.lab, self.browser = lab, browser

    @contextlib.contextmanager
    def notebook(self, *cells: str) -> Iterator[tuple[Any, Wire]]:
        """Open cells on a fresh page; all but the last have run."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.set_default_timeout(180_000)
        wire = Wire(page)
        page.goto(self.lab.address(self.lab.add(*cells, name="viewer.ipynb")))
        page.wait_for_function(server.IDLE)
        for _ in cells[:-1]:
            command(page, "notebook:run-cell-and-select-next")
        page.wait_for_function(server.IDLE)
        page.wait_for_timeout(500)
        try:
            yield page, wire
        finally:
            page.evaluate(
                "async () => { await window.jupyterapp.serviceManager.sessions.shutdownAll(); }"
            )
            context.close()


def command(page: Anything, name: str) -> None:
    """Have JupyterLab do something, and wait until it is done."""
    # Without a return value: what some commands answer is the whole application.
    page.evaluate("async (name) => { await window.jupyterapp.commands.execute(name); }", name)


def summary(page: Anything) -> dict[str, float]:
    """Median and 95th percentile of the latency, and frames in a second, since the last reset."""
    seen = page.evaluate("() => ({ lags: window.seen.lags, ends: window.seen.ends })")
    lags, ends = np.array(seen["lags"]), np.array(seen["ends"])
    if len(ends) < 2 or not len(lags):
        return {"median_ms": np.nan, "p95_ms": np.nan, "fps": len(ends) / DRAG_S}
    fps = (len(ends) - 1) / max(ends[-1] - ends[0], 1e-9) * 1000
    return {"median_ms": np.median(lags), "p95_ms": np.percentile(lags, 95), "fps": fps}


def drag(page: Anything, box: dict[str, float], *, button: str, seconds: float = DRAG_S) -> None:
    """Move the mouse with a button down, in a figure of eight, as fast as the page takes it."""
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.evaluate(RESET)
    began, i = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        page.mouse.move(x + 110 * np.sin(i / 24), y + 80 * np.sin(i / 12))
        i += 1
    page.mouse.up(button=button)


def in_kernel(page: Anything, expression: str) -> float:
    """Evaluate an expression in the notebook's kernel."""
    kernel = "window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel"
    answer = page.evaluate(
        f"""async (expression) => {{
          const code = {{ code: '', user_expressions: {{ it: expression }} }};
          const asked = {kernel}.requestExecute(code);
          return (await asked.done).content.user_expressions.it.data['text/plain'];
        }}""",
        expression,
    )
    return float(answer)


KERNEL_MB = "(gc.collect(), psutil.Process(os.getpid()).memory_info().rss / 1e6)[1]"


def page_mb(page: Anything) -> float:
    """Size of the page's heap after a collection, with typed arrays."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    session.detach()
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 1e6


def interact(page: Anything, n: int) -> None:
    """Turn the window, move, zoom and choose: `n` single interactions by key."""
    page.locator(".gl-stage").first.focus()
    keys = ("]", "ArrowRight", "+", "ArrowLeft", "[", "n", "-", "b")
    for i in range(n):
        page.keyboard.press(keys[i % len(keys)])
        page.wait_for_timeout(20)


def ours(bench: Bench) -> dict[str, float]:
    """Everything about the viewer."""
    row: dict[str, float] = {}
    with bench.notebook(SETUP, OURS) as (page, wire):
        before = wire.total
        times = page.evaluate(RUN_AND_TIME)
        row |= {"first_picture_s": times["coarse"] / 1e3, "full_detail_s": times["complete"] / 1e3}
        page.wait_for_timeout(800)
        row["shown_mb"] = (wire.total - before) / 1e6
        page.locator(".gl-stage").scroll_into_view_if_needed()
        box = page.locator(".gl-stage").bounding_box()
        page.evaluate(WATCH, [["pointermove", "keydown"], "ours"])
        for name, button in (("window", "right"), ("pan", "left")):
            drag(page, box, button=button)
            row |= {f"{name}_{key}": value for key, value in summary(page).items()}
        page.locator(".gl-stage").focus()
        page.keyboard.press("1")
        drag(page, box, button="left")
        row |= {f"pan_1to1_{key}": value for key, value in summary(page).items()}
        page.keyboard.press("0")
        interact(page, 40)  # what is made once is there before memory is looked at
        page.wait_for_timeout(1000)
        kernel, heap, passed = in_kernel(page, KERNEL_MB), page_mb(page), wire.total
        interact(page, N_INTERACTIONS)
        page.wait_for_timeout(1000)
        row["kb_per_interaction"] = (wire.total - passed) / N_INTERACTIONS / 1e3
        row["kernel_growth_mb"] = in_kernel(page, KERNEL_MB) - kernel
        row["page_growth_mb"] = page_mb(page) - heap
        command(page, "docmanager:save")
        row["saved_kb"] = (bench.lab.folder / "viewer.ipynb").stat().st_size / 1e3
    return row


def linked_views(bench: Bench) -> dict[str, float]:
    """Frames in a second of the view that follows, while the other one is dragged."""
    row = {}
    with bench.notebook(SETUP, LINKED) as (page, _):
        command(page, "notebook:run-cell")
        page.wait_for_function(
            "() => document.querySelectorAll('.gl-canvas[data-complete=true]').length === 2"
        )
        page.evaluate(WATCH, [["pointermove"], "none"])
        page.evaluate("""() => document.querySelectorAll('.gl-canvas')[1].addEventListener(
            'gl-draw', () => { window.seen.ends.push(performance.now()); window.seen.lags.push(0); }
        )""")
        box = page.locator(".gl-stage").first.bounding_box()
        for name, button in (("window", "right"), ("pan", "left")):
            drag(page, box, button=button)
            row[f"{name}_fps"] = summary(page)["fps"]
    return row


def peer(bench: Bench, cell: str, kind: str, ready: str, n_keys: int) -> dict[str, float]:
    """Window changes of another way of showing the same picture, by its slider."""
    with bench.notebook(SETUP, cell) as (page, wire):
        before, began = wire.total, time.monotonic()
        command(page, "notebook:run-cell")
        page.wait_for_function(ready)
        row = {"full_detail_s": time.monotonic() - began}
        page.wait_for_timeout(3000)
        row["shown_mb"] = (wire.total - before) / 1e6
        page.evaluate(WATCH, [["keydown", "pointermove", "mousemove"], kind])
        handle, passed = page.locator(".noUi-handle").first, wire.total
        handle.focus()
        page.evaluate(RESET)
        for i in range(n_keys):
            answered = page.evaluate("() => window.seen.ends.length")
            page.keyboard.press("ArrowRight" if i % 10 < 5 else "ArrowLeft")
            page.wait_for_function(f"() => window.seen.ends.length > {answered}")
            page.wait_for_timeout(100)
        row["kb_per_interaction"] = (wire.total - passed) / n_keys / 1e3
        row |= {f"window_{key}": value for key, value in summary(page).items()}
        box = handle.bounding_box()
        page.evaluate(RESET)
        drag(page, {**box, "height": box["height"]}, button="left")
        row["window_fps"] = summary(page)["fps"]
        command(page, "docmanager:save")
        row["saved_kb"] = (bench.lab.folder / "viewer.ipynb").stat().st_size / 1e3
    return row


def image_cell(kind: str, options: str) -> str:
    """Return the cell that shows the picture as an encoded file."""
    return SLIDER.replace("{format}", kind).replace("{options}", options)


IMAGE_READY = "() => document.querySelector('.widget-image, img.jupyter-widgets')?.naturalWidth > 0"
HEATMAP_READY = "() => document.querySelector('.js-plotly-plot image')"
WAYS: dict[str, Callable[[Bench], dict[str, float]]] = {
    "ImageView": ours,
    "ImageView, linked pair": linked_views,
    "ipywidgets.Image, JPEG 90": lambda bench: peer(
        bench, image_cell("jpeg", "quality=90"), "image", IMAGE_READY, 20
    ),
    "ipywidgets.Image, PNG": lambda bench: peer(
        bench, image_cell("png", "compress_level=1"), "image", IMAGE_READY, 20
    ),
    "plotly heatmap": lambda bench: peer(bench, HEATMAP, "heatmap", HEATMAP_READY, 5),
}


def measured(ways: dict[str, Callable[[Bench], dict[str, float]]] = WAYS) -> pd.DataFrame:
    """Run all ways one after the other and return one column for each."""
    from playwright import sync_api  # noqa: PLC0415 (a development tool)

    program = find_chromium()
    if program is None:
        raise SystemExit(
            "This benchmark needs Chromium; on Debian or Ubuntu: apt-get install chromium"
        )
    with tempfile.TemporaryDirectory() as base, sync_api.sync_playwright() as drivers:
        folder = Path(base) / "notebooks"
        folder.mkdir()
        prepared(folder / "picture.pickle")
        environment = server.own_folders(Path(base))
        with server.serving(folder, environment=environment, log=Path(base) / "log.txt") as lab:
            browser = drivers.chromium.launch(executable_path=program, args=server.FLAGS)
            rows = {name: way(Bench(lab, browser)) for name, way in ways.items()}
            browser.close()
    return pd.DataFrame(rows)


def prepared(file: Path) -> None:
    """Write the picture and its reading where the notebooks find them."""
    case = datasets.virtual_patient(SEED, spacing_mm=0.07)
    pixels = cv2.resize(case.galactogram.pixels, (3328, 4096), interpolation=cv2.INTER_LINEAR)
    picture = replace(case.galactogram, pixels=pixels)
    file.write_bytes(pickle.dumps((picture, DEFAULT(picture))))


def main() -> None:
    """Print the table and the load of the machine before and after."""
    load = os.getloadavg()[0]
    table = measured()
    print("The same 4096 x 3328 picture in JupyterLab, 1440 x 900, headless Chromium")
    print(table.round(2).to_string(na_rep="-"))
    print(f"Load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")


if __name__ == "__main__":
    main()
