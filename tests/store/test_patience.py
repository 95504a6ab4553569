"""Patience is measured in time in which we ourselves were there to hear."""

import asyncio
import time

import pytest
from sqlalchemy import text

from contracts.errors import StoreUnavailable
from gateway.store.database import Database
from gateway.store.patience import heard
from tests.stillness import dawdle, stand_still
from tests.stores import only_postgres

PATIENCE = 0.3
LONGER = 1.0


async def patient(word: asyncio.Future[None]) -> bool:
    until = time.monotonic() + PATIENCE
    return await heard(word, lambda: until - time.monotonic())


async def test_who_says_nothing_is_not_waited_for():
    word = asyncio.get_running_loop().create_future()
    assert not await patient(word)
    assert not word.cancelled()


async def test_what_was_said_is_heard():
    word = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(patient(word))
    await asyncio.sleep(0)
    word.set_result(None)
    assert await waiting


async def test_a_process_that_stood_still_holds_it_against_nobody():
    working = asyncio.get_running_loop().run_in_executor(None, dawdle)
    waiting = asyncio.create_task(patient(working))
    await asyncio.sleep(0)
    stand_still(LONGER)
    assert await waiting


@only_postgres
async def test_a_database_is_not_silent_because_we_stood_still(database_url: str, monkeypatch):
    database = Database(database_url, readers=1)
    monkeypatch.setattr(database._pulse, "_patience", PATIENCE)

    def reads(connection):
        found = connection.execute(text("SELECT 7")).scalar()
        dawdle()
        return found

    reading = asyncio.create_task(database.read(reads))
    await asyncio.sleep(0)
    stand_still(LONGER)
    assert await reading == 7
    with pytest.raises(StoreUnavailable):
        await database.read(lambda connection: connection.execute(text("SELECT pg_sleep(0.9)")))
    await database.close()
