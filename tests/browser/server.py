"""Start a JupyterLab of its own on loopback, for browser tests and the viewer's benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import nbformat

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
    words = log.read_text(errors="replace")[-3000:]
    raise RuntimeError(f"the server at {url} did not answer:\n{words}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End our own server by its process id, gently first."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def own_folders(base: Path) -> dict[str, str]:
    """Environment in which Jupyter and IPython keep their files in `base`."""
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


@contextlib.contextmanager
def serving(folder: Path, *, environment: dict[str, str], log: Path) -> Iterator[LabServer]:
    """JupyterLab on a free port, showing `folder`, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    with log.open("wb") as words:
        process = subprocess.Popen(command, env=environment, stdout=words, stderr=words)
    try:
        url = f"http://127.0.0.1:{port}"
        await_answer(f"{url}/api?token={TOKEN}", process, log, seconds=90)
        yield LabServer(url=url, token=TOKEN, folder=folder)
    finally:
        stop(process)
