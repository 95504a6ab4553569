"""A gateway backed up while it answers, restored elsewhere, answering there: real processes and HTTP."""

import asyncio
import json
import os
import re
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from demo import nr
from demo.city import NR, PROJECTS, configured
from demo.control import Control, address_of
from gateway.audit.verify import verify_log
from gateway.building import open_house
from gateway.cli.backup import restored_settings
from gateway.settings import Settings
from tests.backup.conftest import verified

ROOT = Path(__file__).resolve().parents[2]
CODE = "2012-231005-04-01-735188"
REASON = {"case": "202211250018", "purpose": "first-registration", "operator": "reg-017"}
ASK: dict[str, Any] = {
    "project_code": CODE,
    "procedure": "first-registration",
    "kinds": ["investment-filing"],
    "max_age": 0,
    **REASON,
}
RECEIPT = re.compile(r"index=(\d+), leaf=:([^:]+):")


class Place:
    """An installation and the commands run in it."""

    def __init__(self, folder: Path, home: Path, config: Path, database: str | None = None) -> None:
        self.folder, self.home, self.config, self.database = folder, home, config, database

    @property
    def settings(self) -> Settings:
        return restored_settings(self.home, self.database, self.config)

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDBRIDGE_")}
        own = {"LANDBRIDGE_HOME": str(self.home), "LANDBRIDGE_CONFIG": str(self.config)}
        own |= {"LANDBRIDGE_DATABASE_URL": self.database} if self.database else {}
        return kept | own | {"LANDBRIDGE_LANG": "en", "LANDBRIDGE_DISK_RESERVE_MB": "0"}

    async def start(self, *words: str, module: str = "gateway.cli") -> Process:
        command = (sys.executable, "-m", module, *words)
        return await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self.environ, stdout=PIPE, stderr=PIPE
        )

    async def run(self, *words: str) -> tuple[str, str]:
        """Standard output and error of a command that must end well."""
        process = await self.start(*words)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode(), err.decode()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[httpx2.AsyncClient]:
        """`landbridge serve` until it is told to stop."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = await self.start("serve", "--port", str(port))
        draining = asyncio.create_task(process.communicate())
        try:
            async with httpx2.AsyncClient(base_url=address_of(port), timeout=60) as http:
                await _ready(http, process)
                yield http
        finally:
            process.terminate()
            _, said = await draining
        assert {"time", "level", "logger", "message"} <= set.union(set(), *map(json.loads, said.splitlines()))


async def _ready(http: httpx2.AsyncClient, process: Process) -> None:
    while process.returncode is None:
        try:
            if (await http.get("/health/ready")).status_code == 200:
                return
        except httpx2.TransportError:
            await asyncio.sleep(0.1)
    raise AssertionError("the gateway ended before it was ready")


@pytest.fixture
async def place(tmp_path: Path, store_kind: str, blank_url: str) -> AsyncGenerator[Place]:
    """One agency that answers, and a configuration that names it."""
    control = Control()
    natives = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]
    try:
        base = await control.open(NR, partial(nr.create, natives))
        config = configured(tmp_path / "config", {NR: base})
        yield Place(tmp_path, tmp_path / "home", config, blank_url if store_kind == "postgres" else None)
    finally:
        await control.close()


@pytest.fixture
def empty(store_kind: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where the copy goes: for PostgreSQL a database of its own on the same server."""
    if store_kind == "sqlite":
        yield None
        return
    with request.getfixturevalue("cluster").database("blank") as url:
        yield url


class Crowd:
    """Consumers who ask on and on, and keep every receipt."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self._http, self._key = http, {"authorization": f"Bearer {key}"}
        self.receipts: dict[int, str] = {}

    async def ask(self) -> httpx2.Response:
        """An answer; while the log has no time for us it says 503, and we ask again."""
        answer = await self._http.post("/v1/dossiers", json=ASK, headers=self._key)
        while answer.status_code == 503:
            answer = await self._http.post("/v1/dossiers", json=ASK, headers=self._key)
        assert answer.status_code == 200, answer.text
        receipt = RECEIPT.search(answer.headers["landbridge-receipt"])
        assert receipt
        self.receipts[int(receipt[1])] = receipt[2]
        return answer

    async def on_and_on(self) -> None:
        while True:
            await self.ask()

    async def attachment(self, name: str) -> httpx2.Response:
        reason = {f"landbridge-{word}": value for word, value in REASON.items()}
        return await self._http.get(f"/v1/attachments/{name}", headers=self._key | reason)


@pytest.mark.timeout(600)
async def test_backed_up_under_load_restored_verified_and_answering(
    place: Place, empty: str | None, tmp_path: Path
):
    async with open_house(place.settings) as house:
        key = await house.access.add("registration", ("consumer",), by="test")
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse\n", "utf-8")
    backup = tmp_path / "backup"
    async with place.serving() as http:
        crowd = Crowd(http, key)
        (material,) = (await crowd.ask()).json()["materials"]
        file = material["attachments"][0]["id"]
        octets = (await crowd.attachment(file)).content
        asking = asyncio.create_task(crowd.on_and_on())
        said, _ = await place.run("backup", "create", str(backup), "--passphrase-file", str(passphrase))
        await crowd.ask()  # one more, after all of the backup
        asking.cancel()
        (ended,) = await asyncio.gather(asking, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), ended
    assert "whole" in said
    manifest = json.loads((backup / "manifest.json").read_text("utf-8"))
    size = manifest["log"]["size"]
    assert min(crowd.receipts) < size <= max(crowd.receipts)  # it was made in the middle of it

    new = Place(tmp_path, tmp_path / "new", tmp_path / "new" / "config", empty)
    words = ("--home", str(new.home), "--passphrase-file", str(passphrase), "--prove", CODE, "--json")
    dossier, told = await new.run("backup", "restore", str(backup), *words)
    assert json.loads(dossier)["project_code"] == CODE
    assert answered(json.loads(dossier)) == answered({"materials": [material]})
    assert "fork" in told

    leaves = await verified(new.settings, tmp_path / "export")
    before = {index: leaf for index, leaf in crowd.receipts.items() if index < size}
    assert before
    assert {index: leaves[index] for index in before} == before
    entries = [json.loads(line) for line in (tmp_path / "export/log.jsonl").read_text("utf-8").splitlines()]
    restored = json.loads(entries[size]["entry"])
    assert (restored["kind"], restored["subject"]["version"]) == ("restored", size)

    async with new.serving() as http:
        again = Crowd(http, key)
        assert (await again.attachment(file)).content == octets
        assert answered((await again.ask()).json()) == answered({"materials": [material]})
    await a_fork_is_seen(place, new)


def answered(dossier: dict[str, Any]) -> dict[str, Any]:
    """What the one agency there is said, and it did say it."""
    (found,) = (each for each in dossier["materials"] if each["kind"] == "investment-filing")
    assert found["retrieval"] == "received"
    fields: dict[str, Any] = found["fields"]
    assert fields["project_code"] == CODE
    return fields


async def a_fork_is_seen(old: Place, new: Place) -> None:
    """A checkpoint of the gateway that went on is no part of the copy's history."""
    async with open_house(old.settings) as house:
        note = await house.log.checkpoint()
    async with open_house(new.settings) as house:
        report = await verify_log(house.log, older=note)
    assert not report.sound
    assert re.search("rewritten|cut short", " ".join(problem.en for problem in report.problems))
