"""R03 and R04: is it one parcel, and is its area the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from contracts.catalogue import KINDS
from contracts.identifiers import normalise, parcel_of
from contracts.material import Material
from contracts.quantities import fixed, number, plain
from contracts.rules.profile import ParcelArea, Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import Text, text
from contracts.verdicts import Check, Result

_PARCEL_KINDS = (
    "land-transfer-contract",
    "land-allocation-decision",
    "land-right",
    "survey-package",
    "cadastral-import",
)
_UNITS_IN = {
    "survey-package": ("buildings", "first_unit_code"),
    "cadastral-import": ("sample_units", "unit_code"),
}

SAME = text("宗地代码一致", "the parcel is the same")
BAD = text("宗地代码不合规", "a parcel or unit code is not valid")
DIFFER = text("宗地代码不一致", "the parcels differ")


def same_parcel(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R03: one parcel in the contract, the land right, the survey and the cadastre, and in every unit code.

    The first 19 characters of a unit code are its parcel (GB/T 37346-2019).
    """
    codes = [code for slug in _PARCEL_KINDS for each in seen.of(slug) for code in _codes(each)]
    if len(codes) < 2:
        return skipped(
            "R03", seen.absent(*_PARCEL_KINDS) or (f"{slug}.parcel_code" for slug in _PARCEL_KINDS)
        )
    parcels = sorted({parcel for code in codes if (parcel := parcel_of(code))})
    bad = sorted({normalise(code) for code in codes if parcel_of(code) is None})
    compared = {"codes": parcels, "bad": bad}
    if bad:
        return verdict("R03", Result.FAIL, BAD, compared)
    if len(parcels) > 1:
        return verdict("R03", Result.FAIL, DIFFER, compared)
    return verdict("R03", Result.PASS, SAME, compared)


def _codes(material: Material) -> Iterator[str]:
    """Every parcel or unit code a material carries."""
    own = (material.fields.get(name) for name in ("parcel_code", "unit_code"))
    rows, name = _UNITS_IN.get(material.kind, ("", ""))
    units = (row.get(name) for row in material.fields.get(rows) or ())
    yield from (code for code in (*own, *units) if code)


_AREAS = {
    "land-transfer-contract": "land_area_m2",
    "land-allocation-decision": "land_area_m2",
    "land-right": "area_m2",
    "land-use-planning-permit": "land_area_m2",
    "survey-package": "parcel_area_m2",
}
_SHORT_NAMES = {"land-transfer-contract": "contract", "survey-package": "survey"}
_SQUARE_METRES = Decimal(10_000)
"""In a hectare."""


def same_area(seen: Seen, profile: Profile, _today: date) -> Check:
    """R04: the parcel's area against the contract's (failing that, the first there is), in m².

    Up to the profile's m² it passes, up to its percentage it is a warning.
    """
    # Zero stands for "not known" in agencies' tables: it is no area.
    areas = [(slug, area) for slug in _AREAS for each in seen.of(slug) if (area := _area(each))]
    if len(areas) < 2:
        return skipped("R04", seen.absent(*_AREAS) or (f"{slug}.{name}" for slug, name in _AREAS.items()))
    (first, reference), *others = areas
    gap = max(abs(area - reference) for _, area in others)
    allowed = profile.parcel_area
    return verdict(
        "R04",
        _judge(gap, reference, allowed),
        _gap_text(gap, reference, first),
        _by_kind(areas),
        f"±{plain(allowed.pass_m2)} m², ±{plain(allowed.warn_pct)} %",
    )


def _by_kind(areas: list[tuple[str, Decimal]]) -> dict[str, str | list[str]]:
    """The areas as compared; a list where a kind has several."""
    found: dict[str, list[str]] = {}
    for slug, area in areas:
        found.setdefault(_SHORT_NAMES.get(slug, slug), []).append(fixed(area, 2))
    return {name: several[0] if len(several) == 1 else several for name, several in found.items()}


def _area(material: Material) -> Decimal | None:
    """In m²; from hectares where only they are given."""
    if written := material.fields.get(_AREAS[material.kind]):
        return number(written)
    hectares = material.fields.get("land_area_ha")
    return number(hectares) * _SQUARE_METRES if hectares else None


def _judge(gap: Decimal, reference: Decimal, allowed: ParcelArea) -> Result:
    if gap <= allowed.pass_m2:
        return Result.PASS
    return Result.WARN if gap * 100 <= allowed.warn_pct * reference else Result.FAIL


def _gap_text(gap: Decimal, reference: Decimal, first: str) -> Text:
    metres, share = fixed(gap, 2), fixed(gap * 100 / reference, 3)
    zh = "出让合同" if first == "land-transfer-contract" else KINDS[first].zh
    return text(
        f"宗地面积与{zh}相差{metres}㎡（{share}%）",
        f"the parcel's area differs from that in the {KINDS[first].en} by {metres} m² ({share} %)",
    )


R03 = Rule("R03", text("宗地一致", "same parcel"), _PARCEL_KINDS, same_parcel)
R04 = Rule("R04", text("宗地面积一致", "same parcel area"), tuple(_AREAS), same_area)
