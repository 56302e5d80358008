"""The truth of a view agrees with its picture."""

import functools

import numpy as np
import pytest

from galactolab.modalities import projection, truth
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.terms import FindingType, Laterality, View

SPACING = 0.25


@functools.cache
def _patient(*kinds, **keywords):
    return phantom.make(seed=33, lesions=[Plan(kind=kind) for kind in kinds], **keywords)


def _truth(patient, view=View.CC, **keywords):
    return truth.analysis(patient, view=view, spacing_mm=SPACING, **keywords)


@pytest.mark.parametrize("laterality", list(Laterality))
@pytest.mark.parametrize("view", [View.CC, View.MLO])
def test_the_tree_lies_on_the_mask(laterality, view):
    """Points of ducts wider than two pixels lie on mask pixels, 98 of 100."""
    known = _truth(_patient(laterality=laterality), view)
    hits = []
    for branch in known.tree.branches:
        wide = branch.radius_mm > SPACING
        rows, columns = np.rint(branch.path[wide]).astype(int).T
        hits += known.mask.pixels[rows, columns].tolist()
    assert len(hits) > 100
    assert np.mean(hits) > 0.98


def test_the_orifice_is_on_the_nipple():
    """The root starts at the tip, the most lateral place of the tree from the chest wall."""
    known = _truth(_patient())
    columns = np.concatenate([branch.path[:, 1] for branch in known.tree.branches])
    assert known.tree.orifice[1] == pytest.approx(columns.max(), abs=2)


def test_measurements_have_one_row_for_each_branch():
    known = _truth(_patient())
    assert len(known.measurements) == len(known.tree)


def test_a_normal_tree_has_no_findings():
    assert _truth(_patient()).findings == ()


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ("papilloma", FindingType.INTRALUMINAL_FILLING_DEFECT),
        ("multiple papillomas", FindingType.MULTIPLE_FILLING_DEFECT),
        ("obstruction with ragged end", FindingType.ABRUPT_DUCT_TERMINATION),
        ("stenosis", FindingType.DUCT_NARROWING),
        ("ectasia", FindingType.DUCT_ECTASIA),
        ("cyst filling from a duct", FindingType.CYST_FILL),
        ("extravasation", FindingType.EXTRAVASATION),
    ],
)
@pytest.mark.parametrize("view", [View.CC, View.ML])
def test_a_lesion_is_found_where_it_is(kind, finding, view):
    """The finding lies in the image, within 3 mm of contrast, with its numbers."""
    patient = _patient(kind)
    maps = projection.render(patient, view=view, spacing_mm=SPACING)
    known = _truth(patient, view, maps=maps)
    found = [f for f in known.findings if f.type is finding]
    assert found
    rows, columns = np.nonzero(maps.contrast > 0)
    for item in found:
        away = np.hypot(rows - item.location[0], columns - item.location[1])
        assert away.min() * SPACING < 3
        assert item.extent_mm > 0
        assert item.evidence


def test_a_lesion_that_no_contrast_reaches_is_no_finding():
    """Under-filled, the stenosis is there but cannot be seen."""
    patient = _patient("stenosis", volume_ml=0.101)
    assert patient.lesions
    assert _truth(patient).findings == ()


def test_what_lies_behind_an_obstruction_is_not_in_the_tree():
    whole, cut = _truth(_patient()), _truth(_patient("obstruction with cup-shaped end"))
    assert len(cut.tree) < len(whole.tree)
    assert cut.tree.total_length_mm < whole.tree.total_length_mm


def test_one_wide_part_of_the_tree_is_one_ectasia():
    """Connected ducts above 2 mm make a single finding whose caliber is the widest."""
    patient = phantom.make(seed=33, lesions=[Plan(kind="ectasia", size_mm=5)])
    known = _truth(patient)
    ectasias = [f for f in known.findings if f.type is FindingType.DUCT_ECTASIA]
    assert len(ectasias) == 1
    widest = max(2 * branch.radius_mm.max() for branch in known.tree.branches)
    assert ectasias[0].evidence["caliber_mm"] == pytest.approx(widest)


def test_leaked_contrast_is_in_the_picture_but_no_lumen():
    """The cloud of an extravasation is not part of the duct mask."""
    patient = _patient("extravasation")
    maps = projection.render(patient, view=View.CC, spacing_mm=SPACING)
    twin = projection.render(_patient(), view=View.CC, spacing_mm=SPACING)
    assert (maps.contrast > 0).sum() > (twin.contrast > 0).sum() + 130
    assert maps.lumen.sum() == pytest.approx(twin.lumen.sum(), rel=0.05)


def test_crossings_are_where_ducts_pass_at_different_depths():
    """Both branches come within a pixel of the place; joints are not among them."""
    patient = _patient()
    flat = truth.projected(patient, projection.frame(patient, view=View.CC, spacing_mm=SPACING))
    found = truth.crossings(flat)
    assert found
    for crossing in found:
        for index in crossing.branches:
            path = flat.tree.branches[index].path
            assert np.hypot(*(path - crossing.location).T).min() < 1.0 / SPACING
    assert np.median([crossing.gap_mm for crossing in found]) > 0.3


def test_mimics_are_known_but_are_no_findings():
    patient = _patient("air bubbles")
    where = projection.frame(patient, view=View.CC, spacing_mm=SPACING)
    ((lesion, (row, column)),) = truth.mimics(patient, where=where)
    assert lesion.is_mimic
    assert 0 <= row < where.shape[0]
    assert 0 <= column < where.shape[1]
    assert _truth(patient).findings == ()


def test_doubling_the_spacing_keeps_lengths():
    """Millimeters do not depend on pixels."""
    patient = _patient()
    fine, coarse = (truth.analysis(patient, view=View.CC, spacing_mm=s) for s in (0.3, 0.6))
    assert fine.tree.total_length_mm == pytest.approx(coarse.tree.total_length_mm, rel=1e-6)
    assert fine.tree.strahler == coarse.tree.strahler
