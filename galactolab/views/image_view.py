"""The radiograph viewer that all lessons use.

The browser holds the 16-bit pixels, applies window and level there and draws only what is
seen, so that turning a window costs no trip to the kernel. Pixels travel by message when a
view asks for them and are never part of the notebook's saved state; a small picture stands
in the saved output for places where no kernel runs.
"""

from __future__ import annotations

import itertools
import math
import threading
import uuid
from typing import Any

import anywidget
import numpy as np
import traitlets as t

from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.records import Analysis, Galactogram
from galactolab.views import palette, raster
from galactolab.views.callbacks import guarded
from galactolab.views.keepsake import Keepsake
from galactolab.views.overlays import Overlays, overlays_of
from galactolab.views.raster import Window
from galactolab.views.scripts import joined
from galactolab.views.wording import picture_label

_stamps = itertools.count(1)
#: Rows are sent in pieces of about this size, so that the page never stalls.
_PIECE_BYTES = 4_000_000
_MAX_ZOOM = 64.0
#: Longest side of what is sent first: enough for a picture that fits the page.
_FIRST_GLANCE_PX = 768
#: How long the page takes to make the widget that a message is for.
_AHEAD_S = 0.3
_STYLE = {"layers": palette.LAYERS, "orders": palette.ORDER_STYLES}


class ImageView(Keepsake, anywidget.AnyWidget):
    """Show a galactogram with window/level, zoom, overlays, ruler and profile.

    Parameters
    ----------
    galactogram : Galactogram
    analysis : Analysis, optional
        A reading, shown as mask outline, centerlines and numbered findings.
    truth : Analysis, optional
        The truth of a virtual patient; its layers start switched off.
    height : int
        Height of the picture in screen pixels, 200 to 2000.
    compact : bool
        A single row of controls, for pictures side by side; every key works all the same.

    Attributes
    ----------
    center, width : float
        The window, in the record's own unit.
    inverted : bool
        Dark on bright.
    view : list
        ``[row, column, zoom]`` of the middle of the picture, or ``[]`` for "fit".
    layers : dict of str to bool
        Which overlays are shown: the keys of `palette.LAYERS`.
    finding, branch : int or None
        What is chosen.
    ruler, profile_line : list
        Two points ``[[row, column], [row, column]]``, or ``[]``.
    marks : list of dict
        Marks that a student placed, each with ``row`` and ``column``; `marking` offers
        the tool. With `mark_kinds`, names to choose from, each mark has a ``kind`` too;
        `most_marks` is how many can be set.

    Examples
    --------
    >>> ramp = Galactogram(pixels=np.arange(12.0).reshape(3, 4), spacing_mm=0.1)
    >>> view = ImageView(ramp)
    >>> view.set_window(6, 4)
    >>> view.center, view.width
    (6.0, 4.0)
    >>> view.set_window(6, -4)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: width is -4, but it has to be above 0.
    """

    _esm = joined(
        "heartbeat.js",
        "links.js",
        "raster.js",
        "overlays.js",
        "sheet.js",
        "magnifier.js",
        "viewer.js",
        "gestures.js",
        "chrome.js",
        "measuring.js",
        "marking.js",
        "comparing.js",
        "image_view.js",
    )
    _css = joined("image_view.css")

    picture = t.Dict().tag(sync=True)
    overlays_stamp = t.Int(0).tag(sync=True)
    # Not "style": ipywidgets takes a trait of that name for a widget of its own.
    appearance = t.Dict(_STYLE).tag(sync=True)
    height = t.Int(560).tag(sync=True)
    center = t.Float(0.0).tag(sync=True)
    width = t.Float(1.0).tag(sync=True)
    inverted = t.Bool(False).tag(sync=True)  # noqa: FBT003 (a default value)
    view: t.List[float] = t.List().tag(sync=True)
    layers = t.Dict(key_trait=t.Unicode(), value_trait=t.Bool()).tag(sync=True)
    finding = t.Int(None, allow_none=True).tag(sync=True)
    branch = t.Int(None, allow_none=True).tag(sync=True)
    ruler: t.List[list[float]] = t.List().tag(sync=True)
    profile_line: t.List[list[float]] = t.List().tag(sync=True)
    marks = t.List(t.Dict()).tag(sync=True)
    marking = t.Bool(False).tag(sync=True)  # noqa: FBT003 (a default value)
    mark_kinds: t.List[str] = t.List(t.Unicode()).tag(sync=True)
    most_marks = t.Int(99).tag(sync=True)
    # How the views of a page find each other: `compare` sets these.
    key = t.Unicode().tag(sync=True)
    compact = t.Bool(False).tag(sync=True)  # noqa: FBT003 (a default value)
    behind = t.Unicode("").tag(sync=True)
    split = t.Float(0.5).tag(sync=True)
    link_group = t.Unicode("").tag(sync=True)
    link_parts: t.List[str] = t.List(t.Unicode()).tag(sync=True)
    announcement = t.Unicode("").tag(sync=True)
    problem = t.Dict().tag(sync=True)

    def __init__(
        self,
        galactogram: Galactogram,
        *,
        analysis: Analysis | None = None,
        truth: Analysis | None = None,
        height: int = 560,
        compact: bool = False,
    ) -> None:
        check_between("height", height, 200, 2000, "px")
        shown = {name: not name.startswith("truth") for name in palette.LAYERS}
        super().__init__(height=height, layers=shown, compact=compact, key=uuid.uuid4().hex)
        self.on_msg(guarded(self._answer, self))
        self.load(galactogram, analysis=analysis, truth=truth)

    # ---- what to show ---------------------------------------------------------------
    def load(
        self,
        galactogram: Galactogram,
        *,
        analysis: Analysis | None = None,
        truth: Analysis | None = None,
    ) -> None:
        """Show another galactogram; window and zoom start afresh."""
        self._galactogram = galactogram
        self._prepare(galactogram)
        first = self.presets["auto"]
        with self.hold_sync():
            self.ruler, self.profile_line, self.view = [], [], []
            self.center, self.width = first.center, first.width
            self.picture = self._described(galactogram)
            self.show(analysis, truth=truth)

    def follow(self, galactogram: Galactogram) -> None:
        """Show the next frame of the same scene, as a slider asks for.

        The window stays; so do place and zoom where the size is the same, and the earlier
        frame until the new one has arrived.

        Parameters
        ----------
        galactogram : Galactogram
        """
        before = self._galactogram
        if (galactogram.pixels.shape, galactogram.spacing_mm) != (
            before.pixels.shape,
            before.spacing_mm,
        ):
            window = (self.center, self.width)
            with self.hold_sync():
                self.load(galactogram)
                self.set_window(*window)
            return
        self._galactogram = galactogram
        self._prepare(galactogram)
        self.picture = {**self.picture, **self._described(galactogram), "follows": True}
        self._send_pixels()

    def _prepare(self, galactogram: Galactogram) -> None:
        self._coarse, self._halvings = raster.coarse(galactogram.pixels)
        self._scale = raster.scale_of(galactogram)
        self.presets = raster.presets_of(self._coarse)
        self._thumbnail = ""

    def _described(self, galactogram: Galactogram) -> dict[str, Any]:
        """Return what the page has to know of a picture, with a new stamp."""
        rows, columns = galactogram.pixels.shape
        words = [word.value for word in (galactogram.laterality, galactogram.view) if word]
        scale = self._scale
        return {
            "stamp": next(_stamps),
            "rows": rows,
            "columns": columns,
            "spacing": list(galactogram.spacing_mm),
            "scale": {"offset": scale.offset, "step": scale.step, "unit": scale.unit},
            "title": " ".join(words),
            "label": picture_label(galactogram),
            "presets": {name: [w.center, w.width] for name, w in self.presets.items()},
        }

    def show(self, analysis: Analysis | None, *, truth: Analysis | None = None) -> None:
        """Draw a reading over the picture, and the truth where it is given.

        Raises
        ------
        GalactolabError
            If a reading's mask has another shape than the picture.
        """
        shape = self._galactogram.pixels.shape
        for name, reading in (("analysis", analysis), ("truth", truth)):
            if reading is not None and reading.mask.pixels.shape != shape:
                sentence = (
                    f"The mask of {name} has shape {reading.mask.pixels.shape}, "
                    f"but the picture has shape {shape}."
                )
                raise GalactolabError(sentence)
        self.analysis, self.truth = analysis, truth
        self.draw(overlays_of(analysis, truth))

    def draw(self, overlays: Overlays) -> None:
        """Draw any overlays; `show` makes them from a reading."""
        self._overlays = overlays
        with self.hold_sync():
            self.finding, self.branch = None, None
            self.overlays_stamp = next(_stamps)

    @property
    def galactogram(self) -> Galactogram:
        """The record that is shown."""
        return self._galactogram

    # ---- what a program may do in place of a hand -----------------------------------
    def set_window(self, center: float, width: float) -> None:
        """Set the gray scale window in the record's own unit."""
        if not (math.isfinite(center) and math.isfinite(width)):
            sentence = f"The window is {center:g}, {width:g}, but both numbers have to be finite."
            raise GalactolabError(sentence)
        if width <= 0:
            raise GalactolabError(f"width is {width:g}, but it has to be above 0.")
        with self.hold_sync():
            self.center, self.width = float(center), float(width)

    def preset(self, name: str) -> None:
        """Set the window to ``"auto"``, ``"ducts"`` or ``"full"``."""
        check_one_of("preset", name, self.presets)
        self.set_window(self.presets[name].center, self.presets[name].width)

    def goto(self, location: tuple[float, float], zoom: float = 2.0) -> None:
        """Bring a point to the middle.

        Parameters
        ----------
        location : (float, float)
            (row, column) in pixels, inside the picture.
        zoom : float
            Screen pixels per image pixel, above 0 and at most 64.
        """
        for name, value, size in zip(
            ("row", "column"), location, self._galactogram.pixels.shape, strict=True
        ):
            check_between(name, value, 0, size - 1, "px")
        check_between("zoom", zoom, 1e-3, _MAX_ZOOM)
        self.view = [float(location[0]), float(location[1]), float(zoom)]

    def fit(self) -> None:
        """Show the whole picture."""
        self.view = []

    def set_layers(self, **visible: bool) -> None:
        """Switch overlays by name, e.g. ``set_layers(mask=False, truth=True)``."""
        for name in visible:
            check_one_of("layer", name, palette.LAYERS)
        self.layers = {**self.layers, **visible}

    def say(self, text: str) -> None:
        """Announce a result in the live line under the picture."""
        self.announcement = text

    # ---- what was measured ------------------------------------------------------------
    @property
    def ruler_mm(self) -> float | None:
        """Length of the ruler in millimeters."""
        if not self.ruler:
            return None
        steps = np.subtract(self.ruler[1], self.ruler[0]) * self._galactogram.spacing_mm
        return float(np.hypot(*steps))

    def profile(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
        """Return distance in mm and pixel value along the profile line, or None.

        Values are read from the record's own pixels, one per pixel step, bilinear.
        """
        if not self.profile_line:
            return None
        from scipy import ndimage  # noqa: PLC0415 (0.5 s, only for a profile)

        start, end = np.asarray(self.profile_line, float)
        n = max(2, math.ceil(float(np.hypot(*(end - start)))) + 1)
        points = np.linspace(start, end, n).T
        values = ndimage.map_coordinates(
            self._galactogram.pixels, points, order=1, mode="nearest", output=np.float32
        )
        length = float(np.hypot(*((end - start) * self._galactogram.spacing_mm)))
        return np.linspace(0, length, n), values

    # ---- the wire -----------------------------------------------------------------------
    def busy(self, on: bool) -> None:
        """Do nothing: answers take milliseconds."""

    def failed(self, sentence: str, trace: str) -> None:
        """Show a failed callback under the picture."""
        self.problem = {"sentence": sentence, "trace": trace} if sentence else {}

    def send_ahead(self) -> None:
        """Send a coarse picture soon, before the page has asked for one.

        A page's question waits until every cell that was started has run; under "Run All"
        the pictures would come last. A box that holds a view calls this when it is shown.
        """
        # No daemon: one that Python cuts off at its end, inside OpenCV, aborts the program.
        threading.Timer(_AHEAD_S, guarded(self._send_coarse, self)).start()

    def _answer(self, _: object, content: dict[str, Any], __: object) -> None:
        kind = content.get("type")
        if kind == "ping":
            self.send({"type": "pong"})
        elif kind == "want" and content.get("what") == "pixels":
            self._send_pixels()
        elif kind == "want" and content.get("what") == "overlays":
            described, points = self._overlays.message()
            self.send(described, buffers=[points])

    def _send_coarse(self) -> None:
        rough, more = raster.coarse(self._coarse, longest=_FIRST_GLANCE_PX)
        small = raster.counts_of(rough, self._scale)
        place = {
            "stamp": self.picture["stamp"],
            "level": self._halvings + more,
            "rows": small.shape[0],
            "columns": small.shape[1],
        }
        if place["level"]:
            self.send({"type": "coarse", **place}, buffers=[small.tobytes()])

    def _send_pixels(self) -> None:
        """Send something to look at first, then all rows in pieces."""
        stamp, pixels = self.picture["stamp"], self._galactogram.pixels
        self._send_coarse()
        piece = max(1, _PIECE_BYTES // (2 * pixels.shape[1]))
        for first in range(0, len(pixels), piece):
            counts = raster.counts_of(pixels[first : first + piece], self._scale)
            message = {"type": "rows", "stamp": stamp, "first": first}
            self.send(message, buffers=[counts.tobytes()])

    def close(self) -> None:
        """Close the widget in the page and let go of the pixels."""
        super().close()
        self._coarse = np.zeros((1, 1), np.float32)
        self._galactogram = Galactogram(pixels=self._coarse, spacing_mm=(1.0, 1.0))
        self._overlays = Overlays()
        self.analysis = self.truth = None

    def __repr__(self) -> str:
        """Say what is shown."""
        return f"ImageView({self._galactogram!r})"

    def thumbnail(self) -> str:
        """Return a PNG in base64, below 40 kB, that stands where no kernel runs."""
        if not self._thumbnail:
            window = Window(center=self.center, width=self.width)
            self._thumbnail = raster.thumbnail(self._coarse, window)
        return self._thumbnail

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add the thumbnail to what IPython shows."""
        bundle = super()._repr_mimebundle_()
        if bundle is None:
            return None
        data, metadata = bundle
        self.send_ahead()
        return {**data, "image/png": self.thumbnail()}, metadata
