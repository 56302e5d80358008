"""Cuts of pictures of different machines at one scale, about one anatomical point.

A tile is a square of the same millimeters and screen pixels for every machine. The point is
given in the breast frame; each picture's placement says where it lies there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.volumes import ModalityImage, Tissue, Volume

Floats = npt.NDArray[np.float64]
Grays = npt.NDArray[np.uint8]

TILE_PX = 300
FIELDS_MM = (30, 60, 100, 200)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tile:
    """One square of the wall.

    Attributes
    ----------
    grays : (P, P) or (P, P, 3) array of uint8
    cross : (float, float)
        Column and row of the point in the tile; may lie outside.
    away_mm : float
        How far the point lies from the plane of the picture.
    outlines : tuple of (K, 2) arrays of int
        Columns and rows of the borders of the true lesion.
    corner : (float, float)
        Row and column of the picture at the tile's upper left.
    step : (float, float)
        Rows and columns of the picture for one pixel of the tile.
    """

    grays: Grays
    cross: tuple[float, float]
    away_mm: float
    outlines: tuple[npt.NDArray[np.int32], ...]
    corner: tuple[float, float]
    step: tuple[float, float]


def slice_at(volume: Volume, point_mm: npt.ArrayLike) -> int:
    """Return the number of the slice that lies nearest to a point.

    Raises
    ------
    GalactolabError
        If the volume has no placement.
    """
    if volume.placement is None:
        return len(volume.voxels) // 2
    near = round(float(volume.placement.index(point_mm)[0]))
    return int(np.clip(near, 0, len(volume.voxels) - 1))


def cut(
    image: ModalityImage,
    *,
    center_mm: Floats,
    point_mm: Floats,
    field_mm: float,
    size_px: int = TILE_PX,
) -> Tile:
    """Return the square of a picture about a place.

    Parameters
    ----------
    image : ModalityImage
        With a placement.
    center_mm : (3,) array of float
        Middle of the tile in the breast frame; a picture that does not reach it is shown
        where it comes nearest.
    point_mm : (3,) array of float
        Where the cross is.
    field_mm : float
        Side of the tile.
    size_px : int
        Screen pixels of a side.

    Examples
    --------
    >>> from galactolab.volumes import Placement
    >>> flat = Placement(origin_mm=np.zeros(3), steps_mm=np.diag([1.0, 0.5, 0.5]))
    >>> image = ModalityImage(pixels=np.eye(64), spacing_mm=0.5, modality="US", unit="dB",
    ...                       technique="B-mode", window=(0, 1), placement=flat)
    >>> middle = np.array([0.0, 16, 16])
    >>> tile = cut(image, center_mm=middle, point_mm=middle, field_mm=30, size_px=60)
    >>> tile.grays.shape, tile.cross, tile.away_mm
    ((60, 60), (29.5, 29.5), 0.0)
    """
    shape = image.pixels.shape[:2]
    row, column, _ = image.located(center_mm)
    middle = np.clip([row, column], 0, [n - 1 for n in shape])
    step = field_mm / size_px / np.asarray(image.spacing_mm)
    corner = middle - step * (size_px - 1) / 2
    at_row, at_column, away = image.located(point_mm)
    cross = (np.array([at_row, at_column]) - corner) / step
    truth = image.truth
    return Tile(
        grays=_resampled(_grays(image), corner, step, size_px),
        cross=(float(cross[1]), float(cross[0])),
        away_mm=away,
        outlines=() if truth is None else _outlines(truth, corner, step, size_px),
        corner=(float(corner[0]), float(corner[1])),
        step=(float(step[0]), float(step[1])),
    )


def picked(
    image: ModalityImage, tile: Tile, *, column: float, row: float, near_mm: Floats
) -> Floats:
    """Return the anatomical point that a place in a tile shows.

    A radiograph of one direction says nothing about depth: the new point keeps that of
    `near_mm`. In a slice it lies in the slice.

    Parameters
    ----------
    image : ModalityImage
    tile : Tile
        Its cut.
    column, row : float
        In pixels of the tile.
    near_mm : (3,) array of float
        The point so far.
    """
    at = np.asarray(tile.corner) + np.asarray(tile.step) * (row, column)
    placement = image.placement
    if placement is None:
        return near_mm
    depth = 0.0 if is_plane(image) else float(placement.index(near_mm)[0])
    return placement.point_mm((depth, *at))


def is_plane(image: ModalityImage) -> bool:
    """Tell whether a picture shows one plane, and not all that lies along a beam."""
    return image.technique not in ("Ductogram", "CEM iodine", "CEM low energy")


def _grays(image: ModalityImage) -> Grays:
    if image.pixels.ndim == 3:
        return np.asarray(np.clip(image.pixels * 255, 0, 255), np.uint8)
    low, high = image.window
    return np.asarray(np.clip((image.pixels - low) * (255 / (high - low)), 0, 255), np.uint8)


def _resampled(pixels: Grays, corner: Floats, step: Floats, size: int) -> Grays:
    shrinks = float(step.min())
    if shrinks > 1.5:  # blur before leaving out pixels
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 * shrinks), np.uint8)
    return np.asarray(_warped(pixels, corner, step, size, cv2.INTER_LINEAR), np.uint8)


def _warped(pixels: Grays, corner: Floats, step: Floats, size: int, how: int) -> Grays:
    inverse = np.array([[step[1], 0.0, corner[1]], [0.0, step[0], corner[0]]])
    flags = how | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(pixels, inverse, (size, size), flags=flags), np.uint8)


def _outlines(
    truth: Grays, corner: Floats, step: Floats, size: int
) -> tuple[npt.NDArray[np.int32], ...]:
    lesion = (truth == Tissue.LESION).astype(np.uint8)
    seen = _warped(lesion, corner, step, size, cv2.INTER_NEAREST)
    found, _ = cv2.findContours(seen, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_TC89_L1)
    return tuple(np.asarray(one[:, 0, :], np.int32) for one in found)
