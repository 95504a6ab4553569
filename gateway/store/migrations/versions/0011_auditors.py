"""What auditors count, follow, save and verify.

Revision ID: 0011
Revises: 0010
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

INSTANT = sa.String(24)
PAGE = 1000

COLUMNS = ("purpose", "personal", "withheld", "act", "about")
ABOUT = frozenset({"account", "consumer"})

entry_index = sa.table("entry_index", sa.column("idx"), *(sa.column(name) for name in COLUMNS))


def upgrade() -> None:
    """Widen the index, fill what is new of it from the entries, and make the tables."""
    for column in (
        sa.Column("purpose", sa.Text, nullable=True),
        sa.Column("personal", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("withheld", sa.Integer, nullable=False, server_default="0"),
        sa.Column("act", sa.Text, nullable=True),
        sa.Column("about", sa.Text, nullable=True),
    ):
        op.add_column("entry_index", column)
    for page in _pages():
        _fill(page)
    told = sa.text("about IS NOT NULL")
    op.create_index(
        "entry_index_by_about",
        "entry_index",
        ["about", "at", "idx"],
        sqlite_where=told,
        postgresql_where=told,
    )
    _make_tables()


def _make_tables() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("person", sa.String(64), sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_table(
        "verifications",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("due", sa.Integer, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("sound", sa.Boolean, nullable=True),
        sa.Column("told", sa.Text, nullable=True),
        sa.Column("note", sa.Text, nullable=True),
    )
    op.create_index("verifications_by_begin", "verifications", ["began_at"])
    op.create_table(
        "exports",
        sa.Column("entry", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def _pages() -> Iterator[list[Any]]:
    log = sa.table("entries", sa.column("idx"), sa.column("body"))
    start = 0
    while True:
        within = (log.c.idx >= start) & (log.c.idx < start + PAGE)
        page = op.get_bind().execute(sa.select(log).where(within).order_by(log.c.idx)).all()
        if not page:
            return
        yield list(page)
        start += PAGE


def _fill(page: list[Any]) -> None:
    rows = [{"place": row.idx, **said} for row in page if any((said := _said(row.body)).values())]
    if rows:
        this = sa.update(entry_index).where(entry_index.c.idx == sa.bindparam("place"))
        op.get_bind().execute(this.values({name: sa.bindparam(name) for name in COLUMNS}), rows)


def _said(body: bytes | None) -> dict[str, Any]:
    """A blanked or damaged body says nothing; the verification says which it is."""
    try:
        entry = json.loads(body) if body is not None else {}
        subject, event = entry.get("subject") or {}, entry.get("event")
        retrieval = (entry.get("outcome") or {}).get("retrieval") or {}
        return {
            "purpose": entry.get("purpose"),
            "personal": bool(entry.get("personal")),
            "withheld": sum(status == "withheld" for status in retrieval.values()),
            "act": event["act"] if event else subject.get("type"),
            "about": f"{subject['type']}:{subject['id']}" if subject.get("type") in ABOUT else None,
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def downgrade() -> None:
    """Take it down; it holds nothing that the log does not, but for what auditors saved."""
    for name in ("exports", "verifications", "saved_searches"):
        op.drop_table(name)
    op.drop_index("entry_index_by_about", "entry_index")
    for name in COLUMNS:
        op.drop_column("entry_index", name)
