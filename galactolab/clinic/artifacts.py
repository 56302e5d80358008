"""Artifacts on demand: a virtual patient with one, and the same patient after the test for it.

What each picture holds is text in ``data/procedure/artifacts.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from galactolab.errors import GalactolabError
from galactolab.modalities import projection, xray
from galactolab.modalities.exposure import expose
from galactolab.modalities.geometry import Geometry
from galactolab.patient import phantom
from galactolab.patient.breast import Breast, stream
from galactolab.patient.lesions import Lesion, LesionKind, Plan
from galactolab.patient.phantom import Phantom
from galactolab.patient.solids import Balls
from galactolab.places import data_folder
from galactolab.records import Galactogram
from galactolab.terms import Intent, Laterality, View

VIEWS = (View.CC, View.ML)
SPACING_MM = 0.14
_VOLUME_ML = 0.6
_FIELDS = ("title", "seed", "before", "tested", "look", "test", "after", "sources")
_SETTINGS = {
    "kind",
    "size_mm",
    "count",
    "caliber_mm",
    "distance_mm",
    "volume_ml",
    "motion_mm",
    "plain",
    "powder",
    "other_seed",
}


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One artifact, with what to look for and what to do.

    Attributes
    ----------
    name, title : str
    seed : int
    look, test, after : str
        What is seen, what to do, what that shows.
    sources : tuple of str
    before, tested : mapping
        What the two pictures hold.
    """

    name: str
    title: str
    seed: int
    look: str
    test: str
    after: str
    sources: tuple[str, ...]
    before: Mapping[str, Any] = field(hash=False)
    tested: Mapping[str, Any] = field(hash=False)

    def __post_init__(self) -> None:
        """Refuse settings that nobody would heed."""
        for unknown in (set(self.before) | set(self.tested)) - _SETTINGS:
            sentence = (
                f"Artifact {self.name!r} has a setting {unknown!r}, but it has to be one of: "
                f"{', '.join(sorted(_SETTINGS))}."
            )
            raise GalactolabError(sentence)


@cache
def artifacts() -> tuple[Artifact, ...]:
    """Return all artifacts in the order of their file.

    Raises
    ------
    GalactolabError
        If an entry lacks a field.

    Examples
    --------
    >>> artifacts()[0].title
    'air bubbles'
    """
    path = data_folder() / "procedure" / "artifacts.toml"
    return tuple(_read(name, one) for name, one in tomllib.loads(path.read_text("utf-8")).items())


def _read(name: str, entry: Mapping[str, Any]) -> Artifact:
    missing = [one for one in _FIELDS if one not in entry]
    if missing:
        raise GalactolabError(f"Artifact {name!r} lacks: {', '.join(missing)}.")
    return Artifact(name=name, **{**entry, "sources": tuple(entry["sources"])})


def pictured(artifact: Artifact, *, tested: bool) -> tuple[Galactogram, ...]:
    """Take both views of the patient.

    Parameters
    ----------
    artifact : Artifact
    tested : bool
        True after the test: refilled, wiped, repeated.

    Returns
    -------
    tuple of Galactogram
        CC and ML, FOR PRESENTATION.
    """
    settings = artifact.tested if tested else artifact.before
    patient = _patient(settings, seed=int(settings.get("other_seed", artifact.seed)))
    geometry = Geometry(motion_mm=float(settings.get("motion_mm", 0.0)))
    shots = []
    for number, view in enumerate(VIEWS):
        maps = projection.render(patient, view=view, spacing_mm=SPACING_MM)
        if settings.get("plain"):
            maps = xray.without_contrast(maps)
        # The second exposure has noise of its own.
        rng = np.random.default_rng([artifact.seed, number, int(tested)])
        shot = expose(maps, rng=rng, geometry=geometry)
        shots.append(
            xray.developed(
                shot,
                maps=maps,
                laterality=patient.laterality,
                view=view,
                intent=Intent.FOR_PRESENTATION,
            )
        )
    return tuple(shots)


def _patient(settings: Mapping[str, Any], *, seed: int) -> Phantom:
    plans = []
    if "kind" in settings:
        wish = {name: settings.get(name) for name in ("size_mm", "count", "distance_mm")}
        plans = [Plan(kind=LesionKind(settings["kind"]), **wish)]
    patient = phantom.make(
        seed=seed,
        laterality=Laterality.LEFT,
        lesions=plans,
        main_caliber_mm=settings.get("caliber_mm"),
        volume_ml=float(settings.get("volume_ml", _VOLUME_ML)),
    )
    if settings.get("powder"):
        patient = replace(patient, lesions=(*patient.lesions, _powder(patient.breast)))
    return patient


def _powder(breast: Breast, *, n_specks: int = 70) -> Lesion:
    """Return specks on the skin between nipple and armpit.

    Aluminum and zinc salts and talc weaken the beam about as calcium does; each speck is
    modeled as a ball of it, 0.24 to 0.7 mm wide. Own choice.
    """
    rng = stream(breast.seed, "powder")
    toward = rng.normal([0.9, 0.9], 0.35, (n_specks, 2))
    angle = np.arctan2(toward[:, 0], toward[:, 1])
    # From just behind the nipple to half the depth, on the surface of the half-ellipsoid.
    depth = breast.depth_mm * rng.uniform(0.12, 0.55, n_specks)
    rim = np.sqrt(1 - ((breast.depth_mm - depth) / breast.depth_mm) ** 2)
    across = breast.lateral_mm * rim * np.sin(angle)
    upright = breast.cranial_mm * rim * np.cos(angle)
    center = 0.97 * np.stack([depth, across, upright], axis=1)
    return Lesion(
        plan=Plan(kind=LesionKind.CALCIFICATIONS),
        point_mm=center[0],
        calcium=Balls(center_mm=center, radius_mm=rng.uniform(0.12, 0.35, n_specks)),
    )
