"""The contract of a lesson: what every notebook in ``notebooks/`` has to keep.

Each rule is a function from a notebook (the parsed JSON) to sentences about what is wrong.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from citations import (
    CITATION,
    DEFINITION,
    HEADING,
    cited_notebook,
    text_of,
    unknown_names,
    without_code,
)

Notebook = Mapping[str, Any]
MAX_LINES = 12
SWAP = "swap-a-stage"
# The order of a lesson. Between the third and the last two it may have sections of its own.
ORDER = (
    "Objectives",
    "Why it matters",
    "Look",
    "Manipulate",
    "Decide",
    "Check",
    "Key points",
    "References",
)
REQUIRED = ("Objectives", "Key points", "References")
ABSOLUTE = re.compile(r"""["'(](/(?!/)[\w.-]+/|~/|[A-Za-z]:[\\/]|file://)""")
TRICKS = re.compile(
    r"sys\.path|PYTHONPATH|os\.chdir|%cd\b|!|%pip|%conda|\b(requests|urllib|httpx|socket|wget)\b"
    r"|https?://"
)
# What reads like a number and states no fact: a lesson, a step, a name that holds a number.
NO_FACT = re.compile(
    r"\b(?:[Ll]essons?|[Ss]teps?|[Ss]ections?|[Cc]ells?|CID|TID|Python) \d+(?: (?:and|to|or) \d+)?"
    r"|!?\[[^\]\n]*\]\([^)\n]*\)|https?://\S+|doi:\S+|<[^>\n]+>|&#?\w+;"
)
NUMBER = re.compile(r"(?<![\w#.,-])\d+(?:[.,]\d+)*(?![\w-]*[A-Za-z])")
# Sections in which numbers state minutes, claims of the code below, or places of other lessons.
EXEMPT = ("Objectives", "Check", "The lessons", "References")
MINUTES = re.compile(r"^\|\s*\d+\s*\||\b\d+ minutes\b", re.MULTILINE)


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, whichever way the file splits it."""
    return text_of(cell)


def code_cells(notebook: Notebook) -> list[tuple[int, Mapping[str, Any]]]:
    """Return the code cells with their numbers, counted from 1 among all cells."""
    cells = enumerate(notebook["cells"], start=1)
    return [(number, cell) for number, cell in cells if cell["cell_type"] == "code"]


def tags(cell: Mapping[str, Any]) -> list[str]:
    """Return a cell's tags."""
    return list(cell.get("metadata", {}).get("tags", []))


def headings(notebook: Notebook) -> list[tuple[int, str]]:
    """Return level and words of every heading, fenced code left out."""
    texts = [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    prose = re.sub(r"^```.*?^```", "", "\n".join(texts), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^(#{1,6}) +(.+?)\s*$", prose, re.MULTILINE)
    return [(len(marks), words) for marks, words in found]


def section(notebook: Notebook, name: str) -> str:
    """Return the text under a second-level heading that starts with `name`."""
    texts = [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    parts = re.split(r"^## +", "\n".join(texts), flags=re.MULTILINE)[1:]
    return next((part.partition("\n")[2] for part in parts if part.startswith(name)), "")


def stored_without_results(notebook: Notebook) -> Iterable[str]:
    """No output, no execution count, no saved widget state."""
    for number, cell in code_cells(notebook):
        if cell.get("outputs"):
            yield f"cell {number} has stored outputs"
        if cell.get("execution_count") is not None:
            yield f"cell {number} has an execution count"
    if "widgets" in notebook.get("metadata", {}):
        yield "the metadata hold saved widgets"


def short_cells(notebook: Notebook) -> Iterable[str]:
    """No code cell is longer than a student reads at once."""
    for number, cell in code_cells(notebook):
        lines = len(source(cell).strip().splitlines())
        if lines > MAX_LINES:
            yield f"cell {number} has {lines} lines of code, at most {MAX_LINES} are allowed"
        if lines == 0:
            yield f"cell {number} is empty"


def no_definitions(notebook: Notebook) -> Iterable[str]:
    """Keep what has a name in the package, but for a stage that a student swaps in."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for number, cell in code_cells(notebook):
        if SWAP in tags(cell):
            continue
        try:
            nodes = list(ast.walk(ast.parse(source(cell))))
        except SyntaxError:
            yield f"cell {number} is not plain Python"
            continue
        yield from (
            f"cell {number} defines {node.name}" for node in nodes if isinstance(node, kinds)
        )


def at_home_anywhere(notebook: Notebook) -> Iterable[str]:
    """No absolute path, no network, no change of where modules come from."""
    for number, cell in code_cells(notebook):
        text = source(cell)
        if ABSOLUTE.search(text):
            yield f"cell {number} holds an absolute path"
        # A comparison with != is no shell escape.
        if trick := TRICKS.search(text.replace("!=", "")):
            yield f"cell {number} uses {trick.group()!r}"


def plain_kernel(notebook: Notebook) -> Iterable[str]:
    """Every installation has the kernel that is called python3."""
    name = notebook.get("metadata", {}).get("kernelspec", {}).get("name")
    if name != "python3":
        yield f"the kernel is {name!r}, but it has to be 'python3'"


def headings_in_order(notebook: Notebook) -> Iterable[str]:
    """One title first, no level left out, the sections of a lesson in their order."""
    found = headings(notebook)
    levels = [level for level, _ in found]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "there has to be exactly one title (#), and it comes first"
    for (before, _), (level, words) in pairwise(found):
        if level > before + 1:
            yield f"the heading {words!r} leaves out a level"
    sections = [words for level, words in found if level == 2]
    known = [name for words in sections for name in ORDER if words.startswith(name)]
    places = [ORDER.index(name) for name in known]
    if places != sorted(places):
        yield f"the sections are in the order {', '.join(known)}"
    yield from (f"there is no section {name!r}" for name in REQUIRED if name not in known)
    if "References" in known and not sections[-1].startswith("References"):
        yield "the references have to be the last section"


def filled_sections(notebook: Notebook) -> Iterable[str]:
    """Objectives state minutes, key points are a list, references are one, too."""
    if not MINUTES.search(section(notebook, "Objectives")):
        yield "the objectives state no minutes"
    if not re.search(r"^[*-] ", section(notebook, "Key points"), re.MULTILINE):
        yield "the key points are no list"
    if not re.search(r"^\* ", section(notebook, "References"), re.MULTILINE):
        yield "the references are no list"


def sentences(notebook: Notebook) -> Iterable[str]:
    """Yield the prose outside the exempt sections: sentences, items and rows of tables.

    Code, link definitions and everything in `NO_FACT` are blanked out.
    """
    inside = ""
    for cell in notebook["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        text = NO_FACT.sub(" ", without_code(DEFINITION.sub("", source(cell))))
        for block in re.split(r"\n\s*\n|\n(?=\s*(?:[*-]|\d+\.|\|) ?)|\n(?=#)", text):
            body = block
            if heading := re.match(r"\s*(#+) +(.+)", block):
                inside = heading[2] if heading[1] == "##" else inside
                body = block.strip().partition("\n")[2]
            if inside.startswith(EXEMPT):
                continue
            plain = re.sub(r"^\s*\d+\. ", "", body)
            yield from [plain] if "|" in plain else re.split(r"(?<=[.!?:])\s+(?=[A-Z*])", plain)


def numbers_cited(notebook: Notebook) -> Iterable[str]:
    """No number without a citation in the same sentence, item or row of a table."""
    for sentence in sentences(notebook):
        bare = CITATION.sub("", sentence)
        if NUMBER.search(bare) and not CITATION.search(sentence):
            words = " ".join(bare.split())
            yield f"a number without a citation: {words[:100]!r}"


def citations_resolve(notebook: Notebook) -> Iterable[str]:
    """Every citation is a reference in data/evidence, shows its grade, and is listed."""
    unknown = unknown_names(notebook)
    yield from (f"the citation [{name}] resolves to nothing" for name in unknown)
    made = cited_notebook(notebook)
    pairs = zip(notebook["cells"], made["cells"], strict=True)
    if any(source(before).rstrip() != source(after).rstrip() for before, after in pairs):
        yield f"grades, links or the list under {HEADING!r} are not up to date: run make cite"


RULES: tuple[Callable[[Notebook], Iterable[str]], ...] = (
    stored_without_results,
    short_cells,
    no_definitions,
    at_home_anywhere,
    plain_kernel,
    headings_in_order,
    filled_sections,
    numbers_cited,
    citations_resolve,
)


def broken(notebook: Notebook) -> list[str]:
    """Return a sentence for everything in which a notebook breaks the contract."""
    return [sentence for rule in RULES for sentence in rule(notebook)]
