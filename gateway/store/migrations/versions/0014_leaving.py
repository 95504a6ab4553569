"""Objects of the vault that no row names any more: samples of drafts that are done.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "leaving",
        sa.Column("sha256", sa.String(71), primary_key=True),
        sa.Column("since", sa.String(24), nullable=False),
    )


def downgrade() -> None:
    """Take the table down; what was leaving stays in the vault."""
    op.drop_table("leaving")
