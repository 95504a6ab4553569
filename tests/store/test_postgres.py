"""What is PostgreSQL's own: terms of a session, the order of writers, a server that hangs or goes away."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, select, text

from contracts.errors import LandbridgeError, StoreUnavailable
from gateway.store.database import Database
from gateway.store.engine import open_engine
from gateway.store.migrate import migrate, pending
from gateway.store.tables import consumers

DAY = "2026-03-02T06:05:09.120Z"
SHARED = {
    "synchronous_commit": "on",
    "lock_timeout": "900ms",
    "statement_timeout": "1200ms",
    "timezone": "UTC",
}
WRITER = {
    "transaction_isolation": "read committed",
    "transaction_read_only": "off",
    "idle_in_transaction_session_timeout": "2s",
}
READER = {"transaction_isolation": "repeatable read", "transaction_read_only": "on"}
SPOILT = {
    "synchronous_commit": "off",
    "default_transaction_isolation": "serializable",
    "statement_timeout": "0",
    "lock_timeout": "0",
}


def consumer(name):
    return insert(consumers).values(id=name, name=name, roles="consumer", created_at=DAY, builtin=False)


def names(connection):
    return list(connection.execute(select(consumers.c.id).order_by(consumers.c.id)).scalars())


@pytest.fixture
def store_kind():
    return "postgres"


@pytest.mark.parametrize(("kind", "wanted"), [("read", SHARED | READER), ("write", SHARED | WRITER)])
@pytest.mark.parametrize("spoilt", [{}, SPOILT])
async def test_every_session_keeps_its_terms_whatever_the_database_says(
    database_url, outsider, kind, wanted, spoilt
):
    for name, value in spoilt.items():
        outsider.execute(f"ALTER ROLE postgres IN DATABASE {outsider.raw.info.dbname} SET {name} = '{value}'")
    database = Database(database_url)
    told = await getattr(database, kind)(
        lambda connection: {name: connection.execute(text(f"SHOW {name}")).scalar() for name in wanted}
    )
    await database.close()
    assert told == wanted


async def test_a_stand_bys_word_on_top_is_left(database_url, outsider):
    name = outsider.raw.info.dbname
    outsider.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'remote_apply'")
    database = Database(database_url)
    told = await database.write(
        lambda connection: connection.execute(text("SHOW synchronous_commit")).scalar()
    )
    await database.close()
    assert told == "remote_apply"


async def test_what_a_writer_reads_is_still_so_when_it_commits(database_url):
    """Two processes that count and then add, as versions are given: without the lock both see the same."""
    both = [Database(database_url) for _ in range(2)]

    def add(connection):
        number = len(names(connection))
        connection.execute(text("SELECT pg_sleep(0.01)"))
        connection.execute(consumer(f"c-{number:03}"))

    await asyncio.gather(*(database.write(add) for database in both * 8))
    assert await both[0].read(names) == [f"c-{number:03}" for number in range(16)]
    for database in both:
        await database.close()


async def test_a_value_that_no_column_holds_is_no_outage(database):
    row = {"id": "x" * 101, "name": "x", "roles": "consumer", "created_at": DAY, "builtin": False}
    bad = asyncio.create_task(database.write(lambda c: c.execute(insert(consumers).values(**row))))
    behind = asyncio.create_task(database.write(lambda c: c.execute(text("SELECT 1")).scalar()))
    with pytest.raises(LandbridgeError) as refused:
        await bad
    assert not isinstance(refused.value, StoreUnavailable)
    assert await behind == 1


async def test_a_statement_that_takes_too_long_is_stopped(database):
    with pytest.raises(StoreUnavailable):
        await database.write(lambda connection: connection.execute(text("SELECT pg_sleep(600)")))
    assert await healed(database) == []


async def test_a_survey_takes_its_time(database):
    def slow(connection):
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "0"
        return names(connection)

    assert await database.survey(slow) == []


async def test_a_writer_that_says_nothing_more_loses_the_lock(database, database_url):
    """As a node that hangs in the middle: the server ends its session, and the others write."""
    stuck, go_on = threading.Event(), threading.Event()

    def hang(connection):
        connection.execute(consumer("never"))
        stuck.set()
        assert go_on.wait(60)
        connection.execute(consumer("nor this"))

    hung = asyncio.create_task(database.write(hang))
    await asyncio.to_thread(stuck.wait, 60)
    other = Database(database_url)

    async def written():
        try:
            await other.write(lambda connection: connection.execute(consumer("other")))
        except StoreUnavailable:
            return False
        return True

    while not await written():
        pass
    go_on.set()
    with pytest.raises(StoreUnavailable):
        await hung
    assert await other.read(names) == ["other"]
    await other.close()


async def test_sessions_that_were_ended_heal(database, outsider):
    await database.write(lambda connection: connection.execute(consumer("a")))
    assert await database.read(names) == ["a"]
    outsider.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'landbridge'"
        " AND datname = current_database()"
    )
    await database.write(lambda connection: connection.execute(consumer("b")))
    assert await database.read(names) == ["a", "b"]


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1/x", "127.0.0.1:{port}/nowhere", "127.0.0.1:{port}/x?sslmode=require"]
)
def test_a_database_out_of_reach_is_said_to_be_without_the_password(cluster, address):
    url = f"postgresql://postgres:hush@{address.format(port=cluster.port)}"
    for attempt in (migrate, pending):
        with pytest.raises(StoreUnavailable) as caught:
            attempt(url)
        assert "hush" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "hush" not in repr(open_engine(url, writes=True))


MIGRATING = """
import sys
from gateway.store.migrate import migrate
sys.stdin.readline()
migrate(sys.argv[1])
"""


def test_of_several_that_start_one_migrates(blank_url):
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATING, blank_url], stdin=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0] * 4
    assert pending(blank_url) == 0


@pytest.fixture
async def fragile(server) -> AsyncIterator[Database]:
    server.run("DROP DATABASE IF EXISTS fragile WITH (FORCE)")
    server.run("CREATE DATABASE fragile")
    migrate(server.url("fragile"))
    opened = Database(server.url("fragile"), readers=2)
    await opened.write(lambda connection: connection.execute(consumer("a")))
    yield opened
    await opened.close()


async def healed(database):
    while True:
        try:
            return await database.read(names)
        except StoreUnavailable:
            await asyncio.sleep(0.01)


async def test_a_server_that_hangs_is_refused_and_heals(server, fragile):
    server.hang()
    reads = [asyncio.create_task(fragile.read(names)) for _ in range(8)]
    writes = [
        asyncio.create_task(fragile.write(lambda connection: connection.execute(consumer("x")))) for _ in "12"
    ]
    ended = await asyncio.gather(*reads, *writes, return_exceptions=True)
    assert {type(each) for each in ended} == {StoreUnavailable}
    assert fragile._pulse.silent
    with pytest.raises(StoreUnavailable):  # at once: nobody waits for what is known to be silent
        fragile.write_soon(lambda: None)
    server.wake()
    assert "a" in await healed(fragile)


async def test_a_server_that_hangs_does_not_keep_us_from_closing(server, fragile):
    await fragile.read(names)  # the connection is there: what hangs is a statement
    server.hang()
    with pytest.raises(StoreUnavailable):
        await fragile.read(names)
    await fragile.close()
    server.wake()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_server_that_is_restarted_heals(server, fragile, how):
    server.stop(how)
    with pytest.raises(StoreUnavailable):
        await fragile.read(names)
    with pytest.raises(StoreUnavailable):
        await fragile.write(lambda connection: connection.execute(consumer("x")))
    server.start()
    assert await fragile.read(names) == ["a"]
    await fragile.write(lambda connection: connection.execute(consumer("b")))


async def test_a_restart_that_nobody_noticed_costs_no_ask(server, fragile):
    server.stop()
    server.start()
    await fragile.write(lambda connection: connection.execute(consumer("b")))
    assert await fragile.read(names) == ["a", "b"]
