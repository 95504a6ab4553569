"""Names decided by people, and projects found by their names."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import insert

from contracts.exchange import Ask
from contracts.time import stored
from gateway.aliases import Aliases, norm_of
from gateway.api.door import read_words
from gateway.store.tables import aliases
from tests.gateway.offices import Record
from tests.gateway.town import CODE, DEVELOPER, LAND, TWO, Town, ask, material

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
        await town.enrol(role, *((LAND,) if role == "agency-admin" else ()))
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


OTHER = TWO.project_code
SHARED_NAME = "共用"


async def teach(town: Town, project: str, key: str, value: str, state: str = "learned") -> None:
    """Put one name into the table as materials would."""
    row = {
        "project": project,
        "key": key,
        "norm": norm_of(key, value),
        "raw": value,
        "state": state,
        "source": "demo-land",
        "at": stored(town.clock()),
    }
    await town.house.database.write(lambda connection: connection.execute(insert(aliases).values(**row)))


async def sought(town: Town, **known: Any) -> httpx2.Response:
    """An ask that names no project, only these keys."""
    return await town.ask(project_code=None, known=known)


PARCEL, UNIT = "231005003008GB00021", "231005003008GB00021F00010001"
PERMIT = "建字第231005202100017号"


@pytest.mark.parametrize(
    ("taught", "known", "by"),
    [
        ([("parcel_code", PARCEL)], {"parcel_code": PARCEL}, ("parcel_code", PARCEL)),
        ([("parcel_code", PARCEL)], {"unit_code": UNIT}, ("unit_code", UNIT)),
        ([("project_permit_no", PERMIT)], {"project_permit_no": PERMIT}, ("project_permit_no", PERMIT)),
        (
            [("project_name", SHARED_NAME), ("holder_uscc", DEVELOPER)],
            {"project_name": SHARED_NAME, "holder_uscc": DEVELOPER},
            ("project_name", SHARED_NAME),
        ),
    ],
)
async def test_a_key_finds_its_project(town: Town, taught: Any, known: Any, by: tuple[str, str]):
    for key, value in taught:
        await teach(town, CODE, key, value)
    answer = await sought(town, **known)
    told = answer.json()
    assert (answer.status_code, told["project_code"]) == (200, CODE)
    assert told["found_by"] == {"key": by[0], "value": by[1], "state": "learned"}
    assert material(answer, "investment-filing")["retrieval"] == "received"  # opened by the code alone
    asked, answered = (await town.asks())[-2:]
    assert asked["project"] == answered["project"] == CODE


async def test_a_given_code_is_not_looked_up(town: Town):
    await teach(town, OTHER, "supervision_no", SUPERVISION, "confirmed")
    answer = await town.ask(known={"supervision_no": SUPERVISION})
    assert answer.json()["project_code"] == CODE
    assert "found_by" not in answer.json()


async def test_confirmed_comes_before_learned_and_the_conflict_is_a_check(town: Town):
    await teach(town, OTHER, "supervision_no", SUPERVISION)
    await teach(town, CODE, "supervision_no", SUPERVISION, "confirmed")
    told = (await sought(town, supervision_no=SUPERVISION)).json()
    assert (told["project_code"], told["found_by"]["state"]) == (CODE, "confirmed")
    (check,) = [check for check in told["checks"] if check["rule"] == "KEYS"]
    assert check["compared"]["other_project"] == OTHER


async def test_several_candidates_are_told_and_nobody_is_asked(town: Town):
    await teach(town, CODE, "parcel_code", PARCEL, "confirmed")
    await teach(town, OTHER, "parcel_code", PARCEL)
    answer = await sought(town, unit_code=UNIT)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:landbridge:problem:project-ambiguous")
    for said in (problem["detail"], problem["detail_en"]):
        assert f"{CODE} (unit_code, confirmed)" in said
        assert f"{OTHER} (unit_code, learned)" in said
        assert UNIT not in said
    assert town.land.heard == town.market.heard == []
    assert [entry["kind"] for entry in await town.asks()] == ["refused"]


async def test_a_second_key_decides_between_phases_on_one_parcel(town: Town):
    for project in (CODE, OTHER):
        await teach(town, project, "parcel_code", PARCEL)
    await teach(town, CODE, "project_permit_no", PERMIT)
    told = (await sought(town, parcel_code=PARCEL, project_permit_no=PERMIT)).json()
    assert told["project_code"] == CODE
    assert told["found_by"]["key"] == "project_permit_no"


async def test_keys_of_two_projects_are_never_settled_silently(town: Town):
    await teach(town, CODE, "supervision_no", SUPERVISION, "confirmed")
    await teach(town, OTHER, "project_permit_no", PERMIT)
    answer = await sought(town, supervision_no=SUPERVISION, project_permit_no=PERMIT)
    assert answer.status_code == 422
    assert f"{CODE} (supervision_no, confirmed)" in answer.json()["detail_en"]
    assert f"{OTHER} (project_permit_no, learned)" in answer.json()["detail_en"]


@pytest.mark.parametrize("state", ["rejected", "known"])
async def test_a_rejected_key_and_a_consumers_word_find_nothing(town: Town, state: str):
    await teach(town, CODE, "project_permit_no", PERMIT, state)
    answer = await sought(town, project_permit_no=PERMIT)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:landbridge:problem:project-not-opened")


@pytest.mark.parametrize("known", [{"project_name": SHARED_NAME}, {"holder_uscc": DEVELOPER}])
async def test_a_name_or_a_credit_code_alone_finds_no_project(town: Town, known: dict[str, str]):
    town.market.drawer.clear()
    for project in (CODE, OTHER):
        await teach(town, project, "project_name", SHARED_NAME)
        await teach(town, project, "holder_uscc", DEVELOPER)
    answer = await sought(town, **known)
    assert answer.status_code == 200
    assert "project_code" not in answer.json()


async def test_both_must_be_the_same_projects(town: Town):
    await teach(town, CODE, "project_name", SHARED_NAME)
    await teach(town, OTHER, "project_name", SHARED_NAME)
    await teach(town, OTHER, "holder_uscc", DEVELOPER)
    town.market.drawer.clear()
    answer = await sought(town, project_name=SHARED_NAME, holder_uscc=DEVELOPER)
    assert answer.json()["project_code"] == OTHER


async def test_who_is_granted_nothing_hears_of_no_candidate(town: Town):
    await teach(town, CODE, "parcel_code", PARCEL)
    await teach(town, OTHER, "parcel_code", PARCEL)
    words = ask(project_code=None, known={"parcel_code": PARCEL})
    answer = await town.http.post("/v1/dossiers", json=words, headers=town.bearer("stranger-kin"))
    assert answer.status_code == 403
    assert CODE not in answer.text


async def test_nothing_opens_anything(town: Town):
    answer = await sought(town)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:landbridge:problem:project-not-opened")
    assert [entry["kind"] for entry in await town.asks()] == ["refused"]


def naming(kind: str, by: str, code: str, **fields: Any) -> Record:
    """A document found by a name in words that states its project's code."""
    return Record(kind, {"project_name": by}, {"project_code": code, **fields})


async def test_materials_teach_the_code_and_it_opens_the_rest(town: Town):
    town.land.drawer = [
        naming("land-transfer-contract", SHARED_NAME, CODE, supervision_no=SUPERVISION),
        *town.land.drawer,
    ]
    answer = await sought(town, project_name=SHARED_NAME)
    told = answer.json()
    assert told["project_code"] == CODE
    assert told["found_by"] == {"key": "project_name", "value": SHARED_NAME, "state": "known"}
    assert material(answer, "investment-filing")["retrieval"] == "received"
    assert (await town.asks())[-1]["project"] == CODE
    again = await sought(town, supervision_no=SUPERVISION)
    assert again.json()["found_by"] == {"key": "supervision_no", "value": SUPERVISION, "state": "learned"}


async def test_materials_of_two_projects_name_none(town: Town):
    town.land.drawer = [
        naming("land-transfer-contract", SHARED_NAME, code, contract_no=f"CR-{code}")
        for code in (CODE, OTHER)
    ]
    answer = await sought(town, project_name=SHARED_NAME)
    assert answer.status_code == 200
    assert {"project_code", "found_by"}.isdisjoint(answer.json())
    assert [material(answer, "investment-filing")["retrieval"]] == ["pending"]
