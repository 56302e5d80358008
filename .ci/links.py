"""Links inside the project: every relative link of a lesson or page leads to something."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
DEFINED = re.compile(r"^\[[^\]\n]+\]: +(\S+)", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    """Return the prose of a page, or of all markdown cells of a lesson; code left out."""
    text = path.read_text("utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    return CODE.sub("", text)


def anchors(text: str) -> set[str]:
    r"""Return the places in a text that a link can lead to.

    >>> sorted(anchors('# Two words\n\n<a id="ref-1"></a>'))
    ['Two-words', 'ref-1', 'two-words']
    """
    found = set(re.findall(r"<a id=\"([^\"]+)\"", text))
    for words in re.findall(r"^#{1,6} +(.+?)\s*$", text, re.MULTILINE):
        # JupyterLab keeps the words as they are, GitHub makes them small.
        joined = words.replace(" ", "-")
        found |= {joined, re.sub(r"[^\w-]", "", joined.lower())}
    return found


def broken_links(path: Path) -> Iterator[str]:
    """Yield every link of a page or lesson that leads nowhere inside the project."""
    text = text_of(path)
    for target in [*LINK.findall(text), *DEFINED.findall(text)]:
        if re.match(r"[a-z]+:", target):
            continue  # a page elsewhere: nothing here may need the network to know
        file, _, anchor = unquote(target).partition("#")
        place = (path.parent / file) if file else path
        if not place.exists():
            yield f"{path.name}: {target} does not exist"
        elif anchor and anchor not in anchors(text_of(place)):
            yield f"{path.name}: {target} has no such place"
