"""The tables of the log, of what it is searched by, and of what auditors keep."""

from __future__ import annotations

from sqlalchemy import (
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
    false,
    text,
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

# What the log is searched by. No evidence: it is made from the entries and may be made anew. Each search
# walks one of these backwards, so behind its word every index has what the finds are ordered by.

_BESIDE = ("kind", "consumer", "status", "problem")
"""Words of few values, behind each index's own: they are looked up a million times, and not in the table."""

entry_index = Table(
    "entry_index",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("at", INSTANT, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("project", Text, nullable=True),
    Column("case", Text, nullable=True),
    Column("consumer", Text, nullable=True),
    Column("operator", Text, nullable=True),
    Column("status", Integer, nullable=True),
    Column("problem", Text, nullable=True),
    # What is counted, and what others did about an account, a consumer or a project.
    Column("purpose", Text, nullable=True),
    Column("personal", Boolean, nullable=False, server_default=false()),
    Column("withheld", Integer, nullable=False, server_default="0"),  # kinds that no grant covered
    Column("act", Text, nullable=True),
    Column("about", Text, nullable=True),
    Index("entry_index_by_at", "at", "idx"),
    Index(
        "entry_index_by_about",
        "about",
        "at",
        "idx",
        sqlite_where=text("about IS NOT NULL"),
        postgresql_where=text("about IS NOT NULL"),
    ),
    *(
        Index(f"entry_index_by_{name}", name, "at", "idx", *(each for each in _BESIDE if each != name))
        for name in ("kind", "project", "case", "consumer", "operator", "status", "problem")
    ),
)

entry_agencies = Table(
    "entry_agencies",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("at", INSTANT, primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),  # these three: who used an agency's data is counted from here
    Column("consumer", Text, nullable=True),
    Column("purpose", Text, nullable=True),
    Index("entry_agencies_by_use", "agency", "kind", "consumer", "purpose", "at"),
    sqlite_with_rowid=False,
)

entry_materials = Table(
    "entry_materials",
    metadata,
    Column("material", Text, primary_key=True),
    Column("at", INSTANT, primary_key=True),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

entry_events = Table(
    "entry_events",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("event", Text, primary_key=True),  # the consumer's id for it
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("answer", Integer, nullable=False),
    Index("entry_events_by_answer", "answer", "idx"),
    sqlite_with_rowid=False,
)

# What auditors keep for themselves.

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("words", Text, nullable=False),  # JSON: the form as it was filled in
    Column("at", INSTANT, nullable=False),
)

verifications = Table(
    "verifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("by", String(100), nullable=False),
    Column("began_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False),  # the last sign of life of whoever runs it
    Column("done", Integer, nullable=False),  # entries walked
    Column("due", Integer, nullable=False),  # entries there were when it began
    Column("ended_at", INSTANT, nullable=True),
    Column("sound", Boolean, nullable=True),
    Column("told", Text, nullable=True),  # JSON: the report's sentences
    Column("note", Text, nullable=True),  # the checkpoint it was about
    Index("verifications_by_begin", "began_at"),
)

exports = Table(
    "exports",
    metadata,
    Column("entry", Integer, primary_key=True, autoincrement=False),  # the log's own of this export
    Column("note", Text, nullable=False),  # the signed manifest
)
