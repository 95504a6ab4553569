"""What is told of one agency: its last day in figures, what depends on it, whom to call, how a test went."""

from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import Fault
from contracts.remedies import REMEDIES
from demo.control import Fault as Breakage
from gateway.observed import SLOT, SLOTS, Recent
from tests.conftest import Clock
from tests.gateway.town import Town
from tests.hostile.scene import OWN, Scene, open_scene


@pytest.fixture
async def scene(tmp_path: Path, database_url: str, clock: Clock):
    async with open_scene(tmp_path, database_url, clock) as opened:
        yield opened


def test_every_fault_has_a_remedy_in_both_languages():
    assert set(REMEDIES) == set(Fault)
    assert all(each.zh.endswith("。") and each.en.endswith(".") for each in REMEDIES.values())


def test_a_day_is_kept_by_half_hours_and_no_more(clock: Clock):
    recent = Recent(clock)
    for outcome, seconds in (("evidence", 0.5), ("silent", 1.5)):
        recent.pulled("a", outcome, seconds)
    for outcome in ("given-up", "queued", "outside-hours", "breaker-open", "paused"):  # nobody was asked
        recent.pulled("a", outcome, 9.0)
    (slot,) = recent.of("a")
    assert (slot.asked, slot.failed, slot.mean, slot.slowest) == (2, 1, 1.0, 1.5)
    assert (slot.begins.minute, slot.begins.second) == (0, 0)
    recent.unread("a")
    recent.unread("a")
    assert recent.of("a")[0].failed == 2  # no more in vain than were asked
    for _ in range(2 * SLOTS):
        clock.advance(SLOT.total_seconds())
        recent.pulled("a", "evidence", 0.1)
    found = recent.of("a")
    assert len(found) == SLOTS
    assert found[-1].begins - found[0].begins == (SLOTS - 1) * SLOT
    clock.advance(timedelta(days=1).total_seconds())
    assert recent.of("a") == ()


async def sheet(town: Town, agency: str = OWN, who: str = "nora") -> dict:
    answer = await town.http.get(f"/v1/agencies/{agency}", headers=town.bearer(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_depends_on_it_is_named(scene: Scene):
    found = await sheet(scene.town)
    kinds = {each["kind"]: each for each in found["kinds"]}
    contract = kinds["land-transfer-contract"]
    assert {each["title"]["en"] for each in contract["required_by"]} >= {
        "certificate of the land right, or the source of it"
    }
    assert not any(each["alone"] for each in contract["required_by"])
    assert {(each["consumer"], each["purpose"]) for each in contract["granted_to"]} >= {
        ("registration", "first-registration"),
        ("repull", "repull"),
    }
    assert found["title"]["en"].startswith("Mudanjiang")
    assert found["waiting"] == []


async def test_a_submitted_version_waits_and_a_grant_that_is_over_names_nobody(scene: Scene, clock: Clock):
    made = await scene.drafted(OWN, "nora", "submitted")
    assert (await sheet(scene.town))["waiting"] == [made.version]
    clock.advance(timedelta(days=365).total_seconds())
    assert all(kind["granted_to"] == [] for kind in (await sheet(scene.town))["kinds"])


async def test_a_test_of_the_connection_is_an_entry_and_says_what_to_do(scene: Scene):
    town = scene.town
    await scene.control.fault(OWN, Breakage.UNAUTHORISED)
    tested = await town.http.post(f"/v1/agencies/{OWN}/probe", headers=town.bearer("nora"))
    steps = tested.json()["steps"]
    assert [each["name"] for each in steps] == ["settings", "connection", "credentials"]
    assert [each["passed"] for each in steps] == [True, True, False]
    assert steps[2]["remedy"]["en"].startswith("Set the secret anew")
    await scene.control.fault(OWN, Breakage.DOWN)
    tested = await town.http.post(f"/v1/agencies/{OWN}/probe", headers=town.bearer("nora"))
    steps = tested.json()["steps"]
    assert [each["passed"] for each in steps] == [True, False, None]
    assert steps[1]["remedy"]["en"].startswith("Ask the agency whether its service runs")
    assert "not tried" in steps[2]["detail"]["en"].lower()
    entry = [each for each in await town.entries() if each["kind"] == "tried"][-1]
    assert (entry["agencies"], entry["subject"]["note"]) == ([OWN], "connection")


async def test_notes_are_kept_and_the_newest_card_holds_however_old(scene: Scene):
    town, path = scene.town, f"/v1/agencies/{OWN}/notes"
    for about, words in (("contact", "李工 0453-1"), ("call", "第一次"), ("call", "第二次")):
        answer = await town.http.post(path, json={"about": about, "text": words}, headers=town.bearer("nora"))
        assert answer.status_code == 201
    notes = (await town.http.get(path, headers=town.bearer("nora"))).json()["notes"]
    assert [each["text"] for each in notes] == ["第二次", "第一次", "李工 0453-1"]
    assert {each["by"] for each in notes} == {"nora"}
    told = [each for each in await town.entries() if each["kind"] == "noted"]
    assert [each["subject"]["note"] for each in told] == ["contact", "call", "call"]
    assert "李工" not in str(told)
    blank = await town.http.post(path, json={"about": "call", "text": " \n"}, headers=town.bearer("nora"))
    assert blank.status_code == 400
