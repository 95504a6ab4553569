"""The demo whole, as a newcomer runs it, and what it says when a claim does not hold."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo import city, control, nr
from demo.client import Client
from demo.control import Fault
from demo.run import run

ROOT = Path(__file__).parents[2]
STEPS = 9


@pytest.mark.parametrize(("lang", "step"), [("zh", r"^【(\d)】"), ("en", r"^\[(\d)\] ")])
def test_the_demo_tells_every_step_and_exits_0(lang, step, tmp_path):
    place = {"PATH": os.environ["PATH"], "LANDBRIDGE_LANG": lang, "COLUMNS": "100", "PYTHONUTF8": "1"}
    # What an installation on this machine has configured must not matter, and must not be touched.
    place |= {
        "LANDBRIDGE_HOME": str(tmp_path / "home"),
        "LANDBRIDGE_DATABASE_URL": "sqlite:////nowhere/x.sqlite",
    }
    told = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo"],
        cwd=ROOT,
        env=place,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (told.returncode, told.stderr) == (0, ""), told.stdout[-2000:]
    assert re.findall(step, told.stdout, re.MULTILINE) == [str(number) for number in range(1, STEPS + 1)]
    assert "agency-unavailable" in told.stdout
    assert not re.search("^✗", told.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []


class Told(list):
    """What was said, in English, and which dossiers were shown."""

    def say(self, _zh: str, en: str) -> None:
        self.append(en.strip())

    def show(self, _console, dossier, _lang) -> None:
        self.append(f"dossier of {dossier['project_code']}")


async def test_the_first_claim_that_does_not_hold_is_named_and_ends_the_story(monkeypatch, tmp_path):
    opened = []

    def wrong(projects, desk):
        desk.fault = Fault.OTHER_PROJECT
        opened.append(desk)
        return create(projects, desk)

    create = nr.create
    monkeypatch.setattr(nr, "create", wrong)
    told = Told()
    assert await run(told.say, told.show, tmp_path / "home") == 1
    assert told[-1].startswith("✗ Step 2 does not hold: 14 kinds came from six agencies")
    assert opened[0].asked


async def test_an_answer_that_cannot_be_proven_ends_the_story_too(monkeypatch, tmp_path):
    def bent(self, path: str) -> bytes:
        octets = get(self, path)
        return octets.replace(b"answered", b"anzwered") if path.startswith("/v1/log/entries/") else octets

    get = Client._get
    monkeypatch.setattr(Client, "_get", bent)
    told = Told()
    assert await run(told.say, told.show, tmp_path / "home") == 1
    assert told[-1].startswith("✗ Step 2 does not hold: The log entry does not match the leaf hash")


@pytest.mark.parametrize("fault", [None, Fault.SILENT])
async def test_everything_that_was_started_is_stopped(monkeypatch, tmp_path, fault):
    houses = []

    class Kept(control.House):
        def __init__(self, *given) -> None:
            super().__init__(*given)
            houses.append(self)

    monkeypatch.setattr(control, "House", Kept)
    monkeypatch.setattr(city, "House", Kept)
    async with city.open_city(tmp_path, tmp_path / "home") as opened:
        await opened.control.fault(city.NR, fault)
    assert len(houses) == 4  # three agencies and the gateway
    for house in houses:
        control.reserve(int(house.url.rpartition(":")[2])).close()
