"""Writes `0.1.0.sql`: this release's schema with a little in every room, as `sqlite3 .dump` would write it.

    python -m tests.upgrade.make

Run once a release, under its version's name, and never again: what it made must stay readable for good.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from gateway.building import VERSION
from tests.conftest import Clock
from tests.gateway.town import on_file, open_town, settings_in

FOLDER = Path(__file__).parent


async def make() -> None:
    """A town that asked, was refused, fetched a file and confirmed nothing; its database as text."""
    with tempfile.TemporaryDirectory() as place:
        settings = settings_in(Path(place), on_file(Path(place)))
        async with open_town(settings, Clock(datetime(2026, 3, 2, 6, 5, 9, 120_000, tzinfo=UTC))) as town:
            await town.get(f"/v1/attachments/{await town.listed()}")
            await town.ask(who="stranger-kin")
            await town.enrol("agency-admin", "demo-land")
            vkey, note = town.house.log.verifier.vkey, await town.house.log.checkpoint()
        with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
            lines = [f"-- vkey {vkey}", *(f"-- note {line}" for line in note.splitlines())]
            dump = "\n".join([*lines, *database.iterdump()]) + "\n"
        (FOLDER / f"{VERSION}.sql").write_text(dump, "utf-8")


if __name__ == "__main__":
    asyncio.run(make())
