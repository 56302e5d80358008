"""Findings, branches and pictures in words: the text equivalent of what is drawn."""

from __future__ import annotations

import re

import numpy as np

from galactolab.records import OF_MIMIC, Finding, Galactogram
from galactolab.terms import Mimic
from galactolab.tree import DuctTree

#: Ends of names that carry a unit, and how a reader writes it.
_UNITS = {
    "mm": "mm",
    "mm2": "mm²",
    "percent": "%",
    "px": "px",
    "deg": "°",
    "kev": "keV",
    "mgy": "mGy",
    "per_mm": "per mm",
}

#: What a finding may be instead of disease, and what to do about it. Bubbles: Slawson & Johnson
#: 2001, RadioGraphics 21(1):133-150; pressure: the workbook's table of risks.
_MIMICS: dict[Mimic, tuple[str, str]] = {
    Mimic.AIR_BUBBLE: (
        "an air bubble",
        "Refill and look again: a bubble moves or vanishes, a papilloma stays.",
    ),
    Mimic.UNDER_FILLING: (
        "under-filling",
        "Inject a little more and look again: an under-filled duct goes on.",
    ),
    Mimic.VENOUS_FILLING: (
        "contrast in a vein",
        "Lower the pressure and look again later.",
    ),
}


def evidence_phrase(name: str, value: float) -> str:
    """Say one number of a finding's evidence.

    Examples
    --------
    >>> evidence_phrase("stenosis_percent", 62.4)
    'stenosis 62 %'
    >>> evidence_phrase("caliber_mm", 0.8333)
    'caliber 0.83 mm'
    >>> evidence_phrase("n_defects", 3)
    'number of defects 3'
    """
    words, unit = name, ""
    for ending in sorted(_UNITS, key=len, reverse=True):
        if name.endswith(f"_{ending}"):
            words, unit = name[: -len(ending) - 1], f" {_UNITS[ending]}"
            break
    words = re.sub(r"^n_", "number of ", words).replace("_", " ")
    return f"{words} {_short(value)}{unit}"


def _short(value: float) -> str:
    """Write a number with two or three digits that mean something."""
    number = float(value)
    if not np.isfinite(number):
        return "not known"
    if number.is_integer() or abs(number) >= 100:
        return f"{number:.0f}"
    return f"{number:.2g}" if abs(number) >= 10 or abs(number) < 0.1 else f"{number:.2f}"


def evidence_sentence(finding: Finding) -> str:
    """Say on which numbers a finding rests and, where it may be a mimic, why and what to do.

    Examples
    --------
    >>> from galactolab.terms import FindingType
    >>> evidence_sentence(Finding(type=FindingType.DUCT_NARROWING, location=(3, 4),
    ...                           evidence={"stenosis_percent": 62, "caliber_mm": 0.8}))
    'Rests on: stenosis 62 %, caliber 0.80 mm.'
    >>> evidence_sentence(Finding(type=FindingType.NORMAL, location=(0, 0)))
    ''
    >>> evidence_sentence(Finding(type=FindingType.ABRUPT_DUCT_TERMINATION, location=(3, 4),
    ...                           mimic=Mimic.VENOUS_FILLING))
    'Lower the pressure and look again later.'
    >>> evidence_sentence(Finding(type=FindingType.ABRUPT_DUCT_TERMINATION, location=(3, 4),
    ...                           mimic=Mimic.AIR_BUBBLE, evidence={
    ...                               "size_mm": 1.5, "mimic_depth_over_diameter": 0.9,
    ...                           })).split(". ")[:2]
    ['Rests on: size 1.50 mm', 'May be an air bubble: depth over diameter 0.90']
    """
    plain: list[str] = []
    likeness: list[str] = []
    for name, value in finding.evidence.items():
        part = likeness if name.startswith(OF_MIMIC) else plain
        part.append(evidence_phrase(name.removeprefix(OF_MIMIC), value))
    sentences = [f"Rests on: {', '.join(plain)}."] if plain else []
    if finding.mimic is not None:
        name, advice = _MIMICS[finding.mimic]
        sentences += [f"May be {name}: {', '.join(likeness)}."] if likeness else []
        sentences.append(advice)
    return " ".join(sentences)


def doubt_phrase(finding: Finding) -> str:
    """Say what a finding may be instead of disease, or nothing.

    Examples
    --------
    >>> from galactolab.terms import FindingType
    >>> doubt_phrase(Finding(type=FindingType.INTRALUMINAL_FILLING_DEFECT, location=(3, 4),
    ...                      mimic=Mimic.AIR_BUBBLE))
    'may be an air bubble'
    """
    return "" if finding.mimic is None else f"may be {_MIMICS[finding.mimic][0]}"


def finding_title(finding: Finding, *, with_score: bool = True) -> str:
    """Name a finding with its extent, for a reading how sure it is, and what it may be instead.

    Examples
    --------
    >>> from galactolab.terms import FindingType
    >>> finding_title(Finding(type=FindingType.DUCT_ECTASIA, location=(3, 4),
    ...                       extent_mm=12.34, score=0.8))
    'duct ectasia, 12.3 mm, score 0.80'
    >>> finding_title(Finding(type=FindingType.MULTIPLE_FILLING_DEFECT, location=(3, 4),
    ...                       extent_mm=2, score=0.96, mimic=Mimic.AIR_BUBBLE))
    'multiple filling defect, 2.0 mm, score 0.96, may be an air bubble'
    """
    extent = f", {finding.extent_mm:.1f} mm" if finding.extent_mm else ""
    score = f", score {finding.score:.2f}" if with_score else ""
    doubt = f", {doubt_phrase(finding)}" if finding.mimic else ""
    return f"{finding.type.label}{extent}{score}{doubt}"


def branch_sentence(tree: DuctTree, index: int) -> str:
    """Describe one branch: order, length, caliber, and the way from the orifice.

    Examples
    --------
    >>> from galactolab.tree import Branch
    >>> one = Branch(path=np.array([[0.0, 0], [0, 50]]), radius_mm=np.full(2, 0.6))
    >>> branch_sentence(DuctTree(branches=(one,), spacing_mm=0.1), 0)
    'Branch 0: order 1, generation 0, 5.0 mm long, caliber 1.20 mm (1.20 to 1.20).'
    """
    branch = tree.branches[index]
    caliber = 2 * branch.radius_mm
    return (
        f"Branch {index}: order {tree.strahler[index]}, generation {tree.generation[index]}, "
        f"{branch.length_mm(tree.spacing_mm):.1f} mm long, caliber {caliber.mean():.2f} mm "
        f"({caliber.min():.2f} to {caliber.max():.2f})."
    )


def picture_label(galactogram: Galactogram) -> str:
    """Describe a radiograph for people who do not see it.

    Examples
    --------
    >>> picture_label(Galactogram(pixels=np.zeros((40, 60)), spacing_mm=0.1, laterality="L",
    ...                           view="CC"))
    'Galactogram, left breast, cranio-caudal view, 4 by 6 mm, 40 rows by 60 columns.'
    """
    rows, columns = galactogram.pixels.shape
    height, width = rows * galactogram.spacing_mm[0], columns * galactogram.spacing_mm[1]
    side = {"L": "left breast", "R": "right breast"}.get(
        galactogram.laterality or "", "side not stated"
    )
    view = f"{galactogram.view.code.meaning} view" if galactogram.view else "view not stated"
    return (
        f"Galactogram, {side}, {view}, {height:.0f} by {width:.0f} mm, "
        f"{rows} rows by {columns} columns."
    )
