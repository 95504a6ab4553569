"""Several keys for one kind: every permit opens its own documents, and "none" is believed last."""

import shutil

import httpx2
import pytest
from sqlalchemy import update

from contracts.errors import AgencyUnavailable, Fault, ManifestInvalid
from gateway.registry import DocumentState
from gateway.store.tables import documents
from tests.conftest import Clock
from tests.gateway.offices import Record
from tests.gateway.town import ROOT, Town, material, materials, open_town, settings_in

PERMIT = "land-use-planning-permit"
NUMBERS = ("地字第231005202100003号", "地字第231005202100004号")


def permits(town: Town, *by: str) -> None:
    """Two permits in the land office, each found by its own number, or by what `by` names."""
    town.land.ask_by[PERMIT] = by
    town.land.drawer += [
        Record(PERMIT, {"land_permit_no": number, "project_name": "甲名"}, {"permit_no": number})
        for number in NUMBERS
    ]


async def test_every_permit_number_opens_its_own_document(town: Town):
    permits(town, "land_permit_no")
    answer = await town.ask(kinds=[PERMIT], known={"land_permit_no": list(NUMBERS)})
    assert [each["fields"]["permit_no"] for each in materials(answer)] == list(NUMBERS)
    assert sorted(town.land.heard) == [f"{PERMIT} land_permit_no={number}" for number in NUMBERS]
    again = await town.ask(kinds=[PERMIT], known={"land_permit_no": list(NUMBERS)})
    assert len(materials(again)) == 2
    assert len(town.land.heard) == 2


async def test_one_document_reached_by_two_keys_is_one_material(town: Town):
    permits(town, "land_permit_no", "project_name")
    town.land.drawer = [each for each in town.land.drawer if each.kind == PERMIT][:1] * 2
    answer = await town.ask(kinds=[PERMIT], known={"land_permit_no": NUMBERS[0]})
    assert material(answer, PERMIT)["retrieval"] == "received"


async def test_none_under_one_name_is_asked_again_under_the_others(town: Town):
    permits(town, "project_name", "land_permit_no")
    known = {"project_name": ["乙名", "甲名"], "land_permit_no": NUMBERS[0]}
    answer = await town.ask(kinds=[PERMIT], known=known)
    assert len(materials(answer)) == 2
    assert town.land.heard == [f"{PERMIT} project_name=乙名", f"{PERMIT} project_name=甲名"]
    assert {each["provenance"]["key"]["value"] for each in materials(answer)} == {"甲名"}


async def test_none_is_said_once_and_kept_when_every_name_was_tried(town: Town):
    permits(town, "project_name")
    known = {"project_name": ["乙名", "丙名"]}
    for _ in range(2):
        assert material(await town.ask(kinds=[PERMIT], known=known), PERMIT)["retrieval"] == "not_found"
    assert len(town.land.heard) == 2
    found = await town.ask(kinds=[PERMIT], known={"project_name": ["乙名", "丙名", "甲名"]})
    assert len(materials(found)) == 2


async def test_an_agency_that_fails_under_the_second_name_has_not_said_none(town: Town):
    permits(town, "project_name")
    pull = town.land.pull

    async def out_for_the_second(grant, keys, deadline):
        evidence = await pull(grant, keys, deadline)
        if keys["project_name"][0].value == "丙名":
            raise AgencyUnavailable(Fault.SILENT)
        return evidence

    town.land.pull = out_for_the_second  # type: ignore[method-assign]
    answer = await town.ask(kinds=[PERMIT], known={"project_name": ["乙名", "丙名"]})
    assert material(answer, PERMIT)["retrieval"] == "unavailable"


async def test_what_the_asker_calls_the_project_comes_before_what_others_call_it(town: Town):
    """An investment filing's title often is no other agency's name for the project."""
    await town.ask()
    town.land.heard.clear()
    town.land.ask_by["land-transfer-contract"] = ("project_name",)
    await town.ask(kinds=["land-transfer-contract"], max_age=0)
    assert town.land.heard == ["land-transfer-contract project_name=翰林示例城"]


@pytest.mark.parametrize(
    ("method", "path", "status", "problem"),
    [("GET", "/v1/nowhere", 404, "not-found"), ("DELETE", "/v1/dossiers", 405, "method-not-allowed")],
)
async def test_an_address_or_method_that_is_none_is_a_problem_like_any(
    town: Town, method, path, status, problem
):
    answer = await town.http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(problem)


async def test_a_manifest_in_another_agencys_file_is_refused(tmp_path, clock: Clock, database_url):
    settings = settings_in(tmp_path, database_url)
    shutil.copy(ROOT / "config/agencies/mdj-nr.yaml", settings.config / "agencies/mdj-hc.yaml")
    with pytest.raises(ManifestInvalid, match=r"mdj-nr\.yaml"):
        async with open_town(settings, clock):
            raise AssertionError("opened")


async def test_a_stored_manifest_that_cannot_be_read_any_more_leaves_the_others_alone(
    tmp_path, clock: Clock, database_url
):
    settings = settings_in(tmp_path, database_url)
    shutil.copy(ROOT / "config/agencies/mdj-nr.yaml", settings.config / "agencies/mdj-nr.yaml")
    async with open_town(settings, clock) as town:
        agencies = town.house.agencies
        assert [adapter.agency for adapter in await agencies.all()] == ["mdj-nr"]
        spoilt = update(documents).where(
            documents.c.name == "mdj-nr", documents.c.state == DocumentState.PUBLISHED
        )
        await town.house.database.write(
            lambda connection: connection.execute(spoilt.values(text="agency: x", version=9))
        )
        town.house.registry._published.changed()
        assert await agencies.all() == ()
        ready = await town.http.get("/health/ready")
        assert ready.status_code == 503
        assert isinstance(ready.json()["parts"]["agencies"], dict)
        answer: httpx2.Response = await town.ask()
        assert answer.status_code == 200
