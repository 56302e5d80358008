"""Parts of a mask that are long, or hold a pixel of another."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from galactolab.imagemath.standing import connected_to, long_parts

EIGHT = np.ones((3, 3), int)
SPACING_MM = (0.1, 0.15)


@pytest.mark.parametrize("seed", range(10))
def test_parts_are_kept_by_the_diagonal_of_their_box_and_by_what_they_hold(seed):
    """On random masks, the same parts are kept as by SciPy's labels and boxes."""
    rng = np.random.default_rng(seed)
    mask = rng.random((40, 50)) > rng.uniform(0.6, 0.95)
    sure = rng.random(mask.shape) > 0.8
    labels, _ = ndimage.label(mask, EIGHT)
    long, held = np.zeros_like(mask), np.zeros_like(mask)
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        extent = np.hypot(
            *((cut.stop - cut.start) * mm for cut, mm in zip(box, SPACING_MM, strict=True))
        )
        long |= (labels == number) & (extent >= 0.4)
        held |= (labels == number) & sure[labels == number].any()
    assert np.array_equal(long_parts(mask, min_length_mm=0.4, spacing_mm=SPACING_MM), long)
    both = long_parts(mask, min_length_mm=0.4, spacing_mm=SPACING_MM, holding=sure)
    assert np.array_equal(both, long & held)
    assert np.array_equal(connected_to(mask, sure), held)


def test_an_empty_mask_has_no_parts():
    """Nothing is found where nothing is set."""
    nothing = np.zeros((5, 6), bool)
    assert not long_parts(nothing, min_length_mm=0.0, spacing_mm=SPACING_MM).any()
    assert not connected_to(nothing, ~nothing).any()
