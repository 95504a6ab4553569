"""What the log is searched by, made for the entries that are there already.

Revision ID: 0006
Revises: 0005
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.String(24)
PAGE = 1000

SEARCHED = ("kind", "project", "case", "consumer", "operator", "status", "problem")

entry_index = sa.table(
    "entry_index",
    *(sa.column(name) for name in ("idx", "at", *SEARCHED)),
)
entry_agencies = sa.table(
    "entry_agencies",
    *(sa.column(name) for name in ("agency", "at", "idx", "kind", "consumer", "purpose")),
)
entry_materials = sa.table("entry_materials", *(sa.column(name) for name in ("material", "at", "idx")))


def upgrade() -> None:
    """Make the tables and fill them; a blanked entry is found by its time and kind alone."""
    _make_index()
    _make_narrow()
    for page in _pages():
        filed: tuple[list[dict[str, Any]], ...] = ([], [], [])
        for row in page:
            _file(row, *filed)
        for table, rows in zip((entry_index, entry_agencies, entry_materials), filed, strict=True):
            if rows:
                op.get_bind().execute(sa.insert(table), rows)
    # Indexes over what is there already are made faster than they are kept.
    op.create_index("entry_index_by_at", "entry_index", ["at", "idx"])
    for name in SEARCHED:
        op.create_index(f"entry_index_by_{name}", "entry_index", [name, "at", "idx"])
    op.create_index("entry_events_by_answer", "entry_events", ["answer", "idx"])


def _make_index() -> None:
    op.create_table(
        "entry_index",
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("project", sa.Text, nullable=True),
        sa.Column("case", sa.Text, nullable=True),
        sa.Column("consumer", sa.Text, nullable=True),
        sa.Column("operator", sa.Text, nullable=True),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
    )


def _make_narrow() -> None:
    op.create_table(
        "entry_agencies",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("consumer", sa.Text, nullable=True),
        sa.Column("purpose", sa.Text, nullable=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry_materials",
        sa.Column("material", sa.Text, primary_key=True),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry_events",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("answer", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def _pages() -> Iterator[list[Any]]:
    log = sa.table("entries", *(sa.column(name) for name in ("idx", "at", "kind", "body")))
    start = 0
    while True:
        within = (log.c.idx >= start) & (log.c.idx < start + PAGE)
        page = op.get_bind().execute(sa.select(log).where(within).order_by(log.c.idx)).all()
        if not page:
            return
        yield list(page)
        start += PAGE


def _file(row: Any, index: list[Any], agencies: list[Any], materials: list[Any]) -> None:
    """Entries of this revision tell of no events yet."""
    entry = _read(row.body)
    outcome = entry.get("outcome") or {}
    words = {name: entry.get(name) for name in ("project", "case", "consumer", "operator")}
    found = {"status": outcome.get("status"), "problem": outcome.get("problem")}
    place = {"at": row.at, "idx": row.idx}
    index.append({**place, "kind": row.kind, **words, **found})
    whose = {"kind": row.kind, "consumer": entry.get("consumer"), "purpose": entry.get("purpose")}
    agencies += [{"agency": agency, **place, **whose} for agency in sorted(set(entry.get("agencies", ())))]
    materials += [{"material": kind, **place} for kind in sorted(set(entry.get("kinds", ())))]


def _read(body: bytes | None) -> dict[str, Any]:
    """A blanked or damaged body says nothing; the verification says which it is."""
    try:
        entry = json.loads(body) if body is not None else {}
    except ValueError:
        entry = {}
    return entry if isinstance(entry, dict) else {}


def downgrade() -> None:
    """The index goes; the log stays as it is."""
    for table in ("entry_events", "entry_materials", "entry_agencies", "entry_index"):
        op.drop_table(table)
