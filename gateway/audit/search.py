"""Searching the log: newest first, a page at a time, by the index; what is found is read from the entries.

Each search walks one index backwards, that of its rarest word, and looks the other words up beside it, so
that neither the size of the log nor the order of the words decides how long it takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import exists, func, literal, select, tuple_

from contracts import audit
from contracts.audit import EntryKind, leaf_hash
from gateway.audit.index import facts_in
from gateway.store.tables import entries, entry_agencies, entry_events, entry_index, entry_materials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from gateway.audit.index import Facts
    from gateway.audit.log import AuditLog

ENOUGH = 50_000
"""How far words are counted before the rarest is chosen: above this, two are equally common."""

USES_SHOWN = 500
"""Uses told with a page's answers, at most."""

USES = (EntryKind.ANSWERED.value, EntryKind.USED.value)
"""The kinds of entry by which a consumer came to an agency's data."""

ENDINGS = tuple(kind.value for kind in audit.ENDINGS)
"""How an ask ends, as it is stored: no other entry has a status or a problem."""

_BOUNDS = {"since", "until", "size", "uses"}
"""What a query says that is no word of an entry."""

_NARROW: Mapping[str, Table] = {"material": entry_materials, "agency": entry_agencies}


@dataclass(frozen=True, slots=True)
class Query:
    """What to find, None for whatever; `since` and `until` (exclusive) as stored text.

    The words stand rarest first as far as one can know. `size` keeps to the first so many entries; `uses` to
    those by which a consumer came to the data of `agency`, the only other word then.
    """

    case: str | None = None
    project: str | None = None
    operator: str | None = None
    problem: str | None = None
    material: str | None = None
    status: int | None = None
    kind: str | None = None
    agency: str | None = None
    consumer: str | None = None
    since: str | None = None
    until: str | None = None
    size: int | None = None
    uses: bool = False

    def said(self) -> dict[str, str | int]:
        """Everything that was asked for, by name."""
        named = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in named if value is not None and value is not False}

    def words(self) -> dict[str, str | int]:
        """What an entry must say, by name."""
        return {name: value for name, value in self.said().items() if name not in _BOUNDS}

    @property
    def idle(self) -> bool:
        """Whether no entry can say this: the two largest crowds there are would be walked to find nothing."""
        ended = self.status is not None or self.problem is not None
        return ended and self.kind is not None and self.kind not in ENDINGS

    def fits(self, facts: Facts) -> bool:
        """Whether an entry says all of it: the index only says that it should."""
        several = {"agency": facts.agencies, "material": facts.materials}
        at_all = all(
            value in several[name] if name in several else getattr(facts, name) == value
            for name, value in self.words().items()
        )
        at_all = at_all and (not self.uses or facts.kind in USES)
        return at_all and (self.since or "") <= facts.at and (self.until is None or facts.at < self.until)


class Place(NamedTuple):
    """Where a page left off; the next holds what is older."""

    at: str
    idx: int


@dataclass(frozen=True, slots=True)
class Found:
    """An entry as stored now, `entry` None once blanked; `fits`: its leaf and the index agree with it."""

    index: int
    leaf: bytes
    body: bytes | None
    entry: dict[str, Any] | None
    fits: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Finds, newest first; `related`: the answers and uses that belong to them; `before`: the next page."""

    finds: tuple[Found, ...]
    related: Mapping[int, Found]
    before: int | None

    def uses_of(self, answer: Found) -> list[Found]:
        """What consumers told of an answer, oldest first."""
        told = [use for use in self.related.values() if (use.entry or {}).get("answer") == answer.index]
        return sorted(told, key=lambda use: use.index)


@dataclass(frozen=True, slots=True)
class Use:
    """How often one consumer came to an agency's data for one purpose; `kind` answered or used."""

    consumer: str | None
    purpose: str | None
    kind: str
    count: int
    last: str


async def search(
    log: AuditLog, query: Query, limit: int, before: int | None = None, *, alone: bool = False
) -> Page:
    """One page of at most `limit` finds; `alone` without what belongs to them. Raises LogUnavailable."""
    return await log.read(partial(page_of, query=query, limit=limit, before=before, alone=alone))


async def pages(log: AuditLog, query: Query, limit: int = 1000) -> AsyncIterator[tuple[Found, ...]]:
    """All finds, newest first, a page at a time. Raises LogUnavailable."""
    before: int | None = None
    while True:
        page = await log.read(partial(page_of, query=query, limit=limit, before=before, alone=True))
        if page.finds:
            yield page.finds
        if (before := page.before) is None:
            return


async def uses(log: AuditLog, agency: str, since: str | None, until: str | None) -> list[Use]:
    """Who came to an agency's data, for what and how often, most often first. Raises LogUnavailable."""
    counted = counting(Query(agency=agency, since=since, until=until))
    rows = await log.read(lambda connection: connection.execute(counted).all())
    return [Use(*tuple(row)) for row in rows]


async def event_known(log: AuditLog, consumer: str, event: str) -> Found | None:
    """The entry of this event of this consumer, if it was told before. Raises LogUnavailable."""
    place = select(entry_events.c.idx).where(
        entry_events.c.consumer == consumer, entry_events.c.event == event
    )

    def find(connection: Connection) -> Found | None:
        told = connection.execute(place.order_by(entry_events.c.idx).limit(1)).scalar()
        return None if told is None else fetch(connection, [told], Query())[told]

    return await log.read(find)


def page_of(
    connection: Connection, query: Query, limit: int, before: int | None, *, alone: bool = False
) -> Page:
    """One page as one state of the log shows it; `alone` without what belongs to its finds."""
    place = None if query.idle else place_of(connection, before)
    if query.idle or (before is not None and place is None) or _apart(connection, query):
        return Page((), {}, None)
    wanted = statement(query, rarest(connection, query), place, limit + 1)
    indices = list(connection.execute(wanted).scalars())
    held = fetch(connection, indices[:limit], query)
    finds = tuple(held[index] for index in indices[:limit] if index in held)
    more = indices[limit - 1] if len(indices) > limit else None
    return Page(finds, {} if alone else _related(connection, finds), more)


def _apart(connection: Connection, query: Query) -> bool:
    """Whether the agency is in no entry of that kind at all, a refusal above all: one look tells, no walk."""
    if query.agency is None or query.kind is None:
        return False
    both = (entry_agencies.c.agency == query.agency, entry_agencies.c.kind == query.kind)
    return connection.execute(select(literal(1)).where(*both).limit(1)).first() is None


def statement(query: Query, lead: str | None, place: Place | None, limit: int) -> Select[int]:
    """The indices of a page, walking the index of the word `lead` (None: that of time)."""
    led = _NARROW.get(lead or "", entry_index)
    words = query.words()
    wanted = select(led.c.idx).order_by(led.c.at.desc(), led.c.idx.desc()).limit(limit)
    if led is not entry_index and words.keys() - _NARROW.keys():
        wanted = wanted.join(entry_index, entry_index.c.idx == led.c.idx)
    for name, value in words.items():
        wanted = wanted.where(led.c[name] == value if name == lead else _beside(led, name, value))
    if query.uses:
        wanted = wanted.where(func.coalesce(entry_agencies.c.kind, "").in_(USES))  # as `_beside`
    return wanted.where(*within(led, query, place))


def counting(query: Query) -> Select[Any, Any, Any, int, str]:
    """Who came to the data of `query.agency`, counted in an index that holds nothing else, in its order."""
    who = (entry_agencies.c.consumer, entry_agencies.c.purpose, entry_agencies.c.kind)
    count = func.count().label("count")
    of_agency = (entry_agencies.c.agency == query.agency, entry_agencies.c.kind.in_(USES))
    counted = select(*who, count, func.max(entry_agencies.c.at)).where(*of_agency)
    return counted.where(*within(entry_agencies, query, None)).group_by(*who).order_by(count.desc(), *who)


def rarest(connection: Connection, query: Query) -> str | None:
    """The word that the fewest entries say in the period, counted no further than need be."""
    words = query.words()
    if len(words) < 2:
        return next(iter(words), None)
    return min(words, key=lambda name: connection.execute(frequency(query, name)).scalar_one())


def frequency(query: Query, name: str) -> Select[int]:
    """How many entries say this word in the period, up to `ENOUGH`."""
    led = _NARROW.get(name, entry_index)
    some = select(literal(1).label("one")).where(led.c[name] == query.words()[name])
    return select(func.count()).select_from(some.where(*within(led, query, None)).limit(ENOUGH).subquery())


def _beside(led: Table, name: str, value: str | int) -> ColumnElement[bool]:
    """A word that does not lead. Wrapped, so that no database mistakes it for a way in."""
    if name in _NARROW:
        other = _NARROW[name].alias()
        same = (other.c[name] == value, other.c.at == led.c.at, other.c.idx == led.c.idx)
        return exists(select(literal(1)).select_from(other).where(*same))
    return func.coalesce(entry_index.c[name], 0 if isinstance(value, int) else "") == value


def within(led: Table, query: Query, place: Place | None) -> Iterator[ColumnElement[bool]]:
    """The bounds of a search; `place` is where the page before left off."""
    if query.since:
        yield led.c.at >= query.since
    if query.until:
        yield led.c.at < query.until
    if query.size is not None:
        yield func.coalesce(led.c.idx, 0) < query.size
    if place:
        yield tuple_(led.c.at, led.c.idx) < tuple_(*place)


def place_of(connection: Connection, before: int | None) -> Place | None:
    """Where the entry of a cursor stands; None for none."""
    if before is None:
        return None
    at = connection.execute(select(entries.c.at).where(entries.c.idx == before)).scalar()
    return None if at is None else Place(at, before)


def fetch(connection: Connection, indices: Sequence[int], query: Query) -> dict[int, Found]:
    """The entries themselves; a leaf is computed again from the body that is shown."""
    if not indices:
        return {}
    wanted = select(entries).where(entries.c.idx.in_(indices))
    return {row.idx: _found(row, query) for row in connection.execute(wanted)}


def _found(row: Any, query: Query) -> Found:
    if row.body is None:
        return Found(row.idx, row.leaf, None, None, query.fits(facts_in(None, row.at, row.kind)))
    fits = leaf_hash(row.body) == row.leaf and query.fits(facts_in(row.body, row.at, row.kind))
    return Found(row.idx, row.leaf, row.body, _entry(row.body), fits)


def _entry(body: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(body)
    except (ValueError, RecursionError):
        return None  # damaged, and the leaf says so
    return entry if isinstance(entry, dict) else None


def _related(connection: Connection, finds: Iterable[Found]) -> dict[int, Found]:
    """The answers that found uses are of, and the uses of found answers."""
    told = [found.entry for found in finds if found.entry]
    answers = {entry["answer"] for entry in told if isinstance(entry.get("answer"), int)}
    answered = [found.index for found in finds if (found.entry or {}).get("kind") == EntryKind.ANSWERED.value]
    if not answered:
        return fetch(connection, sorted(answers), Query())
    of_them = select(entry_events.c.idx).where(entry_events.c.answer.in_(answered))
    used = connection.execute(of_them.order_by(entry_events.c.answer, entry_events.c.idx).limit(USES_SHOWN))
    return fetch(connection, sorted(answers | set(used.scalars())), Query())
