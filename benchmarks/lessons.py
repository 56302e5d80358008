"""How long each lesson takes from the click to the last cell, in a real JupyterLab and Chromium.

A lesson is opened on a fresh page, with a fresh kernel, and run to its end. "open" is the time
until its kernel is idle, "all cells run" until the last cell has its execution count, and
"usable" until after that the kernel answers and every viewer on the page has its full picture.
The peer is an empty notebook (one cell, ``pass``) of the same JupyterLab: what the lesson adds
to it is ours. The case library is built before, as the launcher does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from checks import find_chromium
from galactolab import datasets
from tests.browser import server

ROOT = Path(__file__).resolve().parents[1]
PEER = "an empty notebook, the peer"
ROUNDS = 2
PATIENCE_MS = 180_000
RUN = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
ANSWERS = """async () => {
  const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
  await kernel.requestExecute({ code: 'pass' }).done;
}"""
SHOWN = (
    "() => [...document.querySelectorAll('.gl-canvas')]"
    ".every((canvas) => canvas.dataset.complete === 'true')"
)
#: Playwright is a development tool without types that this file could name.
Anything = Any


def opened(lab: server.LabServer, browser: Anything, name: str) -> dict[str, float]:
    """Seconds from the click until a notebook is open, has run, and can be used."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    began = time.perf_counter()
    page.goto(lab.address(name))
    page.wait_for_function(server.IDLE)
    marks = {"open": time.perf_counter() - began}
    page.evaluate(RUN)
    marks["all cells run"] = time.perf_counter() - began
    page.evaluate(ANSWERS)
    page.wait_for_function(SHOWN)
    marks["usable"] = time.perf_counter() - began
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    page.close()
    return marks


def measured() -> pd.DataFrame:
    """Return one row for each lesson and one for the peer: the best of a few rounds."""
    from playwright import sync_api  # noqa: PLC0415 (a development tool)

    for name in datasets.names():
        datasets.load(name)
    rows = []
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base) / "notebooks"
        shutil.copytree(ROOT / "notebooks", folder)
        environment = server.own_folders(Path(base))
        log = Path(base) / "log.txt"
        with (
            server.serving(folder, environment=environment, log=log) as lab,
            sync_api.sync_playwright() as drivers,
        ):
            browser = drivers.chromium.launch(executable_path=find_chromium(), args=server.FLAGS)
            names = {PEER: lab.add("pass", name="empty.ipynb")}
            names |= {path.stem: path.name for path in sorted(folder.glob("0*.ipynb"))}
            opened(lab, browser, names[PEER])  # JupyterLab's own first start is nobody's time
            for title, name in names.items():
                rounds = [opened(lab, browser, name) for _ in range(ROUNDS)]
                best = min(rounds, key=lambda marks: marks["usable"])
                rows.append({"notebook": title, **best})
            browser.close()
    table = pd.DataFrame(rows)
    return table.assign(**{"times the peer": table["usable"] / table["usable"].iloc[0]})


def main() -> None:
    """Print the table, in seconds."""
    if find_chromium() is None:
        print("No Chromium on this machine: the lessons cannot be opened.")
        return
    load = os.getloadavg()[0]
    print(measured().round(1).to_string(index=False))
    print(f"Load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")


if __name__ == "__main__":
    main()
