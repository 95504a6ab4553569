"""A front-end database on the session's server, and an account that may only read it."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from adapters.base import Deadline, Key, Keys, ReadOut
from adapters.egress import Egress
from adapters.table import TableAdapter
from contracts.exchange import Evidence, Grant
from tests.adapters.table.filings import CODE, COLUMNS, PASSWORD, USER, manifest
from tests.conftest import Clock
from tests.postgres import Postgres
from tests.stores import Cluster

READER, SECRET = "qzk_reader", "Lesen-nur_77"
KNOWN: Keys = {"project_code": (Key("project_code", CODE, confirmed=True),)}


@pytest.fixture(scope="session")
def server(cluster: Cluster) -> Postgres:
    """The session's server, where accounts that only read are asked for their passwords."""
    rules = cluster.data / "pg_hba.conf"
    rules.write_text(f"host all {READER},bdc_reader 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
    cluster.run(f"CREATE ROLE {READER} LOGIN PASSWORD '{SECRET}'")
    cluster.run("SELECT pg_reload_conf()")
    return cluster


@dataclass
class House:
    """The agency's side: its database, and a hand of its owner's in it."""

    base: str
    owner: psycopg.Connection[Any]

    def run(self, statement: str, *values: Any) -> None:
        self.owner.execute(statement, values or None)

    def put(self, table: str = "SPGL_JSGCJGYSBAXXB", **row: Any) -> None:
        """One more row; what is not said is as in the recorded one."""
        whole = {**COLUMNS, **row}
        names, places = ", ".join(f'"{name}"' for name in whole), ", ".join(["%s"] * len(whole))
        self.owner.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(whole.values()))


@pytest.fixture(scope="module")
def house(server: Postgres, cluster: Cluster) -> Iterator[House]:
    """A database of one's own: the table as the standard has it, and everybody may read what there is."""
    with cluster.database("blank") as url, psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            'CREATE TABLE "SPGL_JSGCJGYSBAXXB" ("LSH" bigint, "DFSJZJ" varchar(50), "XZQHDM" char(6),'
            ' "GCDM" varchar(40), "SPSXSLBM" varchar(50), "JSDW" varchar(200), "JSDWDM" varchar(18),'
            ' "SGXKZBH" varchar(50), "JGYSBABH" varchar(50), "BARQ" date, "SFSXLHYS" smallint,'
            ' "ZJZMJ" numeric(15,2), "DSJZMJ" numeric(15,2), "DXJZMJ" numeric(15,2), "RFMJ" numeric(15,2),'
            ' "KGRQ" date, "JGRQ" date, "SJYXBS" int, "SJWXYY" varchar(100), "SJSCZT" int, "SBYY" text)'
        )
        owner.execute(f'GRANT SELECT ON "SPGL_JSGCJGYSBAXXB" TO {READER}')
        owner.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
        yield House(url.replace("postgres@", ""), owner)


@pytest.fixture
def clean(house: House) -> House:
    """The same with nothing in its table."""
    house.run('TRUNCATE "SPGL_JSGCJGYSBAXXB"')
    return house


@dataclass
class Desk:
    """An adapter, and who asks it."""

    adapter: TableAdapter
    grant: Grant

    async def pull(self, known: Keys = KNOWN, seconds: float = 30) -> list[Evidence]:
        return await self.adapter.pull(self.grant, known, Deadline.after(seconds))

    async def read(self, known: Keys = KNOWN, seconds: float = 30) -> ReadOut:
        [evidence] = await self.pull(known, seconds)
        return self.adapter.read(evidence)


SECRETS = {USER: READER, PASSWORD: SECRET}


@pytest.fixture
def desk(egress: Egress, clock: Clock, grant_for: Callable[..., Grant]) -> Callable[..., Desk]:
    """Opens a desk for the database at `base`, its manifest edited."""

    def at(
        base: str, *edits: tuple[str, str], secrets: dict[str, str] | None = None, way: Any = None
    ) -> Desk:
        read = manifest(("postgresql://127.0.0.1:5432/gg_qzk", base), *edits)
        found = SECRETS if secrets is None else secrets
        adapter = TableAdapter(read, 3, way or egress, found.__getitem__, clock)
        return Desk(adapter, grant_for("completion-filing"))

    return at
