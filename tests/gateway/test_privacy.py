"""No person's number, no name, no secret reaches an entry or a log record, wherever an ask carries it."""

import logging
from typing import Any

import pytest

from adapters.base import Key
from contracts.exchange import Scope
from gateway.trail import loggable, loggable_scope
from tests.gateway.offices import Record
from tests.gateway.town import CODE, DEVELOPER, Town, material

PERSON = "230102199003070314"
NAME = "买受人张三丰"

ASKS: list[dict[str, Any]] = [
    {"operator": PERSON},
    {"case": PERSON},
    {"purpose": PERSON},
    {"operator": NAME},
    {"case": NAME},
    {"project_code": NAME},
    {"project_code": PERSON},
    {"project_code": f"{CODE} {NAME}"},
    {"known": {"holder_name": PERSON}},
    {"known": {"holder_uscc": PERSON}},
    {"known": {"engineering_code": PERSON}},
    {"known": {"project_name": f"{NAME}{PERSON}"}},
    {"known": {"holder_name": NAME}},
    {"known": {"engineering_code": NAME}},
    {"known": {"land_permit_no": f"{NAME}0451-88888888"}, "kinds": ["land-use-planning-permit"]},
    {"known": {NAME: "x"}},
    {"scope": {"buildings": [f"{NAME}家", "1"]}},
    {"scope": {"buildings": [f"1号楼（{NAME}）"]}},
    {"scope": {"units": [PERSON]}},
    {"scope": {"units": [NAME]}},
    {"scope": {"permits": [f"{NAME}第12345号"]}},
    {"procedure": NAME},
    {"kinds": [NAME]},
    {NAME: PERSON},
    {"declared": {"land-right": [{"cert_no": NAME, "parcel_code": PERSON}]}},
    {"declared": {"land-right": [{NAME: PERSON}]}},
    {"declared": {"application": [{"agent_name": NAME, "agent_id_no": PERSON}]}},
]


@pytest.mark.parametrize("words", ASKS, ids=range(len(ASKS)))
async def test_personal_values_in_wrong_places_reach_no_entry_and_no_record(
    town: Town, words: dict[str, Any], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    answer = await town.ask(**words)
    assert answer.status_code in {200, 400}
    assert len(await town.asks()) >= 1
    written = str(await town.entries()) + caplog.text
    assert PERSON not in written
    assert NAME not in written


@pytest.mark.parametrize(
    "path", [f"/v1/projects/{NAME}/dossier", f"/v1/projects/{PERSON}/materials/company-record"]
)
async def test_nor_from_the_address(town: Town, path: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.CRITICAL, "httpx2")  # the asker's own client
    caplog.set_level(logging.DEBUG)  # last: what it catches is by the last level it was told
    answer = await town.get(f"{path}?procedure=first-registration")
    assert answer.status_code == 400
    written = str(await town.entries()) + caplog.text
    assert PERSON not in written
    assert NAME not in written


async def test_nor_from_an_agencys_reply(town: Town, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    fields = {"contract_no": f"{NAME}-{PERSON}", "supervision_no": PERSON, "contact_name": NAME}
    town.land.drawer = [Record("land-transfer-contract", {"project_name": "翰林示例城"}, fields)]
    answer = await town.ask(kinds=["land-transfer-contract"])
    assert material(answer, "land-transfer-contract")["retrieval"] == "received"
    written = str(await town.entries()) + caplog.text
    assert PERSON not in written
    assert NAME not in written


async def test_no_key_of_any_consumer_reaches_an_entry_or_a_record(
    town: Town, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    town.land.trouble = RuntimeError(town.keys["registration"])
    await town.ask()
    await town.http.get("/v1/catalogue", headers={"authorization": town.keys["registration"]})
    await town.http.get("/v1/catalogue", headers={"authorization": f"Bearer {town.keys['registration']}x"})
    written = str(await town.entries()) + caplog.text + repr(town.house)
    for key in town.keys.values():
        assert key.split("_", 2)[2] not in written


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("project_code", CODE, f"project_code={CODE}"),
        ("holder_uscc", DEVELOPER, f"holder_uscc={DEVELOPER}"),
        ("supervision_no", "2310052020B00786", "supervision_no=2310052020B00786"),
        ("engineering_code", f"{CODE}-001", f"engineering_code={CODE}-001"),
        ("engineering_code", NAME, "engineering_code"),
        ("engineering_code", PERSON, "engineering_code"),
        ("holder_uscc", PERSON, "holder_uscc"),
        ("construction_permit_no", PERSON, "construction_permit_no"),
        ("land_permit_no", f"{NAME}13900001111号", "land_permit_no"),
        ("project_name", "翰林示例城", "project_name"),
        ("holder_name", NAME, "holder_name"),
        ("contract_no", "CR-1", "contract_no"),
    ],
)
def test_a_key_is_written_out_only_where_a_grammar_vouches(name: str, value: str, shown: str):
    assert loggable(Key(name, value, confirmed=False)) == shown


def test_a_scope_is_written_out_as_far_as_it_is_numbers():
    scope = Scope(
        buildings=("1", "0002", f"S1号楼（{NAME}）", NAME),
        permits=("建字第231005202100017号", f"{NAME}第12345号"),
        units=("231005003008GB00021F00010001", NAME),
    )
    assert loggable_scope(scope) == {
        "buildings": ["1", "2", "S1"],
        "permits": ["建字第231005202100017号"],
        "units": ["231005003008GB00021F00010001"],
        "others": 3,
    }
