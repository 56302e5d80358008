"""A larger pixel value means more attenuation, however the file says it."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

from galactolab.dicom import DicomReadError, read_galactogram
from galactolab.terms import Intent

RAW = {"intent": "FOR PROCESSING"}
STORED = np.array([[1, 10], [100, 255]], "u1")


def pixels(path) -> np.ndarray:
    return read_galactogram(path, spacing_mm=0.1).pixels


def test_monochrome1_for_presentation_is_turned_over_in_its_bits(altered):
    """Dark is dense in MONOCHROME1: v becomes 255 - v; MONOCHROME2 stays."""
    path = altered(stored=STORED, PhotometricInterpretation="MONOCHROME2")
    np.testing.assert_array_equal(pixels(path), STORED)
    path = altered(stored=STORED, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(pixels(path), 255 - STORED.astype(int))
    path = altered(
        stored=STORED.astype("<u2"),
        BitsStored=12,
        HighBit=11,
        PhotometricInterpretation="MONOCHROME1",
    )
    np.testing.assert_array_equal(pixels(path), 4095 - STORED.astype(int))


def test_slope_and_intercept_come_before_the_inversion(altered):
    """MONOCHROME1 with a slope of 2 and an intercept of -5 turns over between -5 and 505."""
    rescaled = {"RescaleSlope": "2", "RescaleIntercept": "-5"}
    path = altered(stored=STORED, **rescaled)
    np.testing.assert_array_equal(pixels(path), STORED * 2.0 - 5)
    path = altered(stored=STORED, PhotometricInterpretation="MONOCHROME1", **rescaled)
    np.testing.assert_array_equal(pixels(path), 500 - (STORED * 2.0 - 5))


def test_signed_values_turn_over_around_their_middle(altered):
    """Signed 8-bit values in MONOCHROME1 go to -1 - v."""
    stored = np.array([[-128, 0, 127]], "i1")
    path = altered(stored=stored, PhotometricInterpretation="MONOCHROME1")
    assert pixels(path).tolist() == [[127, -1, -128]]


@pytest.mark.parametrize(
    ("relationship", "sign", "expected"),
    [
        ("LIN", 1, -np.log(STORED / 255.0)),
        ("LIN", -1, -np.log(np.maximum(255.0 - STORED, 1) / 255)),
        ("LOG", -1, STORED.astype(float)),
        ("LOG", 1, 255.0 - STORED),
    ],
)
def test_raw_values_follow_relationship_and_sign(altered, relationship, sign, expected):
    """LIN becomes -ln(v / full scale), LOG keeps its scale; the sign turns either over."""
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        path = altered(
            stored=STORED,
            PixelIntensityRelationship=relationship,
            PixelIntensityRelationshipSign=sign,
            PhotometricInterpretation=photometric,
            **RAW,
        )
        np.testing.assert_allclose(pixels(path), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("photometric", "relationship", "expected"),
    [
        ("MONOCHROME1", None, -np.log(STORED / 255.0)),
        ("MONOCHROME2", None, STORED.astype(float)),
        ("MONOCHROME1", "LOG", 255.0 - STORED),
        ("MONOCHROME2", "LIN", -np.log(np.maximum(255.0 - STORED, 1) / 255)),
    ],
)
def test_without_sign_the_photometric_interpretation_decides(
    altered, photometric, relationship, expected
):
    """What is shown bright attenuates; counts that grow with it are taken as linear."""
    path = altered(
        stored=STORED,
        PixelIntensityRelationship=relationship,
        PixelIntensityRelationshipSign=None,
        PhotometricInterpretation=photometric,
        **RAW,
    )
    np.testing.assert_allclose(pixels(path), expected, rtol=1e-6)


def test_no_photon_at_all_is_one_count(altered):
    """Zero counts give the attenuation of one count and not infinity."""
    path = altered(stored=np.array([[0, 1, 255]], "u1"), **RAW)
    np.testing.assert_allclose(pixels(path), [[np.log(255), np.log(255), 0]], atol=1e-6)


def test_intent_comes_from_the_tag_or_else_from_the_object_class(altered):
    """Presentation Intent Type decides; without it the class of the object does."""
    assert read_galactogram(altered(**RAW)).intent is Intent.FOR_PROCESSING
    path = altered(PresentationIntentType=None, **RAW)
    assert read_galactogram(path).intent is Intent.FOR_PROCESSING
    path = altered(PresentationIntentType=None)
    assert read_galactogram(path).intent is Intent.FOR_PRESENTATION


@pytest.mark.parametrize("implicit", [False, True])
def test_padding_is_as_dark_as_the_darkest_real_pixel(altered, implicit):
    """Padding of 0 in linear counts would be the brightest of all; a range works as well."""
    stored = np.array([[0, 3, 40], [2, 90, 200]], "<u2")
    path = altered(stored=stored, PixelPaddingValue=0, PixelPaddingRangeLimit=3, **RAW)
    if implicit:  # where nothing but the sign of the pixels tells the type of the padding
        data = pydicom.dcmread(path)
        data.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
        pydicom.dcmwrite(path, data, implicit_vr=True, little_endian=True)
    seen = pixels(path)
    np.testing.assert_array_equal(seen == seen.min(), (stored <= 3) | (stored == 200))
    path = altered(stored=stored, PixelPaddingValue=0, PhotometricInterpretation="MONOCHROME1")
    assert pixels(path)[0, 0] == 65535 - 200


def test_padding_alone_gives_a_dark_image(altered):
    """An image of nothing but padding stays finite and even."""
    assert pixels(altered(stored=np.full((3, 3), 7, "u1"), PixelPaddingValue=7)).max() == 0


def modality_table(entries: list[int], first: int) -> pydicom.Dataset:
    item = pydicom.Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, 16])
    item.ModalityLUTType = "US"
    item.add_new("LUTData", "US", entries)
    return item


def test_a_modality_table_is_looked_up_and_ends_hold(altered):
    """Values below the first mapped one take the first entry, values above the last."""
    table = [modality_table([5, 50, 500], 10)]
    path = altered(
        stored=np.array([[0, 10, 11, 12, 200]], "u1"),
        ModalityLUTSequence=table,
        RescaleSlope=None,
        RescaleIntercept=None,
    )
    assert pixels(path).tolist() == [[5, 5, 50, 500, 500]]


def test_a_slope_of_zero_is_refused(altered):
    """It would make one value of all pixels."""
    with pytest.raises(DicomReadError, match="Rescale Slope"):
        read_galactogram(altered(RescaleSlope="0"))
