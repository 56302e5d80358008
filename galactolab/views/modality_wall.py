"""All machines side by side at one scale, with one cross at the same anatomical point."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets as t

from galactolab.errors import check_between, check_one_of
from galactolab.views.callbacks import guarded
from galactolab.views.keepsake import Keepsake
from galactolab.views.picture_strip import strip
from galactolab.views.scripts import joined
from galactolab.views.wall_tiles import TILE_PX, Tile, cut, is_plane, picked
from galactolab.volumes import ModalityImage

Floats = npt.NDArray[np.float64]
_stamps = itertools.count(1)
_BARS_MM = (1, 2, 5, 10, 20, 50)
#: A step of an arrow key.
_STEP_MM = 1.0
_AWAY_MM = 0.75


class ModalityWall(Keepsake, anywidget.AnyWidget):
    """Squares of the same size in millimeters, one for each machine.

    Parameters
    ----------
    names : mapping of str to str
        Key and name of each machine, in order.
    field_mm : float
        Side of each square, 10 to 300 mm.

    Attributes
    ----------
    point_mm : (3,) array of float
        Where the cross is, in the breast frame.
    center_mm : (3,) array of float
        Middle of the squares.
    revealed : bool
        Whether the true lesion is outlined.
    moved : callable
        Called after a hand moved the cross, with the new point.
    turned : callable
        Called when a hand asks for other slices: ``turned(key, by)``.

    Examples
    --------
    >>> wall = ModalityWall({"us": "Ultrasound"})
    >>> wall.tiles[0]["waiting"]
    'not taken yet'
    """

    _esm = joined("heartbeat.js", "tiles.js", "modality_wall.js")
    _css = joined("image_view.css", "modality_wall.css")

    size = t.Int(TILE_PX).tag(sync=True)
    tiles = t.List(t.Dict()).tag(sync=True)
    problem = t.Dict().tag(sync=True)

    def __init__(self, names: Mapping[str, str], *, field_mm: float = 60.0) -> None:
        check_between("field_mm", field_mm, 10, 300, "mm")
        super().__init__()
        self._names = dict(names)
        self._field_mm = float(field_mm)
        self._images: dict[str, ModalityImage] = {}
        self._captions: dict[str, str] = {}
        self._cuts: dict[str, Tile] = {}
        self._waiting = dict.fromkeys(self._names, "not taken yet")
        self.point_mm: Floats = np.zeros(3)
        self.center_mm: Floats = np.zeros(3)
        self.revealed = False
        self.moved: Callable[[Floats], None] = lambda _: None
        self.turned: Callable[[str, int], None] = lambda _key, _by: None
        self.on_msg(guarded(self._answer, self))
        self._tell()

    # ---- what a panel asks --------------------------------------------------------------
    def show(self, key: str, image: ModalityImage, caption: str) -> None:
        """Put a picture into its square."""
        check_one_of("machine", key, self._names)
        self._images[key], self._captions[key] = image, caption
        self._waiting[key] = ""
        self.draw(key)

    def wait(self, key: str, words: str) -> None:
        """Say over a square what it waits for; empty words uncover it."""
        check_one_of("machine", key, self._names)
        self._waiting[key] = words
        self._tell()

    def look(
        self,
        *,
        point_mm: Floats | None = None,
        center_mm: Floats | None = None,
        field_mm: float | None = None,
        revealed: bool | None = None,
    ) -> None:
        """Move cross or squares, change the scale, reveal the lesion; then draw all."""
        if field_mm is not None:
            check_between("field_mm", field_mm, 10, 300, "mm")
            self._field_mm = float(field_mm)
        self.point_mm = self.point_mm if point_mm is None else np.asarray(point_mm, float)
        self.center_mm = self.center_mm if center_mm is None else np.asarray(center_mm, float)
        self.revealed = self.revealed if revealed is None else revealed
        self.draw(*self._images)

    def draw(self, *keys: str) -> None:
        """Cut and send squares anew."""
        for key in keys:
            self._cuts[key] = cut(
                self._images[key],
                center_mm=self.center_mm,
                point_mm=self.point_mm,
                field_mm=self._field_mm,
            )
        self._tell()
        for key in keys:
            self._send_tile(key)

    @property
    def images(self) -> Mapping[str, ModalityImage]:
        """The pictures that are shown."""
        return dict(self._images)

    def thumbnail(self) -> str:
        """Return the squares side by side as a small PNG in base64; nothing before the last."""
        taken = [self._cuts[key].grays for key in self._names if key in self._cuts]
        return strip(taken) if len(taken) == len(self._names) else ""

    # ---- the wire -----------------------------------------------------------------------
    def busy(self, on: bool) -> None:
        """Do nothing: answers take milliseconds."""

    def failed(self, sentence: str, trace: str) -> None:
        """Keep a failure where the panel's line can show it."""
        self.problem = {"sentence": sentence, "trace": trace} if sentence else {}

    def _tell(self) -> None:
        self.tiles = [self._told(key, name) for key, name in self._names.items()]

    def _told(self, key: str, name: str) -> dict[str, Any]:
        tile = self._cuts.get(key)
        told = {
            "key": key, "name": name, "waiting": self._waiting[key], "words": "", "cross": [],
            "outlines": [], "label": f"{name}: {self._waiting[key]}", "bar_mm": 0, "bar_px": 0,
        }  # fmt: skip
        if tile is None:
            return told
        bar = max(mm for mm in _BARS_MM if mm <= max(self._field_mm / 4, 1))
        words = self._captions[key]
        away = abs(tile.away_mm)
        if is_plane(self._images[key]) and away > _AWAY_MM:
            words += f"; the cross lies {away:.0f} mm {'above' if tile.away_mm > 0 else 'below'}"
        return told | {
            "words": words,
            "cross": [round(part, 1) for part in tile.cross],
            "outlines": [one.tolist() for one in tile.outlines] if self.revealed else [],
            "label": f"{name}, {self._field_mm:g} mm wide: {words}. Arrow keys move the cross, "
            "Page Up and Page Down change the slice.",
            "bar_mm": bar,
            "bar_px": bar / self._field_mm * TILE_PX,
        }

    def _send_tile(self, key: str) -> None:
        grays = self._cuts[key].grays
        message = {
            "type": "tile", "key": key, "size": TILE_PX, "stamp": next(_stamps),
            "channels": 1 if grays.ndim == 2 else 3,
        }  # fmt: skip
        self.send(message, buffers=[np.ascontiguousarray(grays).tobytes()])

    def _answer(self, _: object, content: dict[str, Any], __: object) -> None:
        kind, key = content.get("type"), str(content.get("key"))
        if kind == "ping":
            self.send({"type": "pong"})
        elif kind == "want":
            for shown in self._cuts:
                self._send_tile(shown)
        elif key in self._cuts and kind in {"point", "step"}:
            self._move(key, content)
        elif key in self._cuts and kind == "slice":
            self.turned(key, int(content["by"]))

    def _move(self, key: str, content: dict[str, Any]) -> None:
        tile = self._cuts[key]
        if content["type"] == "point":
            column, row = float(content["column"]), float(content["row"])
        else:
            step = _STEP_MM / self._field_mm * TILE_PX
            column = tile.cross[0] + step * content["by"][1]
            row = tile.cross[1] + step * content["by"][0]
        point = picked(self._images[key], tile, column=column, row=row, near_mm=self.point_mm)
        self.look(point_mm=point)
        self.moved(point)
