"""What every lesson is taken through: answers, both themes, a defect, a restart, reopening.

All of it happens on one page that has run the lesson once: a JupyterLab start with a whole
lesson is what takes time.
"""

from __future__ import annotations

import json

from galactolab.clinic.quiz import questions
from tests.browser.server import IDLE
from tests.browser.test_image_view import KERNEL, execute

RESTARTED = "The kernel has restarted: run this cell again."
# Cells that are scrolled away have no inner text, so attributes tell.
ALL_DEAD = """() => [...document.querySelectorAll('.gl-dead-note')].every((note) => !note.hidden)
    && [...document.querySelectorAll('.gl-view')].every((one) => one.matches('.gl-dead'))"""
QUIZ_CELL = "cell => cell.model.sharedModel.source.includes('Quiz(')"
THEME = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
# Texts whose ink does not stand out from the first painted ground behind them (WCAG 2).
FAINT = """([selector, least]) => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (el) => getComputedStyle(el).backgroundColor;
  const clear = (el) => /rgba\\(.*, 0\\)|transparent/.test(ground(el));
  const faint = [];
  for (const el of document.querySelectorAll(selector)) {
    if (!el.textContent.trim() || !el.checkVisibility() || el.disabled) continue;
    let under = el;
    while (under.parentElement && clear(under)) under = under.parentElement;
    const a = luminance(getComputedStyle(el).color), b = luminance(ground(under));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) faint.push(`${ratio.toFixed(1)}: ${el.textContent.slice(0, 60)}`);
  }
  return faint;
}"""
WORDS = ", ".join(
    f":is(.gl-panel, .gl-view) {tag}"
    for tag in (
        *("p", "b", "li", "td", "th", "small", "button", "label", ".widget-label", ".gl-live"),
        *(".jupyter-widget-Collapse-header", ".lm-TabBar-tabLabel"),
    )
)


def readable_in_both_themes(page):
    """Every word of panels and viewers stands out by 4.5 to 1, light and dark."""
    assert page.locator(WORDS).count() > 10
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate(THEME, theme)
        is_light = str(theme.endswith("Light")).lower()
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === '{is_light}'")
        page.wait_for_timeout(500)
        assert page.evaluate(FAINT, [WORDS, 4.5]) == [], theme


def answer_wrong_and_right(page, lesson):
    """The first question by keyboard: a wrong answer says why, then the right one."""
    question = questions(lesson)[0]
    card = page.locator(".gl-panel", has_text=question.prompt).last
    card.scroll_into_view_if_needed()
    rights = [choice.right for choice in question.choices]
    for right, verdict in ((False, "Not quite."), (True, "Right.")):
        card.get_by_role("radio").nth(rights.index(right)).focus()
        page.keyboard.press("Space")
        card.get_by_role("button", name="Check").focus()
        page.keyboard.press("Enter")
        card.locator(".gl-answer").get_by_text(verdict, exact=True).wait_for()


def a_defect_is_told(page):
    """A callback that is broken on purpose shows its message in its panel."""
    execute(page, "import galactolab.views.quiz_card as broken; broken.marked = lambda *_: 1 / 0")
    card = page.locator(".gl-panel", has=page.get_by_role("radio", checked=True)).last
    card.get_by_role("button", name="Check").click()
    card.locator(".gl-problem").get_by_text("ZeroDivisionError").first.wait_for()


def run_again_after_a_restart(page, lesson):
    """Every panel says that the kernel has gone; the cell of the questions runs again."""
    page.evaluate(f"() => {KERNEL}.restart()")
    page.get_by_text(RESTARTED).first.wait_for()
    page.wait_for_function(ALL_DEAD)
    page.evaluate(f"""async () => {{
        const notebook = window.jupyterapp.shell.currentWidget.content;
        notebook.deselectAll();
        notebook.activeCellIndex = notebook.widgets.findLastIndex({QUIZ_CELL});
        await window.jupyterapp.commands.execute('notebook:run-cell');
    }}""")
    answer_wrong_and_right(page, lesson)


def reopened_without_a_kernel(page, lab, name, *, pictures):
    """The reader sees a still picture and what to do, in a trusted file and in a sent one."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('docmanager:save'); }")
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    assert (lab.folder / name).stat().st_size < 1_000_000
    # Elsewhere the file is not trusted.
    notebook = json.loads((lab.folder / name).read_text("utf-8"))
    notebook["metadata"]["sent"] = True
    (lab.folder / "sent.ipynb").write_text(json.dumps(notebook), "utf-8")
    for file in (name, "sent.ipynb"):
        page.goto(lab.address(file))
        page.wait_for_function(IDLE)
        # Cells are drawn one after the other: the last picture comes after the first.
        page.wait_for_function(
            """pictures => {
                const images = [...document.querySelectorAll('.gl-keepsake img')];
                return images.length === pictures && images.every((one) => one.naturalWidth > 100);
            }""",
            arg=pictures,
        )
        assert page.locator(".gl-keepsake", has_text="Run All Cells").first.is_visible()
        assert page.get_by_text("Error displaying widget").filter(visible=True).count() == 0
