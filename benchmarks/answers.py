"""How soon each slider of lesson 02 is answered in a real JupyterLab and Chromium.

Every slider of the lesson that redraws a picture is moved by its arrow keys. The clock runs in
the page, from the key to the first drawing after which nothing of the new picture is missing; the
answer has then gone to the kernel, been computed, come back and been decoded. The peer is
the round trip of an empty request to the same kernel, from the same page.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from checks import find_chromium
from galactolab import datasets
from tests.browser import server

ROOT = Path(__file__).resolve().parents[1]
LESSON = "02_imaging.ipynb"
MOVES, WAIT_MS = 8, 700
RUN = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
WATCH = """() => {
  window.drawn = [];
  document.addEventListener('gl-draw', (e) => {
    if (e.target.dataset.complete === 'true') window.drawn.push(performance.now());
  });
  document.addEventListener('keydown', () => {
    window.pressed = performance.now();
    window.drawn = [];
  }, true);
}"""
ANSWERED = "() => window.drawn.length ? window.drawn[0] - window.pressed : null"
EMPTY = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  const began = performance.now();
  await kernel.requestExecute({ code: 'pass' }).done;
  return performance.now() - began;
}"""
#: Playwright is a development tool without types that this file could name.
Page = Any


def moved(page: Page, slider: Page) -> list[float]:
    """Return milliseconds from each key to its answer; none where no picture is redrawn."""
    slider.focus()
    found = []
    for move in range(MOVES):
        page.keyboard.press("ArrowLeft" if move % 2 else "ArrowRight")
        page.wait_for_timeout(WAIT_MS)
        answer = page.evaluate(ANSWERED)
        if answer is None and not move:
            return []
        if answer is not None:
            found.append(float(answer))
    return found


def row(name: str, spent: list[float]) -> dict[str, object]:
    """Return one line of the table."""
    return {"slider": name, "n": len(spent), "median ms": float(np.median(spent)),
            "largest ms": float(np.max(spent))}  # fmt: skip


def measured(page: Page) -> pd.DataFrame:
    """Move every slider of the open lesson."""
    rows = [row("an empty request, the peer", [page.evaluate(EMPTY) for _ in range(MOVES)])]
    page.evaluate(WATCH)
    for slider in page.get_by_role("slider").all():
        if not slider.is_visible() or not slider.is_enabled():
            continue
        slider.scroll_into_view_if_needed()
        page.wait_for_timeout(WAIT_MS)
        spent = moved(page, slider)
        if spent:
            rows.append(row(slider.get_attribute("aria-label") or "without a name", spent))
    return pd.DataFrame(rows)


def opened() -> pd.DataFrame:
    """Open the lesson, run it and move its sliders."""
    from playwright import sync_api  # noqa: PLC0415 (a development tool)

    for name in datasets.names():
        datasets.load(name)
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "notebooks"
        shutil.copytree(ROOT / "notebooks", folder)
        environment, log = server.own_folders(Path(base)), Path(base) / "log.txt"
        with (
            server.serving(folder, environment=environment, log=log) as lab,
            sync_api.sync_playwright() as drivers,
        ):
            browser = drivers.chromium.launch(executable_path=find_chromium(), args=server.FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(180_000)
            page.goto(lab.address(LESSON))
            page.wait_for_function(server.IDLE)
            page.evaluate(RUN)
            page.wait_for_timeout(5000)
            table = measured(page)
            browser.close()
    return table


def main() -> None:
    """Print the table."""
    if find_chromium() is None:
        print("No Chromium on this machine: the lesson cannot be opened.")
        return
    load = os.getloadavg()[0]
    print(f"Sliders of {LESSON} in a browser, from the key to the new picture")
    print(opened().round(1).to_string(index=False))
    print(f"Load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")


if __name__ == "__main__":
    main()
