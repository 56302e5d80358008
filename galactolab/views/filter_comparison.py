"""Four ridge filters on the same piece of a galactogram, side by side and timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as w
import numpy as np

from galactolab.imagemath import vesselness
from galactolab.records import Galactogram, Image
from galactolab.views.background import Background, Wish
from galactolab.views.compare import linked
from galactolab.views.controls import StatusLine
from galactolab.views.image_view import ImageView
from galactolab.views.keepsake import Keepsake

#: The scales of all four, in pixels.
SIGMAS_PX = (2, 4, 6, 8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """What one filter answers.

    Attributes
    ----------
    name : str
    picture : Galactogram
        The answer, scaled to 0 to 1.
    seconds : float
    """

    name: str
    picture: Galactogram
    seconds: float


def _filters() -> dict[str, Callable[[Image], Image]]:
    from skimage import filters  # noqa: PLC0415 (0.5 s, only for the comparison)

    def peer(name: str) -> Callable[[Image], Image]:
        run = getattr(filters, name)
        return lambda pixels: run(pixels, sigmas=SIGMAS_PX, black_ridges=False)

    return {
        "ours: vesselness": lambda pixels: vesselness(pixels, sigmas_px=SIGMAS_PX),
        "frangi": peer("frangi"),
        "sato": peer("sato"),
        "meijering": peer("meijering"),
    }


def crop(
    galactogram: Galactogram, *, center: tuple[float, float], side_mm: float = 50.0
) -> Galactogram:
    """Cut a square around a point, smaller at the border of the picture.

    Parameters
    ----------
    galactogram : Galactogram
    center : (float, float)
        (row, column) in pixels.
    side_mm : float
        Side of the square.

    Examples
    --------
    >>> whole = Galactogram(pixels=np.zeros((300, 200), np.float32), spacing_mm=0.1)
    >>> crop(whole, center=(150, 100), side_mm=10).pixels.shape
    (100, 100)
    """
    slices = []
    for middle, size, pitch in zip(
        center, galactogram.pixels.shape, galactogram.spacing_mm, strict=True
    ):
        half = side_mm / pitch / 2
        slices.append(slice(max(0, round(middle - half)), min(size, round(middle + half))))
    return replace(galactogram, pixels=np.ascontiguousarray(galactogram.pixels[tuple(slices)]))


def responses(piece: Galactogram) -> tuple[Response, ...]:
    """Run all filters on one piece with the same scales."""
    answers = []
    for name, run in _filters().items():
        began = time.perf_counter()
        answer = np.asarray(run(piece.pixels), np.float32)
        seconds = time.perf_counter() - began
        scaled = answer / max(float(answer.max()), 1e-12)
        answers.append(Response(name=name, picture=replace(piece, pixels=scaled), seconds=seconds))
    return tuple(answers)


class FilterComparison(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Four linked pictures: zoom one, and the others follow.

    Parameters
    ----------
    galactogram : Galactogram
    center : (float, float)
        (row, column) of the middle of the piece.
    side_mm : float
        Side of the piece.
    """

    def __init__(
        self, galactogram: Galactogram, *, center: tuple[float, float], side_mm: float = 50.0
    ) -> None:
        self._piece = crop(galactogram, center=center, side_mm=side_mm)
        self.status = StatusLine()
        self._background = Background(self.status)
        self.views: tuple[ImageView, ...] = ()
        self._pictures = w.HBox(layout=w.Layout(flex_flow="row wrap", grid_gap="12px"))
        super().__init__([self._pictures, self._background.cancel_button, self.status])
        self.add_class("gl-panel")

    def start(self) -> None:
        """Run the filters; a cell that shows the panel does it by itself."""
        self._background.want(
            Wish(
                key="filters",
                call=lambda: responses(self._piece),
                accept=self._show,
                words="Filtering",
            )
        )

    def _show(self, answers: tuple[Response, ...], _: float) -> None:
        self.views = tuple(ImageView(one.picture, height=280, compact=True) for one in answers)
        for view, one in zip(self.views, answers, strict=True):
            view.layout = w.Layout(flex="1 1 22em", min_width="0", width="auto")
            view.picture = {**view.picture, "title": one.name}
            view.set_window(0.25, 0.5)
        linked(*self.views, parts=("zoom", "cursor"))
        self._pictures.children = self.views
        for view in self.views:
            view.send_ahead()
        self.keep(self.views[0])
        told = ", ".join(f"{one.name} {one.seconds:.2f} s" for one in answers)
        rows, columns = self._piece.pixels.shape
        self.status.say(f"On {rows} x {columns} pixels: {told}.")

    def _repr_mimebundle_(self, **kwargs: object) -> Any:  # noqa: ANN401 (as ipywidgets has it)
        """Start when a cell shows the panel."""
        if not self.views:
            self.status.guard(self.start)()
        return super()._repr_mimebundle_(**kwargs)
