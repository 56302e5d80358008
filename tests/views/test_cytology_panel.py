"""Samples of cells: every control, and sentences that say what was counted."""

import pytest

from galactolab.modalities import lavage
from galactolab.views import cytology_panel
from galactolab.views.cytology_panel import CytologyPanel, tally


def test_every_patient_and_method_gives_samples_and_sources():
    panel = CytologyPanel()
    for patient in cytology_panel.PATIENTS:
        panel.patients.value = patient
        assert panel.status.problem == {}
        for method in lavage.METHODS:
            panel.method.value = method
            panel.one.click()
            assert len(panel.samples) == 1
            assert "cells" in panel.status.text
            panel.series.click()
            assert len(panel.samples) == 101
            assert panel.status.text == tally(panel.samples)
            assert not panel.status.shown
            assert "Sources" in panel.published.value or "gl-sources" in panel.published.value
    assert panel.status.problem == {}


def test_a_tumor_beside_the_ducts_is_called_as_seldom_as_none():
    """Its cells never reach the lumen; the truth is told on demand only."""
    panel = CytologyPanel("mass-displacement")
    panel.series.click()
    assert "The truth" not in panel.drawn.value
    panel.reveal.value = True
    assert "does not shed" in panel.drawn.value
    assert panel.samples[0].chance_suspicious == pytest.approx(
        1 - lavage.figure("lavage", "specificity").estimate
    )


@pytest.mark.parametrize("method", lavage.METHODS)
def test_every_published_figure_is_shown_with_its_interval(method):
    shown = cytology_panel.published(method)
    for name in ("sensitivity", "specificity"):
        one = lavage.figure(method, name)
        assert f"{100 * one.estimate:.0f} %" in shown
        if one.interval is not None:
            low, high = (round(100 * end) for end in one.interval)
            assert f"({low} to {high})" in shown
        assert f"[{one.reference}" in shown
