"""Many rows arrive whole, whatever their columns are called, in few statements."""

import math

from sqlalchemy import event, select

from gateway.store.database import Database
from gateway.store.rows import VALUES, add_rows
from gateway.store.tables import entry_index, nodes

AT = "2026-03-02T06:05:09.120Z"


async def test_thousands_arrive_in_few_statements(database_url):
    many = [{"level": 1, "idx": place, "hash": place.to_bytes(32, "big")} for place in range(4001)]
    database, statements = Database(database_url), []
    event.listen(database._writing, "before_cursor_execute", lambda *told: statements.append(told[2]))
    await database.write(lambda connection: add_rows(connection, nodes, many))
    found = await database.read(lambda connection: connection.execute(select(nodes)).all())
    assert sorted(row.idx for row in found) == list(range(4001))
    assert all(bytes(row.hash) == row.idx.to_bytes(32, "big") for row in found)
    inserts = [each for each in statements if each.startswith("INSERT")]
    assert len(inserts) == math.ceil(4001 / (VALUES // 3))
    await database.close()


async def test_a_column_may_be_called_as_the_language_is(database_url):
    row = {"idx": 7, "at": AT, "kind": "asked", "case": "'; 案号", "status": None}
    database = Database(database_url)
    await database.write(lambda connection: add_rows(connection, entry_index, [row]))
    found = await database.read(lambda connection: connection.execute(select(entry_index)).one())
    assert (found.case, found.status, found.project) == ("'; 案号", None, None)
    await database.write(lambda connection: add_rows(connection, entry_index, []))
    await database.close()
