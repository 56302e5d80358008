"""A tomosynthesis focuses each height, and the wider its arc the thinner its slices."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from galactolab.errors import GalactolabError
from galactolab.modalities import (
    projection,
    tomosynthesis as tomo,
    tomosynthesis_sweep as sweeps,
    xray,
)
from galactolab.modalities.exposure import expose
from galactolab.modalities.tomosynthesis_tissue import slabs
from galactolab.patient import phantom
from galactolab.patient.lesions import Plan
from galactolab.patient.solids import Balls, tube
from galactolab.terms import Laterality, View
from galactolab.volumes import Tissue

MIDDLE_MM = 22.5


@pytest.fixture(scope="module")
def patient():
    return phantom.make(seed=21, lesions=[Plan(kind="papilloma", size_mm=5)])


def _at(where, *, up_mm, out_mm, above_mm):
    """Place in the breast frame of a point of the compressed breast."""
    placement = where.placement()
    row = where.row0 - up_mm / where.spacing_mm[0]
    column = out_mm / where.spacing_mm[1]
    return placement.point_mm((above_mm, row, column))


def _sweep(patient, solid, *, arc_deg, n_views=25, spacing_mm=0.1):
    """Lengths through a solid alone, seen from each angle: no tissue, no noise."""
    where = projection.frame(patient, view=View.CC, spacing_mm=spacing_mm)
    tilts = tomo.angles(arc_deg=arc_deg, n_views=n_views)
    seen = [projection.lengths_seen(solid, replace(where, tilt_deg=t))[0] for t in tilts]
    return tomo.Projections(
        pixels=np.stack(seen), angle_deg=tilts, method="shift and add", where=where,
        phantom=patient, beam=sweeps.Beam(mas=1), mgd_mgy=0.0,
    )  # fmt: skip


def _ball(patient, *, radius_mm, above_mm=0.0, spacing_mm=0.1):
    where = projection.frame(patient, view=View.CC, spacing_mm=spacing_mm)
    point = _at(where, up_mm=3.0, out_mm=50.0, above_mm=above_mm)
    row, column, _ = where.placed(point[None])[0]
    return Balls(center_mm=point[None], radius_mm=np.array([radius_mm])), (
        round(row),
        round(column),
    )


def _artifact_spread_mm(sweep, at):
    """Full width at half maximum of the signal of a ball across the slices."""
    heights = np.arange(0.5, 44.6, 0.5)
    signal = np.array([tomo.focused(sweep, height_mm=h)[at] for h in heights])
    above = heights[signal > signal.max() / 2]
    return above[-1] - above[0] + 0.5


def _expected_spread_mm(radius_mm, arc_deg):
    """The same from geometry: a beam tilted by a passes a point z above at z * sin(a)."""
    tilts = np.radians(np.linspace(-arc_deg / 2, arc_deg / 2, 2001))

    def left(z):
        chord = np.sqrt(np.maximum(radius_mm**2 - (z * np.sin(tilts)) ** 2, 0)) / radius_mm
        return chord.mean() - 0.5

    return 2 * brentq(left, 1e-3, 200)


@pytest.mark.parametrize(("arc_deg", "radius_mm"), [(15, 0.5), (25, 0.5), (50, 0.5), (50, 1.5)])
def test_the_artifact_spread_is_what_geometry_says(patient, arc_deg, radius_mm):
    """Within 10 % and half a slice step; as defined by Wu et al. 2004 (doi:10.1118/1.1786692)."""
    solid, at = _ball(patient, radius_mm=radius_mm)
    measured = _artifact_spread_mm(_sweep(patient, solid, arc_deg=arc_deg), at)
    expected = _expected_spread_mm(radius_mm, arc_deg)
    assert measured == pytest.approx(expected, rel=0.1, abs=0.5)


def test_a_wider_arc_gives_thinner_slices(patient):
    """Artifact spread falls from 15 over 25 to 50 degrees by more than half in all."""
    solid, at = _ball(patient, radius_mm=0.5)
    spread = [_artifact_spread_mm(_sweep(patient, solid, arc_deg=arc), at) for arc in (15, 25, 50)]
    assert spread[0] > spread[1] > spread[2]
    assert spread[2] < spread[0] / 2


@pytest.mark.parametrize("arc_deg", [15, 25, 50])
def test_in_plane_a_line_stays_as_sharp_as_in_one_radiograph(patient, arc_deg):
    """Its width in focus does not depend on the arc, and filtering never widens it.

    A slice is as sharp as the detector if its pixels are no larger (Acciavatti and Maidment 2012,
    doi:10.1118/1.4757583).
    """
    where = projection.frame(patient, view=View.CC, spacing_mm=0.1)
    ends = [_at(where, up_mm=3.0, out_mm=x, above_mm=0.0) for x in (30.0, 70.0)]
    line = tube(np.array(ends), np.full(2, 0.2))
    sweep = _sweep(patient, line, arc_deg=arc_deg)
    column = 500
    plain = _width_px(sweep.pixels[12][:, column])
    added = _width_px(tomo.focused(sweep, height_mm=MIDDLE_MM)[:, column])
    sharp = _width_px(tomo.focused(tomo.filtered(sweep), height_mm=MIDDLE_MM)[:, column])
    assert added == pytest.approx(plain, rel=0.1)
    assert sharp <= 1.05 * added


def _width_px(profile):
    """Full width at half maximum, linear between pixels."""
    half, peak = profile.max() / 2, int(profile.argmax())
    sides = []
    for step in (-1, 1):
        at = peak
        while profile[at + step] > half:
            at += step
        inside, outside = profile[at], profile[at + step]
        sides.append(abs(at - peak) + (inside - half) / (inside - outside))
    return sum(sides)


@pytest.mark.parametrize("above_mm", [-15.0, -4.0, 9.0])
@pytest.mark.parametrize("side", list(Laterality))
def test_a_ball_is_in_focus_at_its_true_height(side, above_mm):
    """Of all slices the brightest is within half a millimeter of where the ball lies."""
    patient = phantom.make(seed=21, laterality=side)
    where = projection.frame(patient, view=View.CC, spacing_mm=0.2)
    point = where.placement().point_mm((above_mm, where.row0 + 10, 200.0))
    ball = Balls(center_mm=point[None], radius_mm=np.array([0.6]))
    sweep = tomo.filtered(_sweep(patient, ball, arc_deg=50, spacing_mm=0.2))
    heights = np.arange(1.0, 44.5, 0.5)
    signal = [tomo.focused(sweep, height_mm=h)[round(where.row0) + 10, 200] for h in heights]
    assert heights[np.argmax(signal)] == pytest.approx(MIDDLE_MM + above_mm, abs=0.5)


def test_ducts_that_cross_come_apart(patient):
    """In the slice of one duct the other, 16 mm away, keeps less than a fifth of its signal."""
    where = projection.frame(patient, view=View.CC, spacing_mm=0.2)
    pair = [
        tube(
            np.array([
                _at(where, up_mm=-12 * s, out_mm=40.0, above_mm=8 * s),
                _at(where, up_mm=12 * s, out_mm=60.0, above_mm=8 * s),
            ]),
            np.full(2, 0.5),
        )
        for s in (-1, 1)
    ]  # fmt: skip
    both = Balls(
        center_mm=np.concatenate([one.center_mm for one in pair]),
        radius_mm=np.concatenate([one.radius_mm for one in pair]),
    )
    sweep = tomo.filtered(_sweep(patient, both, arc_deg=50, spacing_mm=0.2))
    upper = tomo.focused(sweep, height_mm=MIDDLE_MM + 8)
    lower = tomo.focused(sweep, height_mm=MIDDLE_MM - 8)
    here = where.placed(_at(where, up_mm=6.0, out_mm=55.0, above_mm=8.0)[None])[0, :2]
    row, column = np.rint(here).astype(int)
    assert lower[row, column] < 0.2 * upper[row, column]


def test_filtered_back_projection_gives_attenuation_per_centimeter(patient):
    """A wide slab of 0.05 per mm reads 0.5 per cm in the middle, within 5 %."""
    where = projection.frame(patient, view=View.CC, spacing_mm=1.0)
    tilts = tomo.angles(arc_deg=50, n_views=25)
    shape = (25, 800, 4)
    slab = 0.05 * 45 / np.cos(np.radians(tilts))[:, None, None] * np.ones(shape)
    sweep = tomo.Projections(
        pixels=slab.astype(np.float32), angle_deg=tilts, method="shift and add", where=where,
        phantom=patient, beam=sweeps.Beam(mas=1), mgd_mgy=0.0,
    )  # fmt: skip
    plane = tomo.focused(tomo.filtered(sweep), height_mm=MIDDLE_MM)
    assert plane[400, 2] == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("view", [View.CC, View.ML])
def test_the_slabs_hold_the_breast_of_the_radiograph(patient, view):
    """Thickness agrees with the plain view within 1 %, gland within 12 %, at the same places."""
    where = projection.frame(patient, view=view, spacing_mm=0.5)
    parts = slabs(patient.breast, where.posture).seen(where)
    plain = projection.render(patient, view=view, spacing_mm=0.5)
    whole = parts["adipose"] + parts["glandular"] + parts["skin"]
    assert whole.sum() == pytest.approx(
        (plain.adipose + plain.glandular + plain.skin).sum(), rel=0.01
    )
    assert parts["glandular"].sum() == pytest.approx(plain.glandular.sum(), rel=0.12)
    inside = plain.breast
    assert np.corrcoef(parts["glandular"][inside], plain.glandular[inside])[0, 1] > 0.8


@pytest.mark.parametrize("tilt", [-25.0, 12.0])
def test_a_tilted_beam_meets_the_same_volume(patient, tilt):
    """Length times the width across the beam is the volume, from every angle, within 1 %."""
    upright = projection.frame(patient, view=View.CC, spacing_mm=0.4)
    tissue = slabs(patient.breast, upright.posture)
    tilted = replace(upright, tilt_deg=tilt)
    both = [sweeps.seen(patient, where, tissue) for where in (upright, tilted)]
    for name in ("glandular", "adipose", "contrast"):
        volume = [
            getattr(maps, name).sum(dtype=float) * np.prod(where.beam_spacing_mm)
            for maps, where in zip(both, (upright, tilted), strict=True)
        ]
        assert volume[1] == pytest.approx(volume[0], rel=0.01), name


def test_the_lesion_lies_where_its_mark_says(patient):
    """In the slice of the mark the middle of the labeled lesion is within 1 mm of it."""
    rng = np.random.default_rng(1)
    volume = tomo.simulate(patient, rng=rng, n_views=9, spacing_mm=0.4, slice_mm=1.0)
    at = np.array(volume.marks[0].index)
    labeled = np.argwhere(volume.truth == Tissue.LESION)
    away = (labeled.mean(axis=0) - at) * (volume.slice_mm, *volume.spacing_mm)
    assert np.linalg.norm(away) < 1.0


def test_the_dose_is_that_of_a_mammogram_times_the_ratio(patient):
    """Within 6 %: other noise, another pixel size for the automatic exposure."""
    sweep = tomo.acquired(patient, rng=np.random.default_rng(2), n_views=9, spacing_mm=0.5)
    maps = projection.render(patient, view=View.CC, spacing_mm=0.5)
    plain = expose(maps, rng=np.random.default_rng(2))
    assert sweep.mgd_mgy / plain.mgd_mgy == pytest.approx(tomo.DOSE_RATIO, rel=0.06)


def test_the_same_noise_gives_the_same_pixels_on_any_number_of_threads(patient, monkeypatch):
    """One thread or several: each radiograph has random numbers of its own."""
    several = tomo.acquired(patient, rng=np.random.default_rng(5), n_views=5, spacing_mm=1.0)
    monkeypatch.setattr(sweeps.os, "cpu_count", lambda: 1)
    one = tomo.acquired(patient, rng=np.random.default_rng(5), n_views=5, spacing_mm=1.0)
    assert np.array_equal(several.pixels, one.pixels)


def test_progress_is_told_to_the_end(patient):
    told = []
    sweep = tomo.acquired(
        patient, rng=np.random.default_rng(5), n_views=3, spacing_mm=2.0,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    tomo.reconstructed(sweep, slice_mm=10, progress=lambda *step: told.append(step))
    assert told == [(1, 3), (2, 3), (3, 3), (1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"arc_deg": 120.0}, "arc_deg"),
        ({"n_views": 2}, "n_views"),
        ({"view": "SIO"}, "view"),
        ({"spacing_mm": 0.001}, "spacing_mm"),
    ],
)
def test_what_no_machine_does_is_refused(patient, wrong, words):
    with pytest.raises(GalactolabError, match=words):
        tomo.acquired(patient, rng=np.random.default_rng(0), **wrong)


def test_a_small_defect_is_seen_in_slice_and_radiograph():
    """A 4 mm papilloma darkens the duct by more than half in the slice through it."""
    patient = phantom.make(
        seed=21, lesions=[Plan(kind="papilloma", size_mm=4)], main_caliber_mm=1.9
    )
    sweep = tomo.filtered(tomo.acquired(patient, rng=np.random.default_rng(3)))
    height = sweep.thickness_mm / 2 + sweep.where.placement().index(patient.lesions[0].point_mm)[0]
    image = tomo.sliced(sweep, height_mm=height)
    lesion = image.pixels[image.truth == Tissue.LESION].mean()
    lumen = image.pixels[image.truth == Tissue.LUMEN].mean()
    tissue = np.median(image.pixels[(image.truth == Tissue.FAT) | (image.truth == Tissue.GLAND)])
    assert lesion - tissue < 0.5 * (lumen - tissue)
    assert xray.view_of("CC") is image.settings["view"]
