"""Verifications that somebody had run: an entry first, one at a time, progress, an end that is told."""

import asyncio

import pytest

from contracts.audit import Draft, EntryKind
from contracts.errors import LogUnavailable, NoSuchThing
from gateway.audit import verify
from gateway.audit.verifications import LOST, Verifications
from tests.audit.logbook import drafts
from tests.waiting import until

ENTRY = Draft(kind=EntryKind.AUDIT, operator="person:shen")


@pytest.fixture
async def room(log):
    for draft in drafts(30):
        await log.append(draft)
    opened = Verifications(log, log.append)
    yield opened
    await opened.settle()


async def ended(room, identity):
    async def over():
        return (await room.one(identity)).state != "running"

    await until(over)
    return await room.one(identity)


async def test_a_sound_log_is_found_sound_and_running_it_is_an_entry(room, log):
    found = await ended(room, await room.begin(ENTRY))
    assert (found.state, found.done, found.due, found.by) == ("sound", 31, 31, "person:shen")
    assert "sound: 31 entries" in found.told[0].en
    assert log.verifier.checkpoint(found.note).size == 31
    assert '"verification"' in (await log.entry(30)).decode()
    assert [each.id for each in await room.listed()] == [found.id]


async def test_a_changed_entry_is_told(room, unguarded):
    unguarded("UPDATE entries SET body = ? WHERE idx = 7", b"{}")
    found = await ended(room, await room.begin(ENTRY))
    assert found.state == "unsound"
    assert any("Entry 7" in each.en for each in found.told)


async def test_one_runs_at_a_time_and_says_how_far_it_is(room, monkeypatch):
    gate, loop, gone = asyncio.Event(), asyncio.get_running_loop(), verify._count_nodes

    def wait(connection, walk):
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        gone(connection, walk)

    monkeypatch.setattr(verify, "_count_nodes", wait)
    first = await room.begin(ENTRY)
    try:
        assert await room.begin(ENTRY) == first

        async def far():
            return (await room.one(first)).done >= 31

        await until(far)
        assert (await room.one(first)).state == "running"
    finally:
        gate.set()
    assert (await ended(room, first)).state == "sound"
    assert await room.begin(ENTRY) != first


async def test_one_whose_runner_is_gone_is_broken_off_and_another_may_begin(room, log, outsider):
    first = (await ended(room, await room.begin(ENTRY))).id
    outsider.execute("UPDATE verifications SET sound = NULL, ended_at = NULL")
    assert (await room.one(first)).state == "running"
    log.clock.advance(LOST.total_seconds())
    assert (await room.one(first)).state == "broken-off"
    assert await room.begin(ENTRY) != first


async def test_a_house_that_closes_does_not_wait_for_the_end(room):
    room._closing = True
    assert (await ended(room, await room.begin(ENTRY))).state == "broken-off"


async def test_nothing_runs_when_the_log_cannot_say_so(log):
    async def full(_draft):
        raise LogUnavailable

    room = Verifications(log, full)
    with pytest.raises(LogUnavailable):
        await room.begin(ENTRY)
    assert await room.listed() == []
    with pytest.raises(NoSuchThing):
        await room.one("ver-0")
