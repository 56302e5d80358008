"""Ductoscopy: a fly-through along the lumen of the injected lobe, as a thin endoscope sees it.

The lumen is a union of balls. From a point inside, no wall is nearer than the deepest ball
reaches, so that each ray may safely advance by that distance until it meets the wall (sphere
tracing); the distances are read from a small box of voxels around the tip. Light comes from the
tip: what is far or oblique is dark. Only the light's way is physics here; color and fine
vessels are drawn to look like the published pictures. The scope stops where the lumen is
narrower than it is: peripheral ducts are out of its reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from galactolab.errors import GalactolabError, check_between
from galactolab.modalities.lumina import MALIGNANT_KINDS, TISSUE_KINDS
from galactolab.patient.breast import stream
from galactolab.patient.lesions import LesionKind
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import EMPTY, Balls, arc_lengths, joined, tube
from galactolab.terms import Modality
from galactolab.volumes import Mark, ModalityImage, Tissue

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.float32]

SIZE_PX, PREVIEW_PX = 240, 100
# Scopes of 0.55 to 1.1 mm (clinical facts, section 7: ductoscopy).
SCOPE_MM = 0.9
# The orifice is widened with dilators, and saline distends the lumen; own choices.
_DILATED_MM, _DISTENDED = 12.0, 1.25
_VIEW_DEG = 70.0
_LOOK_MM = 9.0
_CELL_MM = 0.11
_N_STEPS = 40
# Where half of the light is left.
_DIM_MM = 2.2


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """The way of the scope from the orifice into one duct.

    Attributes
    ----------
    path_mm : (K, 3) array of float
    radius_mm : (K,) array of float
        Of the lumen, distended by saline.
    arc_mm : (K,) array of float
        Distance from the orifice.
    reach_mm : float
        Where the scope has to stop.
    """

    path_mm: Floats
    radius_mm: Floats
    arc_mm: Floats
    reach_mm: float


def way(phantom: Phantom, *, duct: int | None = None, scope_mm: float = SCOPE_MM) -> Way:
    """Return the way to the end of a duct, and how far the scope comes.

    Parameters
    ----------
    phantom : Phantom
    duct : int or None
        Index of a duct; that of the first lesion, or else the widest way, when left out.
    scope_mm : float
        Diameter of the scope, 0.55-1.1 mm.

    Raises
    ------
    GalactolabError
        If there is no such duct or scope.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> 10 < way(phantom.make(seed=4)).reach_mm < 60
    True
    """
    check_between("scope_mm", scope_mm, 0.55, 1.1, "mm")
    ducts = phantom.ducts
    if duct is None:
        duct = _default_duct(phantom)
    if not 0 <= duct < len(ducts):
        raise GalactolabError(f"duct is {duct}, but this tree has ducts 0 to {len(ducts) - 1}.")
    chain = ducts.flat.way_to_orifice(duct)[::-1]
    path = np.concatenate([ducts.branches[i].path_mm for i in chain])
    radius = np.concatenate([ducts.branches[i].radius_mm for i in chain]) * _DISTENDED
    kept = np.concatenate([[True], np.linalg.norm(np.diff(path, axis=0), axis=1) > 1e-9])
    path, radius = path[kept], radius[kept]
    arc = arc_lengths(path)
    radius = np.where(arc < _DILATED_MM, np.maximum(radius, 0.55 * scope_mm), radius)
    tight = np.flatnonzero(2 * radius < scope_mm)
    reach = float(arc[tight[0] - 1]) if len(tight) and tight[0] > 0 else float(arc[-1])
    # A lesion that fills the lumen stops the scope too.
    for lesion in phantom.lesions:
        for index, at in lesion.blocks:
            if index in chain:
                reach = min(reach, max(ducts.start_mm[index] + at - 0.5, 1.0))
    return Way(path_mm=path, radius_mm=radius, arc_mm=arc, reach_mm=reach)


def view(
    phantom: Phantom,
    *,
    way_mm: float,
    duct: int | None = None,
    scope_mm: float = SCOPE_MM,
    size_px: int = SIZE_PX,
    rng: np.random.Generator,
) -> ModalityImage:
    """Look ahead from a place in the lumen.

    Parameters
    ----------
    phantom : Phantom
    way_mm : float
        Distance of the tip from the orifice.
    duct, scope_mm
        See `way`.
    size_px : int
        Width of the square image, 32-600; `PREVIEW_PX` is quick.
    rng : numpy.random.Generator
        Makes the noise of the camera.

    Returns
    -------
    ModalityImage
        Colors from 0 to 1, and what each pixel shows as truth. It has no scale.

    Raises
    ------
    GalactolabError
        If the scope can not reach the place.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> view(phantom.make(seed=4), way_mm=12, size_px=64, rng=np.random.default_rng(1))
    ModalityImage(ductoscopy (ES), 64 x 64 px at 1 mm, color)
    """
    check_between("size_px", size_px, 32, 600, "px")
    course = way(phantom, duct=duct, scope_mm=scope_mm)
    if not 0 <= way_mm <= course.reach_mm:
        raise GalactolabError(
            f"way_mm is {way_mm:g} mm, but this scope of {scope_mm:g} mm reaches from 0 to "
            f"{course.reach_mm:.1f} mm on this way."
        )
    tip, along = _tip(course, way_mm)
    box = _Box.around(phantom, course, tip=tip, along=along)
    rays, field = _rays(along, size_px)
    travelled, points = _traced(box, tip, rays)
    is_lesion = box.lesion_at(points) > -0.5 * _CELL_MM
    color = _shaded(phantom, box, points, rays, travelled, is_lesion)
    color *= field[:, None]
    color += rng.normal(0, 0.012, color.shape).astype(np.float32) * field[:, None]
    truth = np.where(is_lesion, Tissue.LESION, Tissue.LUMEN).astype(np.uint8)
    truth[field < 0.5] = Tissue.OUTSIDE
    return ModalityImage(
        pixels=np.clip(color, 0, 1).reshape(size_px, size_px, 3),
        spacing_mm=(1.0, 1.0),
        modality=Modality.ENDOSCOPY,
        technique="ductoscopy",
        unit="color",
        window=(0.0, 1.0),
        laterality=phantom.laterality,
        truth=truth.reshape(size_px, size_px),
        marks=_marks(phantom, tip, along, size_px),
        settings={"way_mm": way_mm, "reach_mm": course.reach_mm, "scope_mm": scope_mm},
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Box:
    """Distances to the wall, and into lesions, on voxels around the tip."""

    low_mm: Floats
    wall: Image
    lesion: Image

    @classmethod
    def around(cls, phantom: Phantom, course: Way, *, tip: Floats, along: Floats) -> _Box:
        half = 0.6 * _LOOK_MM
        middle = tip + 0.45 * _LOOK_MM * along
        low = middle - half - 1.0
        shape = (int(2 * (half + 1.0) / _CELL_MM),) * 3
        tubes = [tube(course.path_mm, course.radius_mm, step=0.25)]
        tubes += [
            tube(duct.path_mm, duct.radius_mm * _DISTENDED, step=0.3)
            for duct in phantom.ducts.branches
            if np.linalg.norm(duct.path_mm - middle, axis=1).min() < 2.0 * half
        ]
        pools = joined(*(lesion.pooling for lesion in phantom.lesions))
        solids = [x.displacing for x in phantom.lesions if _shows(x.kind)]
        return cls(
            low_mm=low,
            wall=_depth(joined(*tubes, pools), low, shape),
            lesion=_depth(joined(*solids) if solids else EMPTY, low, shape),
        )

    def _read(self, values: Image, points: Floats) -> Image:
        at = ((points - self.low_mm) / _CELL_MM).T.astype(np.float32)
        read: Image = map_coordinates(values, at, order=1, cval=-_CELL_MM, mode="constant")
        return read

    def free_at(self, points: Floats) -> Image:
        """Return how far the nearest wall or lesion is at least; negative in tissue."""
        wall = self._read(self.wall, points)
        free: Image = np.minimum(wall, -self._read(self.lesion, points))
        return free

    def lesion_at(self, points: Floats) -> Image:
        """Return how deep points lie in a lesion; negative outside."""
        return self._read(self.lesion, points)


def _depth(solid: Balls, low: Floats, shape: tuple[int, ...]) -> Image:
    """Return the depth inside the deepest ball at each voxel; negative outside, bounded."""
    depth = np.full(shape, -2 * _CELL_MM, np.float32)
    center = (solid.center_mm - low) / _CELL_MM
    reach = solid.radius_mm / _CELL_MM + 2
    first = np.maximum(np.floor(center - reach[:, None]).astype(int), 0)
    last = np.minimum(np.ceil(center + reach[:, None]).astype(int) + 1, shape)
    for i in np.flatnonzero((first < last).all(axis=1)):
        window = tuple(slice(a, b) for a, b in zip(first[i], last[i], strict=True))
        axes = [
            ((np.arange(a, b) - c) ** 2).astype(np.float32)
            for a, b, c in zip(first[i], last[i], center[i], strict=True)
        ]
        square = axes[0][:, None, None] + axes[1][:, None] + axes[2]
        inside = np.float32(solid.radius_mm[i]) - np.sqrt(square) * np.float32(_CELL_MM)
        np.maximum(depth[window], inside, out=depth[window])
    return depth


def _tip(course: Way, way_mm: float) -> tuple[Floats, Floats]:
    """Return the place of the tip and the direction it looks in."""

    def at(arc: float) -> Floats:
        return np.array([np.interp(arc, course.arc_mm, course.path_mm[:, i]) for i in range(3)])

    tip = at(way_mm)
    ahead = at(min(way_mm + 3.0, float(course.arc_mm[-1]))) - at(max(way_mm - 0.5, 0.0))
    return tip, ahead / np.linalg.norm(ahead)


def _frame(along: Floats) -> tuple[Floats, Floats]:
    """Return the directions of the image's columns and rows."""
    up = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(along, up)
    right /= np.linalg.norm(right)
    return right, np.cross(along, right)


def _rays(along: Floats, size_px: int) -> tuple[Floats, Image]:
    """Return unit directions of all pixels, and the round field of view."""
    right, down = _frame(along)
    side = np.linspace(-1, 1, size_px) * np.tan(np.deg2rad(_VIEW_DEG / 2))
    rays = along + side[None, :, None] * right + side[:, None, None] * down
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    radius = np.hypot(*np.meshgrid(np.linspace(-1, 1, size_px), np.linspace(-1, 1, size_px)))
    field = np.clip((0.98 - radius) * size_px / 4, 0, 1).astype(np.float32)
    return rays.reshape(-1, 3), field.reshape(-1)


def _traced(box: _Box, tip: Floats, rays: Floats) -> tuple[Floats, Floats]:
    """Advance each ray by the free distance until it meets tissue or leaves the view."""
    travelled = np.full(len(rays), 0.05)
    moving = np.arange(len(rays))
    for _ in range(_N_STEPS):
        free = box.free_at(tip + travelled[moving, None] * rays[moving])
        travelled[moving] += np.maximum(free, 0.03)
        moving = moving[(free > 0.02) & (travelled[moving] < _LOOK_MM)]
        if not len(moving):
            break
    return travelled, tip + travelled[:, None] * rays


def _shaded(
    phantom: Phantom,
    box: _Box,
    points: Floats,
    rays: Floats,
    travelled: Floats,
    is_lesion: npt.NDArray[np.bool_],
) -> Image:
    """Return the color of each pixel: light from the tip on a moist, pale wall."""
    step = 1.2 * _CELL_MM
    slope = np.stack(
        [box.free_at(points + e) - box.free_at(points - e) for e in np.eye(3) * step], axis=-1
    )
    slope /= np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-6)
    facing = np.clip(-(slope * rays).sum(axis=-1), 0, 1)
    light = (0.15 + 0.85 * facing) / (1 + (travelled / _DIM_MM) ** 2)
    shine = np.clip(facing, 0, 1) ** 30 * np.exp(-travelled / 3)
    pale, red = np.array([1.0, 0.70, 0.56]), np.array([0.92, 0.34, 0.27])
    vessels = _vessels(phantom, points)
    base = pale + (red - pale) * (0.4 * vessels)[:, None]
    malignant = any(lesion.kind in MALIGNANT_KINDS for lesion in phantom.lesions)
    tumor = np.array([0.80, 0.28, 0.22] if malignant else [0.93, 0.52, 0.36])
    base = np.where(is_lesion[:, None], tumor * (1 - 0.25 * vessels[:, None]), base)
    gone = np.clip((_LOOK_MM - travelled) / 2, 0, 1)
    color = base * (1.9 * light * gone)[:, None] + 0.25 * (shine * gone)[:, None]
    shaded: Image = (1 - np.exp(-1.5 * color)).astype(np.float32)
    return shaded


def _vessels(phantom: Phantom, points: Floats) -> Image:
    """Return fine red lines on the wall: zero lines of a wavy field, from 0 to 1."""
    rng = stream(phantom.seed, "wall vessels")
    wave = np.zeros(len(points))
    for _ in range(7):
        turn = points @ rng.normal(0, 2.6, 3) + rng.uniform(0, 2 * np.pi)
        wave += np.sin(turn + 0.6 * np.sin(points @ rng.normal(0, 4.0, 3)))
    lines: Image = np.exp(-((wave / 0.28) ** 2)).astype(np.float32)
    return lines


def _shows(kind: LesionKind) -> bool:
    return kind in TISSUE_KINDS or kind is LesionKind.CLOT


def _marks(phantom: Phantom, tip: Floats, along: Floats, size_px: int) -> tuple[Mark, ...]:
    """Return the lesions in view, where they lie in the image."""
    right, down = _frame(along)
    scale = np.tan(np.deg2rad(_VIEW_DEG / 2))
    marks = []
    for lesion in phantom.lesions:
        away = lesion.point_mm - tip
        ahead = float(away @ along)
        if not (0.1 < ahead < _LOOK_MM and _shows(lesion.kind)):
            continue
        column, row = (
            float((away @ axis) / ahead / scale + 1) / 2 * (size_px - 1) for axis in (right, down)
        )
        if 0 <= row < size_px and 0 <= column < size_px:
            size = lesion.plan.size_mm or 0.0
            marks.append(
                Mark(name=str(lesion.kind), size_mm=size, index=(0.0, float(row), float(column)))
            )
    return tuple(marks)


def _default_duct(phantom: Phantom) -> int:
    for lesion in phantom.lesions:
        for sign in lesion.signs:
            if sign.duct is not None:
                return sign.duct
    ducts = phantom.ducts
    way_in = 0
    while ducts.flat.children[way_in]:
        way_in = max(
            ducts.flat.children[way_in], key=lambda i: float(ducts.branches[i].radius_mm.mean())
        )
    return way_in
