"""A contact sheet: pairs of small pictures with a caption, in titled groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from galactolab.records import Analysis, Case, Finding, Point
from galactolab.tree import DuctTree
from galactolab.views.palette import LAYERS, SKY, VERMILION

Picture = npt.NDArray[np.uint8]
TILE_PX, GAP_PX, EDGE_PX, LINE_PX = 188, 4, 22, 17
#: Lines are drawn this many times larger and made smaller, so that they are smooth.
_FINE = 3
_PAPER, _INK, _SOFT = "#ffffff", "#1f1f1f", "#5c5c5c"
_BAR_MM = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Crop:
    """A square of the picture, plain and with what is drawn over it.

    Attributes
    ----------
    plain, drawn : (TILE_PX, TILE_PX, 3) array of uint8
    """

    plain: Picture
    drawn: Picture


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """One pair of pictures with its label and caption."""

    label: str
    crop: Crop
    words: tuple[str, ...]


def cropped(
    case: Case, reading: Analysis, *, center: Point, side_mm: float, masks: bool = False
) -> Crop:
    """Cut a square out of a case, and draw trees, truth and marks over it.

    Parameters
    ----------
    case : Case
        With its truth.
    reading : Analysis
    center : (float, float)
        (row, column) in pixels; the square stays inside the picture where it can.
    side_mm : float
    masks : bool
        Color wrong pixels instead of drawing trees and marks.
    """
    truth = case.truth
    assert truth is not None
    spacing = case.galactogram.spacing_mm[0]
    side = min(round(side_mm / spacing), *case.galactogram.pixels.shape)
    top, left = (
        int(np.clip(round(at) - side // 2, 0, size - side))
        for at, size in zip(center, case.galactogram.pixels.shape, strict=True)
    )
    window = slice(top, top + side), slice(left, left + side)
    fine = TILE_PX * _FINE
    part = cv2.resize(case.galactogram.pixels[window], (fine, fine), interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(part, (1, 99.8))
    gray = ((part - low) * (255 / max(high - low, 1e-9))).clip(0, 255).astype(np.uint8)
    plain = Image.fromarray(gray).convert("RGB")
    over = _tinted(gray, reading, truth, window) if masks else plain.copy()
    pen = _Pen(ImageDraw.Draw(over), (top, left), fine / side, spacing)
    if not masks:
        pen.tree(truth.tree, LAYERS["truth_tree"]["color"], 2)
        pen.tree(reading.tree, LAYERS["tree"]["color"], 1)
        pen.marks(truth.findings, LAYERS["truth"]["color"], dashed=True)
        pen.marks(reading.findings, VERMILION, dashed=False)
    pen.bar(fine)
    return Crop(plain=_small(plain), drawn=_small(over))


def _tinted(
    gray: Picture, reading: Analysis, truth: Analysis, window: tuple[slice, slice]
) -> Image.Image:
    """Color what only the reading has, and what only the truth has."""
    color = np.repeat(gray[:, :, None], 3, axis=2).astype(np.float32)
    found, true = (
        cv2.resize(mask.pixels[window].astype(np.uint8), gray.shape[::-1],
                   interpolation=cv2.INTER_NEAREST) > 0
        for mask in (reading.mask, truth.mask)
    )  # fmt: skip
    for wrong, name in ((found & ~true, VERMILION), (true & ~found, SKY)):
        rgb = np.array([int(name[at : at + 2], 16) for at in (1, 3, 5)], np.float32)
        color[wrong] = 0.3 * color[wrong] + 0.7 * rgb
    return Image.fromarray(color.astype(np.uint8))


def _small(picture: Image.Image) -> Picture:
    return np.asarray(picture.resize((TILE_PX, TILE_PX), Image.Resampling.LANCZOS), np.uint8)


@dataclass(frozen=True)
class _Pen:
    """Draws over one crop; points are (row, column) in pixels of the whole picture."""

    draw: ImageDraw.ImageDraw
    corner: tuple[int, int]
    scale: float
    spacing_mm: float

    def xy(self, point: Point) -> tuple[float, float]:
        """Return where a point of the whole picture lies in the crop."""
        row, column = (
            (at + 0.5 - first) * self.scale for at, first in zip(point, self.corner, strict=True)
        )
        return column, row

    def tree(self, tree: DuctTree, color: str, width: int) -> None:
        """Draw centerlines."""
        for branch in tree.branches:
            points = [self.xy((float(y), float(x))) for y, x in branch.path]
            self.draw.line(points, fill=color, width=width * _FINE, joint="curve")

    def marks(self, findings: Sequence[Finding], color: str, *, dashed: bool) -> None:
        """Draw a ring around each finding, a little wider than it is."""
        for finding in findings:
            x, y = self.xy(finding.location)
            least = 1.6 if dashed else 1.15
            r = max(least, 0.5 * finding.extent_mm + 0.5) / self.spacing_mm * self.scale
            r = min(r, 0.45 * TILE_PX * _FINE)
            for start in range(0, 360, 30 if dashed else 360):
                stop = start + (18 if dashed else 360)
                self.draw.arc((x - r, y - r, x + r, y + r), start, stop, color, 2 * _FINE)

    def bar(self, side: int) -> None:
        """Draw a scale bar in the corner below."""
        length = _BAR_MM / self.spacing_mm * self.scale
        edge = 6 * _FINE
        box = (side - edge - length, side - edge - 2 * _FINE, side - edge, side - edge)
        self.draw.rectangle(box, fill="#ffffff", outline="#000000")


def write(path: Path, groups: Sequence[tuple[str, Sequence[Entry]]], *, columns: int = 4) -> Path:
    """Write the groups as one picture.

    Parameters
    ----------
    path : Path
        Its ending says the format: webp, jpg or png.
    groups : sequence of (title, entries)
    columns : int
        Pairs in one row.
    """
    pair = 2 * TILE_PX + GAP_PX
    width = 2 * EDGE_PX + columns * pair + (columns - 1) * EDGE_PX
    lines = 1 + max((len(_wrapped(entry, pair)) for _, some in groups for entry in some), default=1)
    entry_height = TILE_PX + LINE_PX * lines + 8
    rows = sum(math.ceil(len(entries) / columns) for _, entries in groups)
    height = 64 + 40 * len(groups) + rows * entry_height + EDGE_PX
    page = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(page)
    _legend(draw)
    top = 56
    for title, entries in groups:
        draw.text((EDGE_PX, top + 8), title, fill=_INK, font=_font(19))
        top += 40
        for index, entry in enumerate(entries):
            left = EDGE_PX + index % columns * (pair + EDGE_PX)
            _place(page, entry, (left, top + index // columns * entry_height), pair)
        top += math.ceil(len(entries) / columns) * entry_height
    page.save(path, quality=82, method=6) if path.suffix == ".webp" else page.save(path, quality=86)
    return path


def _place(page: Image.Image, entry: Entry, corner: tuple[int, int], pair: int) -> None:
    left, top = corner
    draw = ImageDraw.Draw(page)
    for index, picture in enumerate((entry.crop.plain, entry.crop.drawn)):
        page.paste(Image.fromarray(picture), (left + index * (TILE_PX + GAP_PX), top))
    draw.text((left + 6, top + 4), entry.label, fill="#ffffff", font=_font(12),
              stroke_width=2, stroke_fill="#000000")  # fmt: skip
    for number, line in enumerate(_wrapped(entry, pair)):
        place = left, top + TILE_PX + 5 + number * LINE_PX
        draw.text(place, line, fill=_SOFT if number else _INK, font=_font(14 if not number else 13))


def _wrapped(entry: Entry, width: int) -> list[str]:
    """Break the caption into lines that fit."""
    lines = []
    for number, text in enumerate(entry.words):
        font, line = _font(13 if number else 14), ""
        # Pillow's own font has no raised two.
        for word in text.replace("mm²", "sq mm").split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def _legend(draw: ImageDraw.ImageDraw) -> None:
    """Say what each line is, by style and words."""
    entries = (
        ("duct tree as read", LAYERS["tree"]["color"], "line"),
        ("true duct tree", LAYERS["truth_tree"]["color"], "wide"),
        ("the reader's mark", VERMILION, "ring"),
        ("true finding", LAYERS["truth"]["color"], "dashes"),
        ("pixels only read", VERMILION, "box"),
        ("pixels only true", SKY, "box"),
    )
    x, y = EDGE_PX, 32
    for words, color, look in entries:
        if look in ("line", "wide"):
            thick = 4 if look == "wide" else 3
            draw.line((x, y, x + 26, y), fill=color, width=thick)
        elif look == "box":
            draw.rectangle((x + 6, y - 7, x + 20, y + 7), fill=color)
        else:
            for start in range(0, 360, 45 if look == "dashes" else 360):
                stop = start + (25 if look == "dashes" else 360)
                draw.arc((x + 4, y - 9, x + 22, y + 9), start, stop, color, 3)
        draw.text((x + 34, y - 9), words, fill=_INK, font=_font(14))
        x += 34 + round(_font(14).getlength(words)) + 30
    words = "left: picture, right: with what was read; 20 mm wide, bar 5 mm; number: seed"
    draw.text((x, y - 9), words, fill=_SOFT, font=_font(14))


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
