"""What a picture shows is measured as one would count it by hand."""

import cv2
import numpy as np
import pytest

from galactolab.modalities import ductogram, sight
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.volumes import ModalityImage, Tissue


def _drawn(step, *, with_lumen=True):
    """A lesion of 1 mm in a duct of 2 mm, in tissue with noise of 1."""
    rng = np.random.default_rng(3)
    truth = np.full((120, 120), Tissue.FAT, np.uint8)
    if with_lumen:
        truth[50:70] = Tissue.LUMEN
    truth[55:65, 55:65] = Tissue.LESION
    pixels = rng.normal(size=truth.shape) + 8.0 * (truth == Tissue.LUMEN)
    pixels[truth == Tissue.LESION] += step
    return ModalityImage(
        pixels=pixels, spacing_mm=0.1, modality="MG", technique="drawn", unit="a.u.",
        window=(0, 1), truth=truth,
    )  # fmt: skip


def test_a_filling_defect_is_compared_with_the_lumen_around_it():
    """A lesion as dark as fat misses all of the contrast; one as bright as the lumen is unseen."""
    dark = sight.lesion_contrast(_drawn(0.0))
    same = sight.lesion_contrast(_drawn(8.0))
    assert dark.is_resolved
    assert dark.detectability > 8
    assert not same.is_resolved


def test_a_lesion_without_lumen_is_compared_with_the_tissue_around_it():
    for step, is_seen in ((0.0, False), (6.0, True)):
        found = sight.lesion_contrast(_drawn(step, with_lumen=False))
        assert found.is_resolved is is_seen
        assert found.n_px == 100


def _square(pixels, spacing_mm, modality="MG"):
    """A lesion of 4 mm in the middle of gland of 40 mm."""
    middle = slice(round(18 / spacing_mm), round(22 / spacing_mm))
    truth = np.full(pixels.shape, Tissue.GLAND, np.uint8)
    truth[middle, middle] = Tissue.LESION
    return ModalityImage(
        pixels=pixels + (truth == Tissue.LESION), spacing_mm=spacing_mm, modality=modality,
        technique="drawn", unit="a.u.", window=(0, 1), truth=truth,
    )  # fmt: skip


def test_noise_that_goes_on_from_pixel_to_pixel_leaves_fewer_cells():
    """Blurred noise of the same spread has as many cells as its correlation area allows."""
    rng = np.random.default_rng(5)
    white = rng.normal(size=(400, 400)).astype(np.float32)
    sigma_px = 3.0
    speckle = cv2.GaussianBlur(white, (0, 0), sigma_px)
    speckle /= speckle.std()
    each = sight.lesion_contrast(_square(white, 0.1))
    few = sight.lesion_contrast(_square(speckle, 0.1))
    assert each.n_px == few.n_px == 1600
    # Noise blurred by a Gaussian has a correlation area of 4 pi sigma squared.
    assert few.n_cells == pytest.approx(1600 / (4 * np.pi * sigma_px**2), rel=0.35)
    assert each.n_cells > 20 * few.n_cells
    assert few.ratio == pytest.approx(each.ratio, rel=0.2)


def test_coarse_pixels_lose_nothing_that_the_mean_keeps():
    """The same noise, binned four by four, gives the same detectability within a quarter."""
    rng = np.random.default_rng(6)
    fine = rng.normal(scale=4, size=(400, 400)).astype(np.float32)
    coarse = fine.reshape(100, 4, 100, 4).mean(axis=(1, 3))
    found = [sight.lesion_contrast(_square(p, mm)) for p, mm in ((fine, 0.1), (coarse, 0.4))]
    assert found[0].detectability == pytest.approx(found[1].detectability, rel=0.25)
    assert found[1].ratio > 3 * found[0].ratio


def test_the_shadow_of_a_lesion_is_not_its_noise():
    """A shadow behind the lesion changes nothing in ultrasound."""
    rng = np.random.default_rng(7)
    plain = rng.normal(size=(400, 400)).astype(np.float32)
    shadow = plain.copy()
    shadow[220:, 180:220] += 9.0
    found = [sight.lesion_contrast(_square(p, 0.1, "US")) for p in (plain, shadow)]
    assert found[1].detectability == pytest.approx(found[0].detectability, rel=1e-6)


def test_a_picture_without_lesion_resolves_none():
    patient = phantom.make(seed=31)
    image = ductogram.simulate(patient, rng=np.random.default_rng(1), spacing_mm=0.2)
    seen = sight.sight(image, patient)
    assert seen.contrast_to_noise is None
    assert seen.detectability is None
    assert not seen.resolved
    assert seen.n_ducts > 40


def test_finer_pixels_show_thinner_ducts():
    """At 0.1 mm ducts of 0.6 mm or thinner are seen; at 0.8 mm none that is as thin."""
    patient = phantom.make(seed=34, lesions=[Plan(kind="papilloma", size_mm=4)])
    found = []
    for spacing_mm in (0.1, 0.8):
        rng = np.random.default_rng(1)
        image = ductogram.simulate(patient, rng=rng, spacing_mm=spacing_mm)
        found.append(sight.sight(image, patient).smallest_duct_mm)
    assert found[0] <= 0.6
    assert found[1] is None or found[1] > found[0]


def test_a_gap_in_the_row_of_calibers_ends_it():
    """Thin ducts that stand out by chance do not count where wider ones are not seen."""
    calibers = np.array([0.15, 0.15, 0.7, 0.7, 0.7, 1.7])
    assert sight.smallest_seen(calibers, np.array([5.0, 5, 0, 0, 0, 9])) == 1.5
    assert sight.smallest_seen(calibers, np.zeros(6)) is None
