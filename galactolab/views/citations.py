"""Citations that a reader sees: ``[44 A]`` in a panel, and the list of sources below it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from galactolab.clinic.citing import BRACKETS, names_in
from galactolab.clinic.references import UNPUBLISHED, in_order, label, reference


def cite(*names: str) -> str:
    """Return citations as HTML: name and grade in brackets, the entry as a tool tip.

    Parameters
    ----------
    *names : str
        Names of references, or ``workbook``, ``inference``, ``unverified``.

    Raises
    ------
    GalactolabError
        If there is no such reference.

    Examples
    --------
    >>> print(cite("65"))
    <abbr class="gl-cite" title="Dinkel HP, ... doi:10.1259/bjr.73.871.11089460 (grade B: ...)">\
[65&nbsp;B]</abbr>
    """
    return " ".join(_mark(name) for name in names)


def _mark(name: str) -> str:
    shown = html.escape(label(name)).replace(" ", "&nbsp;")
    title = html.escape(_explained(name), quote=True)
    return f'<abbr class="gl-cite" title="{title}">[{shown}]</abbr>'


def _explained(name: str) -> str:
    if name in UNPUBLISHED:
        return UNPUBLISHED[name]
    entry = reference(name)
    return f"{entry.citation} (grade {entry.grade}: {entry.grade.meaning}; read: {entry.read})"


def with_citations(text: str) -> str:
    """Return plain text as HTML in which ``[44]`` and ``[44, 50]`` are citations.

    Examples
    --------
    >>> with_citations("Rare < 1 % [workbook].").startswith('Rare &lt; 1 % <abbr class="gl-cite"')
    True
    """

    def marked(match: re.Match[str]) -> str:
        names = names_in(html.unescape(match[1]))
        return cite(*names) if names else match[0]

    return BRACKETS.sub(marked, html.escape(text, quote=False))


def sources(names: Iterable[str], *, unfolded: bool = False) -> str:
    """Return the entries behind citations as an HTML list that folds out.

    Parameters
    ----------
    names : iterable of str
    unfolded : bool
        Show the list at once.

    Examples
    --------
    >>> "Br J Radiol 2000;73:706-714" in sources(["65", "44"])
    True
    >>> sources([])
    ''
    """
    ordered = in_order(names)
    if not ordered:
        return ""
    items = "".join(f"<li>{_entry(name)}</li>" for name in ordered)
    words = f"{len(ordered)} source{'s' * (len(ordered) != 1)}, with grade and what was read"
    return (
        f'<details class="gl-sources"{" open" * unfolded}><summary>{words}</summary>'
        f"<ul>{items}</ul></details>"
    )


def _entry(name: str) -> str:
    if name in UNPUBLISHED:
        return f"[{name}] {html.escape(UNPUBLISHED[name])}"
    entry = reference(name)
    text = html.escape(entry.citation)
    if entry.address:
        address = html.escape(entry.address, quote=True)
        text += f' <a href="{address}" target="_blank" rel="noreferrer">open</a>'
    return f"[{html.escape(entry.label)}] {text} <i>({entry.read} read)</i>"
