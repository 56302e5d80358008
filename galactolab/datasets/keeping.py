"""Keeping a truth on disk: the mask, the tree and the findings of one view.

The file is a NumPy archive without pickled objects, so that opening it runs no code. It is
written under another name and moved into place: whoever looks sees all of it or nothing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from galactolab.reading import measure
from galactolab.records import Analysis, DuctMask, Finding, Step
from galactolab.terms import FindingType
from galactolab.tree import Branch, DuctTree


def save_truth(path: Path, truth: Analysis) -> None:
    """Write a truth.

    Parameters
    ----------
    path : pathlib.Path
        File to make, ending in ``.npz``; its folder has to exist.
    truth : Analysis
    """
    branches = truth.tree.branches
    words = {
        "spacing_mm": list(truth.mask.spacing_mm),
        "orifice": truth.tree.orifice,
        "findings": [_told(finding) for finding in truth.findings],
        "steps": [
            {"stage": s.stage, "parameters": dict(s.parameters), "version": s.version}
            for s in truth.steps
        ],
    }
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(
            file,
            words=np.frombuffer(json.dumps(words, default=str).encode(), np.uint8),
            mask=np.packbits(truth.mask.pixels),
            shape=np.array(truth.mask.pixels.shape),
            lengths=np.array([len(branch.path) for branch in branches], int),
            parents=np.array([-1 if b.parent is None else b.parent for b in branches], int),
            paths=np.concatenate([np.zeros((0, 2)), *(branch.path for branch in branches)]),
            radii=np.concatenate([np.zeros(0), *(branch.radius_mm for branch in branches)]),
        )
    part.replace(path)


def read_truth(path: Path) -> Analysis:
    """Read a truth that `save_truth` wrote; its measurements are made again from the tree."""
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    words: dict[str, Any] = json.loads(arrays["words"].tobytes())
    row, column = words["spacing_mm"]
    shape = tuple(arrays["shape"].tolist())
    n_pixels = int(np.prod(shape))
    mask = np.unpackbits(arrays["mask"], count=n_pixels).astype(bool).reshape(shape)
    cuts = np.cumsum(arrays["lengths"])[:-1]
    paths, radii = np.split(arrays["paths"], cuts), np.split(arrays["radii"], cuts)
    parents = [None if parent < 0 else int(parent) for parent in arrays["parents"]]
    branches = (
        tuple(
            Branch(path=path, radius_mm=radius, parent=parent)
            for path, radius, parent in zip(paths, radii, parents, strict=True)
        )
        if parents
        else ()
    )
    orifice = None if words["orifice"] is None else tuple(words["orifice"])
    tree = DuctTree(branches=branches, spacing_mm=(row, column), orifice=orifice)
    return Analysis(
        mask=DuctMask(pixels=mask, spacing_mm=(row, column)),
        tree=tree,
        measurements=measure.branches(tree),
        findings=tuple(_finding(told) for told in words["findings"]),
        steps=tuple(Step(**step) for step in words["steps"]),
    )


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "type": finding.type.name,
        "location": list(finding.location),
        "extent_mm": finding.extent_mm,
        "branch": finding.branch,
        "score": finding.score,
        "evidence": {name: float(value) for name, value in finding.evidence.items()},
    }


def _finding(told: dict[str, Any]) -> Finding:
    row, column = told["location"]
    rest = {name: told[name] for name in ("extent_mm", "branch", "score", "evidence")}
    return Finding(type=FindingType[told["type"]], location=(row, column), **rest)
