"""Lesson 04 in a real JupyterLab: probe, sequence, slices by keyboard, one wrong and one right."""

from __future__ import annotations

import pytest

from galactolab.clinic.indications import Test
from galactolab.clinic.next_test import exercises

pytestmark = pytest.mark.browser

BENCH = "from galactolab.views import AlternativesPanel\n\npanel = AlternativesPanel()\npanel"
EXERCISE = "from galactolab.views import NextTest\n\nNextTest()"
#: Five pictures on a machine that may be busy.
PATIENCE_MS = 180_000


def stage(page, key):
    """The square of one machine."""
    return page.locator(f'.gl-tile[data-key="{key}"] .gl-tile-stage')


def stamp(page, key):
    """Number of the picture that a square shows; none before the first."""
    return int(stage(page, key).get_attribute("data-stamp") or 0)


def newer(page, key, than):
    """Wait until a square shows a newer picture."""
    page.wait_for_function(
        """([key, than]) => Number(document.querySelector(
            `.gl-tile[data-key="${key}"] .gl-tile-stage`)?.dataset.stamp ?? 0) > than""",
        arg=[key, than],
        timeout=PATIENCE_MS,
    )


def words(page, key):
    """What stands under a square."""
    return page.locator(f'.gl-tile[data-key="{key}"] .gl-tile-words').inner_text()


def pixels(page, key):
    """A fingerprint of what a square really shows."""
    return page.evaluate(
        """key => {
          const canvas = document.querySelector(`.gl-tile[data-key="${key}"] canvas`);
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          let sum = 0;
          for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i]) % 1000000007;
          return sum;
        }""",
        key,
    )


def set_number(page, name, value):
    """Type into a named number box."""
    box = page.get_by_role("spinbutton", name=name)
    box.fill(str(value))
    box.press("Enter")


def test_all_machines_move_turn_and_scroll(page, open_notebook):
    """Probe, MR sequence and tomosynthesis slices change their pictures; the cross is linked."""
    open_notebook(BENCH)
    for key in ("ductogram", "ultrasound", "mri", "tomosynthesis", "cem"):
        newer(page, key, 0)

    # The probe is moved.
    page.get_by_role("tab", name="Ultrasound").click()
    before, shown = stamp(page, "ultrasound"), pixels(page, "ultrasound")
    set_number(page, "beside mm", 12)
    newer(page, "ultrasound", before)
    assert pixels(page, "ultrasound") != shown

    # The MR sequence is changed.
    page.get_by_role("tab", name="MRI").click()
    before, shown = stamp(page, "mri"), pixels(page, "mri")
    page.get_by_label("sequence").select_option("T2 ductography")
    newer(page, "mri", before)
    assert pixels(page, "mri") != shown

    # The tomosynthesis is scrolled with the keyboard, and no letter reaches the notebook.
    n_cells = page.locator(".jp-Cell").count()
    stage(page, "tomosynthesis").focus()
    for _ in range(3):
        before, shown, said = (one(page, "tomosynthesis") for one in (stamp, pixels, words))
        page.keyboard.press("PageUp")
        newer(page, "tomosynthesis", before)
        assert words(page, "tomosynthesis") != said
        assert pixels(page, "tomosynthesis") != shown
    assert page.locator(".jp-Cell").count() == n_cells

    # A click moves the cross in every square.
    before = {key: stamp(page, key) for key in ("ductogram", "cem")}
    stage(page, "ductogram").click(position={"x": 80, "y": 120})
    for key, old in before.items():
        newer(page, key, old)
    page.locator(".gl-live").get_by_text("Cross:").wait_for()

    # The lesion is revealed.
    assert page.locator(".gl-truth-over").count() == 0
    page.get_by_role("button", name="Go to the lesion").click()
    page.get_by_role("button", name="Reveal the lesion").click()
    page.locator(".gl-live").get_by_text("The truth: papilloma.").wait_for()
    assert page.locator(".gl-truth-over").count() >= 3


def test_one_answer_wrong_and_then_right(page, open_notebook):
    """A wrong answer is told so with a reason and sources; the right one is confirmed."""
    open_notebook(EXERCISE)
    right = exercises()[0].decision.test
    wrong = next(test for test in Test if test is not right)
    for test, verdict in ((wrong, "Not this one."), (right, "Right.")):
        label = str(test) if str(test).startswith("MRI") else str(test).capitalize()
        page.get_by_label(label, exact=True).check()
        page.get_by_role("button", name="Check", exact=True).click()
        page.locator(".gl-live").get_by_text(verdict).wait_for()
    page.get_by_text("1 right of 1 answered").wait_for()
    assert page.locator(".gl-cite").count() >= 1
