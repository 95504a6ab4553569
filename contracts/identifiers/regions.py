"""Administrative division codes (行政区划代码, GB/T 2260), kept with the days they were in force."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from contracts.identifiers.reading import Finding, Reading, accepted, not_one, reads, valid
from contracts.text import Text, text

_NORTH = ("11", "12", "13", "14", "15", "21", "22", "23")
_EAST_AND_SOUTH = ("31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46")
_WEST_AND_OTHERS = ("50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82")
PROVINCES = frozenset(_NORTH + _EAST_AND_SOUTH + _WEST_AND_OTHERS)
"""First two digits."""

TABLE_VERSION = "2310-1"
"""Version of `REGIONS`; old records keep the codes of their time."""


class Region(NamedTuple):
    """One code. Days inclusive, None open; `checked` False where the row was not checked at its source."""

    code: str
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    checked: bool = True


_ROWS = (
    Region("231000", "牡丹江市"),
    Region("231002", "东安区"),
    Region("231003", "阳明区"),
    Region("231004", "爱民区"),
    Region("231005", "西安区"),
    Region("231024", "东宁县", valid_until=date(2015, 12, 31), checked=False),
    Region("231025", "林口县", checked=False),
    Region("231081", "绥芬河市", checked=False),
    Region("231083", "海林市", checked=False),
    Region("231084", "宁安市", checked=False),
    Region("231085", "穆棱市", checked=False),
    Region("231086", "东宁市", valid_from=date(2015, 12, 1), checked=False),
)
REGIONS = {row.code: row for row in _ROWS}
COVERED = "2310"
"""The table is meant to be complete for codes that begin so, and says nothing of others."""

NEVER_A_PLACE = frozenset({"231001"})
"""市辖区: a line of old lists, never a real unit."""

_FORM = re.compile("[0-9]{6}")


def doubt(code: str) -> Text | None:
    """What is odd about a six-digit code inside another identifier, or None.

    Its days are not asked here: old records rightly keep old codes.
    """
    if code in NEVER_A_PLACE:
        return text("行政区划代码为市辖区，不是实际辖区", "the division code is 市辖区, not a real unit")
    if code[:2] not in PROVINCES:
        return text("行政区划代码不在国标省份之内", "no province has this division code")
    if code.startswith(COVERED) and code not in REGIONS:
        return text("行政区划代码不在牡丹江代码表中", "the division code is not in Mudanjiang's table")
    return None


@reads("region_code")
def _listed(norm: str) -> Finding:
    if not _FORM.fullmatch(norm) or norm[:2] not in PROVINCES or norm in NEVER_A_PLACE:
        return not_one("不是行政区划代码", "not a division code")
    if norm not in REGIONS:
        return accepted("代码表未收录，未核对", "not in the table, not checked")
    return valid(name=REGIONS[norm].name)


def region_code(raw: str, on: date | None = None) -> Reading:
    """Read a division code; with `on`, one not in force on that day is accepted with a warning."""
    reading = _listed(raw)
    row = REGIONS.get(reading.norm)
    if on is None or row is None or (row.valid_from or on) <= on <= (row.valid_until or on):
        return reading
    return _out_of_time(raw)


@reads("region_code")
def _out_of_time(norm: str) -> Finding:
    return accepted("该日期不在代码有效期内", "not in force on that day", name=REGIONS[norm].name)
