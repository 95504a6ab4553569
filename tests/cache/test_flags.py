"""Flags and turns: one suite for one node's own, and for those all nodes see in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.base import Flags
from adapters.resilience import OwnFlags
from gateway.shared import Link, SharedFlags
from tests.cache.conftest import Ticks


@pytest.fixture(params=["own", "shared"])
async def flags(request) -> AsyncIterator[Flags]:
    if request.param == "own":
        yield OwnFlags(Ticks())
        return
    link = Link(request.getfixturevalue("store").connection_url)
    yield SharedFlags(link, OwnFlags(Ticks()))
    await link.close()


@pytest.fixture
async def two(store) -> AsyncIterator[tuple[SharedFlags, SharedFlags]]:
    links = [Link(store.connection_url, monotonic=Ticks()) for _ in range(2)]
    here, there = (SharedFlags(link, OwnFlags(Ticks())) for link in links)
    yield here, there
    for link in links:
        await link.close()


async def test_a_flag_stands_until_it_is_lowered(flags):
    assert await flags.left("a") is None
    await flags.hoist("a", 60)
    left = await flags.left("a")
    assert left is not None
    assert 0 < left <= 60
    await flags.lower("a", "b")
    assert await flags.left("a") is None


async def test_hoisting_again_begins_again(flags):
    await flags.hoist("a", 60)
    await flags.hoist("a", 600)
    left = await flags.left("a")
    assert left is not None
    assert left > 60


async def test_one_claim_at_a_time(flags):
    assert sorted(await asyncio.gather(*(flags.claim("a", 60) for _ in range(20)))) == [False] * 19 + [True]
    await flags.lower("a")
    assert await flags.claim("a", 60)


async def test_turns_are_spaced_and_beyond_patience_none_is_taken(flags):
    waits = [await flags.turn("a", 100.0, 1000.0) for _ in range(4)]
    assert waits == pytest.approx([0.0, 100.0, 200.0, 300.0], abs=5)
    for _ in range(3):
        assert await flags.turn("a", 100.0, 350.0) is None
    assert await flags.turn("a", 100.0, 1000.0) == pytest.approx(400.0, abs=5)
    assert await flags.turn("b", 100.0, 0.0) == 0.0


async def test_nodes_see_each_others_flags_and_wait_for_each_others_turns(two):
    here, there = two
    await here.hoist("a", 60)
    assert await there.left("a") is not None
    assert await here.claim("b", 60)
    assert not await there.claim("b", 60)
    assert await here.turn("c", 100.0, 1000.0) == 0.0
    assert await there.turn("c", 100.0, 1000.0) == pytest.approx(100.0, abs=5)
    await there.lower("a")
    assert await here.left("a") is None


@pytest.mark.parametrize("sickness", ["terminate", "hang"])
async def test_alone_a_node_goes_by_its_own_flags(two, store, sickness):
    here, _ = two
    await here.hoist("a", 60)
    getattr(store, sickness)()
    assert await here.left("a") is not None
    assert await here.claim("b", 60)
    assert not await here.claim("b", 60)
    assert await here.turn("c", 100.0, 1000.0) == 0.0
    assert await here.turn("c", 100.0, 150.0) == 100.0
    await here.lower("a")
    assert await here.left("a") is None


@pytest.mark.parametrize("forged", [b"rubbish", b"99999999999999999999", b"-1", b""])
async def test_a_forged_turn_keeps_nobody_waiting(two, store, forged):
    here, _ = two
    store.raw().set("landbridge/a", forged)
    assert await here.turn("a", 1.0, 10.0) == 0.0


async def test_a_turn_of_another_type_is_not_a_down_store(two, store):
    here, _ = two
    store.raw().lpush("landbridge/a", "x")
    assert await here.turn("a", 1.0, 10.0) == 0.0
    await here.hoist("b", 60)
    assert store.raw().pttl("landbridge/b") > 0


async def test_a_link_says_whether_anybody_is_there(store):
    link = Link(store.connection_url, monotonic=(ticks := Ticks()))
    assert await link.answers()
    store.hang()
    assert not await link.answers()
    store.wake()
    await ticks.sleep(60)
    assert await link.answers()
    await link.close()
