"""Re-pulls: cases whose materials are to be asked for afresh.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "repulls",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("agency", sa.String(100), nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "repull_cases",
        sa.Column("repull", sa.String(40), sa.ForeignKey("repulls.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("case", sa.String(64), nullable=False),
        sa.Column("project", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("told", sa.Text, nullable=True),
    )
    op.create_index("repull_cases_by_state", "repull_cases", ["state"])


def downgrade() -> None:
    """Take the tables down; what was asked stays in the log."""
    op.drop_table("repull_cases")
    op.drop_table("repulls")
