"""The writer, the readers, and which errors come out."""

import asyncio
import threading

import pytest
from sqlalchemy import func, insert, select, text

from contracts.errors import SetupIncomplete, StoreUnavailable
from gateway.store.database import Database
from gateway.store.engine import open_engine
from gateway.store.tables import aliases, consumer_keys, documents
from tests.stores import only_sqlite

DAY = "2026-03-02T06:05:09.120Z"


def document(name, version=1):
    row = {
        "kind": "agency",
        "name": name,
        "version": version,
        "digest": "sha256:" + "0" * 64,
        "text": "agency: x",
    }
    return insert(documents).values(**row, origin="file", state="published", at=DAY, by="file")


def count(connection):
    return connection.execute(select(func.count()).select_from(documents)).scalar()


@only_sqlite
@pytest.mark.parametrize("kind", ["read", "write"])
async def test_every_connection_is_told_the_same(database, kind):
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "recursive_triggers": 1,
        "foreign_keys": 1,
        "busy_timeout": 900,
    }

    def told(connection):
        return {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}

    assert await getattr(database, kind)(told) == wanted


async def test_writes_come_one_after_another_on_one_thread(database):
    def write(number):
        def fn(connection):
            connection.execute(document(f"agency-{number}"))
            return threading.get_ident(), count(connection)

        return database.write(fn)

    done = await asyncio.gather(*(write(number) for number in range(40)))
    assert len({thread for thread, _ in done}) == 1
    assert sorted(seen for _, seen in done) == list(range(1, 41))


async def test_a_failed_write_leaves_nothing(database):
    def fn(connection):
        connection.execute(document("a"))
        connection.execute(document("a"))

    with pytest.raises(StoreUnavailable) as caught:
        await database.write(fn)
    assert caught.value.__cause__ is not None
    assert await database.read(count) == 0


async def test_other_peoples_errors_pass_and_undo(database):
    def fn(connection):
        connection.execute(document("a"))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await database.write(fn)
    assert await database.read(count) == 0


async def test_errors_do_not_quote_what_was_written(database):
    row = {
        "project": "p",
        "key": "k",
        "norm": "张三丰",
        "raw": "张三丰",
        "state": "known",
        "source": "ask",
        "at": DAY,
    }

    def fn(connection):
        connection.execute(insert(aliases).values(**row))
        connection.execute(insert(aliases).values(**row))

    with pytest.raises(StoreUnavailable) as caught:
        await database.write(fn)
    assert "张三丰" not in f"{caught.value} {caught.value.__cause__}"


async def test_readers_cannot_write(database):
    with pytest.raises(StoreUnavailable):
        await database.read(lambda connection: connection.execute(document("a")))


async def test_a_reader_sees_one_state_while_the_writer_moves_on(database):
    begun, moved = threading.Event(), threading.Event()

    def look_twice(connection):
        before = count(connection)
        begun.set()
        assert moved.wait(10)
        return before, count(connection)

    looking = asyncio.create_task(database.read(look_twice))
    await asyncio.to_thread(begun.wait, 10)
    await database.write(lambda connection: connection.execute(document("a")))
    moved.set()
    assert await looking == (0, 0)
    assert await database.read(count) == 1


async def test_cancelled_before_its_turn_a_write_never_happens(database):
    begun, go_on = threading.Event(), threading.Event()

    def hold(connection):
        begun.set()
        assert go_on.wait(10)

    holding = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.create_task(database.write(lambda connection: connection.execute(document("a"))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)  # the thread's side hears of it a turn later
    go_on.set()
    await holding
    assert await database.read(count) == 0


async def test_keys_belong_to_consumers(database):
    orphan = insert(consumer_keys).values(id="k", consumer="nobody", sha256=bytes(32), created_at=DAY)
    with pytest.raises(StoreUnavailable):
        await database.write(lambda connection: connection.execute(orphan))


async def test_another_process_holding_the_lock_is_an_error_of_ours(database, outsider):
    outsider.lock()
    with pytest.raises(StoreUnavailable):
        await database.write(lambda connection: connection.execute(document("a")))
    outsider.rollback()
    await database.write(lambda connection: connection.execute(document("a")))
    assert await database.read(count) == 1


async def test_closed_is_closed(database_url):
    opened = Database(database_url)
    await opened.close()
    with pytest.raises(StoreUnavailable):
        await opened.read(count)
    with pytest.raises(StoreUnavailable):
        await opened.write(count)
    with pytest.raises(StoreUnavailable):
        opened.write_soon(lambda: None)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+asyncpg://u:hush@h/d",
        "postgresql://u:hush@h",
        "mysql://u:hush@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "hush",
        "",
    ],
)
def test_what_cannot_keep_the_logs_promise_is_refused(url):
    with pytest.raises(SetupIncomplete) as caught:
        open_engine(url, writes=True)
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_changes_behind_a_refused_one_are_refused_with_it(database, outsider):
    """Each waiting out the same lock in turn, ten changes would take ten times as long to fail."""
    tried = []

    def change(connection):
        tried.append(connection)

    outsider.lock()
    began = [asyncio.create_task(database.write(change)) for _ in range(10)]
    done, _ = await asyncio.wait(began[:1])
    assert isinstance(done.pop().exception(), StoreUnavailable)
    outsider.rollback()  # the lock is gone: whoever tried now would succeed
    refused = await asyncio.gather(*began, return_exceptions=True)
    assert all(isinstance(each, StoreUnavailable) for each in refused)
    assert not tried
    await database.write(change)
    assert len(tried) == 1
