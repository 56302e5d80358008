"""Two pictures at once: views that move together, and a comparison side by side or by swipe.

Window, zoom and pointer go from view to view inside the page, without a trip to the kernel,
so a linked view follows as quickly as the first one is drawn.
"""

from __future__ import annotations

import uuid
from typing import Any

import ipywidgets as w

from galactolab.errors import GalactolabError, check_one_of
from galactolab.records import Galactogram
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake

#: What linked views can share.
PARTS = ("window", "zoom", "cursor")
_MODES = {"side by side": "Side by side", "swipe": "Swipe"}


def linked(*views: ImageView, parts: tuple[str, ...] = PARTS) -> None:
    """Let views follow each other.

    Places are shared in millimeters from the upper left corner, so pictures of different
    pixel size stay together. Windows are shared as numbers where both pictures have the same
    unit; else by how they lie in the automatic window of each.

    Parameters
    ----------
    *views : ImageView
        Two or more; a view leaves the group that it was in.
    parts : tuple of str
        Of ``"window"``, ``"zoom"`` (place and zoom) and ``"cursor"``.

    Raises
    ------
    GalactolabError
        If there are fewer than two views, or a part is not known.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = Galactogram(pixels=np.arange(12.0).reshape(3, 4), spacing_mm=0.1)
    >>> first, second = ImageView(ramp), ImageView(ramp)
    >>> linked(first, second)
    >>> first.link_group == second.link_group != ""
    True
    """
    if len(views) < 2:
        raise GalactolabError(f"There is {len(views)} view to link, but it takes two or more.")
    for part in parts:
        check_one_of("part", part, PARTS)
    group = uuid.uuid4().hex
    for view in views:
        with view.hold_sync():
            view.link_group, view.link_parts = group, list(parts)


def unlinked(*views: ImageView) -> None:
    """Let views go their own way again."""
    for view in views:
        view.link_group = ""


class Compare(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Two pictures of one breast, side by side or under a line that is swept over them.

    Parameters
    ----------
    first, second : Galactogram or ImageView
        Records, or views that hold overlays already. Their upper left corners are put
        together in millimeters.
    names : (str, str), optional
        What each is, e.g. ``("scout", "with contrast")``; shown in the picture.
    mode : {"side by side", "swipe"}
    height : int
        Height of the pictures in screen pixels.

    Attributes
    ----------
    first, second : ImageView
    mode : ipywidgets.ToggleButtons

    Examples
    --------
    >>> import numpy as np
    >>> ramp = Galactogram(pixels=np.arange(12.0).reshape(3, 4), spacing_mm=0.1)
    >>> both = Compare(ramp, ramp, names=("before", "after"))
    >>> both.first.behind == ""
    True
    >>> both.mode.value = "swipe"
    >>> both.first.behind == both.second.key
    True
    """

    def __init__(
        self,
        first: Galactogram | ImageView,
        second: Galactogram | ImageView,
        *,
        names: tuple[str, str] = ("first", "second"),
        mode: str = "side by side",
        height: int = 460,
    ) -> None:
        check_one_of("mode", mode, _MODES)
        self.first, self.second = (_view(one, height) for one in (first, second))
        for view, name in zip((self.first, self.second), names, strict=True):
            view.picture = {
                **view.picture,
                "title": name,
                "label": f"{name}: {view.picture['label']}",
            }
        self.status = StatusLine()
        self.mode = w.ToggleButtons(
            options=[(words, key) for key, words in _MODES.items()], value=mode
        )
        self._row = w.HBox(
            [self.first, self.second], layout=w.Layout(flex_flow="row wrap", grid_gap="12px")
        )
        for view in (self.first, self.second):
            view.layout = w.Layout(flex="1 1 24em", min_width="0", width="auto")
        linked(self.first, self.second)
        super().__init__([self.mode, self._row, self.status])
        self.add_class("gl-panel")
        self.mode.observe(self.status.guard(lambda _: self._arrange()), "value")
        self._arrange()

    def _arrange(self) -> None:
        swiping = self.mode.value == "swipe"
        # The second view stays on the page for its pixels, even when it is not shown.
        self.second.layout.display = "none" if swiping else ""
        self.first.behind = self.second.key if swiping else ""
        if swiping:
            self.status.say("Drag the line, or choose it with Tab and use the arrow keys.")
        else:
            self.status.say("Window, zoom and pointer are linked.")

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Let a small picture stand where no kernel runs."""
        data = super()._repr_mimebundle_(**kwargs)
        for view in (self.first, self.second):
            view.send_ahead()
        return data if data is None else {**data, "image/png": self.first.thumbnail()}


def _view(one: Galactogram | ImageView, height: int) -> ImageView:
    if isinstance(one, ImageView):
        one.compact, one.height = True, height
        return one
    if isinstance(one, Galactogram):
        return ImageView(one, height=height, compact=True)
    sentence = f"One of the pictures is {one!r}, but it has to be a Galactogram or an ImageView."
    raise GalactolabError(sentence)
