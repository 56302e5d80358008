"""What only looks like disease: how often it is called a finding."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from patients import FIRST_SEED, SPACINGS_MM, count, in_parallel

from galactolab.modalities import projection, truth, xray
from galactolab.patient import phantom
from galactolab.patient.lesions import MIMICS, Plan
from galactolab.reading import DEFAULT
from galactolab.terms import View

KINDS = tuple(sorted(MIMICS))
NEAR_MM = 3.0


def mimic_row(index: int) -> dict[str, object]:
    """Read a patient with one mimic and nothing else."""
    kind, seed = KINDS[index % len(KINDS)], FIRST_SEED + 500 + index
    spacing = SPACINGS_MM[index // len(KINDS) % len(SPACINGS_MM)]
    patient = phantom.make(seed=seed, lesions=[Plan(kind=kind)], volume_ml=None)
    case = xray.simulate(patient, view=View.CC, spacing_mm=spacing, rng=np.random.default_rng(seed))
    found = DEFAULT(case.galactogram).findings
    places = truth.mimics(
        patient, where=projection.frame(patient, view=View.CC, spacing_mm=spacing)
    )
    near = [
        finding
        for finding in found
        if any(
            np.hypot(*(np.subtract(finding.location, point) * spacing))
            <= NEAR_MM + (lesion.plan.size_mm or 0) / 2
            for lesion, point in places
        )
    ]
    return {"mimic": str(kind), "called": len(near), "elsewhere": len(found) - len(near)}


def main(arguments: Sequence[str] = ()) -> None:
    """Print how many mimics are called findings; the argument may be the number of patients."""
    n = count(arguments, 32)
    rows = pd.DataFrame(in_parallel(mimic_row, range(n)))
    table = rows.groupby("mimic").agg(
        images=("called", "size"),
        images_with_a_finding_there=("called", lambda called: int((called > 0).sum())),
        findings_elsewhere=("elsewhere", "sum"),
    )
    print(f"Mimics in {n} virtual patients without any disease (no mimic is named as such yet)")
    print(table.to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
