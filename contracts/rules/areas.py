"""R07, R07b and R08: is what was built as large as what was permitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts.identifiers import permit_core
from contracts.material import Material
from contracts.quantities import fixed, number, plain
from contracts.rules.buildings import pairs, unpaired
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.rules.verified import numbers_in, softened
from contracts.scope import PLANNED, SURVEYED, VERIFIED, rows_of
from contracts.text import Text, text
from contracts.verdicts import Check, Result

_SQUARE_METRES = Decimal(10_000)
"""In a hectare."""


class Gap(NamedTuple):
    """Two areas in m² that should agree."""

    planned: Decimal
    measured: Decimal

    @property
    def size(self) -> Decimal:
        """How much more was measured."""
        return self.measured - self.planned

    def within(self, profile: Profile) -> bool:
        """Whether the profile allows it; exactly at the tolerance it does."""
        return abs(self.size) <= profile.allowed(self.planned)

    def words(self) -> str:
        """The difference with its sign, in m² and in percent of what was planned."""
        sign = "-" if self.size < 0 else "+"
        share = fixed(abs(self.size) * 100 / self.planned, 3)
        return f"{sign}{fixed(abs(self.size), 2)}㎡（{sign}{share}%）"


def total_area(seen: Seen, profile: Profile, _today: date) -> Check:
    """R07: total building area as permitted against the survey, and against the planning verification.

    A permit or survey without a total counts as the sum of its buildings, if each has its area; with a scope
    only the buildings in it are summed.
    """
    planned, surveyed = _sum(seen.standing(PLANNED)), _sum(seen.standing(SURVEYED))
    if not planned or not surveyed:
        return skipped("R07", _no_total(seen, planned, surveyed))
    gaps = {"surveyed": Gap(planned, surveyed)} | _verified_gap(seen)
    beyond = [name for name, gap in gaps.items() if not gap.within(profile)]
    compared = {"planned": fixed(planned, 2)} | {name: fixed(gap.measured, 2) for name, gap in gaps.items()}
    name = (beyond or ["surveyed"])[0]
    result = softened(seen, profile) if beyond else Result.PASS
    return verdict(
        "R07", result, _gap_text(name, gaps[name], profile), compared, _tolerance(planned, profile)
    )


def _sum(documents: Iterable[Material]) -> Decimal | None:
    totals = [_total(each) for each in documents]
    return None if None in totals else sum(filter(None, totals), Decimal())


def _total(material: Material) -> Decimal | None:
    """A document's total area. Zero stands for "not known" in agencies' tables: it is no area."""
    written = material.fields.get("total_area_m2") or material.fields.get("building_total_area_m2")
    if written and number(written):
        return number(written)
    areas = [row.get("area_m2") for row in rows_of(material)]
    return sum(map(number, areas), Decimal()) if areas and all(areas) else None


def _no_total(seen: Seen, planned: Decimal | None, surveyed: Decimal | None) -> list[str]:
    sides = ((PLANNED, "total_area_m2", planned), (SURVEYED, "building_total_area_m2", surveyed))
    return [f"{slug}.{field}" if seen.of(slug) else slug for slug, field, area in sides if not area]


def _verified_gap(seen: Seen) -> dict[str, Gap]:
    """The area measured for planning verification against the permits it was for; nothing within a scope."""
    certificates = [each for each in seen.standing(VERIFIED) if each.fields.get("measured_total_area_m2")]
    if not certificates or seen.extent.buildings is not None:
        return {}
    cited = {no for each in certificates for no in numbers_in(each.fields.get("project_permit_no"))}
    permits = [p for p in seen.standing(PLANNED) if permit_core(p.fields.get("permit_no") or "") in cited]
    planned = _sum(permits)
    measured = sum((number(each.fields["measured_total_area_m2"]) for each in certificates), Decimal())
    return {"verified": Gap(planned, measured)} if planned else {}


def _tolerance(planned: Decimal, profile: Profile) -> str:
    cap = profile.building_area_cap_m2
    return f"±{_pct(planned, profile)} %" + (f", ±{plain(cap)} m²" if cap is not None else "")


def _pct(planned: Decimal, profile: Profile) -> str:
    short = plain(profile.band(planned).pct)
    return short if "." in short else f"{short}.0"


def _gap_text(name: str, gap: Gap, profile: Profile) -> Text:
    cap = profile.building_area_cap_m2
    capped = f"且不超过{plain(cap)}㎡" if cap is not None else ""
    measured = {"surveyed": "实测建筑面积", "verified": "规划核实实测面积"}[name]
    allowed = _tolerance(gap.planned, profile).removeprefix("±").partition(" %")[0]
    return text(
        f"{measured}与规划许可相差{gap.words()}，允许±{allowed}%{capped}",
        f"the area {name} differs from the permitted by {fixed(gap.size, 2)} m²,"
        f" {_tolerance(gap.planned, profile)} allowed",
    )


R07 = Rule("R07", text("总建筑面积一致", "total building area"), (PLANNED, SURVEYED, VERIFIED), total_area)


# ---------------------------------------------------------------------- R07b


def area_by_building(seen: Seen, profile: Profile, _today: date) -> Check:
    """R07b: the same tolerance for each building that stands in permit and survey; beyond it, a warning.

    A check of its own, because it must not change the verdict on the whole.
    """
    gaps = dict(_building_gaps(seen))
    lines = {
        name: [name, fixed(gap.planned, 2), fixed(gap.measured, 2), gap.words()] for name, gap in gaps.items()
    }
    beyond = [lines[name] for name, gap in gaps.items() if not gap.within(profile)]
    compared = {"beyond": beyond, "compared": list(gaps)}
    if beyond:
        zh = f"{len(beyond)}幢建筑面积与规划许可之差超出允许范围"
        return verdict(
            "R07b", Result.WARN, text(zh, f"{len(beyond)} buildings differ beyond tolerance"), compared
        )
    if missing := unpaired(seen, "area_m2"):
        return skipped("R07b", missing)
    if not gaps:
        return skipped("R07b", [f"{SURVEYED}.buildings"])
    return verdict("R07b", Result.PASS, text("各幢建筑面积一致", "each building's area agrees"), compared)


def _building_gaps(seen: Seen) -> Iterator[tuple[str, Gap]]:
    for pair in pairs(seen):
        if sides := pair.both("area_m2"):
            planned, measured = (sum(map(number, side), Decimal()) for side in sides)
            if planned:
                yield pair.name, Gap(planned, measured)


R07B = Rule(
    "R07b", text("分幢建筑面积一致", "building area by building"), (PLANNED, SURVEYED), area_by_building
)


# ---------------------------------------------------------------------- R08

SUPPLIES = ("land-transfer-contract", "land-allocation-decision")


class FloorArea(NamedTuple):
    """The area counted for the floor area ratio, the parcel's area, and what the ratio allows, in m²."""

    counted: Decimal
    land: Decimal
    allowed: Decimal

    @property
    def over(self) -> Decimal:
        """What was built beyond the ratio."""
        return max(self.counted - self.allowed, Decimal())

    def beyond(self, profile: Profile) -> bool:
        """Whether that is more than R07's tolerance."""
        return self.over > profile.allowed(self.allowed)


def floor_area(seen: Seen) -> FloorArea | None:
    """What R08 compares, or None where an input is missing."""
    counted = [each.fields.get("counted_area_m2") for each in seen.standing(SURVEYED)]
    supplies = [each for slug in SUPPLIES for each in seen.standing(slug)]
    parts = [(_land(each), each.fields.get("far_max")) for each in supplies]
    if not counted or not all(counted) or not parts or not all(land and cap for land, cap in parts):
        return None
    land = sum((land for land, _ in parts if land), Decimal())
    allowed = sum((land * number(cap) for land, cap in parts if land and cap), Decimal())
    return FloorArea(sum(map(number, filter(None, counted)), Decimal()), land, allowed)


def _land(material: Material) -> Decimal | None:
    if (written := material.fields.get("land_area_m2")) and number(written):
        return number(written)
    hectares = material.fields.get("land_area_ha")
    return number(hectares) * _SQUARE_METRES or None if hectares else None


def floor_area_ratio(seen: Seen, profile: Profile, _today: date) -> Check:
    """R08: counted area by parcel area against the highest ratio of the land supply.

    The ratio is the parcel's, whatever the scope. Up to the ratio it passes; beyond it within R07's tolerance
    of the allowed area it is a warning.
    """
    found = floor_area(seen)
    if found is None:
        return skipped("R08", _no_ratio(seen))
    measured, cap = fixed(found.counted / found.land, 3), found.allowed / found.land
    compared = {"measured": measured, "cap": plain(cap), "over_m2": fixed(found.over, 2)}
    beyond = softened(seen, profile) if found.beyond(profile) else Result.WARN
    result = beyond if found.over else Result.PASS
    more = f"，超出{fixed(found.over, 2)}㎡" if found.over else ""
    more_en = f", {fixed(found.over, 2)} m² beyond it" if found.over else ""
    said = text(
        f"实测容积率{measured}，上限{fixed(cap, 2)}{more}",
        f"floor area ratio {measured}, at most {fixed(cap, 2)}{more_en}",
    )
    return verdict("R08", result, said, compared, f"≤ {plain(cap)}, {_tolerance(found.allowed, profile)}")


def _no_ratio(seen: Seen) -> Iterator[str]:
    supplies = [each for slug in SUPPLIES for each in seen.standing(slug)]
    surveys = seen.standing(SURVEYED)
    yield from () if supplies else SUPPLIES[:1]
    yield from (f"{each.kind}.land_area_m2" for each in supplies if not _land(each))
    yield from (f"{each.kind}.far_max" for each in supplies if not each.fields.get("far_max"))
    yield from () if surveys else (SURVEYED,)
    yield from (f"{SURVEYED}.counted_area_m2" for each in surveys if not each.fields.get("counted_area_m2"))


R08 = Rule("R08", text("容积率", "floor area ratio"), (*SUPPLIES, SURVEYED), floor_area_ratio)
