"""A statement compiled once finds what the same statement finds, and fails as every look does."""

import pytest
from sqlalchemy import Integer, bindparam, cast, literal, select

from contracts.errors import LandbridgeError, StoreUnavailable
from gateway.store.database import Database
from gateway.store.fixed import Fixed, Known
from gateway.store.tables import documents
from tests.store.test_database import DAY, document
from tests.stores import only_postgres

QUERY = select(documents.c.name, documents.c.version, documents.c.at).where(
    documents.c.version == bindparam("version"),
    documents.c.name == bindparam("name"),
    documents.c.kind == bindparam("kind"),
    documents.c.version != bindparam("version") - 1,  # a name that stands twice
)


async def test_it_finds_what_the_statement_finds_and_nothing_for_nothing(database):
    for version in (1, 2):
        await database.write(lambda writing, it=version: writing.execute(document("mdj-a", it)))
    fixed = Fixed(QUERY)
    for version in (2, 1, 3):
        bounds = {"kind": "agency", "name": "mdj-a", "version": version}
        row = await database.read(lambda reading, it=bounds: reading.execute(QUERY, it).first())
        assert await database.first(fixed, bounds) == (tuple(row) if row else None)
    assert await database.first(fixed, {"kind": "agency", "name": "mdj-a'; --", "version": 1}) is None


async def test_it_sees_what_was_written_a_moment_ago(database):
    fixed = Fixed(select(documents.c.at).where(documents.c.name == bindparam("name")))
    assert await database.first(fixed, {"name": "mdj-b"}) is None
    await database.write(lambda writing: writing.execute(document("mdj-b")))
    assert await database.first(fixed, {"name": "mdj-b"}) == (DAY,)


async def test_a_closed_database_says_so(database_url):
    opened = Database(database_url)
    fixed = Fixed(select(literal(1)))
    assert await opened.first(fixed, {}) == (1,)
    await opened.close()
    with pytest.raises(StoreUnavailable):
        await opened.first(fixed, {})


async def test_a_fault_of_the_database_is_a_fault_of_the_database_and_the_next_look_is_well(database):
    gone = Fixed(select(documents.c.at).where(documents.c.name == bindparam("name")).prefix_with("no such"))
    for _ in range(9):  # more often than there are connections
        with pytest.raises(StoreUnavailable):
            await database.first(gone, {"name": "x"})
    assert await database.first(Fixed(select(literal(2))), {}) == (2,)


@only_postgres
async def test_a_connection_that_was_cut_is_replaced(database, outsider):
    fixed = Fixed(select(literal(3)))
    assert await database.first(fixed, {}) == (3,)
    outsider.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'landbridge'"
        " AND datname = current_database()"
    )
    assert await database.first(fixed, {}) == (3,)


@only_postgres
async def test_a_value_that_no_column_holds_is_no_word_about_the_database(database):
    odd = Fixed(select(cast(bindparam("name"), Integer)))
    with pytest.raises(LandbridgeError) as caught:
        await database.first(odd, {"name": "x"})
    assert not isinstance(caught.value, StoreUnavailable)


async def test_what_was_found_once_is_not_looked_for_again_and_what_was_not_is(database, monkeypatch):
    asked = []
    first = database.first

    async def counted(fixed, bounds):
        asked.append(bounds["name"])
        return await first(fixed, bounds)

    monkeypatch.setattr(database, "first", counted)
    known = Known(database, Fixed(select(documents.c.at).where(documents.c.name == bindparam("name"))))
    assert [await known(name="mdj-c"), await known(name="mdj-c")] == [False, False]
    await database.write(lambda writing: writing.execute(document("mdj-c")))
    assert [await known(name="mdj-c"), await known(name="mdj-c"), await known(name="mdj-d")] == [
        True,
        True,
        False,
    ]
    assert asked == ["mdj-c", "mdj-c", "mdj-c", "mdj-d"]
