"""Kills an intake at one point of a sweep after another, and sees what the next one makes of it.

`python -m tests.intake.kill SCENARIO FOLDER [SERVER]` prints a line of JSON for each point. Every attempt is
a process of its own that ends as `kill -9` ends one: nothing is cleaned up, no `finally` runs. SERVER is the
URL of a PostgreSQL with a database `migrated`; without it the database is a file.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import select

from contracts.audit import Draft, Recorded
from gateway.intake import Drop, Intake
from gateway.store.database import Database
from gateway.store.migrate import migrate
from gateway.store.tables import deliveries, delivery_files, quarantine
from gateway.vault import Vault
from tests.intake.bench import PDF, line, notice, package, sha256, zipped
from tests.intake.conftest import manifest_of

START = datetime(2026, 3, 2, 6, tzinfo=UTC)
KILLED = 9
AGENCY = {"package": "mdj-survey", "sick": "mdj-survey", "folder": "mdj-defence"}


def lay(scenario: str, root: Path) -> None:
    inbox = root / AGENCY[scenario] / "in"
    inbox.mkdir(parents=True)
    if scenario == "package":
        package(inbox, {"宗地图.pdf": PDF, "分层图.pdf": PDF + b"2"})
    elif scenario == "sick":
        zipped(inbox / "P.zip", {"manifest.xml": notice(line("a.pdf", PDF, sha256="0" * 64)), "a.pdf": PDF})
    else:
        (inbox / "W-1").mkdir()
        (inbox / "W-1" / "文书.pdf").write_bytes(PDF)
        table = (
            "文书编号,项目代码,项目名称,文书类型,人防面积,易地建设费,出具日期,状态,文件名,材料类型,字节数,SHA256\n"
            f"W-1,,翰林示例城,备案,4200,,2022/10/27,有效,文书.pdf,人防文书,{len(PDF)},{sha256(PDF)}\n"
        )
        (inbox / "W-1" / "清单.csv").write_text(table, "utf-8")


class Killer:
    """Ends the process before the n-th thing that changes anything outside it: after the one before."""

    def __init__(self, at: int | None) -> None:
        self._at, self.count = at, 0

    def point(self) -> None:
        if self.count == self._at:
            os._exit(KILLED)
        self.count += 1

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(call):

            async def awaited(*args: Any, **kwargs: Any) -> Any:
                self.point()
                return await call(*args, **kwargs)

            return awaited

        def called(*args: Any, **kwargs: Any) -> Any:
            self.point()
            return call(*args, **kwargs)

        return called


async def sweep(home: Path, url: str, killer: Killer | None) -> dict[str, Any]:
    """Two sweeps and one long after, over whatever a process before this one left."""
    database = Database(url, readers=1)
    vault = Vault(home / "vault", bytes(32))
    drops = [Drop(manifest_of(agency), 1) for agency in ("mdj-survey", "mdj-defence")]

    async def record(draft: Draft) -> Recorded:
        with (home / "log").open("a") as file:
            file.write(f"{draft.kind}\n")
        return Recorded(origin="test/log", index=0, leaf=bytes(32), size=1)

    async def published() -> list[Drop]:
        return drops

    if killer:
        vault.put_stream = killer.around(vault.put_stream)  # type: ignore[method-assign]
        database.write = killer.around(database.write)  # type: ignore[method-assign]
        record = killer.around(record)
        for name in ("replace", "rename", "unlink", "write_text"):
            setattr(Path, name, killer.around(getattr(Path, name)))
    intake = Intake(home / "drop", home / "spool", database, vault, record, published)
    for seconds in (0, 20, 8000):
        await intake.sweep(START + timedelta(seconds=seconds))
    found = await database.read(
        lambda connection: [
            connection.execute(select(table)).all() for table in (deliveries, delivery_files, quarantine)
        ]
    )
    files = [await vault.get(row.sha256) for row in found[1]]
    lying = sorted(
        re.sub(r"qua-\w+", "qua", str(path.relative_to(home / "drop")))
        for path in (home / "drop").rglob("*")
        if path.is_file()
    )
    log = (home / "log").read_text().split() if (home / "log").exists() else []
    return {
        "deliveries": [[row.version, row.superseded_at] for row in found[0]],
        "files": sorted(octets.decode() for octets in files),
        "quarantine": [row.reason for row in found[2]],
        "reasons": [
            path.read_text("utf-8").split("[")[1].split("]")[0]
            for path in (home / "drop").rglob("quarantine/*.txt")
        ],
        "lying": lying,
        "log": log,
    }


def in_child(home: Path, url: str, at: int | None) -> tuple[int, dict[str, Any]]:
    """One process: killed at a point, or to the end. Gives its exit code, and what it found."""
    child = os.fork()
    if child == 0:
        killer = Killer(at)
        found = asyncio.run(sweep(home, url, killer))
        (home / "found.json").write_bytes(json.dumps(found | {"points": killer.count}).encode())
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, json.loads((home / "found.json").read_bytes()) if code == 0 else {}


def main(scenario: str, folder: Path, server: str = "") -> None:
    template, home = folder / "template", folder / "home"
    lay(scenario, template / "drop")
    if not server:
        migrate(f"sqlite:///{template / 'db.sqlite'}")
    _, whole = in_child(home, _afresh(template, home, server), None)
    for at in range(whole["points"]):
        url = _afresh(template, home, server)
        code, _ = in_child(home, url, at)
        _, after = in_child(home, url, None)
        print(json.dumps({"at": at, "code": code, "whole": whole, "after": after}), flush=True)  # noqa: T201


def _afresh(template: Path, home: Path, server: str) -> str:
    """Everything as it was before; gives the database's URL."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(template, home)
    if not server:
        return f"sqlite:///{home / 'db.sqlite'}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS intake WITH (FORCE)")
        connection.execute("CREATE DATABASE intake TEMPLATE migrated STRATEGY file_copy")
    return f"{server}/intake"


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
