"""A backup is whole or says what is not; what is restored is what was there, or nothing is."""

import asyncio
import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from contracts.errors import LogUnavailable, SetupIncomplete
from gateway.audit.verify import verify_log
from gateway.backup import Findings, Sums, create, making, prove, restore
from gateway.backup.folder import SUMS, files_of
from gateway.building import open_house
from gateway.cli.backup import restored_settings
from gateway.house import House
from gateway.keys import KeyRing
from gateway.store.tables import metadata, vault_columns
from tests.backup.conftest import PAPER, PASSPHRASE, back_up, verified
from tests.conftest import Clock
from tests.gateway.town import CONTRACT_FILE, Town, open_town
from tests.stores import KINDS, only_sqlite


async def proven(folder: Path, clock: Clock, passphrase: str | None = PASSPHRASE) -> Findings:
    return await asyncio.to_thread(prove, folder, clock, passphrase)


def said(findings: Findings) -> str:
    return " ".join(sentence.en for sentence in findings.sentences())


def an_object(folder: Path) -> Path:
    return max((folder / "vault").glob("??/*"), key=lambda path: path.stat().st_size)


PARTS: dict[str, Callable[[Path], Path]] = {
    "the manifest": lambda folder: folder / "manifest.json",
    "the digests": lambda folder: folder / "SHA256SUMS",
    "the log": lambda folder: folder / "tables/entries.jsonl.gz",
    "the nodes": lambda folder: folder / "tables/nodes.jsonl.gz",
    "the consumers": lambda folder: folder / "tables/consumers.jsonl.gz",
    "an object": an_object,
    "the keys": lambda folder: folder / "private.sealed",
    "the grants": lambda folder: folder / "config/grants.yaml",
}


async def test_a_backup_is_whole(folder: Path, clock: Clock):
    findings = await proven(folder, clock)
    assert findings.sound, said(findings)
    assert "whole" in said(findings)
    assert set(findings.manifest.tables) >= {"entries", "nodes", "checkpoints", "consumers", "documents"}
    assert findings.manifest.objects >= 4


@only_sqlite
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
async def test_a_flipped_byte_in_any_part_is_found(folder: Path, clock: Clock, part):
    path = part(folder)
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2] ^= 1
    path.write_bytes(octets)
    try:
        assert not (await proven(folder, clock)).sound
    except SetupIncomplete as refused:
        assert "manifest" in refused.detail.en  # noqa: PT017  either is right for the manifest's own octets
    with pytest.raises(SetupIncomplete):
        restore(folder, folder.parent / "new", None, PASSPHRASE)
    assert not (folder.parent / "new").exists()


def sum_up(folder: Path) -> None:
    """What whoever can write to the backup would do after changing it."""
    sums = Sums()
    for name in list(files_of(folder)):
        if name != SUMS:
            path = folder / name
            octets = path.read_bytes()
            path.unlink()
            sums.keep(folder, name, iter([octets]))
    (folder / SUMS).write_bytes(sums.written_out())


def edit_rows(folder: Path, table: str, edit: Callable[[dict], dict | None]) -> None:
    path = folder / "tables" / f"{table}.jsonl.gz"
    with gzip.open(path) as lines:
        rows = [edit(json.loads(line)) for line in lines]
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows if row).encode()))


def an_entry_changed(folder: Path) -> None:
    other = None

    def edit(row: dict) -> dict:
        nonlocal other
        other, row["body"] = row["body"], other or row["body"]
        return row

    edit_rows(folder, "entries", edit)


def an_object_gone(folder: Path) -> None:
    an_object(folder).unlink()


def an_object_of_others(folder: Path) -> None:
    path = an_object(folder)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")


def consumers_added(folder: Path) -> None:
    path = folder / "tables/consumers.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode()
    more = json.dumps(json.loads(lines.splitlines()[0]) | {"id": "intruder"}) + "\n"
    path.write_bytes(gzip.compress((lines + more).encode()))


def a_table_of_no_kind(folder: Path) -> None:
    (folder / "tables/strangers.jsonl.gz").write_bytes(gzip.compress(b"{}\n"))


DEEPER = {
    "does not match its leaf": an_entry_changed,
    "not in the vault": an_object_gone,
    "Object sha256": an_object_of_others,
    "consumers has": consumers_added,
    "strangers": a_table_of_no_kind,
}


@only_sqlite
@pytest.mark.parametrize(("word", "change"), DEEPER.items(), ids=list(DEEPER))
async def test_digests_made_to_fit_do_not_help(folder: Path, clock: Clock, word, change):
    change(folder)
    sum_up(folder)
    findings = await proven(folder, clock)
    assert not findings.sound
    assert word in said(findings) or word.lower() in said(findings).lower(), said(findings)


@only_sqlite
async def test_keys_of_another_house_are_found(town: Town, tmp_path: Path, clock: Clock):
    folder = await back_up(town, tmp_path / "plain", passphrase=None)
    KeyRing.open(tmp_path / "other", create=True)
    shutil.rmtree(folder / "private/keys")
    shutil.copytree(tmp_path / "other/keys", folder / "private/keys")
    sum_up(folder)
    findings = await proven(folder, clock, None)
    assert "not the one of this log" in said(findings)


@only_sqlite
async def test_a_key_that_is_missing_is_named(town: Town, tmp_path: Path, clock: Clock):
    folder = await back_up(town, tmp_path / "plain", passphrase=None)
    assert (folder / "private/keys/vault").stat().st_mode & 0o777 == 0o600
    (folder / "private/keys/vault").unlink()
    sum_up(folder)
    assert "keys/vault" in said(await proven(folder, clock, None))


async def test_an_ask_between_the_tables_and_the_vault_is_no_harm(
    town: Town, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Whichever of the two is copied first, agencies answer before the other is."""
    loop, done = asyncio.get_running_loop(), []

    def then_an_ask(step: Callable) -> Callable:
        def stepped(*words):
            result = step(*words)
            done.append(step)
            if len(done) == 1:
                clock.advance(1)
                asked = asyncio.run_coroutine_threadsafe(town.ask(max_age=0), loop).result(30)
                assert asked.status_code == 200
            return result

        return stepped

    rows, objects = making._rows, making.copy_objects
    monkeypatch.setattr(making, "_rows", then_an_ask(rows))
    monkeypatch.setattr(making, "copy_objects", then_an_ask(objects))
    findings = await proven(await back_up(town, tmp_path / "busy"), clock)
    assert len(done) == 2
    assert findings.sound, said(findings)


@only_sqlite
async def test_sealed_keys_stay_shut_without_their_passphrase(folder: Path, clock: Clock, town: Town):
    unopened = await proven(folder, clock, None)
    assert unopened.sound
    assert "were not opened" in said(unopened)
    assert "passphrase" in said(await proven(folder, clock, "wrong"))
    with pytest.raises(SetupIncomplete):
        restore(folder, folder.parent / "new", None, "wrong")
    octets = b"".join((folder / name).read_bytes() for name in files_of(folder))
    for name in ("vault", "cache"):
        assert (town.house.settings.home / "keys" / name).read_bytes().strip() not in octets
    assert b"an agency's secret" not in octets


async def test_the_entry_comes_first_and_without_it_there_is_no_backup(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await back_up(town, tmp_path / "one")
    last = (await town.entries())[-1]
    assert (last["kind"], last["operator"], last["subject"]["note"]) == ("backed-up", "os:test", "sealed")

    async def out(draft):
        raise LogUnavailable

    monkeypatch.setattr(type(town.house.log), "append", lambda _self, draft: out(draft))
    with pytest.raises(LogUnavailable):
        await create(town.house, tmp_path / "two", "os:test", PASSPHRASE, "0.1.0")
    assert [name for name in files_of(tmp_path) if "two" in name] == []


@only_sqlite
async def test_a_folder_that_is_there_is_never_written_to(folder: Path, town: Town):
    before = {name: (folder / name).read_bytes() for name in files_of(folder)}
    with pytest.raises(SetupIncomplete):
        await back_up(town, folder)
    assert {name: (folder / name).read_bytes() for name in files_of(folder)} == before


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a copy goes, whatever it was taken from: into a file of the new home, or to a server."""
    if request.param == "sqlite":
        yield None
        return
    with request.getfixturevalue("cluster").database("blank") as url:
        yield url


async def test_what_is_restored_is_what_was_there(
    folder: Path, town: Town, clock: Clock, empty: str | None, tmp_path: Path
):
    wanted, home = await town.entries(), folder.parent / "new"
    manifest = await asyncio.to_thread(restore, folder, home, empty, PASSPHRASE)
    assert manifest.log.size == len(wanted)
    assert (home / "secrets/demo-land/app").read_text("utf-8") == "an agency's secret"
    assert (home / "keys/vault").stat().st_mode & 0o077 == 0
    settings = restored_settings(home, empty)
    leaves = await verified(settings, tmp_path / "export")
    assert len(leaves) == len(wanted)
    async with open_house(settings, clock) as house:
        assert (await verify_log(house.log, older=manifest.log.checkpoint)).sound
        lines = await house.log.lines(0, len(wanted))
        assert [json.loads(line.body or b"") for line in lines] == wanted
        held = [await house.vault.get(f"sha256:{path.parent.name}{path.name}") for path in _objects(home)]
        assert CONTRACT_FILE in held
        assert len(held) == manifest.objects
        assert await house.access.listed() == await town.house.access.listed()
        assert await rows_of(house) == await rows_of(town.house)
    async with open_town(settings, clock) as again:
        assert (await again.ask(max_age=0)).status_code == 200


async def rows_of(house: House) -> dict[str, list[Any]]:
    """Every row of every table that a start leaves alone."""
    tables = [table for table in metadata.sorted_tables if table.name not in {"consumers", "consumer_keys"}]

    def read(connection: Connection) -> dict[str, list[Any]]:
        ordered = {table.name: select(table).order_by(*table.primary_key.columns) for table in tables}
        return {name: list(map(tuple, connection.execute(rows))) for name, rows in ordered.items()}

    return await house.database.read(read)


@only_sqlite
async def test_no_object_is_missing_unnoticed(town: Town, tmp_path: Path, clock: Clock):
    """Whatever the vault holds, something names it, and a backup without it is not whole."""
    folder = await back_up(town, tmp_path / "plain", passphrase=None)
    for path in _objects(folder):
        octets = path.read_bytes()
        path.unlink()
        sum_up(folder)
        assert "not in the vault" in said(await proven(folder, clock, None)), path
        path.write_bytes(octets)
    sum_up(folder)
    assert (await proven(folder, clock, None)).sound


@only_sqlite
async def test_a_stand_in_names_its_paper_after_its_entries_are_blanked(
    town: Town, tmp_path: Path, clock: Clock
):
    folder = await back_up(town, tmp_path / "plain", passphrase=None)
    edit_rows(folder, "entries", lambda row: row | ({"body": None} if row["kind"] == "stand-in" else {}))
    sum_up(folder)
    assert "not in the vault" not in said(await proven(folder, clock, None))
    digest = hashlib.sha256(PAPER).hexdigest()
    (folder / "vault" / digest[:2] / digest[2:]).unlink()
    sum_up(folder)
    assert f"sha256:{digest} is named in the tables" in said(await proven(folder, clock, None))


def test_whoever_keeps_a_digest_says_whether_it_is_an_objects():
    """A column that names objects of the vault is known to the backup by that alone."""
    digests = {
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if getattr(column.type, "length", 0) == 71
    }
    assert {str(column) for column in digests - set(vault_columns())} == {
        "documents.digest",
        "document_acts.digest",
        "deliveries.digest",
        "quarantine.digest",
        "leaving.sha256",
    }


def _objects(home: Path) -> list[Path]:
    return sorted((home / "vault").glob("[0-9a-f][0-9a-f]/*"))


async def test_what_is_restored_begins_though_no_object_was_ever_kept(
    town: Town, clock: Clock, tmp_path: Path
):
    """Everybody was asked in vain, say: the restored vault is empty, and no disk is missing."""
    await town.ask()
    for path in _objects(town.house.settings.home):
        path.unlink()
    home = tmp_path / "new"
    await asyncio.to_thread(restore, await back_up(town, tmp_path / "bare"), home, None, PASSPHRASE)
    async with open_house(restored_settings(home, None), clock) as house:
        assert (await house.vault.size()).objects == 0


async def test_only_empty_places_are_restored_to(folder: Path, town: Town, tmp_path: Path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used/thing").touch()
    with pytest.raises(SetupIncomplete) as refused:
        restore(folder, tmp_path / "used", None, PASSPHRASE)
    assert "empty" in refused.value.detail.en
    with pytest.raises(SetupIncomplete):
        restore(folder, tmp_path / "new", town.house.settings.database, PASSPHRASE)
    assert not (tmp_path / "new").exists()
