"""B-mode ultrasound and color Doppler of a virtual patient, from a probe that can be moved.

The tissue of the scan plane (`ultrasound_anatomy`) is turned into echoes
(`ultrasound_signal`), compensated for the mean attenuation, compressed to decibels and shown
with one assumed speed of sound. Fluid attenuates nothing, so what lies behind it is bright
(enhancement); calcium and air stop the beam (shadow). Nothing is injected unless asked for:
wide ducts are seen by their own fluid, and nodules in them.
"""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from galactolab.errors import check_between
from galactolab.modalities import ultrasound_signal as signal
from galactolab.modalities.lumina import TISSUE_KINDS
from galactolab.modalities.ultrasound_anatomy import sound_maps
from galactolab.modalities.ultrasound_plane import Probe, ScanPlane, scan_plane
from galactolab.patient.breast import stream
from galactolab.patient.lesions import Lesion
from galactolab.patient.phantom import Phantom
from galactolab.records import Image
from galactolab.terms import Modality
from galactolab.volumes import Mark, ModalityImage

SPACING_MM, PREVIEW_MM = 0.07, 0.14
# Echo of fat below white: fat is mid gray, as BI-RADS takes it for the reference.
_FAT_BELOW_WHITE_DB = 34.0
# Flow in a stalk (own choice: small vessels carry a few cm/s) and what the filter lets pass.
_STALK_CM_S, _WALL_FILTER_CM_S = 4.0, 1.0
_SMALLEST_STALK_MM = 2.0


def b_mode(
    phantom: Phantom,
    *,
    probe: Probe | None = None,
    injected: bool = False,
    gain_db: float = 0.0,
    range_db: float = 60.0,
    spacing_mm: float = SPACING_MM,
    rng: np.random.Generator,
) -> ModalityImage:
    """Take an ultrasound image.

    Parameters
    ----------
    phantom : Phantom
    probe : Probe or None
        Where the probe stands; radial behind the nipple when left out.
    injected : bool
        Sonogalactography: the patient's injection was given.
    gain_db : float
        Overall gain, -30 to 30 dB.
    range_db : float
        Dynamic range that is shown, 30 to 90 dB.
    spacing_mm : float
        Of the square pixels; `PREVIEW_MM` is quick.
    rng : numpy.random.Generator
        Chooses the speckle.

    Returns
    -------
    ModalityImage
        Decibels below white. Its truth lies where the image shows it, moved by the
        differences in speed.

    Raises
    ------
    GalactolabError
        If the probe does not touch the breast, or a value is outside its range.

    Examples
    --------
    >>> from galactolab.patient import phantom
    >>> b_mode(phantom.make(seed=4), spacing_mm=0.2, rng=np.random.default_rng(1))
    ModalityImage(B-mode (US), 175 x 190 px at 0.2 mm, dB)
    """
    check_between("gain_db", gain_db, -30, 30, "dB")
    check_between("range_db", range_db, 30, 90, "dB")
    probe = probe or Probe()
    plane = scan_plane(phantom.breast, probe, spacing_mm=spacing_mm)
    maps = sound_maps(phantom, plane, injected=injected)
    amplitude = signal.envelope(
        maps,
        spacing_mm=spacing_mm,
        frequency_mhz=probe.frequency_mhz,
        focus_mm=probe.focus_mm,
        rng=rng,
    )
    shown = signal.displayed(amplitude, maps.speed_m_s)
    rows = signal.true_rows(maps.speed_m_s)
    labels = signal.displayed(maps.truth.astype(np.float32), maps.speed_m_s, nearest=True)
    return ModalityImage(
        pixels=signal.compressed(
            shown, range_db=range_db, reference_db=_FAT_BELOW_WHITE_DB - gain_db
        ),
        spacing_mm=(spacing_mm, spacing_mm),
        modality=Modality.ULTRASOUND,
        technique="sonogalactography" if injected else "B-mode",
        unit="dB",
        window=(-range_db, 0.0),
        placement=plane.placement(),
        laterality=phantom.laterality,
        truth=labels.astype(np.uint8),
        marks=_marks(phantom, plane, rows),
        settings=dataclasses.asdict(probe) | {"gain_db": gain_db, "range_db": range_db},
    )


def color_doppler(
    phantom: Phantom,
    *,
    probe: Probe | None = None,
    spacing_mm: float = SPACING_MM,
    rng: np.random.Generator,
) -> ModalityImage:
    """Show flow in the stalk of intraductal tissue, where there is any.

    Tissue of 2 mm or more has a vessel (own choice); secretion and clots have none, which is
    what the flag is good for (clinical facts: flow in a mass, none in secretion).

    Returns
    -------
    ModalityImage
        Velocity toward the probe in cm/s; 0 where the wall filter hides it. It lies on the
        same pixels as `b_mode` with the same probe.
    """
    probe = probe or Probe()
    plane = scan_plane(phantom.breast, probe, spacing_mm=spacing_mm)
    velocity = np.zeros(plane.shape, np.float32)
    for number, lesion in enumerate(phantom.lesions):
        if lesion.kind in TISSUE_KINDS and (lesion.plan.size_mm or 0) >= _SMALLEST_STALK_MM:
            velocity += _stalk(lesion, plane, stream(phantom.seed, "stalk", number))
    velocity += cv2.GaussianBlur(
        rng.normal(0, 1.2, plane.shape).astype(np.float32), (0, 0), 0.25 / spacing_mm
    )
    velocity[np.abs(velocity) < _WALL_FILTER_CM_S] = 0
    return ModalityImage(
        pixels=velocity,
        spacing_mm=(spacing_mm, spacing_mm),
        modality=Modality.ULTRASOUND,
        technique="color Doppler",
        unit="cm/s",
        window=(-5.0, 5.0),
        placement=plane.placement(),
        laterality=phantom.laterality,
        marks=_marks(phantom, plane, None),
        settings=dataclasses.asdict(probe),
    )


def color_flow(
    phantom: Phantom,
    *,
    probe: Probe | None = None,
    injected: bool = False,
    spacing_mm: float = SPACING_MM,
    rng: np.random.Generator,
) -> ModalityImage:
    """Lay the flow over the B-mode image, as a scanner does: red toward the probe, blue away.

    Parameters
    ----------
    phantom, probe, injected, spacing_mm, rng
        As in `b_mode`.

    Returns
    -------
    ModalityImage
        Colors from 0 to 1, with the truth of the B-mode image.
    """
    gray = b_mode(phantom, probe=probe, injected=injected, spacing_mm=spacing_mm, rng=rng)
    flow = color_doppler(phantom, probe=probe, spacing_mm=spacing_mm, rng=rng)
    low, high = gray.window
    shown = np.clip((gray.pixels - low) / (high - low), 0, 1)[..., None] * np.ones(3, np.float32)
    for sign, color in ((1, (1.0, 0.25, 0.1)), (-1, (0.15, 0.45, 1.0))):
        speed = np.clip(sign * flow.pixels / flow.window[1], 0, 1)
        bright = (0.45 + 0.55 * speed)[..., None] * np.array(color, np.float32)
        shown = np.where(speed[..., None] > 0, bright, shown)
    return dataclasses.replace(
        gray, pixels=shown.astype(np.float32), technique="color Doppler", unit="color",
        window=(0.0, 1.0),
    )  # fmt: skip


def has_flow(image: ModalityImage) -> bool:
    """Tell whether a color Doppler image shows a vessel: a spot of more than 0.1 mm2."""
    n_spots, _, stats, _ = cv2.connectedComponentsWithStats(
        (np.abs(image.pixels) > 0).astype(np.uint8)
    )
    area = image.spacing_mm[0] * image.spacing_mm[1]
    return bool(n_spots > 1 and stats[1:, cv2.CC_STAT_AREA].max() * area > 0.1)


def _stalk(lesion: Lesion, plane: ScanPlane, rng: np.random.Generator) -> Image:
    """Draw the vessel from the wall into the lesion, as wide as the Doppler beam sees it."""
    solid = lesion.displacing
    foot, tip = solid.center_mm[-1], solid.center_mm[: max(1, len(solid) // 2)].mean(axis=0)
    way = np.linspace(0, 1, 40)[:, None]
    path = foot + way * (tip - foot) + 0.15 * np.sin(6 * way) * rng.normal(size=3)
    away, rows, columns = plane.placed(path)
    drawn = np.zeros(plane.shape, np.float32)
    spread = 0.3
    for distance, row, column in zip(away, rows, columns, strict=True):
        i, j = round(row), round(column)
        if 0 <= i < plane.shape[0] and 0 <= j < plane.shape[1]:
            drawn[i, j] = np.exp(-0.5 * (distance / 0.6) ** 2)
    soft = cv2.GaussianBlur(drawn, (0, 0), spread / plane.spacing_mm)
    peak = float(soft.max())
    near = float(drawn.max())
    toward = rng.choice([-1.0, 1.0])
    scaled: Image = soft * np.float32(toward * _STALK_CM_S * near / max(peak, 1e-6))
    return scaled


def _marks(phantom: Phantom, plane: ScanPlane, rows: Image | None) -> tuple[Mark, ...]:
    """Return the lesions near the image, where the image shows them."""
    marks = []
    for lesion in phantom.lesions:
        away, row, column = (float(v) for v in plane.placed(lesion.point_mm))
        if not (0 <= row < plane.shape[0] and 0 <= column < plane.shape[1]):
            continue
        if rows is not None:
            row = float(np.searchsorted(rows[:, round(min(column, rows.shape[1] - 1))], row))
        name, size = str(lesion.kind), lesion.plan.size_mm or 0.0
        marks.append(Mark(name=name, size_mm=size, index=(away, row, column)))
    return tuple(marks)
