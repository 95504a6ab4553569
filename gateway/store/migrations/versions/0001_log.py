"""The log: entries, nodes of its tree, checkpoints, and the triggers that keep them.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.store.guards import Guard, set_up

revision = "0001"
down_revision = None

# `IS NOT` compares NULL too. A trigger's RAISE holds whatever the statement says about conflicts, so
# INSERT OR REPLACE and OR IGNORE are refused by the `_append` ones even on a connection that never
# heard of recursive_triggers; with it, the `_no_delete` ones refuse REPLACE a second time.
TRIGGERS = (
    """
    CREATE TRIGGER entries_append BEFORE INSERT ON entries
    WHEN NEW.idx IS NOT (SELECT COALESCE(MAX(idx) + 1, 0) FROM entries)
    BEGIN SELECT RAISE(ABORT, 'entries: only the next index may be appended'); END
    """,
    """
    CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'entries: nothing may be deleted'); END
    """,
    """
    CREATE TRIGGER entries_blank_only BEFORE UPDATE ON entries
    WHEN NEW.idx IS NOT OLD.idx OR NEW.leaf IS NOT OLD.leaf OR NEW.at IS NOT OLD.at
      OR NEW.kind IS NOT OLD.kind OR NEW.keep_until IS NOT OLD.keep_until OR NEW.body IS NOT NULL
      OR OLD.keep_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    BEGIN SELECT RAISE(ABORT, 'entries: only a body past its retention may be blanked'); END
    """,
    """
    CREATE TRIGGER nodes_append BEFORE INSERT ON nodes
    WHEN EXISTS (SELECT 1 FROM nodes WHERE level = NEW.level AND idx = NEW.idx)
    BEGIN SELECT RAISE(ABORT, 'nodes: nothing may be replaced'); END
    """,
    """
    CREATE TRIGGER nodes_no_delete BEFORE DELETE ON nodes
    BEGIN SELECT RAISE(ABORT, 'nodes: nothing may be deleted'); END
    """,
    """
    CREATE TRIGGER nodes_no_update BEFORE UPDATE ON nodes
    BEGIN SELECT RAISE(ABORT, 'nodes: nothing may be changed'); END
    """,
    """
    CREATE TRIGGER checkpoints_append BEFORE INSERT ON checkpoints
    WHEN NEW.size <= (SELECT MAX(size) FROM checkpoints)
    BEGIN SELECT RAISE(ABORT, 'checkpoints: the log only grows'); END
    """,
    """
    CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints: nothing may be deleted'); END
    """,
    """
    CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'checkpoints: nothing may be changed'); END
    """,
)

_NOW = """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""

# The same for PostgreSQL. An instant's text is compared octet by octet, whatever the database's language.
POSTGRES_GUARDS = (
    Guard(
        "entries_append",
        "entries",
        "INSERT",
        "entries: only the next index may be appended",
        "NEW.idx IS DISTINCT FROM (SELECT COALESCE(MAX(idx) + 1, 0) FROM entries)",
    ),
    Guard("entries_no_delete", "entries", "DELETE", "entries: nothing may be deleted"),
    Guard(
        "entries_blank_only",
        "entries",
        "UPDATE",
        "entries: only a body past its retention may be blanked",
        "(NEW.idx, NEW.leaf, NEW.at, NEW.kind, NEW.keep_until)"
        " IS DISTINCT FROM (OLD.idx, OLD.leaf, OLD.at, OLD.kind, OLD.keep_until)"
        f' OR NEW.body IS NOT NULL OR OLD.keep_until COLLATE "C" > {_NOW}',
    ),
    Guard(
        "nodes_append",
        "nodes",
        "INSERT",
        "nodes: nothing may be replaced",
        "EXISTS (SELECT 1 FROM nodes WHERE level = NEW.level AND idx = NEW.idx)",
    ),
    Guard("nodes_no_delete", "nodes", "DELETE", "nodes: nothing may be deleted"),
    Guard("nodes_no_update", "nodes", "UPDATE", "nodes: nothing may be changed"),
    Guard(
        "checkpoints_append",
        "checkpoints",
        "INSERT",
        "checkpoints: the log only grows",
        "NEW.size <= (SELECT MAX(size) FROM checkpoints)",
    ),
    Guard("checkpoints_no_delete", "checkpoints", "DELETE", "checkpoints: nothing may be deleted"),
    Guard("checkpoints_no_update", "checkpoints", "UPDATE", "checkpoints: nothing may be changed"),
)


def upgrade() -> None:
    """Make the three tables and guard them."""
    op.create_table(
        "entries",
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("keep_until", sa.String(24), nullable=False),
    )
    op.create_table(
        "nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("idx", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for trigger in TRIGGERS:
            op.execute(trigger)
    else:
        set_up(op.get_bind(), POSTGRES_GUARDS)


def downgrade() -> None:
    """Refused: no version of this software takes the log down."""
    raise SetupIncomplete(text("审计日志不可拆除", "The audit log is not taken down"))
