"""What may happen to the log's rows: nothing, but a body blanked past its retention."""
# ruff: noqa: S608  statements put together by hand are what is tested

import pytest
from sqlalchemy import text

from contracts.errors import StoreUnavailable
from gateway.store.guards import due_guards, missing_guards
from tests.stores import only_postgres, only_sqlite

PAST, FUTURE = "2020-01-01T00:00:00.000Z", "9999-01-01T00:00:00.000Z"
ROWS = (
    f"INSERT INTO entries VALUES (0, x'00', x'7b7d', '{PAST}', 'asked', '{FUTURE}')",
    f"INSERT INTO entries VALUES (1, x'01', x'7b7d', '{PAST}', 'asked', '{PAST}')",
    "INSERT INTO nodes VALUES (1, 0, x'02')",
    f"INSERT INTO checkpoints VALUES (2, x'02', 'note', '{PAST}')",
)
REFUSED = [
    "DELETE FROM entries WHERE idx = 1",
    "DELETE FROM entries",
    "DELETE FROM nodes",
    "DELETE FROM checkpoints",
    "UPDATE nodes SET hash = x'03'",
    "UPDATE nodes SET hash = hash",
    "UPDATE checkpoints SET note = 'other'",
    "UPDATE entries SET body = NULL WHERE idx = 0",  # its floor is not reached
    "UPDATE entries SET body = NULL",
    "UPDATE entries SET body = x'7b' WHERE idx = 1",
    "UPDATE entries SET leaf = x'03' WHERE idx = 1",
    f"UPDATE entries SET keep_until = '{PAST}' WHERE idx = 0",
    "UPDATE entries SET body = NULL, leaf = x'03' WHERE idx = 1",
    "UPDATE entries SET body = NULL, idx = 7 WHERE idx = 1",
    "UPDATE entries SET body = NULL, at = '' WHERE idx = 1",
    "UPDATE entries SET body = NULL, kind = '' WHERE idx = 1",
    f"UPDATE entries SET body = NULL, keep_until = '{FUTURE}' WHERE idx = 1",
    "INSERT INTO entries VALUES (1, x'09', NULL, '', '', '') ON CONFLICT (idx) DO UPDATE SET leaf = x'09'",
    f"INSERT INTO entries VALUES (1, x'09', NULL, '{PAST}', '', '') ON CONFLICT DO NOTHING",
    f"INSERT INTO entries VALUES (3, x'09', x'7b7d', '{PAST}', 'asked', '{PAST}')",  # a gap
    f"INSERT INTO checkpoints VALUES (1, x'09', 'smaller', '{PAST}')",
]
REPLACING = [
    "UPDATE OR REPLACE entries SET idx = 0 WHERE idx = 1",
    "UPDATE OR IGNORE entries SET leaf = x'03' WHERE idx = 1",
    f"INSERT OR REPLACE INTO entries VALUES (1, x'09', x'7b7d', '{PAST}', 'asked', '{PAST}')",
    f"INSERT OR IGNORE INTO entries VALUES (3, x'09', x'7b7d', '{PAST}', 'asked', '{PAST}')",
    f"REPLACE INTO entries VALUES (0, x'09', x'7b7d', '{PAST}', 'asked', '{PAST}')",
    "INSERT OR REPLACE INTO nodes VALUES (1, 0, x'09')",
    f"INSERT OR REPLACE INTO checkpoints VALUES (2, x'09', 'other', '{PAST}')",
]
"""SQLite's own ways around a refusal."""
EMPTYING = [
    f"TRUNCATE {table}" for table in ("entries", "nodes", "checkpoints", "entries, nodes, checkpoints")
]
"""PostgreSQL's."""

REFUSALS = [
    *(("sqlite", statement) for statement in REFUSED + REPLACING),
    *(("postgres", statement) for statement in REFUSED + EMPTYING),
]
refusals = pytest.mark.parametrize(("store_kind", "statement"), REFUSALS)


@pytest.fixture
async def filled(database, outsider):
    def fill(connection):
        for row in ROWS:
            connection.execute(text(outsider.spoken(row)))

    await database.write(fill)
    return database


def contents(raw):
    tables = ("entries", "nodes", "checkpoints")
    return [raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables]


@refusals
async def test_refused(filled, outsider, statement):
    before = contents(outsider)
    with pytest.raises(StoreUnavailable):
        await filled.write(lambda connection: connection.exec_driver_sql(outsider.spoken(statement)))
    assert contents(outsider) == before


@refusals
async def test_refused_to_an_outsider_too(filled, outsider, statement):
    before = contents(outsider)
    with pytest.raises(outsider.refused, match=r"may be|only"):
        outsider.execute(statement)
    assert contents(outsider) == before


async def test_past_its_floor_a_body_may_be_blanked_and_nothing_else(filled, outsider):
    (before, _, _) = contents(outsider)
    blank = text("UPDATE entries SET body = NULL WHERE idx = 1")
    await filled.write(lambda connection: connection.execute(blank))
    (after, _, _) = contents(outsider)
    assert after[0] == before[0]
    assert after[1][:2] + after[1][3:] == before[1][:2] + before[1][3:]
    assert after[1][2] is None


@only_sqlite
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        (statement, table)
        for statement in REPLACING
        for table in ("entries", "nodes", "checkpoints")
        if statement.startswith(f"INSERT OR REPLACE INTO {table}")
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("append_guard", [True, False])
async def test_replacing_meets_two_locks_either_of_which_holds(
    filled, outsider, statement, table, recursive, append_guard
):
    """With both gone it slips: the mutant that shows each lock is one."""
    before = contents(outsider)
    outsider.execute(f"PRAGMA recursive_triggers={recursive}")
    if not append_guard:
        outsider.disarm(f"{table}_append")
    if recursive == "ON" or append_guard:
        with pytest.raises(outsider.refused):
            outsider.execute(statement)
        assert contents(outsider) == before
    else:
        outsider.execute(statement)
        assert contents(outsider) != before


@pytest.mark.parametrize(
    ("trigger", "statement"),
    [
        ("entries_no_delete", "DELETE FROM entries"),
        ("entries_blank_only", "UPDATE entries SET leaf = x'03'"),
        ("nodes_no_delete", "DELETE FROM nodes"),
        ("nodes_no_update", "UPDATE nodes SET hash = x'03'"),
        ("checkpoints_no_delete", "DELETE FROM checkpoints"),
        ("checkpoints_no_update", "UPDATE checkpoints SET note = 'other'"),
    ],
)
async def test_without_its_trigger_each_would_happen(filled, outsider, trigger, statement):
    before = contents(outsider)
    outsider.disarm(trigger)
    outsider.execute(statement)
    assert contents(outsider) != before


@only_postgres
@pytest.mark.parametrize("table", ["entries", "nodes", "checkpoints"])
async def test_without_its_trigger_a_table_would_be_emptied(filled, outsider, table):
    outsider.disarm(f"{table}_no_truncate")
    outsider.execute(f"TRUNCATE {table}")
    assert [] in contents(outsider)


@only_postgres
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE entries DISABLE TRIGGER {name}",
        "ALTER TABLE entries ENABLE TRIGGER {name}",  # asleep in a replica's session
        "ALTER TABLE entries ENABLE REPLICA TRIGGER {name}",
        "DROP TRIGGER {name} ON entries",
        (
            "DROP TRIGGER {name} ON entries;"
            " CREATE TRIGGER {name} BEFORE UPDATE ON nodes EXECUTE FUNCTION {name}();"
            " ALTER TABLE nodes ENABLE ALWAYS TRIGGER {name}"
        ),
        "ALTER TRIGGER {name} ON entries RENAME TO other",
    ],
)
@pytest.mark.parametrize("name", sorted(name for name in due_guards("postgresql") if name[0] == "e"))
async def test_a_trigger_switched_off_is_missed(database, outsider, name, statement):
    assert await database.read(missing_guards) == frozenset()
    outsider.execute(statement.format(name=name))
    assert await database.read(missing_guards) == {name}


@only_postgres
async def test_all_triggers_switched_off_are_missed(database, outsider):
    outsider.execute("ALTER TABLE nodes DISABLE TRIGGER ALL")
    gone = {name for name in due_guards("postgresql") if name.startswith("nodes_")}
    assert await database.read(missing_guards) == gone


@only_postgres
async def test_no_session_is_beyond_the_triggers(filled, outsider):
    """A superuser's that says it is a replica's, and one with a table of the same name of its own."""
    before = contents(outsider)
    outsider.execute("SET session_replication_role = replica")
    with pytest.raises(outsider.refused):
        outsider.execute("DELETE FROM entries")
    outsider.execute("CREATE TEMP TABLE entries (idx int)")
    outsider.execute("INSERT INTO entries VALUES (8)")
    with pytest.raises(outsider.refused):
        outsider.execute(f"INSERT INTO public.entries VALUES (9, '', NULL, '{PAST}', '', '{PAST}')")
    outsider.execute("DROP TABLE pg_temp.entries")
    assert contents(outsider) == before
