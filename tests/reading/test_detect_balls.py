"""Cysts drawn at the end or the side of a duct are found; crossings and clouds are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.reading.detect_balls import balls, of_balls
from galactolab.reading.scene import scene
from galactolab.records import Finding, Image
from tests.reading import drawing

SHAPE = (240, 400)
ROW = 120.0


def found(thickness: Image) -> list[Finding]:
    """Return the cysts that are found beside a duct along the middle row."""
    rng = np.random.default_rng(1)
    signal = ndimage.gaussian_filter(thickness, 0.6) + rng.normal(0, 0.01, SHAPE)
    tree = drawing.straight_tree((ROW, 20.0), (ROW, 300.0), radius_mm=0.3)
    seen = scene(np.asarray(signal, np.float32), tree)
    return of_balls(balls(seen), seen)


def duct(*others: tuple[list[tuple[float, float]], float]) -> Image:
    """Return the thickness of a duct and of others that lie on it."""
    tubes = [drawing.shadow([line], shape=SHAPE)
             for line in (([(ROW, 20.0), (ROW, 300.0)], 0.3), *others)]  # fmt: skip
    return np.asarray(np.sum(tubes, axis=0), np.float32)


def away_mm(row: float, column: float) -> Image:
    """Return the distance of each pixel from a place."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.asarray(0.1 * np.hypot(rows - row, columns - column), np.float32)


@pytest.mark.parametrize("diameter", [1.8, 3.0, 6.0])
@pytest.mark.parametrize("place", [(ROW, 306.0), (ROW + 8, 200.0)])
def test_a_ball_at_the_end_or_the_side_of_a_duct_is_a_cyst(
    diameter: float, place: tuple[float, float]
):
    """It is as thick as it is wide, round, and sharply bordered."""
    ball = 2 * np.sqrt(np.maximum((diameter / 2) ** 2 - away_mm(*place) ** 2, 0))
    cysts = found(duct() + ball)
    assert len(cysts) == 1
    assert cysts[0].extent_mm == pytest.approx(diameter, rel=0.2)
    assert cysts[0].location == pytest.approx(place, abs=4)


def test_a_crossing_of_two_ducts_is_no_cyst():
    """It is twice as bright, but half of that is reached far along both ducts."""
    assert found(duct(([(20.0, 150.0), (220.0, 170.0)], 0.3))) == []


def test_a_cloud_that_fades_out_is_no_cyst():
    """The border of a ball is sharp whatever its size."""
    cloud = 3.0 * np.exp(-0.5 * (away_mm(ROW, 320.0) / 1.8) ** 2)
    assert found(duct() + cloud.astype(np.float32)) == []


def test_a_duct_that_runs_along_the_beam_is_no_cyst():
    """There the contrast is much thicker than wide."""
    column = np.where(away_mm(ROW, 300.0) < 0.7, 6.0, 0.0)
    assert found(duct() + column.astype(np.float32)) == []
