"""A report says what is stated, and what is missing."""

from __future__ import annotations

from galactolab.clinic.reporting import ReportedFinding, StructuredReport
from galactolab.terms import FindingType, View

FULL = StructuredReport(
    laterality="R",
    views=(View.CC, View.ML),
    orifice="9 o'clock",
    volume_ml=0.5,
    filling="complete to the terminal ducts",
    findings=(
        ReportedFinding(
            type=FindingType.INTRALUMINAL_FILLING_DEFECT, depth="branches", extent_mm=4.0
        ),
    ),
    next_step="MRI",
    correlated=True,
)


def test_a_full_report_lacks_nothing_and_says_all():
    """Side, views, opening, filling, the coded finding, the next step."""
    assert FULL.missing() == ()
    text = FULL.text()
    for words in ("right breast", "cranio-caudal", "9 o'clock", "0.5 mL", "111425, DCM", "4 mm"):
        assert words in text
    assert "locates and does not name" in text


def test_what_a_careful_reader_would_ask():
    """A stop whose far side is not mentioned; normal and abnormal at once; poor filling."""
    stop = ReportedFinding(
        type=FindingType.ABRUPT_DUCT_TERMINATION, depth="branches", extent_mm=2.0
    )
    normal = ReportedFinding(type=FindingType.NORMAL)
    fields = {"laterality": "R", "views": (View.CC,), "orifice": "center", "volume_ml": 0.4}
    fields |= {"next_step": "MRI", "correlated": True}
    cut = StructuredReport(**fields, filling="incomplete", findings=(stop,))
    assert ["extent is unknown" in question for question in cut.missing()] == [True]
    both = StructuredReport(**fields, filling="incomplete", findings=(stop, normal))
    assert any("which is it" in question for question in both.missing())
    poor = StructuredReport(**fields, filling="incomplete", findings=(normal,))
    assert any("not a normal ductogram" in question for question in poor.missing())
    assert len(StructuredReport().missing()) == 8
