"""Water over a landscape."""

import cv2
import numpy as np
import pytest
from skimage.morphology import reconstruction

from galactolab.imagemath.pouring import water_level


@pytest.mark.parametrize("seed", range(20))
def test_water_stands_as_high_as_morphological_reconstruction_says(seed):
    """Water stands as high as scikit-image's reconstruction, on rough and on smooth ground."""
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 90, 2))
    ground = cv2.GaussianBlur(
        rng.normal(size=shape).astype(np.float32), (0, 0), rng.uniform(0.3, 6)
    )
    ground = ground.reshape(shape)
    ground = np.maximum(ground, np.quantile(ground, rng.uniform(0, 0.7)).astype(np.float32))
    start = np.full_like(ground, ground.max())
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        start[edge] = ground[edge]
    assert np.array_equal(water_level(ground), reconstruction(start, ground, method="erosion"))


def test_water_finds_its_way_out_of_a_long_labyrinth():
    """A spiral with one opening drains through all of its windings."""
    ground = np.full((61, 61), 9, np.float32)
    row, column = 0, 1
    ways = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    lengths = [58, 58, 58, *(n for n in range(56, 4, -2) for _ in range(2))]
    for turn, length in enumerate(lengths):
        for _ in range(length):
            ground[row, column] = 2
            row, column = row + ways[turn % 4][0], column + ways[turn % 4][1]
    ground[row, column] = 0
    level = water_level(ground)
    assert level[row, column] == 2
    assert level[ground == 9].min() == 9
