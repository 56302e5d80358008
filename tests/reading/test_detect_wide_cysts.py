"""Wide cysts drawn beside a duct are found in the picture itself; clouds and lumps are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.reading.detect_wide_cysts import of_wide_balls, wide_balls
from galactolab.reading.scene import scene
from galactolab.records import Finding, Image
from tests.reading import drawing

SHAPE = (320, 400)
ROW = 250.0
MIDDLE = (190.0, 200.0)


def found(other: Image, *, row: float = ROW) -> list[Finding]:
    """Return the wide cysts that are found beside a duct along a row.

    The signal holds the duct alone: the background behind it has swallowed the rest.
    """
    rng = np.random.default_rng(1)
    duct = drawing.shadow([([(row, 20.0), (row, 380.0)], 0.5)], shape=SHAPE)
    noise = rng.normal(0, 0.01, SHAPE)
    signal, pixels = (
        np.asarray(ndimage.gaussian_filter(each, 0.6) + noise, np.float32)
        for each in (duct, duct + other)
    )
    tree = drawing.straight_tree((row, 20.0), (row, 380.0), radius_mm=0.5)
    seen = scene(signal, tree, pixels=pixels)
    return of_wide_balls(wide_balls(seen), seen)


def away_mm() -> Image:
    """Return the distance of each pixel from the middle."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.asarray(0.1 * np.hypot(rows - MIDDLE[0], columns - MIDDLE[1]), np.float32)


@pytest.mark.parametrize("diameter", [6.0, 8.0, 10.0])
@pytest.mark.parametrize("flattened", [False, True])
def test_a_round_patch_with_a_sharp_border_is_a_cyst(diameter: float, *, flattened: bool):
    """Compression and a clipping display take its dome, but not its border."""
    ball = 2 * np.sqrt(np.maximum((diameter / 2) ** 2 - away_mm() ** 2, 0))
    cysts = found(np.minimum(ball, 1.5) if flattened else ball, row=MIDDLE[0] + 5 * diameter)
    assert len(cysts) == 1
    assert cysts[0].extent_mm == pytest.approx(diameter, rel=0.2)
    assert cysts[0].location == pytest.approx(MIDDLE, abs=6)


def test_a_cloud_that_fades_out_is_no_wide_cyst():
    """Leaked contrast and lumps of tissue have no border."""
    assert found(3.0 * np.exp(-0.5 * (away_mm() / 3.0) ** 2)) == []


def test_a_long_patch_is_no_wide_cyst():
    """A wide duct is sharp, too, but twice as long as wide."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = np.hypot((rows - MIDDLE[0]) / 25, (columns - MIDDLE[1]) / 55) < 1
    assert found(1.5 * inside) == []


def test_a_round_patch_far_from_all_ducts_is_no_cyst_of_them():
    """A lump that touches no duct was not filled from one."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    assert found(1.5 * (np.hypot(rows - 100, columns - 200) < 35)) == []
