"""Anatomy of the virtual patients beside published numbers, and the files of the library.

Lobes of both growth families (seeds from 10,000) stand beside what is known of human lobes and
of the VICTRE phantom; a page of random galactograms is drawn for the eye; every file of the case
library is read by strangers.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from galactolab import datasets
from galactolab.dicom import read_galactogram, stored_values
from galactolab.modalities import xray
from galactolab.patient import phantom, statistics
from galactolab.patient.breast import Breast, random_breast
from galactolab.patient.ducts import Ducts
from galactolab.patient.phantom import Family
from galactolab.reading.branching import ramification
from galactolab.terms import Laterality

FIRST_SEED = 10_000
# The page is there to be looked at, so its patients are not those of any claim.
FIRST_PAGE_SEED = 900
N_LOBES = 200
FAMILIES: tuple[Family, ...] = ("recursive", "random_walk")
# VICTRE's trees, 300 of them, heterogeneous parameters (science notes, 2.3): a phantom whose main
# duct is 1 mm wide, against 1.9 mm in lactating women (Ramsay et al. 2005).
VICTRE_CALIBER_MM = (1.00, 0.72, 0.46, 0.33, 0.26, 0.21, 0.18)
VICTRE_LENGTH_MM = (7.6, 5.8, 4.4, 3.1, 2.9, 2.1, 1.6)
VICTRE_STREAMS = (32.8, 12.3, 4.7, 1.8)
VICTRE_R = {2: (0.38, 0.62), 3: (0.08, 0.34, 0.58), 4: (0.01, 0.09, 0.35, 0.55)}
PAGE = Path(__file__).resolve().parents[1] / "data" / "pictures" / "twenty_galactograms.jpg"
PAGE_SPACING_MM = 0.2
_TILE = (1000, 640)


Lobes = dict[Family, list[tuple[Breast, Ducts]]]


def lobes(seeds: range) -> Lobes:
    """Grow one lobe of each family for each seed."""
    breasts = [random_breast(seed=seed, density="b", thickness_mm=45) for seed in seeds]
    return {
        family: [(breast, phantom.grown(breast, family=family)) for breast in breasts]
        for family in FAMILIES
    }


def measures(grown: Lobes) -> pd.DataFrame:
    """Return mean and range of each measure of both families, and the published range."""
    columns: dict[str, pd.Series[float]] = {}
    for family, pairs in grown.items():
        table = pd.DataFrame(
            [statistics.lobe(ducts, nipple_mm=breast.nipple_mm[0]) for breast, ducts in pairs]
        )
        short = {"recursive": "rec", "random_walk": "walk"}[family]
        columns |= {
            f"{short} mean": table.mean(),
            f"{short} SD": table.std(),
            f"{short} 5 %": table.quantile(0.05),
            f"{short} 95 %": table.quantile(0.95),
        }
    known = {n: f"{a:g}-{b:g} ({s})" for n, (a, b, s) in statistics.PUBLISHED.items()}
    return pd.DataFrame(columns).assign(published=pd.Series(known))


def by_generation(grown: Lobes) -> pd.DataFrame:
    """Return caliber and length by generation beside VICTRE's."""
    parts = {}
    for family, pairs in grown.items():
        rows = [
            (generation, 2 * duct.radius_mm.mean(), duct.length_mm)
            for _, ducts in pairs
            for duct, generation in zip(ducts.branches, ducts.flat.generation, strict=True)
        ]
        means = pd.DataFrame(rows, columns=["generation", "caliber", "length"])
        means = means.groupby("generation").mean()
        parts[f"{family} caliber_mm"] = means["caliber"]
        parts[f"{family} length_mm"] = means["length"]
    joined = pd.DataFrame(parts).head(10)
    joined["VICTRE caliber_mm"] = pd.Series(VICTRE_CALIBER_MM)
    joined["VICTRE length_mm"] = pd.Series(VICTRE_LENGTH_MM)
    return joined


def orders(grown: Lobes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the mean numbers of Strahler streams, and the R matrices, beside VICTRE's."""
    streams: dict[str, np.ndarray] = {"VICTRE": np.array([*VICTRE_STREAMS, *[np.nan] * 4])}
    matrices = {f"VICTRE, order {order}": np.array(row) for order, row in VICTRE_R.items()}
    for family, pairs in grown.items():
        counts = np.zeros(8)
        rows: dict[int, list[np.ndarray]] = {2: [], 3: [], 4: []}
        for _, ducts in pairs:
            found = statistics.stream_counts(ducts)
            counts[: len(found)] += found
            shares = ramification(ducts.flat)
            for order, kept in rows.items():
                if order <= len(shares) + 1:
                    kept.append(shares[order - 2, :order])
        streams[family] = counts / len(pairs)
        for order, kept in rows.items():
            matrices[f"{family}, order {order}"] = np.mean(kept, axis=0)
    return (
        pd.DataFrame(streams, index=[f"order {k}" for k in range(1, 9)]),
        pd.DataFrame({name: pd.Series(row) for name, row in matrices.items()}).T,
    )


def page(path: Path, *, n: int = 20) -> Path:
    """Draw random patients as a radiologist would get them: two views in turn, for the eye."""
    tiles = []
    for index in range(n):
        seed = FIRST_PAGE_SEED + index
        patient = phantom.random(seed=seed)
        shot = xray.simulate(
            patient,
            rng=np.random.default_rng(seed),
            view=("CC", "ML")[index % 2],
            spacing_mm=PAGE_SPACING_MM,
            intent="FOR PRESENTATION",
        ).galactogram
        tile = np.zeros(_TILE, np.uint8)
        gray = (shot.pixels[: _TILE[0], : _TILE[1]] / 4095 * 255).astype(np.uint8)
        left = 0 if shot.laterality is Laterality.LEFT else _TILE[1] - gray.shape[1]
        top = (_TILE[0] - gray.shape[0]) // 2
        tile[top : top + gray.shape[0], left : left + gray.shape[1]] = gray
        words = f"{seed} {shot.laterality.value} {shot.view.name}"
        cv2.putText(tile, words, (12, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 200, 1, cv2.LINE_AA)
        tiles.append(tile)
    rows = [np.hstack(tiles[start : start + 5]) for start in range(0, n, 5)]
    sheet = cv2.resize(np.vstack(rows), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return path


def files() -> pd.DataFrame:
    """Read every file of the library with dciodvfy, DCMTK and pydicom."""
    strict, dump = shutil.which("dciodvfy"), shutil.which("dcmdump")
    rows = []
    for built in datasets.build():
        for file in (built, built.with_name(f"{built.stem}_scout.dcm")):
            row: dict[str, object] = {
                "file": file.stem,
                "errors": "no dciodvfy",
                "same": "no DCMTK",
            }
            held = stored_values(file)
            if strict:
                done = subprocess.run([strict, file], capture_output=True, text=True, check=False)
                lines = (done.stdout + done.stderr).splitlines()
                row["errors"] = sum(line.startswith("Error") for line in lines)
            if dump:
                with tempfile.TemporaryDirectory() as folder:
                    subprocess.run(
                        [dump, "+W", folder, file], check=True, stdout=subprocess.DEVNULL
                    )
                    (raw,) = Path(folder).glob("*.raw")
                    seen = np.fromfile(raw, "<u2").reshape(held.shape)
                row["same"] = bool(np.array_equal(seen, held))
            row["pixels"] = "x".join(map(str, read_galactogram(file).pixels.shape))
            rows.append(row)
    return pd.DataFrame(rows)


def main(n: int = N_LOBES) -> None:
    """Print all tables and draw the page."""
    grown = lobes(range(FIRST_SEED, FIRST_SEED + n))
    print(f"{n} lobes of each family beside published numbers")
    print(measures(grown).round(2).to_string(), end="\n\n")
    print("By generation (VICTRE's main duct is 1 mm wide by choice; human ones 1.9 mm)")
    print(by_generation(grown).round(2).to_string(), end="\n\n")
    streams, matrices = orders(grown)
    print("Strahler streams per lobe")
    print(streams.round(1).to_string(), end="\n\n")
    print("R matrix: share of nodes of order k by the smaller daughter's order (last: two of k-1)")
    print(matrices.round(2).to_string(), end="\n\n")
    print(f"Twenty random galactograms: {page(PAGE).name}\n")
    table = files()
    print("Files of the case library, scouts included, as shipped")
    print(table.groupby(["errors", "same"]).size().rename("files").to_string(), end="\n\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_LOBES)
