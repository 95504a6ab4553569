"""People: accounts, one-time invitations, and who is signed in.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

INSTANT = sa.String(24)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "people",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("agencies", sa.Text, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("password", sa.Text, nullable=True),
        sa.Column("password_at", INSTANT, nullable=True),
        sa.Column("earlier", sa.Text, nullable=False, server_default="[]"),
        sa.Column("authenticator", sa.LargeBinary, nullable=True),
        sa.Column("subject", sa.String(64), nullable=True, unique=True),
        sa.Column("step", sa.BigInteger, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("last_seen_at", INSTANT, nullable=True),
    )
    op.create_table(
        "invitations",
        sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("person", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("authenticator", sa.LargeBinary, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(100), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("spent_at", INSTANT, nullable=True),
    )
    op.create_table(
        "sittings",
        sa.Column("sha256", sa.LargeBinary(32), primary_key=True),
        sa.Column("person", sa.String(64), sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
    )


def downgrade() -> None:
    """Take the tables down; who signed in stays in the log."""
    for name in ("sittings", "invitations", "people"):
        op.drop_table(name)
