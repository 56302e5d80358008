"""Lesson 01 in a real JupyterLab: answers, keyboard, citations, restart, reopen, dark theme."""

from __future__ import annotations

import pytest

from galactolab.clinic.indications import Test, triage
from galactolab.views.discharge_clinic import visitor
from tests.browser import journey

pytestmark = pytest.mark.browser

LESSON = "01_indications.ipynb"
CLINIC = "from galactolab.views import DischargeClinic\n\nDischargeClinic(seed=1)"
IN_SIGHT = """id => {
  const place = document.querySelector(`[data-jupyter-id="${id}"]`)?.getBoundingClientRect();
  return place && place.top >= 0 && place.bottom <= window.innerHeight;
}"""


def decide(page, answer):
    """Choose an answer in the clinic by mouse and wait until it was marked."""
    page.get_by_label(answer, exact=True).check()
    page.locator(".gl-live").get_by_text(f"Chosen: {answer}.").wait_for()
    page.get_by_role("button", name="Decide").click()
    page.locator(".gl-live").get_by_text("The rules say").wait_for()
    return page.locator(".gl-answer").inner_text()


def test_one_wrong_and_one_right_answer(page, open_notebook):
    """A wrong answer is told with the right one and its source, then a right one is confirmed."""
    open_notebook(CLINIC)
    page.get_by_text("Patient 1", exact=True).wait_for()
    right = [str(triage(visitor(1, number)).test) for number in (1, 2)]
    wrong = next(str(test) for test in Test if str(test) != right[0])
    said = decide(page, wrong)
    assert said.startswith("Not quite.")
    assert f"Answer: {right[0]}" in said
    assert page.locator(".gl-answer .gl-cite").count() >= 2
    page.get_by_role("button", name="Next patient").click()
    page.get_by_text("Patient 2", exact=True).wait_for()
    assert decide(page, right[1]).startswith("Right.")
    page.get_by_text("1 of 2 as the rules say").wait_for()


def test_the_clinic_works_by_keyboard_alone(page, open_notebook):
    """Tab, arrow keys and Space are enough, and no letter reaches the notebook."""
    open_notebook(CLINIC)
    page.get_by_text("Patient 1", exact=True).wait_for()
    n_cells = page.locator(".jp-Cell").count()
    page.get_by_role("spinbutton", name="day").focus()
    page.wait_for_function("() => document.querySelector('input[type=radio]').name")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.locator(".gl-live").get_by_text("Chosen:").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator(".gl-live").get_by_text("The rules say").wait_for()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("dd")
    page.get_by_role("button", name="Next patient").focus()
    page.keyboard.press("Space")
    page.get_by_text("Patient 2", exact=True).wait_for()
    assert page.locator(".jp-Cell").count() == n_cells


def test_the_whole_lesson(page, lab, open_notebook):
    """It runs, its charts fill the page, a citation leads to its entry, and what all go through."""
    open_notebook(LESSON)
    page.get_by_text("as the guidance says.").last.wait_for()
    chart = page.locator(".js-plotly-plot .main-svg").first
    chart.wait_for()
    page.wait_for_function(
        "() => document.querySelector('.js-plotly-plot .main-svg').clientWidth > 900"
    )
    page.get_by_role("spinbutton", name="inject opening").fill("5")
    page.keyboard.press("Enter")
    page.get_by_text("Opening 5 of 9").first.wait_for()
    page.get_by_label("compare").select_option("age: above 60")
    page.get_by_text("only secondary summaries say so").wait_for()
    page.get_by_role("link", name="71 A").first.click()
    page.wait_for_function(IN_SIGHT, arg="ref-indications-71")
    journey.answer_wrong_and_right(page, "indications")
    journey.readable_in_both_themes(page)
    journey.a_defect_is_told(page)
    journey.run_again_after_a_restart(page, "indications")
    journey.reopened_without_a_kernel(page, lab, LESSON, pictures=0)
