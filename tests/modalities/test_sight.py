"""What a picture shows is measured as one would count it by hand."""

import numpy as np

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
    dark, _ = sight.lesion_contrast(_drawn(0.0))
    same, _ = sight.lesion_contrast(_drawn(8.0))
    assert dark > 8
    assert same < 1.5


def test_a_lesion_without_lumen_is_compared_with_the_tissue_around_it():
    for step, is_seen in ((0.0, False), (6.0, True)):
        ratio, n_px = sight.lesion_contrast(_drawn(step, with_lumen=False))
        assert (ratio >= sight.SEEN) is is_seen
        assert n_px == 100


def test_a_picture_without_lesion_resolves_none():
    patient = phantom.make(seed=31)
    image = ductogram.simulate(patient, rng=np.random.default_rng(1), spacing_mm=0.2)
    seen = sight.sight(image, patient)
    assert seen.contrast_to_noise is None
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
