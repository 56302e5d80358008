"""Lesson 04 in a real JupyterLab: probe, sequence, slices by keyboard, one wrong and one right.

Further: the way through a duct by keyboard, samples of cells, the study's figure, a callback that
is broken on purpose, a restart, and a saved lesson that is opened again.
"""

from __future__ import annotations

import pytest

from galactolab.clinic.indications import Test
from galactolab.clinic.next_test import exercises
from tests.browser import server
from tests.browser.test_image_view import execute

pytestmark = pytest.mark.browser

BENCH = "from galactolab.views import AlternativesPanel\n\npanel = AlternativesPanel()\npanel"
EXERCISE = "from galactolab.views import NextTest\n\nNextTest()"
SCOPE = """from galactolab.views import CytologyPanel, DuctoscopyPanel, VisibilityFigure

scope = DuctoscopyPanel()
scope"""
CELLS = "cells = CytologyPanel()\ncells"
STUDY = "VisibilityFigure()"
#: A fault for the next turn of the wheel.
BROKEN = """from galactolab.modalities import ductoscopy

ductoscopy.view = lambda *_, **__: 1 / 0"""
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
#: Still pictures in the saved lesson: the wall of machines, and inside the duct.
N_KEPT = 2
RAN = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => cell.model.type === "code").every((cell) => cell.model.executionCount)"""
SIZES = "all => all.map((image) => [image.naturalWidth, image.src.length])"
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


def small_pictures(page):
    """Bytes of the still pictures of a file that was opened without a kernel's work."""
    pictures = page.locator(".gl-keepsake img")
    pictures.first.wait_for(state="attached")
    sizes = pictures.evaluate_all(SIZES)
    assert all(width > 100 for width, _ in sizes)
    assert all(length * 3 / 4 < 200_000 for _, length in sizes)
    return sizes


def test_the_saved_lesson_shows_still_pictures(page, open_notebook):
    """The whole lesson, saved and opened again: two pictures below 200 kB each."""
    name = open_notebook("04_alternatives.ipynb")
    page.wait_for_function(RAN, timeout=PATIENCE_MS)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.scrollToItem(0)")
    page.wait_for_function(server.IDLE, timeout=PATIENCE_MS)
    page.wait_for_timeout(3000)  # the last pictures arrive after the last cell
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    open_notebook(name, run=False)
    assert len(small_pictures(page)) == N_KEPT


def test_all_machines_move_turn_and_scroll(page, open_notebook):
    """Probe, MR sequence and tomosynthesis slices change their pictures; the cross is linked."""
    open_notebook(BENCH)
    page.locator(".widget-hprogress").first.wait_for()  # five pictures take longer than a second
    for key in ("ductogram", "ultrasound", "mri", "tomosynthesis", "cem"):
        newer(page, key, 0)
    page.locator(".widget-hprogress").first.wait_for(state="hidden")

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


def test_inside_a_duct_and_what_goes_wrong(page, open_notebook, lab):
    """Fly by keyboard, take samples, see a fault, save, restart, open again."""
    name = open_notebook(SCOPE, CELLS, STUDY)
    seen = page.locator('.gl-tile[data-key="scope"] .gl-tile-stage')
    status = page.locator(".gl-live")
    status.get_by_text("5.0 mm from the orifice").first.wait_for(timeout=PATIENCE_MS)
    n_cells = page.locator(".jp-Cell").count()

    # By keyboard along the lumen; the mark on the ductogram goes along.
    tip = page.locator(".gl-way-tip")
    before = tip.get_attribute("cx"), tip.get_attribute("cy")
    seen.focus()
    page.keyboard.press("PageUp")
    status.get_by_text("10.0 mm from the orifice").first.wait_for()
    page.keyboard.press("ArrowDown")
    status.get_by_text("9.0 mm from the orifice").first.wait_for()
    assert (tip.get_attribute("cx"), tip.get_attribute("cy")) != before
    page.keyboard.press("End")
    status.get_by_text("stops here").first.wait_for()
    assert page.locator(".jp-Cell").count() == n_cells

    # Cells, and the study in one table with a square for each size.
    page.get_by_role("button", name="Take 100").click()
    status.get_by_text("100 samples:").first.wait_for()
    assert page.locator(".gl-squares tbody tr").count() == 9
    assert page.evaluate(
        "() => document.querySelector('.jp-Notebook').scrollWidth <= window.innerWidth"
    )

    # A callback that is broken on purpose says so.
    execute(page, BROKEN)
    seen.focus()
    page.keyboard.press("Home")
    page.locator(".gl-problem").get_by_text("ZeroDivisionError").first.wait_for()

    # Saved, restarted, opened again.
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    assert (lab.folder / name).stat().st_size < 200_000
    page.evaluate(f"() => {KERNEL}.restart()")
    page.get_by_text("The kernel has restarted: run this cell again.").first.wait_for()
    open_notebook(name, run=False)
    page.locator(".jp-CodeCell").first.wait_for()
    assert len(small_pictures(page)) == 1
