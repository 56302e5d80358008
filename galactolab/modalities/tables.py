"""Tables of material constants that carry the source of every row.

They lie as text in ``data/physics``: anybody can read them, correct them, and see where a
number comes from, and which numbers are our own choice.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

from galactolab.places import data_folder


@cache
def rows(name: str, folder: str = "physics") -> tuple[Mapping[str, str], ...]:
    """Return the rows of a table of ``data`` as texts by column.

    Parameters
    ----------
    name : str
        ``"acoustics"``, ``"relaxation"``, ``"relaxivity"`` or ``"cytology"``; of the folder
        ``"studies"``, ``"visibility"``: what ``benchmarks/visibility.py --write`` measured.
    folder : {"physics", "studies"}

    Examples
    --------
    >>> rows("acoustics")[0]["tissue"], rows("acoustics")[0]["speed_m_s"]
    ('fat', '1470')
    """
    path = data_folder() / folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def column(name: str, value: str, *, key: str = "tissue") -> Mapping[str, float]:
    """Return one column as numbers by the name of the row.

    Examples
    --------
    >>> column("acoustics", "attenuation_db_cm_mhz")["fluid"]
    0.00217
    """
    return {row[key]: float(row[value]) for row in rows(name)}
