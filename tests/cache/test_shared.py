"""The shared cache on a real Valkey: stopped, hung, flushed, forged; never a failed or a wrong answer."""

import asyncio
import json
from datetime import timedelta

import pytest

from contracts.errors import SetupIncomplete, StoreUnavailable
from contracts.material import Retrieval
from gateway.cache import Kept, Question, Selection, SharedCache
from gateway.cache.shared import Seal
from gateway.shared import Link
from tests.cache.conftest import KEY, NOW, Q, Store, Ticks, kept, record

OTHER = Question("mdj-nr", "company-record", "holder_uscc", "91231000DEM0BB027N")


async def brought(cache: SharedCache, question: Question = Q, now=NOW) -> Kept | None:
    await cache.bring([question], now)
    return cache.recall(question, 1, now, None)


async def put(cache: SharedCache, question: Question = Q, value: Kept | None = None) -> None:
    cache.keep(question, value or kept())
    await cache.share(question, NOW)


async def test_what_one_node_keeps_another_recalls_word_for_word(node):
    here, there = node(), node()
    value = kept(record(), record(nil=None, yes=True, count=3), project="2012-231005-04-01-735188")
    await put(here, value=value)
    assert await brought(there) == value


async def test_a_cold_node_without_anything_shared_recalls_nothing(node):
    assert await brought(node()) is None


async def test_a_younger_shared_answer_replaces_ours(node):
    here, there = node(), node()
    there.keep(Q, kept(at=NOW - timedelta(hours=30)))
    await put(here)
    assert await brought(there) == kept()


async def test_an_older_shared_answer_does_not_replace_ours(node):
    here, there = node(), node()
    await put(here, value=kept(at=NOW - timedelta(hours=30)))
    ours = kept(at=NOW - timedelta(hours=26))
    there.keep(Q, ours)
    await there.bring([Q], NOW)
    assert there.last_good(Q, 1, NOW) == ours


async def test_a_stale_shared_copy_may_stand_in_and_is_never_fresh(node):
    here, there = node(), node()
    await put(here)
    later = NOW + timedelta(hours=25)
    assert await brought(there, now=later) is None
    assert there.last_good(Q, 1, later) == kept()


async def test_it_is_gone_from_the_store_when_it_may_no_longer_stand_in(node, store):
    cache = node()
    await put(cache)
    left = store.raw().pttl(cache._seal.name(Q))
    assert 0 < left <= timedelta(days=8).total_seconds() * 1000
    assert left > timedelta(days=7, hours=23).total_seconds() * 1000


async def test_that_there_is_none_is_shared_for_minutes_only(node, store):
    cache = node()
    await put(cache, value=kept(record(Retrieval.NOT_FOUND)))
    assert 0 < store.raw().pttl(cache._seal.name(Q)) <= 300_000


async def test_names_and_values_tell_a_reader_of_the_store_nothing(node, store):
    cache = node()
    await put(cache)
    raw = store.raw()
    shown = b"".join(key + (raw.get(key) or b"") for key in raw.keys("*"))
    assert raw.dbsize() == 1
    for secret in ("91231000DEM0AA016M", "示例公司", "company-record", "mdj-nr"):
        assert secret.encode() not in shown


def forgeries(seal: Seal) -> dict[str, bytes]:
    name = seal.name(Q)
    good = seal.close(name, Q, kept())
    assert good
    other = seal.close(seal.name(OTHER), OTHER, kept())
    assert other
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    strange = Seal(bytes(32)).close(name, Q, kept())
    assert strange
    return {
        "flipped": bytes(flipped),
        "cut": good[:-1],
        "cut to the nonce": good[:13],
        "cut to nothing": b"",
        "longer": good + b"\0",
        "another question's": other,
        "another key's": strange,
        "an older form": b"\x00" + good[1:],
        "plain JSON": json.dumps({"v": 1}).encode(),
        "a pickle": b"\x80\x04\x95.",
    }


@pytest.mark.parametrize("sickness", list(forgeries(Seal(KEY))))
async def test_a_forged_value_is_a_miss(node, store: Store, sickness):
    cache = node()
    await put(cache)
    assert store.raw().get(cache._seal.name(Q)), "the healthy value stands where the forged one will"
    store.raw().set(cache._seal.name(Q), forgeries(cache._seal)[sickness])
    assert await brought(node()) is None


async def test_a_sealed_value_of_another_shape_is_a_miss(node, store):
    cache = node()
    name = cache._seal.name(Q)
    nonce = bytes(12)
    sealed = cache._seal._cipher(name).encrypt(nonce, b'{"v": 2}', b"\x01" + name.encode())
    store.raw().set(name, b"\x01" + nonce + sealed)
    assert await brought(cache) is None


async def test_a_value_of_another_type_is_a_miss_and_the_next_one_is_heard(node, store):
    here, there = node(), node()
    store.raw().lpush(here._seal.name(Q), "x")
    await put(here, OTHER)
    assert await brought(there) is None
    assert await brought(there, OTHER) == kept()


async def test_a_stopped_store_is_an_empty_one(node, store):
    here, there = node(), node()
    await put(here)
    store.terminate()
    assert await brought(there) is None
    await put(there)
    assert await brought(there) == kept()
    assert await brought(here) == kept()


async def test_a_flushed_store_is_an_empty_one_and_memory_goes_on(node, store):
    here, there = node(), node()
    await put(here)
    store.raw().flushall()
    assert await brought(there) is None
    assert await brought(here) == kept()


async def test_a_hung_store_is_an_empty_one_and_answers_again_when_it_wakes(node, store):
    ticks = Ticks()
    here, there = node(), node(monotonic=ticks)
    await put(here)
    await put(here, OTHER)
    await there.bring([], NOW)
    store.hang()
    assert await brought(there) is None
    store.wake()
    assert await brought(there) is None, "it rests before it is spoken to again"
    ticks.now += 1.0
    assert await brought(there, OTHER) == kept(), "replies are not mixed up after a wait was given up"
    assert await brought(there) == kept()


async def test_a_hung_store_is_tried_once_however_many_ask(store):
    link, tries = Link(store.connection_url, monotonic=Ticks()), []

    async def look(redis):
        tries.append(1)
        return await redis.get("x")

    store.hang()
    async with asyncio.timeout(3):  # twenty times our patience, and less than the client library's own
        for _ in range(50):
            assert await link.do(look, "nothing") == "nothing"
    assert len(tries) == 1
    await link.close()


async def test_an_address_that_is_none_is_refused_by_name_without_its_password():
    with pytest.raises(SetupIncomplete) as caught:
        Link("https://:hunter2@redis.example")
    assert "hunter2" not in str(caught.value)
    assert "LANDBRIDGE_REDIS_URL" in str(caught.value)


async def test_purging_reaches_every_memory(node):
    here, there = node(), node()
    await put(here)
    assert await brought(there) == kept()
    assert await here.purge(Selection(agency="mdj-nr")) == 1
    assert await brought(here) is None
    there._purge_seen -= 1.0
    assert await brought(there) is None


async def test_a_purge_is_looked_for_once_a_second_at_most(node):
    here, there = node(), node()
    there._purge_seen = there._monotonic() + 60
    await put(here)
    assert await brought(there) == kept()
    await here.purge(Selection())
    assert await brought(there) == kept()


@pytest.mark.parametrize(
    ("selection", "gone"),
    [
        (Selection(), {"a", "b", "c"}),
        (Selection(agency="mdj-nr"), {"a", "b"}),
        (Selection(kind="company-record"), {"a", "c"}),
        (Selection(agency="mdj-nr", kind="company-record"), {"a"}),
        (Selection(project="P"), {"b"}),
        (Selection(project="P", names=frozenset({("holder_uscc", "x")})), {"a", "b"}),
        (Selection(agency="tax", project="P"), set()),
        (Selection(agency="nobody"), set()),
    ],
)
async def test_only_what_is_meant_is_purged(node, selection, gone):
    questions = {
        "a": Question("mdj-nr", "company-record", "holder_uscc", "x"),
        "b": Question("mdj-nr", "investment-filing", "project_code", "y"),
        "c": Question("tax", "company-record", "holder_uscc", "z"),
    }
    here = node()
    for name, question in questions.items():
        await put(here, question, kept(project="P" if name == "b" else None))
    assert await here.purge(selection) == len(gone)
    fresh = node()
    for name, question in questions.items():
        for cache in (here, fresh):
            assert (await brought(cache, question) is None) == (name in gone)


async def test_a_purge_goes_through_every_page(node, store):
    here = node()
    here._capacity = 5000
    many = [Question("mdj-nr", "company-record", "holder_uscc", str(number)) for number in range(1200)]
    for question in many:
        await put(here, question)
    assert await node().purge(Selection(kind="company-record")) == 1200
    assert store.raw().dbsize() == 1


async def test_purging_everything_takes_what_nobody_can_open(node, store):
    here = node()
    store.raw().set("landbridge/kept/old", b"rubbish")
    store.raw().set("somebody-elses", b"1")
    assert await here.purge(Selection(agency="mdj-nr")) == 0
    assert await here.purge(Selection()) == 1
    assert store.raw().exists("somebody-elses")


async def test_a_purge_that_the_store_did_not_hear_is_not_called_done(node, store):
    here = node()
    await put(here)
    store.hang()
    with pytest.raises(StoreUnavailable):
        await here.purge(Selection())
    assert here.recall(Q, 1, NOW, None) is None


async def test_what_was_read_before_a_purge_is_not_kept_after_it(node):
    here, there = node(), node()
    await put(here)
    inner = there._link

    class Slow:
        async def do(self, work, otherwise):
            found = await inner.do(work, otherwise)
            there._purge = b"meanwhile"
            return found

    there._link = Slow()
    await there._bring(Q)
    assert there.recall(Q, 1, NOW, None) is None
