"""Names of a project: known, learned, confirmed, rejected; and what never becomes one."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from contracts.errors import StoreUnavailable
from contracts.exchange import Ask
from contracts.material import KeyUsed, Material, Provenance, Retrieval
from contracts.time import stored
from gateway.aliases import Aliases, norm_of
from gateway.aliases import lessons as taught
from gateway.api.door import read_words
from gateway.store.tables import aliases
from tests.gateway.offices import Record
from tests.gateway.town import CODE, DEVELOPER, FULL, ONE, TWO, Town, ask, material, materials, record_of

OTHER = TWO.project_code
SUPERVISION = "2310052020B00786"


def question(**changes: Any) -> Ask:
    return read_words(Ask, ask(**changes))


def said_by(town: Town, agency: str | None, kind: str, key: KeyUsed | None = None, **fields: Any) -> Material:
    now = town.clock.now()
    return Material(
        kind=kind,
        id="M00",
        retrieval=Retrieval.RECEIVED if agency else Retrieval.DECLARED,
        agency=agency,
        declared_by=None if agency else "registration",
        fields=fields,
        provenance=Provenance(retrieved_at=now, fresh_until=now, key=key),
    )


async def table(town: Town, project: str = CODE) -> dict[tuple[str, str], str]:
    rows = await town.house.database.read(
        lambda connection: connection.execute(select(aliases).where(aliases.c.project == project)).all()
    )
    return {(row.key, row.norm): row.state for row in rows}


@pytest.fixture
def room(town: Town) -> Aliases:
    return Aliases(town.house.database, town.clock)


async def test_known_then_learned_then_confirmed_by_a_second_agency(town: Town, room: Aliases):
    place = ("supervision_no", SUPERVISION)
    declared = said_by(town, None, "land-transfer-contract", supervision_no=SUPERVISION)
    await room.learn(question(), [declared])
    assert (await table(town))[place] == "known"
    await room.learn(question(), [said_by(town, "a", "land-transfer-contract", supervision_no=SUPERVISION)])
    assert (await table(town))[place] == "learned"
    await room.learn(question(), [said_by(town, "a", "land-transfer-contract", supervision_no=SUPERVISION)])
    assert (await table(town))[place] == "learned"
    (key,) = (await room.names(question()))["supervision_no"]
    assert not key.confirmed
    await room.learn(question(), [said_by(town, "b", "land-allocation-decision", supervision_no=SUPERVISION)])
    assert (await table(town))[place] == "confirmed"
    (key,) = (await room.names(question()))["supervision_no"]
    assert key.confirmed


async def test_a_consumers_word_never_outweighs_an_agencys(town: Town, room: Aliases):
    place = ("supervision_no", SUPERVISION)
    await room.learn(question(), [said_by(town, "a", "land-transfer-contract", supervision_no=SUPERVISION)])
    await room.learn(question(), [said_by(town, None, "land-transfer-contract", supervision_no=SUPERVISION)])
    assert (await table(town))[place] == "learned"


async def test_an_echo_of_the_key_asked_by_confirms_nothing(town: Town, room: Aliases):
    """Both agencies were asked by a name the consumer brought, and both repeat it: nobody has agreed."""
    name = str(TWO.name)
    asked_by = KeyUsed(name="project_name", value=name, confirmed=False)
    for agency in ("a", "b"):
        said = said_by(town, agency, "land-use-planning-permit", asked_by, project_name=name)
        await room.learn(question(known={"project_name": name}), [said])
    assert await table(town) == {}
    named = said_by(town, "a", "land-use-planning-permit", asked_by, project_name=name, project_code=CODE)
    await room.learn(question(known={"project_name": name}), [named])
    assert (await table(town))["project_name", norm_of("project_name", name)] == "learned"


async def test_a_rejected_name_stays_out_whoever_brings_or_teaches_it(town: Town, room: Aliases):
    row = {
        "project": CODE,
        "key": "supervision_no",
        "norm": SUPERVISION,
        "raw": SUPERVISION,
        "state": "rejected",
        "source": "a",
        "at": stored(town.clock()),
    }
    await town.house.database.write(lambda connection: connection.execute(insert(aliases).values(**row)))
    for agency in ("a", "b", None):
        said = said_by(town, agency, "land-transfer-contract", supervision_no=SUPERVISION)
        await room.learn(question(), [said])
    assert (await table(town))["supervision_no", SUPERVISION] == "rejected"
    names = await room.names(question(known={"supervision_no": SUPERVISION}))
    assert "supervision_no" not in names


async def test_the_surest_name_comes_first(town: Town, room: Aliases):
    learned, known = "2310052020B00786", "2310052020B00787"
    await room.learn(question(), [said_by(town, "a", "land-transfer-contract", supervision_no=learned)])
    names = await room.names(question(known={"supervision_no": [known, learned]}))
    assert [key.value for key in names["supervision_no"]] == [learned, known]


async def test_the_same_name_written_otherwise_is_the_same(town: Town, room: Aliases):
    written = "建字第231005202100017号"
    odd = "建字第 ２３１００５２０２１０００１７ 号"
    await room.learn(question(), [said_by(town, "a", "construction-planning-permit", permit_no=written)])
    await room.learn(question(), [said_by(town, "b", "construction-permit", project_permit_no=odd)])
    assert (await table(town))["project_permit_no", norm_of("project_permit_no", written)] == "confirmed"


@pytest.mark.parametrize("raw", ["张三", "230102199003070314", "", "x" * 300, 5, None, ["a"]])
async def test_what_no_grammar_knows_is_not_learned(town: Town, room: Aliases, raw: Any):
    await room.learn(question(), [said_by(town, "a", "land-transfer-contract", supervision_no=raw)])
    assert await table(town) == {}


async def test_nothing_is_learned_without_a_project(town: Town, room: Aliases):
    nowhere = question(project_code=None)
    taught = [said_by(town, "a", "land-transfer-contract", supervision_no=SUPERVISION)]
    assert not await room.learn(nowhere, taught)
    assert await room.conflicts(nowhere, taught) == []


async def test_another_projects_reply_teaches_nothing_and_shows_nothing(town: Town):
    """The name opens a contract, and the contract names another project."""
    wrong = record_of(TWO, "land-transfer-contract", files={"别家合同.pdf": b"%PDF-1.7"})
    town.land.drawer = [Record(wrong.kind, {"project_name": str(ONE.name)}, wrong.fields, wrong.files)]
    answer = await town.ask(kinds=["land-transfer-contract"])
    contract = material(answer, "land-transfer-contract")
    assert (contract["retrieval"], contract["fields"], contract["attachments"]) == ("invalid", {}, [])
    assert contract["error"]["type"] == "evidence-off-contract"
    assert await table(town) == {}
    assert OTHER not in answer.text
    assert (await town.asks())[-1]["kind"] == "answered"


async def test_another_projects_reply_is_not_kept_for_the_next_ask(town: Town):
    wrong = record_of(TWO, "land-transfer-contract", files={"别家合同.pdf": b"%PDF-1.7"})
    town.land.drawer = [Record(wrong.kind, {"project_name": str(ONE.name)}, wrong.fields, wrong.files)]
    await town.ask(kinds=["land-transfer-contract"])
    right = await town.ask(project_code=OTHER, kinds=["land-transfer-contract"])
    contract = material(right, "land-transfer-contract")
    assert contract["retrieval"] == "received"
    found = await town.get(f"/v1/attachments/{contract['attachments'][0]['id']}")
    assert found.content == b"%PDF-1.7"
    assert (await town.asks())[-1]["project"] == OTHER


async def test_the_same_key_learned_for_two_projects_is_a_check_for_both(town: Town):
    shared = Record(
        "land-transfer-contract",
        {"project_name": "共用"},
        {"supervision_no": SUPERVISION, "contract_no": "CR-1"},
    )
    town.land.drawer = [shared]
    await town.ask(known={"project_name": "共用"})
    answer = await town.ask(project_code=OTHER, known={"project_name": "共用"})
    (check,) = [
        check
        for check in answer.json()["checks"]
        if check["rule"] == "KEYS" and check["compared"]["key"] == "supervision_no"
    ]
    assert check["result"] == "WARN"
    assert check["compared"]["other_project"] == CODE


async def test_a_conflict_is_told_only_about_keys_the_asker_may_see(town: Town):
    """The hall is granted the contract's number and not its supervision number."""
    shared = Record(
        "land-transfer-contract",
        {"project_name": "共用"},
        {"supervision_no": SUPERVISION, "contract_no": "CR-1"},
    )
    town.land.drawer = [shared]
    for code in (CODE, OTHER):
        await town.ask(project_code=code, known={"project_name": "共用"})
    told = await town.ask(
        "hall",
        purpose="pre-acceptance",
        project_code=OTHER,
        known={"project_name": "共用"},
        kinds=["land-transfer-contract"],
    )
    assert SUPERVISION not in told.text


async def test_names_survive_a_restart(town: Town):
    await town.ask()
    again = Aliases(town.house.database, town.clock)
    names = await again.names(question(known={}))
    assert names["holder_uscc"][0].value == DEVELOPER
    assert names["project_code"][0].confirmed


async def test_keys_in_the_log_are_those_a_grammar_vouches_for(town: Town):
    answer = await town.ask()
    assert len(materials(answer)) == 3
    keys = (await town.asks())[-1]["keys"]
    assert keys == {
        "investment-filing": f"project_code={CODE}",
        "land-transfer-contract": "project_name",
        "company-record": f"holder_uscc={DEVELOPER}",
    }


async def test_a_reply_heard_before_is_not_read_for_names_again(town: Town, monkeypatch: pytest.MonkeyPatch):
    read, lessons = [], taught.lessons_in

    def counted(material: Material, project: str) -> Any:
        read.extend([material.kind] if material.held else [])
        return lessons(material, project)

    monkeypatch.setattr(taught, "lessons_in", counted)
    await town.ask()
    assert sorted(read) == sorted(FULL)
    before = await table(town)
    read.clear()
    await town.ask()
    assert read == []
    town.clock.advance(25 * 3600)
    await town.ask()
    assert sorted(read) == sorted(FULL)  # pulled anew, so heard anew
    assert await table(town) == before


async def test_the_same_reply_by_another_key_is_heard_again(town: Town, room: Aliases):
    """By one key what it says is an echo, by another it is a lesson."""
    asked_by = {"supervision_no": SUPERVISION, "project_name": str(ONE.name)}
    keys = [KeyUsed(name=name, value=value, confirmed=False) for name, value in asked_by.items()]
    for key, learned in zip(keys, (False, True), strict=True):
        told = said_by(town, "a", "land-transfer-contract", key, supervision_no=SUPERVISION)
        assert told.provenance
        provenance = told.provenance.model_copy(update={"evidence": "sha256:" + "0" * 64})
        told = told.model_copy(update={"provenance": provenance})
        assert await room.learn(question(), [told]) is learned


async def test_a_reply_kept_before_its_project_was_known_teaches_once_it_is(town: Town):
    """Asked for without a project code, the answer taught nothing; it is kept, and read again when it can."""
    known = {"supervision_no": SUPERVISION}
    kinds = ["land-transfer-contract"]
    town.land.drawer[1].fields.pop("project_code", None)
    await town.ask(project_code=None, known=known, kinds=kinds)
    assert await table(town) == {}
    heard = len(town.land.heard)
    await town.ask(known=known, kinds=kinds)
    assert len(town.land.heard) == heard
    assert ("holder_uscc", DEVELOPER) in await table(town)


async def test_what_could_not_be_written_is_learned_by_the_next_ask(
    town: Town, room: Aliases, monkeypatch: pytest.MonkeyPatch
):
    told = said_by(town, "a", "land-transfer-contract", supervision_no=SUPERVISION)
    assert told.provenance
    provenance = told.provenance.model_copy(update={"evidence": "sha256:" + "0" * 64})
    told = told.model_copy(update={"provenance": provenance})

    async def refuses(_: Any) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(town.house.database, "write", refuses)
        with pytest.raises(StoreUnavailable):
            await room.learn(question(), [told])
    assert await room.learn(question(), [told])
