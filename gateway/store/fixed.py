"""One row by a statement that is asked for all the time: compiled once, and sent as it is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from contracts.errors import LandbridgeError, StoreUnavailable
from gateway.store.backend import without_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Dialect, Engine, Select

    from gateway.store.database import Database


class _Compiled(NamedTuple):
    """A statement as a driver takes it: with values that never vary, and the order of all if it wants one."""

    words: str
    own: Mapping[str, Any]
    order: list[str] | None


class Fixed:
    """A query by primary keys whose columns are texts and whole numbers, with names for what varies."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._compiled: dict[str, _Compiled] = {}

    def first(self, engine: Engine, bounds: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Its first row for these bounds; None for none. Raises StoreUnavailable, LandbridgeError.

        One statement sees one state of the database by itself, so none of ours begins a transaction for it;
        PostgreSQL's driver does, and gives it up with the connection.
        """
        words, own, order = self._on(engine.dialect)
        values = {**own, **bounds}
        with _cursor(engine) as cursor:
            cursor.execute(words, values if order is None else [values[name] for name in order])
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def _on(self, dialect: Dialect) -> _Compiled:
        if dialect.name not in self._compiled:
            compiled: Any = self._query.compile(dialect=dialect)
            self._compiled[dialect.name] = _Compiled(str(compiled), compiled.params, compiled.positiontup)
        return self._compiled[dialect.name]


class Known:
    """Whether there is something that is never taken away again: what was once found is not looked for twice.

    `query` has a row for it; its names for what varies are the arguments here.
    """

    def __init__(self, database: Database, query: Fixed) -> None:
        self._database, self._query = database, query
        self._found: set[tuple[tuple[str, Any], ...]] = set()

    async def __call__(self, **bounds: Any) -> bool:
        """Raises StoreUnavailable."""
        wanted = tuple(bounds.items())
        if wanted not in self._found and await self._database.first(self._query, bounds) is not None:
            self._found.add(wanted)  # only what is there, so guesses cannot fill the memory
        return wanted in self._found


@contextmanager
def _cursor(engine: Engine) -> Iterator[Any]:
    """Of a connection that is lent and given back; a driver's errors are said as `transaction` says them."""
    driver = engine.dialect.loaded_dbapi
    try:
        lent = engine.raw_connection()
        try:
            yield lent.cursor()
        finally:
            lent.close()
    except driver.DataError as error:
        without_values(error)
        raise LandbridgeError from error
    except (driver.Error, SQLAlchemyError) as error:
        without_values(error)
        raise StoreUnavailable from error
