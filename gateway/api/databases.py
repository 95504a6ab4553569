"""Which tables a front-end database shows: to an account somebody typed, or to one that the safe knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Deadline
from adapters.manifest.parts import SECRET
from contracts.audit import Subject

if TYPE_CHECKING:
    from adapters.manifest import Connection
    from contracts.audit import Draft
    from gateway.house import House

SECONDS = 15
"""How long reading which tables there are may take."""


async def tables_at(connection: Connection, who: tuple[str, str]) -> bytes:
    """The catalogue, by an account and its password. Raises AgencyFailed, AskMalformed: nothing to read."""
    from adapters.drafting import catalogue, fetching  # noqa: PLC0415  loaded where it is wanted
    from adapters.egress import Egress  # noqa: PLC0415

    async with Egress() as egress:
        found = await fetching.catalogue_at(egress, connection, who, Deadline.after(SECONDS))
    catalogue.check_readable(found)
    return found


async def tables_by_safe(house: House, connection: Connection, entry: Draft) -> bytes:
    """The same with a password from the safe: that it is sent there stands in the log first, if there is one.

    Raises SetupIncomplete too, LogUnavailable.
    """
    table = connection.table
    user, password = (table.user, table.password) if table else ("", "")
    agency = password.removeprefix("secret:").partition("/")[0]
    subject = Subject(type="address", id=connection.base, note=f"tables of a database, with {password}")
    await house.safe.refresh()
    who = (house.safe(user) if SECRET.fullmatch(user) else user, house.safe(password))
    await house.log.append(entry.model_copy(update={"agencies": (agency,), "subject": subject}))
    # From here the database may hear of it.
    return await tables_at(connection, who)
