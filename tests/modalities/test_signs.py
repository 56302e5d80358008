"""A finding of the truth is in the picture: reached by contrast, in its place, at its length."""

import cv2
import numpy as np
import pytest

from galactolab.modalities import projection, truth
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import FindingType, View


def _narrowed(**keywords):
    plan = Plan(kind="stenosis", size_mm=6, distance_mm=22, severity=0.7)
    return phantom.make(seed=105, main_caliber_mm=1.8, lesions=[plan], **keywords)


def test_a_narrowing_takes_the_stated_share_of_the_lumen_in_the_picture():
    """Width of the drawn lumen, from its own mask: within 8 percentage points of the truth."""
    patient, spacing = _narrowed(), 0.08
    maps = projection.render(patient, view=View.CC, spacing_mm=spacing)
    known = truth.analysis(patient, view=View.CC, spacing_mm=spacing, maps=maps)
    (finding,) = known.findings
    half = cv2.distanceTransform(known.mask.pixels.astype(np.uint8), cv2.DIST_L2, 5)
    branch = known.tree.branches[finding.branch]
    away = np.hypot(*(branch.path - finding.location).T) * spacing
    rows, columns = np.rint(branch.path[away < finding.extent_mm / 2]).astype(int).T
    width = [half[r - 2 : r + 3, c - 2 : c + 3].max() for r, c in zip(rows, columns, strict=True)]
    seen = 100 * (1 - 2 * spacing * min(width) / finding.evidence["reference_caliber_mm"])
    assert seen == pytest.approx(finding.evidence["stenosis_percent"], abs=8)
    assert finding.evidence["stenosis_percent"] == pytest.approx(70, abs=10)


def test_a_lesion_along_the_beam_looks_short_and_never_longer_than_it_is():
    """Extents differ between views, and none is above the length in space."""
    patient = phantom.make(seed=311, lesions=[Plan(kind="papilloma", size_mm=6)])
    sign = patient.lesions[0].signs[0]
    for view in (View.CC, View.ML, View.MLO):
        found = truth.analysis(patient, view=view, spacing_mm=0.5).findings
        (defect,) = (f for f in found if f.type is FindingType.INTRALUMINAL_FILLING_DEFECT)
        assert sign.evidence["width_mm"] <= defect.extent_mm <= sign.extent_mm + 1e-9


def test_a_cyst_fills_only_from_a_duct_that_is_filled():
    """Under-filled, there is neither its pool in the picture nor its finding."""
    plan = [Plan(kind="cyst filling from a duct", size_mm=7, count=1)]
    full, little = (
        phantom.make(seed=161, lesions=plan, volume_ml=volume) for volume in (0.9, 0.12)
    )
    for patient, count in ((full, 1), (little, 0)):
        maps = projection.render(patient, view=View.CC, spacing_mm=0.4)
        known = truth.analysis(patient, view=View.CC, spacing_mm=0.4, maps=maps)
        assert len(known.findings) == count
        assert (maps.contrast.max() > 6) == bool(count)


def test_defects_that_no_contrast_reaches_are_not_counted():
    """Fewer defects and a smaller spread when less is injected."""
    plan = [Plan(kind="multiple papillomas", count=6)]
    counts = []
    for volume in (0.9, 0.13):
        patient = phantom.make(seed=121, lesions=plan, volume_ml=volume)
        found = truth.analysis(patient, view=View.CC, spacing_mm=0.5).findings
        many = [f for f in found if f.type is FindingType.MULTIPLE_FILLING_DEFECT]
        counts.append(many[0].evidence["n_defects"] if many else 0)
    assert counts[0] == 6
    assert counts[1] < 6
