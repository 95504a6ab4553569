"""How a front-end database fails: told as what it is, with what to do, never in the server's own words."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

import asyncio
import traceback

import pytest

from adapters.base import Deadline
from adapters.table.refusals import refusal
from contracts.errors import AgencyFailed, Fault, FaultClass
from tests.adapters.table.conftest import READER, SECRET, SECRETS, Desk
from tests.adapters.table.filings import PASSWORD, USER

TABLE = "table: SPGL_JSGCJGYSBAXXB"
PLAIN = ("      newest: LSH\n      per: JGYSBABH\n", "")


def view(name: str, query: str, more: str = "") -> str:
    return f'CREATE VIEW "{name}" AS SELECT \'x\'::text AS "GCDM", 1 AS "SJYXBS"{more} FROM {query}'


@pytest.fixture(scope="module")
def shop(house):
    """Tables and views of every bad kind."""
    house.put()
    house.run("CREATE TABLE written (at int)")
    house.run(f"GRANT INSERT ON written TO {READER}")
    house.run(
        "CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN SET LOCAL transaction_read_only = off; INSERT INTO written VALUES (1); RETURN 1; END $$"
    )
    house.run(
        "CREATE FUNCTION inserts() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO written VALUES (1); RETURN 1; END $$"
    )
    house.run(
        "CREATE FUNCTION fails() RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'Geheimnis der Behörde'; END $$"
    )
    house.run(
        'CREATE VIEW writing AS SELECT \'2012-231005-04-01-735188\'::text AS "GCDM", inserts() AS "SJYXBS"'
    )
    house.run(
        'CREATE VIEW unlocking AS SELECT \'2012-231005-04-01-735188\'::text AS "GCDM", writes() AS "SJYXBS"'
    )
    house.run(
        'CREATE VIEW failing AS SELECT \'2012-231005-04-01-735188\'::text AS "GCDM", fails() AS "SJYXBS"'
    )
    house.run('CREATE VIEW closed AS SELECT * FROM "SPGL_JSGCJGYSBAXXB"')
    house.run(f"REVOKE ALL ON closed FROM {READER}")
    house.run('CREATE VIEW numbered AS SELECT 1 AS "GCDM", 1 AS "SJYXBS"')
    house.run("CREATE SCHEMA shut")
    house.run('CREATE TABLE shut."SPGL_JSGCJGYSBAXXB" (a int)')
    return house


async def failure_of(desk: Desk, seconds: float = 30) -> AgencyFailed:
    with pytest.raises(AgencyFailed) as caught:
        await desk.pull(seconds=seconds)
    error = caught.value
    told = "".join(traceback.format_exception(error)) + repr(vars(error)) + error.detail.zh + error.detail.en
    for secret in (SECRET, READER, "Geheimnis", "ERROR:", "FATAL", "127.0.0.1"):
        assert secret not in told
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    return error


REFUSED = {
    "no such table": ((TABLE, "table: NIRGENDS"), Fault.NO_SUCH_ADDRESS, "ask.table"),
    "case counts": ((TABLE, "table: spgl_jsgcjgysbaxxb"), Fault.NO_SUCH_ADDRESS, "ask.table"),
    "no such schema": (("tls: off", "tls: off\n    schema: weg"), Fault.NO_SUCH_ADDRESS, "schema"),
    "a schema shut": (("tls: off", "tls: off\n    schema: shut"), Fault.UNAUTHORISED, "USAGE"),
    "no such column": (("SJYXBS: 1\n", "WEG: 1\n"), Fault.NO_SUCH_ADDRESS, "where"),
    "nothing to sort by": (("newest: LSH", "newest: WEG"), Fault.NO_SUCH_ADDRESS, "newest"),
    "no rights": ((TABLE, "table: closed"), Fault.UNAUTHORISED, "SELECT"),
    "no such value": (("SJYXBS: 1\n", "SJYXBS: eins\n"), Fault.OFF_CONTRACT, "where"),
    "no beginning of a number": ((TABLE, "table: numbered"), Fault.OFF_CONTRACT, "where"),
    "a view that writes": ((TABLE, "table: writing"), Fault.OFF_CONTRACT, "reading"),
    "a view that asks to write": ((TABLE, "table: unlocking"), Fault.OFF_CONTRACT, "reading"),
    "a view that gives up": ((TABLE, "table: failing"), Fault.DECLINED, "failed"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_says_what_to_do(shop, desk, case):
    edit, fault, word = REFUSED[case]
    sorting = () if edit[0] == "newest: LSH" or edit[0] != TABLE else (PLAIN,)
    error = await failure_of(desk(shop.base, edit, *sorting))
    assert error.fault is fault
    assert word.lower() in error.detail.en.lower()
    assert error.row.cls is (FaultClass.PERMANENT if fault is Fault.DECLINED else FaultClass.CONFIGURATION)
    assert shop.owner.execute("SELECT count(*) FROM written").fetchone() == (0,)


async def test_a_wrong_password(shop, desk):
    error = await failure_of(desk(shop.base, secrets={USER: READER, PASSWORD: "falsch"}))
    assert (error.fault, "password" in error.detail.en) == (Fault.UNAUTHORISED, True)


async def test_no_such_database(shop, desk):
    error = await failure_of(desk(shop.base.rpartition("/")[0] + "/weg"))
    assert (error.fault, "connection.base" in error.detail.en) == (Fault.NO_SUCH_ADDRESS, True)


@pytest.mark.parametrize("missing", [USER, PASSWORD])
async def test_a_secret_that_is_not_there_is_named(shop, desk, missing):
    found = {name: value for name, value in SECRETS.items() if name != missing}
    error = await failure_of(desk(shop.base, secrets=found))
    assert (error.fault, missing in error.detail.en) == (Fault.UNAUTHORISED, True)


async def test_too_many_are_there_already(shop, desk):
    shop.run(f"ALTER ROLE {READER} CONNECTION LIMIT 0")
    try:
        assert (await failure_of(desk(shop.base))).fault is Fault.SHEDDING
    finally:
        shop.run(f"ALTER ROLE {READER} CONNECTION LIMIT -1")


async def reading(house, *, over: bool = False) -> int:
    """Wait until the reader's statement runs, or does no more; the server's process that runs it."""
    running = "SELECT pid FROM pg_stat_activity WHERE usename = %s AND wait_event = 'PgSleep'"
    async with asyncio.timeout(20):
        while True:
            found = house.owner.execute(running, [READER]).fetchone()
            if bool(found) != over:
                return int(found[0]) if found else 0
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def slow(shop):
    """Whoever reads this waits."""
    shop.run(
        "CREATE VIEW slow AS SELECT '2012-231005-04-01-735188'::text AS \"GCDM\","
        ' 1 + length(pg_sleep(100)::text) AS "SJYXBS"'
    )
    return shop


async def test_a_statement_ends_with_the_deadline_on_either_side(slow, desk):
    asking = asyncio.create_task(failure_of(desk(slow.base, (TABLE, "table: slow"), PLAIN), seconds=4))
    await reading(slow)
    assert (await asking).fault is Fault.SILENT
    await reading(slow, over=True)


async def test_a_statement_that_is_ended_there(slow, desk):
    asking = asyncio.create_task(failure_of(desk(slow.base, (TABLE, "table: slow"), PLAIN)))
    pid = await reading(slow)
    slow.owner.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert (await asking).fault is Fault.RESET


async def test_who_gives_up_asking_leaves_nothing(slow, desk):
    before = asyncio.all_tasks()
    asking = asyncio.create_task(desk(slow.base, (TABLE, "table: slow"), PLAIN).pull())
    pid = await reading(slow)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == before
    slow.owner.execute("SELECT pg_terminate_backend(%s)", [pid])


async def test_nobody_there(desk):
    assert (await failure_of(desk("postgresql://127.0.0.1:1/a"))).fault is Fault.REFUSED


async def test_a_session_cannot_write_and_ends_by_itself(shop, desk, egress):
    """Even what we say ourselves: the session is told before the first statement."""
    opened = desk(shop.base).adapter
    async with opened._line(Deadline.after(3600, lambda: 0.5)) as line:
        said = await line.select(
            b"SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')"
        )
        [(read_only, timeout)] = said.rows
        assert read_only == b"on"
        assert timeout == b"1h"
        with pytest.raises(AgencyFailed) as caught:
            await line.select(b"INSERT INTO written VALUES ($1)", [b"1"])
    assert caught.value.fault is Fault.OFF_CONTRACT


@pytest.mark.parametrize(
    ("sqlstate", "fault"),
    [
        (b"57P03", Fault.SHEDDING),
        (b"53300", Fault.SHEDDING),
        (b"55P03", Fault.SHEDDING),
        (b"57014", Fault.SILENT),
        (b"57P01", Fault.RESET),
        (b"08006", Fault.RESET),
        (b"28000", Fault.UNAUTHORISED),
        (b"42883", Fault.OFF_CONTRACT),
        (b"XX000", Fault.BROKEN),
        (b"", Fault.BROKEN),
        (None, Fault.BROKEN),
    ],
)
def test_what_cannot_be_made_to_happen_here_is_told_by_its_code_too(sqlstate, fault):
    assert refusal(sqlstate).fault is fault
