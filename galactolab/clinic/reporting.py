"""A structured report from chosen terms, and what a careful reader would still miss in it.

The findings are the concepts of DICOM CID 6057, printed with their codes. What a report needs is
compiled from the lesson's sources: the side, the opening that was injected, what was injected,
whether the tree filled, each finding with place and size, and a conclusion that does not claim
more than a ductogram can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from galactolab.terms import FindingType, Laterality, View

DEPTHS = ("at the orifice", "main duct, within 2 cm of the nipple", "branches", "terminal ducts")
FILLINGS = ("complete to the terminal ducts", "incomplete", "not assessable")
NEXT_STEPS = (
    "ultrasound of the same spot",
    "MRI",
    "image-guided biopsy",
    "duct excision after marking",
    "repeat the ductogram",
    "clinical follow-up",
)
_LOCATED = "the duct beyond is not seen: say that its extent is unknown"


@dataclass(frozen=True, kw_only=True)
class ReportedFinding:
    """One finding as the reader words it; empty fields are not stated."""

    type: FindingType
    depth: str = ""
    extent_mm: float | None = None
    beyond_unknown: bool = False


@dataclass(frozen=True, kw_only=True)
class StructuredReport:
    """What a reader chose. Empty fields are not stated, and `missing` says so.

    Attributes
    ----------
    laterality : Laterality or None
    views : tuple of View
    orifice : str
        The opening that was injected, e.g. ``"6 o'clock"``.
    volume_ml : float or None
        Volume of contrast.
    filling : str
        One of `FILLINGS`.
    findings : tuple of ReportedFinding
    next_step : str
        One of `NEXT_STEPS`.
    correlated : bool
        Whether mammography and ultrasound were looked at beside it.

    Examples
    --------
    >>> report = StructuredReport(laterality="L", findings=(
    ...     ReportedFinding(type=FindingType.DUCT_NARROWING, depth="branches", extent_mm=4),))
    >>> print(report.text().splitlines()[0])
    Ductography of the left breast.
    >>> report.missing()[0]
    'Which views were taken?'
    """

    laterality: Laterality | str | None = None
    views: tuple[View, ...] = ()
    orifice: str = ""
    volume_ml: float | None = None
    filling: str = ""
    findings: tuple[ReportedFinding, ...] = ()
    next_step: str = ""
    correlated: bool = False

    def text(self) -> str:
        """Return the report, one sentence a line; what is not stated is left out."""
        side = {"L": "left", "R": "right"}.get(str(self.laterality or ""), "")
        lines = [f"Ductography of the {side} breast." if side else "Ductography."]
        if self.views:
            lines.append(f"Views: {', '.join(view.code.meaning for view in self.views)}.")
        if self.orifice:
            amount = f" with {self.volume_ml:g} mL of contrast" if self.volume_ml else ""
            lines.append(f"The opening at {self.orifice} was injected{amount}.")
        if self.filling:
            lines.append(f"Filling: {self.filling}.")
        lines += [_sentence(number, one) for number, one in enumerate(self.findings, start=1)]
        if self.correlated:
            lines.append("Read beside mammography and ultrasound of the same breast.")
        if self._normal:
            lines.append("Impression: no abnormality of the injected duct system.")
        elif self.findings:
            lines.append("Impression: abnormal ductogram; the sign locates and does not name.")
        if self.next_step:
            lines.append(f"Recommendation: {self.next_step}.")
        return "\n".join(lines)

    def missing(self) -> tuple[str, ...]:
        """Return what a careful reader would still ask, the first thing first."""
        return tuple(question for lacks, question in _QUESTIONS if lacks(self))

    @property
    def _normal(self) -> bool:
        return [one.type for one in self.findings] == [FindingType.NORMAL]

    @property
    def _signs(self) -> tuple[ReportedFinding, ...]:
        return tuple(one for one in self.findings if one.type is not FindingType.NORMAL)


def _sentence(number: int, one: ReportedFinding) -> str:
    code = one.type.code
    words = f"Finding {number}: {code.meaning} ({code.value}, {code.scheme})"
    if one.depth:
        words += f", {one.depth}"
    if one.extent_mm:
        words += f", {one.extent_mm:g} mm"
    if one.beyond_unknown:
        words += "; the duct beyond it was not filled, its extent is unknown"
    return f"{words}."


def _has(kind: FindingType) -> Callable[[StructuredReport], bool]:
    return lambda report: any(one.type is kind for one in report.findings)


def _contradicts(report: StructuredReport) -> bool:
    return _has(FindingType.NORMAL)(report) and bool(report._signs)  # noqa: SLF001


def _cut_without_words(report: StructuredReport) -> bool:
    cut = FindingType.ABRUPT_DUCT_TERMINATION
    return any(one.type is cut and not one.beyond_unknown for one in report.findings)


_QUESTIONS: tuple[tuple[Callable[[StructuredReport], bool], str], ...] = (
    (lambda r: r.laterality is None, "Which breast?"),
    (lambda r: not r.views, "Which views were taken?"),
    (
        lambda r: not r.orifice,
        "Which opening was injected? A normal tree of the wrong one misleads.",
    ),
    (lambda r: not r.volume_ml, "How much contrast went in?"),
    (
        lambda r: not r.filling,
        "Did the tree fill? An empty branch is no cut-off if filling was poor.",
    ),
    (lambda r: not r.findings, "What was found? A normal tree is a finding, too."),
    (_contradicts, "Normal and abnormal at once: which is it?"),
    (
        lambda r: any(not one.depth for one in r._signs),  # noqa: SLF001
        "Where does each finding lie?",
    ),
    (
        lambda r: any(not one.extent_mm for one in r._signs),  # noqa: SLF001
        "How large is each finding, in mm?",
    ),
    (_cut_without_words, f"Abrupt duct termination: {_LOCATED}."),
    (
        lambda r: r.filling == FILLINGS[1] and r._normal,  # noqa: SLF001
        "Incomplete filling and no finding: that is not a normal ductogram.",
    ),
    (lambda r: not r.correlated, "Was it read beside mammography and ultrasound?"),
    (lambda r: not r.next_step, "What should happen next?"),
)
