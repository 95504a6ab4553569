"""Attachments: listed until fetched, then held; streamed, ranged, and told apart when they change."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts.audit import Draft, Recorded
from contracts.errors import AgencyUnavailable, Fault
from contracts.material import Material, digest_of
from gateway.attachments import Shelf
from tests.gateway.town import CODE, CONTRACT_FILE, ONE, Town, material


async def fetched(town: Town, attachment: str, **headers: str) -> tuple[int, bytes]:
    answer = await town.get(f"/v1/attachments/{attachment}", **headers)
    return answer.status_code, answer.content


async def test_listed_then_fetched_once_then_held(town: Town):
    attachment = await town.listed()
    assert await fetched(town, attachment) == (200, CONTRACT_FILE)
    assert await fetched(town, attachment) == (200, CONTRACT_FILE)
    assert town.land.heard.count("file 出让合同.pdf") == 1
    (shown,) = material(await town.ask(), "land-transfer-contract")["attachments"]
    assert shown["state"] == "held"
    assert "sha256:" + shown["sha256"] == digest_of(CONTRACT_FILE)
    first, second = [e for e in await town.asks() if e.get("evidence") == [digest_of(CONTRACT_FILE)]]
    assert "asked" in first
    assert "asked" not in second
    assert first["answer_digest"] == digest_of(CONTRACT_FILE)


async def test_headers_say_what_it_is(town: Town):
    answer = await town.get(f"/v1/attachments/{await town.listed()}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(CONTRACT_FILE))
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E5%87%BA%E8%AE%A9%E5%90%88%E5%90%8C.pdf"
    )
    assert "repr-digest" in answer.headers["signature-input"]


async def test_a_part_of_it(town: Town):
    attachment = await town.listed()
    answer = await town.get(f"/v1/attachments/{attachment}", range="bytes=5-14")
    assert (answer.status_code, answer.content) == (206, CONTRACT_FILE[5:15])
    assert answer.headers["content-range"] == f"bytes 5-14/{len(CONTRACT_FILE)}"
    assert "content-range" in answer.headers["signature-input"]
    assert (await town.asks())[-1]["outcome"]["status"] == 206


async def test_a_part_it_does_not_have(town: Town):
    attachment = await town.listed()
    answer = await town.get(f"/v1/attachments/{attachment}", range="bytes=99999-")
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTRACT_FILE)}"
    assert (await town.asks())[-1]["kind"] == "refused"


async def test_a_part_under_a_condition_we_cannot_know_is_the_whole(town: Town):
    attachment = await town.listed()
    answer = await town.get(f"/v1/attachments/{attachment}", range="bytes=5-14", if_range='"x"')
    assert (answer.status_code, answer.content) == (200, CONTRACT_FILE)


async def test_changed_at_the_agency_is_listed_anew(town: Town):
    attachment = await town.listed()
    await fetched(town, attachment)
    changed = CONTRACT_FILE + b"amended"
    town.land.drawer = [replace(each, files=dict.fromkeys(each.files, changed)) for each in town.land.drawer]
    (shown,) = material(await town.ask(max_age=0), "land-transfer-contract")["attachments"]
    assert (shown["id"], shown["state"]) == (attachment, "listed")
    assert await fetched(town, attachment) == (200, changed)


async def test_without_a_grant_for_files_403_and_nobody_is_asked(town: Town):
    attachment = await town.listed()
    heard = list(town.land.heard)
    answer = await town.get(f"/v1/attachments/{attachment}", "hall")
    assert answer.status_code == 403
    assert town.land.heard == heard
    assert (await town.asks())[-1]["outcome"]["problem"] == "not-granted"


@pytest.mark.parametrize("attachment", ["att-nothing", "x" * 500, "..%2F..%2Fkeys%2Fvault"])
async def test_unknown_is_404_and_an_entry(town: Town, attachment: str):
    answer = await town.get(f"/v1/attachments/{attachment}")
    assert answer.status_code == 404
    if "%2F" not in attachment:
        assert [entry["kind"] for entry in await town.asks()] == ["refused"]


async def test_an_agency_failing_half_way_leaves_nothing_held_and_an_entry(town: Town):
    attachment = await town.listed()
    town.land.half = AgencyUnavailable(Fault.RESET)
    assert (await fetched(town, attachment))[0] == 503
    asked, closing = (await town.asks())[-2:]
    assert (closing["asked"], closing["outcome"]["problem"]) == (asked["index"], "agency-unavailable")
    assert not await town.house.vault.has(digest_of(CONTRACT_FILE))
    (shown,) = material(await town.ask(), "land-transfer-contract")["attachments"]
    assert shown["state"] == "listed"
    town.land.half = None
    assert await fetched(town, attachment) == (200, CONTRACT_FILE)


async def test_a_file_cut_short_is_not_held(town: Town):
    """The listing said how long it is; the connection simply ended sooner."""
    attachment = await town.listed()
    town.land.drawer = [
        replace(each, files=dict.fromkeys(each.files, CONTRACT_FILE[:-1])) for each in town.land.drawer
    ]
    assert (await fetched(town, attachment))[0] == 503
    (shown,) = material(await town.ask(), "land-transfer-contract")["attachments"]
    assert shown["state"] == "listed"


async def test_a_file_over_the_limit_is_not_held_and_the_agency_is_let_go(town: Town):
    attachment = await town.listed()
    left: list[bool] = []
    gone_when_recorded: list[bool] = []
    fetch, record = town.land.fetch, town.rooms.record

    async def recorded(draft: Draft) -> Recorded:
        gone_when_recorded.append(bool(left))
        return await record(draft)

    async def watched(*args: object):
        stream = fetch(*args)  # type: ignore[arg-type]
        try:
            async for octets in stream:
                yield octets
        finally:
            left.append(True)

    town.land.fetch = watched  # type: ignore[method-assign, assignment]
    town.change(attachment_limit=10, record=recorded)
    assert (await fetched(town, attachment))[0] == 502
    assert gone_when_recorded == [False, True]  # `asked`, and the end
    assert (await town.asks())[-1]["outcome"]["problem"] == "evidence-off-contract"


async def test_a_media_type_that_is_none_is_not_passed_on(town: Town):
    from gateway.attachments import Shelved

    found = await town.house.shelf.find(await town.listed())
    odd = Shelved(replace(found.locator, media_type="text/html\r\nset-cookie: a=b"), None, None)
    assert odd.headers(1, None)["content-type"] == "application/octet-stream"


async def test_the_files_entry_is_kept_as_long_as_its_kind_asks(town: Town):
    await fetched(town, await town.listed())
    assert (await town.asks())[-1]["personal"] is True


async def test_a_listing_survives_a_restart(town: Town):
    attachment = await town.listed()
    await fetched(town, attachment)
    found = await Shelf(town.house.database, town.clock).find(attachment)
    assert found.held is not None
    assert found.held.digest == digest_of(CONTRACT_FILE)


async def on_the_shelf(town: Town, attachment: str) -> str | None:
    """Whose the shelf says it is."""
    return (await town.house.shelf.find(attachment)).project


@pytest.mark.parametrize("remembering", [True, False])
async def test_a_file_listed_before_its_project_was_known_becomes_the_projects(town: Town, remembering: bool):
    """By a later ask that knows the code, also where this process never listed it."""
    nameless = replace(town.land.drawer[1], fields=dict(town.land.drawer[1].fields))
    code = nameless.fields.pop("project_code")
    town.land.drawer[1] = nameless
    ask: dict[str, Any] = {
        "project_code": None,
        "known": {"project_name": ONE.name},
        "kinds": ["land-transfer-contract"],
    }
    (file,) = material(await town.ask(**ask), "land-transfer-contract")["attachments"]
    assert await on_the_shelf(town, file["id"]) is None
    if not remembering:
        town.change(shelf=Shelf(town.house.database, town.clock))
    await town.ask(kinds=["land-transfer-contract"])
    assert await on_the_shelf(town, file["id"]) == CODE
    assert (await fetched(town, file["id"]))[0] == 200
    assert (await town.asks())[-1]["project"] == CODE
    nameless.fields["project_code"] = code


async def test_a_file_of_the_material_that_names_the_project_is_the_projects(town: Town):
    ask: dict[str, Any] = {
        "project_code": None,
        "known": {"project_name": ONE.name},
        "kinds": ["land-transfer-contract"],
    }
    answer = await town.ask(**ask)
    assert answer.json()["project_code"] == CODE
    (file,) = material(answer, "land-transfer-contract")["attachments"]
    assert await on_the_shelf(town, file["id"]) == CODE


async def test_a_file_is_its_first_projects_for_good(town: Town):
    attachment = await town.listed()
    materials = [
        Material.model_validate_json(json.dumps(one)) for one in (await town.ask()).json()["materials"]
    ]
    await Shelf(town.house.database, town.clock).belong("2018-231003-70-03-066127", materials)
    assert await on_the_shelf(town, attachment) == CODE
