"""An export is what its manifest says, octet by octet; and no cell of it runs in an office program."""

import asyncio
import csv
import io
import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.audit import leaf_hash
from contracts.time import stored
from gateway.audit import extract
from gateway.audit.extract import LIVE, Manifest, Measured, inert
from gateway.audit.search import Query
from tests.audit.logbook import drafts

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_export.py"
COUNT = 40


@pytest.fixture
async def filled(log):
    await asyncio.gather(*(log.append(draft) for draft in drafts(COUNT)))
    return log


@pytest.fixture
def script():
    """The auditor's script, loaded as it stands."""
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)))


async def exported(log, form, query=None):
    """File and signed manifest."""
    query, measured = query or Query(kind="answered", size=COUNT), Measured()
    file = b"".join([piece async for piece in extract.octets(log, query, form, measured)])
    manifest = Manifest(
        origin=log.origin,
        format=form,
        file=measured.digest,
        bytes=measured.size,
        entries=measured.entries,
        size=COUNT,
        query=query.said(),
        by="audit-office",
        at=stored(log.clock()),
        entry=COUNT - 1,
        checkpoint=await log.checkpoint(),
    )
    return file, log.attest(manifest.text())


def both_say(script, place, file, note, vkey, verifier):
    """Whether script and gateway find nothing wrong; they must agree."""
    place.write_bytes(file)
    try:
        script.check_file(place, script.read_manifest(note, vkey))
        sound = True
    except (script.Doubt, ValueError, KeyError):
        sound = False
    assert sound == (not extract.check([file], note, verifier))
    return sound


@pytest.mark.parametrize("form", ["jsonl", "csv"])
async def test_one_changed_octet_anywhere_is_found(filled, script, tmp_path, form):
    file, note = await exported(filled, form)
    place, vkey, verifier = tmp_path / "export", filled.verifier.vkey, filled.verifier
    assert both_say(script, place, file, note, vkey, verifier)
    for at in range(0, len(file), max(1, len(file) // 300)):
        changed = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        assert extract.check([changed], note, verifier)
    for changed in (file[:-1], file + b"\n", file.replace(b"answered", b"adswered", 1), b""):
        assert not both_say(script, place, changed, note, vkey, verifier)
    octets = note.encode()
    for at in range(len(octets)):
        changed = (octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]).decode(errors="surrogateescape")
        assert extract.check([file], changed, verifier), at
        with pytest.raises((script.Doubt, ValueError, KeyError)):
            script.read_manifest(changed, vkey)


async def run(command, folder):
    return await asyncio.to_thread(
        subprocess.run, command, cwd=folder, capture_output=True, text=True, check=False
    )


async def test_the_script_says_who_exported_what_and_ends_accordingly(filled, tmp_path):
    file, note = await exported(filled, "csv")
    (tmp_path / "export.csv").write_bytes(file)
    (tmp_path / "export.manifest").write_text(note, "utf-8")
    command = [sys.executable, SCRIPT, "export.csv", "export.manifest", filled.verifier.vkey]
    said = await run(command, tmp_path)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "audit-office" in said.stdout
    (tmp_path / "export.csv").write_bytes(file[:-3])
    said = await run(command, tmp_path)
    assert (said.returncode, "NOT SOUND" in said.stdout) == (1, True)


def test_the_script_needs_nothing_of_ours():
    lines = SCRIPT.read_text("utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


async def test_a_manifest_is_no_checkpoint_and_a_checkpoint_no_manifest(filled):
    file, note = await exported(filled, "jsonl")
    with pytest.raises(ValueError, match="not a checkpoint"):
        filled.verifier.checkpoint(note)
    assert extract.check([file], await filled.checkpoint(), filled.verifier)
    with pytest.raises(ValueError, match="no head"):
        filled.attest(f"{filled.origin}\n7\nx\n")


async def test_a_manifest_whose_checkpoint_does_not_reach_the_export_is_refused(filled):
    file, note = await exported(filled, "jsonl")
    late = filled.verifier.open(note).replace(f"entry {COUNT - 1}\n", f"entry {COUNT}\n")
    assert extract.check([file], filled.attest(late), filled.verifier)


async def test_the_lines_are_the_entries_found_newest_first(filled):
    file, _ = await exported(filled, "jsonl")
    lines = [json.loads(line) for line in file.splitlines()]
    kinds = {json.loads(line["entry"])["kind"] for line in lines}
    assert kinds == {"answered"}
    indices = [line["index"] for line in lines]
    assert indices == sorted(indices, reverse=True) != []


async def test_the_cells_are_the_entries_found(filled):
    file, _ = await exported(filled, "csv", Query(size=COUNT))
    assert file.startswith("\ufeff".encode())
    assert file.count(b"\r\n") == COUNT + 1 == file.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    for row in rows:
        (line,) = await filled.lines(int(row["index"]), 1)
        assert row["entry"] == line.body.decode()
        assert leaf_hash(row["entry"].encode()).hex() == line.leaf.hex()
        assert row["kind"] == json.loads(line.body)["kind"]
    assert len(rows) == COUNT
    assert any(row["sentence_zh"] for row in rows)


@given(st.text() | st.sampled_from([f"{sign}cmd|' /C calc'!A0" for sign in LIVE]))
def test_no_cell_is_live_and_every_cell_can_be_read_back(cell):
    written = inert(cell)
    assert written[:1] == "'" or not written.startswith(LIVE)
    assert written.removeprefix("'") == cell


async def test_a_live_operator_is_inert_in_the_file(log, draft):
    await log.append(draft(1, operator='=HYPERLINK("http://x")', case="+1", consumer="\t@x", project="'-1"))
    file, _ = await exported(log, "csv", Query())
    (row,) = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))
    meant = {"operator": '=HYPERLINK("http://x")', "case": "+1", "consumer": "\t@x", "project": "'-1"}
    assert {name: row[name] for name in meant} == {name: f"'{cell}" for name, cell in meant.items()}
