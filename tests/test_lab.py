"""The launcher mends what is broken, says what is wrong in one sentence, and ends cleanly."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import lab

ROOT = Path(__file__).resolve().parents[1]
VERSION = sys.version_info[:2]
needs_posix = pytest.mark.skipif(os.name == "nt", reason="signals to a group of processes")


@pytest.fixture
def house(tmp_path, monkeypatch) -> Path:
    """A folder with locks and pyproject where the launcher believes to live; installs are noted."""
    for name in ("pyproject.toml", *lab.LOCKS.values()):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(lab, "damage", lambda _: "")
    return tmp_path


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """An environment to copy: making a real one with pip takes seconds each time."""
    folder = tmp_path_factory.mktemp("template") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages_of(folder.parent) / "pip").mkdir()
    return folder


@pytest.fixture
def installs(house, template, monkeypatch) -> list[str]:
    """Note what would be installed; installing leaves one package behind."""
    monkeypatch.setattr(
        lab, "create_venv", lambda: shutil.copytree(template, lab.VENV, symlinks=True)
    )
    done: list[str] = []

    def install(arguments, _total):
        done.append(Path(arguments[-1]).name)
        (packages_of(house) / "numpy").mkdir(exist_ok=True)
        return ""

    monkeypatch.setattr(lab, "run_installer", install)
    return done


def packages_of(house: Path) -> Path:
    return house / ".venv" / "lib" / "python{}.{}".format(*VERSION) / "site-packages"


def test_an_old_python_can_read_the_launcher():
    """The file keeps to an old grammar, so an old Python says which Python is needed."""
    ast.parse((ROOT / "lab.py").read_text(), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("version", "word"), [((3, 10), "old"), ((2, 7), "old"), ((3, 14), "new"), ((4, 0), "new")]
)
def test_an_unsupported_python_is_one_sentence(version, word):
    """It names the version at hand and the ones that will do."""
    sentence = lab.unsupported(version)
    assert sentence.startswith(f"Python {version[0]}.{version[1]} is too {word}; ")
    assert "3.11 to 3.13" in sentence


def test_supported_pythons_pass():
    """Each supported version, and the one that runs this, gives no sentence."""
    assert [lab.unsupported(version) for version in lab.SUPPORTED] == [""] * 3
    assert lab.version_of(sys.executable) == VERSION


def test_without_any_other_python_the_sentence_is_said(monkeypatch, capsys):
    """No traceback and exit code 1 where only a wrong Python is installed."""
    monkeypatch.setattr(lab, "unsupported", lambda _: "Python 3.14 is too new.")
    monkeypatch.setattr(lab, "other_python", lambda: None)
    assert lab.main([]) == 1
    assert capsys.readouterr().out == "Python 3.14 is too new.\n"


@needs_posix
def test_first_start_makes_the_environment_and_the_second_nothing(house, installs, capsys):
    """Lock and project are installed once; a second start finds all ready."""
    lab.ensure_environment("core")
    assert installs == ["requirements.lock", house.name]
    assert lab.version_of(lab.venv_python(house / ".venv")) == VERSION
    capsys.readouterr()
    lab.ensure_environment("core")
    assert len(installs) == 2
    assert capsys.readouterr().out == ""


def spoil_python(house):
    python = lab.venv_python(house / ".venv")
    python.unlink()
    python.write_text("no program")


def spoil_packages(house):
    shutil.rmtree(packages_of(house))


def spoil_marker(house):
    (house / ".venv" / "installing").touch()


def spoil_file(house):
    shutil.rmtree(house / ".venv")
    (house / ".venv").write_text("a file where a folder should be")


def spoil_folder(house):
    shutil.rmtree(house / ".venv")
    (house / ".venv").mkdir()


def spoil_version(house):
    inside = house / ".venv" / "lib"
    (inside / "python{}.{}".format(*VERSION)).rename(inside / "python3.9")


@needs_posix
@pytest.mark.parametrize(
    "spoil",
    [spoil_python, spoil_packages, spoil_marker, spoil_file, spoil_folder, spoil_version],
)
def test_a_broken_environment_is_made_again(house, installs, capsys, spoil):
    """Whatever is wrong with .venv, one line says so and afterwards it works."""
    lab.ensure_environment("core")
    spoil(house)
    capsys.readouterr()
    lab.ensure_environment("core")
    assert "is broken" in capsys.readouterr().out
    assert len(installs) == 4
    assert lab.is_ready("core")


@needs_posix
def test_a_deleted_package_is_noticed(house, installs):
    """A folder that was installed and is gone makes the environment not ready."""
    lab.ensure_environment("core")
    (packages_of(house) / "numpy").rmdir()
    assert not lab.is_ready("core")


@needs_posix
def test_a_changed_lock_updates_in_place(house, installs, capsys):
    """New pins are installed over the old ones; what a student added stays."""
    lab.ensure_environment("core")
    own = packages_of(house) / "her_own_package"
    own.mkdir()
    with (house / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    capsys.readouterr()
    lab.ensure_environment("core")
    assert "Updating" in capsys.readouterr().out
    assert own.is_dir()
    assert lab.is_ready("core")


@needs_posix
def test_a_developers_environment_will_do_for_a_student(house, installs):
    """After the dev lock no second installation is needed; the other way round it is."""
    lab.ensure_environment("dev")
    assert lab.is_ready("core")
    assert lab.is_ready("dev")
    lab.renew_environment("core")
    assert not lab.is_ready("dev")


@needs_posix
def test_without_network_the_old_environment_stays(house, installs, monkeypatch):
    """An update that cannot be fetched is one sentence and touches nothing."""
    lab.ensure_environment("core")
    (house / "requirements.lock").write_text("numpy==9\n")
    words = "WARNING: Retrying ... [Errno -3] Temporary failure in name resolution"
    monkeypatch.setattr(lab, "run_installer", lambda *_: words)
    with pytest.raises(lab.LabError, match="no way to the package index"):
        lab.ensure_environment("core")
    assert (packages_of(house) / "numpy").is_dir()
    assert lab.hopeless() == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("error: dns error", "cannot be fetched"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("a\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "DO NOT MATCH THE HASHES"),
        ("", "no reason given"),
    ],
)
def test_an_installers_last_words_become_one_sentence(words, sentence):
    """Network, disk and all else are told apart."""
    assert sentence in lab.install_trouble(words)


def test_without_ensurepip_the_missing_package_is_named(house, monkeypatch):
    """Debian keeps it in a package of its own."""
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(lab.LabError, match="apt install python3-venv"):
        lab.make_venv()


@needs_posix
def test_a_real_environment_has_python_and_pip(house):
    """What Python itself makes is an environment that can be installed into."""
    lab.make_venv()
    assert lab.version_of(lab.venv_python(lab.VENV)) == VERSION
    assert (packages_of(house) / "pip").is_dir()
    assert lab.hopeless() == ""


def test_a_folder_that_cannot_be_written_to_is_named(house, monkeypatch, capsys):
    """One sentence with the folder, exit code 1."""

    def refuse(self, *_args, **_options):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert lab.main(["--no-browser"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"The folder {house} cannot be written to (Permission denied)")
    assert said.count("\n") == 1


def test_a_damaged_program_is_mended_and_run_again(monkeypatch, house, capsys):
    """A start that fails because a package is damaged renews the environment, once."""
    codes, renewed = iter([1, 0]), []
    monkeypatch.setattr(lab, "run", lambda *_: next(codes))
    monkeypatch.setattr(lab, "damage", lambda _: "ImportError: jupyterlab")
    monkeypatch.setattr(lab, "renew_environment", renewed.append)
    assert lab.run_sound("core", "-m", "jupyterlab") == 0
    assert renewed == ["core"]
    assert "ImportError: jupyterlab" in capsys.readouterr().out


@needs_posix
def test_a_spoiled_store_of_packages_is_gone_around(house, installs, monkeypatch):
    """If a fresh installation is damaged, everything is fetched anew; then it is said."""
    monkeypatch.setattr(lab.os, "environ", dict(os.environ))
    troubles = iter(["numpy is damaged", ""])
    monkeypatch.setattr(lab, "damage", lambda _: next(troubles))
    lab.renew_environment("core")
    assert lab.is_ready("core")
    assert lab.os.environ["UV_NO_CACHE"] == "1"
    monkeypatch.setattr(lab, "damage", lambda _: "numpy is damaged")
    with pytest.raises(lab.LabError, match="numpy is damaged"):
        lab.renew_environment("core")


@needs_posix
def test_damage_inside_a_package_is_found(house, template, monkeypatch):
    """A file that is shorter than it was installed, or gone, is named."""
    monkeypatch.undo()
    monkeypatch.setattr(lab, "VENV", house / ".venv")
    shutil.copytree(template, lab.VENV, symlinks=True)
    record = packages_of(house) / "tool-1.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("tool.py,sha256=x,5\n")
    (record.parent / "METADATA").write_text("Metadata-Version: 2.1\nName: tool\nVersion: 1\n")
    assert lab.damage("core") == "tool.py is damaged"
    (packages_of(house) / "tool.py").write_text("x = 1")
    assert "No module named 'galactolab'" in lab.damage("core")
    (packages_of(house) / "tool.py").write_text("")
    assert lab.damage("core") == "tool.py is damaged"


@pytest.mark.parametrize(
    ("words", "port"),
    [(["--port", "9000"], 9000), (["--port=9001"], 9001), (["--ServerApp.port=9"], 9), ([], None)],
)
def test_the_port_is_read_in_each_spelling(words, port):
    """Both spellings of both names."""
    assert lab.port_of(words) == port


@pytest.mark.parametrize("words", [["--port"], ["--port", "many"], ["--port=0"], ["--port=70000"]])
def test_an_impossible_port_is_one_sentence(words):
    """A port is a number from 1 to 65535."""
    with pytest.raises(lab.LabError, match="from 1 to 65535"):
        lab.port_of(words)


def test_a_port_in_use_is_one_sentence():
    """It is named before JupyterLab is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(lab.LabError, match=f"Port {port} is in use"):
            lab.check_port(port)


def test_jupyterlab_stays_on_loopback_unless_told_otherwise():
    """Loopback and no news by default; a person's own address is not contradicted."""
    command = lab.lab_command(["--no-browser"])
    assert "--ip=127.0.0.1" in command
    assert "--LabApp.news_url=None" in command
    assert command[-1] == "--no-browser"
    assert "--ip=127.0.0.1" not in lab.lab_command(["--ip=0.0.0.0"])


def test_help_needs_nothing(capsys):
    """The three uses are shown, and nothing is installed."""
    assert lab.main(["--help"]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"python3 lab\.py( \w+)?", said) == ["", " test", " bench"]


STARTED = """
import signal, sys, lab
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
lab.VENV = Path(sys.prefix)
lab.ensure_environment = lambda kind: None
lab.build_cases = lambda: None
sys.exit(lab.main(sys.argv[1:]))
"""


def answer(url: str) -> int:
    """Return the status that a server answers with; 0 if nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 (our own server)
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@needs_posix
def test_jupyterlab_starts_on_the_port_and_ctrl_c_ends_it(tmp_path):
    """It answers on its port, asks for its token, and Ctrl-C ends it with code 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "RUNTIME")}
    said = tmp_path / "said.txt"
    with said.open("w") as words:
        process = subprocess.Popen(
            [sys.executable, "-c", STARTED, "--no-browser", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | folders,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        patience = time.monotonic() + 120
        while answer(f"{url}/api") != 200 and time.monotonic() < patience:
            assert process.poll() is None, said.read_text()
            time.sleep(0.2)
        token = re.search(r"\?token=(\w+)", said.read_text())[1]
        assert answer(f"{url}/api/contents?token={token}") == 200
        assert answer(f"{url}/api/contents") == 403
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert said.read_text().rstrip().endswith("JupyterLab has ended.")
    assert "/lab/tree/00_start_here.ipynb" in said.read_text()
