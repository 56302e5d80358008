"""Pictures and volumes of every machine become DICOM files of a virtual patient."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from galactolab.dicom import (
    contrast_mammogram,
    magnetic_resonance,
    tomosynthesis,
    ultrasound,
)
from galactolab.dicom.examination import file_meta
from galactolab.dicom.write import checked_case, put
from galactolab.errors import GalactolabError, check_between
from galactolab.terms import Modality
from galactolab.volumes import ModalityImage, Volume

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"


def write_image(
    path: str | os.PathLike[str], image: ModalityImage, *, case: str = "unnamed", number: int = 1
) -> Path:
    """Write an ultrasound picture or a contrast-enhanced mammogram.

    Parameters
    ----------
    path : path-like
        File to make; its folder has to exist.
    image : ModalityImage
    case : str
        Name of the virtual patient; all files of a case share patient and study.
    number : int
        Instance number.

    Raises
    ------
    GalactolabError
        If there is no DICOM object for this machine, or the file cannot be written.

    Examples
    --------
    >>> import tempfile, pydicom
    >>> image = ModalityImage(pixels=[[-60, 0]], spacing_mm=0.1, modality="US",
    ...                       technique="B-mode", unit="dB", window=(-60, 0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pydicom.dcmread(write_image(Path(folder) / "us.dcm", image)).Modality
    'US'
    """
    case = checked_case(case)
    check_between("number", number, 1, 999_999)
    if image.modality is Modality.ULTRASOUND:
        return put(Path(path), encoded(ultrasound.data_set(image, case=case, number=int(number))))
    if image.modality is Modality.MAMMOGRAPHY:
        elements = contrast_mammogram.data_set(image, case=case, number=int(number))
        return put(Path(path), encoded(elements))
    sentence = f"{image!r} cannot be written: pictures are written of US and MG, volumes of MR."
    raise GalactolabError(sentence)


def write_volume(
    path: str | os.PathLike[str], volume: Volume, *, case: str = "unnamed"
) -> tuple[Path, ...]:
    """Write a tomosynthesis as one file, or a magnetic resonance volume as one file per slice.

    Parameters
    ----------
    path : path-like
        A file for a tomosynthesis; a folder, which has to exist, for magnetic resonance.
    volume : Volume
        With side and place.
    case : str
        Name of the virtual patient.

    Returns
    -------
    tuple of pathlib.Path
        The files.

    Raises
    ------
    GalactolabError
        If there is no DICOM object for this machine, or a file cannot be written.
    """
    case = checked_case(case)
    if volume.modality is Modality.MAMMOGRAPHY:
        return (put(Path(path), encoded(tomosynthesis.data_set(volume, case=case))),)
    if volume.modality is not Modality.MAGNETIC_RESONANCE:
        raise GalactolabError(f"{volume!r} cannot be written: volumes are written of MG and MR.")
    folder = Path(path)
    if not folder.is_dir():
        raise GalactolabError(f"The folder {folder.name!r} for the slices does not exist.")
    return tuple(
        put(folder / f"slice-{number:04d}.dcm", encoded(elements))
        for number, elements in enumerate(magnetic_resonance.data_sets(volume, case=case), start=1)
    )


def encoded(elements: Dataset) -> bytes:
    """Return the bytes of a file, uncompressed."""
    import pydicom

    elements.file_meta = file_meta(elements, _EXPLICIT_LITTLE)
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, elements, enforce_file_format=True)
    return buffer.getvalue()
