"""What only looks like disease: how often it is called a finding, and how often it is named.

Patients with one mimic and no disease stand beside controls: healthy patients, and patients with
papillomas, which a bubble looks like. A mimic is named if `detect_mimics` gives its name in
that image, a bubble or a vein at its place. Names in other images are wrong ones.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from patients import FIRST_SEED, SPACINGS_MM, count, in_parallel
from scipy import spatial

from galactolab.modalities import projection, truth, xray
from galactolab.patient import phantom
from galactolab.patient.lesions import MIMICS, LesionKind, Plan
from galactolab.patient.phantom import Phantom
from galactolab.reading import DEFAULT, detect_mimics
from galactolab.terms import Mimic, View

N_PATIENTS = 64
SHORT, HEALTHY = "under-filled", "no mimic, healthy"
PAPILLOMAS = "no mimic, papillomas"
KINDS = (*sorted(MIMICS), SHORT, HEALTHY, PAPILLOMAS)
NAMES = {
    LesionKind.AIR_BUBBLES: Mimic.AIR_BUBBLE,
    LesionKind.VENOUS_FILLING: Mimic.VENOUS_FILLING,
    SHORT: Mimic.UNDER_FILLING,
}
NEAR_MM = 3.0
# Contrast in the tubing, and the filled share of the lumina of an under-filled tree.
DEAD_SPACE_ML, SHORT_SHARE = 0.1, 0.45


def made(kind: str, seed: int) -> Phantom:
    """Return a patient with one mimic, or with too little contrast, or a control."""
    if kind == PAPILLOMAS:
        planted = (LesionKind.PAPILLOMA, LesionKind.PAPILLOMAS)[seed % 2]
        return phantom.make(seed=seed, lesions=[Plan(kind=planted)], volume_ml=None)
    if kind == HEALTHY:
        return phantom.make(seed=seed, volume_ml=None)
    if kind == SHORT:
        lumina = phantom.make(seed=seed, volume_ml=None).ducts.volume_ml
        return phantom.make(seed=seed, volume_ml=DEAD_SPACE_ML + SHORT_SHARE * lumina)
    return phantom.make(seed=seed, lesions=[Plan(kind=LesionKind(kind))], volume_ml=None)


def mimic_row(index: int) -> dict[str, object]:
    """Read one patient."""
    kind, seed = KINDS[index % len(KINDS)], FIRST_SEED + 500 + index
    spacing = SPACINGS_MM[index // len(KINDS) % len(SPACINGS_MM)]
    patient = made(kind, seed)
    case = xray.simulate(patient, view=View.CC, spacing_mm=spacing, rng=np.random.default_rng(seed))
    reading = DEFAULT(case.galactogram)
    where = projection.frame(patient, view=View.CC, spacing_mm=spacing)
    places = truth.mimics(patient, where=where)
    near = [
        finding
        for finding in reading.findings
        if kind == SHORT
        or any(
            np.hypot(*(np.subtract(finding.location, point) * spacing))
            <= NEAR_MM + (lesion.plan.size_mm or 0) / 2
            for lesion, point in places
        )
    ]
    own = NAMES.get(kind)
    seen = detect_mimics.lookalikes(case.galactogram, reading.tree)
    right = [
        found
        for found in seen
        if found.mimic is own and _is_there(found, kind, patient, where, reading.tree)
    ]
    return {
        "patients": str(kind),
        "called": len(near),
        "flagged": sum(finding.mimic is not None for finding in near),
        "elsewhere": len(reading.findings) - len(near),
        "named": bool(right),
        **{f"{name.label}, wrong": any(f.mimic is name and f not in right for f in seen)
           for name in Mimic},
        "any_flag": any(finding.mimic is not None for finding in reading.findings),
    }  # fmt: skip


def _is_there(
    found: detect_mimics.Lookalike,
    kind: str,
    patient: Phantom,
    where: projection.Frame,
    tree: detect_mimics.DuctTree,
) -> bool:
    """Return whether a named bubble or vein really lies there; a short filling is everywhere."""
    if kind == SHORT:
        return True
    (lesion,) = patient.lesions
    solid = lesion.displacing_in(View.CC) if kind == LesionKind.AIR_BUBBLES else lesion.leaked
    points = np.array([where.placed(point)[:2] for point in solid.center_mm]) * tree.spacing_mm
    spot = (
        np.array([found.location])
        if kind == LesionKind.AIR_BUBBLES
        else tree.branches[found.branch].path
    )
    distance, _ = spatial.cKDTree(points).query(spot * np.asarray(tree.spacing_mm))
    return float(np.mean(distance <= 1.0)) > 0.5


def main(arguments: Sequence[str] = ()) -> None:
    """Print how many mimics are called findings and named; an argument is the number."""
    n = count(arguments, N_PATIENTS)
    rows = pd.DataFrame(in_parallel(mimic_row, range(n)))
    groups = rows.groupby("patients", sort=False)
    table = pd.DataFrame(
        {
            "images": groups.size(),
            "finding there": groups["called"].agg(lambda x: int((x > 0).sum())),
            "flagged there": groups["flagged"].agg(lambda x: int((x > 0).sum())),
            "findings elsewhere": groups["elsewhere"].sum(),
            "named right": groups["named"].sum(),
            **{f"{name.label}, wrong": groups[f"{name.label}, wrong"].sum() for name in Mimic},
        }
    )
    print(f"Mimics in {n} virtual patients, seeds from {FIRST_SEED + 500} (images, unless stated;")
    print("only bubbles, under-filling and venous filling have names)")
    print(table.to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
