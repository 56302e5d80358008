"""What each machine can and cannot show of one patient, as a table."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass

from galactolab.modalities.sight import SEEN, Sight, sight
from galactolab.modalities.visibility import ROSE
from galactolab.patient.phantom import Phantom
from galactolab.volumes import ModalityImage


@dataclass(frozen=True, kw_only=True)
class Line:
    """One machine of the table.

    Attributes
    ----------
    name : str
    sight : Sight
        What its picture shows, as measured.
    dose_mgy : float
        Mean glandular dose; 0 without X-rays.
    agent : str
        Contrast agent and where it goes.
    time : str
        How long the pictures take, preparation left out.
    """

    name: str
    sight: Sight
    dose_mgy: float
    agent: str
    time: str

    def __str__(self) -> str:
        """Say in a line what the picture shows of lesion and ducts."""
        seen = self.sight
        verdict = "resolved" if seen.resolved else "not resolved"
        if seen.contrast_to_noise is None:
            verdict = "not in this picture"
        thin = seen.smallest_duct_mm
        ducts = "no ducts seen" if thin is None else f"ducts seen from {thin:g} mm on"
        return f"{self.name}: lesion {verdict}, {ducts}"


def lines(
    images: Mapping[str, ModalityImage], phantom: Phantom, *, names: Mapping[str, str]
) -> tuple[Line, ...]:
    """Measure every picture of a patient.

    Parameters
    ----------
    images : mapping of str to ModalityImage
        By machine.
    phantom : Phantom
    names : mapping of str to str
        What each machine is called.
    """
    return tuple(
        Line(
            name=names[key],
            sight=sight(image, phantom),
            dose_mgy=_number(image, "mgd_mgy"),
            agent=agent_of(image),
            time=time_of(image),
        )
        for key, image in images.items()
    )


def agent_of(image: ModalityImage) -> str:
    """Say which contrast agent a picture needed, and where it was given."""
    told = image.settings
    if image.technique.startswith("CEM"):
        return "iodine, vein"
    if image.technique in ("Ductogram", "Tomosynthesis"):
        return "iodine, duct"
    if image.technique == "sonogalactography":
        return "fluid, duct"
    return {"intravenous": "gadolinium, vein", "intraductal": "gadolinium, duct"}.get(
        str(told.get("route")), "none"
    )


def time_of(image: ModalityImage) -> str:
    """Say how long the pictures take: scan times are the machine's own, the rest is usual."""
    minutes = image.settings.get("minutes")
    if image.modality == "MR" and isinstance(minutes, int | float):
        return f"{_number(image, 'tr_ms') and max(minutes, 1):.0f} min or more"
    return {
        "Ductogram": "seconds",
        "Tomosynthesis": "below a minute",
        "CEM iodine": "2-10 min after the injection",
        "CEM low energy": "2-10 min after the injection",
    }.get(image.technique, "live")


def _number(image: ModalityImage, name: str) -> float:
    value = image.settings.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def shown(found: tuple[Line, ...]) -> str:
    """Return the table as HTML."""
    heads = (
        "machine, as set now", "lesion resolved?", "detectability", "contrast-to-noise",
        "noise cells", "smallest duct seen", "glandular dose", "contrast agent", "time",
    )  # fmt: skip
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(_row(line) for line in found)
    return (
        '<div class="gl-scroll gl-long" tabindex="0" role="group" '
        'aria-label="What each machine shows">'
        f'<table class="gl-evidence"><thead><tr>{head}</tr></thead><tbody>{body}</tbody>'
        "</table></div>"
        f"<p>Measured in the pictures above, with the truth at hand. Resolved: a detectability "
        f"of {ROSE:g} or more (Rose's limit). Detectability is contrast-to-noise times the root of "
        "the independent cells of noise in the lesion: noise and tissue go on from pixel to pixel, "
        "so many pixels make few cells. A duct size counts as seen if half of the ducts of "
        f"that size and of all larger ones have a contrast-to-noise of {SEEN:g} or more (own "
        "choice). Dose is an estimate; times are usual "
        "ones (unverified), without preparation.</p>"
    )


def _row(line: Line) -> str:
    seen = line.sight
    verdict, measured = "not in this picture", ("-", "-", "-")
    if seen.detectability is not None and seen.contrast_to_noise is not None:
        verdict = ("no", "yes")[seen.resolved]
        measured = (
            f"{seen.detectability:.1f}", f"{seen.contrast_to_noise:.1f}", f"{seen.n_cells:.0f}",
        )  # fmt: skip
    duct = "none" if seen.smallest_duct_mm is None else f"{seen.smallest_duct_mm:g} mm"
    if not seen.n_ducts:
        duct = "no duct in this plane"
    dose = f"{line.dose_mgy:.1f} mGy" if line.dose_mgy else "none"
    cells = (verdict, *measured, duct, dose, line.agent, line.time)
    name = line.name
    if seen.technique != line.name:
        name += f"<br><small>{html.escape(seen.technique)}</small>"
    return (
        f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{one}</td>" for one in cells) + "</tr>"
    )


def sentences(found: tuple[Line, ...]) -> str:
    """Say the table in words, a sentence for each machine."""
    return " ".join(
        f"{line.name}: lesion {'resolved' if line.sight.resolved else 'not resolved'}."
        for line in found
    )
