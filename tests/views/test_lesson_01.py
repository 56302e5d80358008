"""The panels of lesson 01: every control to its ends and middle, every button, no failure."""

from __future__ import annotations

import pytest

from galactolab.clinic import evidence
from galactolab.clinic.indications import Test, triage
from galactolab.clinic.patients import Patient
from galactolab.clinic.quiz import questions
from galactolab.clinic.references import reference, references
from galactolab.clinic.risk import Share
from galactolab.errors import GalactolabError
from galactolab.views import (
    Consultation,
    DischargeClinic,
    DuctAtlas,
    EvidenceTable,
    RiskExplorer,
    TriageBench,
)
from galactolab.views.citations import cite, sources, with_citations
from galactolab.views.discharge_clinic import visitor
from galactolab.views.pictograms import people
from galactolab.views.risk_explorer import groups
from galactolab.views.triage_bench import BARS, FIELDS

READY = Patient(age=45, mammography="negative", ultrasound="negative", mri_access="unavailable")


def synced(widget):
    """Return everything that a widget and its children share with the page."""
    parts = [str(widget.get_state())]
    parts += [synced(child) for child in getattr(widget, "children", ())]
    return " ".join(parts)


# ---- citations -------------------------------------------------------------------------------
def test_a_citation_shows_name_grade_and_entry():
    """The mark is read at once; what it stands for is its tool tip."""
    mark = cite("44")
    assert "[44&nbsp;A]" in mark
    assert reference("44").title in mark
    with pytest.raises(GalactolabError, match="no reference '4444'"):
        cite("4444")


def test_text_becomes_safe_and_cited():
    """What is not a citation stays as it is, and nothing becomes markup."""
    text = with_citations('<b>One</b> in 8 [44, inference], see [the list] & "so".')
    assert text.startswith("&lt;b&gt;One&lt;/b&gt;")
    assert text.count('class="gl-cite"') == 2
    assert "[the list] &amp;" in text


@pytest.mark.parametrize("name", list(references()))
def test_every_reference_can_be_listed(name):
    """Each entry stands in a list with its grade, and its address is a link."""
    listed = sources([name])
    assert f"[{reference(name).label}]" in listed
    assert ("href=" in listed) is bool(reference(name).address)


# ---- the discharge clinic --------------------------------------------------------------------
@pytest.fixture
def clinic():
    return DischargeClinic(seed=7)


def test_right_and_wrong_are_told_with_reasons(clinic):
    """The answer is the one of triage, with its reason, a citation and the sources."""
    for right in (True, False):
        answer = triage(clinic.patient).test
        wrong = next(test for test in Test if test is not answer)
        clinic.choices.value = str(answer if right else wrong)
        clinic.decide.click()
        verdict = "Right." if right else "Not quite."
        assert clinic.status.text.startswith(verdict)
        # Seen once, in the box; the line only reads it aloud.
        assert verdict in clinic.answer.value
        assert not clinic.status.shown
        assert "gl-cite" in clinic.answer.value
        assert "gl-sources" in clinic.answer.value
        clinic.next.click()
    assert (clinic.n_right, clinic.n_decided) == (1, 2)
    assert "1 of 2" in clinic.tally.value


def test_the_answer_is_not_on_the_page_before_the_decision(clinic):
    """Nothing that is synced tells the rule or its reason."""
    decision = triage(clinic.patient)
    page = synced(clinic)
    assert decision.rule.name not in page
    assert decision.rule.because not in page


def test_one_answer_for_one_patient(clinic):
    """Deciding twice counts once, and deciding nothing asks for a choice."""
    clinic.decide.click()
    assert "Choose" in clinic.status.text
    clinic.choices.index = 0
    clinic.decide.click()
    assert clinic.decide.disabled
    clinic.decide.click()
    assert clinic.n_decided == 1


def test_the_same_day_brings_the_same_patients():
    """A class that types the same day sees the same queue; another day differs."""
    day = [visitor(7, number) for number in range(1, 30)]
    assert day == [visitor(7, number) for number in range(1, 30)]
    assert day != [visitor(8, number) for number in range(1, 30)]


def test_a_press_that_overtakes_its_choice_counts(clinic):
    """On a slow computer the button is heard of before the choice: it is not lost."""
    clinic.decide.click()
    clinic.choices.index = 2
    assert clinic.n_decided == 1
    clinic.next.click()
    clinic.early.within_s = 0.0
    clinic.decide.click()
    clinic.choices.index = 2
    assert clinic.n_decided == 1


@pytest.mark.parametrize("day", [0, 5000, 9999])
def test_any_day_begins_anew(clinic, day):
    """Ends and middle of the day: a first patient, nobody decided."""
    clinic.choices.index = 1
    clinic.decide.click()
    clinic.day.value = day
    assert (clinic.number, clinic.n_decided, clinic.answer.value) == (1, 0, "")
    assert clinic.status.problem == {}


# ---- the triage bench ------------------------------------------------------------------------
def settings(control):
    """Return the ends and the middle of a control."""
    if isinstance(control.value, bool):
        return [True, False]
    if hasattr(control, "options"):
        return list(control.options)
    return [control.slider.min, (control.slider.min + control.slider.max) // 2, control.slider.max]


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_gives_an_answer_or_a_sentence(name):
    """Each value of each control is answered; one that cannot be says why."""
    bench = TriageBench(READY)
    for value in settings(bench.controls[name]):
        bench.controls[name].value = value
        said = bench.status.problem.get("sentence") or bench.status.text
        assert said
        assert not bench.status.problem.get("trace")
        assert bench.status.stale is bool(bench.status.problem)
    bench.reset.click()
    assert bench.patient == READY
    assert bench.status.problem == {}


@pytest.mark.parametrize("name", [name for name in BARS if name != "on_the_day"])
def test_every_bar_turns_the_ductogram_down(name):
    """Each contraindication on the bench changes the answer, and says why with a source."""
    bench = TriageBench(READY, fields=BARS)
    assert bench.decision.test is Test.DUCTOGRAPHY
    bench.controls[name].value = "severe" if name == "contrast_reaction" else True
    assert bench.decision.test in {Test.CONTRAINDICATED, Test.TREAT_FIRST}
    assert "gl-cite" in bench.answer.value


def test_an_unknown_field_is_refused():
    """The bench offers only what the rules ask."""
    with pytest.raises(GalactolabError, match="The field is 'shoe_size'"):
        TriageBench(READY, fields=("shoe_size",))


# ---- risk ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", list(groups()))
def test_every_group_is_drawn_as_a_hundred_people(name):
    """Whatever is chosen: 2 x 100 people, a citation, and the same in words."""
    explorer = RiskExplorer()
    explorer.choices[0].value = name
    drawn = explorer.picture.value
    assert sum(drawn.count(f'class="{kind}"') for kind in ("sure", "perhaps", "no")) == 200
    assert name in explorer.describe()
    assert "gl-cite" in drawn
    assert explorer.status.problem == {}


def test_a_weak_source_is_said_to_be_weak():
    """The numbers by age rest on secondary pages, and the picture says so."""
    explorer = RiskExplorer()
    explorer.choices[0].value = "age: above 60"
    assert "secondary" in explorer.picture.value
    assert "no interval" in explorer.describe()


def test_people_without_and_with_all():
    """None of 59 leaves hatched people only; all of 100 leaves nobody outlined."""
    none = people(Share(percent=0, low=0, high=6.1, events=0, n=59), label="x", key="a")
    assert (none.count('"sure"'), none.count('"perhaps"')) == (0, 6)
    everybody = people(
        Share(percent=100, low=96.3, high=100, events=100, n=100), label="x", key="b"
    )
    assert everybody.count('class="no"') == 0


# ---- the conversation ------------------------------------------------------------------------
def test_the_talk_goes_on_after_a_good_reply():
    """Wrong replies are told and can be replaced; the talk ends with a count."""
    talk = Consultation()
    talk.early.within_s = 0.0
    asked = questions("consultation")
    talk.say.click()
    assert "Choose" in talk.status.text
    for place, question in enumerate(asked):
        right = next(i for i, choice in enumerate(question.choices) if choice.right)
        if place % 2:
            talk.choices.index = (right + 1) % len(question.choices)
            talk.say.click()
            assert (talk.place, talk.choices.index) == (place, None)
            assert talk.status.text.startswith("Try again.")
            assert "Try again." in talk.talk.value
            assert not talk.status.shown
        talk.choices.index = right
        talk.say.click()
        assert talk.place == place + 1
    assert talk.done
    assert talk.say.disabled
    assert talk.n_first == len(asked) - len(asked) // 2
    assert talk.describe() in talk.foot.value
    talk.again.click()
    assert (talk.place, talk.say.disabled) == (0, False)


def test_the_talk_keeps_its_key():
    """No reply's comment is on the page before it is given."""
    page = synced(Consultation())
    assert not any(
        choice.why[:40] in page for item in questions("consultation") for choice in item.choices
    )


# ---- the atlas -------------------------------------------------------------------------------
def test_every_opening_shows_its_lobe():
    """First, middle and last opening; with and without the lobular units."""
    atlas = DuctAtlas(seed=3, n_lobes=5)
    for opening in (1, 3, 5):
        atlas.opening.value = opening
        assert f"Opening {opening} of 5" in atlas.describe()
    n_traces = len(atlas.figure.data)
    atlas.units.value = False
    assert len(atlas.figure.data) == n_traces - 2
    assert atlas.status.problem == {}


def test_fewer_lobes_than_the_chosen_opening():
    """When a breast has fewer openings, the last one is injected."""
    atlas = DuctAtlas(seed=3, n_lobes=6)
    atlas.opening.value = 6
    atlas.count.value = 4
    assert atlas.chosen == 3
    atlas.breast.value = 5
    assert "of 4" in atlas.describe()
    assert atlas.status.problem == {}


# ---- tables ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", evidence.names())
def test_every_table_can_be_shown(name):
    """Each row stands with its citation, and an empty cell is a dash."""
    shown = EvidenceTable(name)
    text = shown.children[0].value
    assert text.count("<tr>") == len(shown.table) + 1
    assert text.count("gl-cite") >= len(shown.table)
    assert "None" not in text


def test_an_unknown_column_is_refused():
    """A typo in a column is told with what there is."""
    with pytest.raises(GalactolabError, match="The column is 'sens'"):
        EvidenceTable("accuracy", columns=("sens",))
