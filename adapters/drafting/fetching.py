"""A description fetched from the one address a person named, through the only way out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import ValidationError

from adapters.base import Deadline
from adapters.drafting import openapi
from adapters.drafting.catalogue import OCTETS, catalogue
from adapters.egress import Egress, Origin, Outgoing
from adapters.manifest import Connection, WsdlRule
from adapters.manifest.parts import SECRET, base_address
from adapters.manifest.readable import reviewed
from adapters.manifest.tables import database_at
from adapters.soap import freeze, over
from adapters.table import Reader, connected
from adapters.web import check_status
from contracts.errors import AskMalformed
from contracts.text import text


async def wsdl_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> WsdlRule:
    """The WSDL at an address with all it imports from the same origin. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    return await freeze(url, over(egress, origin, deadline))


async def octets_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> bytes:
    """The OpenAPI document at an address. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    reply = await egress.send(Outgoing("GET", url), origin, deadline, openapi.OCTETS)
    check_status(reply.status)
    return reply.body


def base_of(url: str) -> str:
    """Scheme, host and port of an address, as a manifest's base."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def server_of(address: str) -> str:
    """Scheme, host and port of a database's address. Raises AskMalformed."""
    try:
        found = database_at(base_address(address))
    except ValueError:
        raise AskMalformed(_NO_DATABASE) from None
    return f"postgresql://{found.host}:{found.port}"


def database(address: str, table: Mapping[str, str], *, allow_private: bool) -> Connection:
    """The way to a front-end database as a manifest has it; its password may have no place in the safe yet.

    Raises AskMalformed that says what to do.
    """
    said = {"protocol": "table", "base": address.rstrip("/"), "table": {"password": _UNNAMED, **table}}
    server_of(address)
    try:
        connection = Connection.model_validate(said | {"allow_private": allow_private})
    except ValidationError:
        raise AskMalformed(_NO_READER) from None
    for _, zh, en in reviewed(connection, connection.table) if connection.table else ():
        raise AskMalformed(text(zh, en))
    return connection


def check_named(user: str) -> None:
    """Before a typed password goes with it: an account by its name. Raises AskMalformed for a reference."""
    if SECRET.fullmatch(user):
        raise AskMalformed(_NO_REFERENCE)


_NO_REFERENCE = text(
    "请填写数据库账号本身的名称；凭据引用（secret:…）只能与同样以引用给出的口令一起使用",
    "Give the account's own name; a reference (secret:…) goes only with a password that is one, too",
)

_UNNAMED = "secret:none/none"
"""Stands for a password that has no place in the safe yet."""

_NO_DATABASE = text(
    "地址应为 postgresql://主机:端口/库名，如 postgresql://10.1.2.3:5432/gg_qzk；目前只支持 PostgreSQL",
    "An address is postgresql://host:port/database, such as postgresql://10.1.2.3:5432/gg_qzk; no other "
    "databases are spoken to yet",
)
_NO_READER = text(
    "请填写数据库账号，并核对账号和模式的写法",
    "Give the account at the database; check how its name and the schema's are written",
)


async def catalogue_at(
    egress: Egress, connection: Connection, who: tuple[str, str], deadline: Deadline
) -> bytes:
    """What a front-end database says of the tables in its schema, to an account with this password.

    Raises AgencyFailed, AskMalformed.
    """
    table = connection.table
    if table is None:
        raise AskMalformed(_NO_DATABASE)
    reader, private = Reader(*who, table.tls), connection.allow_private
    where = database_at(connection.base)
    async with connected(egress, where, reader, deadline, allow_private=private, limit=OCTETS) as line:
        return await catalogue(line, table.schema_name)
