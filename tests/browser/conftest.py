"""A real JupyterLab and a real Chromium, for the few tests that need a screen.

``lab`` is the server (one per session, on loopback, with folders of its own), ``page`` a
fresh browser page that keeps what went wrong, and ``open_notebook`` opens a notebook (a
file name, or the source of its code cells) and runs it to the end::

    def test_a_slider_moves_the_window(page, open_notebook):
        open_notebook("from galactolab import views", "views.image_view(...)")
        page.locator(".gl-canvas").click()

After each test `page` fails it if the page threw an error, a kernel message was an error
(errors in widget callbacks are seen only there), or anything outside loopback was asked
for. A test that provokes an error on purpose empties the list: ``page.kernel_errors.clear()``.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from checks import find_chromium
from tests.browser import server

ROOT = Path(__file__).resolve().parents[2]
KERNEL_ERROR = re.compile(rb'"msg_type": ?"error"')


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which Jupyter and IPython keep their files to themselves."""
    return server.own_folders(tmp_path_factory.mktemp("jupyter"))


@pytest.fixture(scope="session")
def notebook_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy of ``notebooks/``: what a browser saves must not touch the originals."""
    folder = tmp_path_factory.mktemp("shown") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".ipynb_check*"))
    return folder


@pytest.fixture(scope="session")
def lab(
    chromium: object,
    own_folders: dict[str, str],
    notebook_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[server.LabServer]:
    """JupyterLab on a free port; it asks for `chromium` first, since without it nothing starts."""
    log = tmp_path_factory.mktemp("log") / "lab.txt"
    with server.serving(notebook_folder, environment=own_folders, log=log) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One headless Chromium for all browser tests."""
    program = find_chromium()
    if program is None:
        reason = "no Chromium on this machine; on Debian or Ubuntu: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=program, args=server.FLAGS)
        yield browser
        browser.close()


def _record(page) -> None:
    """Hang three lists on the page and fill them as things go wrong."""
    page.errors, page.kernel_errors, page.outside = [], [], []

    def on_frame(frame: str | bytes) -> None:
        raw = frame.encode() if isinstance(frame, str) else frame
        if KERNEL_ERROR.search(raw):
            page.kernel_errors.append(raw.decode(errors="replace")[-2000:])

    def on_request(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            page.outside.append(request.url)

    def on_error(error: object) -> None:
        # JupyterLab's own words for leaving a kernel while it is being asked: a reload does it.
        if "Canceled future for" not in str(error):
            page.errors.append(str(error))

    page.on("pageerror", on_error)
    page.on("websocket", lambda channel: channel.on("framereceived", on_frame))
    page.on("request", on_request)


@pytest.fixture
def page(chromium) -> Iterator[object]:
    """A fresh page of 1440 x 900 that fails the test for anything that went wrong unseen."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    _record(page)
    yield page
    gone_wrong = {name: getattr(page, name) for name in ("errors", "kernel_errors", "outside")}
    try:
        page.evaluate("() => window.jupyterapp?.serviceManager.sessions.shutdownAll()")
    finally:
        context.close()
    assert gone_wrong == {"errors": [], "kernel_errors": [], "outside": []}


@pytest.fixture
def open_notebook(lab: server.LabServer, page) -> Callable[..., str]:
    """Open a notebook in JupyterLab and run it: ``open_notebook("03_findings.ipynb")`` or cells."""

    def opened(*cells: str, run: bool = True) -> str:
        name = cells[0] if cells[0].endswith(".ipynb") else lab.add(*cells)
        page.goto(lab.address(name))
        page.wait_for_function(server.IDLE)
        if run:
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return name

    return opened
