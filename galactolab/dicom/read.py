"""A DICOM file becomes a galactogram.

The order is: bytes and header (`content`), stored values (`pixels`, `codestream`), gray
scale (`attenuation`), size (`spacing`), side and view (`labels`).
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from galactolab.dicom.attenuation import attenuation, stated_intent
from galactolab.dicom.content import read_content
from galactolab.dicom.errors import refusal
from galactolab.dicom.labels import stated_laterality, stated_view
from galactolab.dicom.pixels import stored_pixels
from galactolab.dicom.spacing import ObjectSpacing, SpacingRule, object_spacing
from galactolab.records import Galactogram
from galactolab.terms import Laterality, View
from galactolab.tree import checked_spacing


def read_galactogram(
    path: str | os.PathLike[str],
    *,
    spacing_mm: float | tuple[float, float] | None = None,
    laterality: Laterality | str | None = None,
    view: View | str | None = None,
    burned_in_annotation_ok: bool = False,
) -> Galactogram:
    """Read a radiograph: a mammography image of either intent, or another gray image.

    The pixel grid is the file's own. The record holds no word about a patient; `source`
    is a fingerprint of the picture.

    Parameters
    ----------
    path : path-like
        A DICOM file with one gray frame: uncompressed, deflated, RLE, JPEG (baseline,
        12 bits, lossless), JPEG-LS, JPEG 2000 or HTJ2K.
    spacing_mm : float or (float, float), optional
        Pixel size (row, column) at the object in mm; it replaces what the file says.
        Which statement is used otherwise: `read_spacing`.
    laterality : {"L", "R"}, optional
        Side, for a file that does not state it.
    view : str, optional
        View, e.g. "CC", for a file that does not state it.
    burned_in_annotation_ok : bool
        A file may say that text is burned into its picture, which may name the patient.
        It is refused unless somebody has looked and says True here.

    Returns
    -------
    Galactogram
        A larger pixel value means more attenuation. FOR PROCESSING pixels that are
        linear in the X-ray intensity become ``-ln(value / full scale)``; values that are
        logarithms already keep their scale; the rules for files with missing statements
        are those of `galactolab.dicom.attenuation.attenuation`.

    Raises
    ------
    DicomReadError
        If the file cannot be read, holds no single gray frame, does not say how large a
        pixel is, or contradicts what was asked for. It names the file and the reason.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from galactolab.dicom import write_galactogram
    >>> made = Galactogram(pixels=np.eye(4) * 100, spacing_mm=0.07, laterality="R", view="ML")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_galactogram(pathlib.Path(folder) / "small.dcm", made)
    ...     seen = read_galactogram(file)
    >>> seen
    Galactogram(4 x 4 px at 0.07 mm, R ML, FOR PRESENTATION)
    >>> seen.pixels[1]
    array([  0., 100.,   0.,   0.], dtype=float32)
    """
    content = read_content(path)
    if content.text("BurnedInAnnotation") == "YES" and not burned_in_annotation_ok:
        raise refusal(
            content.name,
            "it says that text is burned into the picture, which may name the patient; look at "
            "it first, then pass burned_in_annotation_ok=True",
        )
    stored = stored_pixels(content)
    size = object_spacing(content).mm if spacing_mm is None else checked_spacing(spacing_mm)
    side, direction = stated_laterality(content, laterality), stated_view(content, view)
    pixels = attenuation(content, stored)
    return Galactogram(
        pixels=pixels,
        spacing_mm=size,
        laterality=side,
        view=direction,
        intent=stated_intent(content),
        source=f"DICOM {_fingerprint(pixels)}",
    )


def read_spacing(
    path: str | os.PathLike[str], *, spacing_mm: float | tuple[float, float] | None = None
) -> ObjectSpacing:
    """Pixel size at the object and the statement it rests on.

    Parameters
    ----------
    path : path-like
    spacing_mm : float or (float, float), optional
        As for `read_galactogram`: where it is given, it is what is used.

    Returns
    -------
    ObjectSpacing

    Raises
    ------
    DicomReadError
        As `read_galactogram`.
    """
    content = read_content(path)
    if spacing_mm is not None:
        return ObjectSpacing(mm=checked_spacing(spacing_mm), rule=SpacingRule.GIVEN)
    return object_spacing(content)


def stored_values(path: str | os.PathLike[str]) -> npt.NDArray[np.integer[Any]]:
    """Pixel values as stored: before any slope, table or inversion.

    Parameters
    ----------
    path : path-like
        As for `read_galactogram`.

    Returns
    -------
    (M, N) array of uint8, int8, uint16 or int16
        In the file's own type and grid.

    Raises
    ------
    DicomReadError
        As `read_galactogram`, but for size, side, view and burned-in text.
    """
    return stored_pixels(read_content(path)).copy()


def _fingerprint(pixels: npt.NDArray[np.float32]) -> str:
    """Eight hexadecimal digits of the picture alone, so that no name can be guessed from it."""
    digest = hashlib.blake2b(str(pixels.shape).encode(), digest_size=4)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
