"""From any older state of the database to the present one.

What is run is alembic's; whether anything is to be run is read here, so that the many starts at which nothing
is need not load it.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy import text as sql

from contracts.errors import SetupIncomplete, StoreUnavailable
from contracts.text import text
from gateway.store.database import transaction
from gateway.store.engine import backend_of, database_url, open_engine
from gateway.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config
    from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"

BUSY_MILLISECONDS = 60_000
"""How long a process that starts waits for another that is migrating."""

_NEWER = text(
    "数据库由更新的版本写入，本版本无法使用；请安装新版本",
    "The database was written by a newer version; install that one",
)
_OUT_OF_REACH = text("数据库无法使用：{why}", "The database cannot be used: {why}")


def migrate(url: str) -> None:
    """Bring the database to the present state; nothing happens when it is there already. All or nothing.

    The write lock is held meanwhile: of several processes that start, one migrates, the others find it done.
    Raises SetupIncomplete for a database of a newer version or of a kind we do not support, StoreUnavailable.
    """
    with _writing(url) as connection:
        if behind(connection):
            upgrade(connection, "head")


def upgrade(connection: Connection, revision: str) -> None:
    """Up to a revision, inside the caller's transaction. Raises SetupIncomplete."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.util.exc import CommandError  # noqa: PLC0415

    try:
        command.upgrade(_configured(connection), revision)
    except CommandError as error:
        raise SetupIncomplete(_NEWER) from error


def downgrade(connection: Connection, revision: str) -> None:
    """Down to a revision, inside the caller's transaction. Raises SetupIncomplete: the log itself stays."""
    from alembic import command  # noqa: PLC0415  see above

    command.downgrade(_configured(connection), revision)


def pending(url: str) -> int:
    """How many migrations wait. Raises SetupIncomplete, StoreUnavailable."""
    with _writing(url) as connection:
        return behind(connection)


def behind(connection: Connection) -> int:
    """How many migrations wait for the database of this connection. Raises SetupIncomplete."""
    revisions, reached = _revisions(), revision_of(connection)
    if reached is None:
        return len(revisions)
    if reached not in revisions:
        raise SetupIncomplete(_NEWER)
    return len(revisions) - revisions.index(reached) - 1


def revision_of(connection: Connection) -> str | None:
    """Which migration this database has come to; None for none."""
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    reached: str | None = connection.execute(sql("SELECT version_num FROM alembic_version")).scalar()
    return reached


@cache
def _revisions() -> list[str]:
    """All there are, oldest first: one after the other, each file named by its own."""
    return sorted(path.stem.partition("_")[0] for path in (SCRIPTS / "versions").glob("*.py"))


def is_empty(url: str) -> bool:
    """Whether nothing was ever written: no database, no tables, or no row in any. Makes no file.

    Raises SetupIncomplete, StoreUnavailable.
    """
    if not backend_of(url).exists(database_url(url)):
        return True
    with _writing(url) as connection:
        there = inspect(connection).get_table_names()
        anything = " UNION ALL ".join(
            f"SELECT 1 FROM (SELECT 1 FROM {table.name} LIMIT 1) AS row_of_{table.name}"  # noqa: S608  our own names
            for table in metadata.sorted_tables
            if table.name in there
        )
        return not anything or connection.execute(sql(anything)).first() is None


@contextmanager
def _writing(url: str) -> Iterator[Connection]:
    engine = open_engine(url, writes=True, busy_milliseconds=BUSY_MILLISECONDS, unhurried=True)
    try:
        with transaction(engine) as connection:
            yield connection
    except StoreUnavailable as error:
        raise StoreUnavailable(_OUT_OF_REACH.fill(why=_first_line(error.__cause__))) from error
    finally:
        engine.dispose()


def _first_line(error: BaseException | None) -> str:
    """What the database says, for the operator at the console: an ask never sees it."""
    said = str(getattr(error, "orig", None) or error)
    return said.partition("\n")[0]


def _configured(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  see above

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
