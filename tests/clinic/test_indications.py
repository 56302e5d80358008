"""Triage agrees with the written guidance, row by row, and never lets a bar be forgotten."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from galactolab.clinic.evidence import table
from galactolab.clinic.indications import (
    Test,
    deciding_rule,
    speaks_for_ductography,
    triage,
)
from galactolab.clinic.patients import (
    Access,
    Color,
    Orifices,
    Patient,
    Reaction,
    Result,
    Sex,
    Sides,
    patient_from,
    random_patient,
)
from galactolab.clinic.rules import rules
from galactolab.errors import GalactolabError

ROWS = table("worked_patients").rows


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"line-{row.line}")
def test_triage_agrees_with_the_guidance(row):
    """The answer is the one that the cited guidance gives for such a patient."""
    decision = triage(patient_from(row.text("patient")))
    assert str(decision.test) == row["answer"], (row["says"], decision.rule.name)


def test_the_table_is_long_and_asks_for_everything():
    """At least 60 patients, every answer asked for, every row with a source."""
    assert len(ROWS) >= 60
    assert {row["answer"] for row in ROWS} == {str(test) for test in Test}
    assert len({row["patient"] for row in ROWS}) == len(ROWS)


def test_every_rule_is_needed():
    """Each rule decides for somebody: none is hidden behind the rules above it."""
    rng = np.random.default_rng(10_001)
    drawn = [random_patient(rng) for _ in range(6000)]
    drawn += [patient_from(row.text("patient")) for row in ROWS]
    drawn += [Patient(age=30, color=Color.MILKY, lactating=True)]
    assert {deciding_rule(patient).name for patient in drawn} == {rule.name for rule in rules()}


def possible(**fields):
    try:
        return Patient(**fields)
    except GalactolabError:
        return None


patients = st.builds(
    possible,
    age=st.integers(15, 100),
    sex=st.sampled_from(Sex),
    sides=st.sampled_from(Sides),
    orifices=st.sampled_from(Orifices),
    color=st.sampled_from(Color),
    spontaneous=st.booleans(),
    on_the_day=st.booleans(),
    persists=st.booleans(),
    lump=st.booleans(),
    infection=st.booleans(),
    raised_risk=st.booleans(),
    pregnant=st.booleans(),
    lactating=st.booleans(),
    mammography=st.sampled_from([Result.NOT_DONE, Result.NEGATIVE, Result.TARGET]),
    ultrasound=st.sampled_from([Result.NOT_DONE, Result.NEGATIVE, Result.TARGET]),
    mri=st.sampled_from(Result),
    mri_access=st.sampled_from(Access),
    proven=st.booleans(),
    contrast_reaction=st.sampled_from(Reaction),
    nipple_surgery=st.booleans(),
    retracted_nipple=st.booleans(),
    bleeding_disorder=st.booleans(),
    cannot_cooperate=st.booleans(),
).filter(lambda patient: patient is not None)

BARS = (
    {"contrast_reaction": Reaction.SEVERE},
    {"infection": True},
    {"pregnant": True, "sex": Sex.WOMAN},
    {"lactating": True, "sex": Sex.WOMAN},
    {"nipple_surgery": True},
    {"cannot_cooperate": True},
    {"bleeding_disorder": True},
    {"retracted_nipple": True},
    {"on_the_day": False},
)


@settings(max_examples=400, deadline=None)
@given(patient=patients, bar=st.sampled_from(BARS))
def test_a_contraindication_never_makes_ductography_more_recommended(patient, bar):
    """With a bar added it is not recommended, and never was less so without the bar."""
    barred = replace(patient, **bar)
    assert triage(barred).test is not Test.DUCTOGRAPHY
    assert speaks_for_ductography(barred) <= speaks_for_ductography(patient)


@settings(max_examples=200, deadline=None)
@given(patient=patients)
def test_every_change_is_true(patient):
    """What is said to change the answer names another answer, and everything is cited."""
    decision = triage(patient)
    assert all(change.then is not decision.test for change in decision.changes)
    assert decision.sources
    assert decision.reasons[-1] == decision.rule.because


@settings(max_examples=200, deadline=None)
@given(patient=patients)
def test_ductography_is_recommended_only_where_it_is_indicated(patient):
    """One breast, one opening, by itself, bloody, serous or clear, after the first line."""
    if triage(patient).test is Test.DUCTOGRAPHY:
        assert patient.sides is not Sides.BOTH
        assert patient.orifices is Orifices.ONE
        assert patient.spontaneous
        assert patient.on_the_day
        assert patient.color in {Color.BLOODY, Color.SEROUS, Color.CLEAR}
        assert Result.NEGATIVE in {patient.mammography, patient.ultrasound}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("age=12", "age is 12"),
        ("age=40 color=purple", "color is 'purple'"),
        ("age=40 colour=bloody", "'colour'"),
        ("age=40 sex=man pregnant=yes", "Only a woman"),
        ("age=40 mri=negative mri_access=unavailable", "MRI was done"),
        ("age=40 mammography=several_findings", "Only MRI"),
        ("age=40 persists=no", "cannot be seen today"),
    ],
)
def test_an_impossible_patient_is_refused(text, complaint):
    """One sentence names what cannot be."""
    with pytest.raises(GalactolabError, match=complaint):
        patient_from(text)
