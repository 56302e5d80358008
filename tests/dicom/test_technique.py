"""What the X-ray room reports is checked against what a mammography unit can do."""

from __future__ import annotations

import pytest

from galactolab.dicom import Technique
from galactolab.errors import GalactolabError


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kvp": 300}, "kvp is 300 kV"),
        ({"kvp": float("nan")}, "kvp is nan"),
        ({"kvp": "30"}, "kvp is '30', but it has to be a number"),
        ({"volume_ml": -1}, "volume_ml is -1 mL"),
        ({"anode": "Fe"}, "anode is 'Fe', but it has to be one of: Mo, Rh, W"),
        ({"filter_material": "TUNGSTEN"}, "one of: Mo, Rh, Ag, Al, Cu"),
        ({"agent": "barium"}, "agent is 'barium'"),
        ({"magnification": 0.5}, "between 1 and 10"),
        ({"source_detector_mm": 400, "source_object_mm": 600}, "at most source_detector_mm"),
        (
            {"magnification": 1.8, "source_detector_mm": 600, "source_object_mm": 400},
            "make it 1.5",
        ),
    ],
)
def test_what_cannot_be_is_said_with_name_value_and_range(fields, sentence):
    """Each wrong field ends in one sentence."""
    with pytest.raises(GalactolabError, match=sentence):
        Technique(**fields)


def test_magnification_follows_from_the_distances():
    """Stated magnification wins, distances come next, and contact is 1."""
    assert Technique().enlargement == 1
    assert Technique(source_detector_mm=600, source_object_mm=400).enlargement == 1.5
    assert Technique(magnification=1.8).enlargement == 1.8


def test_equal_techniques_have_equal_fingerprints():
    """30 and 30.0 are the same tube voltage; 31 is another."""
    assert Technique(kvp=30).fingerprint() == Technique(kvp=30.0).fingerprint()
    assert Technique(kvp=30).fingerprint() != Technique(kvp=31).fingerprint()
    assert not Technique(kvp=30).with_contrast
    assert Technique(volume_ml=0.3).with_contrast
