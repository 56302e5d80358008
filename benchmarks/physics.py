"""Physics of the X-ray room beside published or independently computed numbers.

Beams and contrasts stand beside SpekPy and xraydb, counting beside its law, and the texture of
unenhanced breasts beside measured mammograms. Patients have seeds from 10,000.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from galactolab.modalities import projection, xray
from galactolab.modalities.beam import (
    Beam,
    air_kerma_ugy_mas,
    half_value_layer_mm,
    mean_energy_kev,
    spectrum,
)
from galactolab.modalities.detector import DETECTORS, Detector
from galactolab.modalities.exposure import Exposure, expose
from galactolab.modalities.primary import transmission
from galactolab.patient import phantom
from galactolab.records import Image, Mask
from galactolab.terms import View

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "modalities"))
from beams import DUCTS_MM, REFERENCES

FIRST_SEED = 10_000
N_PATIENTS = 20
BAND_LP_MM = (0.1, 1.0)
WINDOW_MM = 30.0
SPACING_MM = 0.1
LOADS_MAS = (10, 20, 40, 80, 160, 320)
FIGURE = Path(__file__).resolve().parents[1] / "data" / "pictures" / "power_law.png"


def beams() -> pd.DataFrame:
    """Return half-value layer, mean energy and kerma of the eleven beams, and SpekPy's."""
    rows = {}
    for known in REFERENCES:
        row = {}
        for name, found, wanted in (
            ("hvl_mm_al", half_value_layer_mm(known.beam), known.hvl_mm),
            ("mean_kev", mean_energy_kev(known.beam), known.mean_kev),
            ("kerma_ugy_mas", air_kerma_ugy_mas(known.beam), known.kerma_ugy_mas),
        ):
            row |= {name: found, f"{name}_ref": wanted, f"{name}_%": 100 * (found / wanted - 1)}
        rows[known.beam.name] = row
    return pd.DataFrame(rows).T


def contrasts() -> pd.DataFrame:
    """Return the contrast of ducts behind 5 cm with a quarter of gland, and the reference."""
    rows = {}
    for known in REFERENCES:
        row = {}
        steps = [(d, 300.0, c) for d, c in zip(DUCTS_MM, known.contrast, strict=True)]
        for duct_mm, concentration, wanted in [*steps, (1.0, 150.0, known.contrast_150)]:
            name = f"{duct_mm:g} mm" if concentration == 300.0 else f"{duct_mm:g} mm, 150"
            row[name] = _contrast(known.beam, duct_mm, concentration)
            row[f"{name} %"] = 100 * (row[name] / wanted - 1)
        rows[known.beam.name] = row
    return pd.DataFrame(rows).T


def _contrast(beam: Beam, duct_mm: float, concentration_mgi_ml: float) -> float:
    kept = 1 - duct_mm / 50
    paths = np.array([[37.5, 12.5, 0, 0, 0], [37.5 * kept, 12.5 * kept, 0, duct_mm, 0]])
    weights = Detector().signal_weights(spectrum(beam)[1])
    left = transmission(paths, weights=weights, concentration_mgi_ml=concentration_mgi_ml)
    return float(1 - left[1] / left[0])


def signal_to_noise() -> pd.DataFrame:
    """Return signal difference to noise of one patient's ducts for several tube loads.

    The noise is that of the difference of two exposures, so that anatomy drops out; once with
    the detector's readout noise, once with quantum noise alone.
    """
    maps = projection.render(phantom.make(seed=FIRST_SEED), view=View.CC, spacing_mm=0.085)
    scout = xray.without_contrast(maps)
    # Ducts of about half a millimeter in the full thickness, and tissue of the same kind.
    whole = maps.adipose + maps.glandular + maps.skin
    deep = whole > 0.98 * float(whole.max())
    ducts = deep & (maps.contrast > 0.3) & (maps.contrast < 0.7)
    rows: dict[int, dict[str, float]] = {mas: {} for mas in LOADS_MAS}
    real = DETECTORS["a-Se 85 um"]
    for name, detector in (("", real), (" quantum", replace(real, electronic_quanta=0))):
        for mas, row in rows.items():
            one, two, bare = (
                expose(
                    m, rng=np.random.default_rng([mas, n]), beam=Beam(mas=mas), detector=detector
                ).counts
                for n, m in enumerate((maps, maps, scout))
            )
            noise = float((one - two)[deep].std() / 2**0.5)
            row["sdnr" + name] = float((bare - one)[ducts].mean()) / noise
    table = pd.DataFrame(rows).T
    root = np.sqrt(table.index.to_numpy(float) / LOADS_MAS[-1])
    for name in ("sdnr", "sdnr quantum"):
        table[f"{name} by root, %"] = 100 * (table[name] / (table[name].iloc[-1] * root) - 1)
    return table


def pixel_area() -> float:
    """Return the ratio of open-field photons of a pixel of twice the area."""
    taken: list[Exposure] = [
        expose(
            projection.render(phantom.make(seed=FIRST_SEED), view=View.CC, spacing_mm=spacing),
            rng=np.random.default_rng(0),
            beam=Beam(mas=60.0),
            detector=Detector(),
        )
        for spacing in (0.3, 0.3 * 2**0.5)
    ]
    return taken[1].open_counts / taken[0].open_counts


def power_spectrum(
    pixels: Image, inside: Mask, *, spacing_mm: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return frequencies (lp/mm) and the mean power over windows that lie in the breast."""
    size = int(WINDOW_MM / spacing_mm)
    window = np.hanning(size)[:, None] * np.hanning(size)
    power, count = np.zeros((size, size)), 0
    for top in range(0, pixels.shape[0] - size, size // 2):
        for left in range(0, pixels.shape[1] - size, size // 2):
            part = (slice(top, top + size), slice(left, left + size))
            if inside[part].all():
                field = pixels[part] - pixels[part].mean()
                power += np.abs(np.fft.fft2(field * window)) ** 2
                count += 1
    f = np.hypot(*np.meshgrid(*(np.fft.fftfreq(size, spacing_mm),) * 2))
    rings = [(f >= a) & (f < b) for a, b in itertools.pairwise(np.geomspace(*BAND_LP_MM, 16))]
    rings = [ring for ring in rings if ring.any()]
    return (
        np.array([f[ring].mean() for ring in rings]),
        np.array([power[ring].mean() / max(count, 1) for ring in rings]),
    )


def exponents(n: int = N_PATIENTS) -> tuple[pd.DataFrame, list[npt.NDArray[np.float64]]]:
    """Return the exponent of the power law of unenhanced patients, and their spectra.

    P(f) = K / f^beta over 0.1-1 lp/mm, fitted to log-log rings; a scout FOR PROCESSING with its
    noise, in windows of 30 mm where the breast has its full thickness.
    """
    rows, curves = [], []
    for index in range(n):
        patient = phantom.random(seed=FIRST_SEED + index, finding=None)
        view = (View.CC, View.ML)[index % 2]
        maps = projection.render(patient, view=view, spacing_mm=SPACING_MM)
        shot = xray.simulate(
            patient, rng=np.random.default_rng(index), view=view, spacing_mm=SPACING_MM, scout=True
        )
        whole = maps.adipose + maps.glandular + maps.skin
        inside = whole > 0.97 * float(whole.max())
        f, power = power_spectrum(shot.galactogram.pixels, inside, spacing_mm=SPACING_MM)
        beta = -float(np.polyfit(np.log(f), np.log(power), 1)[0])
        rows.append(
            {"seed": patient.seed, "view": view.name, "density": patient.breast.density,
             "thickness_mm": patient.breast.thickness_mm, "beta": beta}
        )  # fmt: skip
        curves.append(np.stack([f, power]))
    return pd.DataFrame(rows), curves


def drawn(curves: list[npt.NDArray[np.float64]], beta: float, path: Path) -> Path:
    """Draw the spectra on double logarithmic axes beside lines of slope 2.8 and 3.4."""
    width, height, edge = 900, 640, 80
    sheet = np.full((height, width, 3), 255, np.uint8)
    scaled = [np.stack([np.log10(c[0]), np.log10(c[1] / c[1][0])]) for c in curves]
    low = min(float(c[1].min()) for c in scaled) - 0.2

    def place(x: float, y: float) -> tuple[int, int]:
        return (
            int(edge + (x + 1) * (width - 1.5 * edge)),
            int(edge / 2 + (0.3 - y) / (0.3 - low) * (height - 1.5 * edge)),
        )

    def line(x: npt.ArrayLike, y: npt.ArrayLike, color: tuple[int, int, int], thick: int) -> None:
        points = [place(float(a), float(b)) for a, b in zip(np.ravel(x), np.ravel(y), strict=True)]
        cv2.polylines(sheet, [np.array(points)], False, color, thick, cv2.LINE_AA)  # noqa: FBT003

    def word(text: str, at: tuple[int, int]) -> None:
        cv2.putText(sheet, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (40, 40, 40), 1, cv2.LINE_AA)

    for decade in range(int(np.ceil(low)), 1):
        line([-1, 0], [decade, decade], (225, 225, 225), 1)
        word(f"1e{decade}", (edge - 55, place(-1, decade)[1] + 5))
    for f in (0.1, 0.2, 0.5, 1.0):
        line([np.log10(f)] * 2, [low, 0.3], (225, 225, 225), 1)
        word(f"{f:g}", (place(np.log10(f), low)[0] - 12, height - edge + 25))
    for curve in scaled:
        line(curve[0], curve[1], (178, 114, 0), 1)
    for slope in (2.8, 3.4):
        start = scaled[0][0][0]
        line([start, 0], [0, slope * start], (0, 94, 213), 2)
    word("power of unenhanced virtual patients, first ring = 1", (edge, 24))
    word(f"blue: {len(curves)} patients, mean exponent {beta:.2f}", (width - 400, 70))
    word("orange: exponents 2.8 and 3.4", (width - 400, 94))
    word("spatial frequency (lp/mm)", (width // 2 - 100, height - 20))
    cv2.imwrite(str(path), sheet)
    return path


def main() -> None:
    """Print all tables and draw the spectra."""
    print("Beams beside SpekPy 2.5.4 (16 degrees, 650 mm air, 2.4 mm PMMA); % is ours less theirs")
    print(beams().round(3).to_string(), end="\n\n")
    print(
        "Contrast behind ducts, 300 mgI/mL (last: 150), 5 cm with 25 % gland; % of SpekPy + xraydb"
    )
    print(contrasts().round(3).to_string(), end="\n\n")
    print(
        "Signal difference to noise by tube load, and its distance from the law of the square root"
    )
    print(signal_to_noise().round(3).to_string(), end="\n\n")
    print(f"A pixel of twice the area gets {pixel_area():.4f} times the photons\n")
    table, curves = exponents()
    beta = float(table["beta"].mean())
    print(f"Exponent of the power law, {len(table)} unenhanced patients, 0.1-1 lp/mm")
    print("(mammography 3.17 +- 0.23 CC, 3.30 +- 0.24 MLO: Chen et al. 2012, 10.1118/1.3685462)")
    print(table.round(2).to_string(index=False))
    print(f"mean {beta:.2f}, SD {table['beta'].std():.2f}; {drawn(curves, beta, FIGURE).name}\n")


if __name__ == "__main__":
    main()
