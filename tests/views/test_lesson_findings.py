"""The other panels of the lesson on findings: gallery, report, predictive value, figures."""

from __future__ import annotations

import numpy as np
import pytest

from galactolab import datasets
from galactolab.clinic.evidence import table
from galactolab.errors import GalactolabError
from galactolab.records import Case
from galactolab.terms import FindingType
from galactolab.views import (
    FilterComparison,
    FindingsGallery,
    PredictiveValue,
    ReportBuilder,
    evidence_figures,
    filter_comparison,
)
from galactolab.views.findings_gallery import exhibits
from galactolab.views.reading_exercise import CASES


def test_the_gallery_and_the_exercise_name_cases_that_exist():
    """Every case and mimic is a recipe of the library."""
    named = {one.case for one in exhibits().values()} | set(CASES)
    named |= {mimic for one in exhibits().values() for mimic in one.mimics}
    assert named <= set(datasets.names())


def test_the_gallery_shows_a_finding_and_its_mimic(galactogram, reading):
    """One picture, two pictures, the sign, the whole, each without a failure."""

    class Shelf:
        def names(self):
            return ("any",)

        def load(self, name, *, view):
            return Case(galactogram=galactogram, truth=reading, vignette=f"Of {name}.", name=name)

    gallery = FindingsGallery(library=Shelf())
    gallery._chose()
    for title, exhibit in exhibits().items():
        gallery.finding.value = title
        assert [view.picture["title"] for view in gallery.views] == [exhibit.case]
        gallery.mimic.value = exhibit.mimics[0]
        assert len(gallery.views) == 2
        gallery.show_sign.click()
        assert gallery.views[1].view[:2] == [120.0, 150.0]
        gallery.whole.click()
        assert gallery.views[0].view == []
        assert gallery.status.problem == {}
        assert exhibit.row["likely"] in gallery._story.value


def test_the_report_builder_asks_until_nothing_is_missing(galactogram):
    """Each control takes one question off the list; the text carries the code."""
    builder = ReportBuilder(galactogram)
    assert builder.side.value == "left"
    row = builder.findings[0]
    steps = (
        (builder.orifice, "6 o'clock"),
        (builder.volume, 0.4),
        (builder.filling, builder.filling.options[1]),
        (row.kind, FindingType.ABRUPT_DUCT_TERMINATION.label),
        (row.depth, row.depth.options[2]),
        (row.extent, 3.0),
        (row.beyond, True),
        (builder.correlated, True),
        (builder.next_step, builder.next_step.options[2]),
    )
    counts = []
    for control, value in steps:
        control.value = value
        counts.append(len(builder.report.missing()))
    assert builder.report.missing() == ()
    assert builder.status.text == "The report is complete."
    assert "(111427, DCM)" in builder.text.value


def test_predictive_values_follow_the_published_counts():
    """At the prevalence of the series the predictive value is the published 6 of 90."""
    panel = PredictiveValue()
    panel.prevalence.value = 8
    assert panel.outlook.ppv == pytest.approx(100 * 6 / 90, abs=0.4)
    for name in panel.sign.options:
        panel.sign.value = name
        for value in (panel.prevalence.slider.min, panel.prevalence.slider.max):
            panel.prevalence.value = value
            seen = panel.outlook
            assert 0 <= seen.ppv <= 100
            assert f"{seen.ppv:.1f} %" in panel.describe()
    assert panel.status.problem == {}
    assert len(panel.sign.options) == len(table("sign_accuracy"))


def test_the_duct_to_a_finding_is_unrolled(galactogram, reading):
    """The way runs from the orifice through all branches, with the finding on it."""
    seen = evidence_figures.profile_to(galactogram, reading, 2)
    assert seen.way_mm[0] == 0
    assert (np.diff(seen.way_mm) >= 0).all()
    assert seen.end_mm == pytest.approx(seen.way_mm[-1])
    assert len(evidence_figures.along_duct(galactogram, reading).data) == 2
    words = evidence_figures.describe_along_duct(galactogram, reading)
    assert words.startswith("1. duct narrowing, 2.0 mm")
    with pytest.raises(GalactolabError, match="number"):
        evidence_figures.profile_to(galactogram, reading, 9)


def test_four_filters_see_the_duct(galactogram):
    """Each filter answers more on the duct than beside it; the four pictures are linked."""
    for answer in filter_comparison.responses(galactogram):
        assert answer.picture.pixels[120, 130] > 2 * answer.picture.pixels[30, 150]
    panel = FilterComparison(galactogram, center=(120, 110), side_mm=8)
    panel.start()
    assert len(panel.views) == 4
    assert len({view.link_group for view in panel.views}) == 1
    assert "frangi" in panel.status.text
