"""The browser's scripts and styles, read from ``static/`` and put together.

An anywidget takes one script; ours are several small files with one idea each. They share
one scope when joined: only the last file exports.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "static"


@cache
def joined(*names: str) -> str:
    """Return the named files of ``static/`` as one text, without whole-line comments.

    Comments are for readers of the repository; leaving them out keeps a notebook that
    stores its widgets' state small.

    Examples
    --------
    >>> "export default" in joined("heartbeat.js", "status_line.js")
    True
    """
    lines = (line for name in names for line in (_FOLDER / name).read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if not line.lstrip().startswith("//"))
