"""All about one project, operator or consumer, newest first: what it did, what others did about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from contracts.audit import PERSON
from gateway.audit.search import Page, Place, Query, fetch, place_of, within
from gateway.store.tables import entry_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from gateway.audit.log import AuditLog


@dataclass(frozen=True, slots=True)
class Thread:
    """Whom or what to follow, `what` project, operator or consumer, a project by its code.

    `since` and `until` (exclusive) as stored text.
    """

    what: str
    who: str
    since: str | None = None
    until: str | None = None

    def about(self) -> str | None:
        """As the entry of somebody else's act names it; of operators only people of this house."""
        if self.what == "operator" and self.who.startswith(PERSON):
            return f"account:{self.who.removeprefix(PERSON)}"
        return f"consumer:{self.who}" if self.what == "consumer" else None


async def follow(log: AuditLog, thread: Thread, limit: int, before: int | None = None) -> Page:
    """One page of at most `limit` entries; nothing stands beside them. Raises LogUnavailable."""
    return await log.read(lambda connection: _page(connection, thread, limit, before))


def _page(connection: Connection, thread: Thread, limit: int, before: int | None) -> Page:
    place = place_of(connection, before)
    if before is not None and place is None:
        return Page((), {}, None)
    found: set[Place] = set()
    for said in _ways(thread):  # each walks an index of its own, so that neither waits for the other
        near = select(entry_index.c.at, entry_index.c.idx).where(said)
        bounds = within(entry_index, Query(since=thread.since, until=thread.until), place)
        newest = near.where(*bounds).order_by(entry_index.c.at.desc(), entry_index.c.idx.desc())
        found |= {Place(*tuple(row)) for row in connection.execute(newest.limit(limit + 1))}
    ordered = [each.idx for each in sorted(found, reverse=True)]
    held = fetch(connection, ordered[:limit], Query())
    finds = tuple(held[index] for index in ordered[:limit] if index in held)
    return Page(finds, {}, ordered[limit - 1] if len(ordered) > limit else None)


def _ways(thread: Thread) -> Iterator[ColumnElement[bool]]:
    yield entry_index.c[thread.what] == thread.who
    if about := thread.about():
        yield entry_index.c.about == about
