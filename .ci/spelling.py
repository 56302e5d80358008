"""The spelling of everything that people read: American words, and no known typo.

British forms are looked for by the list below; typos by codespell's dictionary, which works
without a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENDINGS = (".md", ".py", ".toml", ".csv", ".ipynb", ".js", ".css")
FOLDERS = ("galactolab", "data", "notebooks", "benchmarks", ".ci")
# Titles of publications keep their own spelling, and so do codes and words of other languages.
SKIPPED = ("references.toml", "further_reading.toml", "spelling.py", "attenuation.csv")
BRITISH = re.compile(
    r"\b(colour\w*|tumour\w*|grey\w*|centre[ds]?|fibres?|calibres?|favour\w*|behaviour\w*"
    r"|neighbour\w*|labell(?:ed|ing)|modell(?:ed|ing)|cancell(?:ed|ing)|analys(?:e|ed|ing)"
    r"|anaesth\w+|haem\w+|oedema\w*|\w+rrhoea|artefacts?|(?:milli|centi)?metres?|(?:milli)?litres?"
    r"|(?:digit|local|minim|normal|optim|organ|random|recogn|visual)is(?:e|ed|es|ing|ation))\b",
    re.IGNORECASE,
)
# What codespell takes for typos and is none: names, and words of the field.
KNOWN = ("casim", "commun", "hart", "infinit", "ist", "te", "womens")


def pages() -> Iterator[Path]:
    """Yield every text that is checked."""
    yield from sorted(ROOT.glob("*.md"))
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in ENDINGS and path.name not in SKIPPED and path.is_file():
                yield path


def prose_of(path: Path) -> str:
    """Return a text without addresses, titles of references and hashes."""
    text = path.read_text("utf-8")
    text = re.sub(r"^.*\"\* <a id=.*$|^.*\]: #ref-.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"https?://\S+|doi:\S+|sha256:\w+", "", text)


def british(path: Path) -> Iterator[str]:
    """Yield British forms, each with its line."""
    for number, line in enumerate(prose_of(path).splitlines(), start=1):
        for match in BRITISH.finditer(line):
            yield f"{path.relative_to(ROOT)}:{number}: {match[0]}"
