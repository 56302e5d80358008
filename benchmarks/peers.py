"""Our mask beside the ridge filters of scikit-image, in each class of caliber, in one run.

Every method sees the same patients. The peers get all the help there is: the same scales in
millimeters, the right polarity, a crop around the true ducts (skin line, nipple border and
pectoral muscle would cost them more than us), and the single threshold that is best for all
patients together, chosen with knowledge of the truth. A second row even gives them another
best threshold in each class. Ours reads the whole image with one set of parameters; only
what lies in the crop is scored, for all of them. The peers are those that are installed, as
they are: after 0.19.3 `frangi` no longer weighs its scales (scikit-image issue 7711), so its
smallest scale decides; `sato` weighs them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import skimage
from patients import FIRST_SEED, count, in_parallel, patient, with_intervals
from skimage import filters

from galactolab.reading import segment
from galactolab.reading.score_caliber import CLASSES_MM, nearest_caliber_mm
from galactolab.records import Image, Mask

N_PATIENTS = 32
MARGIN_MM = 5.0
SCALES_MM = np.geomspace(0.1, 1.6, 6)  # as segment.ridges has them
LEVELS = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, 400)])
CLASSES = tuple(f"{low:g}-{high:g}" for low, high in CLASSES_MM)
ALL = "all"
PEERS: dict[str, Callable[..., Image]] = {"frangi": filters.frangi, "sato": filters.sato}

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """One patient: our Dice in each class, and each peer's at every level.

    Attributes
    ----------
    ours : (C,) array
        All calibers first, then the classes.
    peers : dict of str to (C, T) array
        By name, for the `T` thresholds of `LEVELS`.
    """

    ours: npt.NDArray[np.float64]
    peers: dict[str, npt.NDArray[np.float64]]


def compared(index: int) -> Compared:
    """Read test patient `index` with all methods."""
    case = patient(index)
    assert case.truth is not None
    shot, truth = case.galactogram, case.truth
    rows, columns = (np.flatnonzero(truth.mask.pixels.any(axis=axis)) for axis in (1, 0))
    margin = round(MARGIN_MM / shot.spacing_mm[0])
    crop = np.s_[
        max(rows[0] - margin, 0) : rows[-1] + margin,
        max(columns[0] - margin, 0) : columns[-1] + margin,
    ]
    caliber = nearest_caliber_mm(truth.tree, truth.mask.pixels.shape)[crop]
    true = truth.mask.pixels[crop]
    parts = [np.ones_like(true), *((caliber >= low) & (caliber < high) for low, high in CLASSES_MM)]
    sigmas = (SCALES_MM / shot.spacing_mm[0]).tolist()
    mask = segment.ridges(shot).pixels[crop]
    window = shot.pixels[crop]
    return Compared(
        ours=np.array([dices(mask.astype(float), true, part, [0.5])[0] for part in parts]),
        peers={
            name: np.stack([dices(answer, true, part, LEVELS) for part in parts])
            for name, peer in PEERS.items()
            for answer in [peer(window, sigmas=sigmas, black_ridges=False)]
        },
    )


def dices(answer: Image, truth: Mask, part: Mask, levels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the Dice of `answer > level` within a part of the image, for each level."""
    inside, outside = (np.sort(answer[part & side]) for side in (truth, ~truth))
    hits, false = (
        len(values) - np.searchsorted(values, levels, side="right") for values in (inside, outside)
    )
    total = hits + false + len(inside)
    return np.divide(2.0 * hits, total, out=np.full(len(total), np.nan), where=total > 0)


def table(cases: Sequence[Compared]) -> pd.DataFrame:
    """Return Dice by class with intervals by patient: ours, peers, and the difference."""
    ours = np.stack([case.ours for case in cases])
    rows = []
    for number, label in enumerate((ALL, *CLASSES)):
        columns = {"ours": ours[:, number]}
        for name in PEERS:
            curves = np.stack([case.peers[name] for case in cases])
            common = int(np.nanmean(curves[:, 0], axis=0).argmax())
            own = int(np.nanmean(curves[:, number], axis=0).argmax())
            columns[name] = curves[:, number, common]
            columns[f"{name}, best level of the class"] = curves[:, number, own]
        seen = pd.DataFrame(columns).dropna()
        for name in list(PEERS):
            seen[f"ours - {name}"] = seen["ours"] - seen[name]
        found = with_intervals(
            seen, {name: (lambda t, n=name: float(t[n].mean())) for name in seen}
        )
        found.insert(0, "n", len(seen))
        rows.append(pd.concat({f"{label} mm" if number else label: found}))
    return pd.concat(rows)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table; the first argument may be the number of patients."""
    n = count(arguments, N_PATIENTS)
    cases = in_parallel(compared, range(n))
    print(f"Mean Dice of {n} virtual patients, seeds {FIRST_SEED} to {FIRST_SEED + n - 1}, in the")
    print(
        f"true tree's window and {MARGIN_MM:g} mm around. scikit-image {skimage.__version__} with"
    )
    print("scales of 0.1-1.6 mm and the threshold best for all patients, chosen with the truth;")
    print("95 % intervals by case")
    print(table(cases).round(3).to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
