"""PostgreSQL hangs, stops and comes back under asks: 503, nothing acknowledged lost, healed by itself."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.exchange import Receipt
from gateway.audit.verify import verify_log
from tests.conftest import Clock
from tests.gateway.town import Town, open_town, settings_in
from tests.postgres import Postgres


@pytest.fixture
async def town(server: Postgres, tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    server.run("DROP DATABASE IF EXISTS town WITH (FORCE)")
    server.run("CREATE DATABASE town")
    async with open_town(settings_in(tmp_path, server.url("town")), clock) as opened:
        yield opened


async def answered(town: Town) -> Receipt:
    """Asks until it is answered."""
    while True:
        answer = await town.ask()
        if answer.status_code == 200:
            return Receipt.parse(answer.headers["landbridge-receipt"])
        assert answer.status_code == 503
        await asyncio.sleep(0.01)


async def prove(town: Town, receipts: list[Receipt]) -> None:
    assert (await verify_log(town.house.log)).sound
    for receipt in receipts:
        (line,) = await town.house.log.lines(receipt.index, 1)
        assert line.leaf == receipt.leaf


async def refused(town: Town) -> None:
    answers = await asyncio.gather(*(town.ask() for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert not any("landbridge-receipt" in answer.headers for answer in answers)
    assert not any("materials" in answer.json() for answer in answers)


async def test_it_hangs(town: Town, server: Postgres):
    receipts = [await answered(town) for _ in range(3)]
    server.hang()
    await refused(town)
    assert town.house.database._pulse.silent
    await refused(town)  # now at once
    server.wake()
    receipts += [await answered(town) for _ in range(3)]
    await prove(town, receipts)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_it_stops_and_starts(town: Town, server: Postgres, how: signal.Signals):
    receipts = [await answered(town) for _ in range(3)]
    server.stop(how)
    await refused(town)
    server.start()
    receipts += [await answered(town) for _ in range(3)]
    await prove(town, receipts)


async def test_it_is_restarted_under_asks(town: Town, server: Postgres):
    receipts: list[Receipt] = []

    async def asker() -> None:
        for _ in range(6):
            receipts.append(await answered(town))  # noqa: PERF401  as they come, not at the end

    asking = [asyncio.create_task(asker()) for _ in range(4)]
    while len(receipts) < 4:  # noqa: ASYNC110  what is waited for happens in another process
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.stop, signal.SIGQUIT)
    await asyncio.to_thread(server.start)
    await asyncio.gather(*asking)
    assert len({receipt.index for receipt in receipts}) == 24
    await prove(town, receipts)
