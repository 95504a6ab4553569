"""The tables, as queries see them; the migrations are what makes them.

Times are text, RFC 3339 in UTC with milliseconds and `Z`, so that they order as they read. Nothing here
is peculiar to one database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

INSTANT = String(24)

# The log. What may happen to these rows is decided by triggers, not here: see guards.

entries = Table(
    "entries",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(32), nullable=False),  # RFC 9162 leaf hash of the body
    Column("body", LargeBinary, nullable=True),  # RFC 8785 octets; NULL once blanked
    Column("at", INSTANT, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("keep_until", INSTANT, nullable=False),  # no blanking before this instant
)

nodes = Table(
    "nodes",
    metadata,
    # A complete subtree: leaves idx·2^level up to (idx+1)·2^level. Level 0 is entries.leaf.
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", Text, nullable=False),  # C2SP signed note
    Column("at", INSTANT, nullable=False),
)

# The rooms.

documents = Table(
    "documents",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(71), nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("by", String(100), nullable=False),
    Index("documents_by_digest", "kind", "name", "digest"),
)

consumers = Table(
    "consumers",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("roles", String(200), nullable=False),  # comma-separated
    Column("agencies", Text, nullable=False, server_default=""),  # comma-separated: an agency admin's own
    Column("created_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT, nullable=True),
    Column("builtin", Boolean, nullable=False),
)

consumer_keys = Table(
    "consumer_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("consumer", ForeignKey("consumers.id"), nullable=False, index=True),
    Column("sha256", LargeBinary(32), nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT, nullable=True),
    Column("last_used_day", String(10), nullable=True),
)

aliases = Table(
    "aliases",
    metadata,
    Column("project", String(40), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("norm", String(300), primary_key=True),
    Column("raw", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("source", String(100), nullable=False),
    Column("evidence", String(71), nullable=True),
    Column("at", INSTANT, nullable=False),
    Column("decided_by", String(100), nullable=True),
    Column("decided_at", INSTANT, nullable=True),
    Index("aliases_by_value", "key", "norm"),
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency", String(100), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("project", String(40), nullable=True),
    Column("manifest_version", Integer, nullable=False),
    Column("locator", Text, nullable=False),  # JSON
    Column("name", Text, nullable=False),
    Column("media_type", String(200), nullable=True),
    Column("bytes", BigInteger, nullable=True),
    Column("sha256", String(71), nullable=True),
    Column("held_at", INSTANT, nullable=True),
)

# What came in through drop folders.

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency", String(100), nullable=False),
    Column("package", String(300), nullable=False),  # the agency's number for it, normalised
    Column("version", Integer, nullable=False),  # 1 for the first delivery under that number
    Column("digest", String(71), nullable=False),  # of what was dropped, as a whole
    Column("notice", String(71), nullable=False),  # in the vault
    Column("manifest_version", Integer, nullable=False),  # the keys were read by
    Column("arrived_at", INSTANT, nullable=False),
    Column("superseded_at", INSTANT, nullable=True),
    UniqueConstraint("agency", "package", "version", name="deliveries_by_version"),
    Index("deliveries_by_arrival", "agency", "arrived_at"),
)

delivery_files = Table(
    "delivery_files",
    metadata,
    Column("delivery", ForeignKey("deliveries.id"), primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("sha256", String(71), nullable=False),  # in the vault
    Column("bytes", BigInteger, nullable=False),
)

delivery_keys = Table(
    "delivery_keys",
    metadata,
    Column("delivery", ForeignKey("deliveries.id"), primary_key=True),
    Column("kind", String(60), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("norm", String(300), primary_key=True),
    Index("delivery_keys_by_value", "kind", "key", "norm"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency", String(100), nullable=False),
    Column("name", Text, nullable=False),  # of what was dropped
    Column("digest", String(71), nullable=True),  # none where it could not be read
    Column("reason", String(40), nullable=False),  # its code
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Index("quarantine_by_agency", "agency", "at"),
)
