"""Which buildings and units a question is about, and how many of them the documents of a kind name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.exchange import Scope
from contracts.identifiers import Verdict, building_no, building_range, normalise, permit_core, unit_code
from contracts.kinds import number_of
from contracts.material import Legal, Material
from contracts.verdicts import Coverage

PLANNED, SURVEYED = "construction-planning-permit", "survey-package"
VERIFIED, UNITS, MORTGAGE = "planning-verification", "cadastral-import", "construction-mortgage"

NO_LONGER = frozenset({Legal.SUPERSEDED, Legal.REVOKED, Legal.CANCELLED})
"""A document in one of these states describes the project no more: it must not be counted twice."""

COVERED = frozenset(
    {PLANNED, "construction-permit", VERIFIED, "fire-acceptance", "completion-filing", SURVEYED}
)
"""Kinds that must name every building in scope; a presale permit, for one, need not."""

_LEFT_OUT = (COVERED - {SURVEYED}) | {"presale-permit"}
"""Kinds of which a document that names only other buildings is left out altogether."""

_OF_THE_WHOLE = frozenset(
    {
        "total_area_m2",
        "above_area_m2",
        "below_area_m2",
        "building_total_area_m2",
        "measured_total_area_m2",
        "presale_area_m2",
        "presale_units",
        "units_total",
    }
)
"""Fields that say nothing of a part. The area counted for the floor area ratio is the parcel's and stays."""

_NATURAL = re.compile("([A-Z]*)([0-9]*)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Extent:
    """The part that is asked about: buildings by normalised name (None: all), units by normalised code.

    `whole` are the buildings of which every unit is meant; `unresolved` the permits and units of the scope
    that lead to no building.
    """

    buildings: frozenset[str] | None = None
    whole: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    unresolved: tuple[str, ...] = ()

    def covers(self, building: str) -> bool:
        """Whether any of the building, by its normalised name, is meant."""
        return self.buildings is None or building in self.buildings

    def covers_unit(self, code: str, building: str) -> bool:
        """Whether the unit is meant."""
        return self.buildings is None or building in self.whole or normalise(code) in self.units


def in_order(buildings: Iterable[str]) -> list[str]:
    """Buildings as people count them: 2 before 10, numbers before words."""

    def key(name: str) -> tuple[bool, str, int, str]:
        letters, digits, rest = _NATURAL.fullmatch(name).groups()  # type: ignore[union-attr]  # matches all
        return not digits, letters, int(digits or 0), rest

    return sorted(buildings, key=key)


def rows_of(material: Material, field: str = "buildings") -> list[Any]:
    """The rows of a list, as far as disclosed."""
    return list(material.fields.get(field) or ())


def named(material: Material) -> frozenset[str]:
    """The buildings a document names, normalised."""
    return frozenset(building_no(_name(row)) for row in rows_of(material))


def meant(material: Material) -> frozenset[str]:
    """The same, and every building that a list or a range in one name may stand for."""
    return named(material).union(*(building_range(_name(row)) for row in rows_of(material)))


def _name(row: Any) -> str:
    return str(row["no"] if isinstance(row, dict) else row)


def standing(materials: Iterable[Material], slug: str) -> list[Material]:
    """What is held of one kind and still describes the project."""
    return [each for each in materials if each.kind == slug and each.held and each.legal not in NO_LONGER]


def extent_of(scope: Scope | None, materials: Sequence[Material]) -> Extent:
    """The scope resolved: buildings by name, permits by the buildings they list, units by their building."""
    if scope is None or not (scope.buildings or scope.permits or scope.units):
        return Extent()
    permits = {permit: _of_permit(permit, materials) for permit in scope.permits}
    at = {unit: unit_building(unit, materials) for unit in scope.units}
    whole = frozenset(building_no(each) for each in scope.buildings).union(*permits.values())
    lost = [*(permit for permit, found in permits.items() if not found), *(u for u in at if not at[u])]
    return Extent(
        buildings=whole | frozenset(filter(None, at.values())),
        whole=whole,
        units=frozenset(normalise(unit) for unit in scope.units),
        unresolved=tuple(lost),
    )


def _of_permit(permit: str, materials: Sequence[Material]) -> frozenset[str]:
    core = permit_core(permit)
    return frozenset().union(
        *(
            named(each)
            for each in materials
            if each.held and permit_core(number_of(each.kind, each.fields) or "") == core
        )
    )


def cadastral_numbers(materials: Iterable[Material]) -> dict[str, str]:
    """Buildings by 自然幢号 in the survey, four characters as in a unit code (GB/T 37346-2019)."""
    rows = (row for each in standing(materials, SURVEYED) for row in rows_of(each))
    return {normalise(row["zrzh"])[-4:]: building_no(row["no"]) for row in rows if row.get("zrzh")}


def unit_building(code: str, materials: Sequence[Material]) -> str | None:
    """The building a unit is in: by characters 21 to 24 of its code, else by the unit table."""
    reading = unit_code(code)
    if reading.verdict is Verdict.NOT_ONE:
        return None
    if found := cadastral_numbers(materials).get(reading.parts["building"]):
        return found
    rows = (row for each in standing(materials, UNITS) for row in rows_of(each, "sample_units"))
    return next(
        (
            building_no(row["building_no"])
            for row in rows
            if row.get("building_no") and normalise(row["unit_code"]) == reading.norm
        ),
        None,
    )


def narrow(materials: Sequence[Material], extent: Extent) -> tuple[Material, ...]:
    """The materials as they bear on the extent.

    Rows outside it are left out, documents that name only other buildings with them; where anything was left
    out, so are the totals of what was whole. The survey stays, even if it names nothing in scope.
    """
    if extent.buildings is None:
        return tuple(materials)
    elsewhere = _permits_elsewhere(materials, extent)
    numbers = cadastral_numbers(materials)
    found = (_cut(each, extent, numbers) for each in materials if not _only_for(each, elsewhere))
    return tuple(each for each in found if each is not None)


def _permits_elsewhere(materials: Iterable[Material], extent: Extent) -> frozenset[str]:
    return frozenset(
        permit_core(str(number_of(each.kind, each.fields)))
        for each in materials
        if each.kind == PLANNED and rows_of(each) and not any(map(extent.covers, meant(each)))
    )


def _only_for(material: Material, permits: frozenset[str]) -> bool:
    """Whether a planning verification is of one of these permits."""
    cited = material.fields.get("project_permit_no")
    return material.kind == VERIFIED and bool(cited) and permit_core(str(cited)) in permits


def _cut(material: Material, extent: Extent, numbers: dict[str, str]) -> Material | None:
    if material.kind == UNITS:
        return _with_rows(material, "sample_units", list(_units_in(material, extent)))
    if material.kind == MORTGAGE:
        codes = material.fields.get("unit_codes") or ()
        inside = [code for code in codes if extent.covers_unit(code, numbers.get(normalise(code)[20:24], ""))]
        return material if inside or not codes else None
    rows = rows_of(material)
    kept = [row for row in rows if any(map(extent.covers, {building_no(_name(row)), *_range(row)}))]
    if rows and not kept and material.kind in _LEFT_OUT:
        return None
    return _with_rows(material, "buildings", kept)


def _range(row: Any) -> tuple[str, ...]:
    return building_range(_name(row))


def _units_in(material: Material, extent: Extent) -> Iterator[Any]:
    for row in rows_of(material, "sample_units"):
        if extent.covers_unit(row["unit_code"], building_no(row.get("building_no") or "-")):
            yield row


def _with_rows(material: Material, field: str, rows: list[Any]) -> Material:
    if field not in material.fields or len(rows) == len(rows_of(material, field)):
        return material
    part = {name: value for name, value in material.fields.items() if name not in _OF_THE_WHOLE}
    return material.model_copy(update={"fields": part | {field: rows}})


def expected(materials: Sequence[Material], extent: Extent) -> frozenset[str]:
    """The buildings in scope; without a scope, every building planned or surveyed."""
    if extent.buildings is not None:
        return extent.buildings
    return frozenset().union(
        *(named(each) for slug in (PLANNED, SURVEYED) for each in standing(materials, slug))
    )


def coverage(slug: str, materials: Sequence[Material], extent: Extent) -> Coverage | None:
    """How many of the expected buildings the documents of a kind name.

    None where it cannot be said: nothing is held, nothing is expected, or a document names no buildings.
    """
    wanted = expected(materials, extent)
    documents = standing(materials, slug)
    told = [_told(each, materials) for each in documents]
    if slug not in COVERED or not wanted or not told or not all(told):
        return None
    missing = wanted.difference(*told)
    return Coverage(
        kind=slug, have=len(wanted) - len(missing), of=len(wanted), missing=tuple(in_order(missing))
    )


def _told(material: Material, materials: Sequence[Material]) -> frozenset[str]:
    """The buildings a document may stand for; a planning verification names those of the permit it cites."""
    if material.kind != VERIFIED:
        return meant(material)
    cited = permit_core(material.fields.get("project_permit_no") or "-")
    permits = (
        p for p in standing(materials, PLANNED) if permit_core(p.fields.get("permit_no") or "") == cited
    )
    return frozenset().union(*(meant(permit) for permit in permits))
