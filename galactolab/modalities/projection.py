"""From a virtual patient to the thickness of each material behind each pixel.

The beam is parallel and the plane of the image lies at the object: a magnified view has a
smaller `spacing_mm`. The chest wall is at the first column of a left breast and at the last
column of a right one; the top of the image is lateral in the cranio-caudal views and the
axilla or the head in the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
    """

    posture: Posture
    shape: tuple[int, int]
    spacing_mm: tuple[float, float]
    row0: float
    depth_mm: float
    is_left: bool

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

    def placed(self, points_mm: Floats) -> Floats:
        """Return (row, column, depth along the beam in mm) of points in the breast frame."""
        up, x, beam = np.moveaxis(self.posture.placed(points_mm), -1, 0)
        row = self.row0 - up / self.spacing_mm[0]
        column = (self.depth_mm - x) / self.spacing_mm[1]
        if not self.is_left:
            column = self.shape[1] - 1 - column
        return np.stack([row, column, beam], axis=-1)


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
    contrast, lumen = _contrast(phantom, where)
    masses = joined(*(lesion.tissue for lesion in phantom.lesions))
    if len(masses):
        # A mass takes the place of fat.
        taken = np.minimum(_lengths(masses, where)[0], parts.adipose)
        parts = replace(parts, adipose=parts.adipose - taken, glandular=parts.glandular + taken)
    calcium = joined(*(lesion.calcium for lesion in phantom.lesions))
    return ThicknessMaps(
        adipose=parts.adipose,
        glandular=parts.glandular,
        skin=parts.skin,
        contrast=contrast,
        calcium=_lengths(calcium, where)[0],
        lumen=lumen,
        spacing_mm=where.spacing_mm,
        concentration_mgi_ml=phantom.filling.lumen_mgi_ml,
        thickness_mm=phantom.breast.thickness_mm,
        breast=parts.breast,
        laterality=phantom.laterality,
        view=view,
    )


def filled_lumen(phantom: Phantom) -> Balls:
    """Return the lumen that the contrast reached: ducts, lobules and cysts, in breast frame."""
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


def _contrast(phantom: Phantom, where: Frame) -> tuple[Image, Mask]:
    """Length of contrast, and the pixels of filled lumen.

    Contrast is lumen without what displaces it, so its length on a beam is that of the union
    of both less that of the displacing solids alone.
    """
    lumen = filled_lumen(phantom)
    displacing = joined(*(lesion.displacing_in(where.posture.view) for lesion in phantom.lesions))
    leaked = joined(phantom.spilled, *(lesion.leaked for lesion in phantom.lesions))
    clear, cover = _lengths(lumen, where)
    inside = clear
    if len(displacing):
        both, _ = _lengths(joined(lumen, displacing), where)
        inside = np.maximum(both - _lengths(displacing, where)[0], 0)
    contrast = inside
    if len(leaked):
        contrast = contrast + _lengths(leaked, where)[0]
    shown = (cover >= 0.5) & (inside > 0.02)
    return contrast, shown if phantom.filling.lumen_mgi_ml > 0 else np.zeros_like(shown)


def _lengths(solid: Balls, where: Frame) -> tuple[Image, Image]:
    placed = where.placed(solid.center_mm)
    return chords.lengths(
        chords.PlacedBalls(
            row=placed[:, 0],
            column=placed[:, 1],
            depth_mm=placed[:, 2],
            radius_mm=solid.radius_mm,
        ),
        shape=where.shape,
        spacing_mm=where.spacing_mm,
        oversample=max(1, int(np.ceil(min(where.spacing_mm) / _BEAM_MM - 1e-9))),
    )
