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

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import nbformat
import pytest

from checks import find_chromium

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "token-of-the-test-server"  # noqa: S105 (a loopback server that lives for one session)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
KERNEL_ERROR = re.compile(rb'"msg_type": ?"error"')
IDLE = (
    "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext?"
    ".session?.kernel?.status === 'idle'"
)


@dataclass(frozen=True, kw_only=True)
class LabServer:
    """A running JupyterLab: its address, its token, and the folder that it shows."""

    url: str
    token: str
    folder: Path

    def add(self, *cells: str, name: str = "made_up.ipynb") -> str:
        """Write a notebook of code cells into the server's folder and return its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, self.folder / name)
        return name

    def address(self, name: str) -> str:
        """Address that opens one notebook alone, without its old layout."""
        return f"{self.url}/doc/tree/{quote(name)}?token={self.token}&reset"


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    """Wait until `url` answers; fail with the server's own words if it never does."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own loopback server)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server at {url} did not answer:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End our own server by its process id, gently first."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which Jupyter and IPython keep their files to themselves."""
    base = tmp_path_factory.mktemp("jupyter")
    apputils = base / "settings" / "@jupyterlab" / "apputils-extension"
    apputils.mkdir(parents=True)
    (apputils / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
    return os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "IPYTHONDIR": str(base / "ipython"),
    }


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
) -> Iterator[LabServer]:
    """JupyterLab on a free port; it asks for `chromium` first, since without it nothing starts."""
    port, log = free_port(), tmp_path_factory.mktemp("log") / "lab.txt"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={notebook_folder}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with log.open("wb") as words:
        process = subprocess.Popen(command, env=own_folders, stdout=words, stderr=words)
    try:
        url = f"http://127.0.0.1:{port}"
        await_answer(f"{url}/api?token={TOKEN}", process, log, seconds=90)
        yield LabServer(url=url, token=TOKEN, folder=notebook_folder)
    finally:
        stop(process)


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
        browser = drivers.chromium.launch(executable_path=program, args=FLAGS)
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

    page.on("pageerror", lambda error: page.errors.append(str(error)))
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
def open_notebook(lab: LabServer, page) -> Callable[..., str]:
    """Open a notebook in JupyterLab and run it: ``open_notebook("03_findings.ipynb")`` or cells."""

    def opened(*cells: str, run: bool = True) -> str:
        name = cells[0] if cells[0].endswith(".ipynb") else lab.add(*cells)
        page.goto(lab.address(name))
        page.wait_for_function(IDLE)
        if run:
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return name

    return opened
