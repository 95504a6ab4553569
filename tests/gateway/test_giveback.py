"""Stand-ins given back: the agency back, its own word replaces them without anybody asking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.manifest import Limits
from contracts.errors import AgencyUnavailable, Fault
from gateway.app import create
from gateway.house import House
from gateway.jobs import giveback, repull
from gateway.repulls import FIRST_PAUSE, LONGEST_PAUSE
from gateway.settings import Settings
from gateway.standins import StandIn
from tests.conftest import Clock
from tests.gateway.test_standins import FIELDS, KIND, approved
from tests.gateway.town import CODE, GRANTS, MARKET, Town, open_town, settings_in
from tests.stores import only_postgres
from tests.waiting import until

REPULL_GRANT = """
  - id: repulls
    consumer: repull
    purposes: [repull]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕3号
    kinds: {company-record: {}}
"""
WRONG = FIELDS | {"name": "演示置业（录错）有限公司"}
OUT = AgencyUnavailable(Fault.SILENT)
PAUSE = FIRST_PAUSE.total_seconds()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return settings_in(tmp_path, database_url, GRANTS + REPULL_GRANT)


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs do nothing by themselves; the test does them when it says so."""
    monkeypatch.setattr(repull, "keep_working", _nothing)
    monkeypatch.setattr(giveback, "keep_looking", _nothing)


async def _nothing(_house: object) -> None:
    return


@pytest.fixture
async def hall(settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The town with two registrars; the market office is out, and under which name it is asked is known."""
    monkeypatch.setattr(giveback, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr("gateway.store.lately.LATELY_SECONDS", 0.0)  # the other node's word counts at once
    async with open_town(settings, clock) as town:
        monkeypatch.setattr(town.house.agencies, "all", town.rooms.agencies)
        await town.enrol("registrar", name="first")
        await town.enrol("registrar", name="second")
        town.market.trouble = OUT
        await town.ask()
        town.market.heard.clear()
        yield town


async def stands(house: House) -> StandIn:
    (found,) = await house.stand_ins.listed(CODE)
    return found


async def own_asks(town: Town) -> list[dict[str, Any]]:
    return [each for each in await town.asks() if each["consumer"] == "repull"]


def given_back(town: Town, asks: int = 1) -> Callable[[], Awaitable[bool]]:
    """Every stand-in replaced, and so many errands over."""

    async def holds() -> bool:
        states = {each.state for each in await town.house.stand_ins.listed(CODE)}
        answered = [each for each in await own_asks(town) if each["kind"] == "answered"]
        return states == {"replaced"} and len(answered) >= asks

    return holds


async def test_the_agency_back_it_is_replaced_and_compared_and_nobody_asked(hall: Town):
    made = await approved(hall, fields=WRONG)
    hall.market.trouble = None
    hall.clock.advance(PAUSE)
    await until(given_back(hall))
    assert (await stands(hall.house)).differing == ("name",)
    asks = await own_asks(hall)
    assert [each["kind"] for each in asks] == ["asked", "answered"]
    words = {(each["case"], each["purpose"], each["operator"], each["project"]) for each in asks}
    assert words == {(made["id"], "repull", "gateway", CODE)}
    steps = [each["subject"]["note"] for each in await hall.entries() if each["kind"] == "stand-in"]
    assert steps == ["uploaded", "typed", "in-force", "replaced"]


async def test_its_own_errands_are_nobodys_case(hall: Town):
    await approved(hall)
    await hall.enrol("system-admin")
    hall.clock.advance(PAUSE)

    async def asked() -> bool:
        return [each["kind"] for each in await own_asks(hall)] == ["asked", "answered"]

    await until(asked)
    await hall.ask(case="M-1", kinds=[KIND])  # a person's case, which the stand-in served
    answer = await hall.http.get(
        f"/v1/agencies/{MARKET}/touched", params={"cause": "outage"}, headers=hall.bearer("system-admin")
    )
    cases = {each["case"]: each["kinds"][KIND] for each in answer.json()["cases"]}
    assert cases == {"M-1": "manual", "202211250018": "unavailable"}


@pytest.mark.usefixtures("idle")
async def test_while_it_is_out_it_is_asked_ever_more_seldom(hall: Town):
    await approved(hall)
    hall.clock.advance(-1)  # that it took
    pauses = [PAUSE * 2**times for times in range(5)] + [LONGEST_PAUSE.total_seconds()] * 2
    for times, pause in enumerate(pauses):
        hall.clock.advance(pause - 0.001)
        assert await giveback.send(hall.house) == 0
        hall.clock.advance(0.001)
        assert await giveback.send(hall.house) == 1
        assert await giveback.send(hall.house) == 0  # it is being run
        await repull.work(hall.house)
        assert len(hall.market.heard) == times + 1
    assert (await stands(hall.house)).state == "in-force"
    hall.market.trouble = None
    hall.clock.advance(LONGEST_PAUSE.total_seconds())
    assert await giveback.send(hall.house) == 1
    await repull.work(hall.house)
    assert (await stands(hall.house)).differing == ()


@pytest.mark.usefixtures("idle")
async def test_an_agency_known_to_be_down_is_left_alone(hall: Town):
    await approved(hall)
    hall.clock.advance(PAUSE)
    limits = Limits()
    watch = hall.house.lookout.watch(MARKET, limits)
    for _ in range(limits.breaker.least):
        await watch.saw(Fault.SILENT, trial=False)
    assert await giveback.send(hall.house) == 0
    await watch.flags.lower(f"pause/{MARKET}")  # one call may try
    assert await giveback.send(hall.house) == 1


@pytest.mark.usefixtures("idle")
async def test_what_is_over_is_asked_about_no_more(hall: Town):
    made = await approved(hall)
    hall.clock.advance(8 * 86_400)
    assert await giveback.send(hall.house) == 0  # its term is over
    assert (await stands(hall.house)).id == made["id"]


@pytest.mark.usefixtures("idle")
async def test_so_many_at_a_time(hall: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(giveback, "AT_MOST", 2)
    for _ in range(3):
        await approved(hall)
    hall.clock.advance(PAUSE)
    assert [await giveback.send(hall.house) for _ in range(3)] == [2, 1, 0]


async def ungranted(hall: Town, settings: Settings) -> dict[str, Any]:
    """A stand-in whose agency is back, and no grant to ask it."""
    (settings.config / "grants.yaml").write_text(GRANTS, "utf-8")
    await hall.house.registry.import_files(settings.config)
    made = await approved(hall)
    hall.market.trouble = None
    hall.clock.advance(PAUSE)
    return made


@pytest.mark.usefixtures("idle")
async def test_without_a_grant_nobody_is_asked(hall: Town, settings: Settings):
    await ungranted(hall, settings)
    assert await giveback.send(hall.house) == 0
    assert (await stands(hall.house)).state == "in-force"


async def test_without_a_grant_the_log_says_that_it_stays(
    hall: Town, settings: Settings, caplog: pytest.LogCaptureFixture
):
    made = await ungranted(hall, settings)

    await until(lambda: f"{made['id']} stays: no grant lets repull ask for {KIND}" in caplog.text)
    assert (await stands(hall.house)).state == "in-force"


@pytest.fixture
async def other(
    hall: Town, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """A second gateway on the same database, at work beside the first."""
    app = create(settings, clock, prepared=True)
    async with app.router.lifespan_context(app):
        house: House = app.state.house
        house.exchange._rooms = replace(house.exchange._rooms, agencies=hall.rooms.agencies)
        monkeypatch.setattr(house.agencies, "all", hall.rooms.agencies)
        yield house


@only_postgres
@pytest.mark.usefixtures("other")
async def test_two_gateways_at_work_ask_once(hall: Town):
    for _ in range(3):
        await approved(hall, fields=WRONG)
    hall.market.trouble = None
    hall.clock.advance(PAUSE)
    await until(given_back(hall, 3))
    asks = await own_asks(hall)
    assert sorted(each["kind"] for each in asks) == ["answered"] * 3 + ["asked"] * 3
    assert len({each["case"] for each in asks}) == 3


@only_postgres
@pytest.mark.usefixtures("idle")
async def test_two_gateways_that_look_at_the_same_time_send_once(hall: Town, other: House):
    await approved(hall)
    for pause in (PAUSE, 2 * PAUSE, 4 * PAUSE):
        hall.clock.advance(pause)
        sent = await asyncio.gather(giveback.send(hall.house), giveback.send(other))
        assert sorted(sent) == [0, 1]
        await asyncio.gather(repull.work(hall.house), repull.work(other))
    assert len(hall.market.heard) == 3
