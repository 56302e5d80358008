"""The size of a pixel at the object, by the most trusted statement in the file."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from galactolab.dicom import DicomReadError, SpacingRule, read_galactogram, read_spacing

FACTOR = "EstimatedRadiographicMagnificationFactor"
ALL = {
    "PixelSpacing": [0.05, 0.06],
    "ImagerPixelSpacing": [0.1, 0.2],
    FACTOR: 2.0,
    "DistanceSourceToDetector": 600,
    "DistanceSourceToPatient": 480,
    "NominalScannedPixelSpacing": [0.3, 0.3],
}


@pytest.mark.parametrize(
    ("changes", "rule", "mm"),
    [
        ({"PixelSpacingCalibrationType": "FIDUCIAL"}, SpacingRule.FIDUCIAL, (0.05, 0.06)),
        ({"PixelSpacingCalibrationType": "GEOMETRY"}, SpacingRule.GEOMETRY, (0.05, 0.06)),
        ({}, SpacingRule.MAGNIFICATION_FACTOR, (0.05, 0.1)),
        ({FACTOR: None}, SpacingRule.DISTANCES, (0.08, 0.16)),
        (
            {FACTOR: None, "DistanceSourceToPatient": 0},
            SpacingRule.DETECTOR_PLANE,
            (0.1, 0.2),
        ),
        ({"ImagerPixelSpacing": None}, SpacingRule.PIXEL_SPACING, (0.05, 0.06)),
        (
            {"ImagerPixelSpacing": None, "PixelSpacing": None},
            SpacingRule.SCANNED_FILM,
            (0.3, 0.3),
        ),
    ],
)
def test_the_order_of_trust(altered, changes, rule, mm):
    """Each rule is used where all above it fail, and the record has its number."""
    path = altered(**{**ALL, **changes})
    seen = read_spacing(path)
    assert seen.rule is rule
    assert seen.mm == pytest.approx(mm, abs=1e-9)
    assert read_galactogram(path).spacing_mm == seen.mm


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pitch=st.floats(0.05, 0.2), factor=st.floats(1.0, 4.0))
def test_doubling_the_magnification_halves_the_spacing(altered, pitch, factor):
    """What is shown twice as large is measured half as large."""
    digits = {"ImagerPixelSpacing": [f"{pitch:.9f}"] * 2}
    once = read_spacing(altered(**digits, **{FACTOR: f"{factor:.9f}"}))
    twice = read_spacing(altered(**digits, **{FACTOR: f"{2 * factor:.9f}"}))
    assert twice.mm[0] == pytest.approx(once.mm[0] / 2, rel=1e-6)
    assert twice.magnification == pytest.approx(2 * once.magnification, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ImagerPixelSpacing": None}, "does not say how large"),
        ({"ImagerPixelSpacing": [0.0, 0.1]}, "0 x 0.1 mm"),
        ({"ImagerPixelSpacing": [-0.1, 0.1]}, "-0.1 x 0.1 mm"),
        ({"ImagerPixelSpacing": [70, 70]}, "70 x 70 mm"),
        ({"ImagerPixelSpacing": 0.1}, "1 numbers and not 2"),
        ({FACTOR: 0}, "magnification factor is 0"),
        ({FACTOR: 100}, "magnification factor is 100"),
        (
            {FACTOR: None, "DistanceSourceToDetector": 400, "DistanceSourceToPatient": 600},
            "source distances",
        ),
    ],
)
def test_an_impossible_size_is_refused_and_can_be_given(altered, changes, reason):
    """The sentence says how to give a size; with it the same file is read."""
    path = altered(**changes)
    with pytest.raises(DicomReadError, match=reason) as caught:
        read_galactogram(path)
    assert "spacing_mm=" in str(caught.value)
    assert read_galactogram(path, spacing_mm=(0.05, 0.06)).spacing_mm == (0.05, 0.06)
    assert read_spacing(path, spacing_mm=0.05).rule is SpacingRule.GIVEN
