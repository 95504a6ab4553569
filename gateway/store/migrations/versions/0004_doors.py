"""Consumers: which agencies an agency admin looks after.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nobody looks after any agency yet."""
    op.add_column("consumers", sa.Column("agencies", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Assignments are forgotten."""
    op.drop_column("consumers", "agencies")
