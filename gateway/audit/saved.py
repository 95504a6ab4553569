"""Searches that auditors saved under a name of their own: a convenience, and no evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from contracts.errors import AskMalformed
from contracts.text import text
from contracts.time import stored
from gateway.store.tables import saved_searches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

    from contracts.audit import Draft
    from gateway.audit.log import AuditLog

MOST = 100
"""Searches that one person keeps."""

LONGEST = 60
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A search as its form was filled in."""

    name: str
    words: Mapping[str, str]


async def listed(log: AuditLog, person: str) -> list[Saved]:
    """What this account saved, by name. Raises StoreUnavailable."""
    own = select(saved_searches).where(saved_searches.c.person == person).order_by(saved_searches.c.name)
    rows = await log.database.read(lambda connection: connection.execute(own).all())
    return [Saved(row.name, json.loads(row.words)) for row in rows]


async def keep(log: AuditLog, person: str, saved: Saved, entry: Draft) -> None:
    """Save it, in the place of one of the same name; the entry comes first, and says no name.

    Raises AskMalformed, LogUnavailable, StoreUnavailable.
    """
    if not 0 < len(saved.name) <= LONGEST or not saved.name.isprintable():
        raise AskMalformed(text(f"名称须为 1 至 {LONGEST} 个字符", f"A name has 1 to {LONGEST} characters"))
    await log.append(entry)
    row = {"person": person, "name": saved.name, "words": json.dumps(saved.words), "at": stored(log.clock())}
    await log.database.write(lambda connection: _put(connection, row))


async def forget(log: AuditLog, person: str, name: str, entry: Draft) -> None:
    """Delete it; nothing happens when there is none. Raises LogUnavailable, StoreUnavailable."""
    await log.append(entry)
    await log.database.write(
        lambda connection: connection.execute(delete(saved_searches).where(*_own(person, name)))
    )


def _put(connection: Connection, row: dict[str, str]) -> None:
    connection.execute(delete(saved_searches).where(*_own(row["person"], row["name"])))
    kept = select(func.count()).where(saved_searches.c.person == row["person"])
    if connection.execute(kept).scalar_one() >= MOST:
        raise AskMalformed(
            text(
                f"最多保存 {MOST} 个检索，请先删除不用的",
                f"{MOST} searches are kept at most; delete some first",
            )
        )
    connection.execute(insert(saved_searches).values(row))


def _own(person: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return saved_searches.c.person == person, saved_searches.c.name == name
