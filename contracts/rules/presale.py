"""R23: were buyers promised the area that was built."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from contracts.identifiers import building_no, normalise
from contracts.kinds import number_of
from contracts.quantities import fixed, number, plain
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.scope import SURVEYED, UNITS, named, rows_of
from contracts.text import text
from contracts.verdicts import Check, Result

PERMIT, SALE = "presale-permit", "sales-contract"


class _Promise(NamedTuple):
    """What was promised and what was measured, in m²; `measured` None where the survey does not tell."""

    number: str
    kind: str
    promised: Decimal
    measured: Decimal | None

    def within(self, profile: Profile) -> bool:
        measured = self.promised if self.measured is None else self.measured
        return abs(measured - self.promised) * 100 <= profile.presale_pct * self.promised

    def row(self) -> list[str]:
        measured = self.measured or Decimal()
        share = fixed((measured - self.promised) * 100 / self.promised, 3)
        return [self.number, fixed(self.promised, 2), fixed(measured, 2), share]


def presold_area(seen: Seen, profile: Profile, _today: date) -> Check:
    """R23: what each presale permit promised against its buildings as surveyed, each sale against its unit.

    Within the profile's percentage, exactly at it too (商品房销售管理办法 names 3 %).
    """
    promises = list(_permits(seen)) + list(_sales(seen))
    rows = [each.row() for each in promises if each.measured is not None]
    pct = plain(profile.presale_pct)
    compared = {"items": rows}
    if not all(each.within(profile) for each in promises):
        said = text(
            f"预售面积与实测面积误差超过±{pct}%", f"presold and surveyed area differ by more than {pct} %"
        )
        return verdict("R23", Result.WARN, said, compared, f"±{pct} %")
    if not rows or any(each.measured is None for each in promises):
        return skipped("R23", _missing(seen, promises))
    said = text(f"预售面积与实测面积误差±{pct}%以内", f"presold and surveyed area agree within {pct} %")
    return verdict("R23", Result.PASS, said, compared, f"±{pct} %")


def _permits(seen: Seen) -> Iterator[_Promise]:
    built = _surveyed(seen)
    for each in seen.standing(PERMIT):
        promised, names = each.fields.get("presale_area_m2"), named(each)
        if promised and number(promised):
            known = bool(names) and names <= built.keys()
            measured = sum((built[name] for name in names), Decimal()) if known else None
            yield _Promise(number_of(PERMIT, each.fields) or "", PERMIT, number(promised), measured)


def _surveyed(seen: Seen) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in (row for each in seen.standing(SURVEYED) for row in rows_of(each)):
        if row.get("area_m2"):
            name = building_no(row["no"])
            found[name] = found.get(name, Decimal()) + number(row["area_m2"])
    return found


def _sales(seen: Seen) -> Iterator[_Promise]:
    rows = [row for each in seen.standing(UNITS) for row in rows_of(each, "sample_units")]
    measured = {normalise(row["unit_code"]): number(row["area_m2"]) for row in rows if row.get("area_m2")}
    for each in seen.standing(SALE):
        promised, unit = each.fields.get("presold_area_m2"), each.fields.get("unit_code")
        # A unit outside the table, which may be a sample, or outside the scope cannot be compared.
        if promised and number(promised) and unit and normalise(unit) in measured:
            no = number_of(SALE, each.fields) or ""
            yield _Promise(no, SALE, number(promised), measured[normalise(unit)])


def _missing(seen: Seen, promises: list[_Promise]) -> list[str]:
    if promises:
        return [f"{SURVEYED}.buildings" if seen.of(SURVEYED) else SURVEYED]
    return [f"{PERMIT}.presale_area_m2" if seen.of(PERMIT) else PERMIT]


R23 = Rule("R23", text("预售面积", "presold area"), (PERMIT, SALE, SURVEYED, UNITS), presold_area)
