"""Rules are checked when they are read: a typo of an instructor is told, not obeyed."""

from __future__ import annotations

import pytest

from galactolab.clinic.patients import Patient
from galactolab.clinic.rules import Barrier, barrier, facts, first_line, read_rules
from galactolab.errors import GalactolabError

GOOD = """
[[rule]]
name = "young"
when = { age = { below = 30 }, color = ["bloody", "clear"], lump = false }
then = "ultrasound and mammography by age"
because = "Ultrasound first [72]."

[[rule]]
name = "rest"
when = {}
then = "no imaging"
because = "Nothing else [71]."
"""


def read(tmp_path, text):
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path)


def test_good_rules_decide(tmp_path):
    """A range, a list and a switch have to hold together."""
    young, rest = read(tmp_path, GOOD)
    known = facts(Patient(age=29))
    assert young.holds(known)
    assert rest.holds(known)
    for other in ({"age": 30}, {"age": 29, "lump": True}, {"age": 29, "color": "green"}):
        assert not young.holds(facts(Patient(**other)))


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("lump = false", "bump = false", "'bump'"),
        ("lump = false", 'lump = "maybe"', "'maybe'"),
        ('"clear"', '"purple"', "'purple'"),
        ("below = 30", "under = 30", "'under'"),
        ("age = {", "sex = {", "a range"),
        ("ultrasound and mammography by age", "scan", "'scan'"),
        ("[72]", "", "cites no reference"),
        ("first [72]", "first [72], [999]", "no reference '999'"),
        ("when = {}", "when = { lump = true }", "has to hold for everybody"),
        ('name = "rest"', 'name = "young"', "stands twice"),
        ('because = "Nothing else [71]."', "", "lacks the field 'because'"),
        ("[[rule]]", "[[rules]]", "holds no list of rules"),
    ],
)
def test_a_bad_rule_is_named(tmp_path, good, bad, complaint):
    """One sentence names file and rule, and what is wrong."""
    with pytest.raises(GalactolabError, match=r"rules\.toml") as caught:
        read(tmp_path, GOOD.replace(good, bad))
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"age": 40, "mammography": "negative"}, "open"),
        ({"age": 40, "mammography": "negative", "ultrasound": "negative"}, "negative"),
        ({"age": 39, "mammography": "negative"}, "negative"),
        ({"age": 39, "ultrasound": "negative"}, "negative"),
        ({"age": 29, "mammography": "negative"}, "open"),
        ({"age": 29, "ultrasound": "negative"}, "negative"),
        ({"age": 29, "ultrasound": "negative", "raised_risk": True}, "open"),
        ({"age": 25, "sex": "man", "ultrasound": "negative"}, "open"),
        ({"age": 25, "sex": "man", "mammography": "negative"}, "negative"),
        ({"age": 24, "sex": "man", "ultrasound": "negative"}, "negative"),
        ({"age": 45, "pregnant": True, "ultrasound": "negative"}, "negative"),
        ({"age": 30, "sex": "transfeminine", "ultrasound": "negative"}, "open"),
        ({"age": 60, "ultrasound": "target"}, "target"),
    ],
)
def test_the_first_line_depends_on_age_and_sex(fields, state):
    """The ages of the ACR criteria, each at its edge."""
    assert first_line(Patient(**fields)) == state


def test_a_precaution_is_no_barrier():
    """A mild reaction bars nothing; a technical problem is weaker than a contraindication."""
    assert barrier(Patient(age=40, contrast_reaction="mild")) is Barrier.NONE
    assert barrier(Patient(age=40, retracted_nipple=True)) is Barrier.TECHNICAL
    both = Patient(age=40, retracted_nipple=True, contrast_reaction="severe")
    assert barrier(both) is Barrier.CONTRAINDICATION
