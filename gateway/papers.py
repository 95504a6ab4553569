"""What a draft is made from: an agency's own description of its interface, and sample replies.

The octets lie in the vault, sealed, for they may be about persons; here stands which draft they belong to.
An object of a paper begins with `LBP1` and 32 random octets, so that it is no other paper's and nobody's
evidence, and can be taken away: a sample is, once its draft is done. What the agency says of its interface
stays.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, or_, select

from contracts.errors import StoreUnavailable, VaultDamaged
from contracts.material import digest_of
from contracts.time import stored
from gateway.registry import DocumentKind, DocumentState
from gateway.store.tables import documents, leaving, papers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.store.database import Database
    from gateway.vault import Vault

OPENAPI = "@openapi"
"""The name of an OpenAPI document among a draft's papers; a sample has its kind's."""

CATALOGUE = "@tables"
"""The name of what a database says of its tables."""

SAMPLE_DAYS = 30
"""How long a sample stays with a draft that nobody touches."""

LEAVING_DAYS = 1
"""How long an object stays that no row names any more: a backup that saw the row may not have come to it."""

_OWN, _SALT = b"LBP1", 32

_DONE = tuple(
    state.value for state in (DocumentState.PUBLISHED, DocumentState.SET_ASIDE, DocumentState.WITHDRAWN)
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a draft: `title` is a file's name or where it came from, `media_type` a Content-Type.

    `object` is what the vault calls it, not the digest of what it says.
    """

    name: str
    object: str
    media_type: str
    title: str
    at: str
    by: str


class Cleared(NamedTuple):
    """What one clearing did: samples that are no draft's any more, and objects in the vault.

    `staying`: older than papers had objects of their own; they may be somebody's evidence as well. `waiting`:
    the disk did not let them go, and they are tried again.
    """

    samples: int = 0
    dropped: int = 0
    staying: int = 0
    waiting: int = 0


class Papers:
    """By agency and version; a paper of the same name takes the place of the one before."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database, self._vault, self._clock = database, vault, clock

    async def put(
        self,
        which: tuple[str, int],
        name: str,
        octets: bytes,
        *,
        by: str,
        media_type: str = "",
        title: str = "",
    ) -> None:
        """Keep a paper of this agency and version. Raises StoreUnavailable."""
        kept, now = _OWN + secrets.token_bytes(_SALT) + octets, stored(self._clock())
        digest = await asyncio.to_thread(digest_of, kept)
        row = {"sha256": digest, "at": now, "by": by}
        row |= {"media_type": media_type[:200], "title": title[:200]}

        def write(connection: Connection) -> None:
            connection.execute(delete(leaving).where(leaving.c.sha256 == digest))
            before = select(papers).where(_of(which), papers.c.name == name)
            _take_out(connection, connection.execute(before).all(), row["at"])
            connection.execute(insert(papers).values(agency=which[0], version=which[1], name=name, **row))

        unnamed = insert(leaving).values(sha256=digest, since=now)
        await self._database.write(lambda connection: connection.execute(unnamed))
        await self._vault.put(kept)
        # From here the object is there; a crash before its paper is leaves it among what is cleared away.
        await self._database.write(write)

    async def listed(self, which: tuple[str, int]) -> dict[str, Paper]:
        """A draft's papers by name. Raises StoreUnavailable."""
        wanted = select(papers).where(_of(which)).order_by(papers.c.name)
        rows = await self._database.read(lambda connection: list(connection.execute(wanted)))
        return {row.name: _told(row) for row in rows}

    async def octets(self, paper: Paper) -> bytes:
        """What it says. Raises VaultDamaged."""
        kept = await self._vault.get(paper.object)
        return kept[len(_OWN) + _SALT :] if kept.startswith(_OWN) else kept

    async def clear(self) -> Cleared:
        """Samples leave whose draft is in force or given up, or that nobody touched for so long.

        Then the objects go that left a day ago, each by itself: one that the disk does not let go keeps no
        other. A crash anywhere leaves the rest to the next time. Raises StoreUnavailable.
        """
        now = self._clock()
        untouched = stored(now - timedelta(days=SAMPLE_DAYS))
        due = await self._database.read(lambda connection: connection.execute(_due(untouched)).all())
        if due:
            await self._database.write(lambda connection: _take_out(connection, due, stored(now)))
        before = stored(now - timedelta(days=LEAVING_DAYS))
        left = select(leaving.c.sha256).where(leaving.c.since <= before)
        cleared = Cleared(samples=len(due))
        for digest in await self._database.read(lambda connection: connection.execute(left).scalars().all()):
            went = await self._gone(digest)
            if not went.waiting:
                await self._forget(digest)
            cleared = Cleared(*map(sum, zip(cleared, went, strict=True)))
        return cleared

    async def _gone(self, digest: str) -> Cleared:
        try:
            if await self._is_own(digest):
                await self._vault.drop(digest)
                # From here the object is gone; a crash before its row is drops it again: nothing changes.
                return Cleared(dropped=1)
            return Cleared(staying=int(await self._vault.has(digest)))
        except StoreUnavailable:
            return Cleared(waiting=1)

    async def _forget(self, digest: str) -> None:
        named = leaving.c.sha256 == digest
        await self._database.write(lambda connection: connection.execute(delete(leaving).where(named)))

    async def _is_own(self, digest: str) -> bool:
        """Whether an object is a paper and nothing else; older ones may be somebody's evidence as well."""
        try:
            kept = await self._vault.open(digest)
            beginning = [piece async for piece in kept.stream(0, min(kept.size, len(_OWN)))]
        except VaultDamaged:
            return False
        return b"".join(beginning) == _OWN


def _due(untouched: str) -> Any:
    """The samples that leave: those of drafts that are done, or untouched since that instant."""
    drafts = (documents.c.kind == DocumentKind.AGENCY.value) & (documents.c.name == papers.c.agency)
    drafts &= documents.c.version == papers.c.version
    idle = (documents.c.at < untouched) & (papers.c.at < untouched)
    over = or_(documents.c.state.in_(_DONE), idle)
    return select(papers).join(documents, drafts).where(papers.c.name.not_like("@%"), over)


def _take_out(connection: Connection, rows: Sequence[Row[Any]], at: str) -> None:
    """Rows of papers, if they still stand as they were seen: their objects are nobody's from now on."""
    for row in rows:
        as_seen = _of((row.agency, row.version)) & (papers.c.name == row.name)
        gone = connection.execute(delete(papers).where(as_seen, papers.c.sha256 == row.sha256))
        known = connection.execute(select(leaving).where(leaving.c.sha256 == row.sha256)).first()
        if gone.rowcount and not known:
            connection.execute(insert(leaving).values(sha256=row.sha256, since=at))


def _of(which: tuple[str, int]) -> Any:
    return (papers.c.agency == which[0]) & (papers.c.version == which[1])


def _told(row: Row[Any]) -> Paper:
    return Paper(row.name, row.sha256, row.media_type, row.title, row.at, row.by)
