"""Breast, blades, noise, and what stands out of them, on pictures drawn by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.imagemath import above_background, breast_area, filled_in, noise_sd, relief
from galactolab.imagemath.background import blade_area
from galactolab.imagemath.subtraction import registered, subtracted
from galactolab.imagemath.vesselness import curvatures
from galactolab.records import Galactogram


def breast(rng: np.random.Generator, *, shape: tuple[int, int] = (400, 300)) -> np.ndarray:
    """A half disc of tissue on the left, air on the right, log attenuation."""
    rows, columns = np.indices(shape)
    inside = ((rows - shape[0] / 2) / (0.45 * shape[0])) ** 2 + (
        columns / (0.8 * shape[1])
    ) ** 2 < 1
    return np.where(inside, 2.0, 0.0) + rng.normal(0, 0.01, shape)


def test_the_breast_is_told_from_air(rng):
    """Nearly every pixel of the half disc, and hardly one of the air."""
    pixels = breast(rng)
    area = breast_area(Galactogram(pixels=pixels, spacing_mm=0.3))
    truth = pixels > 1
    assert (area & truth).sum() > 0.97 * truth.sum()
    assert (area & ~truth).sum() < 0.03 * truth.sum()


def test_a_picture_without_air_is_breast_as_a_whole(rng):
    """A magnified detail shows no outline, so nothing is taken for skin."""
    detail = Galactogram(pixels=rng.normal(2, 0.1, (200, 200)), spacing_mm=0.1)
    assert breast_area(detail).all()
    assert relief(detail).depths == ()


def test_the_corners_beside_a_round_aperture_are_covered(rng):
    """Bright and flat at the border: four small corners, each by itself."""
    rows, columns = np.indices((300, 300)) - 150
    pixels = np.where(np.hypot(rows, columns) < 175, rng.normal(100, 5, (300, 300)), 250)
    blades = blade_area(Galactogram(pixels=pixels, spacing_mm=0.3))
    assert all(blades[place] for place in ((2, 2), (2, -3), (-3, 2), (-3, -3)))
    assert not blades[60:-60, 60:-60].any()


def test_noise_is_measured_beside_slopes_and_ducts(rng):
    """A duct and a slope do not count."""
    pixels = rng.normal(0, 3, (300, 300)) + np.linspace(0, 900, 300)
    pixels[140:150] += 80
    assert noise_sd(pixels.astype(np.float32)) == pytest.approx(3, rel=0.05)


def test_what_lies_behind_a_duct_is_guessed_from_its_sides(rng):
    """On a slope, within the noise."""
    slope = np.tile(np.linspace(0, 10, 200, dtype=np.float32), (100, 1))
    hidden = np.zeros(slope.shape, bool)
    hidden[45:55] = True
    guess = filled_in(np.where(hidden, np.float32(99), slope), hidden=hidden, cell_px=(4, 4))
    assert np.abs(guess - slope)[:, 10:-10].max() < 0.2


def test_contrast_above_the_background_is_the_iodine_alone(rng):
    """Behind the duct the tissue is taken off: its height comes back within 5 %."""
    pixels = breast(rng) + np.linspace(0, 0.5, 400)[:, None]
    pixels[195:205, 20:200] += 0.6
    contrast = above_background(Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING"))
    assert np.median(contrast[197:203, 60:160]) == pytest.approx(0.6, rel=0.05)
    assert abs(np.median(contrast[100:150, 60:160])) < 0.02


def test_a_duct_as_narrow_as_a_pixel_stands_out_below_the_finest_scale(rng):
    """Of noise and texture together, by a tenth more than at the finest scale itself."""
    texture = cv2.GaussianBlur(rng.normal(0, 0.3, (400, 300)), (0, 0), 3)
    pixels = texture + rng.normal(0, 0.01, (400, 300))
    pixels[200, 60:240] += 0.05
    found = relief(Galactogram(pixels=pixels, spacing_mm=0.1, intent="FOR PROCESSING"))
    level = next(curvatures(found.flat, sigmas_px=[1.0]))
    at_finest = level.across[200, 70:230].mean() / np.quantile(level.along, 0.9)
    assert found.fine[200, 70:230].mean() / found.noise > 1.1 * at_finest


def test_a_tree_where_air_was_expected_makes_it_no_air(rng):
    """A bright band is taken for the breast at first, but the tree lies beside it."""
    pixels = rng.normal(1100, 60, (500, 400))
    pixels[:, :100] += 1500
    pixels[245:252, 130:390] += 4000
    assert relief(Galactogram(pixels=pixels, spacing_mm=0.28)).area.all()


def test_a_moved_scout_is_laid_over_and_taken_off(rng):
    """Shifted, turned and exposed otherwise, it leaves the iodine."""
    rows, columns = np.indices((300, 240))
    tissue = sum(
        a * np.exp(-((rows - r) ** 2 + (columns - c) ** 2) / (2 * s**2))
        for a, r, c, s in ((2, 150, 60, 60), (0.6, 90, 90, 15), (-0.5, 210, 80, 20))
    ).astype(np.float32)
    here = Galactogram(pixels=tissue, spacing_mm=0.3, intent="FOR PROCESSING")
    turn = cv2.getRotationMatrix2D((120, 150), 1.0, 1.0)
    turn[:, 2] += (4, -3)
    moved = cv2.warpAffine(tissue, turn, (240, 300), borderMode=cv2.BORDER_REPLICATE)
    scout = Galactogram(pixels=1.1 * moved + 0.2, spacing_mm=0.3, intent="FOR PROCESSING")
    inner = np.s_[40:-40, 30:-60]
    again = registered(scout, to=here).pixels
    assert np.abs(again - (1.1 * tissue + 0.2))[inner].max() < 0.06
    filled = tissue.copy()
    filled[148:152, 40:160] += 0.5
    rest = subtracted(
        Galactogram(pixels=filled, spacing_mm=0.3, intent="FOR PROCESSING"), scout=scout
    ).pixels
    assert rest[149:151, 60:140].mean() == pytest.approx(0.5, abs=0.05)
    assert np.abs(np.median(rest[60:120, 60:140])) < 0.03


def test_a_scout_of_another_shape_is_refused():
    """The sentence names both shapes."""
    here = Galactogram(pixels=np.zeros((20, 20)), spacing_mm=0.1)
    there = Galactogram(pixels=np.zeros((20, 30)), spacing_mm=0.1)
    with pytest.raises(GalactolabError, match=r"\(20, 30\).*\(20, 20\)"):
        registered(there, to=here)
