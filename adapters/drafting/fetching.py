"""A description fetched from the one address a person named, through the only way out."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.base import Deadline, Secrets, failed
from adapters.drafting.catalogue import catalogue
from adapters.drafting.openapi import OCTETS
from adapters.egress import Egress, Origin, Outgoing
from adapters.manifest import Connection, WsdlRule
from adapters.soap import freeze, over
from adapters.web import check_status
from contracts.errors import Fault


async def wsdl_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> WsdlRule:
    """The WSDL at an address with all it imports from the same origin. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    return await freeze(url, over(egress, origin, deadline))


async def octets_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> bytes:
    """The OpenAPI document at an address. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    reply = await egress.send(Outgoing("GET", url), origin, deadline, OCTETS)
    check_status(reply.status)
    return reply.body


def base_of(url: str) -> str:
    """Scheme, host and port of an address, as a manifest's base."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def catalogue_at(egress: Egress, connection: Connection, secrets: Secrets, deadline: Deadline) -> bytes:
    """What a front-end database says of the tables in its schema. Raises AgencyFailed."""
    import psycopg

    from adapters.manifest.tables import database_at

    where = database_at(connection.base)
    table = connection.table
    assert table is not None
    address = await egress.admit(where.host, where.port, allow_private=connection.allow_private)
    try:
        made = await psycopg.AsyncConnection.connect(
            host=where.host,
            hostaddr=address,
            port=where.port,
            dbname=where.name,
            user=table.user,
            password=secrets(table.password),
            sslmode={"verify": "verify-full", "require": "require", "off": "disable"}[table.tls],
            connect_timeout=5,
        )
        async with made:
            return await catalogue(made, table.schema_name)
    except psycopg.OperationalError:
        raise failed(Fault.UNAUTHORISED) from None
