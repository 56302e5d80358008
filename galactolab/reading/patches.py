"""Patches of contrast that are wide all around, and whether they look like a lumen or a leak.

What has walls is smooth: its border is sharp, and how thick the contrast is follows from its
outline, as each section is about round. What has leaked creeps between lobules: it is thick
here and thin there, fades out at its border, and frays. So each patch is compared with the
lumen of its own outline, and three ratios tell how far it is from that.

Plan. On a coarse grid, take the largest circles that fit into what is bright. Around each, what
a somewhat smaller disc can reach is the patch: ducts that run into it are cut off. What is long
or winding is a duct. Of the rest, the signal is read inside and along the free border.

Letters for shapes: ``m, n`` rows and columns of the coarse grid, ``p, q`` of a patch's window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from galactolab.reading.grading import grade
from galactolab.records import Image, Mask
from galactolab.tree import Floats

STEP_MM = 0.2
_LEAST_WIDTH_MM = 2.2
# Contrast this thick is bright; thinner, tissue could be it.
_BRIGHT_MM = 0.6
# A patch is what a disc of this share of its largest circle reaches.
_SHARE = 0.65
# Longer, more winding or with more room than this is a duct or a knot of ducts.
_MOST_ELONGATED, _LEAST_SOLID, _MOST_FULL = 2.1, 0.86, 2.6
# How far outside the patch a duct that goes on is seen.
_EXIT_MM = (0.5, 0.9)
_FEWEST = 9
# A border this sharp is a wall. Ducts around bodies are no more frayed than this; for what is,
# the limit rises so much with it.
_WALL, _BODIES, _DROPS = 1.06, -4.4, 0.35


@dataclass(frozen=True, kw_only=True, eq=False)
class Patch:
    """A patch of contrast that is wide all around.

    Attributes
    ----------
    point : (float, float)
        (row, column) of its middle in pixels.
    width_mm, extent_mm : float
        Diameter of the largest circle inside, and the longest way across.
    elongation : float
        Long over short axis.
    thickness_mm : float
        Mean thickness of the contrast.
    unevenness : float
        Spread of its thickness from place to place, over its mean; 0 to about 0.02 in a lumen.
    sharpness : float
        How steeply it falls at its border, over that of a lumen of its outline; about 1 there.
    raggedness : float
        How far its border swings about a calm line, in mm.
    border_px : int
        Length of its border in steps of the grid.
    corner : (int, int)
        Row and column of the window on the grid.
    area, exits : (p, q) array of bool
        The patch in its window, and where ducts run into it.
    """

    point: tuple[float, float]
    width_mm: float
    extent_mm: float
    elongation: float
    thickness_mm: float
    unevenness: float
    sharpness: float
    raggedness: float
    border_px: int
    corner: tuple[int, int]
    area: Mask
    exits: Mask

    @property
    def free(self) -> float:
        """Share of its border beyond which no contrast goes on."""
        return max(0.0, 1 - float(self.exits.sum()) / max(self.border_px, 1))

    @property
    def frayed(self) -> float:
        """How far it is from a lumen, as the logarithm of all three ratios together."""
        uneven, ragged = max(self.unevenness, 1e-4), max(self.raggedness, 1e-3)
        return math.log(uneven * math.sqrt(ragged) / max(self.sharpness, 0.05))


def patches(thickness: Image, *, least_mm: float, shape: tuple[int, int]) -> list[Patch]:
    """Return the patches of contrast that are wide all around, widest first.

    Parameters
    ----------
    thickness : (m, n) array of float32
        Thickness of the contrast in mm on a grid of `STEP_MM`.
    least_mm : float
        What noise and tissue reach; brighter is contrast.
    shape : (int, int)
        Rows and columns of the image that the grid stands for.
    """
    calm = np.asarray(cv2.GaussianBlur(thickness, (0, 0), 0.8), np.float32)
    bright = calm > max(least_mm, _BRIGHT_MM)
    room = _room(bright)
    rows, columns = np.nonzero(room * 2 * STEP_MM >= _LEAST_WIDTH_MM)
    taken = np.zeros(bright.shape, np.bool_)
    scale = np.array(shape) / np.array(bright.shape)
    found = []
    for at in np.argsort(-room[rows, columns], kind="stable").tolist():
        row, column = int(rows[at]), int(columns[at])
        if taken[row, column]:
            continue
        radius = float(room[row, column])
        reach = int(6 * radius + 10)
        top, left = max(0, row - reach), max(0, column - reach)
        window = np.s_[top : row + reach + 1, left : column + reach + 1]
        area = _reached(bright[window], _SHARE * radius, (row - top, column - left))
        taken[window] |= cv2.dilate(area.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
        taken[row, column] = True
        patch = _described(calm[window], bright[window], area, radius, (top, left), scale)
        if patch is not None:
            found.append(patch)
    return found


def leaked(patch: Patch) -> float:
    """Return how sure it is that a patch is contrast in the tissue and no lumen, 0 to 1."""
    # Where ducts cross it is wide and uneven, too, but sharp, and little of the border is free.
    wide = max(
        grade(patch.width_mm, middle=3.1, width=0.06),
        grade(patch.width_mm * patch.free, middle=1.35, width=0.06)
        * grade(-patch.sharpness, middle=-0.91, width=0.015),
    )
    return (
        wide
        * grade(patch.frayed, middle=-4.84, width=0.05)
        * grade(-patch.elongation, middle=-2.05, width=0.03)
        # Where a body lies in a wide duct it is uneven, but sharp. So are single drops that have
        # leaked; but these are uneven by far more.
        * grade(
            -patch.sharpness,
            middle=-_WALL - _DROPS * max(patch.frayed - _BODIES, 0.0),
            width=0.015,
        )
    )


def sealed(patch: Patch) -> float:
    """Return how sure it is that a patch is a lumen that ends here, as a cyst does, 0 to 1."""
    return (
        grade(-patch.frayed, middle=4.95, width=0.04)
        * grade(patch.free, middle=0.88, width=0.015)
        * grade(-patch.elongation, middle=-2.0, width=0.03)
    )


def _room(area: Mask) -> Image:
    """Return the distance to where it is not, in pixels; what lies outside is not."""
    padded = np.pad(area, 1).view(np.uint8)
    away = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(away[1:-1, 1:-1], np.float32)


def distance_to(area: Mask) -> Image:
    """Return the distance to an area in pixels."""
    free = (~area).view(np.uint8)
    return np.asarray(cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _reached(bright: Mask, radius: float, place: tuple[int, int]) -> Mask:
    """Return what a disc around a place reaches without leaving what is bright."""
    core = _room(bright) >= radius
    opened = bright & (distance_to(core) < radius + 0.5)
    _, labels = cv2.connectedComponents(opened.view(np.uint8), connectivity=4)
    return np.asarray((labels == labels[place]) & opened, np.bool_)


def _described(
    calm: Image,
    bright: Mask,
    area: Mask,
    radius: float,
    corner: tuple[int, int],
    scale: Floats,
) -> Patch | None:
    """Measure one patch; None if its shape is that of a duct or of a knot of ducts."""
    rows, columns = np.nonzero(area)
    if len(rows) < _FEWEST or len(rows) > _MOST_FULL * math.pi * radius**2:
        return None
    axes = np.linalg.eigvalsh(np.cov(np.stack([rows, columns])) + np.eye(2) / 12)
    elongation = math.sqrt(axes[1] / axes[0])
    outline = max(
        cv2.findContours(area.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len
    )
    hull = cv2.contourArea(cv2.convexHull(outline)) + len(outline) / 2 + 1
    if elongation > _MOST_ELONGATED or len(rows) < _LEAST_SOLID * hull:
        return None
    away = distance_to(area) * STEP_MM
    exits = bright & (away > _EXIT_MM[0]) & (away <= _EXIT_MM[1])
    apart = distance_to(exits) if exits.any() else np.full(area.shape, np.inf, np.float32)
    border = cv2.drawContours(np.zeros(area.shape, np.uint8), [outline], -1, 1).view(np.bool_)
    mean = float(calm[area].mean())
    middle = (np.array([rows.mean(), columns.mean()]) + corner + 0.5) * scale - 0.5
    return Patch(
        point=(float(middle[0]), float(middle[1])),
        width_mm=2 * radius * STEP_MM,
        extent_mm=4 * math.sqrt(axes[1]) * STEP_MM,
        elongation=elongation,
        thickness_mm=mean,
        unevenness=_unevenness(calm, area, away) / mean,
        sharpness=_sharpness(calm, area, border & (apart > 6)),
        raggedness=_raggedness(bright, area, apart > 3) / (len(outline) * STEP_MM),
        border_px=len(outline),
        corner=corner,
        area=area,
        exits=exits,
    )


def _unevenness(calm: Image, area: Mask, away: Image) -> float:
    """Return the spread of the thickness from place to place, beyond the noise beside it."""
    swing = calm - np.asarray(cv2.GaussianBlur(calm, (0, 0), 1.5), np.float32)
    inner = _room(area) > 3
    inside = float(swing[inner].std()) if inner.sum() > _FEWEST else 0.0
    beside = np.abs(swing[(away > 1.5) & (calm < _BRIGHT_MM)])
    noise = 1.4826 * float(np.median(beside)) if len(beside) > _FEWEST else 0.0
    return math.sqrt(max(inside**2 - noise**2, 0.0))


def _sharpness(calm: Image, area: Mask, border: Mask) -> float:
    """Return the fall along the free border over that of a lumen; 1 where none is free."""
    if border.sum() < _FEWEST:
        return 1.0
    lumen = np.asarray(cv2.GaussianBlur(inflated(area), (0, 0), 1.0), np.float32)
    seen, expected = (float(np.median(_steepest(each)[border])) for each in (calm, lumen))
    return seen / max(expected, 1e-9)


def _steepest(image: Image) -> Image:
    """Return the steepest slope nearby."""
    down, right = (cv2.Sobel(image, cv2.CV_32F, *way, ksize=3) for way in ((0, 1), (1, 0)))
    slope = cv2.magnitude(down, right) / 8
    return np.asarray(cv2.dilate(slope, np.ones((5, 5), np.uint8)), np.float32)


def _raggedness(bright: Mask, area: Mask, free: Mask) -> float:
    """Return the area in mm2 between the border of what is bright and a calm line."""
    near = bright & (cv2.dilate(area.view(np.uint8), np.ones((9, 9), np.uint8)) > 0)
    calm = cv2.medianBlur(near.view(np.uint8), 9) > 0
    return float(((calm != near) & free).sum()) * STEP_MM**2


def inflated(area: Mask) -> Image:
    """Return how thick a lumen with round sections is in mm, from its outline; (p, q).

    Each place lies under the highest of all balls that fit into the outline.

    Examples
    --------
    >>> rows, columns = np.mgrid[:41, :41] - 20
    >>> round(float(inflated(np.hypot(rows, columns) < 15)[20, 20]), 1)  # 6 mm wide
    6.0
    """
    rows, columns = (np.flatnonzero(area.any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    room = _room(area)[box]
    square = np.where(room > 0, room**2, -np.inf).astype(np.float32)
    for _ in range(2):
        steps = np.arange(len(square), dtype=np.float32)
        lower = (steps[:, None] - steps) ** 2
        square = np.stack([(square - away[:, None]).max(axis=0) for away in lower]).T
    thick = np.zeros(area.shape, np.float32)
    thick[box] = 2 * STEP_MM * np.sqrt(np.clip(square, 0, None))
    return thick
