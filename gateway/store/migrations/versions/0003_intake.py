"""What came in through drop folders: deliveries, their files and keys, and what was set aside.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the intake's tables."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("agency", sa.String(100), nullable=False),
        sa.Column("package", sa.String(300), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("notice", sa.String(71), nullable=False),
        sa.Column("manifest_version", sa.Integer, nullable=False),
        sa.Column("arrived_at", INSTANT, nullable=False),
        sa.Column("superseded_at", INSTANT, nullable=True),
        sa.UniqueConstraint("agency", "package", "version", name="deliveries_by_version"),
    )
    op.create_index("deliveries_by_arrival", "deliveries", ["agency", "arrived_at"])
    _files_and_keys()
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("agency", sa.String(100), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.String(71), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("zh", sa.Text, nullable=False),
        sa.Column("en", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("quarantine_by_agency", "quarantine", ["agency", "at"])


def _files_and_keys() -> None:
    op.create_table(
        "delivery_files",
        sa.Column("delivery", sa.String(40), sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("path", sa.String(1000), primary_key=True),
        sa.Column("sha256", sa.String(71), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "delivery_keys",
        sa.Column("delivery", sa.String(40), sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("kind", sa.String(60), primary_key=True),
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("norm", sa.String(300), primary_key=True),
    )
    op.create_index("delivery_keys_by_value", "delivery_keys", ["kind", "key", "norm"])


def downgrade() -> None:
    """Take the intake's tables down; the log and the vault stay as they are."""
    for table in ("quarantine", "delivery_keys", "delivery_files", "deliveries"):
        op.drop_table(table)
