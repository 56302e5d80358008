"""The browser fixtures see what a person sees, and what she does not."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

BOX = "import ipywidgets as w\nbox = w.Button(description='go')"
BOOM = "def boom(_):\n    raise RuntimeError('boom in callback')\nbox.on_click(boom)\nbox"


def test_a_cell_runs_and_shows_its_output(page, open_notebook):
    """A cell's output reaches the page, and nothing but loopback is asked for."""
    open_notebook("print(6 * 7)")
    page.get_by_text("42", exact=True).wait_for()


def test_an_error_in_a_callback_is_seen(page, open_notebook):
    """An exception in a widget callback, invisible in the notebook, is on the list."""
    open_notebook(BOX, BOOM)
    page.get_by_role("button", name="go", exact=True).click()
    page.wait_for_timeout(1500)
    assert "boom in callback" in page.kernel_errors[0]
    page.kernel_errors.clear()
