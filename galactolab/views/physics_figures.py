"""Charts of the physics bench: beam, attenuation, profile, and what the voltage does.

Pure, as `figures`: numbers in, one plotly figure out, with words that say the same. Four plots
share one figure, because a page pays 5 MB for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go

from galactolab.modalities.beam import KVP_RANGE, Beam, mean_energy_kev, spectrum
from galactolab.modalities.detector import Detector
from galactolab.modalities.duct_phantom import Slab, duct_rows_mm
from galactolab.modalities.exposure import Exposure
from galactolab.modalities.geometry import Geometry
from galactolab.modalities.materials import (
    Floats,
    attenuation,
    contrast_attenuation,
)
from galactolab.modalities.optimum import Technique, Verdict
from galactolab.modalities.quality import Quality, expected
from galactolab.views.figures import TEMPLATE
from galactolab.views.palette import BLUE, GRAY, GREEN, INK, ORANGE, PURPLE, VERMILION

#: K edge of iodine (Elam tables through xraydb).
K_EDGE_KEV = 33.169
_EDGE_LINE = {"color": GRAY, "width": 1.5, "dash": "longdash"}
Line = tuple[Floats, Floats]


@dataclass(frozen=True, kw_only=True)
class BenchState:
    """Everything that the bench's charts show.

    Attributes
    ----------
    beam : Beam
    slab : Slab
    detector : Detector
    geometry : Geometry
    caliber_mm : float
        Of the duct that the numbers are for.
    """

    beam: Beam
    slab: Slab
    detector: Detector
    geometry: Geometry
    caliber_mm: float

    @property
    def quality(self) -> Quality:
        """What the technique promises."""
        return expected(
            caliber_mm=self.caliber_mm,
            slab=self.slab,
            beam=self.beam,
            detector=self.detector,
            geometry=self.geometry,
        )


def bench_lines(state: BenchState, profile: Line | None = None) -> dict[str, Line]:
    """Return x and y of each line of the bench's figure, by name.

    Parameters
    ----------
    state : BenchState
    profile : (array, array), optional
        Millimeters from the top of the test object, and log attenuation.
    """
    energy, photons = spectrum(state.beam)
    behind = photons * np.exp(-_depth(state.slab))
    entered, left = photons / photons.sum(), behind / behind.sum()
    kvp, sdnr = _by_voltage(state)
    now = state.quality
    return {
        "enters": (energy, 100 * entered),
        "leaves": (energy, 100 * left),
        "fat": (energy, attenuation("adipose")),
        "gland": (energy, attenuation("glandular")),
        "contrast": (energy, contrast_attenuation(state.slab.concentration_mgi_ml)),
        "profile": profile or (np.empty(0), np.empty(0)),
        "by voltage": (kvp, sdnr),
        "now": (np.array([float(state.beam.kvp)]), np.array([_per_dose(now)])),
    }


_STYLES: dict[str, tuple[int, int, dict[str, Any]]] = {
    "enters": (1, 1, {"name": "enters the breast", "line": {"color": BLUE, "dash": "dot"}}),
    "leaves": (1, 1, {"name": "leaves it", "line": {"color": BLUE, "width": 3}}),
    "fat": (1, 2, {"name": "fat", "line": {"color": ORANGE, "dash": "dot"}}),
    "gland": (1, 2, {"name": "gland", "line": {"color": VERMILION, "dash": "dash"}}),
    "contrast": (1, 2, {"name": "contrast agent", "line": {"color": PURPLE, "width": 3}}),
    "profile": (2, 1, {"name": "picture, top to bottom", "line": {"color": INK, "width": 1.2}}),
    "by voltage": (2, 2, {"name": "this anode and filter", "line": {"color": GREEN, "width": 2.5}}),
    "now": (
        2,
        2,
        {
            "name": "your voltage",
            "mode": "markers",
            "marker": {"color": INK, "size": 12, "symbol": "diamond"},
        },
    ),
}


def bench(state: BenchState, profile: Line | None = None) -> go.Figure:
    """Draw the four plots of the bench.

    Spectrum; attenuation of fat, gland and contrast agent with the K edge; profile across
    the ducts of the test object; SDNR at 1 mGy against tube voltage.
    """
    from plotly.subplots import make_subplots  # noqa: PLC0415 (pulls in plotly's figure factory)

    titles = (
        "Photons of the beam",
        "Attenuation",
        "Profile across the ducts",
        "SDNR that 1 mGy buys",
    )
    figure = make_subplots(
        rows=2, cols=2, subplot_titles=titles, horizontal_spacing=0.1, vertical_spacing=0.25
    )
    figure.update_layout(template=TEMPLATE, height=720, autosize=True)
    # Two lines of legend below the titles of the axes, where the page is narrow.
    figure.update_layout(legend={"y": -0.2, "yanchor": "top"}, margin={"b": 130})
    for name, (x, y) in bench_lines(state, profile).items():
        row, column, style = _STYLES[name]
        trace = go.Scatter(x=x, y=y, **{"mode": "lines", **style})
        figure.add_trace(trace, row=row, col=column)
    for column in (1, 2):
        figure.add_vline(x=K_EDGE_KEV, line=_EDGE_LINE, row=1, col=column)
    figure.add_annotation(
        x=K_EDGE_KEV,
        y=0.97,
        yref="y domain",
        text="K edge of iodine",
        showarrow=False,
        xanchor="left",
        xshift=4,
        row=1,
        col=1,
    )
    figure.update_xaxes(title="energy in keV", range=[8, 50], row=1)
    figure.update_yaxes(title="% per 0.25 keV", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title="1/mm", type="log", range=[-2, 1.5], dtick=1, row=1, col=2)
    figure.update_xaxes(title="mm from the top", range=[0, 30], row=2, col=1)
    figure.update_yaxes(title="ln attenuation", range=[-0.3, 2.6], row=2, col=1)
    figure.update_xaxes(title="tube voltage in kV", range=[21, 50], row=2, col=2)
    figure.update_yaxes(title="SDNR per pixel", rangemode="tozero", row=2, col=2)
    figure.update_xaxes(title_standoff=6)
    return figure


def describe_bench(state: BenchState) -> str:
    """Say in words what the bench's figure shows.

    Examples
    --------
    >>> state = BenchState(
    ...     beam=Beam(), slab=Slab(), detector=Detector(), geometry=Geometry(), caliber_mm=0.3
    ... )
    >>> print(describe_bench(state))  # doctest: +ELLIPSIS
    W/Rh 28 kV: mean energy 19.1 keV before and 21.0 keV behind the breast; 0 % of the photons ...
    """
    energy, photons = spectrum(state.beam)
    behind = photons * np.exp(-_depth(state.slab))
    after = float((energy * behind).sum() / behind.sum())
    above = 100 * float(behind[energy > K_EDGE_KEV].sum() / behind.sum())
    at = int(np.argmin(np.abs(energy - after)))
    fat, gland = (float(attenuation(name)[at]) for name in ("adipose", "glandular"))
    agent = float(contrast_attenuation(state.slab.concentration_mgi_ml)[at])
    kvp, sdnr = _by_voltage(state)
    best = int(kvp[int(np.argmax(sdnr))])
    return (
        f"{state.beam.name}: mean energy {mean_energy_kev(state.beam):.1f} keV before and "
        f"{after:.1f} keV behind the breast; {above:.0f} % of the photons behind it lie above the "
        f"K edge of iodine ({K_EDGE_KEV:.1f} keV). At {energy[at]:.0f} keV fat attenuates "
        f"{fat:.3f}, gland {gland:.3f} and the contrast agent {agent:.3f} per mm. With this anode "
        f"and filter 1 mGy buys most SDNR for the duct of {state.caliber_mm:g} mm at {best} kV."
    )


def profile_of(taken: Exposure) -> Line:
    """Return mm from the top and log attenuation above the slab's, from a picture's left half.

    Parameters
    ----------
    taken : Exposure
        Of the test object.
    """
    spacing_mm = taken.detector.pitch_mm / taken.geometry.magnification
    rows = spacing_mm * (np.arange(len(taken.counts), dtype=np.float64) + 0.5)
    # A strip of 2 mm: wide enough for a mean, narrow enough to show the noise.
    width = max(1, round(2.0 / spacing_mm))
    values = np.log(taken.counts[:, :width].mean(axis=1, dtype=np.float64))
    return rows, np.median(values) - values


def duct_positions_mm() -> dict[float, float]:
    """Where each duct of the test object lies in the profile, by caliber."""
    return duct_rows_mm()


def technique_map(
    verdict: Verdict, lines: Mapping[str, tuple[list[float], list[float]]]
) -> go.Figure:
    """Draw what each anode and filter can do at the dose limit, gland against iodine.

    Parameters
    ----------
    verdict : Verdict
    lines : mapping of str to (gland, duct)
        SDNR along the voltages of each pair: `galactolab.modalities.optimum.frontier`.
    """
    dashes = ("solid", "dash", "dot", "dashdot")
    figure = go.Figure(layout={"template": TEMPLATE, "height": 480, "autosize": True})
    figure.update_layout(
        title="What the unit can do at the dose limit",
        legend={"orientation": "v", "x": 1.02, "y": 1.0},
    )
    for number, (name, (gland, duct)) in enumerate(lines.items()):
        line = {"dash": dashes[number % 4], "color": (BLUE, VERMILION)[number // 4], "width": 2}
        figure.add_trace(go.Scatter(x=gland, y=duct, mode="lines", name=name, line=line))
    marks = (("best", verdict.best, "star", "top left"), ("yours", *_own(verdict)))
    for name, one, symbol, place in marks:
        figure.add_trace(
            go.Scatter(
                x=[one.quality.gland_sdnr],
                y=[one.quality.sdnr],
                mode="markers+text",
                text=[name],
                textposition=place,
                name=name,
                cliponaxis=False,
                marker={"color": INK, "size": 13, "symbol": symbol},
            )
        )
    figure.add_vline(x=verdict.gland_needed, line=_EDGE_LINE)
    figure.update_xaxes(title="SDNR of gland (enough right of the dashed line)", rangemode="tozero")
    figure.update_yaxes(title="SDNR of the duct", rangemode="tozero")
    return figure


def describe_technique_map(verdict: Verdict) -> str:
    """Say in words what `technique_map` draws."""
    best, iodine, own = verdict.best, verdict.iodine_best, verdict.technique
    return (
        f"At the limit the best is {best.name}: SDNR {best.quality.sdnr:.1f} for the duct and "
        f"{best.quality.gland_sdnr:.1f} for gland. Yours, {own.name}: {own.quality.sdnr:.1f} and "
        f"{own.quality.gland_sdnr:.1f}, at {own.quality.mgd_mgy:.2f} mGy. For iodine alone "
        f"{iodine.name} would give {iodine.quality.sdnr:.1f}, but gland falls to "
        f"{iodine.quality.gland_sdnr:.1f}."
    )


def _own(verdict: Verdict) -> tuple[Technique, str, str]:
    return verdict.technique, "diamond", "bottom right"


def _per_dose(quality: Quality) -> float:
    """SDNR at 1 mGy: it grows with the root of the dose."""
    return quality.sdnr / float(np.sqrt(max(quality.mgd_mgy, 1e-9)))


def _by_voltage(state: BenchState) -> Line:
    return _curve(replace(state, beam=replace(state.beam, kvp=28, mas=100.0)))


@lru_cache(maxsize=64)
def _curve(state: BenchState) -> Line:
    """SDNR at 1 mGy for each voltage; kept, since most sliders leave it as it is."""
    kvp = np.arange(KVP_RANGE[0], KVP_RANGE[1] + 1)
    values = [
        _per_dose(replace(state, beam=replace(state.beam, kvp=int(one))).quality) for one in kvp
    ]
    return kvp.astype(float), np.array(values)


def _depth(slab: Slab) -> Floats:
    paths = slab.rays(np.zeros(1))[0]
    names = ("adipose", "glandular", "skin")
    depth: Floats = np.add.reduce(
        [path * attenuation(name) for path, name in zip(paths[:3], names, strict=True)]
    )
    return depth
