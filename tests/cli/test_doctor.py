"""The doctor finds exactly what was broken, says how to mend it, and changes nothing by looking."""

import json
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.audit import Draft, EntryKind
from contracts.standins import Proposal, Verdict
from gateway import building
from gateway import doctor as examining
from gateway.cli.commands import app
from gateway.doctor import _file_system, examine
from gateway.settings import Settings
from tests.gateway.town import GRANTS, on_file, settings_in
from tests.postgres import Postgres
from tests.waiting import until

MANIFEST = """
agency: {agency}
title: {{zh: 测试部门, en: An office}}
sharing: {{class: conditional, approval: 测试}}
connection:
  protocol: rest
  base: "{base}"
  allow_private: {private}
  headers: {{X-Key: "secret:{agency}/app"}}
materials:
  - kind: investment-filing
    ask_by: [project_code]
    ask: {{path: /filings, query: {{xmdm: "{{project_code}}"}}}}
    decode: [json]
    none: {{at: length(rows), in: ["0"]}}
    rows: rows
    about: {{project_code: xmdm}}
    fields: {{project_code: {{at: xmdm, as: identifier, key: project_code}}}}
    fresh: {{for: 24h}}
"""


def manifest(agency: str = "office", base: str = "http://127.0.0.1:9", private: str = "true") -> str:
    return MANIFEST.format(agency=agency, base=base, private=private)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A sound installation with one agency, one secret, one object in its vault."""
    found = settings_in(tmp_path, on_file(tmp_path))
    (found.config / "agencies" / "office.yaml").write_text(manifest(), "utf-8")
    monkeypatch.setenv("LANDBRIDGE_HOME", str(found.home))
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(found.config))
    monkeypatch.setenv("LANDBRIDGE_LANG", "en")
    monkeypatch.setenv("LANDBRIDGE_DISK_RESERVE_MB", "0")
    monkeypatch.setenv("LANDBRIDGE_SECRET_OFFICE_APP", "office-secret-1")
    return found


@pytest.fixture
async def sound(settings: Settings) -> Settings:
    async with building.open_house(settings) as house:
        await house.log.append(Draft(kind=EntryKind.STARTED))
        await house.vault.put(b"evidence" * 100)
    return settings


async def troubles() -> dict[str, str]:
    found = [finding async for finding in examine()]
    return {each.name: each.trouble.en for each in found if each.trouble and each.trouble.zh}


def world_readable_key(settings: Settings, _: pytest.MonkeyPatch) -> None:
    (settings.home / "keys/vault").chmod(0o644)


def key_gone(settings: Settings, _: pytest.MonkeyPatch) -> None:
    (settings.home / "keys/answer").unlink()


def home_open(settings: Settings, _: pytest.MonkeyPatch) -> None:
    settings.home.chmod(0o777)


def secret_open(settings: Settings, _: pytest.MonkeyPatch) -> None:
    path = settings.home / "secrets/office/app"
    path.parent.mkdir(parents=True)
    path.write_text("x", "utf-8")
    path.chmod(0o644)


def secret_unset(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("LANDBRIDGE_SECRET_OFFICE_APP")


def no_room(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_DISK_RESERVE_MB", "999999999")


def no_public_url(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_HOST", "0.0.0.0")


def odd_public_url(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_PUBLIC_URL", "gateway.example?x=1")


def odd_setting(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_REDIS_URL", "http://:s3cr3t-v4lue@host")


def redis_gone(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_REDIS_URL", "redis://127.0.0.1:9")


def database_gone(settings: Settings, _: pytest.MonkeyPatch) -> None:
    (settings.home / "landbridge.sqlite").write_bytes(b"no database at all" * 400)


def guard_dropped(settings: Settings, _: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
        database.execute("DROP TRIGGER nodes_no_delete")


def behind(settings: Settings, _: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")


def head_edited(settings: Settings, _: pytest.MonkeyPatch) -> None:
    with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
        database.execute("DROP TRIGGER entries_blank_only")
        trigger = database.execute("SELECT 1").fetchone()
        assert trigger
        database.execute("UPDATE entries SET leaf = zeroblob(32) WHERE idx = (SELECT max(idx) FROM entries)")
        database.execute(
            "CREATE TRIGGER entries_blank_only BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'no'); END"
        )


def object_damaged(settings: Settings, _: pytest.MonkeyPatch) -> None:
    (path,) = (settings.home / "vault").glob("[0-9a-f][0-9a-f]/*")
    octets = path.read_bytes()
    path.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))


def clock_back(_: Settings, patch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    early = datetime(2020, 1, 1, tzinfo=UTC)
    opening = building.open_house
    patch.setattr(
        examining, "open_house", lambda settings, **words: opening(settings, lambda: early, **words)
    )


def files_part(settings: Settings, _: pytest.MonkeyPatch) -> None:
    path = settings.config / "agencies/office.yaml"
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")


def republish(settings: Settings, text: str) -> None:
    with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
        database.execute("UPDATE documents SET text = ?, version = 9 WHERE name = 'office'", (text,))


def manifest_broken(settings: Settings, _: pytest.MonkeyPatch) -> None:
    republish(settings, "agency: x")


def origin_refused(settings: Settings, _: pytest.MonkeyPatch) -> None:
    republish(settings, manifest(private="false"))


def few_files(_: Settings, patch: pytest.MonkeyPatch) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))


def shadowed(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(examining, "packages_distributions", lambda: {"gateway": ["landbridge", "stranger"]})


def misspelt(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_DATABSE_URL", "postgresql://landbridge:s3cr3t@db/landbridge")


def config_gone(settings: Settings, _: pytest.MonkeyPatch) -> None:
    settings.config.rename(settings.config.with_name("elsewhere"))


def thresholds_misspelt(settings: Settings, _: pytest.MonkeyPatch) -> None:
    (settings.config / "unusual.yaml").write_text("bursts: {ask: 7}", "utf-8")


def another_database(_: Settings, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("LANDBRIDGE_DATABASE_URL", "mysql://landbridge:s3cr3t@db/landbridge")


BREAKS: dict[str, tuple[str, str, Callable[[Settings, pytest.MonkeyPatch], None]]] = {
    "a key others can read": ("keys", "0600", world_readable_key),
    "a key that is gone": ("keys", "backup", key_gone),
    "an open home": ("home", "chmod", home_open),
    "a secret others can read": ("home", "chmod", secret_open),
    "a secret that is not set": ("secret:office/app", "not set", secret_unset),
    "a full disk": ("disk", "make room", no_room),
    "no public address": ("public_url", "PUBLIC_URL", no_public_url),
    "an odd public address": ("public_url", "http(s)://", odd_public_url),
    "an odd setting": ("settings", "LANDBRIDGE_REDIS_URL", odd_setting),
    "a misspelt setting": ("settings", "LANDBRIDGE_DATABSE_URL", misspelt),
    "no configuration": ("config-folder", "LANDBRIDGE_CONFIG", config_gone),
    "misspelt thresholds": ("unusual", "bursts.ask", thresholds_misspelt),
    "a database we do not know": ("database", "LANDBRIDGE_DATABASE_URL", another_database),
    "no Redis": ("redis", "REDIS_URL", redis_gone),
    "no database": ("database", "", database_gone),
    "a dropped trigger": ("database", "nodes_no_delete", guard_dropped),
    "waiting migrations": ("database", "restart", behind),
    "an edited entry": ("log", "audit verify", head_edited),
    "a damaged object": ("vault-sample", "Object", object_damaged),
    "a clock gone back": ("clock", "NTP", clock_back),
    "a changed file": ("config", "config diff", files_part),
    "a broken manifest": ("agencies", "adapter validate", manifest_broken),
    "an address not admitted": ("origin:office", "allow_private", origin_refused),
    "few open files": ("open-files", "LimitNOFILE", few_files),
    "another owner of our packages": ("packages", "environment of its own", shadowed),
}


@pytest.fixture
def files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_sound_house_has_no_troubles(sound: Settings):
    assert await troubles() == {}


ALONGSIDE = {"origin:office", "config"}
"""A version put into the record by hand differs from its file, too."""


@pytest.mark.parametrize(("name", "word", "harm"), BREAKS.values(), ids=list(BREAKS))
async def test_what_was_broken_is_found_and_nothing_else(sound, files, monkeypatch, name, word, harm):
    harm(sound, monkeypatch)
    found = await troubles()
    assert name in found
    assert word in found[name]
    assert set(found) - {name} <= ALONGSIDE
    assert "s3cr3t" not in str(found)
    assert "office-secret-1" not in str(found)


REPULL_GRANT = """
  - id: repulls
    consumer: repull
    purposes: [repull]
    valid: {from: 2026-01-01, until: 2099-12-31}
    approval: 测试
    kinds: {company-record: {}}
"""


@pytest.mark.parametrize(("grants", "staying"), [(GRANTS, True), (GRANTS + REPULL_GRANT, False)])
async def test_a_stand_in_that_nothing_gives_back(settings: Settings, grants: str, staying: bool):
    (settings.config / "grants.yaml").write_text(grants, "utf-8")
    async with building.open_house(settings) as house:
        paper = await house.vault.put(b"%PDF-1.7 a scan")
        order = Proposal(
            kind="company-record",
            fields={"name": "翰林演示置业有限公司"},
            reason="接口中断，按纸质材料录入",
            evidence=paper,
            evidence_name="执照.pdf",
            expires_at=building.utc_now() + timedelta(days=1),
        )
        made = await house.stand_ins.propose("2012-231005-04-01-735188", order, by="first")
        verdict = Verdict(content=made.content, decision="approve")
        await house.stand_ins.decide(made.id, verdict, by="second")
    told = (await troubles()).get("stand-ins", "")
    assert ("company-record" in told, "grants.yaml" in told) == (staying, staying)


async def test_a_drop_folder_anybody_may_write_to(sound: Settings):
    folder = sound.drops / "office" / "in"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    trouble = examining._drop(folder)
    assert trouble
    assert "chmod o-w" in trouble.en
    folder.chmod(0o770)
    assert examining._drop(folder) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_drop_folder_nobody_can_use(sound: Settings):
    folder = sound.drops / "office" / "in"
    folder.mkdir(parents=True)
    folder.chmod(0)
    trouble = examining._drop(folder)
    assert trouble
    assert "owner or mode" in trouble.en


MOUNTS = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:36 / {home} rw shared:2 - {kind} server:/export rw
"""


@pytest.mark.parametrize(
    ("kind", "sick"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("xfs", False)]
)
def test_sqlite_on_a_network_file_system(settings: Settings, tmp_path: Path, kind: str, sick: bool):
    place = tmp_path / "mounts"
    place.write_text(MOUNTS.format(home=settings.home, kind=kind), "utf-8")
    trouble = _file_system(settings, place)
    assert (trouble is not None) is sick
    if trouble:
        assert kind in trouble.en


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_command_ends_with_one_and_speaks_json(settings: Settings, monkeypatch):
    run("consumer", "list")
    well = run("doctor", "--json")
    assert well.exit_code == 0, well.output
    assert {each["ok"] for each in json.loads(well.stdout)} == {True}
    monkeypatch.delenv("LANDBRIDGE_SECRET_OFFICE_APP")
    sick = run("doctor", "--json")
    assert sick.exit_code == 1
    (trouble,) = [each for each in json.loads(sick.stdout) if not each["ok"]]
    assert trouble["name"] == "secret:office/app"
    assert {"zh", "en"} == set(trouble["trouble"])
    monkeypatch.setenv("LANDBRIDGE_LANG", "zh")
    assert "问题\tsecret:office/app\t未设置凭据" in run("doctor").stdout


def test_looking_migrates_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    run("consumer", "list")
    behind(settings, monkeypatch)
    run("doctor")
    with sqlite3.connect(settings.home / "landbridge.sqlite") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


@pytest.fixture(scope="module")
def careful() -> Iterator[Postgres]:
    """A PostgreSQL that syncs as it comes."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.mark.parametrize("lax", ["fsync", "full_page_writes", "synchronous_commit"])
async def test_a_server_that_does_not_sync(
    settings: Settings, careful: Postgres, monkeypatch: pytest.MonkeyPatch, lax: str
):
    careful.run(f"CREATE DATABASE {lax}")
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL", careful.url(lax))
    async with building.open_house(Settings()):
        pass
    assert "durability" not in await troubles()
    careful.run(f"ALTER SYSTEM SET {lax} = off")
    careful.run("SELECT pg_reload_conf()")
    await until(lambda: careful.run(f"SHOW {lax}") == [("off",)])
    assert lax in (await troubles())["durability"]
    careful.run(f"ALTER SYSTEM RESET {lax}")
    careful.run("SELECT pg_reload_conf()")


async def test_a_database_of_a_sound_server_that_does_not_sync(
    settings: Settings, careful: Postgres, monkeypatch: pytest.MonkeyPatch
):
    """Our own sessions do all the same: tests/crash cuts the power under such a database."""
    careful.run("CREATE DATABASE hasty")
    careful.run("ALTER DATABASE hasty SET synchronous_commit = off")
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL", careful.url("hasty"))
    async with building.open_house(Settings()):
        pass
    assert "synchronous_commit" in (await troubles())["durability"]
