"""After trouble: the open cases it touched, by their newest answer, and their materials asked for afresh."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contracts.errors import AgencyUnavailable, Fault, LogUnavailable
from contracts.material import Drift
from gateway.jobs import repull
from gateway.repulls import GIVEN_UP
from gateway.touched import OPEN_DAYS
from tests.conftest import Clock
from tests.gateway.town import CODE, GRANTS, ROOT, Town, material, open_town, settings_in

AGENCY = "mdj-nr"
KIND = "land-transfer-contract"
REPULL_GRANT = """
  - id: repulls
    consumer: repull
    purposes: [repull]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕3号
    kinds: {investment-filing: {}, land-transfer-contract: {}, land-use-planning-permit: {}}
"""
OUT = AgencyUnavailable(Fault.SILENT)


@pytest.fixture
async def town(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> AsyncIterator[Town]:
    """The town, its land office standing for a published agency, and people who look after it."""
    settings = settings_in(tmp_path, database_url, GRANTS + REPULL_GRANT)
    manifest = (ROOT / "config" / "agencies" / "mdj-nr.yaml").read_text("utf-8")
    (settings.config / "agencies" / "mdj-nr.yaml").write_text(manifest, "utf-8")
    # The test does the jobs itself, when it says so.
    monkeypatch.setattr("gateway.jobs.repull.keep_working", _nothing)
    async with open_town(settings, clock) as opened:
        opened.land.name = AGENCY
        monkeypatch.setattr(opened.house.agencies, "all", opened.rooms.agencies)
        await opened.enrol("agency-admin", AGENCY)
        await opened.enrol("agency-admin", "mdj-hc", name="another")
        await opened.enrol("system-admin")
        await opened.enrol("registrar")
        yield opened


async def _nothing(_house: object) -> None:
    return


async def look(town: Town, who: str = "agency-admin", cause: str = "outage", **more: str) -> httpx2.Response:
    path = f"/v1/agencies/{AGENCY}/touched"
    words = {"cause": cause} | {name.rstrip("_"): value for name, value in more.items()}
    return await town.http.get(path, params=words, headers=town.bearer(who))


async def cases(town: Town, cause: str = "outage", **more: str) -> dict[str, dict[str, str]]:
    answer = await look(town, cause=cause, **more)
    assert answer.status_code == 200, answer.text
    return {each["case"]: each["kinds"] for each in answer.json()["cases"]}


async def order(town: Town, who: str = "agency-admin", **changes: Any) -> httpx2.Response:
    words = {"cases": [{"case": "A-1", "project_code": CODE}], "reason": "部门恢复后重新取数"} | changes
    return await town.http.post(f"/v1/agencies/{AGENCY}/repulls", json=words, headers=town.bearer(who))


async def progress(town: Town, noted: httpx2.Response) -> dict[str, Any]:
    path = f"/v1/agencies/{AGENCY}/repulls/{noted.json()['id']}"
    found: dict[str, Any] = (await town.http.get(path, headers=town.bearer("agency-admin"))).json()
    return found


async def test_a_case_answered_while_the_agency_was_out(town: Town, clock: Clock):
    await town.ask(case="A-1")
    clock.advance(60)
    town.land.trouble = OUT
    await town.ask(case="B-2", max_age=0)
    found = await cases(town)
    assert set(found) == {"B-2"}
    assert found["B-2"][KIND] == "stale"


async def test_asked_about_again_it_is_mended(town: Town, clock: Clock):
    town.land.trouble = OUT
    await town.ask(case="A-1")
    await town.ask(case="B-2")
    assert set(await cases(town)) == {"A-1", "B-2"}
    clock.advance(60)
    town.land.trouble = None
    await town.ask(case="A-1")
    assert set(await cases(town)) == {"B-2"}


async def test_mended_of_one_kind_it_is_touched_by_the_others(town: Town, clock: Clock):
    town.land.trouble = OUT
    await town.ask(case="A-1")
    clock.advance(60)
    town.land.trouble = None
    await town.ask(case="A-1", kinds=[KIND])
    assert set((await cases(town))["A-1"]) == {"investment-filing"}


async def test_other_agencies_troubles_are_not_this_ones(town: Town):
    town.market.trouble = OUT
    await town.ask(case="A-1")
    assert await cases(town) == {}


async def test_only_the_time_that_is_asked_about(town: Town, clock: Clock):
    town.land.trouble = OUT
    began = clock()
    await town.ask(case="A-1")
    ended = clock.advance(1)
    assert set(await cases(town, from_=began.isoformat(), until=ended.isoformat())) == {"A-1"}
    assert await cases(town, from_=ended.isoformat()) == {}
    assert (await look(town, from_=ended.isoformat(), until=began.isoformat())).status_code == 400


async def test_a_case_long_not_asked_about_is_closed(town: Town, clock: Clock):
    town.land.trouble = OUT
    await town.ask(case="A-1")
    clock.advance(OPEN_DAYS * 86_400)
    assert set(await cases(town)) == {"A-1"}
    clock.advance(1)
    assert await cases(town) == {}


async def test_replies_that_changed_touch_what_was_read_since(town: Town, clock: Clock):
    assert (await look(town, cause="drift")).status_code == 404
    await town.ask(case="A-1")
    clock.advance(60)
    signal = Drift(kind=KIND, path="XMMC_NEW", reason="unmapped")
    for _ in range(2):
        await town.rooms.drifted(town.land, (signal,))
    await town.ask(case="B-2", max_age=0)
    assert set(await cases(town, cause="drift")) == {"B-2"}
    entries = [each for each in await town.entries() if each["kind"] == "drifted"]
    assert [(each["agencies"], each["kinds"]) for each in entries] == [([AGENCY], [KIND])]
    assert "XMMC_NEW" not in str(entries)


async def test_a_publication_is_named_and_was_in_force(town: Town):
    """What it touches: test_reshaped.py."""
    assert (await look(town, cause="publication", version="99")).status_code == 404
    assert (await look(town, cause="publication")).status_code == 400


@pytest.mark.parametrize(
    ("who", "looks", "orders"),
    [
        ("agency-admin", 200, 202),
        ("system-admin", 200, 202),
        ("audit-office", 200, 403),
        ("another", 403, 403),
        ("registrar", 403, 403),
        ("registration", 403, 403),
    ],
)
async def test_who_looks_and_who_orders(town: Town, who: str, looks: int, orders: int):
    assert (await look(town, who)).status_code == looks
    assert (await order(town, who)).status_code == orders


async def test_looking_and_ordering_are_entries(town: Town):
    before = len(await town.entries())
    await look(town)
    await order(town)
    left = (await town.entries())[before:]
    assert [(each["kind"], each["consumer"], each["agencies"]) for each in left] == [
        ("audit", "agency-admin", [AGENCY]),
        ("repulled", "agency-admin", [AGENCY]),
    ]


async def test_a_repull_asks_afresh_and_the_next_ask_has_it(town: Town, clock: Clock):
    await town.ask(case="A-1")
    await order(town)
    await repull.work(town.house)  # kept now under the names that a re-pull asks by
    clock.advance(60)
    noted = await order(town)
    assert (noted.status_code, noted.json()["cases"]) == (202, 1)
    assert (await progress(town, noted))["done"] is False
    town.land.heard.clear()
    await repull.work(town.house)
    found = await progress(town, noted)
    assert (found["done"], found["cases"][0]["state"]) == (True, "done")
    assert found["cases"][0]["told"][KIND] == "received"
    assert any(heard.startswith(KIND) for heard in town.land.heard)
    shown = material(await town.ask(case="A-1"), KIND)
    assert shown["provenance"]["retrieved_at"].startswith("2026-03-02T14:06:09")


async def test_it_is_in_the_log_as_an_ask_of_its_own(town: Town):
    await order(town)
    await repull.work(town.house)
    asks = [each for each in await town.asks() if each["consumer"] == "repull"]
    assert [each["kind"] for each in asks] == ["asked", "answered"]
    assert {(each["case"], each["purpose"], each["operator"]) for each in asks} == {
        ("A-1", "repull", "agency-admin")
    }


async def test_without_a_grant_it_fails_and_says_why(town: Town, clock: Clock):
    clock.advance(400 * 86_400)
    noted = await order(town)
    await repull.work(town.house)
    (case,) = (await progress(town, noted))["cases"]
    assert (case["state"], case["told"]) == ("failed", {"problem": "not-granted"})


async def test_what_a_dead_node_took_is_taken_again(town: Town, clock: Clock):
    noted = await order(town)
    assert await town.house.repulls.take()
    await repull.work(town.house)
    assert (await progress(town, noted))["cases"][0]["state"] == "running"
    clock.advance(GIVEN_UP.total_seconds() + 1)
    await repull.work(town.house)
    assert (await progress(town, noted))["done"] is True


async def test_no_case_is_taken_twice(town: Town):
    several = [{"case": f"C-{number}", "project_code": CODE} for number in range(20)]
    noted = await order(town, cases=several)
    await repull.work(town.house)
    asked = [each["case"] for each in await town.asks() if each["kind"] == "answered"]
    assert sorted(asked) == sorted(each["case"] for each in several)
    assert (await progress(town, noted))["done"] is True


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"cases": []}, "cases"),
        ({"kinds": ["company-record"]}, "kinds"),
        ({"reason": ""}, "reason"),
        ({"cases": [{"case": "A-1", "project_code": "nonsense"}]}, "project_code"),
    ],
)
async def test_what_cannot_be_ordered(town: Town, changes: dict[str, Any], place: str):
    answer = await order(town, **changes)
    assert answer.status_code == 400
    assert place in answer.json()["detail_en"]


async def test_what_cannot_be_recorded_is_not_ordered(town: Town, monkeypatch: pytest.MonkeyPatch):
    async def no(_draft: Any) -> None:
        raise LogUnavailable

    monkeypatch.setattr(town.house.repulls, "_record", no)
    assert (await order(town)).status_code == 503
    assert await town.house.repulls.take() is None
