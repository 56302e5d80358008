"""Where the ultrasound probe stands, and where its image lies in the breast.

The patient lies on her back: the breast is flattened between the probe and the chest wall, in
the same way as in a mammographic view but without a plate. The probe's face lies on the skin;
it is moved behind and beside the nipple and turned there. At 0 degrees the image runs from the
nipple (left) to the chest wall (right), along the ducts: a radial scan. At 90 degrees it cuts
them across: an antiradial scan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_between
from galactolab.patient.breast import Breast, Posture
from galactolab.terms import View
from galactolab.volumes import Placement

Floats = npt.NDArray[np.float64]

# A breast that lies flat under the probe, against one that is compressed for mammography; own
# choice: 59 mm become 38 mm, the usual depth of a breast examination.
LYING = 0.65
_WIDTHS_MM = (10.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A linear probe on the skin.

    Attributes
    ----------
    behind_mm : float
        Middle of the face behind the nipple's base, toward the chest wall.
    beside_mm : float
        Middle of the face beside the nipple: lateral (`View.CC`) or cranial (`View.ML`).
    turn_deg : float
        0 is radial, 90 is antiradial; -180 to 180.
    tilt_deg : float
        Of the image plane against the skin's normal; -40 to 40.
    view : View
        Direction of the pressure; CC looks from the head, ML from the side.
    frequency_mhz : float
        5 to 18 MHz; at least 10 MHz is asked for ducts (Egypt J Radiol Nucl Med 2019,
        doi:10.1186/s43055-019-0105-9: 11-13 MHz and up).
    width_mm, depth_mm : float
        Of the image: 10 to 60, 10 to 60.
    focus_mm : float
        Depth of the transmit focus, 3 to 60.

    Examples
    --------
    >>> Probe(frequency_mhz=50)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: frequency_mhz is 50 MHz, but it has to be between 5 and \
18 MHz.
    """

    behind_mm: float = 17.0
    beside_mm: float = 0.0
    turn_deg: float = 0.0
    tilt_deg: float = 0.0
    view: View = View.CC
    frequency_mhz: float = 12.0
    width_mm: float = 38.0
    depth_mm: float = 35.0
    focus_mm: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what no probe does."""
        check_between("frequency_mhz", self.frequency_mhz, 5, 18, "MHz")
        check_between("width_mm", self.width_mm, *_WIDTHS_MM, "mm")
        check_between("depth_mm", self.depth_mm, 10, 60, "mm")
        check_between("focus_mm", self.focus_mm, 3, 60, "mm")
        check_between("turn_deg", self.turn_deg, -180, 180, "degrees")
        check_between("tilt_deg", self.tilt_deg, -40, 40, "degrees")


@dataclass(frozen=True, kw_only=True, eq=False)
class ScanPlane:
    """The plane of an ultrasound image in a breast that lies flat.

    Attributes
    ----------
    posture : Posture
        Of the lying breast.
    thickness_mm : float
        From the skin to the chest muscle.
    shape : (M, N)
        Rows run away from the skin, columns along the probe.
    spacing_mm : float
        Of the square pixels.
    origin : (3,) array of float
        Place of the first pixel as (up, x, beam) in the posture's frame.
    axes : (3, 3) array of float
        Unit vectors through the plane, along the rows' and along the columns' numbers.
    """

    posture: Posture
    thickness_mm: float
    shape: tuple[int, int]
    spacing_mm: float
    origin: Floats
    axes: Floats

    def pixels(self) -> Floats:
        """Return the (up, x, beam) of all pixels, (3, M, N)."""
        rows = np.arange(self.shape[0])[:, None] * self.spacing_mm
        columns = np.arange(self.shape[1])[None, :] * self.spacing_mm
        return np.stack(
            [
                self.origin[axis] + rows * self.axes[1, axis] + columns * self.axes[2, axis]
                for axis in range(3)
            ]
        )

    def placed(self, points_mm: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the distance from the plane in mm, and row and column, of breast points."""
        local = (self.posture.placed(points_mm) - self.origin) @ self.axes.T
        return local[..., 0], local[..., 1] / self.spacing_mm, local[..., 2] / self.spacing_mm

    def placement(self) -> Placement:
        """Return where the pixels lie in the breast as it hangs free."""
        corner = self.freed(self.origin)
        lengths = np.array([1.0, self.spacing_mm, self.spacing_mm])
        steps = self.freed(self.axes * lengths[:, None])
        return Placement(origin_mm=corner, steps_mm=steps)

    def freed(self, flat: Floats) -> Floats:
        """Return (..., 3) places of the posture's frame in the breast frame."""
        sine = math.sin(math.radians(self.posture.up_deg))
        cosine = math.cos(math.radians(self.posture.up_deg))
        up, x, across = flat[..., 0], flat[..., 1], flat[..., 2] / self.posture.squash
        return np.stack([x, up * sine + across * cosine, up * cosine - across * sine], axis=-1)


def lying(breast: Breast, view: View) -> tuple[Posture, float]:
    """Return the posture of a breast under the probe, and its thickness in mm."""
    posture = breast.positioned(view)
    rim = breast.skin_mm + 1
    thickness = LYING * breast.thickness_mm
    flatter = (thickness / 2 - rim) / (breast.thickness_mm / 2 - rim)
    return replace(posture, squash=posture.squash * flatter), thickness


def scan_plane(breast: Breast, probe: Probe, *, spacing_mm: float) -> ScanPlane:
    """Return the plane that a probe shows.

    Raises
    ------
    GalactolabError
        If the probe does not touch the breast, or the spacing can not be.

    Examples
    --------
    >>> scan_plane(Breast(seed=1), Probe(behind_mm=300), spacing_mm=0.1)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: The probe stands 300 mm behind and 0 mm beside the \
nipple, but this breast reaches from 0 to 90 mm behind and from -75 to 85 mm beside it there.
    """
    check_between("spacing_mm", spacing_mm, 0.03, 0.5, "mm")
    posture, thickness = lying(breast, probe.view)
    reach = posture.up_mm if probe.beside_mm > 0 else posture.down_mm
    away = ((breast.depth_mm - probe.behind_mm) / breast.depth_mm) ** 2
    off = (probe.beside_mm / reach) ** 2
    if not (0 <= probe.behind_mm <= breast.depth_mm and away + off <= 1.02):
        raise GalactolabError(
            f"The probe stands {probe.behind_mm:g} mm behind and {probe.beside_mm:g} mm beside "
            f"the nipple, but this breast reaches from 0 to {breast.depth_mm:.0f} mm behind and "
            f"from {-posture.down_mm:.0f} to {posture.up_mm:.0f} mm beside it there."
        )
    turn, tilt = math.radians(probe.turn_deg), math.radians(probe.tilt_deg)
    along = np.array([math.sin(turn), math.cos(turn), 0.0])
    normal = np.array([math.cos(turn), -math.sin(turn), 0.0])
    inward = math.cos(tilt) * np.array([0.0, 0, 1]) + math.sin(tilt) * normal
    through = math.cos(tilt) * normal - math.sin(tilt) * np.array([0.0, 0, 1])
    middle = np.array([probe.beside_mm, probe.behind_mm, -thickness / 2])
    rows, columns = round(probe.depth_mm / spacing_mm), round(probe.width_mm / spacing_mm)
    return ScanPlane(
        posture=posture,
        thickness_mm=thickness,
        shape=(rows, columns),
        spacing_mm=spacing_mm,
        origin=middle - along * spacing_mm * (columns - 1) / 2,
        axes=np.stack([through, inward, along]),
    )
