"""Agencies paused by people, what people note about them, and deliveries put back.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the tables; a delivery set aside may be put back."""
    op.create_table(
        "agency_pauses",
        sa.Column("agency", sa.String(100), primary_key=True),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "agency_notes",
        sa.Column("agency", sa.String(100), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("about", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.add_column("quarantine", sa.Column("put_back_at", INSTANT, nullable=True))
    op.add_column("quarantine", sa.Column("put_back_by", sa.String(100), nullable=True))


def downgrade() -> None:
    """Take the tables down; who paused and noted stays in the log."""
    op.drop_column("quarantine", "put_back_by")
    op.drop_column("quarantine", "put_back_at")
    op.drop_table("agency_notes")
    op.drop_table("agency_pauses")
