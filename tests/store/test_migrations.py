"""Migrations make the tables the queries know, and no way up or down loses a trigger."""
# ruff: noqa: S608  statements put together by hand are what is tested

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import String, insert, text

from contracts.errors import SetupIncomplete
from gateway.store import migrate as migrating
from gateway.store.database import transaction
from gateway.store.engine import open_engine
from gateway.store.guards import GUARDS, missing_guards
from gateway.store.migrate import SCRIPTS, downgrade, is_empty, migrate, pending, upgrade
from gateway.store.tables import consumers, metadata
from tests.stores import only_sqlite, outsider_at

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT tgname, pg_get_triggerdef(t.oid) || tgenabled::text || pg_get_functiondef(tgfoid)
        FROM pg_trigger t WHERE NOT tgisinternal
    """,
}
REVISIONS = [script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()][::-1]


@pytest.fixture
def url(blank_url):
    return blank_url


@pytest.fixture
def connection(url):
    engine = open_engine(url, writes=True)
    with transaction(engine) as opened:
        yield opened
    engine.dispose()


def triggers(connection):
    """Each trigger's text, and on PostgreSQL its function's and whether it is awake."""
    return dict(connection.execute(text(TRIGGERS[connection.dialect.name])).all())


def refuses_deletion(connection):
    """The trigger does something, not only exist."""
    at = "2026-03-02T06:05:09.120Z"
    row = f"INSERT INTO entries VALUES (0, '0', '0', '{at}', 'asked', '9{at[1:]}')"
    with connection.begin_nested() as point:
        connection.execute(text(row))
        with pytest.raises(Exception, match="nothing may be deleted"), connection.begin_nested():
            connection.execute(text("DELETE FROM entries"))
        point.rollback()


def guarded(connection):
    assert not missing_guards(connection)
    refuses_deletion(connection)
    return triggers(connection)


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_log_is_guarded_at_every_revision_up_and_down(connection, revision):
    upgrade(connection, REVISIONS[0])
    first = guarded(connection)
    upgrade(connection, revision)
    assert guarded(connection) == first
    upgrade(connection, "head")
    assert guarded(connection) == first
    downgrade(connection, revision)
    assert guarded(connection) == first
    upgrade(connection, "head")
    assert guarded(connection) == first


@only_sqlite
def test_a_batch_migration_of_the_log_would_be_caught(connection):
    upgrade(connection, "head")
    with Operations(MigrationContext.configure(connection)).batch_alter_table(
        "entries", recreate="always"
    ) as batch:
        batch.alter_column("kind", type_=String(30))
    assert missing_guards(connection) == {name for name in GUARDS if name.startswith("entries")}
    with pytest.raises(AssertionError):
        guarded(connection)


def test_nothing_takes_the_log_down(connection):
    upgrade(connection, "head")
    with pytest.raises(SetupIncomplete):
        downgrade(connection, "base")


def test_migrations_make_what_the_queries_know(connection):
    upgrade(connection, "head")
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
    assert compare_metadata(context, metadata) == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(url, monkeypatch):
    def half_way(connection, revision):
        upgrade(connection, "0001")
        raise SetupIncomplete

    monkeypatch.setattr(migrating, "upgrade", half_way)
    with pytest.raises(SetupIncomplete):
        migrate(url)
    monkeypatch.undo()
    assert is_empty(url)
    assert pending(url) == len(REVISIONS)
    migrate(url)
    assert pending(url) == 0


def test_migrating_twice_changes_nothing(url, tmp_path):
    assert is_empty(url)
    assert list(tmp_path.iterdir()) == []
    migrate(url)
    migrate(url)
    assert is_empty(url)
    assert pending(url) == 0


def test_one_row_anywhere_and_it_is_no_longer_empty(url, connection):
    upgrade(connection, "head")
    row = {"id": "a", "name": "a", "roles": "consumer", "created_at": "2026", "builtin": False}
    connection.execute(insert(consumers).values(**row))
    connection.commit()
    assert not is_empty(url)


def test_a_newer_database_is_refused(url):
    migrate(url)
    with outsider_at(url) as outsider:
        outsider.execute("UPDATE alembic_version SET version_num = '9999'")
    for ask in (migrate, pending):
        with pytest.raises(SetupIncomplete) as caught:
            ask(url)
        assert "newer version" in str(caught.value)
