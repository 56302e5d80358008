"""Normal or not from the shape of the tree alone, cross-validated.

Published for descriptors of branching on real galactograms: areas of 0.82 to 0.91. This one
is about synthetic patients, whose trees grow by one rule, so the numbers are no comparison of
methods; they say how much of the disease shows in the tree's shape here.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from patients import FIRST_SEED, PLANTED, SPACINGS_MM, count, in_parallel

from galactolab import datasets
from galactolab.reading import DEFAULT
from galactolab.reading.measure import summary
from galactolab.reading.score import auc

Floats = npt.NDArray[np.float64]
ILL = tuple(kind for kind in PLANTED if kind is not None)


def descriptors(index: int) -> dict[str, float]:
    """Return the tree's indices and whether something was planted; every second one normal."""
    kind = None if index % 2 == 0 else ILL[index // 2 % len(ILL)]
    case = datasets.virtual_patient(
        FIRST_SEED + 1000 + index,
        finding=kind,
        spacing_mm=SPACINGS_MM[index // 2 % len(SPACINGS_MM)],
    )
    tree = DEFAULT(case.galactogram).tree
    return {"ill": float(kind is not None), **summary(tree)}


def cross_validated(features: Floats, ill: npt.NDArray[np.bool_], *, ridge: float = 1.0) -> Floats:
    """Return leave-one-out scores of a linear discriminant with a shrunk covariance."""
    scores = np.zeros(len(ill))
    for out in range(len(ill)):
        rest = np.arange(len(ill)) != out
        x = (features - features[rest].mean(axis=0)) / (features[rest].std(axis=0) + 1e-9)
        first, second = x[rest & ill], x[rest & ~ill]
        spread = np.cov(x[rest].T) + ridge * np.eye(x.shape[1])
        weight = np.linalg.solve(spread, first.mean(axis=0) - second.mean(axis=0))
        scores[out] = x[out] @ weight
    return scores


def main(arguments: Sequence[str] = ()) -> None:
    """Print the area under the curve with its interval; the argument may be the number."""
    n = count(arguments, 80)
    rows = pd.DataFrame(in_parallel(descriptors, range(n))).fillna(0.0)
    ill = rows.pop("ill").to_numpy() > 0
    scores = cross_validated(rows.to_numpy(float), ill)
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(1000):
        drawn = rng.integers(len(ill), size=len(ill))
        areas.append(auc(scores[None, drawn].astype(np.float32), ill[None, drawn]))
    low, high = np.nanpercentile(areas, (2.5, 97.5))
    value = auc(scores[None].astype(np.float32), ill[None])
    print(f"Normal or not by {rows.shape[1]} tree indices, {n} virtual patients, leave-one-out")
    print(f"area {value:.2f} ({low:.2f}-{high:.2f}), synthetic only; published 0.82-0.91")
    print(end="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
