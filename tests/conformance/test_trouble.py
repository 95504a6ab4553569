"""What each agency's troubles are told as, what they leave behind, and whom they never reach."""

import asyncio
import socket
import struct
from contextlib import aclosing
from datetime import datetime, time, timedelta

import pytest
from starlette.responses import RedirectResponse

from adapters.base import Deadline
from contracts.errors import AgencyFailed, Fault
from contracts.time import BEIJING
from demo.control import Fault as Trouble
from tests.adapters.agencies import read_request
from tests.conformance.offices import MANIFESTS, WEB, Office, grant_for

TOLD = {
    Trouble.SILENT: Fault.SILENT,
    Trouble.UNAUTHORISED: Fault.UNAUTHORISED,
    Trouble.BROKEN: Fault.BROKEN,
    Trouble.TRUNCATED: Fault.TRUNCATED,
    Trouble.DOWN: Fault.REFUSED,
}


@pytest.fixture(params=WEB)
async def office(request, street):
    return await street.open(request.param)


async def fault_of(office: Office, kind: str, seconds: float = 5) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        await office.read(kind, seconds=seconds)
    return caught.value.fault


@pytest.mark.parametrize("agency", WEB)
async def test_trouble_is_told_and_over_when_it_is_mended(street, agency, subtests):
    office = await street.open(agency, patient)
    for trouble, fault in TOLD.items():
        with subtests.test(str(trouble)):
            await office.control.fault(agency, trouble)
            for kind in office.manifest.kinds:
                assert await fault_of(office, kind, 0.1 if trouble is Trouble.SILENT else 5) is fault
            await office.control.fault(agency, None)
            for kind in office.manifest.kinds:
                assert (await office.read(kind)).materials
            standing = await office.lookout.of(agency).standing()
            assert (standing.busy, standing.last_fault) == (0, fault)


def patient(raw) -> None:
    """The breaker has tests of its own."""
    raw["limits"]["breaker"] = {"least": 10_000}


@pytest.mark.parametrize("agency", WEB)
async def test_a_reset_before_the_first_octet(street, agency):
    asked = 0

    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await read_request(reader)
        asked += 1
        # No lingering: the socket is closed with RST (socket(7), SO_LINGER).
        line = writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(slam, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        office = await street.open(agency, base=f"http://{host}:{port}")
        for kind in office.manifest.kinds:
            assert await fault_of(office, kind) is Fault.RESET
    assert asked >= len(office.manifest.kinds)


def connections(office: Office) -> int:
    """Connections that the office holds open."""
    server = office.control._houses[office.agency]._server
    assert server
    return len(server.server_state.connections)


async def settled(office: Office, before: set[asyncio.Task[object]]) -> None:
    """Wait until the office has no connection, and this process no task that was not there before."""
    async with asyncio.timeout(5):
        while connections(office) or asyncio.all_tasks() - before:  # noqa: ASYNC110  uvicorn tells nobody
            await asyncio.sleep(0.01)


async def asked_of(office: Office) -> None:
    """Wait until the office is asked."""
    async with asyncio.timeout(5):
        while not office.desk.asked:  # noqa: ASYNC110  nor does the desk
            await asyncio.sleep(0.005)


async def test_who_gives_up_asking_leaves_nothing(office):
    await office.control.fault(office.agency, Trouble.SILENT)
    before = asyncio.all_tasks()
    for kind in office.manifest.kinds:
        office.desk.asked.clear()
        asking = asyncio.create_task(office.pull(kind, seconds=60))
        await asked_of(office)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await settled(office, before)
    standing = await office.lookout.of(office.agency).standing()
    assert (standing.busy, standing.outcomes) == (0, 0)


async def test_who_gives_up_a_file_leaves_nothing(office):
    before = asyncio.all_tasks()
    kind = next(rule.kind for rule in office.manifest.materials if rule.attachments)
    place = (await office.read(kind)).locators[0]
    await office.control.fault(office.agency, Trouble.SILENT)
    office.desk.asked.clear()

    async def fetched() -> None:
        async with aclosing(office.adapter.fetch(grant_for(kind), place, Deadline.after(60))) as pieces:
            async for _ in pieces:
                pass

    fetching = asyncio.create_task(fetched())
    await asked_of(office)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await settled(office, before)
    assert (await office.lookout.of(office.agency).standing()).busy == 0


async def test_no_other_origin_is_contacted(office, street):
    elsewhere = await street.open(next(name for name in WEB if name != office.agency))
    other = elsewhere.control._houses[elsewhere.agency].url
    rules = {rule.kind: rule for rule in office.manifest.materials}
    places = {kind: (await office.read(kind)).locators[:1] for kind in rules}
    office.desk.replies = {Trouble.BROKEN: lambda: RedirectResponse(f"{other}/x", 307)}
    await office.control.fault(office.agency, Trouble.BROKEN)
    for kind, rule in rules.items():
        assert await fault_of(office, kind) is Fault.REDIRECTED
        assert bool(places[kind]) == bool(rule.attachments)
        for place in places[kind]:
            with pytest.raises(AgencyFailed) as caught:
                _ = [one async for one in office.adapter.fetch(grant_for(kind), place, Deadline.after(5))]
            assert caught.value.fault is Fault.REDIRECTED
    await office.adapter.probe(Deadline.after(5))
    assert elsewhere.desk.asked == []


OPENS, CLOSES = time(9, 0), time(17, 0)
EDGES = ((OPENS, -1, False), (OPENS, 0, True), (CLOSES, -1, True), (CLOSES, 0, False))


def at(clock, moment: time, seconds: int) -> None:
    """Set the clock to so many seconds after a time of today at +08:00."""
    today = clock().astimezone(BEIJING).date()
    due = datetime.combine(today, moment, BEIJING) + timedelta(seconds=seconds)
    clock.advance((due - clock()).total_seconds())


@pytest.mark.parametrize("agency", MANIFESTS)
async def test_opening_hours_end_to_the_second(street, clock, agency):
    def hours(raw):
        raw.setdefault("limits", {})["hours"] = "09:00-17:00"

    office = await street.open(agency, hours)
    await office.deliver()
    kind = office.manifest.kinds[0]
    for moment, seconds, is_open in (
        (OPENS, -1, False),
        (OPENS, 0, True),
        (CLOSES, -1, True),
        (CLOSES, 0, False),
    ):
        at(clock, moment, seconds)
        if is_open:
            assert await office.pull(kind)
            continue
        before = list(office.desk.asked) if agency in WEB else []
        with pytest.raises(AgencyFailed) as caught:
            await office.pull(kind)
        assert caught.value.fault is Fault.OUTSIDE_HOURS
        today = datetime.combine(clock().astimezone(BEIJING).date(), OPENS, BEIJING)
        assert caught.value.next_try == (today if moment == OPENS else today + timedelta(days=1))
        assert before == (office.desk.asked if agency in WEB else [])
