"""Side and view are what the file says, by code or by text, and are never guessed."""

from __future__ import annotations

import pydicom
import pytest

from galactolab.dicom import DicomReadError, read_galactogram
from galactolab.errors import GalactolabError
from galactolab.terms import Laterality, View

UNSAID = {"ImageLaterality": None, "ViewCodeSequence": None, "ViewPosition": None}


def view_code(value: str) -> list[pydicom.Dataset]:
    item = pydicom.Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", "view"
    return [item]


@pytest.mark.parametrize("view", View)
def test_each_view_is_known_by_code_and_by_text(altered, view):
    """The code of CID 4014 alone, or View Position alone, names the view."""
    path = altered(ViewCodeSequence=view_code(view.code.value), ViewPosition=None)
    assert read_galactogram(path).view is view
    path = altered(ViewCodeSequence=None, ViewPosition=view.value)
    assert read_galactogram(path).view is view


def test_codes_of_older_files_are_known(altered):
    """Files made before SNOMED CT replaced SRT say R-10226 for the oblique view."""
    path = altered(ViewCodeSequence=view_code("R-10226"), ViewPosition=None)
    assert read_galactogram(path).view is View.MLO


def test_what_is_not_said_is_none_or_what_the_reader_says(altered):
    """Unknown words stay unknown; the reader may fill the gap."""
    path = altered(**{**UNSAID, "ViewPosition": "AP", "ImageLaterality": "B"})
    seen = read_galactogram(path)
    assert (seen.laterality, seen.view) == (None, None)
    seen = read_galactogram(path, laterality="R", view="ML")
    assert (seen.laterality, seen.view) == (Laterality.RIGHT, View.ML)


def test_the_older_laterality_stands_in(altered):
    """Without Image Laterality the Laterality of the series counts."""
    path = altered(ImageLaterality=None, Laterality="R")
    assert read_galactogram(path).laterality is Laterality.RIGHT


def test_who_contradicts_the_file_is_told(altered):
    """Asking for the right breast in a file of the left one is an error, not a wish."""
    path = altered()
    assert read_galactogram(path, laterality="L", view="CC").laterality is Laterality.LEFT
    with pytest.raises(DicomReadError, match="laterality is L, but laterality='R'"):
        read_galactogram(path, laterality="R")
    with pytest.raises(DicomReadError, match="view is CC, but view='ML'"):
        read_galactogram(path, view="ML")
    with pytest.raises(GalactolabError, match="one of: L, R"):
        read_galactogram(path, laterality="left")


def test_a_file_that_contradicts_itself_needs_a_decision(altered):
    """Two sides or two views in one header are refused until the reader chooses one of them."""
    path = altered(Laterality="R", ViewPosition="MLO")
    with pytest.raises(DicomReadError, match="contradicts itself: laterality L and R"):
        read_galactogram(path)
    seen = read_galactogram(path, laterality="R", view="MLO")
    assert (seen.laterality, seen.view) == (Laterality.RIGHT, View.MLO)
    with pytest.raises(DicomReadError, match="view CC and MLO"):
        read_galactogram(path, laterality="R", view="ML")
