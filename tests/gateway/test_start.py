"""Several processes start at once on one home: one set of keys and of tables, each file imported once."""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.errors import LogUnavailable, SetupIncomplete
from gateway.audit.verify import verify_log
from gateway.building import open_house
from gateway.registry import DocumentKind
from tests.conftest import Clock
from tests.gateway.town import ROOT, open_town, settings_in
from tests.stores import only_postgres

STARTER = """
import asyncio, sys
from pathlib import Path
from contracts.errors import LogUnavailable, StoreUnavailable
from gateway.building import open_house
from gateway.settings import Settings

async def main():
    settings = Settings(home=Path(sys.argv[1]), config=Path(sys.argv[2]), database_url=sys.argv[3])
    print("here", flush=True)
    sys.stdin.readline()
    while True:  # refused by a crowded machine, it starts again, as its supervisor would
        try:
            async with open_house(settings) as house:
                print(house.log.verifier.vkey, flush=True)
                return
        except (LogUnavailable, StoreUnavailable):
            pass

asyncio.run(main())
"""
MANY = 4

pytestmark = pytest.mark.timeout(600)  # several processes, each with its own imports


async def test_one_set_of_keys_and_tables(tmp_path: Path, blank_url: str):
    settings = settings_in(tmp_path, blank_url)
    shutil.copy(ROOT / "config" / "agencies" / "mdj-nr.yaml", settings.config / "agencies")
    words = [str(settings.home), str(settings.config), blank_url]
    starters = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", STARTER, *words, cwd=ROOT, stdin=PIPE, stdout=PIPE
        )
        for _ in range(MANY)
    ]
    for starter in starters:
        assert starter.stdout
        assert await starter.stdout.readline() == b"here\n"
    said = [(await starter.communicate(b"go\n"))[0].decode().strip() for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * MANY
    async with open_house(settings) as house:
        assert said == [house.log.verifier.vkey] * MANY
        assert (await verify_log(house.log)).sound
        versions = [
            document.version for document in (await house.registry.current(DocumentKind.AGENCY)).values()
        ]
        assert versions == [1]
        lines = await house.log.lines(0, 1000)
    published = [json.loads(line.body)["subject"] for line in lines if line.body]
    assert {(subject["id"], subject["version"]) for subject in published} == {("grants", 1), ("mdj-nr", 1)}


@only_postgres
@pytest.mark.usefixtures("store_kind")
async def test_another_machines_keys_are_not_the_logs(tmp_path: Path, database_url: str):
    settings = settings_in(tmp_path, database_url)
    async with open_house(settings):
        pass
    other = settings.model_copy(update={"home": tmp_path / "other"})
    shutil.copytree(settings.home / "keys", other.home / "keys")
    async with open_house(other):
        pass
    (other.home / "keys" / "checkpoint").write_bytes(_pem())
    with pytest.raises(LogUnavailable) as caught:
        async with open_house(other):
            pass
    assert "another checkpoint key" in caught.value.detail.en
    assert "keys" in caught.value.detail.zh


@pytest.mark.parametrize(("looking", "prepared"), [(False, False), (True, False), (False, True)])
async def test_a_vault_whose_disk_is_not_mounted_is_not_made_anew(
    tmp_path: Path, database_url: str, clock: Clock, looking: bool, prepared: bool
):
    settings = settings_in(tmp_path, database_url)
    async with open_town(settings, clock) as town:
        await town.ask()
    place, away = settings.home / "vault", settings.home / "elsewhere"
    place.rename(away)
    place.mkdir()
    for _ in range(2):
        with pytest.raises(SetupIncomplete) as told:
            async with open_house(settings, looking=looking, prepared=prepared):
                pass
        assert ("mounted" in told.value.detail.en, "drafts" in told.value.todo.zh) == (True, True)
        assert list(place.iterdir()) == []
    place.rmdir()
    away.rename(place)
    async with open_house(settings, looking=looking, prepared=prepared) as house:
        assert (await house.vault.size()).objects


async def test_a_vault_that_is_lost_for_good_begins_anew_when_somebody_says_so(
    tmp_path: Path, database_url: str, clock: Clock
):
    settings = settings_in(tmp_path, database_url)
    async with open_town(settings, clock) as town:
        await town.ask()
    shutil.rmtree(settings.home / "vault")
    with pytest.raises(SetupIncomplete):
        async with open_house(settings):
            pass
    (settings.home / "vault" / "drafts").mkdir(parents=True)
    async with open_house(settings) as house:
        assert (await house.vault.size()).objects == 0


def _pem() -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
