"""From a virtual patient to the thickness of each material behind each pixel.

The beam is parallel and the plane of the image lies at the object: a magnified view has a
smaller `spacing_mm`. The chest wall is at the first column of a left breast and at the last
column of a right one; the top of the image is lateral in the cranio-caudal views and the
axilla or the head in the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.modalities import chords, tissue
from galactolab.patient.breast import Posture
from galactolab.patient.ducts import Duct
from galactolab.patient.lesions import Lesion
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls, joined, tube
from galactolab.records import Image, Mask
from galactolab.terms import Laterality, View
from galactolab.tree import checked_spacing
from galactolab.volumes import Placement

Floats = npt.NDArray[np.float64]

_MARGIN_MM = 8.0
# Beams lie this close or closer, so that the thinnest ducts are still met by several.
_BEAM_MM = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class ThicknessMaps:
    """Millimeters of each material on the way to each pixel.

    Attributes
    ----------
    adipose, glandular, skin, contrast, calcium : (M, N) arrays of float32
        ``contrast`` is the length of lumen filled with agent. Ducts displace no tissue in
        these maps: they add up to 1 mm or so to 45 mm of breast.
    lumen : (M, N) array of bool
        Pixels at least half covered by filled lumen.
    spacing_mm : (float, float)
        (row, column), at the object.
    concentration_mgi_ml : float
        Iodine in the filled lumen.
    thickness_mm : float
        Of the compressed breast.
    breast : (M, N) array of bool
    laterality : Laterality
    view : View
    """

    adipose: Image
    glandular: Image
    skin: Image
    contrast: Image
    calcium: Image
    lumen: Mask
    spacing_mm: tuple[float, float]
    concentration_mgi_ml: float
    thickness_mm: float
    breast: Mask
    laterality: Laterality
    view: View

    def __repr__(self) -> str:
        """Say view, size and spacing."""
        rows, columns = self.breast.shape
        return (
            f"ThicknessMaps({self.laterality} {self.view.value}, {rows} x {columns} px "
            f"at {self.spacing_mm[0]:g} mm)"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """Where the pixels of an image lie in the plane of a view.

    Attributes
    ----------
    posture : Posture
    shape : (M, N)
    spacing_mm : (float, float)
    row0 : float
        Row at the level of the nipple.
    depth_mm : float
        Depth of the breast: column 0 of a left breast lies at this depth.
    is_left : bool
    tilt_deg : float
        How far the tube is turned toward the image's top. The pixels stay in the plane
        through the middle of the compressed breast, and a turned beam meets them aslant.
    """

    posture: Posture
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    row0: float
    depth_mm: float
    is_left: bool
    tilt_deg: float = 0.0

    @property
    def up_mm(self) -> npt.NDArray[np.float32]:
        """Height of each row above the nipple, (M,)."""
        return ((self.row0 - np.arange(self.shape[0])) * self.spacing_mm[0]).astype(np.float32)

    @property
    def out_mm(self) -> npt.NDArray[np.float32]:
        """Distance of each column from the chest wall, (N,)."""
        columns = np.arange(self.shape[1])
        if not self.is_left:
            columns = columns[::-1]
        return (columns * self.spacing_mm[1]).astype(np.float32)

    @property
    def beam_spacing_mm(self) -> tuple[float, float]:
        """Distance of neighboring beams along rows and columns, measured across the beam."""
        return self.spacing_mm[0] * math.cos(math.radians(self.tilt_deg)), self.spacing_mm[1]

    def placed(self, points_mm: Floats) -> Floats:
        """Return (row, column, depth along the beam in mm) of points in the breast frame."""
        up, x, beam = np.moveaxis(self.posture.placed(points_mm), -1, 0)
        if self.tilt_deg:
            tilt = math.radians(self.tilt_deg)
            # A point below the middle is met by a beam that came in further up.
            up, beam = (
                up + beam * math.tan(tilt),
                beam * math.cos(tilt) - up * math.sin(tilt),
            )
        row = self.row0 - up / self.spacing_mm[0]
        column = (self.depth_mm - x) / self.spacing_mm[1]
        if not self.is_left:
            column = self.shape[1] - 1 - column
        return np.stack([row, column, beam], axis=-1)

    def placement(self, *, slice_mm: float = 1.0, first_mm: float = 0.0) -> Placement:
        """Return where the pixels of this view lie in the breast that hangs free.

        Parameters
        ----------
        slice_mm : float
            Distance of slices in the compressed breast, from the detector toward the tube.
        first_mm : float
            Height of slice 0 above the middle of the compressed breast.
        """
        turn = math.radians(self.posture.up_deg)
        up = np.array([0.0, math.sin(turn), math.cos(turn)])
        # Toward the tube, and as long as it was before compression.
        rise = np.array([0.0, -math.cos(turn), math.sin(turn)]) / self.posture.squash
        inward = np.array([-1.0 if self.is_left else 1.0, 0.0, 0.0])
        column0 = 0.0 if self.is_left else self.shape[1] - 1.0
        steps = np.stack([slice_mm * rise, -self.spacing_mm[0] * up, self.spacing_mm[1] * inward])
        origin = first_mm * rise + self.row0 * self.spacing_mm[0] * up
        origin = origin + np.array([self.depth_mm, 0.0, 0.0]) - column0 * steps[2]
        return Placement(origin_mm=origin, steps_mm=steps)


def frame(
    phantom: Phantom,
    *,
    view: View,
    spacing_mm: float | tuple[float, float] = 0.1,
    shape: tuple[int, int] | None = None,
) -> Frame:
    """Return where the pixels lie; without a shape the whole breast is in the field.

    Raises
    ------
    GalactolabError
        If spacing or shape cannot be, or the view is not modeled.
    """
    spacing = checked_spacing(spacing_mm)
    for value in spacing:
        check_between("spacing_mm", value, 0.01, 5, "mm")
    breast = phantom.breast
    posture = breast.positioned(view)
    if shape is None:
        rows = posture.up_mm + posture.down_mm + 2 * _MARGIN_MM
        columns = breast.depth_mm + breast.nipple_mm[0] + 1.5 * _MARGIN_MM
        shape = (int(rows / spacing[0]) + 1, int(columns / spacing[1]) + 1)
    if len(shape) != 2 or min(shape) < 2 or max(shape) > 16384:
        raise GalactolabError(
            f"shape is {shape}, but it has to be (rows, columns) between 2 and 16384."
        )
    middle = (posture.up_mm - posture.down_mm) / 2 / spacing[0]
    return Frame(
        posture=posture,
        shape=(int(shape[0]), int(shape[1])),
        spacing_mm=spacing,
        row0=(shape[0] - 1) / 2 + middle,
        depth_mm=breast.depth_mm,
        is_left=phantom.laterality is Laterality.LEFT,
    )


def render(
    phantom: Phantom,
    *,
    view: View,
    spacing_mm: float | tuple[float, float] = 0.1,
    shape: tuple[int, int] | None = None,
) -> ThicknessMaps:
    """Project a virtual patient.

    Parameters
    ----------
    phantom : Phantom
    view : View
        CC, FB, ML, LM, MLO, LMO or SIO.
    spacing_mm : float or (float, float)
        Pixel distance at the object, 0.01-5 mm.
    shape : (M, N) or None
        Size of the image; the whole breast when left out.

    Raises
    ------
    GalactolabError
        If spacing or shape cannot be, or the view is not modeled.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> maps = render(phantom.make(seed=4), view=View.CC, spacing_mm=0.5)
    >>> bool(maps.contrast.max() > 0.5), bool((maps.contrast[~maps.breast] == 0).all())
    (True, True)
    """
    where = frame(phantom, view=view, spacing_mm=spacing_mm, shape=shape)
    parts = tissue.rendered(phantom.breast, where.posture, up_mm=where.up_mm, out_mm=where.out_mm)
    contrast, lumen = contrast_seen(phantom, where)
    masses = joined(*(lesion.tissue for lesion in phantom.lesions))
    if len(masses):
        # A mass takes the place of fat.
        taken = np.minimum(lengths_seen(masses, where)[0], parts.adipose)
        parts = replace(parts, adipose=parts.adipose - taken, glandular=parts.glandular + taken)
    calcium = joined(*(lesion.calcium for lesion in phantom.lesions))
    return ThicknessMaps(
        adipose=parts.adipose,
        glandular=parts.glandular,
        skin=parts.skin,
        contrast=contrast,
        calcium=lengths_seen(calcium, where)[0],
        lumen=lumen,
        spacing_mm=where.spacing_mm,
        concentration_mgi_ml=phantom.filling.lumen_mgi_ml,
        thickness_mm=phantom.breast.thickness_mm,
        breast=parts.breast,
        laterality=phantom.laterality,
        view=view,
    )


@lru_cache(maxsize=4)
def filled_lumen(phantom: Phantom) -> Balls:
    """Return the lumen that the contrast reached: ducts, lobules and cysts, in breast frame.

    A sweep of tomosynthesis and its slices ask for it a hundred times: the last ones are kept.
    """
    solids: list[Balls] = []
    for duct, filled in zip(phantom.ducts.branches, phantom.filling.filled_mm, strict=True):
        if filled > 0.05:
            solids.append(tube(*cut(duct, filled)))
    for lobule, is_filled in zip(phantom.ducts.lobules, phantom.filling.lobules, strict=True):
        if is_filled:
            solids.append(lobule.acini)
    solids += [_filled_pools(lesion, phantom) for lesion in phantom.lesions]
    return joined(*solids)


def _filled_pools(lesion: Lesion, phantom: Phantom) -> Balls:
    """Return the cysts of a lesion whose ducts are filled to their ends."""
    filled = [
        phantom.filling.filled_mm[index] >= phantom.ducts.branches[index].length_mm - 0.5
        for index in lesion.pool_ducts
    ]
    return Balls(
        center_mm=lesion.pooling.center_mm[filled], radius_mm=lesion.pooling.radius_mm[filled]
    )


def cut(duct: Duct, filled_mm: float) -> tuple[Floats, Floats]:
    """Return path and radii of the first `filled_mm` of a duct."""
    if filled_mm >= duct.length_mm - 1e-6:
        return duct.path_mm, duct.radius_mm
    kept = duct.arc_mm < filled_mm
    path = np.concatenate([duct.path_mm[kept], duct.at(filled_mm)[None]])
    return path, np.append(duct.radius_mm[kept], duct.radius_at(filled_mm))


def contrast_seen(
    phantom: Phantom, where: Frame, *, beam_mm: float = _BEAM_MM
) -> tuple[Image, Mask]:
    """Return the length of contrast on each beam in mm, and the pixels of filled lumen.

    Contrast is lumen without what displaces it, so its length on a beam is that of the union
    of both less that of the displacing solids alone.

    Parameters
    ----------
    phantom : Phantom
    where : Frame
        The view, which may be tilted.
    beam_mm : float
        Beams lie this close or closer.
    """
    lumen = filled_lumen(phantom)
    displacing = joined(*(lesion.displacing_in(where.posture.view) for lesion in phantom.lesions))
    leaked = joined(phantom.spilled, *(lesion.leaked for lesion in phantom.lesions))
    inside, cover = lengths_seen(lumen, where, beam_mm=beam_mm)
    if len(displacing) and len(lumen):
        window, near = _behind(displacing, lumen, where)
        both, _ = lengths_seen(joined(near, displacing), where, beam_mm=beam_mm)
        alone, _ = lengths_seen(displacing, where, beam_mm=beam_mm)
        inside[window] = np.maximum(both[window] - alone[window], 0)
    contrast = inside
    if len(leaked):
        contrast = contrast + lengths_seen(leaked, where, beam_mm=beam_mm)[0]
    shown = (cover >= 0.5) & (inside > 0.02)
    return contrast, shown if phantom.filling.lumen_mgi_ml > 0 else np.zeros_like(shown)


def _behind(displacing: Balls, lumen: Balls, where: Frame) -> tuple[tuple[slice, slice], Balls]:
    """Return the window of the image that a solid is seen in, and the lumen that is seen there."""
    at = where.placed(displacing.center_mm)[:, :2]
    reach = displacing.radius_mm[:, None] / where.beam_spacing_mm
    low, high = (at - reach).min(axis=0) - 1, (at + reach).max(axis=0) + 2
    placed = where.placed(lumen.center_mm)
    at, reach = placed[:, :2], lumen.radius_mm[:, None] / where.beam_spacing_mm + 1
    met = ((at + reach > low) & (at - reach < high)).all(axis=1)
    # Depths are rounded from the shallowest ball on: with it, nothing changes by a micrometer.
    met[np.argmin(placed[:, 2] - lumen.radius_mm)] = True
    first = np.clip(np.floor(low), 0, where.shape).astype(int)
    last = np.clip(np.ceil(high), 0, where.shape).astype(int)
    window = slice(first[0], last[0]), slice(first[1], last[1])
    return window, Balls(center_mm=lumen.center_mm[met], radius_mm=lumen.radius_mm[met])


def lengths_seen(solid: Balls, where: Frame, *, beam_mm: float = _BEAM_MM) -> tuple[Image, Image]:
    """Return the length through a solid on each beam in mm, and the share of beams that meet it."""
    placed = where.placed(solid.center_mm)
    return chords.lengths(
        chords.PlacedBalls(
            row=placed[:, 0],
            column=placed[:, 1],
            depth_mm=placed[:, 2],
            radius_mm=solid.radius_mm,
        ),
        shape=where.shape,
        spacing_mm=where.beam_spacing_mm,
        oversample=max(1, int(np.ceil(min(where.spacing_mm) / beam_mm - 1e-9))),
    )
