"""A town with something in every room, and a backup of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.backup import create
from tests.conftest import Clock
from tests.gateway.town import Town, on_file, open_town, settings_in

PASSPHRASE = "翰林 correct horse"


async def back_up(town: Town, folder: Path, passphrase: str | None = PASSPHRASE) -> Path:
    await create(town.house, folder, "os:test", passphrase, "0.1.0")
    return folder


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, on_file(tmp_path)), clock) as opened:
        listed = await opened.listed()
        fetched = await opened.get(f"/v1/attachments/{listed}")
        assert fetched.status_code == 200
        secret = opened.house.settings.home / "secrets" / "demo-land" / "app"
        await asyncio.to_thread(secret.parent.mkdir, parents=True)
        await asyncio.to_thread(secret.write_text, "an agency's secret", "utf-8")
        yield opened


@pytest.fixture
async def folder(town: Town, tmp_path: Path) -> Path:
    return await back_up(town, tmp_path / "backup")
