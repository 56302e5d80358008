"""Small DICOM files to read: written by us, then altered one element at a time."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from galactolab.dicom import write_galactogram
from galactolab.records import Galactogram

Altered = Callable[..., Path]


def drawn(intent: str = "FOR PRESENTATION", shape: tuple[int, int] = (12, 17)) -> Galactogram:
    """A left CC view with every value of a ramp, so that a wrong order of pixels shows."""
    ramp = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    pixels = ramp / ramp.max() * 6 if intent == "FOR PROCESSING" else ramp + 100
    return Galactogram(pixels=pixels, spacing_mm=0.07, laterality="L", view="CC", intent=intent)


def program(name: str) -> str:
    """Path of an installed program; the test is skipped without it."""
    packages = {"dciodvfy": "dicom3tools"}
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} (Debian package {packages.get(name, 'dcmtk')}) is not installed")
    return found


@pytest.fixture
def altered(tmp_path: Path) -> Altered:
    """Make a file, with elements set to other values, or removed where the value is None."""

    def make(
        *, intent: str = "FOR PRESENTATION", stored: np.ndarray | None = None, **elements: Any
    ) -> Path:
        path = write_galactogram(tmp_path / "altered.dcm", drawn(intent))
        with warnings.catch_warnings():  # pydicom warns of the odd values that tests want
            warnings.simplefilter("ignore")
            return changed(path, stored, elements)

    def changed(path: Path, stored: np.ndarray | None, elements: dict[str, Any]) -> Path:
        data = pydicom.dcmread(path)
        if stored is not None:
            data.Rows, data.Columns = stored.shape
            data.BitsAllocated = data.BitsStored = 8 * stored.dtype.itemsize
            data.HighBit = data.BitsStored - 1
            data.PixelRepresentation = int(stored.dtype.kind == "i")
            kind = "OB" if stored.dtype.itemsize == 1 else "OW"
            data.add_new("PixelData", kind, stored.tobytes() + b"\0" * (stored.nbytes % 2))
        for keyword, value in elements.items():
            if value is None:
                if keyword in data:
                    delattr(data, keyword)
            elif keyword.startswith("PixelPadding"):  # its type depends on that of the pixels
                data.add_new(keyword, "US", value)
            else:
                setattr(data, keyword, value)
        data.save_as(path)
        return path

    return make
