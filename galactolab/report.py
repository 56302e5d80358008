"""An analysis as files: JSON for programs, PNG for eyes, one CSV row for a table.

Every file is written beside its final name first and then moved there, so that an
interrupted run leaves no half file. Nothing here holds a patient's identity: the source
is the fingerprint that the reader gave the galactogram.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from galactolab import __version__
from galactolab.errors import GalactolabError
from galactolab.records import Analysis, Finding, Galactogram

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

OVERLAY_SIDE_PX = 2000
"""Longest side of the overlay picture: sharp on a projector, small in a mail."""

_DUCT_COLOR = (86, 180, 233)
_FINDING_COLOR = (240, 228, 66)


def write(
    analysis: Analysis, galactogram: Galactogram, folder: Path, *, name: str
) -> tuple[Path, ...]:
    """Write ``NAME.json``, ``NAME.mask.png`` and ``NAME.overlay.png``.

    Parameters
    ----------
    analysis : Analysis
    galactogram : Galactogram
        The image that was read.
    folder : Path
        Made if it is missing.
    name : str
        Stem of the file names.

    Returns
    -------
    tuple of Path
        The three files.

    Raises
    ------
    GalactolabError
        If the folder cannot be written.
    """
    checked_folder(folder)
    text = json.dumps(as_json(analysis, galactogram), indent=1, allow_nan=False)
    mask = _picture(analysis.mask.pixels)
    return (
        _replaced(folder / f"{name}.json", text.encode()),
        _replaced(folder / f"{name}.mask.png", _png(mask)),
        _replaced(folder / f"{name}.overlay.png", _png(overlay(analysis, galactogram))),
    )


def write_summary(rows: Iterable[Mapping[str, object]], folder: Path) -> Path:
    """Write ``summary.csv``, one row per image as `summary_row` made it."""
    import pandas as pd  # noqa: PLC0415 (0.5 s that `--help` does not need)

    checked_folder(folder)
    table = pd.DataFrame(list(rows))
    return _replaced(folder / "summary.csv", table.to_csv(index=False).encode())


def checked_folder(folder: Path) -> Path:
    """Return `folder`, made if missing, or say why nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        sentence = f"The output folder {str(folder)!r} is a file; name a folder with --out."
        raise GalactolabError(sentence) from error
    except OSError as error:
        sentence = (
            f"The output folder {str(folder)!r} cannot be written ({error.strerror}); "
            "name one that you may write to."
        )
        raise GalactolabError(sentence) from error
    return folder


def as_json(analysis: Analysis, galactogram: Galactogram) -> dict[str, object]:
    """Return the analysis as plain values that `json` can write.

    Examples
    --------
    >>> from galactolab.records import DuctMask
    >>> from galactolab.reading import measure, trace
    >>> image = Galactogram(pixels=np.zeros((8, 8)), spacing_mm=0.1)
    >>> mask = DuctMask(pixels=np.zeros((8, 8), bool), spacing_mm=0.1)
    >>> tree = trace.tree(mask)
    >>> empty = Analysis(mask=mask, tree=tree, measurements=measure.branches(tree))
    >>> as_json(empty, image)["findings"]
    []
    """
    table = analysis.measurements
    return {
        "galactolab": __version__,
        "purpose": "teaching and research; not for diagnosis",
        "image": {
            "source": galactogram.source,
            "rows": galactogram.pixels.shape[0],
            "columns": galactogram.pixels.shape[1],
            "spacing_mm": list(galactogram.spacing_mm),
            "laterality": _plain(galactogram.laterality),
            "view": _plain(galactogram.view),
            "intent": _plain(galactogram.intent),
        },
        "orifice": _plain(analysis.tree.orifice),
        "findings": [_finding_as_json(finding) for finding in analysis.findings],
        "measurements": [
            {str(key): _plain(value) for key, value in row.items()}
            for row in table.reset_index(drop=True).to_dict("records")
        ],
        "branches": [_plain(np.round(branch.path, 2)) for branch in analysis.tree.branches],
        "steps": [_plain(step) for step in analysis.steps],
    }


def summary_row(name: str, analysis: Analysis, galactogram: Galactogram) -> dict[str, object]:
    """Return one line of the cohort table: size of the tree, findings by type."""
    tree = analysis.tree
    kinds = [finding.type.name for finding in analysis.findings]
    return {
        "name": name,
        "source": galactogram.source,
        "n_branches": len(tree),
        "total_length_mm": round(tree.total_length_mm, 2),
        "duct_area_mm2": round(
            float(analysis.mask.pixels.sum()) * tree.spacing_mm[0] * tree.spacing_mm[1], 2
        ),
        "n_findings": len(kinds),
        "findings": "; ".join(sorted(set(kinds))),
        "mimics": "; ".join(
            sorted({found.mimic.name for found in analysis.findings if found.mimic})
        ),
        "top_finding": kinds[0] if kinds else "",
        "top_score": round(analysis.findings[0].score, 3) if kinds else "",
        "error": "",
    }


def overlay(analysis: Analysis, galactogram: Galactogram) -> Image.Image:
    """Draw tree and numbered findings over the radiograph.

    Returns
    -------
    PIL.Image.Image
        RGB, the longest side at most `OVERLAY_SIDE_PX` pixels.
    """
    from PIL import ImageDraw  # noqa: PLC0415 (as above)

    picture = _shown(galactogram).convert("RGB")
    scale = picture.width / galactogram.pixels.shape[1]
    draw = ImageDraw.Draw(picture)
    for branch, order in zip(analysis.tree.branches, analysis.tree.strahler, strict=True):
        points = [(float(x * scale), float(y * scale)) for y, x in branch.path + 0.5]
        draw.line(points, fill=_DUCT_COLOR, width=max(1, min(order, 4)))
    for number, finding in enumerate(analysis.findings, start=1):
        _mark(draw, number, finding, scale=scale, spacing_mm=galactogram.spacing_mm[0])
    return picture


def _mark(
    draw: ImageDraw.ImageDraw, number: int, finding: Finding, *, scale: float, spacing_mm: float
) -> None:
    y, x = ((value + 0.5) * scale for value in finding.location)
    radius = max(10.0, 0.5 * finding.extent_mm / spacing_mm * scale + 4)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_FINDING_COLOR, width=2)
    doubt = f" (may be {finding.mimic.label})" if finding.mimic else ""
    words = f"{number} {finding.type.label}{doubt}"
    draw.text((x + radius + 3, y - 6), words, fill=_FINDING_COLOR)


def _shown(galactogram: Galactogram) -> Image.Image:
    """Return the radiograph in 8 bits, window from its own gray values, small enough to mail."""
    from PIL import Image  # noqa: PLC0415 (as above)

    pixels = galactogram.pixels
    step = max(1, max(pixels.shape) // 1000)
    low, high = np.percentile(pixels[::step, ::step], (1, 99.7))
    gray = (pixels - low) * (255 / max(high - low, 1e-6))
    picture = Image.fromarray(gray.clip(0, 255).astype(np.uint8))
    picture.thumbnail((OVERLAY_SIDE_PX, OVERLAY_SIDE_PX))
    return picture


def _picture(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 (as above)

    return Image.fromarray(mask.astype(np.uint8) * 255)


def _png(picture: Image.Image) -> bytes:
    from io import BytesIO  # noqa: PLC0415 (as above)

    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def _replaced(path: Path, content: bytes) -> Path:
    """Write `content` so that `path` is either the old file or the whole new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _finding_as_json(finding: Finding) -> dict[str, object]:
    code = finding.type.code
    return {
        "type": finding.type.name,
        "code": {"value": code.value, "scheme": code.scheme, "meaning": code.meaning},
        "location": _plain(finding.location),
        "extent_mm": round(finding.extent_mm, 3),
        "branch": finding.branch,
        "score": round(finding.score, 4),
        "mimic": None if finding.mimic is None else finding.mimic.code._asdict(),
        "evidence": _plain(finding.evidence),
    }


def _plain(value: object) -> Any:  # noqa: ANN401 (JSON has no narrower type)
    """Turn numpy, enum, dataclass and callable values into what JSON can hold."""
    plain: Any = value
    if isinstance(value, np.ndarray | np.generic):
        plain = _plain(value.tolist())
    elif isinstance(value, bool | str | int | None):
        plain = value
    elif isinstance(value, float):
        plain = value if np.isfinite(value) else None
    elif isinstance(value, Mapping):
        plain = {str(key): _plain(item) for key, item in value.items()}
    elif isinstance(value, Sequence | set | frozenset):
        plain = [_plain(item) for item in value]
    elif is_dataclass(value) and not isinstance(value, type):
        plain = {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    elif hasattr(value, "value"):
        plain = _plain(value.value)
    elif callable(value):
        plain = f"{value.__module__}:{getattr(value, '__qualname__', type(value).__qualname__)}"
    else:
        plain = repr(value)
    return plain
