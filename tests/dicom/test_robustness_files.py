"""The public robustness collection: every file does what its `expected.json` says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galactolab.dicom import DicomReadError, read_galactogram, stored_values

Entry = dict[str, Any]

# Words of which one has to stand in a refusal, by kind of file.
REASONS = {
    "colour": ("color",),
    "palette": ("palette",),
    "multiframe": ("frames",),
    "segmentation": ("segmentation",),
    "float": ("floating-point",),
    "grey": ("dose",),
}


@pytest.fixture(scope="module")
def collection(shared_data: Path) -> tuple[Path, list[Entry]]:
    folder = shared_data / "dicom_robustness"
    entries: list[Entry] = json.loads((folder / "expected.json").read_text())
    return folder, entries


def chosen(collection: tuple[Path, list[Entry]], expect: str) -> list[tuple[Path, Entry]]:
    folder, entries = collection
    found = [(folder / entry["file"], entry) for entry in entries if entry["expect"] == expect]
    assert len(found) >= 10, "the collection is not the one that this test knows"
    return found


def check_stored(values: np.ndarray, entry: Entry) -> None:
    said = entry["pixels"]
    assert list(values.shape) == said["shape"]
    assert str(values.dtype) == said["dtype"]
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    same = hashlib.sha256(little.tobytes()).hexdigest() == said["sha256"]
    if entry["lossless"]:
        assert same, entry["file"]
        assert (values.min(), values.max()) == (said["min"], said["max"])
    assert values.mean() == pytest.approx(
        said["mean"], abs=entry.get("tolerance", {}).get("mean", 1e-5)
    )


def test_stored_values_are_those_of_the_reference(collection):
    """Minimum, maximum, mean and hash of the stored values agree for each file to load."""
    for path, entry in chosen(collection, "load"):
        check_stored(stored_values(path), entry)


def test_each_file_to_load_becomes_a_galactogram(collection):
    """With a given spacing each grey file becomes a finite record on the file's own grid."""
    for path, entry in chosen(collection, "load"):
        seen = read_galactogram(path, spacing_mm=0.1)
        assert list(seen.pixels.shape) == entry["pixels"]["shape"]
        assert seen.spacing_mm == (0.1, 0.1)


def test_disputed_files_give_the_listed_pixels_or_name_the_reason(collection):
    """Color, palette, frames, masks and floats: listed pixels, or a refusal that says which."""
    for path, entry in chosen(collection, "load_or_error"):
        try:
            values = stored_values(path)
        except DicomReadError as error:
            sentence = str(error)
            assert path.name in sentence
            # A color image with frames may be refused for either.
            reasons = REASONS[entry["kind"]] + (("frames",) if entry["frames"] else ())
            assert any(reason in sentence for reason in reasons), sentence
        else:
            check_stored(values, entry)


def test_files_without_usable_image_give_one_sentence(collection):
    """Each says its name and a reason, in one line, and links to no inner exception."""
    for path, _ in chosen(collection, "error"):
        for read in (read_galactogram, stored_values):
            with pytest.raises(DicomReadError) as caught:
                read(path)
            sentence = str(caught.value)
            assert sentence.startswith(f"Cannot read {path.name}: ")
            assert sentence.endswith(".")
            assert "\n" not in sentence
            assert caught.value.__cause__ is None


def test_a_truncated_file_says_how_many_bytes_are_missing(collection):
    """The reference counts 62 missing bytes in the truncated file, and so do we."""
    path = collection[0] / "files" / "pyd__MR_truncated.dcm"
    with pytest.raises(DicomReadError, match="62 of 8192 bytes of pixel data are missing"):
        stored_values(path)
