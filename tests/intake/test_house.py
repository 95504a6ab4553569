"""The whole house: what was dropped stands in the dossier, and its drawings come out of the vault."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts.audit import Entry
from demo.drop import deliver_document, deliver_package
from gateway.building import open_house
from gateway.cli.dossier import ask_house
from gateway.rooms import Knock
from gateway.settings import Settings
from tests.intake.conftest import ROOT, SETTLE


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    (config / "agencies" / "mdj-nr.yaml").unlink()
    return Settings(home=tmp_path / "home", config=config, database_url=database_url)


async def asked(house: Any, project: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    words = {"project_code": project["project_code"], "procedure": "first-registration"}
    words |= {"case": "T-1", "purpose": "trial", "operator": "clerk"}
    answer = await ask_house(house, words)
    assert answer.status == 200
    found: dict[str, list[dict[str, Any]]] = {}
    for material in json.loads(answer.body)["materials"]:
        found.setdefault(material["kind"], []).append(material)
    return found


async def fetched(house: Any, attachment: str) -> bytes:
    from contracts.exchange import Reason

    reason = Reason(case="T-1", purpose="trial", operator="clerk")
    address = f"{house.base_url}/v1/attachments/{attachment}"
    knock = Knock(house.access.insider("cli"), "cli", "GET", address, lambda: reason)
    answer = await house.exchange.attachment(knock, attachment, lambda _: None)
    assert answer.status == 200
    return b"".join([piece async for piece in answer.stream])


async def kinds(house: Any) -> list[str]:
    lines = await house.log.lines(0, 1000)
    return [Entry.model_validate_json(line.body).kind.value for line in lines]


async def test_from_the_folder_into_the_dossier(settings, clock, projects):
    project = projects[0]
    async with open_house(settings, clock) as house:
        await house.intake.sweep(clock())  # the first look makes the folders
        before = await asked(house, project)
        assert before["survey-package"][0]["retrieval"] == "pending"
        assert before["survey-package"][0]["error"]["type"] == "not-delivered"
        deliver_package(settings.drops, project, late=("房屋平面图",))
        deliver_document(settings.drops, project)
        await house.intake.sweep(clock())
        clock.advance(SETTLE.total_seconds())
        assert (await house.intake.sweep(clock())).ingested == 2

        (package,) = (await asked(house, project))["survey-package"]
        assert package["retrieval"] == "received"
        states = {file["doc_type"]: file["state"] for file in package["attachments"]}
        assert states.pop("房屋平面图") == "absent"
        assert set(states.values()) == {"held"}

        deliver_package(settings.drops, project)
        await house.intake.sweep(clock())
        clock.advance(SETTLE.total_seconds())
        assert (await house.intake.sweep(clock())).ingested == 1
        (package,) = (await asked(house, project))["survey-package"]
        assert {file["state"] for file in package["attachments"]} == {"held"}
        for file in package["attachments"]:
            octets = await fetched(house, file["id"])
            assert (len(octets), hashlib.sha256(octets).hexdigest()) == (file["bytes"], file["sha256"])
        told = await kinds(house)
        assert told.count("ingested") == 3
        # Nobody outside heard a question: only answers, of which each is in the log.
        assert "asked" not in told
        assert told.count("answered") == 3 + len(package["attachments"])


async def test_a_restart_changes_nothing(settings, clock, projects):
    async with open_house(settings, clock) as house:
        deliver_package(settings.drops, projects[0])
        await house.intake.sweep(clock())
        clock.advance(SETTLE.total_seconds())
        await house.intake.sweep(clock())
        first = await asked(house, projects[0])
    async with open_house(settings, clock) as house:
        (then,), (now,) = first["survey-package"], (await asked(house, projects[0]))["survey-package"]
        for part in ("retrieval", "fields", "attachments"):
            assert now[part] == then[part]


async def test_the_application_sweeps_while_it_is_up(settings, projects):
    import asyncio

    from gateway.app import create

    hasty = settings.model_copy(update={"drop_seconds": 0.1})
    manifest = settings.config / "agencies" / "mdj-survey.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("settle: 10s", "settle: 1ms"), "utf-8")
    deliver_package(settings.drops, projects[0])
    app = create(hasty)
    async with app.router.lifespan_context(app), asyncio.timeout(20):
        while (await app.state.house.intake.standing("mdj-survey")).last_arrived is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
