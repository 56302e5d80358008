"""Images and volumes are checked once, and know where they lie."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from galactolab.errors import GalactolabError
from galactolab.volumes import Mark, ModalityImage, Placement, Tissue, Volume

PLAIN = {"modality": "MR", "technique": "T1", "unit": "a.u.", "window": (0, 1)}


def _volume(**keywords):
    whole = {"voxels": np.zeros((3, 4, 6)), "spacing_mm": 0.5, "slice_mm": 2.0} | PLAIN
    return Volume(**{**whole, **keywords})


@given(st.lists(st.floats(-50, 50), min_size=12, max_size=12))
def test_a_place_that_is_looked_up_is_found_again(numbers):
    """Index and place are inverse to each other, for any three steps that span the space."""
    steps = np.eye(3) * 100 + np.reshape(numbers[:9], (3, 3)) / 5
    placed = Placement(origin_mm=np.array(numbers[9:]), steps_mm=steps)
    point = np.array([3.0, -4.0, 5.0])
    assert np.allclose(placed.point_mm(placed.index(point)), point, atol=1e-6)


def test_a_slice_lies_where_it_was_in_the_volume():
    """Marks and placement move with the slice."""
    placed = Placement(origin_mm=np.zeros(3), steps_mm=np.diag([2.0, 0.5, 0.5]))
    mark = Mark(name="papilloma", size_mm=4, index=(2.0, 1.0, 3.0))
    stack = _volume(placement=placed, marks=(mark,), truth=np.zeros((3, 4, 6), np.uint8))
    image = stack.slice(2)
    assert image.marks[0].index == (0.0, 1.0, 3.0)
    assert image.located([4.0, 0.5, 1.5]) == pytest.approx((1.0, 3.0, 0.0))
    assert image.located([6.0, 0.5, 1.5])[2] == pytest.approx(2.0)


def test_a_projection_shows_what_matters_most():
    """A lesion hides the lumen, and the lumen hides the gland, in the truth of a projection."""
    truth = np.full((3, 1, 3), Tissue.GLAND, np.uint8)
    truth[0, 0, 0], truth[1, 0, 0], truth[2, 0, 1] = Tissue.LUMEN, Tissue.LESION, Tissue.LUMEN
    voxels = np.arange(9.0).reshape(3, 1, 3)
    image = _volume(voxels=voxels, truth=truth).maximum()
    assert image.truth.tolist() == [[Tissue.LESION, Tissue.LUMEN, Tissue.GLAND]]
    assert image.pixels.tolist() == [[6, 7, 8]]


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"voxels": np.zeros((3, 4))}, "voxels have shape .3, 4."),
        ({"voxels": np.full((3, 4, 6), np.nan)}, "not finite"),
        ({"spacing_mm": 0.0}, "spacing_mm is"),
        ({"slice_mm": 0.0}, "slice_mm is 0 mm"),
        ({"window": (1, 1)}, "window is .1, 1."),
        ({"truth": np.zeros((3, 4, 5), np.uint8)}, "truth has shape .3, 4, 5."),
    ],
)
def test_an_impossible_volume_is_refused_by_name(keywords, said):
    with pytest.raises(GalactolabError, match=said):
        _volume(**keywords)


def test_steps_in_one_plane_are_no_placement():
    with pytest.raises(GalactolabError, match="one plane"):
        Placement(origin_mm=np.zeros(3), steps_mm=np.ones((3, 3)))


def test_an_image_without_scale_finds_no_place():
    image = ModalityImage(pixels=np.zeros((4, 4, 3)), spacing_mm=1.0, **PLAIN)
    with pytest.raises(GalactolabError, match="no scale"):
        image.located([0.0, 0.0, 0.0])
