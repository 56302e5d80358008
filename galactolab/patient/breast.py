"""The breast: its size, its shape under compression, and where skin and gland lie.

The breast frame is right-handed for neither side in particular: ``x`` runs from the base of
the nipple back to the chest wall, ``y`` toward the axilla (lateral), ``z`` toward the head
(cranial), all in millimeters. A view looks along one direction of the y-z plane and squeezes
the breast along it; lengths in the plane of the image are left as they are, so that a duct
measures the same in every view. Light compression is what galactography uses (clinical facts,
section 4.1), and ducts keep their caliber under it.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from galactolab.errors import check_between, check_one_of
from galactolab.terms import Laterality, View

Floats = npt.NDArray[np.float64]
Density = Literal["a", "b", "c", "d"]

# Share of fibroglandular tissue in the volume. Mean of 19.3 % over women, 80 % below 27 %,
# 95 % below 45 %: Yaffe et al. 2009 (PMC2787062); the steps a-d are placed on that spread.
GLAND_SHARE: dict[str, float] = {"a": 0.07, "b": 0.16, "c": 0.28, "d": 0.42}

# Angle of the image's upward direction in the y-z plane: 0 is cranial, 90 is lateral.
VIEW_DEG: dict[View, float] = {
    View.CC: 90.0,
    View.FB: 90.0,
    View.ML: 0.0,
    View.LM: 0.0,
    View.MLO: 45.0,
    View.LMO: 45.0,
    View.SIO: -45.0,
}


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the random numbers of one part of one patient.

    Each part has its own stream, so that asking for one never changes another.

    Examples
    --------
    >>> bool(stream(7, "ducts").integers(100) == stream(7, "ducts").integers(100))
    True
    """
    keys = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence([seed, *keys]))


@dataclass(frozen=True, kw_only=True)
class Breast:
    """Size and tissue of one breast.

    Attributes
    ----------
    depth_mm : float
        From the base of the nipple to the chest wall.
    lateral_mm, medial_mm, cranial_mm, caudal_mm : float
        Reach of the breast from the level of the nipple.
    thickness_mm : float
        Under compression, in every view; 59 ± 16 mm in women, Yaffe et al. 2009 (PMC2787062).
    skin_mm : float
        Thickness of the skin.
    fat_mm : float
        Thickness of the fat under the skin.
    nipple_mm : (float, float)
        Length and diameter; the diameter is 13.9 mm on average, Taneri et al. 2006
        (doi:10.1159/000096775).
    density : {"a", "b", "c", "d"}
        Category of breast density.
    seed : int
        Chooses the tissue.

    Examples
    --------
    >>> Breast(seed=1, density="e")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: density is 'e', but it has to be one of: a, b, c, d.
    """

    seed: int
    depth_mm: float = 90.0
    lateral_mm: float = 85.0
    medial_mm: float = 75.0
    cranial_mm: float = 90.0
    caudal_mm: float = 75.0
    thickness_mm: float = 45.0
    skin_mm: float = 1.5
    fat_mm: float = 8.0
    nipple_mm: tuple[float, float] = (8.0, 11.0)
    density: Density = "b"

    def __post_init__(self) -> None:
        """Refuse what no breast is."""
        check_one_of("density", self.density, GLAND_SHARE)
        check_between("thickness_mm", self.thickness_mm, 15, 110, "mm")
        check_between("depth_mm", self.depth_mm, 40, 180, "mm")
        for name in ("lateral_mm", "medial_mm", "cranial_mm", "caudal_mm"):
            check_between(name, getattr(self, name), 35, 140, "mm")
        check_between("skin_mm", self.skin_mm, 0.5, 4, "mm")
        check_between("nipple_mm", self.nipple_mm[0], 3, 15, "mm")

    @property
    def tip_mm(self) -> Floats:
        """Middle of the nipple's tip in the breast frame."""
        return np.array([-self.nipple_mm[0], 0.0, 0.0])

    def reach_mm(self, toward_deg: float) -> float:
        """How far the breast reaches from the nipple level in a direction of the y-z plane.

        Parameters
        ----------
        toward_deg : float
            0 is cranial, 90 lateral, 180 caudal, 270 medial.
        """
        angle = math.radians(toward_deg)
        y, z = math.sin(angle), math.cos(angle)
        across = self.lateral_mm if y > 0 else self.medial_mm
        upright = self.cranial_mm if z > 0 else self.caudal_mm
        return math.hypot(across * y, upright * z)

    def level(self, points_mm: Floats) -> Floats:
        """Where points lie between the nipple's axis (0) and the skin (1), as a fraction.

        Parameters
        ----------
        points_mm : (..., 3) array of float
        """
        x, y, z = points_mm[..., 0], points_mm[..., 1], points_mm[..., 2]
        across = np.where(y > 0, self.lateral_mm, self.medial_mm)
        upright = np.where(z > 0, self.cranial_mm, self.caudal_mm)
        fraction: Floats = np.sqrt(
            ((self.depth_mm - x) / self.depth_mm) ** 2 + (y / across) ** 2 + (z / upright) ** 2
        )
        return fraction

    def within(self, points_mm: Floats, *, margin_mm: float) -> npt.NDArray[np.bool_]:
        """Tell which points lie at least `margin_mm` under the skin and before the chest wall.

        Near the nipple's axis the margin shrinks to nothing: ducts pass there.
        """
        x, y, z = points_mm[..., 0], points_mm[..., 1], points_mm[..., 2]
        off_axis = np.hypot(y, z)
        under = margin_mm * np.clip((off_axis - 4) / 12, 0, 1)
        inside: npt.NDArray[np.bool_] = (
            (self.level(points_mm) <= 1 - under / self.depth_mm) & (x < self.depth_mm - 2)
        ) | ((off_axis < 0.4 * self.nipple_mm[1]) & (x < 15))
        return inside

    def positioned(self, view: View) -> Posture:
        """Return how the breast lies on the plate in a view.

        Raises
        ------
        GalactolabError
            If the view is not one that is modeled.
        """
        check_one_of("view", view.value, [known.value for known in VIEW_DEG])
        up = VIEW_DEG[view]
        beam = (self.reach_mm(up + 90) + self.reach_mm(up - 90)) / 2
        return Posture(
            view=view,
            up_deg=up,
            squash=(self.thickness_mm / 2 - self.skin_mm - 1) / beam,
            up_mm=self.reach_mm(up),
            down_mm=self.reach_mm(up + 180),
        )


@dataclass(frozen=True, kw_only=True)
class Posture:
    """A breast in a view: which way is up, and how much the beam's direction is squeezed.

    Attributes
    ----------
    view : View
    up_deg : float
        Direction of the image's top in the y-z plane: 0 is cranial, 90 is lateral.
    squash : float
        Lengths along the beam, compressed divided by free.
    up_mm, down_mm : float
        Reach of the breast above and below the nipple in the image.
    """

    view: View
    up_deg: float
    squash: float
    up_mm: float
    down_mm: float

    def placed(self, points_mm: Floats) -> Floats:
        """Return points as (up, depth x, along the beam) in millimeters, (..., 3).

        Examples
        --------
        Lateral is up in the cranio-caudal view:

        >>> posture = Breast(seed=1).positioned(View.CC)
        >>> posture.placed(np.array([10.0, 5.0, 0.0])).round(6).tolist()
        [5.0, 10.0, 0.0]
        """
        x, y, z = points_mm[..., 0], points_mm[..., 1], points_mm[..., 2]
        sine, cosine = math.sin(math.radians(self.up_deg)), math.cos(math.radians(self.up_deg))
        up = y * sine + z * cosine
        beam = (y * cosine - z * sine) * self.squash
        return np.stack([up, x, beam], axis=-1)


def random_breast(
    *,
    seed: int,
    density: Density,
    thickness_mm: float,
) -> Breast:
    """Return a breast of a random size and shape.

    Parameters
    ----------
    seed : int
    density : {"a", "b", "c", "d"}
    thickness_mm : float
    """
    rng = stream(seed, "breast")
    scale = rng.uniform(0.85, 1.15)
    return Breast(
        seed=seed,
        density=density,
        thickness_mm=thickness_mm,
        depth_mm=92 * scale * rng.uniform(0.92, 1.08),
        lateral_mm=88 * scale * rng.uniform(0.95, 1.05),
        medial_mm=78 * scale * rng.uniform(0.95, 1.05),
        cranial_mm=92 * scale * rng.uniform(0.95, 1.05),
        caudal_mm=76 * scale * rng.uniform(0.95, 1.05),
        skin_mm=rng.uniform(1.0, 2.0),
        fat_mm=rng.uniform(6, 11),
        nipple_mm=(rng.uniform(6, 10), float(np.clip(rng.normal(13.0, 1.8), 9, 17))),
    )


__all__ = [
    "GLAND_SHARE",
    "VIEW_DEG",
    "Breast",
    "Density",
    "Laterality",
    "Posture",
    "random_breast",
    "stream",
]
