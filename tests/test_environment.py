"""Locks, conda file, citation and change log say the same as pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import galactolab

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
PYTHONS = ("3.11", "3.12", "3.13")
PIN = re.compile(r"^(?P<requirement>[^\s#].*==[^\\]+?)\s*\\?$", re.MULTILINE)
ADDRESS = re.compile(r"://|@ |--(extra-)?index-url|--find-links|\b[\w-]+\.(org|com|net|io)\b")


def pins(lock: str, python: str) -> dict[str, Version]:
    """Return name and version of everything that `lock` installs on one Python on Linux."""
    text = (ROOT / lock).read_text()
    where = {"python_version": python, "python_full_version": f"{python}.0"}
    where |= {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    found: dict[str, Version] = {}
    for match in PIN.finditer(text):
        wish = Requirement(match["requirement"])
        if wish.marker is None or wish.marker.evaluate(where):
            assert wish.name not in found, f"{lock} pins {wish.name} twice for Python {python}"
            found[canonicalize_name(wish.name)] = Version(str(wish.specifier).removeprefix("=="))
    return found


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group with the groups that it includes."""
    flat: list[str] = []
    for entry in PYPROJECT["dependency-groups"][name]:
        flat += group(entry["include-group"]) if isinstance(entry, dict) else [entry]
    return flat


def outside_bounds(wishes: list[str], found: dict[str, Version]) -> list[str]:
    """Return the wishes that the pins leave out or do not meet."""
    nothing = Version("0")
    requirements = [Requirement(wish) for wish in wishes]
    return [
        str(wish)
        for wish in requirements
        if found.get(canonicalize_name(wish.name), nothing) not in wish.specifier
    ]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_hold_what_the_project_asks_for(python):
    """Every dependency is pinned within its bounds, for every supported Python."""
    core, dev = pins("requirements.lock", python), pins("requirements-dev.lock", python)
    assert outside_bounds(PROJECT["dependencies"] + group("build"), core) == []
    assert outside_bounds(PROJECT["dependencies"] + group("dev"), dev) == []


def test_a_missing_or_old_pin_is_seen():
    """The comparison finds an absent package and one below its bound."""
    found = {"numpy": Version("1.0"), "scipy": Version("1")}
    assert outside_bounds(["numpy>=2.2", "scipy", "pandas>=2"], found) == [
        "numpy>=2.2",
        "pandas>=2",
    ]


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_agree(python):
    """What students and developers share has the same version in both locks."""
    core, dev = pins("requirements.lock", python), pins("requirements-dev.lock", python)
    assert core.items() <= dev.items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_address_and_hashes_all(lock):
    """Any package index will do: a lock holds names, versions and hashes only."""
    text = (ROOT / lock).read_text()
    assert ADDRESS.search(text) is None
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("line", ["-i https://a", "a @ file", "--find-links x", "# pypi.org"])
def test_an_address_would_be_seen(line):
    """The pattern that looks for addresses finds them."""
    assert ADDRESS.search(line)


def test_the_conda_file_agrees():
    """environment.yml has the project's Python and leaves everything else to pip and pyproject."""
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    names = [Requirement(entry) for entry in conda if isinstance(entry, str)]
    bounds = {entry.name: entry.specifier for entry in names}
    assert bounds.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert bounds == {"pip": SpecifierSet()}
    assert by_pip == ["-e ."]


def test_one_version_everywhere():
    """Package, pyproject, citation and change log name the same version."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = {PROJECT["version"], str(citation["version"]), newest[1] if newest else "none"}
    assert versions == {galactolab.__version__}


def test_one_licence_everywhere():
    """Citation and package name the same licence, and its text is there."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["license"] == PROJECT["license"] == "BSD-3-Clause"
    assert "BSD 3-Clause" in (ROOT / "LICENSE").read_text()


def test_python_versions_agree():
    """The launcher, the classifiers and requires-python name the same Pythons."""
    import lab

    spoken = [".".join(map(str, version)) for version in lab.SUPPORTED]
    classified = [text.rsplit(" ", 1)[1] for text in PROJECT["classifiers"] if "Python ::" in text]
    allowed = [
        v for v in ("3.10", *PYTHONS, "3.14") if v in SpecifierSet(PROJECT["requires-python"])
    ]
    assert spoken == classified == allowed == list(PYTHONS)
