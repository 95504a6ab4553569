"""R20: is every unit code right, unique, on this parcel and in its building."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.identifiers import Verdict, building_no, normalise, parcel_of, unit_code
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.scope import SURVEYED, UNITS, rows_of
from contracts.text import text
from contracts.verdicts import Check, Result

RIGHT = "land-right"


class _Unit(NamedTuple):
    """One unit code, normalised, and the building it is said to be in."""

    code: str
    building: str | None


def unit_codes(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R20: every unit code is one of a building (GB/T 37346-2019), on this parcel, unique in the unit table.

    Characters 21 to 24 are the building's number in the cadastre; the table has no more rows than units.
    """
    table, first = list(_table(seen)), list(_first_units(seen))
    numbers = _numbers(seen)
    bad = [f"{unit.code}: {why}" for unit in table + first if (why := _fault(unit, _parcels(seen), numbers))]
    bad += [f"{code}: ×{times}" for code, times in Counter(each.code for each in table).items() if times > 1]
    bad += _too_many(seen)
    if bad:
        said = text("不动产单元代码有误或重复", "a unit code is wrong or stands twice")
        return verdict("R20", Result.FAIL, said, {"bad": bad})
    if missing := _missing(seen, table, numbers):
        return skipped("R20", missing)
    said = text("不动产单元代码合法且唯一", "the unit codes are right and unique")
    return verdict("R20", Result.PASS, said, {"bad": [], "codes": str(len(table))})


def _table(seen: Seen) -> Iterator[_Unit]:
    for row in (row for each in seen.standing(UNITS) for row in rows_of(each, "sample_units")):
        building = row.get("building_no")
        yield _Unit(normalise(row["unit_code"]), building_no(building) if building else None)


def _first_units(seen: Seen) -> Iterator[_Unit]:
    for row in (row for each in seen.standing(SURVEYED) for row in rows_of(each)):
        if row.get("first_unit_code"):
            yield _Unit(normalise(row["first_unit_code"]), building_no(row["no"]))


def _numbers(seen: Seen) -> dict[str, set[str]]:
    """The building's numbers in the cadastre (自然幢号), four characters as in a unit code, by its name."""
    found: dict[str, set[str]] = {}
    for row in (row for each in seen.standing(SURVEYED) for row in rows_of(each)):
        if row.get("zrzh"):
            found.setdefault(building_no(row["no"]), set()).add(normalise(row["zrzh"]).zfill(4)[-4:])
    return found


def _parcels(seen: Seen) -> set[str]:
    codes = seen.values("parcel_code", RIGHT, SURVEYED, UNITS)
    return {parcel for _, code in codes if (parcel := parcel_of(code))}


def _fault(unit: _Unit, parcels: set[str], numbers: dict[str, set[str]]) -> str | None:
    reading = unit_code(unit.code)
    if reading.verdict is Verdict.NOT_ONE or reading.parts["fixture"] != "F":
        return "not a unit of a building"
    if parcels and reading.parts["parcel_code"] not in parcels:
        return "another parcel"
    known = numbers.get(unit.building or "")
    return f"building {unit.building}" if known and reading.parts["building"] not in known else None


def _too_many(seen: Seen) -> list[str]:
    """Tables with more rows than they say there are units. Fewer are a sample."""
    sizes = [(len(rows_of(e, "sample_units")), e.fields.get("units_total")) for e in seen.standing(UNITS)]
    return [f"{rows} > {total}" for rows, total in sizes if total is not None and rows > total]


def _missing(seen: Seen, table: list[_Unit], numbers: dict[str, set[str]]) -> list[str]:
    unlisted = [] if table or seen.absent(UNITS) else [f"{UNITS}.sample_units"]
    unnumbered = any(unit.building not in numbers for unit in table)
    hidden = [f"{SURVEYED}.buildings.zrzh"] if unnumbered and seen.of(SURVEYED) else []
    return [*seen.absent(UNITS, SURVEYED), *unlisted, *hidden]


R20 = Rule(
    "R20",
    text("不动产单元代码", "unit codes"),
    (UNITS, SURVEYED, RIGHT),
    unit_codes,
    {"bad": (UNITS, SURVEYED)},
)
