"""What is drawn over a picture, as plain lists: outlines, centerlines, numbered markers.

Pure functions from records to what the browser's script draws; points stay (row, column)
in image pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from galactolab.records import Analysis, DuctMask, Finding
from galactolab.terms import FindingType
from galactolab.tree import DuctTree
from galactolab.views.palette import SHAPES
from galactolab.views.wording import branch_sentence, doubt_phrase, evidence_sentence, finding_title

Points = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """One line to draw.

    Attributes
    ----------
    points : (K, 2) array of float32
        (row, column) in pixels.
    facts : dict
        What the script knows about the line: ``closed``, ``order``, ``text``.
    """

    points: Points
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlays:
    """Paths and markers by layer; layers are those of `palette.LAYERS`."""

    paths: dict[str, list[Path]] = field(default_factory=dict)
    markers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def message(self) -> tuple[dict[str, Any], bytes]:
        """Return what is sent: a small description, and all points in one buffer."""
        described = {
            layer: [{**path.facts, "length": len(path.points)} for path in paths]
            for layer, paths in self.paths.items()
        }
        points = [path.points for paths in self.paths.values() for path in paths]
        joined = np.concatenate(points) if points else np.empty((0, 2), np.float32)
        content = {"type": "overlays", "paths": described, "markers": self.markers}
        return content, np.ascontiguousarray(joined, np.float32).tobytes()


def outlines(mask: DuctMask) -> list[Path]:
    """Return the borders of a mask, inner ones too, along pixel centers.

    Examples
    --------
    A 3 x 3 block has one border through its eight outer pixels.

    >>> pixels = np.zeros((6, 6), bool)
    >>> pixels[1:4, 2:5] = True
    >>> [path.points.tolist() for path in outlines(DuctMask(pixels=pixels, spacing_mm=0.1))]
    [[[1.0, 2.0], [3.0, 2.0], [3.0, 4.0], [1.0, 4.0]]]
    """
    # OpenCV walks borders of a 13-megapixel mask in 20 ms, scikit-image's
    # marching squares in seconds.
    found, _ = cv2.findContours(mask.pixels.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return [
        Path(points=border[:, 0, ::-1].astype(np.float32), facts={"closed": True})
        for border in found
    ]


def centerlines(tree: DuctTree) -> list[Path]:
    """Return one path for each branch, with its Strahler order and a sentence."""
    return [
        Path(
            points=branch.path.astype(np.float32),
            facts={"order": tree.strahler[index], "text": branch_sentence(tree, index)},
        )
        for index, branch in enumerate(tree.branches)
    ]


def markers(findings: tuple[Finding, ...], *, prefix: str = "") -> list[dict[str, Any]]:
    """Return numbered markers; a normal reading has an entry in the list but no place.

    A finding that may be a mimic has a question mark behind its number.

    Parameters
    ----------
    findings : tuple of Finding
    prefix : str
        Put before each number: ``"T"`` for truth, whose findings carry no score.
    """
    return [
        {
            "label": f"{prefix}{number}{'?' if finding.mimic else ''}",
            "kind": finding.type.label,
            "shape": "diamond" if prefix else SHAPES[finding.type][0],
            "row": None if finding.type is FindingType.NORMAL else finding.location[0],
            "column": None if finding.type is FindingType.NORMAL else finding.location[1],
            "text": finding_title(finding, with_score=not prefix),
            "detail": evidence_sentence(finding),
            "doubt": doubt_phrase(finding),
        }
        for number, finding in enumerate(findings, start=1)
    ]


def overlays_of(analysis: Analysis | None, truth: Analysis | None) -> Overlays:
    """Collect all layers of a reading and of the truth, where there are any."""
    paths: dict[str, list[Path]] = {}
    marks: dict[str, list[dict[str, Any]]] = {}
    if analysis is not None:
        paths["mask"] = outlines(analysis.mask)
        paths["tree"] = centerlines(analysis.tree)
        marks["findings"] = markers(analysis.findings)
    if truth is not None:
        paths["truth_tree"] = centerlines(truth.tree)
        marks["truth"] = markers(truth.findings, prefix="T")
    return Overlays(paths=paths, markers=marks)
