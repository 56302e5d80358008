"""Counts and scale carry a record's values to the screen without loss that matters."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from galactolab.records import Galactogram
from galactolab.views import raster
from galactolab.views.raster import Window

planes = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
    elements=st.floats(-1e4, 1e4, width=32),
)


@given(planes)
def test_a_value_survives_the_way_to_the_screen_within_half_a_count(pixels):
    """Value = offset + step * count is the record's value to within rounding."""
    scale = raster.scale_of(Galactogram(pixels=pixels, spacing_mm=0.1))
    back = scale.offset + scale.step * raster.counts_of(pixels, scale).astype(float)
    float32_noise = 1e-3 * max(1.0, float(np.abs(pixels).max())) / 1e3
    assert np.abs(back - pixels).max() <= 0.51 * scale.step + 4 * float32_noise


@given(hnp.arrays(np.uint16, (5, 7)))
def test_whole_numbers_of_16_bits_stay_exact(stored):
    """A file's own integers are read under the cursor exactly."""
    pixels = stored.astype(np.float32)
    scale = raster.scale_of(Galactogram(pixels=pixels, spacing_mm=0.1))
    assert scale.step == 1.0
    assert np.array_equal(scale.offset + raster.counts_of(pixels, scale), pixels)


def test_the_coarse_level_is_small_and_keeps_the_mean():
    """A large picture is first sent as block means of at most 1024 pixels a side."""
    pixels = np.random.default_rng(20_252).random((2100, 1500), np.float32)
    small, halvings = raster.coarse(pixels)
    assert max(small.shape) <= 1024
    assert halvings == 2
    assert small.mean() == pytest.approx(pixels[:2100, :1500].mean(), abs=1e-3)


def test_presets_look_at_the_breast_and_not_at_the_air(galactogram):
    """Black in the automatic window lies between air and breast; ducts are spread wider."""
    windows = raster.presets_of(galactogram.pixels)
    auto, ducts = windows["auto"], windows["ducts"]
    assert auto.center - auto.width / 2 > 0.3  # air is near 0.1, breast near 1
    assert ducts.center > auto.center
    assert ducts.width < windows["full"].width


def test_a_flat_picture_has_a_window():
    """A picture of one value does not divide by zero."""
    assert raster.presets_of(np.ones((4, 4), np.float32))["auto"] == Window(center=1.0, width=1.0)


def test_the_thumbnail_is_a_small_png_of_the_same_form():
    """What stands in a saved notebook is a PNG below 40 kB that keeps the aspect."""
    noise = np.random.default_rng(20_253).random((1024, 832), np.float32)
    png = base64.b64decode(raster.thumbnail(noise, Window(center=0.5, width=1.0)))
    assert len(png) <= 40_000
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size[1] / picture.size[0] == pytest.approx(1024 / 832, rel=0.05)
