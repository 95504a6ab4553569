"""Exports over HTTP: the manifest first, the same file whenever fetched, an entry before either leaves."""

import json
from functools import partial

import pytest
from sqlalchemy import Connection, update

from contracts.errors import LogUnavailable, NoSuchThing
from gateway.audit import manifests
from gateway.audit.extract import check, read_manifest
from gateway.store.tables import exports
from tests.gateway.town import CODE, Town

ORDER = {"format": "jsonl", "project": CODE}


async def order(town: Town, who="audit-office", **changes):
    words = {**ORDER, **changes}
    return await town.http.post("/v1/log/exports", json=words, headers=town.bearer(who))


async def fetch(town: Town, who="audit-office", **changes):
    return await town.http.get("/v1/log/exports", params={**ORDER, **changes}, headers=town.bearer(who))


def stated(town: Town, note: str):
    verifier = town.house.log.verifier
    return read_manifest(verifier.open(note), verifier.name)


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_the_file_is_the_one_that_the_manifest_names(town: Town, form):
    await town.ask()
    note = (await order(town, format=form)).text
    manifest = stated(town, note)
    await town.ask()  # the log grows; the export does not
    file = await fetch(town, format=form, size=manifest.size)
    assert file.status_code == 200
    assert f"landbridge-export.{form}" in file.headers["content-disposition"]
    assert check([file.content], note, town.house.log.verifier) == []
    assert check([file.content + b"\n"], note, town.house.log.verifier)
    assert (manifest.entries, manifest.by, manifest.format) == (2, "audit-office", form)
    assert manifest.query == {"project": CODE, "size": manifest.size}


async def test_an_export_is_an_entry_and_so_is_its_fetching(town: Town):
    await town.ask()
    manifest = stated(town, (await order(town)).text)
    await fetch(town, size=manifest.size)
    ordered, fetched = (await town.entries())[-2:]
    assert ordered == (await town.entries())[manifest.entry]
    assert (ordered["kind"], ordered["consumer"], ordered["count"]) == ("audit", "audit-office", 2)
    assert ordered["subject"]["digest"] == manifest.file
    assert (fetched["subject"]["type"], fetched["subject"]["note"]) == ("export", "jsonl file")


async def test_a_manifest_is_kept_as_it_was_signed(town: Town):
    await town.ask()
    note = (await order(town)).text
    ((entry, kept),) = (await manifests.listed(town.house.log)).items()
    assert kept
    assert (entry, kept.note, kept.manifest) == (kept.manifest.entry, note, stated(town, note))
    assert await manifests.one(town.house.log, kept.manifest.entry) == kept
    assert kept.query().project == CODE
    with pytest.raises(NoSuchThing):
        await manifests.one(town.house.log, kept.manifest.entry + 1)


async def test_an_altered_manifest_is_told_among_the_others(town: Town):
    """Another export's manifest, in its place, is as good as forged."""
    await town.ask()
    first, second, third = [stated(town, (await order(town)).text).entry for _ in range(3)]
    sound = await manifests.one(town.house.log, third)
    forged = sound.note.replace("entries 2", "entries 1")
    for entry, note in ((first, forged), (second, sound.note)):
        change = update(exports).where(exports.c.entry == entry).values(note=note)
        await town.house.database.write(partial(Connection.execute, statement=change))
        with pytest.raises(LogUnavailable):
            await manifests.one(town.house.log, entry)
    assert await manifests.listed(town.house.log) == {third: sound, second: None, first: None}


async def test_nothing_leaves_when_the_log_cannot_say_so(town: Town, monkeypatch):
    await town.ask()

    async def full(_draft):
        raise LogUnavailable

    monkeypatch.setattr(town.house.log, "append", full)
    for answer in (await order(town), await fetch(town, size=1)):
        assert answer.status_code == 503
        assert CODE not in answer.text


async def test_only_auditors_export(town: Town):
    for who in ("registration", "hall"):
        assert (await order(town, who)).status_code == 403
        assert (await fetch(town, who, size=1)).status_code == 403
        assert [entry["kind"] for entry in (await town.entries())[-2:]] == ["refused", "refused"]


async def test_what_cannot_be_read_is_refused(town: Town):
    assert (await order(town, format="pdf")).status_code == 400
    assert (await order(town, operator="张三")).status_code == 400
    assert (await fetch(town)).status_code == 400
    assert (await fetch(town, size=10**6)).status_code == 404


async def test_the_lines_are_octets_as_hashed(town: Town):
    await town.ask()
    manifest = stated(town, (await order(town)).text)
    lines = (await fetch(town, size=manifest.size)).content.splitlines()
    kinds = [json.loads(json.loads(line)["entry"])["kind"] for line in lines]
    assert kinds == ["answered", "asked"]
