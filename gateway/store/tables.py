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
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gateway.store import logbook

metadata, INSTANT = logbook.metadata, logbook.INSTANT
DIGEST = String(71)  # sha256: and 64 hexadecimal digits


def _object(name: str, *, nullable: bool = False) -> Column[str]:
    """The digest of an object of the vault: a backup is not whole without it."""
    return Column(name, DIGEST, nullable=nullable, info={"object": True})


def vault_columns() -> tuple[Column[str], ...]:
    """Every column that names objects of the vault."""
    return tuple(
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("object", False)
    )


# The log's.

entries = logbook.entries
nodes = logbook.nodes
checkpoints = logbook.checkpoints
entry_index = logbook.entry_index
entry_agencies = logbook.entry_agencies
entry_materials = logbook.entry_materials
entry_events = logbook.entry_events
saved_searches = logbook.saved_searches
verifications = logbook.verifications
exports = logbook.exports

# The rooms.

documents = Table(
    "documents",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", DIGEST, nullable=False),
    Column("text", Text, nullable=False),
    Column("origin", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("by", String(100), nullable=False),
    Column("submitted_by", String(100), nullable=True),  # of what waits for a second person
    Index("documents_by_digest", "kind", "name", "digest"),
)

document_acts = Table(
    "document_acts",
    metadata,
    # What became of the versions of one document, in order; rows are only added.
    Column("kind", String(10), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("act", String(20), nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("reason", Text, nullable=True),
)

secrets = Table(
    "secrets",
    metadata,
    Column("agency", String(100), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=True),  # NULL once a newer version took its place
    Column("by", String(100), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("last_used_day", String(10), nullable=True),  # at +08:00
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

people = Table(
    "people",
    metadata,
    Column("id", String(64), primary_key=True),  # the account
    Column("role", String(20), nullable=False),  # one: nobody here has two hats
    Column("agencies", Text, nullable=False),  # comma-separated: an agency admin's own
    Column("created_at", INSTANT, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("closed_at", INSTANT, nullable=True),
    Column("password", Text, nullable=True),  # Argon2id, PHC string; NULL until enrolled
    Column("password_at", INSTANT, nullable=True),
    Column("earlier", Text, nullable=False, server_default="[]"),  # JSON: PHC strings, the last first
    Column("authenticator", LargeBinary, nullable=True),  # sealed; RFC 6238
    Column("subject", String(64), nullable=True, unique=True),  # whom the identity provider vouches for
    Column("step", BigInteger, nullable=True),  # of the last code that was good: no code is good twice
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("locked_until", INSTANT, nullable=True),
    Column("last_seen_at", INSTANT, nullable=True),
)

invitations = Table(
    "invitations",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("authenticator", LargeBinary, nullable=False),  # the one to be enrolled, sealed
    Column("at", INSTANT, nullable=False),
    Column("by", String(100), nullable=False),
    Column("until", INSTANT, nullable=False),
    Column("spent_at", INSTANT, nullable=True),
)

sittings = Table(
    "sittings",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("began_at", INSTANT, nullable=False),
    Column("seen_at", INSTANT, nullable=False),
    Column("ended_at", INSTANT, nullable=True),
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
    _object("evidence", nullable=True),
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
    _object("sha256", nullable=True),
    Column("held_at", INSTANT, nullable=True),
)

stand_ins = Table(
    "stand_ins",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("project", String(40), nullable=False),
    Column("kind", String(60), nullable=False),
    _object("content"),  # what was typed in, and why; it names the paper it was typed in from
    Column("state", String(12), nullable=False),
    Column("entered_by", String(100), nullable=False),
    Column("entered_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT, nullable=False),
    Column("decided_by", String(100), nullable=True),
    Column("decided_at", INSTANT, nullable=True),
    Column("replaced_at", INSTANT, nullable=True),
    Column("differing", Text, nullable=True),  # JSON: what the agency says otherwise
    Index("stand_ins_by_project", "project", "state"),
)

repulls = Table(
    "repulls",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency", String(100), nullable=False),
    Column("kinds", Text, nullable=False),  # JSON
    Column("by", String(100), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("reason", Text, nullable=False),
)

repull_cases = Table(
    "repull_cases",
    metadata,
    Column("repull", ForeignKey("repulls.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("case", String(64), nullable=False),
    Column("project", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("taken_at", INSTANT, nullable=True),
    Column("told", Text, nullable=True),  # JSON: statuses by kind, or the problem
    Index("repull_cases_by_state", "state"),
)

agency_pauses = Table(
    "agency_pauses",
    metadata,
    # A row stands while its agency is not to be asked.
    Column("agency", String(100), primary_key=True),
    Column("by", String(100), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("reason", Text, nullable=False),
)

agency_notes = Table(
    "agency_notes",
    metadata,
    # Free text, which may name people: kept here and never in the log. Rows are only added.
    Column("agency", String(100), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("about", String(10), nullable=False),  # contact: whom to call; call: what was said
    Column("text", Text, nullable=False),
    Column("by", String(100), nullable=False),
    Column("at", INSTANT, nullable=False),
)

# What came in through drop folders.

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("agency", String(100), nullable=False),
    Column("package", String(300), nullable=False),  # the agency's number for it, normalised
    Column("version", Integer, nullable=False),  # 1 for the first delivery under that number
    Column("digest", DIGEST, nullable=False),  # of what was dropped, as a whole
    _object("notice"),
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
    _object("sha256"),
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
    Column("digest", DIGEST, nullable=True),  # none where it could not be read
    Column("reason", String(40), nullable=False),  # its code
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("put_back_at", INSTANT, nullable=True),  # laid into the folder again
    Column("put_back_by", String(100), nullable=True),
    Index("quarantine_by_agency", "agency", "at"),
)

papers = Table(
    "papers",
    metadata,
    Column("agency", String(100), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    _object("sha256"),
    Column("media_type", String(200), nullable=False),
    Column("title", String(200), nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("by", String(100), nullable=False),
)

leaving = Table(
    "leaving",
    metadata,
    Column("sha256", DIGEST, primary_key=True),  # an object that no row names: a backup is whole without it
    Column("since", INSTANT, nullable=False),
)
