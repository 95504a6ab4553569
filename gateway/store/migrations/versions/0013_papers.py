"""Papers: what drafts of manifests are made from.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "papers",
        sa.Column("agency", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("media_type", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
    )


def downgrade() -> None:
    """Take the table down; the drafts stay."""
    op.drop_table("papers")
