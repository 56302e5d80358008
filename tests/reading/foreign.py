"""Galactograms from another hand: a second simulator that knows nothing of ours.

It shares no code and no model with `galactolab.patient` and `galactolab.modalities`: ducts
grow flat on the picture by a random walk that forks, and everything that makers of real
pictures do differently is a switch: shape of the lumen's shadow, gray scale, bit depth,
sharpness, pixel size, side of the nipple, a breast without any air, skin, pectoral muscle,
lead letters, a needle, vessels that are no ducts. What the reading room finds here it was
not tuned to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage, spatial

from galactolab.records import Galactogram


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a foreign picture is made.

    Attributes
    ----------
    nipple : {"left", "right", "top", "none"}
        The border that the nipple points to; none: a magnified detail without air.
    pixel_mm : float
    profile : {"round", "flat", "soft"}
        Shadow of a lumen: chord of a circle, the same everywhere, bell-shaped.
    iodine : float
        Log attenuation of a millimeter of contrast medium.
    texture : float
        Standard deviation of the tissue's log attenuation.
    beta : float
        Exponent of the tissue's power spectrum.
    noise : float
        Standard deviation of the pixel noise in log attenuation.
    blur_px : float
    bits : int
        0: log attenuation, FOR PROCESSING; otherwise gray values of so many bits.
    curve : {"linear", "sigmoid", "gamma"}
        From log attenuation to gray values.
    extras : tuple of str
        Of "skin", "muscle", "letters", "needle", "vessels", "calcifications", "blades".
    n_tips, straightness : int, float
        How bushy and how straight the tree is.
    """

    nipple: str = "left"
    pixel_mm: float = 0.1
    profile: str = "round"
    iodine: float = 0.35
    texture: float = 0.12
    beta: float = 3.0
    noise: float = 0.012
    blur_px: float = 0.7
    bits: int = 12
    curve: str = "sigmoid"
    extras: tuple[str, ...] = ("skin",)
    n_tips: int = 14
    straightness: float = 0.85
    root_mm: float = 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class Foreign:
    """A picture and what is in it: mask of the lumen, orifice (row, column), end points."""

    galactogram: Galactogram
    mask: np.ndarray
    orifice: tuple[float, float]
    ends: np.ndarray


# (rows, columns) of the field in mm, nipple pointing left; the chest wall is on the right.
FIELD_MM = (110.0, 80.0)
DEPTH_MM = 68.0

LOOKS: dict[str, Look] = {
    "processing": Look(bits=0),
    "presentation 12 bit": Look(),
    "eight bit": Look(bits=8, pixel_mm=0.2, texture=0.08, nipple="right"),
    "fourteen bit": Look(bits=14, curve="gamma", nipple="right", extras=("skin", "muscle")),
    "dense": Look(texture=0.25, beta=3.2, iodine=0.3),
    "fine pixels": Look(pixel_mm=0.06, nipple="right", extras=("skin", "letters", "vessels")),
    "flat lumen": Look(profile="flat", curve="linear", nipple="top"),
    "soft lumen": Look(profile="soft", blur_px=1.2, extras=("skin", "needle")),
    "no air": Look(nipple="none", extras=()),
    "detail in processing": Look(nipple="none", bits=0, extras=("vessels",)),
    "needle and letters": Look(extras=("skin", "needle", "letters", "muscle")),
    "vessels and chalk": Look(extras=("skin", "vessels", "calcifications")),
    "bush": Look(n_tips=40, straightness=0.7, root_mm=1.2),
    "few wide ducts": Look(n_tips=4, root_mm=2.0, straightness=0.93, nipple="right"),
    "thin and faint": Look(root_mm=0.5, iodine=0.22, texture=0.07, noise=0.008, bits=0),
    "noisy": Look(noise=0.03, bits=0, nipple="top"),
    "blades": Look(extras=("skin", "blades"), curve="linear"),
    "blunt": Look(blur_px=2.0, noise=0.006, curve="gamma", bits=8),
}


def picture(look: Look, *, rng: np.random.Generator, filled: bool = True) -> Foreign:
    """Return a foreign galactogram, or with `filled` False the same breast without contrast."""
    shape = tuple(round(side / look.pixel_mm) for side in FIELD_MM)
    area, depth = _breast(shape, look)
    lines, orifice, ends = _grown(look, rng)
    thickness, mask = _shadow(lines, shape, look)
    tissue = _tissue(shape, look, rng)
    log = np.where(area, 1.2 * np.sqrt(np.clip(depth / 25.0, 0, 1)) + 0.9 + tissue, 0.0)
    if filled:
        log = log + look.iodine * thickness
    log = _with_extras(log, area, depth, look, orifice, rng)
    log = cv2.GaussianBlur(log.astype(np.float32), (0, 0), look.blur_px)
    log = log + look.noise * np.exp(0.25 * log) * rng.standard_normal(shape)
    turned = {"left": 0, "top": 3, "right": 2, "none": 0}[look.nipple]
    pixels = np.rot90(_gray(log, look), turned)
    place = _turned(np.array([orifice, *ends]) / look.pixel_mm, shape, turned)
    return Foreign(
        galactogram=Galactogram(
            pixels=np.ascontiguousarray(pixels),
            spacing_mm=look.pixel_mm,
            intent="FOR PRESENTATION" if look.bits else "FOR PROCESSING",
        ),
        mask=np.ascontiguousarray(np.rot90(mask, turned)),
        orifice=(float(place[0][0]), float(place[0][1])),
        ends=place[1:],
    )


def _turned(points: np.ndarray, shape: tuple[int, int], turns: int) -> np.ndarray:
    height, width = shape
    for _ in range(turns):
        points = np.column_stack([width - 1 - points[:, 1], points[:, 0]])
        height, width = width, height
    return points


def _breast(shape: tuple[int, int], look: Look) -> tuple[np.ndarray, np.ndarray]:
    """Return where the breast is and how far (mm) each pixel is from the air."""
    if look.nipple == "none":
        return np.ones(shape, bool), np.full(shape, 50.0)
    rows, columns = (np.indices(shape) * look.pixel_mm).astype(np.float32)
    up = (rows - FIELD_MM[0] / 2) / (0.44 * FIELD_MM[0])
    out = (columns - FIELD_MM[1]) / DEPTH_MM
    area = np.abs(up) ** 2.2 + np.abs(out) ** 2.4 < 1
    area |= np.hypot(rows - FIELD_MM[0] / 2, columns - (FIELD_MM[1] - DEPTH_MM)) < 4.5
    padded = np.pad(area, ((0, 0), (0, 1)), mode="edge").astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[:, :-1] * look.pixel_mm
    return area, depth


def _grown(
    look: Look, rng: np.random.Generator
) -> tuple[list[tuple[np.ndarray, np.ndarray]], tuple[float, float], np.ndarray]:
    """Let tips walk away from the nipple and fork; return (points, radii) in mm."""
    start = np.array([FIELD_MM[0] / 2, FIELD_MM[1] - DEPTH_MM - 2.5])
    if look.nipple == "none":
        start[1] = FIELD_MM[1] - DEPTH_MM + 3.0
    tips = [(start, rng.normal(0, 0.12), look.root_mm, 8.0)]
    lines, ends, n_forks = [], [], 0
    while tips:
        at, heading, radius, length = tips.pop(0)
        n_steps = max(4, round(length / 0.5))
        turn = rng.normal(0, 0.22 * (1 - look.straightness) ** 0.5, n_steps).cumsum()
        turn -= np.linspace(0, 0.6 * turn[-1], n_steps)
        away = np.column_stack([np.sin(heading + turn), np.cos(heading + turn)]) * 0.5
        points = np.vstack([at, at + away.cumsum(axis=0)])
        inside = _is_inside(points)
        stop = len(points) if inside.all() else max(2, int(inside.argmin()))
        points = points[:stop]
        radii = np.linspace(radius, 0.92 * radius, stop)
        lines.append((points, radii))
        if stop < n_steps or radius < 0.11 or n_forks + 1 >= look.n_tips:
            ends.append(points[-1])
            continue
        n_forks += 1
        share = rng.uniform(0.5, 0.8)
        spread = rng.uniform(0.35, 0.8)
        side = rng.choice([-1, 1])
        last = heading + turn[min(stop - 2, n_steps - 1)]
        for part, bend in ((share, -0.6 * spread), (1 - share, spread)):
            child = 0.92 * radius * part ** (1 / 2.7)
            tips.append((points[-1], last + side * bend, child, rng.uniform(5, 14)))
    return lines, (float(start[0]), float(start[1])), np.array(ends)


def _is_inside(points: np.ndarray) -> np.ndarray:
    up = (points[:, 0] - FIELD_MM[0] / 2) / (0.38 * FIELD_MM[0])
    out = (points[:, 1] - FIELD_MM[1]) / (0.97 * DEPTH_MM)
    near = np.hypot(up * 42, points[:, 1] - (FIELD_MM[1] - DEPTH_MM)) < 6
    return ((np.abs(up) ** 2 + np.abs(out) ** 2 < 1) & (points[:, 1] < FIELD_MM[1] - 3)) | near


def _shadow(
    lines: list[tuple[np.ndarray, np.ndarray]], shape: tuple[int, int], look: Look
) -> tuple[np.ndarray, np.ndarray]:
    """Return thickness of contrast in mm, and where there is any; three samples per pixel."""
    total = np.zeros(shape, np.float32)
    mask = np.zeros(shape, bool)
    for points, radii in lines:
        arc = np.linspace(0, len(points) - 1, 12 * len(points))
        fine = np.column_stack([np.interp(arc, range(len(points)), points[:, i]) for i in (0, 1)])
        wide = np.interp(arc, range(len(points)), radii)
        low = np.floor((fine.min(axis=0) - 2.5) / look.pixel_mm).astype(int).clip(0)
        high = np.ceil((fine.max(axis=0) + 2.5) / look.pixel_mm).astype(int) + 1
        box = np.s_[low[0] : high[0], low[1] : high[1]]
        size = total[box].shape
        if 0 in size:
            continue
        places = (np.indices(size).reshape(2, -1).T + low) * look.pixel_mm
        away, which = spatial.cKDTree(fine).query(places, distance_upper_bound=2.6)
        known = np.isfinite(away)
        radius = np.where(known, wide[np.where(known, which, 0)], 1.0)
        share = np.where(known, away / radius, 9.0)
        chord = {
            "round": 2 * radius * np.sqrt(np.clip(1 - share**2, 0, None)),
            "flat": 1.2 * radius * (share < 1),
            "soft": 2 * radius * np.exp(-2 * share**2) * (share < 1.6),
        }[look.profile].reshape(size)
        total[box] = np.maximum(total[box], chord.astype(np.float32))
        mask[box] |= ((share < 1) | (away < 0.55 * look.pixel_mm)).reshape(size)
    return total, mask


def _tissue(shape: tuple[int, int], look: Look, rng: np.random.Generator) -> np.ndarray:
    rows = np.fft.fftfreq(shape[0])[:, None]
    columns = np.fft.rfftfreq(shape[1])[None]
    frequency = np.maximum(np.hypot(rows, columns), 2 * look.pixel_mm / FIELD_MM[0])
    spectrum = np.fft.rfft2(rng.standard_normal(shape)) * frequency ** (-look.beta / 2)
    field = np.fft.irfft2(spectrum, s=shape)
    return look.texture * (field - field.mean()) / field.std()


def _with_extras(
    log: np.ndarray,
    area: np.ndarray,
    depth: np.ndarray,
    look: Look,
    orifice: tuple[float, float],
    rng: np.random.Generator,
) -> np.ndarray:
    out = log.copy()
    rows, columns = np.indices(log.shape) * look.pixel_mm
    if "skin" in look.extras:
        out += 0.35 * (area & (depth < 1.6))
    if "muscle" in look.extras:
        out += 0.5 * (area & (rows + 1.6 * columns.max() - 1.6 * columns < 45))
    if "vessels" in look.extras:
        for _ in range(3):
            along = np.linspace(0, FIELD_MM[1], 400)
            wave = ndimage.gaussian_filter1d(rng.standard_normal(400), 20)
            course = rng.uniform(30, 80) + rng.normal(0, 0.3) * along + 25 * wave
            away = np.abs(rows - np.interp(columns, along, course))
            out += area * 0.035 * np.sqrt(np.clip(1.4**2 - away**2, 0, None)) * 2
    if "calcifications" in look.extras:
        for _ in range(25):
            at = rng.uniform([30, 30], [80, 75])
            out += area * 0.6 * (np.hypot(rows - at[0], columns - at[1]) < rng.uniform(0.12, 0.3))
    return _with_metal(out, look, orifice)


def _with_metal(log: np.ndarray, look: Look, orifice: tuple[float, float]) -> np.ndarray:
    out = log.copy()
    rows, columns = np.indices(log.shape) * look.pixel_mm
    if "needle" in look.extras:
        on_line = np.abs(rows - orifice[0] - 0.25 * (columns - orifice[1])) < 0.3
        out[on_line & (columns < orifice[1] + 1.5)] += 2.5
    if "letters" in look.extras:
        for row in (6.0, 12.0):
            ring = np.abs(np.maximum(np.abs(rows - row) / 2, np.abs(columns - 8) / 1.5) - 1) < 0.25
            out[ring] = 3.5
    if "blades" in look.extras:
        out[(rows < 8) | (rows > FIELD_MM[0] - 8)] = 5.0
    return out


def _gray(log: np.ndarray, look: Look) -> np.ndarray:
    if not look.bits:
        return log.astype(np.float32)
    share = np.clip(log / 4.5, 0, 1)
    shown = {
        "linear": share,
        "sigmoid": 1 / (1 + np.exp(-9 * (share - 0.48))),
        "gamma": share**0.7,
    }[look.curve]
    return np.round(shown * (2**look.bits - 1)).astype(np.float32)
