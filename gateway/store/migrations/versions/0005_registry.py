"""The life of documents, and secrets.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Versions published so far keep their row; their life before this is in the audit log."""
    op.add_column("documents", sa.Column("submitted_by", sa.String(100), nullable=True))
    op.create_table(
        "document_acts",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=True),
    )
    op.create_table(
        "secrets",
        sa.Column("agency", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("last_used_day", sa.String(10), nullable=True),
    )


def downgrade() -> None:
    """Drafts would be read as if they had been in force once: they go, and so does every secret."""
    op.drop_table("secrets")
    op.drop_table("document_acts")
    op.execute("DELETE FROM documents WHERE state NOT IN ('published', 'set-aside')")
    op.drop_column("documents", "submitted_by")
