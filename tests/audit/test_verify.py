"""What changed is noticed: by our verification, and by the script an auditor carries away."""
# ruff: noqa: S608  statements put together by hand are what is tested

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.export import LineUnreadable, export, read, written
from gateway.audit.index import forget
from gateway.audit.records import Line
from gateway.audit.verify import verify_lines, verify_log

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_log.py"


@pytest.fixture
async def seven(log, draft):
    """Seven entries in three commits or more; the third and fourth old enough to be blanked."""
    clock = log.clock
    for number in range(7):
        clock.advance(-3600 * 24 * 2000 if number == 2 else 3600 * 24 * 2000 if number == 4 else 1)
        await log.append(draft(number, personal=number == 3))
    return log


@pytest.fixture
def carried(seven, tmp_path):
    """Verify what an auditor carried away, with the script and with our own reader; both must agree."""

    async def check(spoil=bytes, note=None, older=None):
        size = await seven.size()
        lines = spoil(b"".join([line async for line in export(seven, size)]))
        head = note or await seven.checkpoint()
        files = [tmp_path / name for name in ("log.jsonl", "checkpoint", "older")]
        for file, content in zip(files, (lines, head.encode(), (older or "").encode()), strict=True):
            file.write_bytes(content)
        arguments = [*files[:2], seven.verifier.vkey, *(("--older", files[2]) if older else ())]
        command = [sys.executable, SCRIPT, *arguments]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert done.returncode in {0, 1}, done.stderr
        report = verify_lines(lines.splitlines(keepends=True), head, seven.verifier, older)
        assert report.sound == (done.returncode == 0), (done.stdout, report.problems)
        return report.sound, done.stdout

    return check


async def test_a_sound_log_is_sound_to_everybody(seven, carried):
    report = await verify_log(seven)
    assert report.sound
    assert report.size == 7
    sound, said = await carried()
    assert sound
    assert report.root.hex() in said
    assert "7 条" in said
    assert "7 entries" in said


async def test_the_script_needs_nothing_of_ours():
    lines = SCRIPT.read_text("utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


FORGERIES = [
    "UPDATE entries SET body = CAST(replace(CAST(body AS TEXT), 'DJ-1', 'DJ-8') AS BLOB) WHERE idx = 1",
    "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 1",
    "UPDATE entries SET (leaf, body) = (SELECT leaf, body FROM entries WHERE idx = 0) WHERE idx = 1",
    "DELETE FROM entries WHERE idx = 6",
    "DELETE FROM entries WHERE idx = 3",
]


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_changed_entry_is_noticed_by_both(seven, carried, unguarded, forgery):
    unguarded(forgery)
    assert not (await verify_log(seven)).sound
    sound, _ = await carried()
    assert not sound


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 0",
        "DELETE FROM nodes WHERE level = 2",
        "INSERT INTO nodes VALUES (1, 77, zeroblob(32))",
        "UPDATE checkpoints SET root = zeroblob(32) WHERE size = 3",
        "UPDATE checkpoints SET note = replace(note, '3', '2') WHERE size = 3",
        "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 2) WHERE size = 3",
        "DELETE FROM checkpoints WHERE size = 7",
        "UPDATE entries SET kind = 'asked' WHERE idx = 1",
        "UPDATE entries SET at = '2020-01-01T00:00:00.000Z' WHERE idx = 1",
        "UPDATE entries SET keep_until = '2020-01-01T00:00:00.000Z' WHERE idx = 1",
        "UPDATE entries SET body = NULL WHERE idx = 1",
    ],
)
async def test_a_change_beside_the_entries_is_noticed(seven, unguarded, forgery):
    unguarded(forgery)
    report = await verify_log(seven)
    assert not report.sound
    assert report.sentences()[0].en.startswith("The log is NOT sound")


async def test_every_flipped_bit_of_a_body_leaf_or_node_is_noticed(seven, outsider):
    """One bit in each octet: leaf 2, body 2 and node (2, 0), put back each time."""
    outsider.disarm()
    missing = (await verify_log(seven)).count
    for table, column, where in (
        ("entries", "leaf", "idx = 2"),
        ("entries", "body", "idx = 2"),
        ("nodes", "hash", "level = 2 AND idx = 0"),
    ):
        (good,) = outsider.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
        for place in range(len(good)):
            bad = good[:place] + bytes([good[place] ^ (1 << place % 8)]) + good[place + 1 :]
            outsider.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [bad])
            assert (await verify_log(seven)).count > missing, (table, place)
        outsider.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", [good])
    assert (await verify_log(seven)).count == missing


async def test_a_flipped_bit_in_what_was_carried_away_is_noticed(seven, carried):
    size = await seven.size()
    whole = b"".join([line async for line in export(seven, size)])
    for place in range(3, len(whole), len(whole) // 12):

        def flip(lines, place=place):
            return lines[:place] + bytes([lines[place] ^ 4]) + lines[place + 1 :]

        sound, _ = await carried(flip)
        assert not sound, whole[place - 5 : place + 5]


async def test_a_flipped_bit_in_the_carried_checkpoint_is_noticed(seven, carried):
    note = await seven.checkpoint()
    for place in range(0, len(note), 23):
        sound, _ = await carried(note=note[:place] + chr(ord(note[place]) ^ 1) + note[place + 1 :])
        assert not sound


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: b"".join(lines.splitlines(keepends=True)[:-1]),
        lambda lines: b"".join(lines.splitlines(keepends=True)[1:]),
        lambda lines: b"".join(lines.splitlines(keepends=True)[::-1]),
        lambda lines: lines + lines.splitlines(keepends=True)[-1],
        lambda lines: lines.replace(b'{"index": 1', b'{"index": 1, "index": 1'),
        lambda lines: lines.replace(b'{"index": 1', b'{"more": 1, "index": 1'),
        lambda lines: lines.replace(b'{"index": 1', b'{"index": true'),
        lambda lines: lines.replace(b'{"index": 1', b'{"index": 9'),
        lambda lines: b"[" * 100_000 + lines,
        lambda _: b"",
    ],
)
async def test_lines_missing_moved_or_doubtful_are_noticed(carried, spoil):
    sound, _ = await carried(spoil)
    assert not sound


def spare_bit(text, end):
    """The same octets, written with a bit of the last base64 letter set that nothing reads."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    place = text.index(end) - 1
    return text[:place] + letters[letters.index(text[place]) ^ 1] + text[place + 1 :]


async def test_spare_bits_of_base64_are_no_place_to_write(seven, carried):
    body, signature = (await seven.checkpoint()).split("\n\n")
    sound, _ = await carried(note=f"{body}\n\n{spare_bit(signature, '=')}")
    assert not sound
    sound, _ = await carried(lambda lines: spare_bit(lines.decode(), '=", "entry"').encode())
    assert not sound


async def test_a_file_cut_short_is_said_to_be(carried):
    sound, said = await carried(lambda lines: b"".join(lines.splitlines(keepends=True)[:-1]))
    assert not sound
    assert "检查点覆盖 7 条，文件中有 6 条" in said


async def test_a_log_cut_short_is_noticed_by_whoever_kept_a_checkpoint(seven, carried, outsider, unguarded):
    kept = await seven.checkpoint()
    assert (await verify_log(seven, older=kept)).sound
    unguarded("DELETE FROM entries WHERE idx >= 5")
    unguarded("DELETE FROM entry_index WHERE idx >= 5")
    unguarded("DELETE FROM nodes WHERE level = 1 AND idx = 2")
    unguarded("DELETE FROM checkpoints WHERE size > 5")
    assert (await verify_log(seven)).size == 5
    assert (await verify_log(seven)).sound  # nothing in what is left tells
    assert (await carried())[0]
    report = await verify_log(seven, older=kept)
    assert not report.sound
    assert "cut short" in report.problems[0].en
    sound, said = await carried(older=kept)
    assert not sound
    assert "截断" in said


async def test_a_log_written_anew_with_the_same_key_is_noticed(
    seven, carried, blank_url, signer, draft, clock
):
    from gateway.audit.log import AuditLog
    from gateway.store.database import Database
    from gateway.store.migrate import migrate

    migrate(blank_url)
    other = AuditLog(Database(blank_url), signer, clock)
    for number in range(3):
        await other.append(draft(number))
    kept = await other.checkpoint()
    await other.database.close()
    report = await verify_log(seven, older=kept)
    assert "rewritten" in report.problems[0].en
    sound, said = await carried(older=kept)
    assert not sound
    assert "改写" in said


async def test_an_older_checkpoint_continued_is_said_to_be(seven, carried, draft):
    kept = await seven.checkpoint()
    await seven.append(draft())
    report = await verify_log(seven, older=kept)
    assert report.older == 7
    assert any("7" in sentence.en and "continues" in sentence.en for sentence in report.sentences())
    sound, said = await carried(older=kept)
    assert sound
    assert "continues" in said


async def test_an_older_checkpoint_of_somebody_else_is_refused(seven, carried):
    kept = (await seven.checkpoint()).replace("\n7\n", "\n6\n")
    assert not (await verify_log(seven, older=kept)).sound
    sound, _ = await carried(older=kept)
    assert not sound


async def test_blanked_entries_are_verified_by_their_leaves_and_said_to_be_blanked(seven, carried, outsider):
    await seven.database.write(lambda connection: forget(connection, [2, 3]))
    outsider.execute("UPDATE entries SET body = NULL WHERE idx IN (2, 3)")
    report = await verify_log(seven)
    assert report.sound
    assert report.blanked == 2
    assert [line.body is None for line in await seven.lines(0, 7)] == [n in {2, 3} for n in range(7)]
    assert await seven.entry(2) is None
    sound, said = await carried()
    assert sound
    assert "2-3" in said
    assert "2 of them blanked" in said


async def test_a_long_list_of_problems_is_cut(seven, unguarded):
    report = await verify_log(seven)
    for number in range(60):
        report.wrong(report.sentences()[0], index=number)
    assert len(report.sentences()) == 52
    assert "10" in report.sentences()[-1].en


async def test_pages_meet(seven, monkeypatch):
    for page in (1, 2, 3, 7, 8):
        monkeypatch.setattr("gateway.audit.verify.PAGE", page)
        monkeypatch.setattr("gateway.audit.export.PAGE", page)
        assert (await verify_log(seven)).sound
        assert [read(line).index async for line in export(seven, 7)] == list(range(7))


@pytest.mark.parametrize("body", [None, b"{}", '{"项目":"一\\n二"}'.encode()])
def test_a_line_comes_back_as_it_was(body):
    line = Line(5, bytes(range(32)), body)
    assert read(written(line)) == line
    assert written(line).count(b"\n") == 1


@pytest.mark.parametrize(
    "octets", [b"", b"{", b"[]", b"null", b'{"index": 1}', b"\xff", b'{"index":1,"leaf":"AA==","entry":null}']
)
def test_what_is_not_a_line_is_refused(octets):
    with pytest.raises(LineUnreadable):
        read(octets)
