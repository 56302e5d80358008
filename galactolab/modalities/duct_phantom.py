"""A test object for the bench: a slab of breast with ducts of known caliber in it.

A patient shows what a technique is good for; a test object says how good it is, because here
every path is known. The slab is a disc of 16 cm (so that scatter comes from as far as it does
in a breast), of which a field of 30 x 36 mm is shown. From top to bottom lie ducts of
rising caliber, filled with contrast, each with a round filling defect of 0.7 of its caliber;
the lowest rod is gland in place of fat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from galactolab.errors import check_between
from galactolab.modalities.materials import Floats
from galactolab.modalities.projection import ThicknessMaps
from galactolab.terms import Laterality, View

if TYPE_CHECKING:
    from galactolab.records import Image

#: Calibers of the ducts from top to bottom; ectasia begins above 2 mm.
CALIBERS_MM = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0)
GLAND_ROD_MM = 3.0
FIELD_MM = (30.0, 36.0)
DISC_RADIUS_MM = 80.0
SKIN_MM = 1.45
_GAP_MM = 2.1
_DEFECT_SHARE = 0.7
# Where the defects lie, as a share of the field's width.
_DEFECT_AT = 0.75


@dataclass(frozen=True, kw_only=True)
class Slab:
    """What lies in the beam: a slab of breast and the agent in its ducts.

    Attributes
    ----------
    thickness_mm : float
        20 to 110 mm, skin included; 59 ± 16 mm in women (Yaffe et al. 2009, PMC2787062), less
        when the compression of the study is light and the breast small.
    glandularity : float
        Share of gland without skin, 0 to 1; 0.193 on average (the same source).
    concentration_mgi_ml : float
        Iodine in the lumen, 0 to 400 mgI/mL.

    Examples
    --------
    >>> Slab(thickness_mm=5)
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: thickness_mm is 5 mm, but it has to be between 20 and 110 mm.
    """

    thickness_mm: float = 45.0
    glandularity: float = 0.2
    concentration_mgi_ml: float = 300.0

    def __post_init__(self) -> None:
        """Check once."""
        check_between("thickness_mm", self.thickness_mm, 20, 110, "mm")
        check_between("glandularity", self.glandularity, 0, 1)
        check_between("concentration_mgi_ml", self.concentration_mgi_ml, 0, 400, "mgI/mL")

    @property
    def soft_mm(self) -> float:
        """Path through fat and gland."""
        return self.thickness_mm - 2 * SKIN_MM

    def rays(self, contrast_mm: Floats) -> Floats:
        """Return the paths of rays that meet so much contrast, (K, 5) in mm.

        Columns are adipose, glandular, skin, contrast and calcium; contrast takes the place
        of tissue.
        """
        soft = self.soft_mm - contrast_mm
        zero = np.zeros_like(contrast_mm)
        return np.stack(
            [
                soft * (1 - self.glandularity),
                soft * self.glandularity,
                zero + 2 * SKIN_MM,
                contrast_mm,
                zero,
            ],
            axis=1,
        )


def duct_rows_mm() -> dict[float, float]:
    """Return the height of each duct's axis in the field, by caliber, in mm from the top."""
    found, row = {}, 0.0
    for caliber in CALIBERS_MM:
        row += _GAP_MM + caliber / 2
        found[caliber] = row
        row += caliber / 2
    return found


def distinct_columns(spacing_mm: float) -> tuple[slice, int]:
    """Return the columns that hold a filling defect, with one beside them, and the number of all.

    The columns left out are like the first of these.
    """
    n_columns = round(FIELD_MM[1] / spacing_mm)
    middle = _DEFECT_AT * FIELD_MM[1]
    reach = _DEFECT_SHARE * max(CALIBERS_MM) / 2
    first = int((middle - reach) / spacing_mm) - 2
    return slice(first, min(int((middle + reach) / spacing_mm) + 2, n_columns)), n_columns


def duct_maps(slab: Slab, *, spacing_mm: float, distinct: bool = False) -> ThicknessMaps:
    """Project the test object.

    Parameters
    ----------
    slab : Slab
    spacing_mm : float
        Pixel distance at the object, 0.02 to 0.5 mm.
    distinct : bool
        Only the columns of `distinct_columns`.

    Returns
    -------
    ThicknessMaps
        Of the field of 30 x 36 mm. Each duct's axis lies in the middle of a row of pixels.

    Examples
    --------
    >>> maps = duct_maps(Slab(), spacing_mm=0.1)
    >>> maps.contrast.shape, round(float(maps.contrast.max()), 1)
    ((300, 360), 3.0)
    """
    check_between("spacing_mm", spacing_mm, 0.02, 0.5, "mm")
    contrast, rod = _solids(spacing_mm)
    if distinct:
        columns, _ = distinct_columns(spacing_mm)
        contrast, rod = contrast[:, columns], rod[:, columns]
    shape = contrast.shape
    gland = np.full(shape, slab.soft_mm * slab.glandularity, np.float32)
    adipose = np.full(shape, slab.soft_mm * (1 - slab.glandularity), np.float32)
    swapped = np.minimum(rod, adipose)
    return ThicknessMaps(
        adipose=adipose - swapped,
        glandular=gland + swapped,
        skin=np.full(shape, 2 * SKIN_MM, np.float32),
        contrast=contrast.copy(),
        calcium=np.zeros(shape, np.float32),
        lumen=contrast > 0.02,
        spacing_mm=(spacing_mm, spacing_mm),
        concentration_mgi_ml=slab.concentration_mgi_ml,
        thickness_mm=slab.thickness_mm,
        breast=np.ones(shape, np.bool_),
        laterality=Laterality.LEFT,
        view=View.CC,
    )


def mean_chord_mm(low_mm: Floats, high_mm: Floats, radius_mm: float) -> Floats:
    """Mean path through a cylinder for rays between two distances from its axis.

    Examples
    --------
    Over the whole width it is the area of the circle over its diameter.

    >>> round(float(mean_chord_mm(np.array([-1.0]), np.array([1.0]), 1.0)[0]), 3)
    1.571
    """

    def below(y: Floats) -> Floats:
        inside = np.clip(y / radius_mm, -1, 1)
        area: Floats = radius_mm**2 * (inside * np.sqrt(1 - inside**2) + np.arcsin(inside))
        return area

    mean: Floats = (below(high_mm) - below(low_mm)) / (high_mm - low_mm)
    return mean


@lru_cache(maxsize=8)
def _solids(spacing_mm: float) -> tuple[Image, Image]:
    """Path through contrast and through the rod of gland, (M, N) in mm; never edited."""
    n_rows, n_columns = (round(side / spacing_mm) for side in FIELD_MM)
    rows = spacing_mm * (np.arange(n_rows, dtype=np.float64) + 0.5)
    columns = (np.arange(n_columns) + 0.5) * spacing_mm
    contrast = np.zeros((n_rows, n_columns), np.float32)
    for caliber, wished in duct_rows_mm().items():
        axis = rows[int(np.argmin(np.abs(rows - wished)))]
        half = spacing_mm / 2
        path = mean_chord_mm(rows - axis - half, rows - axis + half, caliber / 2)
        ball = _DEFECT_SHARE * caliber / 2
        off = (rows[:, None] - axis) ** 2 + (columns[None] - _DEFECT_AT * FIELD_MM[1]) ** 2
        defect = 2 * np.sqrt(np.maximum(ball**2 - off, 0))
        contrast += np.maximum(path[:, None] - defect, 0).astype(np.float32)
    axis = FIELD_MM[0] - _GAP_MM - GLAND_ROD_MM / 2
    rod = mean_chord_mm(
        rows - axis - spacing_mm / 2, rows - axis + spacing_mm / 2, GLAND_ROD_MM / 2
    )
    return contrast, np.repeat(rod[:, None], n_columns, axis=1).astype(np.float32)
