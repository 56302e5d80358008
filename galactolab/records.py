"""The records that flow from room to room.

Letters for shapes: an image has ``M`` rows and ``N`` columns. Every record is frozen and
is checked once, when it is made; units stand in the field names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from galactolab.errors import GalactolabError, check_one_of
from galactolab.terms import FindingType, Intent, Laterality, Mimic, View
from galactolab.tree import DuctTree, checked_spacing

if TYPE_CHECKING:
    import pandas as pd

Image = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Point = tuple[float, float]

#: Names in `Finding.evidence` that begin so say why the finding may be a mimic.
OF_MIMIC = "mimic_"


def _check_plane(name: str, pixels: npt.NDArray[Any]) -> None:
    if pixels.ndim != 2 or 0 in pixels.shape:
        sentence = f"{name} has shape {pixels.shape}, but an image has rows and columns: (M, N)."
        raise GalactolabError(sentence)


@dataclass(frozen=True, kw_only=True, eq=False)
class Galactogram:
    """A radiograph of a breast with contrast in its ducts.

    Attributes
    ----------
    pixels : (M, N) array of float32
        **A larger value means more attenuation**, whatever the file's photometric
        interpretation. FOR PROCESSING pixels are natural-log attenuation (a difference
        of 0.1 is 10 % of the photons); FOR PRESENTATION pixels are the shown gray values.
        The pixel grid is the file's own: never flipped, never cropped.
    spacing_mm : (float, float) or float
        (row, column) distance between pixel centers at the object.
    laterality : Laterality or None
        Which breast; None where the source does not say.
    view : View or None
        Direction of the beam; None where the source does not say.
    intent : Intent
        What the pixels are made for.
    source : str
        Where it came from, in words that identify no patient.

    Examples
    --------
    >>> Galactogram(pixels=np.zeros((4, 6)), spacing_mm=0.1, laterality="L", view="CC")
    Galactogram(4 x 6 px at 0.1 mm, L CC, FOR PRESENTATION)
    >>> Galactogram(pixels=np.zeros((4, 6)), spacing_mm=0.1, laterality="X")
    Traceback (most recent call last):
    galactolab.errors.GalactolabError: laterality is 'X', but it has to be one of: L, R.
    """

    pixels: Image
    spacing_mm: tuple[float, float]
    laterality: Laterality | None = None
    view: View | None = None
    intent: Intent = Intent.FOR_PRESENTATION
    source: str = ""

    def __post_init__(self) -> None:
        """Check once: two dimensions, finite, spacing above zero, known words."""
        pixels = np.asarray(self.pixels, np.float32)
        _check_plane("pixels", pixels)
        if not np.isfinite(pixels).all():
            sentence = (
                "pixels hold values that are not finite (NaN or infinity); replace them first."
            )
            raise GalactolabError(sentence)
        object.__setattr__(self, "pixels", pixels)
        object.__setattr__(self, "spacing_mm", checked_spacing(self.spacing_mm))
        for name, words in (("laterality", Laterality), ("view", View), ("intent", Intent)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, words):
                check_one_of(name, value, [word.value for word in words])
                object.__setattr__(self, name, words(value))

    def __repr__(self) -> str:
        """Say size, side and view; never a patient."""
        rows, columns = self.pixels.shape
        words = [word.value for word in (self.laterality, self.view) if word is not None]
        place = " ".join(words) or "side and view not stated"
        return (
            f"Galactogram({rows} x {columns} px at {self.spacing_mm[0]:.3g} mm, "
            f"{place}, {self.intent.value})"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class DuctMask:
    """Which pixels show contrast-filled duct.

    Attributes
    ----------
    pixels : (M, N) array of bool
        True inside a duct.
    spacing_mm : (float, float)
        (row, column) pixel distance at the object.
    contrast : (M, N) array of float32 or None
        The signal above the local background that the mask was cut from, where the
        segmentation knows it: it lets `trace` place borders between pixels. A swapped
        segmentation may leave it out.
    """

    pixels: Mask
    spacing_mm: tuple[float, float]
    contrast: Image | None = None

    def __post_init__(self) -> None:
        """Check shape, dtype and spacing."""
        _check_plane("A duct mask", self.pixels)
        if self.pixels.dtype != np.bool_:
            sentence = f"A duct mask holds {self.pixels.dtype} values, but it has to hold bool."
            raise GalactolabError(sentence)
        if self.contrast is not None and self.contrast.shape != self.pixels.shape:
            sentence = (
                f"contrast has shape {self.contrast.shape}, "
                f"but the mask has shape {self.pixels.shape}."
            )
            raise GalactolabError(sentence)
        object.__setattr__(self, "spacing_mm", checked_spacing(self.spacing_mm))

    def __repr__(self) -> str:
        """Say size and filled area."""
        area = self.pixels.sum() * self.spacing_mm[0] * self.spacing_mm[1]
        return f"DuctMask({self.pixels.shape[0]} x {self.pixels.shape[1]} px, {area:.0f} mm2)"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a radiologist would report on the galactogram.

    Attributes
    ----------
    type : FindingType
        The concept of CID 6057.
    location : (float, float)
        (row, column) in pixels.
    extent_mm : float
        Greatest extent along the duct, or diameter of a pool, in millimeters.
    branch : int or None
        Index of the branch that it lies on, where there is one.
    score : float
        How sure the reader is, 0 to 1.
    evidence : mapping of str to float
        The numbers it rests on, by name with unit, e.g. ``{"stenosis_percent": 62}``; names
        that begin with ``mimic_`` are those of its likeness to the mimic.
    mimic : Mimic or None
        What it is more likely to be than disease, such as an air bubble.
    """

    type: FindingType
    location: Point
    extent_mm: float = 0.0
    branch: int | None = None
    score: float = 1.0
    evidence: Mapping[str, float] = field(default_factory=dict, hash=False)
    mimic: Mimic | None = None

    def __post_init__(self) -> None:
        """Check score and extent."""
        if not 0 <= self.score <= 1:
            sentence = f"score is {self.score:g}, but it has to be between 0 and 1."
            raise GalactolabError(sentence)
        if not 0 <= self.extent_mm < math.inf:
            sentence = f"extent_mm is {self.extent_mm:g}, but it has to be 0 or above."
            raise GalactolabError(sentence)
        row, column = self.location
        object.__setattr__(self, "location", (float(row), float(column)))

    def __repr__(self) -> str:
        """Say what, where and how large."""
        row, column = self.location
        doubt = "" if self.mimic is None else f", may be {self.mimic.label}"
        return (
            f"Finding({self.type.label} at ({row:.0f}, {column:.0f}), "
            f"{self.extent_mm:.1f} mm, score {self.score:.2f}{doubt})"
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """One recorded stage: its qualified name and every effective parameter."""

    stage: str
    parameters: Mapping[str, object] = field(default_factory=dict, hash=False)
    version: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """What a reading of one galactogram gives; the truth of a virtual patient has the same form.

    Attributes
    ----------
    mask : DuctMask
    tree : DuctTree
    measurements : pandas.DataFrame
        One row per branch, in the tree's order.
    findings : tuple of Finding
        Most certain first.
    steps : tuple of Step
        Stages and parameters; replaying them gives an equal result.
    """

    mask: DuctMask
    tree: DuctTree
    measurements: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()

    def __repr__(self) -> str:
        """Say how much was found."""
        return f"Analysis({self.tree!r}, {len(self.findings)} findings)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A galactogram with its story and, for a virtual patient, its truth.

    Attributes
    ----------
    galactogram : Galactogram
    truth : Analysis or None
        What is really there; None for a real patient.
    vignette : str
        The clinical story, in words.
    name : str
        Name of the case in the library.
    """

    galactogram: Galactogram
    truth: Analysis | None = None
    vignette: str = ""
    name: str = ""
