"""A town with something in every room, and a backup of it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.standins import Proposal
from gateway.audit.export import export
from gateway.audit.verify import verify_log
from gateway.backup import create
from gateway.building import open_house
from gateway.settings import Settings
from tests.conftest import Clock
from tests.gateway.town import CODE, ONE, ROOT, Town, open_town, settings_in

KIND = "company-record"
PAPER = b"%PDF-1.7 the paper it was typed in from"
PASSPHRASE = "翰林 correct horse"


async def back_up(town: Town, folder: Path, passphrase: str | None = PASSPHRASE) -> Path:
    await create(town.house, folder, "os:test", passphrase, "0.1.0")
    return folder


async def typed_in(town: Town) -> None:
    """A stand-in that waits for its second person, and its paper."""
    paper = await town.house.vault.put(PAPER)
    fields = {name: value for name, value in ONE.materials[KIND][0].fields.items() if value is not None}
    order = Proposal(
        kind=KIND,
        fields=fields,
        reason="市场监管接口中断",
        evidence=paper,
        evidence_name="营业执照.pdf",
        expires_at=town.clock() + timedelta(days=7),
    )
    await town.house.stand_ins.propose(CODE, order, by="first")


async def verified(settings: Settings, folder: Path) -> dict[int, str]:
    """Both verifiers agree that the log is sound; gives every leaf."""
    await asyncio.to_thread(folder.mkdir)
    async with open_house(settings, looking=True) as house:
        assert (await verify_log(house.log)).sound
        size, note = await house.log.size(), await house.log.checkpoint()
        lines = [line async for line in export(house.log, size)]
        written = {
            "log.jsonl": b"".join(lines),
            "checkpoint": note.encode(),
            "vkey": house.log.verifier.vkey.encode(),
        }
    for name, octets in written.items():
        (folder / name).write_bytes(octets)
    parts = map(str, (ROOT / "docs/verify_log.py", *(folder / name for name in written)))
    script = await asyncio.create_subprocess_exec(sys.executable, *parts, stdout=PIPE, stderr=PIPE)
    out, err = await script.communicate()
    assert script.returncode == 0, (out, err)
    return {line["index"]: line["leaf"] for line in map(json.loads, lines)}


@pytest.fixture
async def town(tmp_path: Path, database_url: str, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, database_url), clock) as opened:
        listed = await opened.listed()
        fetched = await opened.get(f"/v1/attachments/{listed}")
        assert fetched.status_code == 200
        secret = opened.house.settings.home / "secrets" / "demo-land" / "app"
        await asyncio.to_thread(secret.parent.mkdir, parents=True)
        await asyncio.to_thread(secret.write_text, "an agency's secret", "utf-8")
        await typed_in(opened)
        yield opened


@pytest.fixture
async def folder(town: Town, tmp_path: Path) -> Path:
    return await back_up(town, tmp_path / "backup")
