"""Tables as lines and back: whatever tables there are, from any database to any other."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, MetaData, Table, delete, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.store.migrate import upgrade
from gateway.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.backup.folder import Sums

FOLDER, ENDING = "tables", ".jsonl.gz"
BATCH = 500

_UNREADABLE = text("备份中的表 {name} 无法恢复", "The table {name} in the backup cannot be restored")


def write_tables(connection: Connection, root: Path, sums: Sums) -> dict[str, int]:
    """Every table of this transaction's state into `root`; gives how many rows each has. Raises OSError."""
    there = set(inspect(connection).get_table_names())
    counts = {}
    for table in metadata.sorted_tables:
        if table.name in there:
            lines = _Lines(connection, table)
            sums.keep(root, f"{FOLDER}/{table.name}{ENDING}", _packed(iter(lines)))
            counts[table.name] = lines.count
    return counts


class _Lines:
    """A table's rows in the order of their key, each a JSON object and a line; octets in base64."""

    def __init__(self, connection: Connection, table: Table) -> None:
        self._connection, self._table, self.count = connection, table, 0

    def __iter__(self) -> Iterator[bytes]:
        rows = select(self._table).order_by(*self._table.primary_key.columns)
        for row in self._connection.execute(rows, execution_options={"yield_per": BATCH}):
            self.count += 1
            words = {name: _word(value) for name, value in row._mapping.items()}  # noqa: SLF001  its public name
            yield json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _word(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _packed(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # gzip, with no time in its header
    for line in lines:
        if packed := packer.compress(line):
            yield packed
    yield packer.flush()


def load_tables(connection: Connection, root: Path, revision: str) -> None:
    """The tables into an empty database, made as they were at `revision`, and then brought to the present.

    The log's triggers stand before the first entry comes: it comes in order or not at all. Raises
    SetupIncomplete.
    """
    upgrade(connection, revision)
    names = [path.name.removesuffix(ENDING) for path in sorted((root / FOLDER).glob(f"*{ENDING}"))]
    made = set(inspect(connection).get_table_names())
    if strangers := sorted(set(names) - made):
        raise SetupIncomplete(_UNREADABLE.fill(name=strangers[0]))
    schema = MetaData()
    schema.reflect(connection, only=names)
    for table in reversed(schema.sorted_tables):  # what the migrations put there is in the backup too
        if connection.execute(select(table).limit(1)).first():
            connection.execute(delete(table))
    for table in schema.sorted_tables:
        _load(connection, table, root / FOLDER / f"{table.name}{ENDING}")
    upgrade(connection, "head")


def _load(connection: Connection, table: Table, path: Path) -> None:
    octets = {column.name for column in table.columns if isinstance(column.type, LargeBinary)}
    try:
        with gzip.open(path, "rb") as lines:
            rows = (_row(json.loads(line), octets) for line in lines)
            while batch := list(islice(rows, BATCH)):
                connection.execute(insert(table), batch)
    except (OSError, EOFError, zlib.error, ValueError, TypeError, AttributeError, SQLAlchemyError) as error:
        raise SetupIncomplete(_UNREADABLE.fill(name=table.name)) from error


def _row(words: dict[str, Any], octets: set[str]) -> dict[str, Any]:
    return {
        name: base64.b64decode(word, validate=True) if name in octets and word is not None else word
        for name, word in words.items()
    }
