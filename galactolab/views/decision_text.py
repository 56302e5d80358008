"""A decision of triage as a reader sees it: answer, reasons in order, sources."""

from __future__ import annotations

import html

from galactolab.clinic.indications import Decision
from galactolab.clinic.patients import Patient, complaint, history, imaging
from galactolab.views.citations import sources, with_citations

_MOST_CHANGES = 6


def patient_card(patient: Patient, *, title: str) -> str:
    """Return what is known about a patient as HTML.

    Examples
    --------
    >>> "47 years" in patient_card(Patient(age=47), title="Patient 1")
    True
    """
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in history(patient))
    known = f"<ul>{lines}</ul>" if lines else "<p>Nothing else of note.</p>"
    done = "; ".join(imaging(patient))
    return (
        f'<div class="gl-card"><h4>{html.escape(title)}</h4>'
        f"<p>{html.escape(complaint(patient))}</p>{known}<p>{html.escape(done)}.</p></div>"
    )


def decision_html(decision: Decision, *, verdict: str = "", tone: str = "") -> str:
    """Return a decision as HTML: reasons in order, next step, doubts, changes, sources.

    Parameters
    ----------
    decision : Decision
    verdict : str
        A sentence to open with, e.g. whether a student was right.
    tone : {"", "right", "wrong"}
        How the block is marked at its side.
    """
    reasons = "".join(f"<li>{with_citations(reason)}</li>" for reason in decision.reasons)
    parts = [
        f"<p>{html.escape(verdict)}</p>" if verdict else "",
        f"<h4>Answer: {html.escape(str(decision.test))}</h4>",
        f"<ol>{reasons}</ol>",
        f"<p><b>Next:</b> {with_citations(decision.next_step)}</p>" if decision.next_step else "",
        f'<p class="gl-note"><b>Sources disagree or leave open:</b> '
        f"{with_citations(decision.note)}</p>"
        if decision.note
        else "",
        _changes(decision),
        (
            f"<p><small>Rule: {html.escape(decision.rule.name)}, from "
            "<code>data/evidence/rules.toml</code>; made for teaching.</small></p>"
        ),
        sources(decision.sources),
    ]
    kind = f" gl-{tone}" if tone else ""
    return f'<div class="gl-answer{kind}">{"".join(parts)}</div>'


def _changes(decision: Decision) -> str:
    if not decision.changes:
        return "<p>No single change would alter this answer.</p>"
    grouped: dict[str, list[str]] = {}
    for change in decision.changes:
        grouped.setdefault(str(change.then), []).append(change.if_)
    items = "".join(
        f"<li><b>{html.escape(test)}</b>, if {html.escape('; or if '.join(words[:3]))}</li>"
        for test, words in list(grouped.items())[:_MOST_CHANGES]
    )
    return f"<details><summary>What would change it</summary><ul>{items}</ul></details>"
