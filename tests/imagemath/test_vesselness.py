"""Ridges are found at their own width, wherever they lie and however fast it is done."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from galactolab.errors import GalactolabError
from galactolab.imagemath import vesselness
from galactolab.imagemath.vesselness import curvatures

SIGMAS = [1.0, 2.0, 4.0, 8.0, 16.0]


def ridge(sigma: float, *, size: int = 200, middle: float = 100.0) -> np.ndarray:
    """A straight ridge along the columns with a Gaussian profile."""
    across = np.exp(-((np.arange(size) - middle) ** 2) / (2 * sigma**2))
    return np.repeat(across[:, None], size, axis=1).astype(np.float32)


@pytest.mark.parametrize("width", [2.0, 4.0, 8.0])
def test_a_wider_ridge_answers_at_a_wider_scale(width):
    """The loudest scale grows with the ridge: sqrt(2) times its own width (Lindeberg)."""
    loudest = [
        float(level.across[level.across.shape[0] // 2, level.across.shape[1] // 2])
        for level in curvatures(ridge(width), sigmas_px=[width * 2**0.5 * f for f in (0.5, 1, 2)])
    ]
    assert int(np.argmax(loudest)) == 1


def test_ridges_of_any_width_answer_alike():
    """Scale-normalized: contrast counts, width does not, as long as a scale fits."""
    answers = [float(vesselness(ridge(w), sigmas_px=SIGMAS)[100, 100]) for w in (2.0, 4.0, 8.0)]
    assert max(answers) / min(answers) < 1.08


def test_the_pyramid_changes_little():
    """Decimated and exact answers differ by under 3 % (root mean square, relative)."""
    rng = np.random.default_rng(5)
    image = ridge(3.0) + rng.normal(0, 0.05, (200, 200)).astype(np.float32)
    fast = vesselness(image, sigmas_px=SIGMAS)
    exact = vesselness(image, sigmas_px=SIGMAS, decimate=False)
    inner = np.s_[40:-40, 40:-40]
    error = np.sqrt(((fast - exact)[inner] ** 2).mean() / (exact[inner] ** 2).mean())
    assert error < 0.03


@pytest.mark.parametrize("sigma", [0.9, 1.25, 1.43, 2.5, 4.3])
def test_curvatures_are_those_of_the_blurred_image(sigma):
    """Of waves, blur and derivatives are known: the kernels differ by half a percent."""
    rng = np.random.default_rng(2)
    row, column = np.mgrid[:150, :410].astype(float)
    image, down, right, mixed = np.zeros((4, 150, 410))
    for _ in range(200):
        size, turn, phase = rng.uniform([0.02, 0, 0], [2.2, 2 * np.pi, 2 * np.pi])
        way = size * np.sin(turn), size * np.cos(turn)
        wave = np.cos(way[0] * row + way[1] * column + phase) * np.exp(-(size**2) / 8) / size
        image += wave
        blurred = wave * np.exp(-((sigma * size) ** 2) / 2) * sigma**2
        down += way[0] ** 2 * blurred / 2
        right += way[1] ** 2 * blurred / 2
        mixed += way[0] * way[1] * blurred
    split = np.hypot(down - right, mixed)
    (found,) = curvatures(image.astype(np.float32), sigmas_px=[sigma], decimate=False)
    inner = np.s_[30:-30, 30:-30]
    for seen, true in (
        (found.across, np.maximum(down + right + split, 0)),
        (found.along, np.abs(down + right - split)),
    ):
        error = np.sqrt(((seen - true)[inner] ** 2).mean() / (true[inner] ** 2).mean())
        assert error < 0.006


def test_strips_leave_no_seam():
    """An image of many strips answers as its middle does that is worked on alone."""
    image = np.random.default_rng(3).normal(size=(700, 60)).astype(np.float32)
    (whole,) = curvatures(image, sigmas_px=[2.0])
    (part,) = curvatures(image[200:500], sigmas_px=[2.0])
    inner = np.s_[20:-20]
    np.testing.assert_allclose(part.across[inner], whole.across[200:500][inner], atol=1e-6)
    np.testing.assert_allclose(part.along[inner], whole.along[200:500][inner], atol=1e-6)


def test_what_is_done_with_is_let_go():
    """The two large arrays of a scale are gone as soon as nobody else holds them."""
    levels = curvatures(ridge(2.0), sigmas_px=[1.5, 3.0])
    level = next(levels)
    held = weakref.ref(level.across), weakref.ref(level.along)
    del level
    assert all(array() is None for array in held)


@pytest.mark.parametrize("middle", [100.0, 100.5, 101.0])
def test_the_crest_lies_where_the_ridge_lies(middle):
    """Enlarging a pyramid level shifts nothing, between pixels either."""
    answer = vesselness(ridge(8.0, middle=middle), sigmas_px=[12.0])[:, 100]
    rows = np.arange(200)
    near = np.abs(rows - middle) < 6
    found = (rows[near] * answer[near]).sum() / answer[near].sum()
    assert found == pytest.approx(middle, abs=0.06)


@settings(max_examples=15)
@given(
    gain=st.floats(0.01, 100),
    offset=st.floats(-100, 100),
    slope=st.floats(-0.1, 0.1),
    turn=st.integers(0, 3),
)
def test_offset_and_slope_count_for_nothing_and_gain_in_proportion(gain, offset, slope, turn):
    """Curvature knows neither offset nor slope; turning the image turns the answer."""
    rng = np.random.default_rng(1)
    image = ridge(2.0, size=64, middle=32) + rng.normal(0, 0.1, (64, 64)).astype(np.float32)
    ramp = (offset + slope * np.arange(64)[:, None]).astype(np.float32)
    plain = vesselness(image, sigmas_px=[1.5, 3.0])
    other = vesselness(
        np.ascontiguousarray(np.rot90(np.float32(gain) * (image + ramp), turn)),
        sigmas_px=[1.5, 3.0],
    )
    inner = np.s_[16:-16, 16:-16]
    np.testing.assert_allclose(
        np.rot90(other, -turn)[inner], gain * plain[inner], rtol=2e-2, atol=gain * 2e-3
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (16, 16), (3, 5)])
def test_the_least_images_have_an_answer(shape):
    """Nothing is too small."""
    for sigmas in (SIGMAS, [0.7]):
        answer = vesselness(np.zeros(shape, np.float32), sigmas_px=sigmas)
        assert answer.shape == shape
        assert not answer.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (2, 2), (33, 1)])
def test_every_pixel_of_a_small_image_is_written(shape):
    """Memory that held something else before does not show."""
    for _ in range(20):
        used = np.full((64, 64), 7e9, np.float32)
        del used
        (level,) = curvatures(np.zeros(shape, np.float32), sigmas_px=[1.5])
        assert level.across.shape == level.along.shape == shape
        assert not level.across.any()
        assert not level.along.any()


def test_scales_have_to_be_above_zero():
    """A mistake is told by its value."""
    with pytest.raises(GalactolabError, match="sigmas_px"):
        vesselness(np.zeros((9, 9), np.float32), sigmas_px=[0.0])


def test_the_memory_of_earlier_scales_can_be_used_again():
    """Curvatures written into used arrays are those of new ones, on each level of the pyramid."""
    image = np.random.default_rng(5).normal(size=(90, 110)).astype(np.float32)
    sigmas = [1.0, 2.0, 4.0, 7.0, 9.0, 14.0]
    spent: list[tuple[np.ndarray, np.ndarray]] = []
    fresh = list(curvatures(image, sigmas_px=sigmas))
    for level, expected in zip(
        curvatures(image, sigmas_px=sigmas, spent=spent), fresh, strict=True
    ):
        np.testing.assert_allclose(level.across, expected.across, atol=1e-5)
        np.testing.assert_allclose(level.along, expected.along, atol=1e-5)
        level.across[:] = level.along[:] = np.nan
        spent.append((level.across, level.along))
    assert len({level.across.shape for level in fresh}) == 3
