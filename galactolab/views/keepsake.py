"""What stands in a cell when no kernel runs: a small picture and what to do.

JupyterLab prefers a widget to everything else in the same output, and where the widget has
gone with its kernel it says "Error displaying widget". So a second output follows: a page
with a picture, hidden while the widget lives. Its style sheet also hides that line, but only
in files that JupyterLab trusts; in others the widget itself is not tried.
"""

from __future__ import annotations

import html
from typing import Any

from IPython.display import display

_STYLE = (
    ".jp-OutputArea:has(.gl-panel, .gl-view) .gl-keepsake,"
    ".jp-OutputArea:has(.gl-keepsake) .jp-OutputArea-output.jupyter-widgets:not(:has(*))"
    "{display: none}"
)


class Keepsake:
    """To be put before a widget's class: how it is shown, and what stays of it in a file.

    The picture is what the widget offers as ``image/png`` beside itself; without one the
    words stand alone.

    Examples
    --------
    >>> class Lamp(Keepsake):
    ...     pass
    >>> Lamp()
    Lamp; run this cell again to use it
    """

    #: Where a picture goes that comes later.
    _waits: Any = None

    def __repr__(self) -> str:
        """Say what to do where no kernel runs."""
        return f"{type(self).__name__}; run this cell again to use it"

    def _ipython_display_(self) -> None:
        shown: Any = self._repr_mimebundle_()  # type: ignore[attr-defined]  # a widget's
        if shown is None:
            return
        data, about = shown if isinstance(shown, tuple) else (shown, {})
        picture = data.get("image/png", "")
        _send({key: value for key, value in data.items() if key != "image/png"}, about)
        handle = _send(self._left(picture), {}, display_id=True)
        self._waits = None if picture else handle

    def keep(self, view: Any) -> None:  # noqa: ANN401 (whatever has a thumbnail)
        """Let the picture of a view stay that came after the cell had been shown."""
        if self._waits is not None:
            self._waits.update(self._left(view.thumbnail()), raw=True)
            self._waits = None

    def _left(self, picture: str) -> dict[str, str]:
        return {
            "text/html": keepsake_html(type(self).__name__, picture=picture),
            "text/plain": "",
        }


def _send(data: dict[str, Any], about: dict[str, Any], **more: bool) -> Any:  # noqa: ANN401
    """Show one output; with a ``display_id`` it can be replaced."""
    return display(data, metadata=about, raw=True, **more)  # type: ignore[no-untyped-call]


def keepsake_html(name: str, *, picture: str) -> str:
    """Return the page that is left of a widget.

    Parameters
    ----------
    name : str
        What it was.
    picture : str
        A PNG in base64, or nothing.

    Examples
    --------
    >>> "Run All Cells" in keepsake_html("Quiz", picture="")
    True
    """
    image, words = "", f"{html.escape(name)}."
    if picture:
        image = f'<img alt="{html.escape(name)}" src="data:image/png;base64,{picture}">'
        words = f"A still picture of {words}"
    return (
        f'<style>{_STYLE}</style><div class="gl-keepsake">{image}<p><i>{words}</i> '
        "No kernel runs it now: choose <b>Run → Run All Cells</b> to use it.</p></div>"
    )
