"""What is asked and what comes of it: refusals, one material or all, keys, declarations, waves."""

from typing import Any

import pytest

from contracts.errors import AgencyUnavailable, EvidenceOffContract
from tests.gateway.town import CODE, DEVELOPER, Town, material, materials


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        ({"purpose": None}, 400, "ask-incomplete"),
        ({"case": None}, 400, "ask-incomplete"),
        ({"operator": None}, 400, "ask-incomplete"),
        ({"operator": "张三"}, 400, "ask-malformed"),
        ({"project_code": "张三家的房子"}, 400, "ask-malformed"),
        ({"kinds": []}, 400, "ask-malformed"),
        ({"kinds": ["nonsense"]}, 400, "ask-malformed"),
        ({"known": {"nonsense": "1"}}, 400, "ask-malformed"),
        ({"procedure": "nonsense"}, 400, "ask-malformed"),
        ({"declared": {"company-record": [{"name": "x"}]}}, 400, "ask-malformed"),
        ({"declared": {"land-right": [{"area_m2": 5}]}}, 400, "ask-malformed"),
        ({"purpose": "curiosity"}, 403, "not-granted"),
    ],
)
async def test_every_refusal_is_an_entry_and_no_agency_hears_of_it(
    town: Town, words: dict[str, Any], status: int, problem: str
):
    answer = await town.ask(**words)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:landbridge:problem:{problem}")
    (entry,) = await town.asks()
    assert (entry["kind"], entry["outcome"]["problem"]) == ("refused", problem)
    assert entry["consumer"] == "registration"
    assert town.land.heard + town.market.heard == []


async def test_the_short_form_refuses_with_an_entry_too(town: Town):
    for path in (
        f"/v1/projects/{CODE}/dossier",
        f"/v1/projects/{'9' * 80}/dossier?procedure=first-registration",
        f"/v1/projects/{CODE}/materials/nonsense",
        f"/v1/projects/{CODE}/materials/company-record?max_age=soon",
    ):
        answer = await town.get(path)
        assert answer.status_code in {400, 404}
        assert answer.headers["content-type"] == "application/problem+json"
    assert [entry["kind"] for entry in await town.asks()] == ["refused"] * 4


async def test_material_says_503_when_out_and_502_when_off_contract(town: Town):
    town.land.trouble = AgencyUnavailable()
    out = await town.get(f"/v1/projects/{CODE}/materials/investment-filing")
    assert (out.status_code, out.headers["retry-after"]) == (503, "30")
    town.land.trouble, town.land.unreadable = None, EvidenceOffContract()
    off = await town.get(f"/v1/projects/{CODE}/materials/investment-filing")
    assert off.status_code == 502
    assert [entry["kind"] for entry in await town.asks()] == ["asked", "answered"] * 2
    town.land.unreadable = None
    town.land.drawer.clear()
    none = await town.get(f"/v1/projects/{CODE}/materials/investment-filing")
    assert (none.status_code, materials(none)[0]["retrieval"]) == (200, "not_found")


async def test_a_key_that_opens_nothing_is_422_for_one_material_and_pending_in_a_dossier(town: Town):
    alone = await town.get(f"/v1/projects/{CODE}/materials/company-record")
    assert alone.status_code == 422
    whole = await town.ask(kinds=["company-record"])
    assert material(whole, "company-record")["error"]["type"] == "no-key"


async def test_a_part_of_the_kinds_is_never_the_whole(town: Town):
    answer = await town.ask(kinds=["investment-filing"])
    assert material(answer, "investment-filing")["retrieval"] == "received"
    assert answer.json()["requirements"] == []
    assert answer.json()["complete"] is False


async def test_declared_facts_come_back_as_the_consumers_word(town: Town):
    right = {"cert_no": "黑（2021）牡丹江市不动产权第0003127号", "area_m2": "42356.80"}
    answer = await town.ask(declared={"land-right": [right]})
    declared = material(answer, "land-right")
    assert (declared["retrieval"], declared["declared_by"]) == ("declared", "registration")
    assert "agency" not in declared


async def test_waves_what_one_material_teaches_opens_the_next_agency(town: Town):
    answer = await town.ask()
    assert town.market.heard == [f"company-record holder_uscc={DEVELOPER}"]
    key = material(answer, "company-record")["provenance"]["key"]
    assert key == {"name": "holder_uscc", "value": DEVELOPER, "confirmed": False}
