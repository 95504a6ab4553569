"""Readiness turns red for exactly what was broken, says why in both languages, and turns green again."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contracts.audit import Draft, EntryKind
from contracts.errors import LogUnavailable
from gateway.store.tables import documents
from tests.conftest import Clock
from tests.gateway.town import ROOT, Town, on_file, open_town, settings_in

DRAFT = Draft(kind=EntryKind.STARTED)


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    settings = settings_in(tmp_path, on_file(tmp_path)).model_copy(update={"disk_reserve_mb": 0})
    async with open_town(settings, clock) as opened:
        yield opened


def raw(town: Town) -> sqlite3.Connection:
    return sqlite3.connect(town.house.settings.home / "landbridge.sqlite", isolation_level=None)


async def looked(town: Town) -> tuple[int, dict[str, Any]]:
    """The status, and the parts that are not ok; the process itself is alive all the while."""
    assert (await town.http.get("/health/live")).json() == {"status": "live"}
    answer = await town.http.get("/health/ready")
    page = answer.json()
    told = {name: part for name, part in page["parts"].items() if part != "ok"}
    word = {(200, False): "ready", (200, True): "degraded", (503, True): "not-ready"}
    assert page["status"] == word[answer.status_code, bool(told)]
    assert all(part["zh"] != part["en"] for part in told.values())
    return answer.status_code, told


async def test_a_sound_house_is_ready(town: Town):
    assert await looked(town) == (200, {})


def key_gone(town: Town) -> None:
    (town.house.settings.home / "keys/vault").unlink()


def vault_shut(town: Town) -> None:
    drafts = town.house.settings.home / "vault/drafts"
    shutil.rmtree(drafts)
    drafts.touch()


def clock_back(town: Town) -> None:
    town.clock.advance(-3600)


def migrations_wait(town: Town) -> None:
    raw(town).execute("UPDATE alembic_version SET version_num = '0001'").connection.close()


def guard_gone(town: Town) -> None:
    raw(town).execute("DROP TRIGGER nodes_no_update").connection.close()


def head_gone(town: Town) -> None:
    database = raw(town)
    database.execute("DROP TRIGGER checkpoints_no_delete")
    database.execute("DELETE FROM checkpoints WHERE size = (SELECT max(size) FROM checkpoints)")
    database.execute("CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT 1; END")
    database.close()


RED: dict[str, tuple[Callable[[Town], None], str, str]] = {
    "a key is gone": (key_gone, "keys", "keys/vault"),
    "the vault cannot be written": (vault_shut, "vault", "cannot be used"),
    "the clock went back": (clock_back, "clock", "NTP"),
    "migrations wait": (migrations_wait, "database", "restart"),
    "a trigger is gone": (guard_gone, "log", "nodes_no_update"),
    "the head does not fit": (head_gone, "log", "audit verify"),
}


@pytest.mark.parametrize(("harm", "part", "word"), RED.values(), ids=list(RED))
async def test_it_turns_red_with_a_reason(town: Town, harm, part, word):
    harm(town)
    status, told = await looked(town)
    assert status == 503
    assert list(told) == [part]
    assert told[part]["state"] == "out"
    assert word in told[part]["en"]


async def test_a_disk_nearly_full(tmp_path: Path, clock: Clock):
    settings = settings_in(tmp_path, on_file(tmp_path)).model_copy(update={"disk_reserve_mb": 1 << 40})
    async with open_town(settings, clock) as town:
        status, told = await looked(town)
        assert (status, list(told)) == (503, ["disk"])
        assert "make room" in told["disk"]["en"]


async def test_a_commit_that_failed_is_red_until_one_holds(town: Town):
    database = raw(town)
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
    )
    with pytest.raises(LogUnavailable):
        await town.house.log.append(DRAFT)
    database.execute("DROP TRIGGER full")
    database.close()
    status, told = await looked(town)
    assert (status, list(told)) == (503, ["log"])
    assert "disk is full" in told["log"]["en"]
    await town.house.log.append(DRAFT)
    assert await looked(town) == (200, {})


async def test_nobody_left_to_try_is_not_red_for_good(town: Town):
    database = raw(town)
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    with pytest.raises(LogUnavailable):
        await town.house.log.append(DRAFT)
    database.close()
    assert (await looked(town))[0] == 503
    town.clock.advance(31)
    assert await looked(town) == (200, {})


async def test_a_writer_that_cannot_get_its_lock(town: Town):
    database = raw(town)
    database.execute("BEGIN IMMEDIATE")
    status, told = await looked(town)
    assert (status, list(told)) == (503, ["log"])
    database.execute("ROLLBACK")
    database.close()
    assert await looked(town) == (200, {})


async def test_one_broken_manifest_of_two_degrades(tmp_path: Path, clock: Clock):
    settings = settings_in(tmp_path, on_file(tmp_path)).model_copy(update={"disk_reserve_mb": 0})
    for name in ("mdj-nr", "mdj-tax"):
        shutil.copy(ROOT / f"config/agencies/{name}.yaml", settings.config / f"agencies/{name}.yaml")
    async with open_town(settings, clock) as town:
        spoilt = update(documents).where(documents.c.name == "mdj-tax").values(text="agency: x", version=9)
        await town.house.database.write(lambda connection: connection.execute(spoilt))
        town.house.registry._published.changed()
        status, told = await looked(town)
        assert status == 200
        assert told["agencies"]["state"] == "degraded"
        assert "mdj-tax" in told["agencies"]["en"]
        assert "mdj-nr" not in told["agencies"]["en"]


async def test_a_redis_that_is_gone_degrades(tmp_path: Path, clock: Clock):
    settings = settings_in(tmp_path, on_file(tmp_path)).model_copy(
        update={"disk_reserve_mb": 0, "redis_url": "redis://127.0.0.1:9"}
    )
    async with open_town(settings, clock) as town:
        status, told = await looked(town)
        assert (status, list(told)) == (200, ["redis"])
        assert (told["redis"]["state"], "REDIS_URL" in told["redis"]["en"]) == ("degraded", True)
        assert (await town.ask()).status_code == 200
