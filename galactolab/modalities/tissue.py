"""How much fat, gland and skin lies on the way to each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.modalities import chords
from galactolab.patient import gland, septa, strands
from galactolab.patient.breast import Breast, Posture, stream
from galactolab.patient.outline import outline, slab_thickness
from galactolab.records import Image, Mask
from galactolab.terms import View

Floats32 = npt.NDArray[np.float32]

# Tissue is computed on a plate of this grid in the breast's own plane, and then read off for
# the pixels: the same patient keeps the same tissue at every pixel size.
PLATE_MM = 0.2
_EDGE_MM = 0.5
# The nipple is dense tissue through and through, and its foot widens over a few millimeters.
NIPPLE_SHARE = np.float32(0.9)
_TEXTURE = 0.36
_TEXTURE_SLOPE = 2.75
# The texture is drawn out along rays that meet in front of the nipple, as in the gland.
_FOCUS_MM, _DRAWN, _ARM_MM = 14.0, 2.2, 60.0
_FLARE_MM = 3.0
_BUNDLE_MM = 16.0
# Most skin on a ray through the nipple, in thicknesses of the skin: two slanted layers.
_FOOT_SKIN = 2.6


@dataclass(frozen=True, kw_only=True, eq=False)
class Tissue:
    """Millimeters of tissue behind each pixel.

    Attributes
    ----------
    adipose, glandular, skin : (M, N) arrays of float32
    breast : (M, N) array of bool
    """

    adipose: Image
    glandular: Image
    skin: Image
    breast: Mask


def rendered(breast: Breast, posture: Posture, *, up_mm: Floats32, out_mm: Floats32) -> Tissue:
    """Return the tissue on a grid of beams.

    Parameters
    ----------
    breast : Breast
    posture : Posture
    up_mm : (M,) array of float32
        Height of each row above the nipple.
    out_mm : (N,) array of float32
        Distance of each column from the chest wall.
    """
    # Plan: only the window of the image that can hold breast is computed and pasted into
    # empty maps.
    rows = np.flatnonzero((up_mm > -posture.down_mm - 4) & (up_mm < 1.7 * posture.up_mm + 4))
    columns = np.flatnonzero(out_mm < breast.depth_mm + breast.nipple_mm[0] + 3)
    shape = (len(up_mm), len(out_mm))
    empty = Tissue(
        adipose=np.zeros(shape, np.float32),
        glandular=np.zeros(shape, np.float32),
        skin=np.zeros(shape, np.float32),
        breast=np.zeros(shape, np.bool_),
    )
    if not len(rows) or not len(columns):
        return empty
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    part = _window(breast, posture, up_mm=up_mm[window[0]], out_mm=out_mm[window[1]])
    empty.adipose[window] = part.adipose
    empty.glandular[window] = part.glandular
    empty.skin[window] = part.skin
    empty.breast[window] = part.breast
    return empty


def _window(breast: Breast, posture: Posture, *, up_mm: Floats32, out_mm: Floats32) -> Tissue:
    """Return the tissue on a grid of beams that the breast fills for the most part."""
    # Plan: smooth fields (distance to the edge, gland share) come from coarse grids by
    # separable linear interpolation; what has sharp edges (rounding, skin) is computed
    # from them for every pixel.
    whole, core, _ = slab(breast, posture, up_mm=up_mm, out_mm=out_mm)
    plate = _Grid.around(up_mm, out_mm, PLATE_MM)
    share = plate.read(_share(breast, posture, plate), up_mm, out_mm)
    np.maximum(share, bundle(breast, up_mm=up_mm, out_mm=out_mm), out=share)
    glandular = core * share
    glandular += plate.read(_strands(breast, posture, plate), up_mm, out_mm)
    glandular += _septa(breast, posture, up_mm, out_mm) * (core / np.float32(breast.thickness_mm))
    np.minimum(glandular, core, out=glandular)
    return Tissue(
        adipose=core - glandular, glandular=glandular, skin=whole - core, breast=whole > 0
    )


def bundle(breast: Breast, *, up_mm: Floats32, out_mm: Floats32) -> Floats32:
    """Return the share of dense tissue in the nipple and the ducts' bundle behind it.

    Parameters
    ----------
    breast : Breast
    up_mm, out_mm : 1-D arrays of float32
        Rows above the nipple, and columns away from the chest wall.
    """
    near = np.exp(-((up_mm / np.float32(breast.nipple_mm[1] / 2)) ** 4))
    behind = np.float32(breast.depth_mm) - out_mm
    ahead = np.clip(1 - behind / np.float32(_BUNDLE_MM), 0, 1)
    share: Floats32 = (NIPPLE_SHARE * near[:, None] * ahead[None, :]).astype(np.float32)
    return share


def slab(
    breast: Breast, posture: Posture, *, up_mm: Floats32, out_mm: Floats32
) -> tuple[Floats32, Floats32, Mask]:
    """Return how thick the compressed breast is, with and without skin, and where the nipple is.

    Parameters
    ----------
    breast : Breast
    posture : Posture
    up_mm, out_mm : 1-D arrays of float32
        Rows above the nipple, and columns away from the chest wall.

    Returns
    -------
    whole, core : (len(up_mm), len(out_mm)) arrays of float32
        Millimeters along an upright beam.
    is_knob : (len(up_mm), len(out_mm)) array of bool
    """
    edge = _Grid.around(up_mm, out_mm, _EDGE_MM)
    depth = edge.read(_depth(breast, posture, edge.ticks), up_mm, out_mm)
    stump = _nipple_depth(breast, up_mm, out_mm)
    nipple = _flared(depth, stump)
    whole = slab_thickness(depth, thickness_mm=breast.thickness_mm)
    knob = slab_thickness(nipple, thickness_mm=breast.nipple_mm[1])
    np.maximum(whole, knob, out=whole)
    t = np.float32(breast.skin_mm)
    core = slab_thickness(depth - t, thickness_mm=breast.thickness_mm - 2 * breast.skin_mm)
    inner = slab_thickness(nipple - t, thickness_mm=breast.nipple_mm[1] - 2 * breast.skin_mm)
    np.maximum(core, inner, out=core)
    # Under the foot of the nipple the breast has no skin of its own; the limit comes in softly.
    limit = np.float32(_FOOT_SKIN) * t + 30 * np.clip(1 - stump / np.float32(_FLARE_MM), 0, 1)
    np.copyto(core, np.maximum(core, whole - limit), where=(stump > 0) & (nipple > t))
    return whole, core, (stump > 0) & (depth < t)


@lru_cache(maxsize=4)
def _depth(breast: Breast, posture: Posture, ticks: tuple[int, int, int, int]) -> Floats32:
    """Return the signed distance under the skin; the same breast is seen by several machines."""
    up, out = ((np.arange(*ends) * _EDGE_MM).astype(np.float32) for ends in (ticks[:2], ticks[2:]))
    # The rounding of the edge ends at half of the thickness, and the foot of the nipple before.
    limit_mm = breast.thickness_mm / 2 + 10
    return outline(breast, posture).depth_under_skin(up, out, limit_mm=limit_mm)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Grid:
    """A coarse grid whose points lie at whole multiples of its step."""

    up_mm: Floats32
    out_mm: Floats32
    step_mm: float

    @classmethod
    def around(cls, up_mm: Floats32, out_mm: Floats32, step_mm: float) -> _Grid:
        axes = []
        for places in (up_mm, out_mm):
            low = np.floor(float(places.min()) / step_mm) - 1
            high = np.ceil(float(places.max()) / step_mm) + 2
            axes.append((np.arange(low, high) * step_mm).astype(np.float32))
        return cls(up_mm=axes[0], out_mm=axes[1], step_mm=step_mm)

    @property
    def ticks(self) -> tuple[int, int, int, int]:
        """First and last multiple of the step, up and out, to make the same grid again."""
        up, out = (
            (round(float(one[0]) / self.step_mm), round(float(one[-1]) / self.step_mm) + 1)
            for one in (self.up_mm, self.out_mm)
        )
        return *up, *out

    def read(self, values: Floats32, up_mm: Floats32, out_mm: Floats32) -> Floats32:
        """Return the values at other places by linear interpolation along both axes."""
        j, w = self._weights(self.out_mm, out_mm)
        wide = values[:, j] * (1 - w) + values[:, j + 1] * w
        i, v = self._weights(self.up_mm, up_mm)
        fine: Floats32 = wide[i]
        fine += (wide[i + 1] - fine) * v[:, None]
        return fine

    def _weights(self, grid: Floats32, places: Floats32) -> tuple[npt.NDArray[np.intp], Floats32]:
        at = (places.astype(np.float64) - float(grid[0])) / self.step_mm
        index = np.clip(np.floor(at).astype(np.intp), 0, len(grid) - 2)
        return index, (at - index).astype(np.float32)


def _nipple_depth(breast: Breast, up_mm: Floats32, out_mm: Floats32) -> Floats32:
    """Distance under the nipple's surface: a rounded stump on its axis."""
    length, radius = breast.nipple_mm[0], breast.nipple_mm[1] / 2
    tip = breast.depth_mm + length - radius
    beyond = np.maximum(out_mm - np.float32(tip), 0)
    # Behind its base the stump is buried: it ends within the breast.
    buried = np.maximum(np.float32(breast.depth_mm - 6) - out_mm, 0)
    along = (beyond + buried)[None, :]
    under: Floats32 = (np.float32(radius) - np.hypot(up_mm[:, None], along)).astype(np.float32)
    return under


def _flared(depth: Floats32, nipple: Floats32) -> Floats32:
    """Join the nipple to the breast: a smooth maximum, so that its foot widens to the areola."""
    mixed = np.clip(0.5 + (nipple - depth) / np.float32(2 * _FLARE_MM), 0, 1)
    joined: Floats32 = depth + (nipple - depth) * mixed
    joined += np.float32(_FLARE_MM) * mixed * (1 - mixed)
    return joined


def _septa(breast: Breast, posture: Posture, up_mm: Floats32, out_mm: Floats32) -> Floats32:
    """Millimeters of wall between fat lobules."""
    grid = _Grid.around(up_mm, out_mm, septa.STEP_MM)
    web = septa.web(
        breast,
        up_mm=grid.up_mm,
        x_mm=np.float32(breast.depth_mm) - grid.out_mm,
        view=posture.view.value,
    )
    return grid.read(web, up_mm, out_mm)


def _share(breast: Breast, posture: Posture, plate: _Grid) -> Floats32:
    """Share of gland along the beam on the plate: the volume's mean with finer texture."""
    coarse = _Grid.around(plate.up_mm, plate.out_mm, gland.VOXEL_MM)
    mean = gland.projected(
        gland.grown(breast),
        posture,
        up_mm=coarse.up_mm,
        x_mm=np.float32(breast.depth_mm) - coarse.out_mm,
    )
    share = coarse.read(mean, plate.up_mm, plate.out_mm)
    texture = _texture(breast, posture, plate)
    # Fat has little texture and pure gland has none left to gain: the grain is in between.
    grain = np.float32(_TEXTURE) * share * (1 - 0.85 * share) + np.float32(0.006)
    share = share + grain * texture
    if posture.view in (View.MLO, View.LMO, View.ML, View.LM):
        share = np.maximum(share, muscle(breast, posture, up_mm=plate.up_mm, out_mm=plate.out_mm))
    kept: Floats32 = np.clip(share, 0.01, 0.97)
    return kept


def _texture(breast: Breast, posture: Posture, plate: _Grid) -> Floats32:
    """Fine structure of the plane, made for the whole breast and cut out for the plate."""
    rng = stream(breast.seed, "texture", posture.view.value)
    up_cells, out_cells = int(320 / PLATE_MM), int(220 / PLATE_MM)
    field = gland.power_law(
        (up_cells, out_cells), slope=_TEXTURE_SLOPE, rng=rng, low_cut=0.06 * PLATE_MM
    )
    up, x = np.meshgrid(
        plate.up_mm, np.float32(breast.depth_mm + _FOCUS_MM) - plate.out_mm, indexing="ij"
    )
    # Half of the structure lies along rays from the nipple, half has no direction.
    row = np.float32(_ARM_MM / PLATE_MM) * np.arctan2(up, x) + np.float32(up_cells // 2)
    column = np.hypot(up, x) / np.float32(_DRAWN * PLATE_MM) + np.float32(40)
    drawn = cv2.remap(field, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    even = cv2.remap(
        field, (x + 60) / np.float32(PLATE_MM), up / np.float32(PLATE_MM) + up_cells // 2,
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    mixed: Floats32 = (np.float32(0.8) * drawn + np.float32(0.6) * even).astype(np.float32)
    return mixed


def _strands(breast: Breast, posture: Posture, plate: _Grid) -> Floats32:
    """Millimeters of ligaments, fibers and vessels on the plate."""
    solid = strands.grown(breast)
    up, x, beam = posture.placed(solid.center_mm).T
    length, _ = chords.lengths(
        chords.PlacedBalls(
            row=(up - float(plate.up_mm[0])) / plate.step_mm,
            column=(breast.depth_mm - x - float(plate.out_mm[0])) / plate.step_mm,
            depth_mm=beam,
            radius_mm=solid.radius_mm,
        ),
        shape=(len(plate.up_mm), len(plate.out_mm)),
        spacing_mm=(plate.step_mm, plate.step_mm),
    )
    return length


def muscle(breast: Breast, posture: Posture, *, up_mm: Floats32, out_mm: Floats32) -> Floats32:
    """Return the share of the beam in the pectoral muscle: a triangle at the upper chest wall.

    Muscle attenuates like gland within a few percent, and is counted as gland here.

    Parameters
    ----------
    breast : Breast
    posture : Posture
    up_mm, out_mm : 1-D arrays of float32
        Rows above the nipple, and columns away from the chest wall.
    """
    rng = stream(breast.seed, "muscle")
    oblique = posture.view in (View.MLO, View.LMO)
    top = breast.depth_mm * (rng.uniform(0.42, 0.6) if oblique else rng.uniform(0.10, 0.22))
    end = posture.down_mm * (rng.uniform(-0.25, 0.25) if oblique else rng.uniform(-0.5, -0.1))
    height = np.clip((up_mm - end) / (1.45 * posture.up_mm - end), 0, 1.3)
    border = top * height**0.9
    soft = 3.0 if oblique else 6.0
    inside = np.clip((border[:, None] - out_mm[None, :]) / soft, 0, 1)
    inside = inside * inside * (3 - 2 * inside)
    # Fibers run from the upper chest wall down to the border.
    along = out_mm[None, :] * 0.8 + up_mm[:, None] * 0.35
    fibers = 1 + 0.06 * np.sin(along / 1.3 + 2 * np.sin(along / 9)) * inside
    depth = 0.34 + 0.3 * np.clip(height, 0, 1)
    share: Floats32 = (depth[:, None] * inside * fibers).astype(np.float32)
    return share
