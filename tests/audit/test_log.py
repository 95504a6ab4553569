"""Appending: durable before acknowledged, in order, together, and never twice the same place."""

import asyncio
import json
import threading
import time

import pytest
import uvloop
from sqlalchemy import select, text

from contracts.audit import Draft, EntryKind, leaf_hash
from contracts.errors import LogUnavailable, NoSuchThing
from gateway.audit import log as audit_log
from gateway.audit import records
from gateway.audit.log import AuditLog
from gateway.audit.merkle import EMPTY_ROOT, is_consistent, is_included
from gateway.audit.verify import verify_log
from gateway.store.database import Database
from gateway.store.migrate import migrate
from gateway.store.tables import checkpoints, entries
from tests.stillness import dawdle, stand_still
from tests.stores import only_sqlite


class Holding:
    """Keeps the writer thread busy until told otherwise, so that a test decides who shares a batch."""

    def __init__(self, database):
        self._begun, self._go_on = threading.Event(), threading.Event()
        database.write_soon(self._hold)

    def _hold(self):
        self._begun.set()
        assert self._go_on.wait(30)

    async def __aenter__(self):
        await asyncio.to_thread(self._begun.wait, 30)

    async def __aexit__(self, *_):
        self._go_on.set()


async def settle():
    """Let every task run up to where it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def rows(log):
    return await log.database.read(lambda connection: connection.execute(select(entries)).all())


async def sizes(log):
    return await log.database.read(
        lambda connection: connection.execute(select(checkpoints.c.size)).scalars().all()
    )


async def test_an_entry_is_where_its_receipt_says(log, draft, clock):
    before = clock.now()
    recorded = [await log.append(draft(number)) for number in range(5)]
    assert [(one.index, one.size, one.origin) for one in recorded] == [
        (n, n + 1, log.origin) for n in range(5)
    ]
    assert before == clock.now()
    for number, one in enumerate(recorded):
        body = await log.entry(one.index)
        assert leaf_hash(body) == one.leaf
        content = json.loads(body)
        assert content["v"] == 1
        assert content["at"] == "2026-03-02T06:05:09.120Z"
        assert content["case"] == f"DJ-{number}"
        assert len(bytes.fromhex(content["salt"])) == 16
    assert len({json.loads(await log.entry(n))["salt"] for n in range(5)}) == 5
    assert (await verify_log(log)).sound


async def test_an_empty_log_has_a_head_and_proves_nothing(log):
    await log.open()
    assert await log.size() == 0
    head = log.verifier.checkpoint(await log.checkpoint())
    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert await log.lines(0, 10) == []
    assert await log.entry(0) is None
    assert await log.consistency(0, 0) == []
    assert (await verify_log(log)).sound


async def test_the_retention_floor_is_longer_for_personal_information(log, draft):
    await log.append(draft())
    await log.append(draft(personal=True))
    kept = [row.keep_until for row in await rows(log)]
    assert kept == ["2026-08-29T06:05:09.120Z", "2029-03-01T06:05:09.120Z"]


async def test_retention_may_be_raised_and_not_lowered(database, signer, clock, draft):
    raised = AuditLog(database, signer, clock, retention_days=365, retention_personal_days=2000)
    await raised.append(draft())
    assert [row.keep_until for row in await rows(raised)] == ["2027-03-02T06:05:09.120Z"]
    with pytest.raises(ValueError, match="180"):
        AuditLog(database, signer, clock, retention_days=179)
    with pytest.raises(ValueError, match="1095"):
        AuditLog(database, signer, clock, retention_personal_days=1094)


async def test_many_at_once_share_commits_and_leave_no_gap(log, draft):
    async def one(number):
        recorded = await log.append(draft(number))
        return number, recorded

    async with Holding(log.database):
        tasks = [asyncio.create_task(one(number)) for number in range(300)]
        await settle()
    done = await asyncio.gather(*tasks)
    assert sorted(recorded.index for _, recorded in done) == list(range(300))
    assert await sizes(log) == [300]  # one commit for all of them
    for number, recorded in done:
        assert json.loads(await log.entry(recorded.index))["case"] == f"DJ-{number}"
    assert (await verify_log(log)).sound


async def test_a_crowd_that_keeps_coming(log, draft):
    async def walker(number):
        return [(await log.append(draft(number))).index for _ in range(10)]

    indices = await asyncio.gather(*(walker(number) for number in range(30)))
    assert sorted(index for walk in indices for index in walk) == list(range(300))
    assert all(walk == sorted(walk) for walk in indices)
    assert len(await sizes(log)) < 150
    assert (await verify_log(log)).sound


async def test_a_waiter_who_leaves_in_time_is_never_recorded(log, draft):
    async with Holding(log.database):
        staying = [asyncio.create_task(log.append(draft(number))) for number in range(3)]
        leaving = asyncio.create_task(log.append(draft(99)))
        staying += [asyncio.create_task(log.append(draft(number))) for number in range(3, 6)]
        await settle()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
    recorded = await asyncio.gather(*staying)
    assert leaving.cancelled()
    assert [one.index for one in recorded] == list(range(6))
    assert "DJ-99" not in "".join(str(row.body) for row in await rows(log))
    assert (await verify_log(log)).sound


async def test_a_waiter_who_leaves_too_late_harms_nobody(log, draft, monkeypatch):
    taken, go_on = threading.Event(), threading.Event()
    real = log._tree

    def slow(connection):
        taken.set()
        assert go_on.wait(30)
        return real(connection)

    async with Holding(log.database):
        leaving = asyncio.create_task(log.append(draft(99)))
        beside = asyncio.create_task(log.append(draft(1)))
        await settle()
        monkeypatch.setattr(log, "_tree", slow)
    await asyncio.to_thread(taken.wait, 30)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    later = asyncio.create_task(log.append(draft(2)))
    await settle()
    go_on.set()
    assert ((await beside).index, (await later).index) == (1, 2)
    assert json.loads(await log.entry(0))["case"] == "DJ-99"
    assert (await verify_log(log)).sound


async def test_patience_ends_and_the_entry_is_withdrawn(database, signer, clock, draft):
    log = AuditLog(database, signer, clock, patience=0.05)
    async with Holding(database):
        with pytest.raises(LogUnavailable):
            await log.append(draft(99))
    assert not log._gathered
    patient = AuditLog(database, signer, clock)
    assert (await patient.append(draft())).index == 0


async def test_a_locked_database_refuses_all_who_wait_and_recovers(log, draft, outsider):
    await log.append(draft())
    outsider.lock()
    refused = await asyncio.gather(*(log.append(draft(n)) for n in range(5)), return_exceptions=True)
    assert {type(one) for one in refused} == {LogUnavailable}
    assert len({id(one) for one in refused}) == 5
    outsider.rollback()
    assert (await log.append(draft())).index == 1
    assert (await verify_log(log)).sound


async def test_an_entry_is_not_lost_because_we_stood_still(
    database_url: str, signer, clock, draft, monkeypatch
):
    add = records.add

    def slowly(*those):
        dawdle()
        return add(*those)

    database = Database(database_url, readers=1)
    log = AuditLog(database, signer, clock, patience=1.0)
    # Somebody connected before: a server that has to greet us meanwhile has a patience of its own.
    await AuditLog(database, signer, clock).append(draft())
    monkeypatch.setattr(records, "add", slowly)
    appending = asyncio.create_task(log.append(draft()))
    await asyncio.sleep(0)
    stand_still(1.5)
    assert (await appending).index == 1
    await database.close()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_what_became_durable_is_not_lost_to_a_loop_that_is_late(
    run, tmp_path, signer, clock, draft, monkeypatch
):
    """A thousand asks keep the loop from its turn for longer than anybody's patience: the log was in time."""
    patience, told, tell = 0.05, threading.Event(), audit_log._tell

    def telling(*those):
        tell(*those)
        told.set()

    monkeypatch.setattr(audit_log, "_tell", telling)
    url = f"sqlite:///{tmp_path / 'late.sqlite'}"
    migrate(url)

    async def late():
        database = Database(url, readers=1)
        log = AuditLog(database, signer, clock, patience=patience)
        appending = [asyncio.create_task(log.append(draft(number))) for number in range(3)]
        due = time.monotonic() + patience
        await asyncio.sleep(0)
        assert told.wait(30)
        while time.monotonic() < due:
            pass
        recorded = await asyncio.gather(*appending)
        await database.close()
        return [one.index for one in recorded]

    assert run(late()) == [0, 1, 2]


async def test_who_lost_patience_over_a_lock_is_not_recorded_after_it(
    database, signer, clock, draft, outsider
):
    hasty = AuditLog(database, signer, clock, patience=0.1)
    outsider.lock()
    with pytest.raises(LogUnavailable) as caught:
        await hasty.append(draft())
    assert isinstance(caught.value.__cause__, TimeoutError)
    outsider.rollback()
    patient = AuditLog(database, signer, clock)
    assert (await patient.append(draft())).index == 0
    assert await patient.size() == 1


@only_sqlite
async def test_a_full_disk_refuses_all_who_wait_and_takes_nothing(log, draft):
    await log.append(draft())
    full = text("PRAGMA max_page_count=1")  # SQLite takes it as: no page more than there are
    await log.database.write(lambda connection: connection.execute(full))
    big = {"k": "x" * 100_000}
    async with Holding(log.database):
        tasks = [asyncio.create_task(log.append(draft(n, keys=big))) for n in range(4)]
        await settle()
    refused = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(one) for one in refused} == {LogUnavailable}
    assert len({id(one) for one in refused}) == 4
    assert await log.size() == 1
    more = text("PRAGMA max_page_count=1000000")
    await log.database.write(lambda connection: connection.execute(more))
    assert (await log.append(draft())).index == 1
    assert (await verify_log(log)).sound


def failing_commit(database, monkeypatch, *, durable):
    """The next commit reports a disk error, after having worked or without."""
    dialect = database._writing.dialect
    real = dialect.do_commit

    def commit(raw):
        monkeypatch.undo()
        if durable:
            real(raw)
        raise database._writing.dialect.dbapi.OperationalError("disk I/O error")

    monkeypatch.setattr(dialect, "do_commit", commit)


@pytest.mark.parametrize("durable", [True, False])
async def test_a_failed_commit_never_forks_the_log(log, draft, monkeypatch, durable):
    for number in range(3):
        await log.append(draft(number))
    kept = await log.checkpoint()
    failing_commit(log.database, monkeypatch, durable=durable)
    with pytest.raises(LogUnavailable):
        await log.append(draft(3))
    assert await log.size() == (4 if durable else 3)
    assert (await log.append(draft(4))).index == (4 if durable else 3)
    assert (await verify_log(log, older=kept)).sound


async def test_two_processes_grow_one_log(log, signer, clock, draft, database_url):
    second = Database(database_url)
    try:
        other = AuditLog(second, signer, clock)
        indices = [(await one.append(draft())).index for one in (log, other, other, log, log, other)]
        assert indices == list(range(6))
        crowd = await asyncio.gather(*(one.append(draft()) for one in (log, other) * 20))
        assert sorted(one.index for one in crowd) == list(range(6, 46))
    finally:
        await second.close()
    assert (await verify_log(log)).sound


async def test_one_entry_that_cannot_be_encoded_fails_alone(log, draft):
    bad = Draft(kind=EntryKind.ASKED, scope={"buildings": 2**60})
    done = await asyncio.gather(
        log.append(draft()), log.append(bad), log.append(draft()), return_exceptions=True
    )
    assert [type(one) is LogUnavailable for one in done] == [False, True, False]
    assert await log.size() == 2


async def test_a_closed_database_is_a_log_that_cannot_be_written(signer, clock, draft, database_url):
    closed = Database(database_url)
    log = AuditLog(closed, signer, clock)
    await log.append(draft())
    await closed.close()
    for ask in (lambda: log.append(draft()), log.size, log.checkpoint, lambda: log.lines(0, 1)):
        with pytest.raises(LogUnavailable):
            await ask()
    assert not log._gathered


async def test_an_unexpected_error_lets_nobody_wait(log, draft, monkeypatch):
    monkeypatch.setattr(log._signer, "sign", lambda size, root: 1 / 0)
    with pytest.raises(LogUnavailable) as caught:
        await log.append(draft())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    monkeypatch.undo()
    assert (await log.append(draft())).index == 0


async def test_proofs_hold_between_any_two_sizes(log, draft):
    roots, leaves = [EMPTY_ROOT], []
    for number in range(21):
        leaves.append((await log.append(draft(number))).leaf)
        roots.append(log.verifier.checkpoint(await log.checkpoint()).root)
    for second in range(1, 22):
        for index in range(second):
            path = await log.inclusion(index, second)
            assert is_included(leaves[index], index, second, path, roots[second])
        for first in range(second + 1):
            path = await log.consistency(first, second)
            assert is_consistent(first, second, roots[first], roots[second], path)


@pytest.mark.parametrize(("index", "size"), [(0, 4), (3, 3), (-1, 3), (0, 0), (0, 10**30), (10**30, 10**31)])
async def test_there_is_no_proof_of_what_is_not_there(log, draft, index, size):
    for number in range(3):
        await log.append(draft(number))
    with pytest.raises(NoSuchThing):
        await log.inclusion(index, size)


@pytest.mark.parametrize(("first", "second"), [(1, 4), (3, 2), (-1, 2), (0, 10**30)])
async def test_there_is_no_consistency_with_what_never_was(log, draft, first, second):
    for number in range(3):
        await log.append(draft(number))
    with pytest.raises(NoSuchThing):
        await log.consistency(first, second)


@pytest.mark.parametrize(
    ("start", "limit", "found"),
    [(0, 2, [0, 1]), (2, 5, [2]), (3, 1, []), (10**30, 5, []), (0, 10**30, [0, 1, 2])],
)
async def test_lines_end_where_the_log_ends(log, draft, start, limit, found):
    for number in range(3):
        await log.append(draft(number))
    assert [line.index for line in await log.lines(start, limit)] == found


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 1 AND idx = 1",
        "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 4",
        "DELETE FROM nodes WHERE level = 2",
        "DELETE FROM entries WHERE idx = 4",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = replace(note, '5', '4') WHERE size = 5",
        "DELETE FROM checkpoints WHERE size = 5",
    ],
)
async def test_a_damaged_log_does_not_open_and_does_not_grow(
    database, signer, clock, draft, unguarded, damage
):
    first = AuditLog(database, signer, clock)
    for number in range(5):
        await first.append(draft(number))
    unguarded(damage if "nodes SET" not in damage else "UPDATE nodes SET hash = zeroblob(32) WHERE level = 2")
    again = AuditLog(database, signer, clock)
    with pytest.raises(LogUnavailable):
        await again.open()
    with pytest.raises(LogUnavailable) as caught:
        await again.append(draft())
    assert "audit verify" in caught.value.detail.en
    assert not (await verify_log(again)).sound


async def test_a_log_without_its_triggers_does_not_open(log, draft, outsider):
    await log.append(draft())
    await log.open()
    outsider.disarm("nodes_no_update")
    with pytest.raises(LogUnavailable) as caught:
        await log.open()
    assert "nodes_no_update" in caught.value.detail.en
    assert not (await verify_log(log)).sound


async def test_another_key_does_not_continue_the_log(log, database, clock, draft):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.audit.checkpoint import CheckpointSigner

    await log.append(draft())
    stranger = AuditLog(database, CheckpointSigner(log.origin, Ed25519PrivateKey.generate()), clock)
    with pytest.raises(LogUnavailable):
        await stranger.append(draft())
    assert await log.size() == 1


async def test_nought_is_said_and_nothing_is_left_out(log):
    """Entry 0 may be what an answer answers; a number that is 0 is not an absent one."""
    await log.append(Draft(kind=EntryKind.ANSWERED, asked=0, age=0, count=0))
    content = json.loads(await log.entry(0))
    assert (content["asked"], content["age"], content["count"]) == (0, 0, 0)
    assert set(content) == {"v", "kind", "at", "salt", "asked", "age", "count"}
