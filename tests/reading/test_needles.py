"""What leads far out of the breast is the cannula; a nipple stands out a little."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactolab.imagemath import relief
from galactolab.imagemath.relief import Relief
from galactolab.reading.needles import without_needle
from galactolab.records import Galactogram, Mask

SPACING_MM = (0.2, 0.2)


@pytest.fixture
def breast() -> Relief:
    """Return a breast whose skin lies at column 100; beyond it is air."""
    empty = Galactogram(pixels=np.zeros((120, 200), np.float32), spacing_mm=SPACING_MM)
    area = np.zeros((120, 200), np.bool_)
    area[:, :100] = True
    return replace(relief(empty), area=area)


def _line(last: int) -> Mask:
    area = np.zeros((120, 200), np.bool_)
    area[58:62, 20:last] = True
    return area


def test_cannula_ends_at_the_outline(breast: Relief) -> None:
    kept = without_needle(_line(160), breast, spacing_mm=SPACING_MM)
    last = int(np.flatnonzero(kept.any(axis=0))[-1])
    assert 99 <= last <= 105  # within a millimeter of the skin
    assert np.array_equal(kept[:, :99], _line(160)[:, :99])


def test_duct_in_a_nipple_stays(breast: Relief) -> None:
    assert np.array_equal(without_needle(_line(130), breast, spacing_mm=SPACING_MM), _line(130))


def test_picture_without_air_stays(breast: Relief) -> None:
    full = replace(breast, area=np.ones((120, 200), np.bool_))
    assert np.array_equal(without_needle(_line(200), full, spacing_mm=SPACING_MM), _line(200))
