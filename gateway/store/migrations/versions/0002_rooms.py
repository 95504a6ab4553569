"""The rooms: documents, consumers and their keys, aliases, attachments.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the rooms' tables."""
    _documents()
    _consumers()
    _aliases()
    _attachments()


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("origin", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
    )
    op.create_index("documents_by_digest", "documents", ["kind", "name", "digest"])


def _consumers() -> None:
    op.create_table(
        "consumers",
        sa.Column("id", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("builtin", sa.Boolean, nullable=False),
    )
    op.create_table(
        "consumer_keys",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("consumer", sa.String(100), sa.ForeignKey("consumers.id"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("last_used_day", sa.String(10), nullable=True),
    )
    op.create_index("ix_consumer_keys_consumer", "consumer_keys", ["consumer"])


def _aliases() -> None:
    op.create_table(
        "aliases",
        sa.Column("project", sa.String(40), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("norm", sa.String(300), primary_key=True),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("evidence", sa.String(71), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(100), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
    )
    op.create_index("aliases_by_value", "aliases", ["key", "norm"])


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("agency", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("project", sa.String(40), nullable=True),
        sa.Column("manifest_version", sa.Integer, nullable=False),
        sa.Column("locator", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.String(200), nullable=True),
        sa.Column("bytes", sa.BigInteger, nullable=True),
        sa.Column("sha256", sa.String(71), nullable=True),
        sa.Column("held_at", INSTANT, nullable=True),
    )


def downgrade() -> None:
    """Take the rooms' tables down; the log stays as it is."""
    for table in ("attachments", "aliases", "consumer_keys", "consumers", "documents"):
        op.drop_table(table)
