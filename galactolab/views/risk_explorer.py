"""How likely is cancer? Two groups of patients, each as a hundred people."""

from __future__ import annotations

import html
from dataclasses import dataclass

import ipywidgets as w

from galactolab.clinic.evidence import Row, table
from galactolab.clinic.references import Grade, reference, references
from galactolab.clinic.risk import Share, in_whole_people, share_of
from galactolab.views.citations import cite, sources
from galactolab.views.controls import StatusLine
from galactolab.views.keepsake import Keepsake
from galactolab.views.pictograms import in_words, legend, people


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of patients whose share of cancer is known."""

    name: str
    share: Share
    remark: str
    sources: tuple[str, ...]

    @property
    def weak(self) -> bool:
        """Whether nothing better than a secondary summary says so."""
        grades = {reference(name).grade for name in self.sources if name in references()}
        return grades == {Grade.D}


def groups() -> dict[str, Group]:
    """Return the groups of the tables on cancer by color and by other features, by name.

    Examples
    --------
    >>> groups()["color: bloody (pooled)"].share.events
    404
    """
    color = [_group(f"color: {row['group']} ({row['series']})", row) for row in _rows("color")]
    other = [_group(f"{row['feature']}: {row['group']}", row) for row in _rows("feature")]
    return {group.name: group for group in (*color, *other)}


def _rows(what: str) -> tuple[Row, ...]:
    return table(f"cancer_by_{what}").rows


def _group(name: str, row: Row) -> Group:
    remark = row.text("remark") if "remark" in row.cells else _odds(row)
    return Group(name=name, share=share_of(row), remark=remark, sources=row.sources)


def _odds(row: Row) -> str:
    if row["odds_ratio"] is None:
        return ""
    ends = f"{row.text('odds_low')} to {row.text('odds_high')}"
    return f"odds ratio {row.text('odds_ratio')} ({ends}) against {row['against']}"


class RiskExplorer(Keepsake, w.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """Choose two groups and compare: people, interval, counts, and how good the source is.

    Attributes
    ----------
    chosen : tuple of Group
        The two groups that are shown.

    Examples
    --------
    >>> explorer = RiskExplorer()
    >>> explorer.choices[1].value = "age: above 60"
    >>> [group.weak for group in explorer.chosen]
    [False, True]
    """

    def __init__(self) -> None:
        self._groups = groups()
        names = list(self._groups)
        self.status, self.picture = StatusLine(), w.HTML()
        wide = w.Layout(width="30em", max_width="100%")
        self.choices = tuple(
            w.Dropdown(options=names, value=names[start], description=words, layout=wide)
            for start, words in ((0, "compare"), (3, "with"))
        )
        row = w.HBox([*self.choices], layout=w.Layout(flex_flow="row wrap"))
        super().__init__([row, self.picture, self.status])
        self.add_class("gl-panel")
        for choice in self.choices:
            choice.observe(self.status.guard(lambda _: self._changed()), "value")
        self._changed()

    @property
    def chosen(self) -> tuple[Group, ...]:
        """The two groups that are shown."""
        return tuple(self._groups[choice.value] for choice in self.choices)

    def describe(self) -> str:
        """Return both groups in words."""
        return " ".join(f"{group.name}: {in_words(group.share)}" for group in self.chosen)

    def _changed(self) -> None:
        drawn = "".join(_drawing(group, key) for group, key in zip(self.chosen, "ab", strict=True))
        names = [name for group in self.chosen for name in group.sources]
        self.picture.value = f'<div class="gl-people">{drawn}</div>{legend()}{sources(names)}'
        first, second = (in_whole_people(group.share.percent) for group in self.chosen)
        self.status.say(f"About {first} of 100 people against {second} of 100.")


def _drawing(group: Group, key: str) -> str:
    label = f"{html.escape(group.name)} {cite(*group.sources)}"
    if group.weak:
        label += " <br>⚠ only secondary summaries say so"
    drawn = people(group.share, label=label, key=key)
    remark = f"<p><small>{html.escape(group.remark)}</small></p>" if group.remark else ""
    return drawn.replace("</figure>", f"{remark}</figure>")
