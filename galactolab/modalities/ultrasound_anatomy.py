"""What lies in the scan plane: tissue by pixel, with speed, attenuation and echo strength.

From the probe inward come gel where the skin bends away, skin, the fat under it, the gland
with its islands of fat, a little fat, the chest muscle, and the pleura, behind which air
stops the sound. Ducts, lesions, ligaments and calcifications are cuts of the patient's own
solids, averaged over the thickness of the beam.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates

from galactolab.modalities import lumina, sections, tables
from galactolab.modalities.ultrasound_plane import ScanPlane
from galactolab.patient import gland, strands
from galactolab.patient.breast import Breast, stream
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls
from galactolab.volumes import Labels, Tissue

Floats = npt.NDArray[np.float64]
Image = npt.NDArray[np.float32]

# The beam's thickness: planes this far from the middle one, in mm, with their weights.
_PLANES_MM = (-0.9, -0.45, 0.0, 0.45, 0.9)
_WEIGHTS = (0.10, 0.23, 0.34, 0.23, 0.10)
_WALL_MM = 0.22
_MUSCLE_MM = 8.0
_FINE_MM, _FINE_CELLS = 0.4, 80


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundMaps:
    """The scan plane as the sound meets it.

    Attributes
    ----------
    power : (M, N) array of float32
        Scattered power against fat.
    mirror : (M, N) array of float32
        Amplitude of smooth interfaces that lie across the beam.
    attenuation_db_cm_mhz, speed_m_s : (M, N) arrays of float32
    truth : (M, N) array of uint8
        `Tissue` numbers.
    """

    power: Image
    mirror: Image
    attenuation_db_cm_mhz: Image
    speed_m_s: Image
    truth: Labels


def sound_maps(phantom: Phantom, plane: ScanPlane, *, injected: bool) -> SoundMaps:
    """Return the scan plane of a patient as the sound meets it.

    Parameters
    ----------
    phantom : Phantom
    plane : ScanPlane
    injected : bool
        Whether the ducts were injected (sonogalactography).
    """
    layers, truth, mirror = _layers(phantom.breast, plane)
    power, loss, speed = (_mixed(layers, name) for name in _COLUMNS)
    maps = SoundMaps(
        power=power, mirror=mirror, attenuation_db_cm_mhz=loss, speed_m_s=speed, truth=truth
    )
    _draw_texture(maps, phantom.breast, plane)
    _draw_ligaments(maps, phantom.breast, plane)
    _draw_contents(maps, lumina.contents(phantom, injected=injected), plane)
    return maps


_COLUMNS = ("echo_db", "attenuation_db_cm_mhz", "speed_m_s")


def _value(tissue: str, name: str) -> float:
    value = tables.column("acoustics", name)[tissue]
    return 10 ** (value / 10) if name == "echo_db" else value


def _mixed(layers: dict[str, Image], name: str) -> Image:
    total = np.zeros_like(next(iter(layers.values())))
    for tissue, share in layers.items():
        total += np.float32(_value(tissue, name)) * share
    return total


@dataclass(frozen=True, kw_only=True, eq=False)
class _Borders:
    """Where the layers of a scan plane end: depths under the skin in mm, one for each pixel."""

    edge: Image
    depth: Image
    fat: Image
    floor: Image
    pleura: Image
    skin: np.float32
    width: np.float32

    @property
    def outside(self) -> Image:
        """Share of each pixel beside the breast."""
        beside: Image = 1 - _step(self.edge + 0.5, self.width)
        return beside


def _borders(breast: Breast, plane: ScanPlane, up: Image, x: Image, beam: Image) -> _Borders:
    """Return the borders of skin, fat, breast and muscle; all but the skin's wave at random."""
    edge = _edge_mm(breast, plane, up, x)
    bend = 4 * (1 - np.sqrt(1 - (1 - np.clip(edge / 6, 0, 1)) ** 2))
    skin = np.float32(breast.skin_mm)
    wave = _wave(breast, up, x)
    floor = np.float32(plane.thickness_mm - 1.5) + 0.7 * _wave(breast, 0.6 * up + 9, 0.6 * x)
    return _Borders(
        edge=edge,
        depth=beam + np.float32(plane.thickness_mm / 2) - bend.astype(np.float32),
        fat=skin + np.float32(0.5 * breast.fat_mm) * np.clip(x / 14, 0.15, 1) * (1 + 0.3 * wave),
        floor=floor,
        pleura=floor + np.float32(_MUSCLE_MM) * (1 + 0.06 * _wave(breast, up + 31, x + 17)),
        skin=skin,
        width=np.float32(plane.spacing_mm),
    )


def _layers(breast: Breast, plane: ScanPlane) -> tuple[dict[str, Image], Labels, Image]:
    """Return the share of each tissue in each pixel, the labels, and the smooth interfaces."""
    # Plan: depth under the skin decides the layers; each border is a soft step, so that a
    # share is the difference of two steps and all shares add up to one.
    up, x, beam = plane.pixels().astype(np.float32)
    at = _borders(breast, plane, up, x, beam)
    gel = np.maximum(1 - _step(at.depth, at.width), at.outside)
    under = 1 - gel
    share = _gland_share(breast, plane, up, x, beam)
    share *= _step(at.depth - at.fat, np.float32(0.5))
    share *= 1 - _step(at.depth - at.floor + 2, np.float32(0.7))
    is_skin = under * (1 - _step(at.depth - at.skin, at.width))
    is_muscle = under * _step(at.depth - at.floor, np.float32(0.1))
    is_air = under * _step(at.depth - at.pleura, at.width)
    inside = np.maximum(under - is_skin - is_muscle, 0)
    # The nipple's fibrous tissue fades into the breast behind it.
    nipple = _step(1.0 - x, np.float32(5.0)) * _step(
        0.5 * breast.nipple_mm[1] - np.abs(up), np.float32(3.0)
    )
    layers = {
        "gel": gel,
        "skin": is_skin,
        "gland": inside * share * (1 - nipple),
        "fat": inside * (1 - share) * (1 - nipple),
        "muscle": np.maximum(is_muscle - is_air, 0),
        "air": is_air,
        "nipple": inside * nipple,
    }
    truth = np.select(
        [gel > 0.5, is_skin > 0.5, is_air > 0.5, is_muscle > 0.5, share * inside > 0.5],
        [Tissue.OUTSIDE, Tissue.SKIN, Tissue.OUTSIDE, Tissue.MUSCLE, Tissue.GLAND],
        Tissue.FAT,
    ).astype(np.uint8)
    return layers, truth, _mirror(at)


def _mirror(at: _Borders) -> Image:
    """Return the smooth interfaces, which reflect like mirrors."""
    mirror = 8.0 * _line(at.depth, at.width) + 3.0 * _line(at.depth - at.skin, at.width)
    mirror += 5.0 * _line(at.depth - at.floor, at.width)
    mirror += 14.0 * _line(at.depth - at.pleura, at.width)
    smooth: Image = (mirror * (1 - at.outside)).astype(np.float32)
    return smooth


def _step(depth: Image, width: np.float32) -> Image:
    """Return 0 above and 1 below a border, with a ramp of this width."""
    ramp: Image = np.clip(depth / width + np.float32(0.5), 0, 1)
    return ramp


def _line(depth: Image, width: np.float32) -> Image:
    peak: Image = np.clip(1 - np.abs(depth) / width, 0, 1)
    return peak


def _edge_mm(breast: Breast, plane: ScanPlane, up: Image, x: Image) -> Image:
    """Distance inside the breast's outline, or inside the nipple, in the skin's plane."""
    reach = np.where(up > 0, plane.posture.up_mm, plane.posture.down_mm)
    behind = np.clip((breast.depth_mm - x) / breast.depth_mm, 0, None)
    inside = (1 - np.sqrt(behind**2 + (up / reach) ** 2)) * breast.depth_mm
    knob = np.minimum(x + breast.nipple_mm[0], 0.5 * breast.nipple_mm[1] - np.abs(up))
    edge: Image = np.where(x < 6, np.maximum(inside, knob), inside).astype(np.float32)
    return edge


@lru_cache(maxsize=4)
def _fine(breast: Breast) -> Image:
    """Structure between gland voxels and speckle: a periodic cube of unit variance."""
    rng = stream(breast.seed, "fine structure")
    return gland.power_law((_FINE_CELLS,) * 3, slope=2.6, rng=rng, low_cut=0.03)


def _fine_at(breast: Breast, up: Image, x: Image, beam: Image, *, flat: float) -> Image:
    """Read the cube at places in mm; structure is `flat` times thinner along the beam."""
    at = np.stack([up, x, beam * np.float32(flat)]) / np.float32(_FINE_MM)
    read: Image = map_coordinates(_fine(breast), at, order=1, mode="grid-wrap")
    return read


def _wave(breast: Breast, up: Image, x: Image) -> Image:
    """Slow undulation of borders over the skin's plane, of about unit size."""
    rng = stream(breast.seed, "fat border")
    wave = np.zeros_like(up)
    for _ in range(6):
        angle, length = rng.uniform(0, np.pi), rng.uniform(9, 28)
        turn = (np.cos(angle) * up + np.sin(angle) * x) * (2 * np.pi / length)
        wave += np.sin(turn + rng.uniform(0, 2 * np.pi)).astype(np.float32)
    return wave / np.float32(np.sqrt(3))


def _gland_share(breast: Breast, plane: ScanPlane, up: Image, x: Image, beam: Image) -> Image:
    """Share of gland: the patient's own volume, with finer lobules than its voxels have."""
    grown = gland.grown(breast)
    free = plane.freed(np.stack([up, x, beam], axis=-1))
    at = (np.moveaxis(free, -1, 0) - np.array(grown.low_mm)[:, None, None]) / gland.VOXEL_MM
    share = map_coordinates(grown.share, at.astype(np.float32), order=1, cval=0.0)
    lobules = _fine_at(breast, up, x, beam, flat=1.7)
    sharp = (share + np.float32(0.16) * lobules - np.float32(0.42)) * 4 + np.float32(0.5)
    kept: Image = np.clip(sharp, 0.03, 1)
    return kept


def _draw_texture(maps: SoundMaps, breast: Breast, plane: ScanPlane) -> None:
    """Vary the echo strength within each tissue, in layers that lie parallel to the skin.

    Fat lobules are parted by thin septa: the places where a smooth field changes its sign.
    Muscle has fibers along it.
    """
    up, x, beam = plane.pixels().astype(np.float32)
    fine = _fine_at(breast, up + 7, x + 3, beam, flat=3.0)
    is_muscle = maps.truth == Tissue.MUSCLE
    maps.power[...] *= np.exp(np.where(is_muscle, 0.2, np.float32(0.45)) * fine)
    smooth = _fine_at(breast, 0.16 * up, 0.16 * x + 5, beam, flat=0.28)
    smooth = _softened(smooth, 1.1 / plane.spacing_mm)
    slope = np.hypot(*np.gradient(smooth)) / np.float32(plane.spacing_mm)
    septum = np.exp(-((smooth / np.maximum(slope, 0.02) / np.float32(0.16)) ** 2))
    septum *= (maps.truth == Tissue.FAT) | (maps.truth == Tissue.GLAND)
    maps.power[...] += 5 * septum
    maps.mirror[...] += 1.2 * septum * _facing(septum)
    fibers = np.maximum(_fine_at(breast, up, 0.12 * x, beam, flat=2.2), 0) * is_muscle
    maps.power[...] *= 1 + 2.5 * fibers


def _draw_ligaments(maps: SoundMaps, breast: Breast, plane: ScanPlane) -> None:
    """Draw ligaments and fibers: thin, and bright where they lie across the beam."""
    cover = _section(strands.grown(breast), plane)
    cover *= (maps.truth == Tissue.FAT) | (maps.truth == Tissue.GLAND)
    maps.power[...] += 2 * cover * np.float32(_value("gland", "echo_db"))
    maps.mirror[...] += 3 * cover * _facing(cover)


def _draw_contents(maps: SoundMaps, parts: lumina.Contents, plane: ScanPlane) -> None:
    """Draw ducts with their walls, and lesions over them."""
    lumen = _section(parts.lumen, plane)
    wide = Balls(center_mm=parts.lumen.center_mm, radius_mm=parts.lumen.radius_mm + _WALL_MM)
    wall = np.maximum(_section(wide, plane) - lumen, 0)
    _lay(maps, "wall", wall)
    _lay(maps, "fluid", lumen)
    maps.mirror[...] *= 1 - lumen
    maps.mirror[...] += 2.2 * wall * _facing(lumen)
    maps.truth[lumen > 0.5] = Tissue.LUMEN
    for solid, tissue, label in (
        (parts.mass, "mass", Tissue.LESION),
        (parts.debris, "secretion", Tissue.LUMEN),
        (parts.benign, "papilloma", Tissue.LESION),
        (parts.malignant, "malignancy", Tissue.LESION),
        (parts.air, "air", Tissue.LUMEN),
        (parts.calcium, "calcium", Tissue.CALCIUM),
    ):
        if len(solid):
            cover = _section(solid, plane)
            _lay(maps, tissue, cover)
            maps.mirror[...] *= 1 - cover
            maps.truth[cover > 0.5] = label


def _lay(maps: SoundMaps, tissue: str, cover: Image) -> None:
    """Put a tissue in place of what was there, by the share that it covers."""
    targets = (maps.power, maps.attenuation_db_cm_mhz, maps.speed_m_s)
    for name, target in zip(_COLUMNS, targets, strict=True):
        target[...] += cover * (np.float32(_value(tissue, name)) - target)


def _section(solid: Balls, plane: ScanPlane) -> Image:
    """Return how far each pixel is covered, as a mean over the thickness of the beam."""
    away, rows, columns = plane.placed(solid.center_mm)
    near = np.abs(away) < solid.radius_mm + max(_PLANES_MM)
    cover = np.zeros(plane.shape, np.float32)
    if not near.any():
        return cover
    away, rows, columns = away[near], rows[near], columns[near]
    radius = solid.radius_mm[near]
    for offset, weight in zip(_PLANES_MM, _WEIGHTS, strict=True):
        disk = sections.disks(
            rows, columns, away - offset, radius, shape=plane.shape, spacing_mm=plane.spacing_mm
        )
        cover += np.float32(weight) * disk
    return cover


def _softened(image: Image, sigma_px: float) -> Image:
    return cv2.GaussianBlur(image, (0, 0), sigma_px).astype(np.float32, copy=False)


def _facing(cover: Image) -> Image:
    """How squarely a border faces the beam, 0 to 1: smooth interfaces mirror only there."""
    soft = cv2.GaussianBlur(cover, (0, 0), 1.5)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    aside = cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    square: Image = (down**2 / (down**2 + aside**2 + np.float32(1e-6))) ** 2
    return square
