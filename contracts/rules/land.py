"""R05 and R06: may the land be used as the buildings are, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from contracts.identifiers import building_no, normalise
from contracts.rules.profile import Profile, UseClass
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.scope import SURVEYED, rows_of
from contracts.text import text
from contracts.verdicts import Check, Result

SUPPLIES = ("land-transfer-contract", "land-allocation-decision")
RIGHT = "land-right"
NO_END = "9999-01-01"

FITS = text("土地用途与房屋用途相容", "the land uses cover the building uses")
MISFIT = text("房屋用途超出土地用途", "a building is used as the land may not be")
UNREAD = text("有用途未能归类，请人工核对", "a use could not be classified: a person decides")


def land_class(use: Mapping[str, Any], profile: Profile) -> UseClass | None:
    """The class of one land use: by its code where the classification is known, else by its name."""
    standard, code = normalise(use.get("standard") or ""), use.get("code") or ""
    for each in profile.uses:
        for word, starts in each.codes.items():
            if word in standard and code.startswith(starts):
                return each
    name = use.get("name") or ""
    return next((each for each in profile.uses if any(word in name for word in each.land)), None)


def building_classes(use: str, profile: Profile) -> list[str] | None:
    """The classes a building's use needs; none for what goes with any land, None if it is not known."""
    named = [each.name for each in profile.uses if any(word in use for word in each.buildings)]
    ancillary = any(word in use for word in profile.ancillary_uses)
    return named if named or ancillary else None


class Fit(NamedTuple):
    """What comparing uses gave: land as shown, buildings not covered, uses unclassified, inputs missing."""

    land: list[str]
    bad: list[str]
    unread: list[str]
    missing: list[str]

    @property
    def misfit(self) -> bool:
        """Whether a building is certainly used as the land may not be."""
        return bool(self.bad) and not self.unread


def uses_fit(seen: Seen, profile: Profile) -> Fit:
    """What R05 compares."""
    land, buildings = land_uses(seen), list(_building_uses(seen))
    classes = {each.name for use in land if (each := land_class(use, profile))}
    strange = [str(use.get("name") or use.get("code")) for use in land if land_class(use, profile) is None]
    needs = [(f"{name}: {use}", building_classes(use, profile)) for name, use in buildings if use]
    missing = [
        *([] if land else _no_land(seen)),
        *([] if needs and all(use for _, use in buildings) else _no_use(seen)),
    ]
    return Fit(
        land=sorted({_shown(use) for use in land}),
        bad=[shown for shown, need in needs if land and need and not set(need) <= classes],
        unread=strange + [shown for shown, need in needs if need is None],
        missing=missing,
    )


def covered_uses(seen: Seen, profile: Profile, _today: date) -> Check:
    """R05: every building's use lies within the land uses, as the profile's table classifies both.

    Land by its code in GB/T 21010 or 用地用海分类, else by its name. A land use that cannot be classified
    might cover what seems uncovered: then it is a warning.
    """
    fit = uses_fit(seen, profile)
    compared = {"land": fit.land, "bad": fit.bad} | ({"unread": fit.unread} if fit.unread else {})
    if fit.misfit:
        return verdict("R05", Result.FAIL, MISFIT, compared)
    if fit.missing:
        return skipped("R05", fit.missing)
    if fit.unread:
        return verdict("R05", Result.WARN, UNREAD, compared)
    return verdict("R05", Result.PASS, FITS, compared)


def land_uses(seen: Seen) -> list[Mapping[str, Any]]:
    """The land uses of the supply; failing that, those registered, by name."""
    supplied = [use for slug in SUPPLIES for each in seen.standing(slug) for use in rows_of(each, "land_use")]
    return supplied or [{"name": name} for each in seen.standing(RIGHT) for name in rows_of(each, "use")]


def _building_uses(seen: Seen) -> Iterator[tuple[str, str | None]]:
    for row in (row for each in seen.standing(SURVEYED) for row in rows_of(each)):
        if seen.extent.covers(name := building_no(row["no"])):
            yield name, row.get("use")


def _no_land(seen: Seen) -> list[str]:
    held = [slug for slug in SUPPLIES if seen.of(slug)]
    return [f"{slug}.land_use" for slug in held] or [SUPPLIES[0]]


def _no_use(seen: Seen) -> list[str]:
    return [f"{SURVEYED}.buildings.use" if seen.of(SURVEYED) else SURVEYED]


def _shown(use: Mapping[str, Any]) -> str:
    code = use.get("code")
    return str(code)[:2] if code and use.get("standard") else str(use.get("name") or code)


R05 = Rule(
    "R05",
    text("土地用途与房屋用途相容", "land use covers building use"),
    (*SUPPLIES, RIGHT, SURVEYED),
    covered_uses,
)


# ---------------------------------------------------------------------- R06

SOUND = text("土地使用期限合规", "the terms of the land right are in order")


def terms(seen: Seen, profile: Profile, today: date) -> Check:
    """R06: each use's term within its longest, none ended, the same in supply and register.

    On the day it ends a term still runs.
    """
    uses = [use for slug in SUPPLIES for each in seen.standing(slug) for use in rows_of(each, "land_use")]
    granted = {end for use in uses if (end := _end(use))}
    registered = {end for each in seen.standing(RIGHT) for end in rows_of(each, "term_end")} - {NO_END}
    faults = _faults(uses, granted, registered, profile, today)
    compared = {"terms": [_term(use) for use in uses], "registered": sorted(registered)}
    if any(faults.values()):
        said = text("土地使用期限不合规", "a term of the land right is not in order")
        return verdict(
            "R06", Result.FAIL, said, compared | {name: few for name, few in faults.items() if few}
        )
    if not granted or not all(map(_end, uses)):
        return skipped(
            "R06", [f"{each}.term_end" for each in _no_land(seen) if "." in each] or _no_land(seen)
        )
    strange = [str(use.get("name") or use.get("code")) for use in uses if land_class(use, profile) is None]
    if strange:
        return verdict("R06", Result.WARN, UNREAD, compared | {"unread": strange})
    return verdict("R06", Result.PASS, SOUND, compared)


def _faults(
    uses: list[Mapping[str, Any]], granted: set[str], registered: set[str], profile: Profile, today: date
) -> dict[str, list[str]]:
    ended = sorted(end for end in granted | registered if end < today.isoformat())
    differ = sorted(granted ^ registered) if granted and registered else []
    return {
        "too_long": [_shown(use) for use in uses if _too_long(use, profile)],
        "ended": ended,
        "differ": differ,
    }


def _too_long(use: Mapping[str, Any], profile: Profile) -> bool:
    """By the years stated, and by the days: either may be the one that is wrong."""
    found = land_class(use, profile)
    if found is None:
        return False
    start, end = use.get("term_start"), _end(use)
    beyond = bool(start and end) and str(end) > _after(str(start), found.longest_years)
    return beyond or (use.get("term_years") or 0) > found.longest_years


def _after(start: str, years: int) -> str:
    """The same day so many years later, as it is written; 29 February stays what it is, as text."""
    return f"{int(start[:4]) + years:04d}{start[4:]}"


def _end(use: Mapping[str, Any]) -> str | None:
    """The day the term ends; none where the field says there is no end."""
    end: str | None = use.get("term_end")
    return None if end == NO_END else end


def _term(use: Mapping[str, Any]) -> list[str]:
    return [str(use.get(name) or "") for name in ("name", "term_years", "term_end")]


R06 = Rule("R06", text("土地使用期限", "term of the land right"), (*SUPPLIES, RIGHT), terms)
