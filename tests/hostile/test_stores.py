"""What one database takes and the other does not is refused, or left out, before either sees it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.material import Attachment
from gateway.aliases import NORM_LENGTH
from tests.conftest import Clock
from tests.gateway.town import CODE, Town, material, open_town, settings_in

LIGATURE = "\ufdfa"
"""One character that normalising makes eighteen of (Unicode NFKC)."""


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, database_url), clock) as opened:
        yield opened


@pytest.mark.parametrize(
    "changes",
    [
        {"known": {"project_name": "翰林\0示例城"}},
        {"known": {"project_name": ["翰林示例城", "\0"]}},
        {"known": {"project_name\0": "x"}},
        {"declared": {"company-record": [{"holder_name": "\0"}]}},
        {"scope": {"buildings": ["1\0"]}},
    ],
)
async def test_a_nul_in_an_ask_is_the_askers_mistake_and_no_outage(town: Town, changes: dict[str, Any]):
    answer = await town.ask(**changes)
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (400, "ask-malformed")
    assert town.land.heard == []


@pytest.mark.parametrize("path", ["/v1/attachments/att-%00", f"/v1/log/search?project={CODE}%00", "/%00"])
async def test_nor_in_an_address(town: Town, path: str):
    for who in ("registration", "audit-office"):
        assert (await town.get(path, who)).status_code == 400


async def test_a_name_that_normalising_makes_endless_fails_no_ask(town: Town):
    long = LIGATURE * 100
    answer = await town.ask(known={"project_name": [long, "翰林示例城"]})
    assert answer.status_code == 200
    (filing,) = [each for each in town.land.drawer if each.kind == "investment-filing"]
    town.land.drawer[town.land.drawer.index(filing)] = replace(
        filing, fields=filing.fields | {"project_name": long * 10}
    )
    answer = await town.ask(max_age=0)
    assert answer.status_code == 200
    assert material(answer, "investment-filing")["retrieval"] == "received"
    names = [alias.norm for alias in await town.house.aliases.listed(CODE)]
    assert names
    assert max(map(len, names)) <= NORM_LENGTH


@pytest.mark.parametrize(
    "facts", [{"bytes": 2**63}, {"bytes": -1}, {"media_type": "x" * 201}, {"name": "图" * 501}]
)
def test_what_an_agency_says_of_a_file_has_bounds(facts: dict[str, Any]):
    with pytest.raises(ValidationError):
        Attachment(**{"id": "att-1", "name": "图.pdf"} | facts)


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 2**80, "1e3", "٣"])
async def test_a_version_that_no_store_can_count_is_no_version(town: Town, number: Any):
    await town.enrol("system-admin")
    for path in ("/v1/agencies/mdj-nr/versions", "/v1/grants/versions"):
        for rest in (f"/{number}", f"/1/diff?against={number}"):
            assert (await town.get(f"{path}{rest}", "system-admin")).status_code in {400, 404}
