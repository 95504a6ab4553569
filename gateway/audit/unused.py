"""Grants that nobody seems to need: in force for so long, and not once given from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from contracts.time import day_of, midnight, stored
from gateway.audit.figures import given
from gateway.store.tables import entry_index, entry_materials

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection

    from contracts.exchange import Grant
    from gateway.audit.log import AuditLog


class Idle(NamedTuple):
    """Of a grant's `whole` kinds for one purpose, those that its consumer was not once given for it."""

    grant: str
    consumer: str
    purpose: str
    kinds: tuple[str, ...]
    whole: int


async def idle(log: AuditLog, grants: Iterable[Grant], days: int) -> list[Idle]:
    """What was in force for so many days until today, in the order of the grants. Raises LogUnavailable."""
    today = day_of(log.clock())
    return await log.survey(lambda connection: idle_in(connection, grants, today, days))


def idle_in(connection: Connection, grants: Iterable[Grant], today: date, days: int) -> list[Idle]:
    """The same, as one transaction sees it; what began later had no time to be used."""
    since = today - timedelta(days=days)
    used, whole = _given(connection, stored(midnight(since))), dict[tuple[str, str, str], list[str]]()
    for grant in grants:
        if grant.covers(today) and grant.valid_from <= since:
            whole.setdefault((grant.id, grant.consumer, grant.purpose), []).append(grant.kind)
    found = (
        Idle(*which, tuple(kind for kind in kinds if (*which[1:], kind) not in used), len(kinds))
        for which, kinds in whole.items()
    )
    return [each for each in found if each.kinds]


def _given(connection: Connection, since: str) -> set[tuple[str, str, str]]:
    """Which consumer had which kind for which purpose since then."""
    joined = entry_materials.join(entry_index, entry_index.c.idx == entry_materials.c.idx)
    what = (entry_index.c.consumer, entry_index.c.purpose, entry_materials.c.material)
    rows = connection.execute(select(*what).select_from(joined).where(given(since)).distinct())
    return {(row[0], row[1], row[2]) for row in rows}
