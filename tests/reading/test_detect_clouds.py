"""Leaked contrast is a pale patch beside a duct that tissue does not explain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from galactolab.reading import detect_clouds
from galactolab.reading.scene import Scene, scene
from galactolab.records import Image
from galactolab.terms import FindingType
from tests.reading import drawing

SHAPE = (600, 800)
ROW = 300.0


def picture(*, cloud_mm: float = 0.0, at: tuple[float, float] = (330.0, 500.0)) -> Image:
    """Return a duct in soft tissue, with a dome of leaked contrast of a given thickness."""
    rng = np.random.default_rng(3)
    duct = drawing.shadow([([(ROW, 60.0), (ROW, 740.0)], 0.6)], shape=SHAPE)
    tissue = ndimage.gaussian_filter(rng.normal(size=SHAPE), 15)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = 0.1 * np.hypot(rows - at[0], columns - at[1]) / 4.0
    leaked = cloud_mm * np.sqrt(np.clip(1 - away**2, 0, None))
    noise = rng.normal(0, 0.02, SHAPE)
    return np.asarray(duct + 0.1 * tissue / tissue.std() + leaked + noise, np.float32)


def stage(pixels: Image) -> Scene:
    """Return the scene around the drawn duct."""
    tree = drawing.straight_tree((ROW, 60.0), (ROW, 740.0), radius_mm=0.6)
    return scene(np.maximum(pixels, 0), tree, pixels=pixels)


def test_a_pale_dome_beside_a_duct_is_an_extravasation_at_its_place():
    """One millimeter of contrast over eight, brighter than its surroundings on all sides."""
    seen = stage(picture(cloud_mm=1.0))
    found = detect_clouds.of_clouds(detect_clouds.clouds(seen))
    assert [finding.type for finding in found] == [FindingType.EXTRAVASATION]
    gap = 0.1 * np.subtract(found[0].location, (330.0, 500.0))
    assert np.hypot(*gap) < 1.5
    assert found[0].extent_mm == pytest.approx(8.0, abs=3.0)


def test_tissue_alone_is_silent():
    """How much discs of tissue differ is read off the same picture."""
    assert detect_clouds.of_clouds(detect_clouds.clouds(stage(picture()))) == []


def test_the_nipple_is_no_cloud():
    """A round patch that holds the orifice is what every breast has."""
    seen = stage(picture(cloud_mm=1.0, at=(300.0, 80.0)))
    assert detect_clouds.of_clouds(detect_clouds.clouds(seen)) == []


def test_a_patch_that_borders_on_air_is_not_brighter_all_around():
    """Against air everything is bright; that says nothing about contrast."""
    seen = stage(picture(cloud_mm=1.0))
    rows = np.arange(seen.inside.shape[0])[:, None] * np.ones(seen.inside.shape)
    beside = replace(seen, inside=rows < 330 / 4 + 6)
    assert detect_clouds.of_clouds(detect_clouds.clouds(beside)) == []


def test_a_picture_too_small_to_know_its_tissue_has_no_cloud():
    """Nothing is said from fewer places than the spread of tissue needs."""
    tree = drawing.straight_tree((10.0, 2.0), (10.0, 28.0), radius_mm=0.3)
    tiny = np.zeros((20, 30), np.float32)
    assert detect_clouds.clouds(scene(tiny, tree, pixels=tiny)) == []
