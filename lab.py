"""Start the workbook, test it or time it, on a machine with Python and nothing else.

    python3 lab.py [--port N] [--no-browser] [...]   set up what is missing, open JupyterLab
    python3 lab.py test [...]                        every check; arguments go to pytest
    python3 lab.py bench [...]                       speed and accuracy tables

Everything is installed into the folder .venv beside this file, from hash-pinned lock files.
A damaged .venv is mended or made again. Further arguments of the start go to JupyterLab.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# This file keeps to the grammar of Python 3.7 (a test parses it as such), so that an old
# Python reaches the sentence that says which Python is needed.
SUPPORTED = ((3, 11), (3, 12), (3, 13))
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NOTEBOOKS = ROOT / "notebooks"
FIRST_NOTEBOOK = "00_start_here.ipynb"
LOCKS = {"core": "requirements.lock", "dev": "requirements-dev.lock"}
MUST_IMPORT = {
    "core": ("galactolab", "jupyterlab.labapp", "ipykernel", "anywidget", "numpy"),
    "dev": ("galactolab", "jupyterlab.labapp", "ipykernel", "anywidget", "pytest", "nbval"),
}
CASE_SOURCES = (
    *("data/cases", "data/physics", "galactolab/datasets", "galactolab/dicom"),
    *("galactolab/imagemath", "galactolab/modalities", "galactolab/patient"),
)
NO_NETWORK = (
    "name resolution",
    "dns error",
    "newconnectionerror",
    "failed to establish",
    "error sending request",
    "network is unreachable",
    "proxyerror",
    "timed out",
)
NO_ROOM = "no space left"
INTERRUPTED = 130
ENDED = (-signal.SIGTERM, -signal.SIGINT)


class LabError(Exception):
    """Something the person at the keyboard can put right, said in one sentence."""


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


# --- Which Python -----------------------------------------------------------------------


def unsupported(version: tuple[int, int]) -> str:
    """Return the sentence about an unsupported Python, or an empty text if it will do."""
    if version in SUPPORTED:
        return ""
    low, high = (".".join(map(str, SUPPORTED[i])) for i in (0, -1))
    trouble = "old" if version < SUPPORTED[0] else "new"
    return (
        f"Python {version[0]}.{version[1]} is too {trouble}; "
        f"Galactolab runs on Python {low} to {high} (get it from python.org)."
    )


def other_python() -> str | None:
    """Return a supported Python that is installed beside the one in use, or None."""
    for major, minor in reversed(SUPPORTED):
        path = shutil.which(f"python{major}.{minor}")
        if path and version_of(path) == (major, minor):
            return path
    return None


def version_of(python: str | Path) -> tuple[int, int] | None:
    """Return (major, minor) of a Python that really starts, or None."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True
        )
        major, minor = answer.stdout.split()
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


# --- The environment .venv --------------------------------------------------------------


def venv_python(venv: Path, *, windows: bool = os.name == "nt") -> Path:
    """Return where an environment keeps its Python."""
    return venv / "Scripts" / "python.exe" if windows else venv / "bin" / "python"


def wanted(kind: str, version: tuple[int, int]) -> str:
    """Return the fingerprint of what an environment has to hold."""
    digest = hashlib.sha256(f"{kind} {version} {ROOT}".encode())
    for name in ("pyproject.toml", *LOCKS.values()):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, Any]:
    """Return what the last finished installation wrote, or an empty dictionary."""
    try:
        stamp = json.loads((VENV / "galactolab-stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def site_packages(version: tuple[int, int]) -> set[str]:
    """Return the names that lie in the environment's site-packages for this Python."""
    inner = "Lib" if os.name == "nt" else f"lib/python{version[0]}.{version[1]}"
    folder = VENV / inner / "site-packages"
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


# Run by the environment's own Python: every installed file has the size that it was installed
# with, the important packages can be imported, and the project is the one beside this file.
CHECK = """
import importlib, importlib.metadata, os, pathlib, sys
for package in importlib.metadata.distributions():
    for file in package.files or ():
        if file.size is not None and file.suffix != ".pyc":
            path = file.locate()
            if not os.path.isfile(path) or os.path.getsize(path) != file.size:
                sys.exit(f"{file} is damaged")
for name in sys.argv[2:]:
    importlib.import_module(name)
import galactolab
if not pathlib.Path(galactolab.__file__).parents[1].samefile(sys.argv[1]):
    sys.exit("it belongs to another folder")
"""


def damage(kind: str) -> str:
    """Return what is wrong inside the environment, if anything; it takes a few seconds."""
    command = [str(venv_python(VENV)), "-I", "-c", CHECK, str(ROOT), *MUST_IMPORT[kind]]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    words = result.stderr.strip().splitlines() or ["its Python ends without a word"]
    return words[-1] if result.returncode else ""


def is_ready(kind: str) -> bool:
    """Tell whether the environment holds what is wanted; quick, since every start asks.

    Damage inside a package does not show here but when its program ends at once: see `run_sound`.
    """
    stamp, version = read_stamp(), version_of(venv_python(VENV))
    enough = ("core", "dev") if kind == "core" else ("dev",)
    if version is None or stamp.get("kind") not in enough or (VENV / "installing").exists():
        return False
    if stamp.get("wanted") != wanted(str(stamp["kind"]), version):
        return False
    return set(stamp.get("packages", ())) <= site_packages(version)


def ensure_environment(kind: str) -> None:
    """Make, update or mend .venv until it holds the lock of `kind`, in the least work."""
    if is_ready(kind):
        return
    trouble = hopeless()
    if not trouble:
        say("Updating the environment in .venv.")
        before = {name for name in read_stamp().get("packages", ()) if "-info" not in name}
        trouble = install(kind)
        if not trouble and before - site_packages(version_of(venv_python(VENV)) or (0, 0)):
            trouble = "files of installed packages are missing"
    if trouble and (VENV.exists() or VENV.is_symlink()):
        say(f"The environment in .venv is broken ({trouble}); making it again.")
    if trouble:
        renew_environment(kind)
    else:
        write_stamp(kind)


def renew_environment(kind: str) -> None:
    """Make .venv from nothing."""
    make_venv()
    trouble = install(kind)
    if trouble:
        say(f"It still does not work ({trouble}); fetching every package anew.")
        os.environ.update(UV_NO_CACHE="1", PIP_NO_CACHE_DIR="1")
        make_venv()
        trouble = install(kind)
    if trouble:
        raise LabError(f"The environment in .venv does not work after a fresh start: {trouble}")
    write_stamp(kind)


def hopeless() -> str:
    """Return why the folder .venv cannot be updated in place; empty if it can."""
    if not VENV.is_dir():
        return "it is missing"
    if (VENV / "installing").exists():
        return "its installation was interrupted"
    version = version_of(venv_python(VENV))
    if version is None:
        return "its Python does not start"
    if "pip" not in site_packages(version):
        return "its packages are gone"
    return unsupported(version)


def make_venv() -> None:
    """Make an empty .venv in place of whatever is there."""
    if importlib.util.find_spec("ensurepip") is None:
        raise LabError(
            "This Python cannot make environments; install its venv part "
            "(Debian, Ubuntu: sudo apt install python3-venv) and run this again."
        )
    try:
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(VENV)
    except OSError as error:
        raise LabError(
            f"The old folder {VENV} cannot be removed ({error.strerror}); close the programs "
            "that use it, remove it by hand and run this again."
        ) from error
    say(f"Making the environment .venv with Python {sys.version.split()[0]}.")
    create_venv()


def create_venv() -> None:
    """Let Python make the folder .venv with its pip."""
    command = [sys.executable, "-m", "venv", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        words = (made.stdout + made.stderr).strip().splitlines() or ["no reason given"]
        raise LabError(f"The environment {VENV} cannot be made: {words[-1]}")


def find_uv() -> str | None:
    """Return a uv that really starts, or None: it is quick, but pip will do."""
    path = shutil.which("uv")
    if path is None:
        return None
    try:
        works = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return path if works.returncode == 0 else None


def install(kind: str) -> str:
    """Install the lock of `kind` and the project; return what does not work, if anything."""
    marker = VENV / "installing"
    marker.write_text("An installation that was not finished leaves this file.\n")
    (VENV / "galactolab-stamp.json").unlink(missing_ok=True)
    lock = ROOT / LOCKS[kind]
    total = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    started = time.monotonic()
    say(f"Installing about {total} packages (once; it needs the network).")
    # The lock is complete, so nothing has to be resolved, and the build backend is in it,
    # so the project itself installs without asking for anything.
    steps = [
        ["--no-deps", "--require-hashes", "-r", str(lock)],
        ["--no-deps", "--no-build-isolation", "-e", str(ROOT)],
    ]
    for step in steps:
        words = run_installer(step, total if "-r" in step else 0)
        if is_outside_trouble(words):
            marker.unlink()  # nothing was touched: installers fetch everything first
            raise LabError(install_trouble(words))
        if words:
            return install_trouble(words)
    silence_news()
    trouble = damage(kind)
    if not trouble:
        marker.unlink()
        say(f"Installed in {time.monotonic() - started:.0f} s.")
    return trouble


def run_installer(arguments: list[str], total: int) -> str:
    """Run uv, or pip where there is no uv or uv fails; return the last words of a failure."""
    python, uv = str(venv_python(VENV)), find_uv()
    if uv is not None:
        environment = {**child_environment(), "UV_PYTHON_DOWNLOADS": "never"}
        # Copies, not hard links: what is damaged here must not damage uv's store.
        command = [uv, "pip", "install", "--quiet", "--link-mode=copy", "--python", python]
        command += arguments
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT
        )
        if done.returncode == 0:
            return ""
    command = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    code, words = run_counting([*command, "--progress-bar=off", *arguments], total)
    return (words or "pip ended without a word") if code else ""


def run_counting(command: list[str], total: int) -> tuple[int, str]:
    """Run pip and draw a bar from its own lines; return its exit code and its words."""
    lines: list[str] = []
    fetched, bar = 0, sys.stdout.isatty() and total > 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=child_environment(),
        cwd=str(ROOT),
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            fetched += line.startswith("Collecting ")
            if bar:
                filled = min(30, 30 * fetched // total)
                print(f"\r  [{'#' * filled:30}] {fetched} of about {total}", end="", flush=True)
    if bar:
        print()
    return process.returncode, "".join(lines)


def is_outside_trouble(words: str) -> bool:
    """Tell whether an installer failed for want of network or room on the disk."""
    return any(sign in words.lower() for sign in (*NO_NETWORK, NO_ROOM))


def install_trouble(words: str) -> str:
    """Turn an installer's last words into one sentence."""
    if NO_ROOM in words.lower():
        return "The disk is full: the environment needs about 0.7 GB. Free some and run this again."
    if is_outside_trouble(words):
        return (
            "The packages cannot be fetched: no way to the package index. Connect this "
            "computer (or set HTTPS_PROXY) and run this again; later starts work offline."
        )
    said = [line.strip() for line in words.splitlines() if line.strip()] or ["no reason given"]
    return "the packages cannot be installed: " + " ".join(said[-2:])


def silence_news() -> None:
    """Tell this environment's JupyterLab to ask nobody for news and updates."""
    folder = VENV / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": quiet}
    (folder / "overrides.json").write_text(json.dumps(overrides, indent=1), encoding="utf-8")


def write_stamp(kind: str) -> None:
    """Remember what a finished installation holds."""
    version = version_of(venv_python(VENV)) or (0, 0)
    # Lines of pip that was itself replaced, and folders of bytecode, come and go.
    packages = sorted(
        name
        for name in site_packages(version)
        if name != "__pycache__" and not name.startswith("~")
    )
    stamp = {"kind": kind, "wanted": wanted(kind, version), "packages": packages}
    (VENV / "galactolab-stamp.json").write_text(json.dumps(stamp), encoding="utf-8")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second start wait until the first has set up the environment."""
    folder = ROOT / ".cache"
    try:
        folder.mkdir(exist_ok=True)
        handle = (folder / "lab.lock").open("w")
    except OSError as error:
        raise LabError(
            f"The folder {ROOT} cannot be written to ({error.strerror}); move the workbook to a "
            "folder of your own and run this again."
        ) from error
    with handle:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 (Windows only)

            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl  # noqa: PLC0415 (not on Windows)

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("Another lab.py is setting up; waiting for it.")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def child_environment() -> dict[str, str]:
    """Return the environment variables for programs of .venv: its own come first."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONPATH"}}
    programs = str(venv_python(VENV).parent)
    path = os.pathsep.join([programs, kept.get("PATH", os.defpath)])
    own = {"PATH": path, "VIRTUAL_ENV": str(VENV)}
    return {**kept, **own, "PYTHONNOUSERSITE": "1", "JUPYTER_PREFER_ENV_PATH": "1"}


# --- What is run in it ------------------------------------------------------------------


def run(*arguments: str) -> int:
    """Run the environment's Python until it has ended.

    In a terminal Ctrl-C reaches it, too; where only we are interrupted, it is told to end.
    """
    command = [str(venv_python(VENV)), *arguments]
    with subprocess.Popen(command, env=child_environment(), cwd=str(ROOT)) as process:
        with contextlib.suppress(ValueError):  # signals belong to the main thread
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        patience = None
        while True:
            try:
                return process.wait(patience)
            except KeyboardInterrupt:
                patience = 10.0
            except subprocess.TimeoutExpired:
                process.terminate()


def run_sound(kind: str, *arguments: str) -> int:
    """Run a program; if it fails because the environment is damaged, mend that and run it again."""
    code = run(*arguments)
    trouble = damage(kind) if code not in {0, INTERRUPTED, *ENDED} else ""
    if trouble:
        say(f"The environment in .venv is broken ({trouble}); making it again.")
        with one_at_a_time():
            renew_environment(kind)
        code = run(*arguments)
    return code


def build_cases() -> None:
    """Build the virtual patients of the case library, unless nothing has changed since."""
    digest = hashlib.sha256()
    for folder in CASE_SOURCES:
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix != ".pyc":
                digest.update(path.read_bytes())
    stamp = ROOT / ".cache" / "cases-built"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("Building the case library (once).")
    code = run("-m", "galactolab", "build-cases")
    if code == 0:
        stamp.write_text(digest.hexdigest())
    elif code in {INTERRUPTED, *ENDED}:
        raise KeyboardInterrupt
    else:
        say("The case library could not be built (see above); a case is built when it is opened.")


def port_of(arguments: list[str]) -> int | None:
    """Return the port that a person asked for, if she did.

    >>> port_of(["--port", "9000"]), port_of(["--port=9001"]), port_of([])
    (9000, 9001, None)
    """
    for index, word in enumerate(arguments):
        name, _, value = word.partition("=")
        if name in {"--port", "--ServerApp.port"}:
            value = value or "".join(arguments[index + 1 : index + 2])
            if not value.isdigit() or not 0 < int(value) < 65536:
                raise LabError(f"--port is {value!r}, but a port is a number from 1 to 65535.")
            return int(value)
    return None


def check_port(port: int) -> None:
    """Raise if somebody listens on this port of loopback already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise LabError(f"Port {port} is in use; choose another, such as --port {port + 1}.")


def lab_command(arguments: list[str]) -> list[str]:
    """Return the arguments that start JupyterLab, the person's own last."""
    names = {word.partition("=")[0] for word in arguments}
    # Its own deprecations are no news for a student; her kernels keep theirs.
    command = ["-W", "ignore::DeprecationWarning", "-m", "jupyterlab"]
    command += [f"--ServerApp.root_dir={NOTEBOOKS}"]
    # No question at Ctrl-C, only warnings and the address, no list of extensions from outside.
    command += ["--ServerApp.answer_yes=True", "--LabApp.extension_manager=readonly"]
    command += ["--LabApp.news_url=None"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    if (NOTEBOOKS / FIRST_NOTEBOOK).exists():
        command.append(f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}")
    if not names & {"--ip", "--ServerApp.ip"}:
        command.append("--ip=127.0.0.1")
    if not names & {"--log-level", "--Application.log_level", "--debug"}:
        command.append("--log-level=WARN")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and "--allow-root" not in names:
        command.append("--allow-root")
    if port_of(arguments) is not None:
        command.append("--ServerApp.port_retries=0")
    return [*command, *arguments]


def start_lab(arguments: list[str]) -> int:
    """Open JupyterLab on the first notebook, on loopback, until Ctrl-C."""
    port = port_of(arguments)
    if port is not None:
        check_port(port)
    with one_at_a_time():
        ensure_environment("core")
        build_cases()
    say("JupyterLab starts; Ctrl-C in this window ends it.")
    code = run_sound("core", *lab_command(arguments))
    say("JupyterLab has ended.")
    return 0 if code in ENDED else code


def start_tests(arguments: list[str]) -> int:
    """Run every check, or pytest alone with the given arguments."""
    with one_at_a_time():
        ensure_environment("dev")
        if damage("dev"):
            renew_environment("dev")
        build_cases()
    return run(str(ROOT / ".ci" / "checks.py"), *arguments)


def start_bench(arguments: list[str]) -> int:
    """Print the tables of speed and accuracy."""
    with one_at_a_time():
        ensure_environment("core")
        build_cases()
    return run(str(ROOT / "benchmarks" / "run.py"), *arguments)


def with_other_python(arguments: list[str], sentence: str) -> int:
    """Go on with a Python that will do, if one is installed; else say the sentence."""
    other = other_python()
    if other is None:
        say(sentence)
        return 1
    say(f"{sentence} Using {other} instead.")
    return subprocess.call([other, str(Path(__file__).resolve()), *arguments])


def main(arguments: list[str]) -> int:
    """Do what the first word says; every foreseeable trouble is one sentence."""
    if arguments[:1] in (["--help"], ["-h"]):
        say(__doc__.strip())
        return 0
    sentence = unsupported(sys.version_info[:2])
    if sentence:
        return with_other_python(arguments, sentence)
    verb = {"test": start_tests, "bench": start_bench}.get("".join(arguments[:1]))
    try:
        return verb(arguments[1:]) if verb else start_lab(arguments)
    except LabError as error:
        say(str(error))
    except OSError as error:
        say(f"{error.filename or ROOT} cannot be used: {error.strerror}.")
    except KeyboardInterrupt:
        say("Stopped. The same command goes on where this one ended.")
        return INTERRUPTED
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
