"""Records check themselves once, when they are made, and name the value that is wrong."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from galactolab.errors import GalactolabError, check_between, check_one_of
from galactolab.records import DuctMask, Finding, Galactogram
from galactolab.terms import FindingType, Intent, Laterality, View


def flat(**changes) -> Galactogram:
    return Galactogram(**{"pixels": np.ones((3, 4)), "spacing_mm": 0.1, **changes})


def test_one_number_is_a_square_pixel():
    """A single spacing means the same distance along rows and columns."""
    assert flat().spacing_mm == (0.1, 0.1)


def test_pixels_become_float32_and_words_become_terms():
    """Whatever number type comes in, the record holds float32; strings become enums."""
    record = flat(pixels=np.ones((3, 4), np.int16), laterality="R", view="MLO")
    assert record.pixels.dtype == np.float32
    assert (record.laterality, record.view) == (Laterality.RIGHT, View.MLO)
    assert record.intent is Intent.FOR_PRESENTATION


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pixels": np.ones(5)}, r"shape \(5,\)"),
        ({"pixels": np.ones((0, 5))}, r"shape \(0, 5\)"),
        ({"pixels": np.full((2, 2), np.nan)}, "not finite"),
        ({"spacing_mm": 0.0}, "above 0 mm"),
        ({"spacing_mm": (0.1, -0.1)}, "above 0 mm"),
        ({"spacing_mm": float("inf")}, "above 0 mm"),
        ({"laterality": "X"}, "one of: L, R"),
        ({"view": "AP"}, "one of: CC, MLO"),
        ({"intent": "FOR FUN"}, "FOR PROCESSING"),
    ],
)
def test_a_wrong_galactogram_is_refused_in_one_sentence(changes, words):
    """Each wrong field is named together with what is allowed."""
    with pytest.raises(GalactolabError, match=words) as caught:
        flat(**changes)
    assert "\n" not in str(caught.value)


def test_spacing_that_is_no_pair_is_refused():
    """Text or three numbers in place of a spacing get a sentence, not a Python error."""
    for wrong in ("thin", (0.1, 0.1, 0.1), None):
        with pytest.raises(GalactolabError, match="spacing_mm"):
            flat(spacing_mm=wrong)


def test_a_mask_holds_bool_of_the_contrast_shape():
    """A mask of numbers, or a contrast map of another shape, is refused."""
    with pytest.raises(GalactolabError, match="bool"):
        DuctMask(pixels=np.ones((2, 2)), spacing_mm=0.1)
    with pytest.raises(GalactolabError, match="contrast"):
        DuctMask(pixels=np.ones((2, 2), bool), spacing_mm=0.1, contrast=np.ones((3, 2), np.float32))


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_a_probability(score):
    """Scores outside 0 to 1 are refused."""
    with pytest.raises(GalactolabError, match="score"):
        Finding(type=FindingType.NORMAL, location=(0, 0), score=score)


def test_findings_survive_pickling():
    """Findings travel between processes."""
    finding = Finding(type=FindingType.CYST_FILL, location=(1, 2), evidence={"diameter_mm": 4.0})
    assert pickle.loads(pickle.dumps(finding)) == finding  # noqa: S301 (our own bytes)


def test_in_a_notebook_only_the_sentence_is_shown():
    """IPython asks an exception how to render itself; ours answers with one line."""
    assert GalactolabError("That file is missing.")._render_traceback_() == [
        "GalactolabError: That file is missing."
    ]


def test_not_a_number_is_never_between():
    """A NaN is refused by every range."""
    with pytest.raises(GalactolabError, match="nan"):
        check_between("kvp", float("nan"), 22, 49, "kV")


def test_an_unknown_word_is_answered_with_the_known_ones():
    """The sentence lists the choices."""
    with pytest.raises(GalactolabError, match="one of: a, b"):
        check_one_of("density", "z", ["a", "b"])


def test_every_finding_type_has_a_code_of_its_own():
    """Codes of CID 6057 are distinct and complete: seven findings and normal."""
    assert len({kind.code for kind in FindingType}) == len(FindingType) == 8
    assert {kind.code.scheme for kind in FindingType} == {"DCM", "SCT"}
    assert all(view.code.value.isdigit() for view in View)
