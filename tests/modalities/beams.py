"""The eleven beams of the reference study, and what was computed for them.

SpekPy 2.5.4, anode angle 16 degrees, 650 mm of air, 2.4 mm PMMA; a breast of 5 cm with a quarter
of gland by volume behind an energy-integrating detector of 0.2 mm selenium; primary only.
Science notes of the project, section 3.2 (measured with SpekPy itself, not with our tables).
"""

from __future__ import annotations

from dataclasses import dataclass

from galactolab.modalities.beam import Beam

DUCTS_MM = (0.2, 0.5, 1.0, 2.0, 3.0)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What SpekPy gives for one beam.

    Attributes
    ----------
    beam : Beam
    hvl_mm, mean_kev, kerma_ugy_mas : float
    contrast : tuple of float
        1 - I / I0 behind ducts of `DUCTS_MM` with 300 mgI/mL.
    contrast_150 : float
        Behind 1 mm with 150 mgI/mL.
    """

    beam: Beam
    hvl_mm: float
    mean_kev: float
    kerma_ugy_mas: float
    contrast: tuple[float, ...]
    contrast_150: float


def _beam(anode: str, filter_: str, kvp: int) -> Beam:
    return Beam(anode=anode, filter=filter_, kvp=kvp)


_ROWS = (
    ("Mo", "Mo", 26, 0.331, 16.6, 72, (0.164, 0.357, 0.580, 0.811, 0.909), 0.366),
    ("Mo", "Mo", 28, 0.353, 17.0, 92, (0.152, 0.333, 0.545, 0.775, 0.880), 0.341),
    ("Mo", "Rh", 28, 0.404, 17.7, 80, (0.142, 0.315, 0.524, 0.760, 0.873), 0.323),
    ("Rh", "Rh", 29, 0.416, 18.5, 78, (0.128, 0.287, 0.486, 0.726, 0.849), 0.294),
    ("W", "Rh", 28, 0.508, 19.0, 36, (0.132, 0.295, 0.499, 0.741, 0.863), 0.302),
    ("W", "Rh", 30, 0.524, 19.2, 41, (0.125, 0.282, 0.480, 0.718, 0.843), 0.289),
    ("W", "Ag", 30, 0.575, 20.3, 50, (0.110, 0.251, 0.434, 0.670, 0.803), 0.257),
    ("W", "Ag", 32, 0.596, 20.6, 58, (0.105, 0.240, 0.418, 0.651, 0.785), 0.246),
    ("W", "Al", 30, 0.537, 20.6, 81, (0.099, 0.226, 0.395, 0.623, 0.759), 0.232),
    ("Rh", "Ag", 34, 0.536, 20.2, 112, (0.110, 0.249, 0.430, 0.662, 0.792), 0.255),
    ("W", "Cu", 49, 3.43, 37.9, 8.4, (0.117, 0.264, 0.451, 0.682, 0.806), 0.266),
)
REFERENCES = tuple(
    Reference(
        beam=_beam(anode, filter_, kvp),
        hvl_mm=hvl,
        mean_kev=mean,
        kerma_ugy_mas=kerma,
        contrast=contrast,
        contrast_150=half,
    )
    for anode, filter_, kvp, hvl, mean, kerma, contrast, half in _ROWS
)
