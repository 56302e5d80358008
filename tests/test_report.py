"""An analysis becomes files that programs and people can read, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from galactolab import report
from galactolab.errors import GalactolabError
from galactolab.reading import DEFAULT
from galactolab.records import Finding, Galactogram
from galactolab.terms import FindingType


@pytest.fixture
def bar() -> Galactogram:
    pixels = np.zeros((140, 60), np.float32)
    pixels[20:120, 25:35] = 1.0
    noise = np.random.default_rng(0).normal(0, 0.01, pixels.shape)
    return Galactogram(pixels=pixels + noise, spacing_mm=0.1, source="DICOM 0123abcd")


@pytest.fixture
def analysis(bar):
    finding = Finding(
        type=FindingType.DUCT_NARROWING,
        location=(60, 30),
        extent_mm=2.0,
        score=0.8,
        evidence={"stenosis_percent": np.float32(60)},
    )
    return replace(DEFAULT(bar), findings=(finding,))


def test_three_files_are_written_and_no_other(analysis, bar, tmp_path):
    """JSON, mask and overlay, and no left-over of the writing."""
    report.write(analysis, bar, tmp_path, name="case")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["case.json", "case.mask.png", "case.overlay.png"]


def test_json_holds_findings_with_their_codes_and_evidence(analysis, bar, tmp_path):
    """A finding is stored with its CID 6057 code and the numbers it rests on."""
    path, *_ = report.write(analysis, bar, tmp_path, name="case")
    content = json.loads(path.read_text())
    (finding,) = content["findings"]
    assert finding["code"] == {"value": "111429", "scheme": "DCM", "meaning": "Duct narrowing"}
    assert finding["evidence"] == {"stenosis_percent": 60.0}
    assert len(content["measurements"]) == len(analysis.tree)
    assert [step["stage"] for step in content["steps"]] == [s.stage for s in analysis.steps]


def test_mask_png_has_the_image_grid(analysis, bar, tmp_path):
    """The mask is stored pixel for pixel."""
    _, path, _ = report.write(analysis, bar, tmp_path, name="case")
    assert np.array_equal(np.asarray(Image.open(path)) > 0, analysis.mask.pixels)


def test_overlay_shows_the_finding(analysis, bar):
    """The marker changes pixels around the finding."""
    plain = np.asarray(report.overlay(replace(analysis, findings=()), bar), int)
    marked = np.asarray(report.overlay(analysis, bar), int)
    assert np.abs(marked - plain)[40:80].sum() > 1000


def test_a_file_in_place_of_the_folder_is_told(analysis, bar, tmp_path):
    """Naming a file as output folder gives one sentence."""
    (tmp_path / "out").write_text("")
    with pytest.raises(GalactolabError, match="is a file"):
        report.write(analysis, bar, tmp_path / "out", name="case")


def test_an_interrupted_write_keeps_the_old_file(analysis, bar, tmp_path, monkeypatch):
    """If writing fails half-way the earlier file stays and no fragment is left."""
    report.write(analysis, bar, tmp_path, name="case")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(report.os, "fdopen", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        report.write(analysis, bar, tmp_path, name="case")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
