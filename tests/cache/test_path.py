"""The path with a shared store that is well, stopped, hung, flushed or lying: same answers, right status."""

import asyncio

import pytest

from adapters.base import failed
from contracts.errors import Fault
from tests.cache.conftest import Store
from tests.conftest import Clock
from tests.gateway.town import CONTRACT_FILE, FULL, Town, material, materials, open_town, settings_in


def with_store(folder, store: Store, url: str):
    return settings_in(folder, url).model_copy(update={"redis_url": store.connection_url})


@pytest.fixture
async def town(tmp_path, clock: Clock, store: Store, database_url: str):
    async with open_town(with_store(tmp_path / "one", store, database_url), clock) as opened:
        yield opened


@pytest.fixture
async def twin(tmp_path, clock: Clock, store: Store, town: Town, blank_url: str):
    """Another node: a log of its own, the same cache key."""
    place = tmp_path / "two" / "home" / "keys"
    place.mkdir(parents=True, mode=0o700)
    key = tmp_path / "one" / "home" / "keys" / "cache"
    (place / "cache").touch(0o600)
    (place / "cache").write_bytes(key.read_bytes())
    async with open_town(with_store(tmp_path / "two", store, blank_url), clock) as opened:
        yield opened


def came(answer) -> dict[str, str]:
    return {each["kind"]: each["retrieval"] for each in materials(answer)}


def facts(answer) -> list[dict]:
    return [each.get("fields", {}) for each in materials(answer)]


async def aboard(town: Town, many: int) -> None:
    """Until so many wait for one and the same call."""
    while not any(flight.waiting == many for flight in town.rooms.flights._open.values()):  # noqa: ASYNC110  it has no event to wait for
        await asyncio.sleep(0.001)


RECEIVED = dict.fromkeys(FULL, "received")


async def test_what_one_node_asked_another_answers(town, twin):
    first, second = await town.ask(), await twin.ask()
    assert came(first) == came(second) == RECEIVED
    assert facts(first) == facts(second)
    assert twin.land.heard == twin.market.heard == []
    assert [entry["kind"] for entry in await twin.asks()] == ["answered"]
    assert (await twin.asks())[0]["outcome"]["cached"] == len(FULL)


@pytest.mark.parametrize("sickness", ["terminate", "hang", "flush"])
async def test_a_sick_store_fails_no_ask_and_answers_no_wrong_one(town, twin, store, sickness):
    well = await town.ask()
    store.raw().flushall() if sickness == "flush" else getattr(store, sickness)()
    again, elsewhere = await town.ask(), await twin.ask()
    for answer in (again, elsewhere):
        assert answer.status_code == 200
        assert came(answer) == RECEIVED
        assert facts(answer) == facts(well)
    assert len(twin.land.heard) + len(twin.market.heard) == len(FULL)


async def test_a_store_that_lies_answers_nothing(town, twin, store):
    well, raw = await town.ask(), store.raw()
    names = sorted(raw.keys("landbridge/kept/*"))
    values = [raw.get(name) for name in names]
    assert len(names) == len(FULL)
    for name, value in zip(names, values[1:] + values[:1], strict=True):
        raw.set(name, value)
    assert facts(await twin.ask()) == facts(well)
    assert len(twin.land.heard) + len(twin.market.heard) == len(FULL)


async def test_many_who_ask_at_once_are_one_to_the_agency_and_each_to_the_log(town):
    town.land.gate.clear()
    asking = [asyncio.create_task(town.ask()) for _ in range(20)]
    await aboard(town, 20)
    town.land.gate.set()
    answers = await asyncio.gather(*asking)
    assert all(came(answer) == RECEIVED for answer in answers)
    assert len(town.land.heard) + len(town.market.heard) == len(FULL)
    ended = [entry for entry in await town.asks() if entry["kind"] == "answered"]
    assert len(ended) == 20
    assert all(len(entry["evidence"]) == len(FULL) for entry in ended)


async def test_a_failure_is_shared_and_not_kept(town):
    town.land.gate.clear()
    asking = [asyncio.create_task(town.ask(kinds=["investment-filing"])) for _ in range(10)]
    await aboard(town, 10)
    town.land.trouble = failed(Fault.RESET)
    town.land.gate.set()
    assert {came(answer)["investment-filing"] for answer in await asyncio.gather(*asking)} == {"unavailable"}
    assert len(town.land.heard) == 1
    town.land.trouble = None
    assert came(await town.ask(kinds=["investment-filing"])) == {"investment-filing": "received"}
    assert len(town.land.heard) == 2


async def test_who_wants_it_afresh_is_not_given_a_kept_one(town, twin):
    await town.ask()
    await twin.ask(max_age=0)
    assert len(twin.land.heard) + len(twin.market.heard) == len(FULL)


async def test_an_outage_is_bridged_by_what_another_node_kept(town, twin, clock):
    await town.ask()
    clock.advance(25 * 3600)
    twin.land.trouble = twin.market.trouble = failed(Fault.REFUSED)
    answer = await twin.ask()
    assert came(answer) == dict.fromkeys(FULL, "stale")


async def test_the_trouble_says_when_we_try_again(town, clock):
    until = clock.advance(0).replace(hour=22)
    town.land.trouble = failed(Fault.BREAKER_OPEN, next_try=until)
    shown = material(await town.ask(kinds=["investment-filing"]), "investment-filing")
    assert shown["error"]["next_try"] == "2026-03-03T06:05:09.120+08:00"


async def test_a_reply_about_another_project_is_kept_by_nobody(town, twin, store):
    town.land.drawer[0].fields["project_code"] = "2018-231005-70-03-211406"
    answer = await town.ask(kinds=["investment-filing"])
    assert came(answer) == {"investment-filing": "invalid"}
    assert store.raw().keys("landbridge/kept/*") == []


async def test_a_lock_left_by_a_dead_node_costs_half_the_time_at_most(town, store, monkeypatch):
    cache = town.rooms.cache
    take, tries = cache._take, []

    async def held(lock: str, token: bytes) -> bool | None:
        tries.append(lock)
        store.raw().set(lock, b"a dead node's")
        return await take(lock, token)

    monkeypatch.setattr(cache, "_take", held)
    answer = await town.ask(wait=1, kinds=["investment-filing"])
    assert came(answer) == {"investment-filing": "received"}
    assert len(tries) > 1
    assert store.raw().get(tries[0]) == b"a dead node's", "only its owner releases a lock"


async def test_a_file_many_want_at_once_is_fetched_once(town, monkeypatch):
    listed, fetched = await town.listed(), []
    fetch, gate = town.land.fetch, asyncio.Event()

    async def slow(grant, locator, deadline):
        fetched.append(locator.attachment)
        await gate.wait()
        async for chunk in fetch(grant, locator, deadline):
            yield chunk

    monkeypatch.setattr(town.land, "fetch", slow)
    wanting = [asyncio.create_task(town.get(f"/v1/attachments/{listed}")) for _ in range(10)]
    while not any(flight.waiting == 10 for flight in town.rooms.fetches._open.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    gate.set()
    answers = await asyncio.gather(*wanting)
    assert [answer.status_code for answer in answers] == [200] * 10
    assert {answer.content for answer in answers} == {CONTRACT_FILE}
    assert fetched == [listed]
