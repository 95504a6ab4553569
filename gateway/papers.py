"""What a draft is made from: an agency's own description of its interface, and sample replies.

The octets lie in the vault, sealed, for they may be about persons; here stands which draft they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from contracts.time import stored
from gateway.store.tables import papers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from gateway.store.database import Database
    from gateway.vault import Vault

OPENAPI = "@openapi"
"""The name of an OpenAPI document among a draft's papers; a sample has its kind's."""

CATALOGUE = "@tables"
"""The name of what a database says of its tables."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a draft: `title` is a file's name or where it came from, `media_type` a Content-Type."""

    name: str
    sha256: str
    media_type: str
    title: str
    at: str
    by: str


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
        digest = await self._vault.put(octets)
        row = {"sha256": digest, "at": stored(self._clock()), "by": by}
        row |= {"media_type": media_type[:200], "title": title[:200]}

        def write(connection: Connection) -> None:
            connection.execute(delete(papers).where(_of(which), papers.c.name == name))
            connection.execute(insert(papers).values(agency=which[0], version=which[1], name=name, **row))

        await self._database.write(write)

    async def listed(self, which: tuple[str, int]) -> dict[str, Paper]:
        """A draft's papers by name. Raises StoreUnavailable."""
        wanted = select(papers).where(_of(which)).order_by(papers.c.name)
        rows = await self._database.read(lambda connection: list(connection.execute(wanted)))
        return {row.name: _told(row) for row in rows}

    async def octets(self, paper: Paper) -> bytes:
        """What it says. Raises VaultDamaged."""
        return await self._vault.get(paper.sha256)


def _of(which: tuple[str, int]) -> Any:
    return (papers.c.agency == which[0]) & (papers.c.version == which[1])


def _told(row: Row[Any]) -> Paper:
    return Paper(row.name, row.sha256, row.media_type, row.title, row.at, row.by)
