"""Tables are checked cell by cell, and a failure names file, line and column."""

from __future__ import annotations

import pytest

from galactolab.clinic import evidence, risk
from galactolab.clinic.evidence import read_table, table
from galactolab.errors import GalactolabError

FORMS = """
[made]
title = "Made up"
intervals = [["rate", "low", "high"]]
shares = [["some", "all"]]

[made.columns]
name = "text"
rate = "percent"
low = "percent"
high = "percent"
some = "count"
all = "count"
"""
HEADER = "name,rate,low,high,some,all,kind,sources"
GOOD = "one,12.5,10,15,1,8,reported,44 50"


def made(tmp_path, row, header=HEADER, forms=FORMS):
    (tmp_path / "tables.toml").write_text(forms, encoding="utf-8")
    (tmp_path / "made.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    return read_table(tmp_path, "made")


@pytest.mark.parametrize("name", evidence.names())
def test_every_table_is_sound(name):
    """All shipped tables pass their checks, and every row is told from every other."""
    rows = table(name).rows
    assert len({tuple(row.cells.items()) for row in rows}) == len(rows)
    assert table(name).title


def test_a_good_row_is_read(tmp_path):
    """The made-up row that the other tests spoil can be read."""
    row = made(tmp_path, GOOD).rows[0]
    assert (row.line, row["rate"], row["some"], row.sources) == (2, 12.5, 1, ("44", "50"))


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("one,12.5,13,15,1,8,reported,44", "line 2: the interval 13.0 to 15.0 does not hold rate"),
        ("one,12.5,,15,1,8,reported,44", "rate, low, high are not all given"),
        ("one,,10,15,1,8,reported,44", "rate, low, high are not all given"),
        ("one,125,,,1,8,reported,44", "column rate: '125' is no percent"),
        ("one,many,,,1,8,reported,44", "column rate: 'many' is no percent"),
        ("one,nan,,,1,8,reported,44", "column rate: 'nan' is no percent"),
        ("one,,,,9,8,reported,44", "some 9 is more than all 8"),
        ("one,,,,9,,reported,44", "some is given without all"),
        ("one,,,,-1,8,reported,44", "column some: '-1' is no count"),
        ("one,,,,1.5,8,reported,44", "column some: '1.5' is no count"),
        ("one,,,,1,8,reported,4444", "no reference '4444'"),
        ("one,,,,1,8,reported,", "a reported row needs a reference"),
        ("one,,,,1,8,derived,inference", "a derived row needs a reference"),
        ("one,,,,1,8,guessed,44", "kind is 'guessed'"),
        ("one,,,,1,8,reported", "the number of cells"),
        ("one,,,,1,8,reported,44,more", "the number of cells"),
    ],
)
def test_a_bad_row_names_file_and_line(tmp_path, row, complaint):
    """Numbers parse, intervals hold their estimate, parts are no larger than wholes."""
    with pytest.raises(GalactolabError, match=r"made\.csv, line 2") as caught:
        made(tmp_path, row)
    assert complaint in str(caught.value)


def test_a_table_has_the_columns_that_it_says(tmp_path):
    """A header that differs from tables.toml is refused, and so is an unknown kind of column."""
    with pytest.raises(GalactolabError, match=r"made\.csv has the columns"):
        made(tmp_path, GOOD, header=HEADER.replace("rate", "share"))
    with pytest.raises(GalactolabError, match="the column name is 'words'"):
        made(tmp_path, GOOD, forms=FORMS.replace('name = "text"', 'name = "words"'))
    with pytest.raises(GalactolabError, match=r"made\.csv holds no rows"):
        made(tmp_path, "")


def test_one_row_is_one_row():
    """Asking for the one row refuses none and many."""
    with pytest.raises(GalactolabError, match="0 rows"):
        table("accuracy").only(test="palpation")
    with pytest.raises(GalactolabError, match="rows with test = 'MRI', not one"):
        table("accuracy").only(test="MRI")
    with pytest.raises(GalactolabError, match="The column is 'tset'"):
        table("accuracy").where(tset="MRI")


def test_a_frame_holds_all_rows():
    """A researcher gets the table as a data frame, with kind and sources."""
    frame = table("accuracy").frame()
    assert len(frame) == len(table("accuracy"))
    assert {"kind", "sources", "sensitivity"} <= set(frame.columns)


# Published: Chen et al. 2012, computed by hand from the counts with Wilson's formula.
@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("bloody", "24.8 % (95 % interval 22.7 to 26.9; 404 of 1632)"),
        ("non-bloody", "12.1 % (95 % interval 10.5 to 13.9; 179 of 1478)"),
    ],
)
def test_rates_come_from_the_counts(group, words):
    """The pooled rates and their intervals are those of the counts."""
    row = table("cancer_by_color").only(group=group, series="pooled")
    assert risk.share_of(row).words == words


def test_wilson_gives_the_published_intervals():
    """Known values: 0 of 98 has an upper end of 3.8 %, 8 of 14 runs from 32.6 to 78.6 %."""
    assert risk.wilson(0, 98)[1] == pytest.approx(3.77, abs=0.01)
    assert risk.wilson(8, 14) == pytest.approx((32.59, 78.62), abs=0.02)
    for bad in ((9, 8), (-1, 8), (0, 0)):
        with pytest.raises(GalactolabError, match="is no share"):
            risk.wilson(*bad)
