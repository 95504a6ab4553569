"""A paused agency: nobody asks it, nothing kept of it is given out, on every node, until resumed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Deadline, Locator
from adapters.resilience import Paused
from contracts.audit import Draft, EntryKind
from contracts.conflicts import WrongState
from contracts.errors import AgencyUnavailable, Fault
from gateway.pauses import Pauses
from gateway.store.lately import LATELY_SECONDS
from tests.conftest import Clock
from tests.gateway.town import LAND, Town, material, open_town, settings_in

PERSON = Draft(kind=EntryKind.TRIED, operator="person:hui")
KIND, FREE = "land-transfer-contract", "company-record"


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, database_url), clock) as opened:

        async def agencies() -> tuple[Any, ...]:
            return await opened.house.pauses.over((opened.land, opened.market))

        opened.change(agencies=agencies)
        yield opened


async def test_nobody_asks_it_and_nothing_kept_is_given_out(town: Town):
    assert material(await town.ask(), KIND)["retrieval"] == "received"
    await town.house.pauses.pause(LAND, "核实中", PERSON)
    heard, before = list(town.land.heard), len(await town.asks())
    answer = await town.ask(max_age=86400)
    contract = material(answer, KIND)
    assert (contract["retrieval"], contract["fields"]) == ("unavailable", {})
    assert contract["error"]["class"] == "configuration"
    assert "暂停" in contract["error"]["detail"]["zh"]
    assert "核实中" not in answer.text
    assert material(answer, FREE)["retrieval"] == "received"
    assert town.land.heard == heard
    told = (await town.asks())[before:]
    assert [entry["kind"] for entry in told] == ["answered"]  # kept answers, and nobody asked
    await town.house.pauses.resume(LAND, PERSON)
    assert material(await town.ask(max_age=86400), KIND)["retrieval"] == "received"


async def test_who_did_it_is_an_entry_and_why_is_none(town: Town):
    await town.house.pauses.pause(LAND, "王工来电核实", PERSON)
    with pytest.raises(WrongState):
        await town.house.pauses.pause(LAND, "再来一次", PERSON)
    await town.house.pauses.resume(LAND, PERSON)
    with pytest.raises(WrongState):
        await town.house.pauses.resume(LAND, PERSON)
    told = [entry for entry in await town.entries() if entry["kind"] in {"paused", "resumed"}]
    assert [(each["kind"], each["operator"], each["agencies"]) for each in told] == [
        ("paused", "person:hui", [LAND]),
        ("resumed", "person:hui", [LAND]),
    ]
    assert "王工" not in str(await town.entries())


async def test_another_node_knows_within_a_second(town: Town, clock: Clock):
    now = [0.0]
    other = Pauses(town.house.database, town.house.log.append, clock, lambda: now[0])
    assert await other.current() == {}
    await town.house.pauses.pause(LAND, "核实中", PERSON)
    now[0] += LATELY_SECONDS
    assert set(await other.current()) == {LAND}
    await town.house.pauses.resume(LAND, PERSON)
    now[0] += LATELY_SECONDS
    assert await other.current() == {}


async def test_its_files_are_not_fetched_either(town: Town):
    attachment = await town.listed()
    await town.house.pauses.pause(LAND, "核实中", PERSON)
    before = len(await town.asks())
    answer = await town.get(f"/v1/attachments/{attachment}")
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, "agency-unavailable")
    told = (await town.asks())[before:]
    assert [(entry["kind"], entry["outcome"]["status"]) for entry in told] == [("answered", 503)]


async def test_the_adapter_itself_refuses(town: Town):
    paused, deadline = Paused(town.land), Deadline.after(1)
    assert paused.capabilities.paused
    with pytest.raises(AgencyUnavailable) as refused:
        await paused.pull(None, {}, deadline)  # type: ignore[arg-type]
    assert refused.value.fault is Fault.PAUSED
    place = Locator("att-1", LAND, KIND, 1, {}, "x.pdf")
    with pytest.raises(AgencyUnavailable):
        await anext(paused.fetch(None, place, deadline))  # type: ignore[arg-type]
    assert town.land.heard == []
