"""R09 to R12: is every building permitted and filed, and is it the one that was planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.identifiers import building_no, normalise
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.rules.verified import softened
from contracts.scope import PLANNED, SURVEYED, UNITS, in_order, meant, named, rows_of
from contracts.text import Text, text
from contracts.verdicts import Check, Result

FILED, FIRE = "completion-filing", "fire-acceptance"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One building as planned and as surveyed; several rows where several documents have a part of it."""

    name: str
    planned: tuple[Row, ...]
    surveyed: tuple[Row, ...]

    def both(self, field: str) -> tuple[list[Any], list[Any]] | None:
        """The field's values on both sides, or None where a row lacks it."""
        sides = [[row.get(field) for row in side] for side in (self.planned, self.surveyed)]
        return None if any(value is None for side in sides for value in side) else (sides[0], sides[1])


def pairs(seen: Seen) -> list[Pair]:
    """The buildings that stand in permits and in surveys, in their natural order."""
    planned, surveyed = _by_name(seen, PLANNED), _by_name(seen, SURVEYED)
    return [
        Pair(name, tuple(planned[name]), tuple(surveyed[name]))
        for name in in_order(planned.keys() & surveyed.keys())
    ]


def _by_name(seen: Seen, slug: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in (row for each in seen.standing(slug) for row in rows_of(each)):
        if seen.extent.covers(name := building_no(row["no"])):
            found.setdefault(name, []).append(row)
    return found


def unpaired(seen: Seen, field: str) -> tuple[str, ...]:
    """What is missing for comparing a field of buildings: kinds, or the field of the side that lacks it."""
    absent = seen.absent(PLANNED, SURVEYED)
    return absent or tuple(
        f"{slug}.buildings.{field}" for slug in (PLANNED, SURVEYED) if _lacks(seen, slug, field)
    )


def _lacks(seen: Seen, slug: str, field: str) -> bool:
    rows = [row for several in _by_name(seen, slug).values() for row in several]
    return not rows or any(row.get(field) is None for row in rows)


# ---------------------------------------------------------------------- R09

_LISTS = (SURVEYED, PLANNED, FILED, FIRE)

COVERED = text("幢号覆盖一致", "every building surveyed is permitted and filed")
UNCOVERED = text("幢号覆盖不一致", "a building is not permitted, not filed, not accepted or not surveyed")
PERHAPS = text(
    "幢号以区间或合并形式填写，请人工确认所含幢号",
    "buildings are given as a range or a list: a person confirms which they are",
)


def covered_buildings(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R09: buildings surveyed are among those permitted and those filed; fire acceptance covers them.

    A name that is a range or a list (`1-8#`) stands for candidates that a person confirms: WARN.
    """
    exact = {slug: _union(map(named, seen.standing(slug))) for slug in _LISTS}
    surveyed = frozenset(filter(seen.extent.covers, exact[SURVEYED]))
    gaps = _gaps(seen, surveyed)
    if any(gaps.values()):
        return verdict("R09", Result.FAIL, UNCOVERED, gaps)
    if missing := _unread(seen):
        return skipped("R09", missing, gaps)
    confirm = in_order(_union(surveyed - exact[slug] for slug in (PLANNED, FILED, FIRE) if exact[slug]))
    if confirm:
        return verdict("R09", Result.WARN, PERHAPS, gaps | {"confirm": confirm})
    return verdict("R09", Result.PASS, COVERED, gaps)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _gaps(seen: Seen, surveyed: frozenset[str]) -> dict[str, list[str]]:
    """What is nowhere to be found. A kind of which a document names no buildings is no evidence of a gap."""

    def beyond(slug: str) -> list[str]:
        told = not _bare(seen, slug) if seen.of(slug) else _left_out(seen, slug)
        return in_order(surveyed - _union(map(meant, seen.standing(slug)))) if told else []

    gaps = {"no_permit": beyond(PLANNED), "no_completion": beyond(FILED)}
    wanted = seen.extent.buildings if seen.of(SURVEYED) else None
    more = {"no_fire": beyond(FIRE), "no_survey": in_order((wanted or frozenset()) - surveyed)}
    return gaps | {name: found for name, found in more.items() if found}


def _bare(seen: Seen, slug: str) -> bool:
    return any(not rows_of(each) for each in seen.standing(slug))


def _left_out(seen: Seen, slug: str) -> bool:
    """Whether there are documents of the kind, all of them about buildings outside the scope."""
    return any(each.kind == slug and each.held for each in seen.everything)


def _unread(seen: Seen) -> list[str]:
    absent = seen.absent(SURVEYED, PLANNED, FILED)
    bare = (f"{slug}.buildings" for slug in _LISTS if _bare(seen, slug))
    return [*absent, *bare, *(f"scope.{name}" for name in seen.extent.unresolved)]


R09 = Rule(
    "R09",
    text("幢号覆盖", "building coverage"),
    (SURVEYED, PLANNED, FILED, FIRE),
    covered_buildings,
    {"no_permit": (PLANNED,), "no_completion": (FILED,), "no_fire": (FIRE,), "no_survey": (SURVEYED,)},
)


# ---------------------------------------------------------------------- R10, R11, R12


def _diff(seen: Seen, fields: Iterable[str], same: Callable[[list[Any], list[Any]], bool]) -> list[list[str]]:
    """`[building, planned, surveyed]` for every building whose sides differ."""
    return [
        [pair.name, *("、".join(map(str, side)) for side in values)]
        for pair in pairs(seen)
        for values in filter(None, map(pair.both, fields))
        if not same(*values)
    ]


def _missing(seen: Seen, fields: Iterable[str]) -> list[str]:
    found = [name for field in fields for name in unpaired(seen, field)]
    return list(dict.fromkeys(found)) or ([] if pairs(seen) else [f"{SURVEYED}.buildings"])


def _judge(
    rule: str, seen: Seen, fields: tuple[str, ...], diff: list[list[str]], worst: Result, said: Text
) -> Check:
    if diff:
        differ = text(f"{said.zh}不一致", f"{said.en} differ")
        return verdict(rule, worst, differ, {"diff": diff})
    if missing := _missing(seen, fields):
        return skipped(rule, missing)
    return verdict(rule, Result.PASS, text(f"{said.zh}一致", f"{said.en} agree"), {"diff": []})


def same_use(seen: Seen, profile: Profile, _today: date) -> Check:
    """R10: each building's use as planned and as surveyed, equal or synonyms by the profile."""

    def alike(planned: list[str], surveyed: list[str]) -> bool:
        return {_use(each, profile) for each in planned} == {_use(each, profile) for each in surveyed}

    diff = _diff(seen, ("use",), alike)
    return _judge("R10", seen, ("use",), diff, softened(seen, profile), text("房屋用途", "building uses"))


def _use(words: str, profile: Profile) -> str:
    norm = normalise(words)
    return next((row[0] for row in profile.use_synonyms if norm in map(normalise, row)), norm)


def same_floors(seen: Seen, profile: Profile, _today: date) -> Check:
    """R11: each building's floors above and below ground as planned and as surveyed, exact."""
    fields = ("floors_above", "floors_below")
    diff = _diff(seen, fields, lambda planned, surveyed: set(planned) == set(surveyed))
    return _judge("R11", seen, fields, diff, softened(seen, profile), text("地上、地下层数", "floors"))


def same_units(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R12: units of each building as planned and as surveyed, and in all against the unit table; exact."""
    said = text("户数", "numbers of units")
    diff = _diff(seen, ("units",), lambda planned, surveyed: sum(planned) == sum(surveyed))
    total, table = _total(_units_surveyed(seen)), _table(seen)
    if total is not None and _total(table) not in {None, total}:
        diff.append(["*", str(total), str(_total(table))])
    check = _judge("R12", seen, ("units",), diff, Result.WARN, said)
    if check.result is not Result.PASS or seen.extent.buildings is not None:
        return check
    lacking = seen.absent(UNITS) or ((f"{UNITS}.units_total",) if None in table else ())
    return skipped("R12", lacking) if lacking else check


def _units_surveyed(seen: Seen) -> list[int | None]:
    return [row.get("units") for several in _by_name(seen, SURVEYED).values() for row in several]


def _table(seen: Seen) -> list[int | None]:
    return [each.fields.get("units_total") for each in seen.standing(UNITS)]


def _total(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


R10 = Rule("R10", text("房屋用途一致", "same use"), (PLANNED, SURVEYED), same_use)
R11 = Rule("R11", text("层数一致", "same floors"), (PLANNED, SURVEYED), same_floors)
R12 = Rule("R12", text("户数一致", "same number of units"), (PLANNED, SURVEYED, UNITS), same_units)
