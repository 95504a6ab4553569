"""What an agency that shows a front-end database (前置库) lets us read, and how rows are asked for."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from adapters.manifest.parts import DATABASE, PORTS, SECRET, Rule, Unusable

NAME_OCTETS = 63
"""Octets of an identifier, at most: PostgreSQL cuts longer ones without saying so (NAMEDATALEN)."""


def _identifier(raw: str) -> str:
    if not raw or len(raw.encode()) > NAME_OCTETS or not raw.isprintable():
        raise Unusable(
            f"应为 1 至 {NAME_OCTETS} 个字节的名称", f"a name of 1 to {NAME_OCTETS} octets is expected"
        )
    return raw


def _condition(raw: object) -> object:
    """A value alone is one the column must hold exactly."""
    if isinstance(raw, bool):
        return {"value": str(raw).lower()}
    return {"value": raw} if isinstance(raw, str | int) else raw


def _account(raw: str) -> str:
    if not raw.isprintable():
        raise Unusable("账号含控制字符或不可见字符", "an account has no characters that cannot be seen")
    return raw


Identifier = Annotated[str, AfterValidator(_identifier)]
"""A schema's, table's or column's name as the database has it: letters of either case, 中文, quotes."""


class Database(NamedTuple):
    """Where a database is, and its name there."""

    host: str
    port: int
    name: str


def database_at(base: str) -> Database:
    """What `postgresql://host:port/name` names. Raises ValueError when it is none."""
    parts = urlsplit(base)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme != DATABASE or not parts.hostname or not name or "/" in name or not name.isprintable():
        raise ValueError("not the address of a database")
    return Database(parts.hostname, parts.port or PORTS[DATABASE], name)


class ConditionRule(Rule):
    """What a column must hold: this, or with `fit: starts` this and whatever follows it ("-001")."""

    value: str = Field(min_length=1, max_length=200)
    fit: Literal["same", "starts"] = "same"


Condition = Annotated[
    ConditionRule, BeforeValidator(_condition, json_schema_input_type=str | int | bool | ConditionRule)
]


class TableRule(Rule):
    """Who reads the agency's front-end database, and how much of it at once."""

    schema_name: Identifier = Field(default="public", alias="schema")
    user: Annotated[str, AfterValidator(_account)] = Field(
        pattern=f"^({SECRET.pattern}|[^:\\s]{{1,63}})$", description="a name, or a reference to one"
    )
    password: str = Field(pattern=f"^{SECRET.pattern}$")
    tls: Literal["verify", "require", "off"] = Field(
        default="verify",
        description="verify: certificate and name; require: encrypted, whoever it is; off: private ones only",
    )
    rows: int = Field(default=500, ge=1, le=2000, description="rows of one reply, at most; more are refused")
