"""An agency's front-end database (前置库) on the tests' server, and the accounts it lets in. All invented."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.stores import Cluster

ROOT = Path(__file__).parents[1]
NATIVE: dict[str, Any] = json.loads((ROOT / "demo" / "projects.json").read_text("utf-8"))["native_samples"][
    "HC_frontend_db_row"
]
TABLE, ROW = NATIVE["table"], NATIVE["row"]
CODE = "2012-231005-04-01-735188"

READER, STRANGER, PASSWORD = "wizard_reader", "wizard_stranger", "Front'end \\ 口令"
"""Who may read the tables, and who may read none; the password of both."""

COMMENTS = {"JGYSBABH": "竣工验收备案编号", "SJYXBS": "数据有效标识", "LSH": "流水号"}
ODD = 'b" or 1=1; --<script>alert(1)</script>'
CHINESE = "竣工验收 备案表"


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """Where it is; `owner` is a connection of its own administrator."""

    address: str
    owner: psycopg.Connection[Any]

    def insert(self, **changed: object) -> None:
        """Another row, like the sample's but for what is changed."""
        row = ROW | changed
        self.owner.execute(
            sql.SQL("INSERT INTO {} VALUES ({})").format(
                sql.Identifier(TABLE), sql.SQL(", ").join(map(sql.Literal, row.values()))
            )
        )

    @contextmanager
    def closed(self, table: str) -> Iterator[None]:
        """A table that its reader may not read meanwhile."""
        names = sql.Identifier(table), sql.Identifier(READER)
        self.owner.execute(sql.SQL("REVOKE SELECT ON {} FROM {}").format(*names))
        try:
            yield
        finally:
            self.owner.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(*names))


@contextmanager
def front_end(cluster: Cluster) -> Iterator[FrontEnd]:
    """A database with the table of filings, one of Chinese names, one nobody may read, and a hostile one."""
    with cluster.database("blank") as url, psycopg.connect(url, autocommit=True) as owner:
        _let_in(cluster)
        owner.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(TABLE), _columns()))
        owner.execute(sql.SQL("COMMENT ON TABLE {} IS '竣工验收备案信息表'").format(sql.Identifier(TABLE)))
        for name, words in COMMENTS.items():
            said = sql.SQL("COMMENT ON COLUMN {}.{} IS {}")
            owner.execute(said.format(sql.Identifier(TABLE), sql.Identifier(name), sql.Literal(words)))
        owner.execute(
            sql.SQL('CREATE TABLE {} ("备案编号" text, {} text)').format(
                sql.Identifier(CHINESE), sql.Identifier(ODD)
            )
        )
        owner.execute(sql.SQL("CREATE TABLE {} (a int)").format(sql.Identifier(ODD)))
        owner.execute(
            sql.SQL("COMMENT ON TABLE {} IS '<script>alert(2)</script>'").format(sql.Identifier(ODD))
        )
        owner.execute('CREATE TABLE "SPGL_XMJBXXB" ("XMDM" text, "XMMC" text)')
        owner.execute("CREATE VIEW filings AS SELECT 1 AS one")
        owner.execute("CREATE TABLE partly (a int, b int)")
        owner.execute("CREATE SCHEMA closed")
        owner.execute("CREATE TABLE closed.inner_table (a int)")
        readable = sql.SQL(", ").join(map(sql.Identifier, (TABLE, CHINESE, ODD, "filings")))
        owner.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(readable, sql.Identifier(READER)))
        owner.execute(sql.SQL("GRANT SELECT (a) ON partly TO {}").format(sql.Identifier(READER)))
        parts = urlsplit(url)
        yield FrontEnd(f"postgresql://127.0.0.1:{parts.port}{parts.path}", owner)
        _forget(owner)


def _columns() -> sql.Composable:
    kinds = {int: "bigint", float: "numeric(18,2)", str: "varchar(200)", type(None): "varchar(200)"}
    dates = ("BARQ", "KGRQ", "JGRQ")
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(
            sql.Identifier(name), sql.SQL("date" if name in dates else kinds[type(value)])
        )
        for name, value in ROW.items()
    )


def _let_in(cluster: Cluster) -> None:
    """Both accounts prove who they are; everybody else of the tests' server goes on as before."""
    place = cluster.data / "pg_hba.conf"
    lines = place.read_text("utf-8")
    ours = "".join(f"host all {name} 127.0.0.1/32 scram-sha-256\n" for name in (READER, STRANGER))
    if not lines.startswith(ours):
        place.write_text(ours + lines, "utf-8")
        cluster.run("SELECT pg_reload_conf()")
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        for name in (READER, STRANGER):
            said = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(said.format(sql.Identifier(name), sql.Literal(PASSWORD)))


def _forget(owner: psycopg.Connection[Any]) -> None:
    for name in (READER, STRANGER):
        owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
