"""Who used an agency's data is counted from an index of its own.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "entry_agencies_by_use", "entry_agencies", ["agency", "kind", "consumer", "purpose", "at"]
    )


def downgrade() -> None:
    """Take it down; it holds nothing that the table does not."""
    op.drop_index("entry_agencies_by_use", "entry_agencies")
