"""Names decided by people, and projects found by their names."""

from typing import Any

import httpx2
import pytest

from contracts.exchange import Ask
from gateway.aliases import Aliases
from gateway.api.door import read_words
from tests.gateway.town import CODE, DEVELOPER, Town, ask, material

SUPERVISION = "2310052020B00786"
DECIDERS = ("registrar", "agency-admin", "system-admin")


class Ticks:
    """A monotonic clock that stands still until told to move, in seconds."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def names(town: Town) -> Town:
    """The town, its project's names learned, and people who may decide on them."""
    for role in (*DECIDERS, "security-admin"):
        town.keys[role] = await town.house.access.add(role, (role,), by="security")
    await town.ask()
    return town


async def shown(town: Town, who: str = "registrar") -> httpx2.Response:
    return await town.http.get(f"/v1/projects/{CODE}/aliases", headers=town.bearer(who))


async def decided(town: Town, who: str = "registrar", **order: Any) -> httpx2.Response:
    words = {"key": "supervision_no", "value": SUPERVISION, "decision": "confirm"} | order
    return await town.http.post(
        f"/v1/projects/{CODE}/aliases/decisions", json=words, headers=town.bearer(who)
    )


async def state_of(town: Town, key: str) -> dict[str, Any]:
    found = [alias for alias in (await shown(town)).json()["aliases"] if alias["key"] == key]
    (alias,) = found
    return alias


async def last_entry(town: Town) -> dict[str, Any]:
    return [entry for entry in await town.entries() if entry["kind"] == "alias"][-1]


async def test_a_person_confirms_and_the_key_is_sure(names: Town):
    assert (await state_of(names, "supervision_no"))["state"] == "learned"
    answer = await decided(names)
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("confirmed", "registrar")
    alias = await state_of(names, "supervision_no")
    assert (alias["state"], alias["decided_by"], alias["source"]) == ("confirmed", "registrar", "demo-land")
    assert alias["decided_at"] == "2026-03-02T14:05:09.120+08:00"
    asked = await names.ask(known=None, max_age=0)
    assert material(asked, "land-transfer-contract")["provenance"]["key"]["confirmed"]


async def test_a_rejected_key_opens_nothing_whatever_is_taught_later(names: Town):
    answer = await decided(names, key="holder_uscc", value=DEVELOPER, decision="reject")
    assert answer.json()["state"] == "rejected"
    names.market.heard.clear()
    later = await names.ask(max_age=0)
    assert material(later, "company-record")["retrieval"] == "pending"
    assert names.market.heard == []
    assert (await state_of(names, "holder_uscc"))["state"] == "rejected"


async def test_a_person_may_think_again(names: Town):
    await decided(names, "agency-admin", decision="reject")
    await decided(names, "system-admin", decision="confirm")
    alias = await state_of(names, "supervision_no")
    assert (alias["state"], alias["decided_by"]) == ("confirmed", "system-admin")


async def test_a_decision_and_a_look_are_entries(names: Town):
    await decided(names, decision="reject")
    entry = await last_entry(names)
    assert (entry["consumer"], entry["project"]) == ("registrar", CODE)
    assert entry["subject"] == {
        "type": "alias",
        "id": f"supervision_no={SUPERVISION}",
        "note": "rejected",
    }
    await shown(names, "agency-admin")
    entry = await last_entry(names)
    assert (entry["consumer"], entry["subject"]["note"]) == ("agency-admin", "shown")


async def test_words_stay_out_of_the_log(names: Town):
    company = (await state_of(names, "holder_name"))["value"]
    assert (await decided(names, key="holder_name", value=company)).status_code == 200
    assert (await last_entry(names))["subject"]["id"] == "holder_name"
    assert company not in str(await names.entries())


@pytest.mark.parametrize("who", ["registration", "hall", "audit-office", "security-admin"])
async def test_nobody_else_decides_or_looks(names: Town, who: str):
    assert (await decided(names, who)).status_code == 403
    assert (await shown(names, who)).status_code == 403
    assert (await state_of(names, "supervision_no"))["state"] == "learned"


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"value": "2310052020B99999"}, 404),
        ({"key": "shoe_size"}, 400),
        ({"decision": "perhaps"}, 400),
        ({"value": ""}, 400),
        ({"by": "me"}, 400),
    ],
)
async def test_what_cannot_be_decided(names: Town, order: dict[str, Any], status: int):
    before = len(await names.entries())
    assert (await decided(names, **order)).status_code == status
    assert len(await names.entries()) == before


async def test_what_is_no_project_code_has_no_names(names: Town):
    answer = await names.http.get("/v1/projects/nobody/aliases", headers=names.bearer("registrar"))
    assert answer.status_code == 400


async def test_a_decision_in_another_process_works_within_a_second(names: Town):
    ticks = Ticks()
    names.change(aliases=Aliases(names.house.database, names.clock, ticks))
    await names.ask(max_age=0)
    names.market.heard.clear()
    await decided(names, key="holder_uscc", value=DEVELOPER, decision="reject")  # the house's own aliases
    ticks.at += 1.0
    await names.ask(max_age=0)
    assert names.market.heard == []


async def test_names_are_remembered_for_less_than_a_second(names: Town, monkeypatch: pytest.MonkeyPatch):
    ticks = Ticks()
    room = Aliases(names.house.database, names.clock, ticks)
    reads = []
    read = names.house.database.read

    async def counted(fn):
        reads.append(fn)
        return await read(fn)

    monkeypatch.setattr(names.house.database, "read", counted)
    for moment in (0.0, 0.5, 0.49):
        ticks.at += moment
        await room.names(read_words(Ask, ask()))
    assert len(reads) == 1
