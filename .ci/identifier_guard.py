"""Refuse files that would carry a patient, a person or a machine into the repository.

``python .ci/identifier_guard.py FILE ...`` prints one line for each trouble and ends with
exit code 1 if there was any: DICOM files of anybody but a virtual patient, notebooks with
stored results, and paths into somebody's home. Standard library only, since it runs before
every commit.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

SYNTHETIC = "VIRTUAL"
NAME_OR_ID = (b"\x10\x00\x10\x00", b"\x10\x00\x20\x00")  # (0010,0010) and (0010,0020)
# Written in pieces, so that this file does not refuse itself. An address may have such a folder.
HOME = re.compile(
    r"(?<!\w)/" + r"(home|Users)/[A-Za-z][\w.-]*|/" + r"root/\w|[A-Za-z]:\\+" + r"Users\\+\w"
)
MAX_TEXT = 2_000_000


def identifiers(raw: bytes) -> Iterator[str]:
    """Yield patient names and numbers from the bytes of a little-endian DICOM file."""
    for tag in NAME_OR_ID:
        at = raw.find(tag)
        while at >= 0:
            explicit = raw[at + 4 : at + 6] in {b"PN", b"LO"}
            length = int.from_bytes(
                raw[at + 6 : at + 8] if explicit else raw[at + 4 : at + 8], "little"
            )
            if length <= 64 * 5:  # three groups of 64 letters; anything longer is pixels
                yield raw[at + 8 : at + 8 + length].decode("latin-1").strip(" \0")
                break
            at = raw.find(tag, at + 4)


def is_dicom(raw: bytes, path: Path) -> bool:
    """Tell a DICOM file by its magic word, or by its name."""
    return raw[128:132] == b"DICM" or path.suffix.lower() in {".dcm", ".dicom"}


def notebook_troubles(text: str) -> Iterator[str]:
    """Say which cells of a notebook hold results."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError, TypeError):
        yield "is no notebook"
        return
    for number, cell in enumerate(cells, start=1):
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"holds results in cell {number}; strip them (nbstripout)"


def troubles(path: Path) -> Iterator[str]:
    """Say everything that keeps one file out of the repository."""
    raw = path.read_bytes()
    if is_dicom(raw, path):
        for name in identifiers(raw):
            if name and not name.startswith(SYNTHETIC):
                yield f"is a DICOM file of a patient who is not called {SYNTHETIC}..."
        return
    if len(raw) > MAX_TEXT or b"\0" in raw:
        return
    text = raw.decode("utf-8", errors="replace")
    if path.suffix == ".ipynb":
        yield from notebook_troubles(text)
    if found := HOME.search(text):
        line = text.count("\n", 0, found.start()) + 1
        yield f"names a home folder in line {line}"


def main(names: list[str]) -> int:
    """Check the named files; folders and deleted files are left out."""
    bad = 0
    for path in (Path(name) for name in names):
        for trouble in troubles(path) if path.is_file() else ():
            bad += 1
            print(f"{path} {trouble}.")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
