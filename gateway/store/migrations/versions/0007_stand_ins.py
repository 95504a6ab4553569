"""Stand-ins: materials that people typed in while an agency was out.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "stand_ins",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("project", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("content", sa.String(71), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("entered_by", sa.String(100), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("decided_by", sa.String(100), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("replaced_at", INSTANT, nullable=True),
        sa.Column("differing", sa.Text, nullable=True),
    )
    op.create_index("stand_ins_by_project", "stand_ins", ["project", "state"])


def downgrade() -> None:
    """Take the table down; what was typed in stays in the vault and in the log."""
    op.drop_table("stand_ins")
