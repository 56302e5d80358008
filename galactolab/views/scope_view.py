"""The ductogram with the way of an endoscope, and beside it what its tip sees."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import anywidget
import cv2
import numpy as np
import numpy.typing as npt
import traitlets as t

from galactolab.modalities.ductoscopy import Way
from galactolab.views.callbacks import guarded
from galactolab.views.keepsake import Keepsake
from galactolab.views.picture_strip import strip
from galactolab.views.scripts import joined
from galactolab.views.wall_tiles import Tile, cut
from galactolab.volumes import ModalityImage, Tissue

Floats = npt.NDArray[np.float64]
_stamps = itertools.count(1)
_MAP_PX = 400
_KEYS = "Arrow keys move the tip by 1 mm, Page Up and Page Down by 5, Home and End to the ends."


class ScopeView(Keepsake, anywidget.AnyWidget):
    """Two linked squares: where the tip is, and what it sees.

    Attributes
    ----------
    stepped : callable
        Called with the millimeters that a key asks for.
    chosen : callable
        Called with the place on the way that a click in the ductogram is nearest to, in mm.
    revealed : bool
        Whether the true lesion is outlined.

    Examples
    --------
    >>> view = ScopeView()
    >>> view.told["scope"]["waiting"]
    'not taken yet'
    """

    _esm = joined("heartbeat.js", "tiles.js", "scope_view.js")
    _css = joined("image_view.css", "modality_wall.css")

    told = t.Dict().tag(sync=True)
    problem = t.Dict().tag(sync=True)

    def __init__(self) -> None:
        super().__init__()
        self.stepped: Callable[[float], None] = lambda _: None
        self.chosen: Callable[[float], None] = lambda _: None
        self.revealed = False
        self._course: Way | None = None
        self._map: Tile | None = None
        self._way: Floats = np.zeros((0, 2))
        self._seen: ModalityImage | None = None
        self._at_mm = 0.0
        self._words = {"map": "", "scope": ""}
        self._waiting = "not taken yet"
        self.on_msg(guarded(self._answer, self))
        self._tell()

    # ---- what a panel asks --------------------------------------------------------------
    def wait(self, words: str) -> None:
        """Say over both squares what they wait for."""
        self._waiting = words
        self._tell()

    def start(self, ductogram: ModalityImage, course: Way, words: str) -> None:
        """Show the ductogram with a way."""
        inside = course.path_mm[course.arc_mm <= course.reach_mm + 10]
        middle = (inside.min(axis=0) + inside.max(axis=0)) / 2
        wide = max(float(np.ptp(inside, axis=0).max()) + 12.0, 40.0)
        self._course, self._words["map"] = course, words
        self._map = cut(
            ductogram, center_mm=middle, point_mm=middle, field_mm=wide, size_px=_MAP_PX
        )
        row, column, _ = ductogram.placement.index(course.path_mm).T[[1, 2, 0]]  # type: ignore[union-attr]  # a radiograph has one
        at = np.stack([column, row], axis=1)
        self._way = (at - np.asarray(self._map.corner)[::-1]) / np.asarray(self._map.step)[::-1]
        self._send_picture("map", self._map.grays)

    def look(self, seen: ModalityImage, *, way_mm: float, words: str) -> None:
        """Show what the tip sees at a place on the way."""
        self._seen, self._at_mm, self._words["scope"], self._waiting = seen, way_mm, words, ""
        self._tell()
        self._send_picture("scope", self._grays(seen))

    def reveal(self, on: bool) -> None:
        """Outline the lesion, or not."""
        self.revealed = on
        self._tell()

    def thumbnail(self) -> str:
        """Return both squares side by side as a small PNG in base64; nothing before them."""
        if self._map is None or self._seen is None:
            return ""
        return strip([self._map.grays, self._grays(self._seen)])

    # ---- the wire -----------------------------------------------------------------------
    def busy(self, on: bool) -> None:
        """Do nothing: answers take milliseconds."""

    def failed(self, sentence: str, trace: str) -> None:
        """Keep a failure where the panel's line can show it."""
        self.problem = {"sentence": sentence, "trace": trace} if sentence else {}

    def _tell(self) -> None:
        ahead, behind, tip = self._drawn_way()
        self.told = {
            "map": self._square("map", "Ductogram: the way of the scope", _MAP_PX),
            "scope": self._square(
                "scope", "Ductoscopy: what the tip sees",
                _MAP_PX if self._seen is None else len(self._seen.pixels),
            ),
            "ahead": ahead, "behind": behind, "tip": tip,
        }  # fmt: skip

    def _square(self, key: str, title: str, size: int) -> dict[str, Any]:
        return {
            "title": title,
            "size": size,
            "words": self._words[key],
            "waiting": self._waiting,
            "label": f"{title}. {self._words[key]} {_KEYS}",
            "outlines": [one.tolist() for one in self._outlines(key)] if self.revealed else [],
        }

    def _outlines(self, key: str) -> tuple[npt.NDArray[np.int32], ...]:
        if key == "map":
            return () if self._map is None else self._map.outlines
        if self._seen is None or self._seen.truth is None:
            return ()
        lesion = (self._seen.truth == Tissue.LESION).astype(np.uint8)
        found, _ = cv2.findContours(lesion, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
        return tuple(np.asarray(one[:, 0, :], np.int32) for one in found if len(one) > 2)

    def _drawn_way(self) -> tuple[list[Any], list[Any], list[float]]:
        """Return the way before the tip, the way behind it, and the tip, in the map's pixels."""
        if self._course is None:
            return [], [], []
        arc = self._course.arc_mm
        tip = [float(np.interp(self._at_mm, arc, self._way[:, axis])) for axis in (0, 1)]
        done = arc < self._at_mm
        left = (arc > self._at_mm) & (arc <= self._course.reach_mm)
        behind = [*self._way[done].round(1).tolist(), tip]
        return [tip, *self._way[left].round(1).tolist()], behind, tip

    def _grays(self, seen: ModalityImage) -> npt.NDArray[np.uint8]:
        return np.asarray(np.clip(seen.pixels * 255, 0, 255), np.uint8)

    def _send_picture(self, key: str, grays: npt.NDArray[np.uint8]) -> None:
        message = {
            "type": "picture", "key": key, "size": len(grays), "stamp": next(_stamps),
            "channels": 1 if grays.ndim == 2 else 3,
        }  # fmt: skip
        self.send(message, buffers=[np.ascontiguousarray(grays).tobytes()])

    def _answer(self, _: object, content: dict[str, Any], __: object) -> None:
        kind = content.get("type")
        if kind == "ping":
            self.send({"type": "pong"})
        elif kind == "want" and self._map is not None and self._seen is not None:
            self._send_picture("map", self._map.grays)
            self._send_picture("scope", self._grays(self._seen))
        elif kind == "step":
            self.stepped(float(content["by"]))
        elif kind == "near" and self._course is not None:
            away = np.hypot(*(self._way - (content["column"], content["row"])).T)
            away[self._course.arc_mm > self._course.reach_mm] = np.inf
            self.chosen(float(self._course.arc_mm[int(np.argmin(away))]))
