"""A leak is uneven, soft and ragged; a lumen of the same outline is none of these."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from galactolab.reading import detect_pools, patches, segment
from galactolab.reading.scene import Scene, scene
from galactolab.records import Galactogram, Image, Mask
from galactolab.terms import FindingType
from tests.reading import drawing

SHAPE = (600, 800)
ROW = 300.0
MIDDLE = (345.0, 420.0)


def duct() -> Image:
    """Return a straight duct 1.2 mm wide."""
    return drawing.shadow([([(ROW, 60.0), (ROW, 740.0)], 0.6)], shape=SHAPE)


def ball(middle: tuple[float, float], *, width_mm: float, share: float = 1.0) -> Image:
    """Return the thickness of a ball of contrast in mm, or of a share of it."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = 0.1 * np.hypot(rows - middle[0], columns - middle[1])
    return np.asarray(share * np.sqrt(np.clip(width_mm**2 - 4 * away**2, 0, None)), np.float32)


def leak(middle: tuple[float, float] = MIDDLE) -> Image:
    """Return a heap of 150 small droplets of contrast about 7 mm wide."""
    rng = np.random.default_rng(4)
    away, turn = rng.uniform(0, 25, 150), rng.uniform(0, 2 * np.pi, 150)
    places = np.column_stack([away * np.sin(turn), 1.3 * away * np.cos(turn)]) + middle
    heap = np.zeros(SHAPE, np.float32)
    for place in places:
        heap += ball((place[0], place[1]), width_mm=float(rng.uniform(0.8, 1.8)), share=0.35)
    return heap


def noisy(pixels: Image) -> Image:
    """Return a picture with some noise."""
    return np.asarray(pixels + np.random.default_rng(3).normal(0, 0.02, SHAPE), np.float32)


def stage(pixels: Image) -> Scene:
    """Return the scene around the drawn duct."""
    tree = drawing.straight_tree((ROW, 60.0), (ROW, 740.0), radius_mm=0.6)
    return scene(np.maximum(noisy(pixels), 0), tree)


def named(pixels: Image) -> list[FindingType]:
    """Return the names of the pools in a picture."""
    seen = stage(pixels)
    return [found.type for found in detect_pools.of_pools(detect_pools.pools(seen), seen)]


def test_a_frayed_heap_beside_a_duct_is_an_extravasation_at_its_place():
    """Droplets between the lobules: thick here and thin there."""
    seen = stage(duct() + leak())
    (found,) = detect_pools.of_pools(detect_pools.pools(seen), seen)
    assert found.type is FindingType.EXTRAVASATION
    gap = 0.1 * np.subtract(found.location, MIDDLE)
    assert np.hypot(*gap) < 1.5
    assert found.evidence["unevenness_percent"] > 2.5
    covered = detect_pools.covered(detect_pools.pools(seen), seen, margin_mm=0.8)
    assert covered[seen.on_grid(np.array(MIDDLE))][0]
    assert not covered[seen.on_grid(np.array([ROW, 100.0]))][0]


def test_the_nipple_is_no_leak():
    """It is a soft, uneven patch around the orifice that reaches the skin; below, one can leak."""
    seen = stage(duct() + leak((330.0, 95.0)))
    below = np.broadcast_to(0.4 * np.arange(seen.depth.shape[1]), seen.depth.shape)
    deep = replace(seen, depth=np.asarray(below + 4.0, np.float32))
    shallow = replace(seen, depth=np.asarray(below - 6.0, np.float32))
    assert [f.type for f in detect_pools.of_pools(detect_pools.pools(deep), deep)] == [
        FindingType.EXTRAVASATION
    ]
    assert detect_pools.pools(shallow) == []


def test_what_holds_a_body_is_a_lumen_and_no_leak():
    """A papilloma makes a wide duct uneven; a defect far off says nothing about a leak."""
    seen = stage(duct() + leak())
    found = detect_pools.pools(seen)
    (leaked,) = detect_pools.of_pools(found, seen)
    body = replace(leaked, type=FindingType.INTRALUMINAL_FILLING_DEFECT)
    assert detect_pools.of_pools(detect_pools.without_bodies(found, [body], seen), seen) == []
    far = replace(body, location=(ROW, 100.0))
    assert detect_pools.without_bodies(found, [far], seen) == found


def test_balls_that_touch_are_a_cyst_and_no_leak():
    """Smooth, sharp, and no duct goes on behind them."""
    pair = np.maximum(ball((352.0, 400.0), width_mm=6.0), ball((352.0, 435.0), width_mm=5.0))
    assert named(duct() + pair) == [FindingType.CYST_FILL]


def test_a_wide_duct_is_no_pool():
    """A spindle is smooth, and ducts run into it on both sides."""
    spindle = drawing.shadow([([(ROW, 380.0), (ROW, 430.0)], 2.2)], shape=SHAPE)
    assert named(np.maximum(duct(), spindle)) == []


def test_a_lumen_is_as_sharp_as_its_outline_lets_expect():
    """The ratio that tells a leak from a lumen is about 1 on a ball, whatever its size."""
    for width in (4.0, 8.0):
        rows, columns = np.mgrid[:100, :100] - 50
        away = patches.STEP_MM * np.hypot(rows, columns)
        thickness = np.sqrt(np.clip(width**2 - 4 * away**2, 0, None)).astype(np.float32)
        (found,) = patches.patches(thickness, least_mm=0.1, shape=(100, 100))
        assert found.sharpness == pytest.approx(1.0, abs=0.2)
        assert found.unevenness < 0.03
        assert found.width_mm == pytest.approx(width, abs=0.6)
        assert found.free == 1.0


def mask(pixels: Image) -> Mask:
    """Return what the segmentation takes for lumen."""
    return segment.ridges(Galactogram(pixels=noisy(pixels), spacing_mm=0.1)).pixels


def test_a_leak_is_no_lumen_but_the_duct_beside_it_stays():
    """What has leaked is taken out of the mask, and the tree hangs together."""
    heap = leak((350.0, 420.0))
    only = (heap > 0.5) & (duct() == 0)
    kept = mask(duct() + heap)
    assert kept[only].mean() < 0.2
    line = kept[round(ROW) - 1 : round(ROW) + 2, 100:700].any(axis=0)
    assert line.mean() > 0.98


def test_a_cyst_stays_lumen():
    """A cyst has walls."""
    cyst = ball((350.0, 420.0), width_mm=7.0)
    kept = mask(np.maximum(duct(), cyst))
    assert kept[cyst > 2].mean() > 0.95


def test_what_is_as_sharp_as_a_wall_has_not_leaked():
    """Beside a body that fills it, a wide duct is uneven, but its border stays sharp."""
    (drops,) = detect_pools.pools(stage(duct() + leak()))
    patch = replace(drops, unevenness=0.05, raggedness=0.055)
    assert patches.leaked(replace(patch, sharpness=0.95)) > 0.8
    assert patches.leaked(replace(patch, sharpness=1.1)) < 0.2
    assert patches.leaked(replace(drops, sharpness=1.1)) > 0.8
