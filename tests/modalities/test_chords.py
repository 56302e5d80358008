"""Lengths through unions of balls are those of geometry."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.modalities import chords
from galactolab.patient import solids

SHAPE, SPACING = (80, 120), (0.1, 0.1)


def _placed(row, column, depth, radius):
    arrays = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, float)) for v in (row, column, depth, radius))
    )
    return chords.PlacedBalls(
        row=arrays[0], column=arrays[1], depth_mm=arrays[2], radius_mm=arrays[3]
    )


def _tube(radius, *, depth=0.0, slope=0.0):
    path = np.array([[40.0, -40, depth], [40.0, 160, depth + slope * 20]])
    solid = solids.tube(path * [0.1, 0.1, 1], np.array([radius, radius]), step=0.1)
    row, column = solid.center_mm[:, 0] / 0.1, solid.center_mm[:, 1] / 0.1
    return _placed(row, column, solid.center_mm[:, 2], solid.radius_mm)


@given(radius=st.floats(0.3, 3), row=st.floats(35, 45), column=st.floats(50, 70))
def test_a_ball_is_crossed_along_its_chords(radius, row, column):
    """2 sqrt(r^2 - d^2) at each pixel, to the micrometer."""
    length, _ = chords.lengths(_placed(row, column, 0, radius), shape=SHAPE, spacing_mm=SPACING)
    r, c = np.mgrid[: SHAPE[0], : SHAPE[1]]
    square = radius**2 - ((r - row) * 0.1) ** 2 - ((c - column) * 0.1) ** 2
    assert np.allclose(length, 2 * np.sqrt(np.maximum(square, 0)), atol=2e-3)


@pytest.mark.parametrize("radius", [0.2, 0.5, 1.5])
def test_a_tube_is_crossed_along_its_chords(radius):
    """The union of balls along a tube is as thick as the tube, within 1 % of its caliber."""
    length, _ = chords.lengths(_tube(radius), shape=SHAPE, spacing_mm=SPACING)
    away = (np.arange(SHAPE[0]) - 40) * 0.1
    wanted = 2 * np.sqrt(np.maximum(radius**2 - away**2, 0))
    assert np.allclose(length[:, 60], wanted, atol=0.02 * radius)


def test_a_slanting_tube_is_longer_to_cross():
    """By 1 / sin(angle to the beam): 45 degrees give the square root of two."""
    length, _ = chords.lengths(_tube(0.5, slope=1.0), shape=SHAPE, spacing_mm=SPACING)
    assert length[40, 60] == pytest.approx(2**0.5, rel=0.01)


def test_overlap_counts_once_and_crossing_ducts_count_both():
    """The same tube twice is one tube; 3 mm deeper it is two."""
    one = _tube(0.5)

    def both(depth):
        other = _tube(0.5, depth=depth)
        return chords.lengths(
            _placed(
                *(
                    np.concatenate(pair)
                    for pair in (
                        (one.row, other.row),
                        (one.column, other.column),
                        (one.depth_mm, other.depth_mm),
                        (one.radius_mm, other.radius_mm),
                    )
                )
            ),
            shape=SHAPE,
            spacing_mm=SPACING,
        )[0][40, 60]

    assert both(0.0) == pytest.approx(1.0, rel=0.01)
    assert both(0.5) == pytest.approx(1.5, rel=0.01)
    assert both(3.0) == pytest.approx(2.0, rel=0.01)


@given(shift=st.floats(0, 1))
def test_volume_is_kept_wherever_the_ball_lies(shift):
    """Summed over pixels, a small ball has 4/3 pi r^3 with 6 x 6 beams per pixel, within 5 %."""
    length, cover = chords.lengths(
        _placed(40 + shift, 60 - shift, 0, 0.15), shape=SHAPE, spacing_mm=SPACING, oversample=6
    )
    assert length.sum() * 0.01 == pytest.approx(4 / 3 * np.pi * 0.15**3, rel=0.05)
    assert cover.sum() * 0.01 == pytest.approx(np.pi * 0.15**2, rel=0.08)


def test_balls_outside_the_image_leave_no_trace():
    length, cover = chords.lengths(_placed(-90, 400, 0, 1), shape=SHAPE, spacing_mm=SPACING)
    assert not length.any()
    assert not cover.any()


def test_a_larger_radius_never_shortens_the_way():
    """No beam gets shorter when a tube widens."""
    thin, wide = (chords.lengths(_tube(r), shape=SHAPE, spacing_mm=SPACING)[0] for r in (0.4, 0.6))
    assert (wide >= thin - 2e-3).all()
