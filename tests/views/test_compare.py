"""Views that move together, and two pictures on one screen."""

from __future__ import annotations

import pytest

from galactolab.errors import GalactolabError
from galactolab.views import Compare, ImageView, linked
from galactolab.views.compare import unlinked


def test_linked_views_share_a_group_of_their_own(galactogram):
    """Each call makes a group; a view is in one group at a time."""
    first, second, third = (ImageView(galactogram) for _ in range(3))
    linked(first, second)
    before = first.link_group
    linked(second, third, parts=("cursor",))
    assert first.link_group == before != second.link_group == third.link_group
    assert third.link_parts == ["cursor"]
    unlinked(second, third)
    assert second.link_group == ""


def test_every_view_has_a_key_of_its_own(galactogram):
    """The page finds the picture behind another one by its key."""
    first, second = ImageView(galactogram), ImageView(galactogram)
    assert first.key
    assert first.key != second.key


def test_swipe_lays_the_second_picture_behind_the_first(galactogram, reading):
    """The mode moves the second picture behind the first and back; overlays are kept."""
    read = ImageView(galactogram, analysis=reading)
    both = Compare(galactogram, read, names=("plain", "read"), mode="swipe")
    assert both.first.behind == read.key
    assert both.second.layout.display == "none"
    assert both.first.picture["title"] == "plain"
    assert "read: Galactogram" in both.second.picture["label"]
    both.mode.value = "side by side"
    assert both.first.behind == ""
    assert both.second.layout.display == ""
    assert both.second.analysis is reading


def test_wrong_use_is_one_sentence(galactogram):
    """Too few views, an unknown part, an unknown mode, no picture."""
    view = ImageView(galactogram)
    with pytest.raises(GalactolabError, match="two or more"):
        linked(view)
    with pytest.raises(GalactolabError, match="part"):
        linked(view, ImageView(galactogram), parts=("color",))
    with pytest.raises(GalactolabError, match="mode"):
        Compare(galactogram, galactogram, mode="blink")
    with pytest.raises(GalactolabError, match="has to be a Galactogram"):
        Compare(galactogram, "picture.png")
