"""The same verbs from a shell: ``galactolab analyze case.dcm --out results``.

A user's mistake is one sentence on standard error and exit code 2. Heavy libraries load
inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from galactolab import __version__
from galactolab.errors import GalactolabError

if TYPE_CHECKING:
    from galactolab.records import Galactogram

USER_MISTAKE = 2


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, with its help texts."""
    parser = argparse.ArgumentParser(
        prog="galactolab",
        description="Read galactograms (ductograms): ducts, tree, measurements, findings. "
        "For teaching and research; it does not diagnose.",
    )
    parser.add_argument("--version", action="version", version=f"galactolab {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    analyze = verbs.add_parser("analyze", help="read DICOM files and write what was found")
    analyze.add_argument("files", nargs="+", metavar="FILE", help="DICOM file, or NAME of a case")
    analyze.add_argument("--out", required=True, type=Path, metavar="DIR", help="output folder")
    analyze.add_argument(
        "--spacing-mm", type=float, metavar="MM", help="pixel distance, for files that state none"
    )
    analyze.set_defaults(run=_analyze)

    info = verbs.add_parser("info", help="say what a file holds, without patient data")
    info.add_argument("files", nargs="+", metavar="FILE")
    info.add_argument("--spacing-mm", type=float, metavar="MM")
    info.set_defaults(run=_info)

    cases = verbs.add_parser("cases", help="list the virtual patients of the case library")
    cases.set_defaults(run=_cases)

    build = verbs.add_parser("build-cases", help="build the case library, with a progress bar")
    build.set_defaults(run=_build_cases)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Examples
    --------
    >>> main(["analyze", "missing.dcm", "--out", "results"])  # doctest: +SKIP
    2
    """
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except GalactolabError as error:
        _say(str(error))
        return USER_MISTAKE
    except KeyboardInterrupt:
        _say("Stopped.")
        return 130
    return code


def _analyze(arguments: argparse.Namespace) -> int:
    from galactolab import report
    from galactolab.reading import DEFAULT

    report.checked_folder(arguments.out)
    rows: list[dict[str, object]] = []
    code = 0
    for file, name in _named(arguments.files):
        try:
            galactogram = _opened(file, arguments.spacing_mm)
            analysis = DEFAULT(galactogram)
            report.write(analysis, galactogram, arguments.out, name=name)
            rows.append(report.summary_row(name, analysis, galactogram))
            print(f"{name}: {analysis!r}")
        except GalactolabError as error:
            code = USER_MISTAKE
            rows.append({"name": name, "error": str(error)})
            _say(str(error))
        except Exception as error:  # noqa: BLE001 (one file's defect must not cost the others)
            code = USER_MISTAKE
            sentence = f"{file}: reading stopped at a defect of galactolab ({error!r})."
            rows.append({"name": name, "error": sentence})
            _say(sentence)
    report.write_summary(rows, arguments.out)
    return code


def _info(arguments: argparse.Namespace) -> int:
    code = 0
    for file in arguments.files:
        try:
            print(f"{file}: {_opened(file, arguments.spacing_mm)!r}")
        except GalactolabError as error:
            code = USER_MISTAKE
            _say(str(error))
    return code


def _cases(_: argparse.Namespace) -> int:
    from galactolab import datasets

    for name in datasets.names():
        print(name)
    return 0


def _build_cases(_: argparse.Namespace) -> int:
    from galactolab import datasets

    datasets.build(progress=_progress_bar)
    return 0


def _opened(file: str, spacing_mm: float | None) -> Galactogram:
    """Read a DICOM file; a bare word that is no file may name a case of the library."""
    from galactolab import datasets
    from galactolab.dicom import read_galactogram

    if not Path(file).exists() and file in datasets.names():
        return read_galactogram(datasets.path(file))
    return read_galactogram(Path(file), spacing_mm=spacing_mm)


def _named(files: Iterable[str]) -> list[tuple[str, str]]:
    """Pair each file with an output name; equal stems get -2, -3, ... so none is lost."""
    used: set[str] = set()
    pairs = []
    for file in files:
        path = Path(file)
        stem = path.stem if path.suffix.lower() in {".dcm", ".dicom"} else path.name or "image"
        number, name = 1, stem
        while name in used:
            number += 1
            name = f"{stem}-{number}"
        used.add(name)
        pairs.append((file, name))
    return pairs


def _progress_bar(done: int, total: int, name: str) -> None:
    """Draw one line on standard error that fills up."""
    width = 30
    filled = width * done // max(total, 1)
    bar = "#" * filled + "." * (width - filled)
    end = "\n" if done >= total else ""
    print(f"\r[{bar}] {done}/{total} {name:<32.32}", end=end, file=sys.stderr, flush=True)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
