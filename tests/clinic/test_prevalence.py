"""Bayes' rule in whole people, against numbers worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from galactolab.clinic.prevalence import outlook
from galactolab.errors import GalactolabError

PERCENT = st.floats(1, 99)


@pytest.mark.parametrize(
    ("sensitivity", "specificity", "prevalence", "ppv", "npv"),
    [(69, 39, 60, 62.9, 45.6), (92, 97, 10, 77.3, 99.1), (56, 75, 8, 16.3, 95.1)],
)
def test_worked_examples(sensitivity, specificity, prevalence, ppv, npv):
    """The scenarios of the fact sheet come out as printed there."""
    seen = outlook(sensitivity=sensitivity, specificity=specificity, prevalence=prevalence)
    assert (round(seen.ppv, 1), round(seen.npv, 1)) == (ppv, npv)


@given(PERCENT, PERCENT, PERCENT)
def test_people_add_up_and_prevalence_raises_the_ppv(sensitivity, specificity, prevalence):
    """A thousand people, whoever they are; more disease, higher predictive value."""
    seen = outlook(sensitivity=sensitivity, specificity=specificity, prevalence=prevalence)
    total = seen.true_positive + seen.false_positive + seen.false_negative + seen.true_negative
    assert total == pytest.approx(1000)
    more = outlook(
        sensitivity=sensitivity, specificity=specificity, prevalence=min(99.5, prevalence + 0.5)
    )
    assert more.ppv >= seen.ppv


def test_a_wrong_percentage_is_one_sentence():
    """A prevalence of zero has no predictive value."""
    with pytest.raises(GalactolabError, match="prevalence"):
        outlook(sensitivity=50, specificity=50, prevalence=0)
