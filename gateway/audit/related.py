"""One entry and what belongs to it: the ask it ended, how it ended, the answer that was used, its uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from contracts.audit import EntryKind
from gateway.audit.search import ENDINGS, USES_SHOWN, Found, Query, fetch
from gateway.store.tables import entry_events, entry_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from gateway.audit.log import AuditLog

LOOKED_AT = 200
"""Endings after an ask, of the same case, among which its own is looked for."""


class Relation(NamedTuple):
    """`how`: ask, ending, answer or use."""

    how: str
    found: Found


@dataclass(frozen=True, slots=True)
class Around:
    """An entry as stored now, and the others."""

    found: Found
    relations: tuple[Relation, ...]


async def around(log: AuditLog, index: int) -> Around | None:
    """The entry at this index; None when there is none. Raises LogUnavailable."""
    return await log.read(lambda connection: _around(connection, index))


def _around(connection: Connection, index: int) -> Around | None:
    found = fetch(connection, [index], Query()).get(index)
    if found is None:
        return None
    places = list(_places(connection, found))
    others = fetch(connection, [place for _, place in places], Query())
    told = (Relation(how, others[place]) for how, place in places if place in others)
    return Around(found, tuple(told))


def _places(connection: Connection, found: Found) -> Iterator[tuple[str, int]]:
    entry = found.entry or {}
    for name, how in (("asked", "ask"), ("answer", "answer")):
        if isinstance(entry.get(name), int):
            yield how, entry[name]
    if entry.get("kind") == EntryKind.ASKED.value and (ending := _ending(connection, found)) is not None:
        yield "ending", ending
    if entry.get("kind") == EntryKind.ANSWERED.value:
        uses = select(entry_events.c.idx).where(entry_events.c.answer == found.index)
        for use in connection.execute(uses.order_by(entry_events.c.idx).limit(USES_SHOWN)).scalars():
            yield "use", use


def _ending(connection: Connection, asked: Found) -> int | None:
    """The index does not say which ask an ending ends, so the endings after it are read."""
    entry = asked.entry or {}
    narrow = next((name for name in ("case", "operator", "consumer") if entry.get(name)), None)
    if narrow is None:
        return None
    alike = (entry_index.c[narrow] == entry[narrow], entry_index.c.kind.in_(ENDINGS))
    later = (entry_index.c.at >= entry["at"], entry_index.c.idx > asked.index)
    near = select(entry_index.c.idx).where(*alike, *later).order_by(entry_index.c.at, entry_index.c.idx)
    held = fetch(connection, list(connection.execute(near.limit(LOOKED_AT)).scalars()), Query())
    ends = (each.index for each in held.values() if (each.entry or {}).get("asked") == asked.index)
    return next(ends, None)
