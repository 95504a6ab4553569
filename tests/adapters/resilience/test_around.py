"""Hours, places and deadlines, around an adapter that does what the test tells it to."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from adapters import assemble
from adapters.base import Deadline, Key, Locator
from adapters.manifest.model import Limits
from adapters.resilience import sturdy
from contracts.errors import AgencyFailed, Fault
from tests.adapters.agencies import http, says

KIND = "company-record"
KEYS = {"holder_uscc": (Key("holder_uscc", "91231000DEM0AA016M", confirmed=True),)}


def at(hour: int, minute: int = 0) -> datetime:
    """A time of day at +08:00, as UTC."""
    return datetime(2026, 3, 2, (hour - 8) % 24, minute, tzinfo=UTC)


async def fault_of(call) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        await call
    return caught.value.fault


@pytest.fixture
def sturdy_at(adapter_of, manifest_at):
    def at_url(url: str, clock, **limits):
        return sturdy(adapter_of(manifest_at(url)), Limits.model_validate(limits), clock)

    return at_url


@pytest.mark.parametrize(
    ("hours", "open_at", "closed_at"),
    [
        ("06:00-23:00", [at(6), at(12), at(22, 59)], [at(5, 59), at(23), at(0)]),
        ("22:00-06:00", [at(22), at(0), at(5, 59)], [at(6), at(12), at(21, 59)]),
    ],
)
async def test_an_agency_is_asked_only_while_it_is_open(
    open_agency, sturdy_at, grant_for, hours, open_at, closed_at
):
    agency, now = await open_agency(says(http(b"{}"))), [at(12)]
    adapter = sturdy_at(agency.url, lambda: now[0], hours=hours)
    for now[0] in closed_at:
        asked = adapter.pull(grant_for(KIND), KEYS, Deadline.after(5))
        assert await fault_of(asked) is Fault.OUTSIDE_HOURS
    assert agency.asked == []
    for now[0] in open_at:
        assert len(await adapter.pull(grant_for(KIND), KEYS, Deadline.after(5))) == 1


async def test_no_more_than_so_many_conversations_at_once(open_agency, sturdy_at, grant_for, clock):
    within, most, gate = [0], [0], asyncio.Event()

    async def behave(writer: asyncio.StreamWriter) -> None:
        within[0] += 1
        most[0] = max(most[0], within[0])
        if within[0] == 2:
            gate.set()
        await gate.wait()
        await asyncio.sleep(0)
        within[0] -= 1
        writer.write(http(b"{}", Connection="close"))

    agency = await open_agency(behave)
    adapter = sturdy_at(agency.url, clock, concurrency=2)
    asks = [adapter.pull(grant_for(KIND), KEYS, Deadline.after(5)) for _ in range(6)]
    assert all(len(evidence) == 1 for evidence in await asyncio.gather(*asks))
    assert most == [2]


async def test_waiting_for_a_turn_counts_against_the_deadline(open_agency, sturdy_at, grant_for, clock):
    never = asyncio.Event()

    async def silent(_: asyncio.StreamWriter) -> None:
        await never.wait()

    agency = await open_agency(silent)
    adapter = sturdy_at(agency.url, clock, concurrency=1)
    # The first is the last to end, or on a busy machine its turn would be free in the moment the others end.
    asks = [adapter.pull(grant_for(KIND), KEYS, Deadline.after(seconds)) for seconds in (0.4, 0.2, 0.2)]
    faults = await asyncio.gather(*(fault_of(ask) for ask in asks))
    assert faults == [Fault.SILENT, Fault.QUEUED, Fault.QUEUED]
    assert len(agency.asked) == 1


async def test_the_agencys_own_deadline_is_the_nearer_one(open_agency, sturdy_at, grant_for, clock):
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    agency = await open_agency(silent)
    adapter = sturdy_at(agency.url, clock, deadline="200ms")
    assert await fault_of(adapter.pull(grant_for(KIND), KEYS, Deadline.after(60))) is Fault.SILENT


async def test_a_place_is_free_again_when_a_stream_is_left_in_the_middle(
    open_agency, sturdy_at, grant_for, clock
):
    agency = await open_agency(says(http(bytes(4 << 20), Content_Type="application/pdf")))
    adapter = sturdy_at(agency.url, clock, concurrency=1)
    place = Locator("att-x", "mdj-nr", KIND, 3, {"path": "a.pdf"}, "a.pdf")
    for _ in range(3):
        async with aclosing(adapter.fetch(grant_for(KIND), place, Deadline.after(5))) as chunks:
            assert await anext(chunks)


def test_what_is_inside_shows_through(sturdy_at, clock, grant_for):
    adapter = sturdy_at("http://127.0.0.1:1", clock)
    assert (adapter.agency, adapter.version) == ("mdj-nr", 3)
    assert KIND in adapter.kinds
    assert adapter.capabilities.attachments
    assert adapter.opened_by(KIND) == ("holder_uscc",)
    assert adapter.key_for(KIND, KEYS) == KEYS["holder_uscc"][0]
    assert adapter.freshness(KIND).keep.days == 1
    assert adapter.secrets == ()


def test_a_part_never_outlasts_the_whole():
    now = [100.0]
    whole = Deadline.after(10, lambda: now[0])
    assert whole.sub(3).left() == 3
    assert whole.sub(30).left() == 10
    now[0] += 11
    assert whole.spent
    assert whole.left() == 0
    assert whole.sub(3).spent


async def test_the_installed_kit_speaks_rest(open_agency, manifest_at, egress, grant_for, clock):
    agency = await open_agency(says(http(b"{}")))
    adapter = assemble(manifest_at(agency.url), 7, egress, str, clock)
    [evidence] = await adapter.pull(grant_for(KIND), KEYS, Deadline.after(5))
    assert evidence.manifest_version == 7


async def test_over_http_a_busy_reply_is_asked_again_and_the_good_one_comes(
    open_agency, manifest_at, egress, grant_for, clock
):
    busy = http(b"busy", "503 Service Unavailable", Retry_After="0")
    agency = await open_agency(says(busy, http(b"{}")))
    adapter = assemble(manifest_at(agency.url), 7, egress, str, clock)
    [evidence] = await adapter.pull(grant_for(KIND), KEYS, Deadline.after(5))
    assert (evidence.status, len(agency.asked)) == (200, 2)
