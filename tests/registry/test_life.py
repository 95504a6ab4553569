"""A version's life: drafted, submitted, published by a second person, rolled back; and every refusal."""

import asyncio
from typing import Any

import pytest

from contracts.audit import Draft
from contracts.conflicts import SecondPerson
from contracts.errors import LogUnavailable
from gateway.registry import Document, DocumentKind, DocumentState
from gateway.registry.life import check_second
from tests.gateway.town import material
from tests.registry.counter import AGENCY, VERSIONS, Counter

SHEETS = "/v1/grants/versions"


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def reasons(counter: Counter, act: str) -> list[str]:
    """What people said when they did this, as the history has it."""
    history = (await counter.call("GET", VERSIONS, "audit-office")).json()
    return [each["reason"] for each in history["acts"] if each["act"] == act]


async def test_a_draft_becomes_the_version_in_force_by_two_people(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    assert (version["version"], version["state"], version["author"]) == (2, "draft", "nora")
    assert await counter.in_force() == 1
    assert (await counter.turn("submission", version, "nora", reason="新字段")).json()["state"] == "submitted"
    done = await counter.turn("publication", version, "paul")
    assert (done.json()["state"], done.json()["by"], done.json()["submitted_by"]) == (
        "published",
        "paul",
        "nora",
    )
    assert await counter.in_force() == 2
    history = (await counter.call("GET", VERSIONS, "audit-office")).json()
    assert [(each["version"], each["state"]) for each in history["versions"]] == [
        (2, "published"),
        (1, "set-aside"),
    ]
    assert [(act["act"], act["by"], act["reason"]) for act in history["acts"]] == [
        ("published", "file", None),
        ("drafted", "nora", None),
        ("submitted", "nora", "新字段"),
        ("published", "paul", None),
    ]
    assert (await counter.kinds())[-3:] == ["drafted", "submitted", "published"]
    entry = await counter.last("published")
    assert (entry["consumer"], entry["agencies"]) == ("paul", [AGENCY])
    assert entry["subject"] == {"type": "agency", "id": AGENCY, "version": 2, "digest": version["digest"]}


@pytest.mark.parametrize("who", ["paul", "system-admin"])
async def test_a_second_agency_admin_or_the_system_admin_publishes(counter: Counter, who: str):
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")
    assert (await counter.turn("publication", version, who)).status_code == 200


async def test_nobody_publishes_what_they_submitted(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")
    assert problem(await counter.turn("publication", version, "nora")) == (403, "second-person")
    assert problem(await counter.turn("rejection", version, "nora", reason="x")) == (403, "second-person")
    assert await counter.in_force() == 1


async def test_an_approval_is_for_the_content_that_was_seen(counter: Counter):
    seen = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", seen, "nora")
    edited = await counter.call("PUT", f"{VERSIONS}/2", "nora", text=counter.manifest + "# 另改\n")
    now = edited.json()["version"]
    assert (now["state"], now["submitted_by"]) == ("draft", None)
    assert problem(await counter.turn("publication", seen, "paul")) == (409, "wrong-state")
    await counter.turn("submission", now, "nora")
    assert problem(await counter.turn("publication", seen, "paul")) == (409, "other-digest")
    assert (await counter.turn("publication", now, "paul")).status_code == 200
    assert "# 另改" in (await counter.call("GET", f"{VERSIONS}/2", "paul")).json()["text"]


async def test_what_was_edited_while_the_entry_was_written_is_not_published(counter: Counter):
    """The digest is checked again where the effect is: between check and effect lies the log."""
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")
    registry = counter.town.house.registry
    record = registry._record

    async def edited_meanwhile(draft: Draft) -> Any:
        registry._record = record
        await counter.call("PUT", f"{VERSIONS}/2", "nora", text=counter.manifest + "# 另改\n")
        return await record(draft)

    registry._record = edited_meanwhile
    assert problem(await counter.turn("publication", version, "paul")) == (409, "wrong-state")
    assert await counter.in_force() == 1


async def test_only_its_author_edits_submits_and_withdraws_a_draft(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    answers = [
        await counter.call("PUT", f"{VERSIONS}/2", "paul", text="x"),
        await counter.turn("submission", version, "paul"),
        await counter.call("POST", f"{VERSIONS}/2/withdrawal", "paul"),
    ]
    assert [problem(answer) for answer in answers] == [(403, "second-person")] * 3
    assert (await counter.call("POST", f"{VERSIONS}/2/withdrawal", "nora")).json()["state"] == "withdrawn"
    assert problem(await counter.turn("submission", version, "nora")) == (409, "wrong-state")


async def test_a_rejected_version_goes_back_to_its_author_with_the_reason(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")
    rejected = await counter.turn("rejection", version, "paul", reason="路径有误")
    assert rejected.json()["state"] == "rejected"
    assert problem(await counter.turn("publication", version, "paul")) == (409, "wrong-state")
    assert "note" not in (await counter.last("rejected"))["subject"]
    assert await reasons(counter, "rejected") == ["路径有误"]
    assert (await counter.call("PUT", f"{VERSIONS}/2", "nora", text="又改")).json()["version"][
        "state"
    ] == "draft"


async def test_a_draft_may_be_broken_and_names_every_problem_and_is_not_submitted(counter: Counter):
    broken = counter.manifest.replace("concurrency:", "concurency:").replace("money, unit: wan", "money")
    version = await counter.draft(broken)
    shown = (await counter.call("GET", f"{VERSIONS}/2", "paul")).json()
    assert [place["field"] for place in shown["problems"]] == ["limits.concurency"]
    line = shown["problems"][0]["line"]
    assert "concurency" in broken.splitlines()[line - 1]
    refused = await counter.turn("submission", version, "nora")
    assert problem(refused) == (422, "document-invalid")
    assert f":{line}:" in refused.json()["detail_en"]
    several = counter.manifest.replace("unit: wan", "unit: m2").replace("as: date", "as: dat")
    fields = {place["field"] for place in await _problems(counter, several)}
    assert len(fields) > 2
    assert (await counter.kinds())[-1] == "drafted"


async def _problems(counter: Counter, text: str) -> list[dict[str, Any]]:
    answer = await counter.call("POST", VERSIONS, "nora", text=text)
    found: list[dict[str, Any]] = answer.json()["problems"]
    return found


@pytest.mark.parametrize(
    ("who", "status"),
    [("hugo", 403), ("registrar", 403), ("registration", 403), ("audit-office", 403), ("sara", 403)],
)
async def test_another_agencys_admin_and_other_roles_do_nothing_here(counter: Counter, who: str, status: int):
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")
    size = len(await counter.kinds())
    calls = [
        await counter.call("POST", VERSIONS, who, text="x"),
        await counter.call("PUT", f"{VERSIONS}/2", who, text="x"),
        await counter.turn("publication", version, who),
        await counter.call("POST", f"{VERSIONS}/1/rollback", who, reason="x"),
        await counter.call("POST", f"{VERSIONS}/2/trials", who, project_code="x"),
        await counter.call("POST", f"{VERSIONS}/2/comparisons", who),
    ]
    assert {answer.status_code for answer in calls} == {403}
    assert (await counter.kinds())[size:] == ["refused"] * 6
    looked = await counter.call("GET", VERSIONS, who)
    assert looked.status_code == (200 if who == "audit-office" else 403)


async def test_one_person_rolls_back_with_a_reason_and_it_survives_a_restart_of_the_import(counter: Counter):
    await counter.published(counter.manifest + "# 改\n")
    first = {"version": 1, "digest": ""}
    assert problem(await counter.turn("rollback", first, "nora"))[0] == 400
    back = await counter.turn("rollback", first, "nora", reason="新版读错面积")
    assert (back.status_code, back.json()["by"]) == (200, "nora")
    assert await counter.in_force() == 1
    entry = await counter.last("rolled-back")
    assert (entry["consumer"], entry["subject"]["version"]) == ("nora", 1)
    assert "note" not in entry["subject"]
    assert await reasons(counter, "rolled-back") == ["新版读错面积"]
    assert problem(await counter.turn("rollback", first, "nora", reason="x")) == (409, "wrong-state")
    house = counter.town.house
    assert await house.registry.import_files(house.settings.config) == []
    assert await counter.in_force() == 1


async def test_a_draft_was_never_in_force_and_is_not_rolled_back_to(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    assert problem(await counter.turn("rollback", version, "nora", reason="x")) == (409, "wrong-state")


async def test_a_file_of_a_drafts_text_is_still_new(counter: Counter):
    text = counter.manifest + "# 改\n"
    await counter.draft(text)
    house = counter.town.house
    (house.settings.config / "agencies" / f"{AGENCY}.yaml").write_text(text, "utf-8")
    (imported,) = await house.registry.import_files(house.settings.config)
    assert (imported.version, await counter.in_force()) == (3, 3)


async def test_an_ask_in_flight_ends_on_the_version_it_began_with(counter: Counter):
    """Held in the middle of a pull while another version is published; the next ask goes by that."""
    counter.gate.open.clear()
    asking = asyncio.create_task(counter.town.ask(kinds=["investment-filing"]))
    await counter.gate.came.wait()
    await counter.published(
        counter.manifest.replace("filing_authority: bajg", "filing_authority: {always: 新版}")
    )
    counter.gate.open.set()
    began = material(await asking, "investment-filing")
    assert (began["manifest_version"], began["fields"]["filing_authority"] == "新版") == (1, False)
    later = material(await counter.town.ask(kinds=["investment-filing"], max_age=0), "investment-filing")
    assert (later["manifest_version"], later["fields"]["filing_authority"]) == (2, "新版")


async def test_nothing_is_published_that_the_log_does_not_have(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    await counter.turn("submission", version, "nora")

    async def out(_: object) -> Any:
        raise LogUnavailable

    counter.town.house.registry._record = out
    assert (await counter.turn("publication", version, "paul")).status_code == 503
    assert (await counter.call("POST", VERSIONS, "nora", text="x")).status_code == 503
    assert await counter.in_force() == 1
    assert len(await counter.town.house.registry.versions(DocumentKind.AGENCY, AGENCY)) == 2


async def test_two_versions_as_a_diff(counter: Counter):
    await counter.draft(counter.manifest.replace("concurrency: 4", "concurrency: 8"))
    answer = await counter.call("GET", f"{VERSIONS}/2/diff?against=1", "audit-office")
    lines = answer.json()["diff"].splitlines()
    assert [line[:30] for line in lines if line[0] in "+-"][2:] == [
        "-limits: {concurrency: 4, dead",
        "+limits: {concurrency: 8, dead",
    ]
    assert (await counter.call("GET", f"{VERSIONS}/2/diff?against=9", "paul")).status_code == 404


async def test_the_grant_sheet_lives_the_same_life_between_two_security_admins(counter: Counter):
    sheet = (await counter.call("GET", f"{SHEETS}/1", "sara")).json()["text"]
    narrowed = sheet.replace("consumer: registration", "consumer: somebody-else")
    drafted = (await counter.call("POST", SHEETS, "sara", text=narrowed)).json()["version"]
    seen = {"digest": drafted["digest"]}
    assert (await counter.call("POST", f"{SHEETS}/2/submission", "sara", **seen)).status_code == 200
    assert problem(await counter.call("POST", f"{SHEETS}/2/publication", "sara", **seen)) == (
        403,
        "second-person",
    )
    assert problem(await counter.call("POST", f"{SHEETS}/2/publication", "nora", **seen)) == (
        403,
        "not-granted",
    )
    assert (await counter.town.ask(kinds=["investment-filing"])).status_code == 200
    assert (await counter.call("POST", f"{SHEETS}/2/publication", "sven", **seen)).status_code == 200
    assert (await counter.town.ask(kinds=["investment-filing"])).status_code == 403
    await counter.call("POST", f"{SHEETS}/1/rollback", "sven", reason="误收授权")
    assert (await counter.town.ask(kinds=["investment-filing"])).status_code == 200


async def test_a_reason_names_no_person_by_number(counter: Counter):
    version = await counter.draft(counter.manifest + "# 改\n")
    refused = await counter.turn("submission", version, "nora", reason="11010519491231002X")
    assert refused.status_code == 400
    assert "11010519491231002X" not in refused.text


@pytest.mark.parametrize("author", ["li", "os:li", "person:li"])
@pytest.mark.parametrize("second", ["li", "os:li", "person:li"])
def test_one_name_is_one_person_wherever_it_comes_in(author: str, second: str):
    """At the terminal, over the API, at the console: nobody is a second pair of hands to themselves."""
    digest = "sha256:" + "0" * 64
    submitted = DocumentState.SUBMITTED
    seen = Document(DocumentKind.AGENCY, "mdj-hc", 2, digest, "", author, submitted, submitted_by=author)
    with pytest.raises(SecondPerson):
        check_second(seen, digest, second)
    check_second(seen, digest, "person:wang")
