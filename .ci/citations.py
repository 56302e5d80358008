"""Citations of the lessons: ``make cite`` writes them out, the contract checks that it was done.

An author writes ``[44]`` or ``[44, 71]`` behind a fact, before the full stop. This script turns
it into ``[[44 A]]``, name and grade, and adds a link definition below the cell's text, so that the
brackets lead to the list of references at the end of the lesson, which it writes as well::

    make cite
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from galactolab.clinic.references import (
    UNPUBLISHED,
    Grade,
    in_order,
    label,
    reference,
    references,
)

ROOT = Path(__file__).resolve().parents[1]
HEADING = "## References"
# One citation or several in one pair of brackets, with the grade or without, but no link text.
NAME = r"(?:[a-z][a-z-]*\d{1,4}[a-z]?|\d{1,3}|" + "|".join(UNPUBLISHED) + r")(?: [A-D])?"
CITATION = re.compile(
    rf"\[(?P<linked>\[{NAME}\](?:, ?\[{NAME}\])*)\]"
    rf"|(?<![\[\]\w])\[(?P<plain>{NAME}(?:, ?{NAME})*)\](?![(:\]])"
)
DEFINITION = re.compile(rf"^\[{NAME}\]: #ref-.*\n?", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def text_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, whichever way the file splits it."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def names_in(match: re.Match[str]) -> list[str]:
    """Return the names that a citation holds, without their grades.

    >>> [names_in(match) for match in CITATION.finditer("[44, s22] [[44 A], [inference]]")]
    [['44', 's22'], ['44', 'inference']]
    """
    inside = match["linked"] or match["plain"]
    return [re.sub(r" [A-D]$", "", part.strip(" []")) for part in inside.split(",")]


def without_code(text: str) -> str:
    """Return markdown with its code blanked out, every other character in its place."""
    return CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def cited(text: str) -> Iterator[str]:
    """Yield the name of every citation in a markdown text; code is left alone.

    >>> list(cited("One in eight [44, 50] of them [inference]; `x[44]` is code."))
    ['44', '50', 'inference']
    """
    prose = without_code(DEFINITION.sub("", text))
    for match in CITATION.finditer(prose):
        yield from names_in(match)


def known(name: str) -> bool:
    """Tell whether a citation resolves."""
    return name in UNPUBLISHED or name in references()


def written_out(text: str, *, lesson: str) -> str:
    """Return markdown in which every citation shows its grade and leads to the list.

    >>> print(written_out("One in eight [44].", lesson="01"))
    One in eight [[44 A]].
    <BLANKLINE>
    [44 A]: #ref-01-44 "Chen et al. 2012"
    """
    text = DEFINITION.sub("", text).rstrip()
    prose, pieces, end = without_code(text), [], 0
    for match in CITATION.finditer(prose):
        names = names_in(match)
        marks = ", ".join(f"[{label(name)}]" for name in names if known(name))
        whole = all(map(known, names))
        pieces += [text[end : match.start()], f"[{marks}]" if whole else match[0]]
        end = match.end()
    body = "".join([*pieces, text[end:]]).replace("]], [[", "], [")
    lines = [_definition(name, lesson) for name in in_order(filter(known, cited(body)))]
    return "\n".join([body, "", *lines]) if lines else body


def _definition(name: str, lesson: str) -> str:
    words = UNPUBLISHED.get(name) or reference(name).short
    return f'[{label(name)}]: #ref-{lesson}-{name} "{words.replace(chr(34), "")}"'


def reference_list(names: tuple[str, ...], *, lesson: str) -> str:
    """Return the last section of a lesson: every source, its grade, and how much was read."""
    published = [name for name in names if name in references()]
    lines = [
        f'* <a id="ref-{lesson}-{name}"></a>**[{label(name)}]** {_entry(name)}' for name in names
    ]
    grades = "; ".join(f"{grade}, {grade.meaning}" for grade in Grade)
    about = f"Grades: {grades}." if published else ""
    return "\n".join([HEADING, "", *([about, ""] if about else []), *lines])


def _entry(name: str) -> str:
    if name in UNPUBLISHED:
        return UNPUBLISHED[name]
    entry = reference(name)
    words = entry.citation
    tail = f"doi:{entry.doi}" if entry.doi else f"PMID {entry.pmid}" if entry.pmid else entry.url
    if entry.address:
        words = words.removesuffix(tail) + f"[{tail}]({entry.address})"
    return f"{words} *({entry.read} read)*"


def lesson_of(notebook: Mapping[str, Any]) -> str:
    """Return a lesson's title in small letters: two open lessons must not share an anchor.

    >>> lesson_of({"cells": [{"cell_type": "markdown", "source": "# Start here"}]})
    'start-here'
    """
    first = next((cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"), None)
    title = text_of(first).partition("\n")[0] if first else ""
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())) or "lesson"


def cited_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with its citations written out and its references listed."""
    made, lesson = deepcopy(dict(notebook)), lesson_of(notebook)
    prose = [cell for cell in made["cells"] if cell["cell_type"] == "markdown"]
    body = [cell for cell in prose if not text_of(cell).startswith(HEADING)]
    found = in_order(name for cell in body for name in cited(text_of(cell)) if known(name))
    for cell in body:
        cell["source"] = written_out(text_of(cell), lesson=lesson)
    for cell in prose:
        if text_of(cell).startswith(HEADING):
            cell["source"] = reference_list(found, lesson=lesson)
    return made


def unknown_names(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the citations that resolve to nothing, in the order of the lesson."""
    prose = (text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    names = (name for text in prose for name in cited(text))
    return tuple(dict.fromkeys(name for name in names if not known(name)))


def main(arguments: list[str]) -> int:
    """Write out the citations of the named notebooks, or of all."""
    paths = [Path(name) for name in arguments] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    n_unknown = 0
    for path in paths:
        notebook = json.loads(path.read_text("utf-8"))
        for name in unknown_names(notebook):
            n_unknown += 1
            print(f"{path.name}: there is no reference {name!r}")
        made = cited_notebook(notebook)
        for cell in made["cells"]:
            cell["source"] = text_of(cell).splitlines(keepends=True)
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(n_unknown > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
