"""`landbridge adapter draft --table`: which tables a front-end database shows to an account."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from adapters.manifest.parts import SECRET
from contracts.audit import EntryKind
from contracts.errors import AskMalformed
from contracts.text import text
from gateway.api.databases import tables_at, tables_by_safe
from gateway.cli.inside import in_house, own_act
from gateway.cli.words import pick

if TYPE_CHECKING:
    from adapters.drafting import Description

_NO_SECRET = text("凭据写作 --secret secret:部门/名称", "A secret is named as --secret secret:agency/name")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the database: `password` is a reference, None where it is asked for at the terminal."""

    schema: str
    user: str | None
    password: str | None
    tls: str

    def part(self, agency: str | None) -> dict[str, str]:
        """As the manifest says it; without a password's reference where nobody knows the agency yet."""
        password = self.password or (f"secret:{agency}/reader" if agency else None)
        said = {"schema": self.schema, "user": self.user, "password": password, "tls": self.tls}
        return {name: value for name, value in said.items() if value}


def described(address: str, reader: Reader, *, allow_private: bool) -> Description:
    """The tables that the account finds there. Raises AskMalformed, AgencyFailed."""
    from adapters.drafting import catalogue, fetching

    if reader.password is None:
        fetching.check_named(reader.user or "")
    elif not SECRET.fullmatch(reader.password):
        raise AskMalformed(_NO_SECRET)
    connection = fetching.database(address, reader.part(None), allow_private=allow_private)
    if reader.password is None:
        octets = asyncio.run(tables_at(connection, (reader.user or "", _asked())))
    else:
        entry = own_act(EntryKind.TRIED)
        octets = in_house(lambda house: tables_by_safe(house, connection, entry))
    return catalogue.described(octets)


def _asked() -> str:
    """The password, from standard input: on a command line it would stand in the process list."""
    if sys.stdin.isatty():
        said = str(typer.prompt(pick("数据库口令", "password at the database"), hide_input=True))
    else:
        said = sys.stdin.readline().rstrip("\r\n")
    if not said:
        raise AskMalformed(
            text(
                "请从标准输入给出数据库口令，或以 --secret secret:部门/名称 指明凭据",
                "Give the password on standard input, or name its secret: --secret secret:agency/name",
            )
        )
    return said
