"""Contrast fills what its volume and the obstructions let it fill."""

import itertools

import numpy as np
import pytest

from galactolab.errors import GalactolabError
from galactolab.patient import phantom
from galactolab.patient.filling import injected
from galactolab.patient.lesions import Plan


@pytest.fixture(scope="module")
def ducts():
    return phantom.make(seed=60).ducts


def _filled(ducts, **keywords):
    return injected(ducts, lobule_rng=np.random.default_rng(1), **keywords)


def test_more_contrast_never_fills_less(ducts):
    """Every duct's filled way grows with the volume, up to the whole tree."""
    ways = [np.array(_filled(ducts, volume_ml=v).filled_mm) for v in (0, 0.12, 0.2, 0.3, 0.6)]
    assert ways[0].sum() == 0
    assert all((more >= less - 1e-9).all() for less, more in itertools.pairwise(ways))
    assert ways[-1].sum() == pytest.approx(ducts.total_length_mm)


def test_nothing_passes_an_obstruction(ducts):
    """Ducts behind a block stay empty, its own duct fills up to it."""
    filled = _filled(ducts, blocks=((1, 2.0),), volume_ml=1.0).filled_mm
    behind = [i for i, duct in enumerate(ducts.branches) if duct.parent == 1]
    assert filled[1] <= 2.0
    assert all(filled[i] == 0 for i in behind)


def test_contrast_reaches_a_duct_only_through_its_parent(ducts):
    """A duct with contrast has a parent that is full."""
    filled = _filled(ducts, volume_ml=0.16).filled_mm
    for duct, way in zip(ducts.branches, filled, strict=True):
        if way > 0 and duct.parent is not None:
            parent = ducts.branches[duct.parent]
            assert filled[duct.parent] == pytest.approx(parent.length_mm)


def test_a_tight_narrowing_fills_late():
    """With little contrast, less flows behind a narrowing than in the same tree without."""
    free = phantom.make(seed=60, volume_ml=0.17)
    tight = phantom.make(
        seed=60,
        volume_ml=0.17,
        lesions=[Plan(kind="stenosis", size_mm=20, severity=0.94, distance_mm=18)],
    )
    index = next(i for i, d in enumerate(tight.ducts.branches) if d.radius_mm.min() < 0.06)
    assert tight.filling.filled_mm[index] <= free.filling.filled_mm[index]


def test_too_much_contrast_flows_back_and_then_leaks():
    """At 1.6 mL there is reflux; at 3 mL an extravasation as well."""
    some, much = (phantom.make(seed=60, volume_ml=v) for v in (1.6, 3.0))
    assert some.filling.reflux_ml > 0
    assert len(some.spilled) > 0
    assert not some.lesions
    assert [lesion.kind.name for lesion in much.lesions] == ["EXTRAVASATION"]


def test_dilution_lowers_the_iodine(ducts):
    filled = _filled(ducts, concentration_mgi_ml=300, dilution=0.25)
    assert filled.lumen_mgi_ml == pytest.approx(225)


@pytest.mark.parametrize(
    ("name", "value"),
    [("volume_ml", -1), ("volume_ml", 9), ("concentration_mgi_ml", 900), ("dilution", 1)],
)
def test_an_impossible_injection_is_refused_by_name(ducts, name, value):
    with pytest.raises(GalactolabError, match=f"{name} is {value}.* has to be between"):
        _filled(ducts, **{name: value})


def test_injecting_until_it_is_full_fills_a_wide_tree():
    """A widely dilated system takes more than usual, and is full."""
    wide = phantom.make(seed=114, lesions=[Plan(kind="ectasia", size_mm=6)], volume_ml=None)
    assert wide.filling.share == 1.0
    assert wide.filling.volume_ml > wide.ducts.volume_ml
