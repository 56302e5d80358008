"""Real contrast-filled trees: coronary angiograms with expert masks, beside scikit-image.

The angiograms lie in `../shared/data/vessel_trees` (23 pictures, 300 x 300, 8 bits, fercer/
Coronary, BSD-3-Clause) and do not travel with the project; without them the benchmark says
so. Iodine is dark there, so pictures are inverted; their pixel size is not known, and
0.25 mm is used, a usual one at the object (0.3 mm at the detector over a magnification of
1.2). No other parameter is touched. The peer is `sato` with the same scales and the
threshold that is best for all pictures together, chosen with knowledge of the truth; ours
has no threshold to choose.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from scipy import stats
from skimage import filters

from galactolab import imagemath
from galactolab.modalities import xray
from galactolab.patient import phantom
from galactolab.reading import score, segment, trace
from galactolab.records import Galactogram

FOLDER = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "vessel_trees"
PIXEL_MM = 0.25
SCALES_MM = np.geomspace(0.1, 1.6, 6)  # as segment.ridges has them
THRESHOLDS = np.linspace(0.80, 0.99, 40)
FIRST_SEED, N_SCOUTS = 10_900, 10


def auc(answer: np.ndarray, truth: np.ndarray) -> float:
    """Return the area under the ROC curve of a map, over all pixels (Mann-Whitney)."""
    ranks = stats.rankdata(answer.ravel())[truth.ravel()]
    n_in, n_out = truth.sum(), (~truth).sum()
    return float((ranks.sum() - n_in * (n_in + 1) / 2) / (n_in * n_out))


def angiograms(folder: Path) -> list[tuple[Galactogram, np.ndarray]]:
    """Return the pictures, inverted, with their masks."""
    found = []
    for file in sorted((folder / "coronary_300").glob("*_gt.png")):
        mask = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127
        dark = cv2.imread(str(file.with_name(file.name.replace("_gt", ""))), cv2.IMREAD_GRAYSCALE)
        picture = Galactogram(pixels=255.0 - dark, spacing_mm=PIXEL_MM, source=file.stem)
        found.append((picture, mask))
    return found


def table(pictures: Sequence[tuple[Galactogram, np.ndarray]]) -> pd.DataFrame:
    """Return one row per picture: AUC and Dice of ours and of `sato`."""
    sigmas = (SCALES_MM / PIXEL_MM).tolist()
    rows, peers = [], []
    for picture, truth in pictures:
        flat = imagemath.relief(picture).flat
        peer = filters.sato(picture.pixels, sigmas=sigmas, black_ridges=False)
        mask = segment.ridges(picture)
        peers.append(peer)
        rows.append(
            {
                "auc": auc(imagemath.vesselness(flat, sigmas_px=sigmas), truth),
                "auc_sato": auc(peer, truth),
                "dice": score.dice(mask.pixels, truth),
                "cl_dice": score.cl_dice(mask.pixels, truth),
            }
        )
    levels = np.quantile(np.concatenate([peer.ravel() for peer in peers]), THRESHOLDS)
    by_level = [
        [score.dice(peer > level, truth) for peer, (_, truth) in zip(peers, pictures, strict=True)]
        for level in levels
    ]
    found = pd.DataFrame(rows)
    found["dice_sato"] = max(by_level, key=np.mean)
    return found


def scouts(n: int = N_SCOUTS) -> pd.DataFrame:
    """Return how much duct is reported on breasts without contrast, in mm."""
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + n):
        for intent in ("FOR PROCESSING", "FOR PRESENTATION"):
            case = xray.simulate(
                phantom.random(seed=seed, finding=None),
                rng=np.random.default_rng(seed),
                intent=intent,
                scout=True,
            )
            path = trace.tree(segment.ridges(case.galactogram)).total_length_mm
            rows.append({"seed": seed, "intent": intent, "path_mm": path})
    return pd.DataFrame(rows)


def with_interval(values: pd.Series) -> dict[str, float]:
    """Return mean and 95 % bootstrap interval by picture."""
    rng = np.random.default_rng(0)
    draws = rng.choice(values.to_numpy(), size=(2000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def main(_: Sequence[str] = ()) -> None:
    """Print both tables."""
    if FOLDER.is_dir():
        rows = table(angiograms(FOLDER))
        rows["dice_minus_sato"] = rows["dice"] - rows["dice_sato"]
        summary = pd.DataFrame({name: with_interval(rows[name]) for name in rows}).T
        print(f"{len(rows)} coronary angiograms, inverted, {PIXEL_MM} mm pixels (95 % intervals)")
        print(summary.round(4).to_string(), end="\n\n")
        print(rows.round(3).to_string(index=False), end="\n\n")
    else:
        print("The angiograms (../shared/data/vessel_trees) are not on this machine.\n")
    plain = scouts()
    print(f"Path on {N_SCOUTS} scouts, seeds from {FIRST_SEED}, in mm (none should be found)")
    print(plain.groupby("intent")["path_mm"].agg(["mean", "max"]).round(2).to_string(), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
