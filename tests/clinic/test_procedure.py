"""Each choice of the procedure has its consequence, in the picture and in words."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from galactolab.clinic import consequences, nipple, procedure
from galactolab.clinic.artifacts import Artifact, artifacts, pictured
from galactolab.clinic.references import UNPUBLISHED, references
from galactolab.errors import GalactolabError
from galactolab.modalities import projection
from galactolab.patient.lesions import LesionKind
from galactolab.terms import View


@pytest.fixture(scope="module")
def woman():
    return nipple.made()


@pytest.fixture(scope="module")
def sound(woman):
    """Choices that leave nothing to mend."""
    return procedure.Choices(orifice=woman.discharging, volume_ml=0.5)


def wrong(choices):
    return [one.name for one in procedure.carried_out(choices).consequences if not one.good]


def contrast_mm3(outcome, view=View.CC):
    maps = projection.render(outcome.phantom, view=view, spacing_mm=0.4)
    return float(maps.contrast.sum()) * 0.4**2


def test_done_well_there_is_nothing_to_mend(sound):
    """All is good and the tree with its papilloma is seen."""
    outcome = procedure.carried_out(sound)
    assert outcome.readable
    assert [lesion.kind for lesion in outcome.phantom.lesions] == [LesionKind.PAPILLOMA]
    assert outcome.phantom.filling.share == 1.0


SPOILED = [
    ({"cannula": "blunt 22 G"}, "cannula_thick"),
    ({"cannula": "sharp 25 G"}, "cannula_sharp"),
    ({"depth_mm": 2.0}, "depth_shallow"),
    ({"depth_mm": 15.0}, "depth_deep"),
    ({"depth_mm": 25.0}, "depth_through"),
    ({"purged": False}, "air"),
    ({"concentration_mgi_ml": 100.0}, "iodine_low"),
    ({"volume_ml": 0.15}, "fill_under"),
    ({"volume_ml": 1.1}, "fill_over"),
    ({"volume_ml": 2.6}, "fill_burst"),
    ({"slowly": False}, "fast"),
    ({"after": "remove, leave open"}, "ran_out"),
    ({"force_n": 160.0}, "press_hard"),
    ({"force_n": 10.0}, "press_none"),
    ({"views": "CC only"}, "views_one"),
]


@pytest.mark.parametrize(("change", "name"), SPOILED, ids=[name for _, name in SPOILED])
def test_one_bad_choice_is_named(sound, change, name):
    """What was spoiled is among the consequences, with a source."""
    assert name in wrong(replace(sound, **change))
    assert consequences.consequences()[name].sources


@pytest.mark.parametrize(
    "change",
    [change for change, name in SPOILED if name not in {"views_one", "iodine_low", "press_none"}],
    ids=[name for _, name in SPOILED if name not in {"views_one", "iodine_low", "press_none"}],
)
def test_a_bad_choice_is_seen_in_the_picture(sound, change):
    """The contrast on the way of the rays is not that of the sound study."""
    maps = [
        projection.render(
            procedure.carried_out(choices).phantom, view=View.CC, spacing_mm=0.4
        ).contrast
        for choices in (sound, replace(sound, **change))
    ]
    rows, columns = np.minimum(maps[0].shape, maps[1].shape)
    assert np.abs(maps[0][:rows, :columns] - maps[1][:rows, :columns]).max() > 0.3


def test_the_wrong_pore_shows_another_tree_without_the_disease(woman, sound):
    """No papilloma, and the sentence says why."""
    other = woman.discharging % len(woman.orifices) + 1
    outcome = procedure.carried_out(replace(sound, orifice=other))
    assert outcome.phantom.lesions == ()
    assert "orifice_wrong" in wrong(replace(sound, orifice=other))


def test_little_iodine_is_little_contrast_in_the_agent(sound):
    """The lumen holds what was chosen."""
    weak = procedure.carried_out(replace(sound, concentration_mgi_ml=100.0))
    assert weak.phantom.filling.lumen_mgi_ml == 100.0


def test_more_volume_never_hurts_less(sound):
    """Pain and filling rise steadily to the burst."""
    felt = [procedure.injected(replace(sound, volume_ml=v)) for v in np.linspace(0, 3, 25)]
    pains, shares = [one.pain for one in felt], [one.share for one in felt]
    assert pains == sorted(pains)
    assert shares == sorted(shares)
    assert (pains[0], pains[-1]) == (0.0, 10.0)


def test_contrast_that_ran_out_is_missing(sound):
    """An open pore and a hard squeeze each leave less in the tree."""
    full = contrast_mm3(procedure.carried_out(sound))
    for change in ({"after": "remove, leave open"}, {"force_n": 200.0}):
        assert contrast_mm3(procedure.carried_out(replace(sound, **change))) < 0.8 * full


def test_views_and_dose_follow_the_choices(sound):
    """Two views cost twice one; magnification costs more."""
    one = procedure.carried_out(replace(sound, views="CC only"))
    two = procedure.carried_out(sound)
    near = procedure.carried_out(replace(sound, views="CC only", magnification=1.5))
    rng = np.random.default_rng(20_310)
    shots, dose = procedure.pictures(one, rng=rng)
    both, more = procedure.pictures(two, rng=rng)
    _, magnified = procedure.pictures(near, rng=rng)
    assert [shot.view for shot in shots] == [View.CC]
    assert [shot.view for shot in both] == [View.CC, View.ML]
    assert 1.8 < more / dose < 2.2
    assert magnified > 1.5 * dose


def test_only_the_diseased_lobe_gives_a_drop(woman):
    """Some hours bring fluid and most do not; they lie around the lobe's own hour."""
    wet = [hour for hour in range(1, 13) if woman.pressed(hour)]
    assert 1 <= len(wet) <= 3
    assert woman.pressed(woman.orifice(woman.discharging).lobe_clock)
    with pytest.raises(GalactolabError, match="clock is 0"):
        woman.pressed(0)
    with pytest.raises(GalactolabError, match="orifice is 9"):
        woman.orifice(9)


def test_orifices_are_apart_and_numbered_clockwise(woman):
    """Six openings that can be told from each other."""
    places = np.array([one.place_mm for one in woman.orifices])
    away = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert away[~np.eye(len(places), dtype=bool)].min() > 1.0
    assert [one.number for one in woman.orifices] == [1, 2, 3, 4, 5, 6]


def test_every_source_of_every_text_is_known():
    """No citation leads nowhere."""
    cited = [name for one in consequences.consequences().values() for name in one.sources]
    cited += [name for one in artifacts() for name in one.sources]
    assert [name for name in cited if name not in references() and name not in UNPUBLISHED] == []


def test_every_consequence_can_happen(woman, sound):
    """The file holds no text that no choice leads to."""
    tried = [sound, replace(sound, magnification=1.8)]
    tried += [replace(sound, **change) for change, _ in SPOILED]
    tried.append(replace(sound, orifice=woman.discharging % 6 + 1))
    met = {one.name for choices in tried for one in procedure.carried_out(choices).consequences}
    assert met == set(consequences.consequences())


@pytest.mark.parametrize("artifact", artifacts(), ids=lambda one: one.name)
def test_the_test_changes_an_artifact_and_leaves_disease(artifact):
    """After the test the picture differs by more than noise, but for the papilloma."""
    before, after = (pictured(artifact, tested=tested)[0].pixels for tested in (False, True))
    if before.shape != after.shape:
        return
    # Smoothed over a few pixels noise differs by far less than a defect of a duct.
    changed = np.abs(cv2.GaussianBlur(before - after, (0, 0), 1.5)) > 150
    share = float(changed.mean())
    assert share < 1e-6 if artifact.name == "papilloma" else share > 2e-5


def test_an_unknown_setting_of_an_artifact_is_refused():
    """A slip of the pen in the file is told by name."""
    with pytest.raises(GalactolabError, match="'colour'"):
        Artifact(
            name="x",
            title="x",
            seed=1,
            look="",
            test="",
            after="",
            sources=("1",),
            before={"colour": 1},
            tested={},
        )
