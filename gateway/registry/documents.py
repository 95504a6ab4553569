"""What a versioned document is, and how its row reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from contracts.errors import NoSuchThing
from contracts.text import text
from gateway.store.fixed import Fixed
from gateway.store.tables import document_acts, documents

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


class DocumentKind(StrEnum):
    """What a versioned document is."""

    AGENCY = "agency"
    GRANTS = "grants"


class DocumentState(StrEnum):
    """One version of each name is `published`; a newer one, or a rollback, sets it aside."""

    DRAFT = "draft"  # its author writes
    SUBMITTED = "submitted"  # a second person looks
    PUBLISHED = "published"  # in force
    SET_ASIDE = "set-aside"  # was in force once
    WITHDRAWN = "withdrawn"  # given up by its author
    REJECTED = "rejected"  # refused by the second person; the author may edit it


EVER_IN_FORCE = (DocumentState.PUBLISHED, DocumentState.SET_ASIDE)


@dataclass(frozen=True, slots=True)
class Document:
    """One version.

    `digest` is `sha256:` of the text's UTF-8 octets; `origin` is `file` or whose draft it was; `by` and `at`
    tell the last who touched it, `submitted_by` who asks for its publication.
    """

    kind: DocumentKind
    name: str
    version: int
    digest: str
    text: str
    origin: str
    state: DocumentState = DocumentState.PUBLISHED
    by: str = ""
    at: str = ""
    submitted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One step in the life of a version: what was done, to which content, by whom, when, and why."""

    version: int
    act: str
    digest: str
    by: str
    at: str
    reason: str | None


def of(kind: DocumentKind, name: str) -> ColumnElement[bool]:
    """Rows of one document, whatever the version."""
    return (documents.c.kind == kind.value) & (documents.c.name == name)


def document_of(row: Any) -> Document:
    """The version a row holds."""
    return Document(
        DocumentKind(row.kind),
        row.name,
        row.version,
        row.digest,
        row.text,
        row.origin,
        DocumentState(row.state),
        row.by,
        row.at,
        row.submitted_by,
    )


def published(connection: Connection) -> dict[tuple[DocumentKind, str], Document]:
    """Every version in force."""
    rows = connection.execute(select(documents).where(documents.c.state == DocumentState.PUBLISHED.value))
    return {(found.kind, found.name): found for found in map(document_of, rows)}


def submitted(connection: Connection) -> list[Document]:
    """Everything that waits for a second person, the longest first."""
    waiting = documents.c.state == DocumentState.SUBMITTED.value
    rows = connection.execute(select(documents).where(waiting).order_by(documents.c.at, documents.c.name))
    return list(map(document_of, rows))


def find(connection: Connection, kind: DocumentKind, name: str, version: int) -> Document:
    """One version. Raises NoSuchThing."""
    row = connection.execute(select(documents).where(of(kind, name), documents.c.version == version)).first()
    if row is None:
        raise no_version(name, version)
    return document_of(row)


KNOWN = Fixed(
    select(documents.c.version).where(
        documents.c.kind == bindparam("kind"),
        documents.c.name == bindparam("name"),
        documents.c.version == bindparam("version"),
    )
)
"""Whether there is this version."""


def no_version(name: str, version: int) -> NoSuchThing:
    """The document never had it."""
    return NoSuchThing(text(f"{name} 没有版本 {version}", f"{name} has no version {version}"))


def versions(connection: Connection, kind: DocumentKind, name: str) -> list[Document]:
    """Every version, newest first."""
    rows = connection.execute(select(documents).where(of(kind, name)).order_by(documents.c.version.desc()))
    return [document_of(row) for row in rows]


def names(connection: Connection, kind: DocumentKind) -> list[str]:
    """The names of all documents of a kind, in order."""
    found = select(documents.c.name).where(documents.c.kind == kind.value).distinct()
    return sorted(connection.execute(found).scalars())


def next_version(connection: Connection, kind: DocumentKind, name: str) -> int:
    """The number of the next new version."""
    newest: int | None = connection.execute(
        select(func.max(documents.c.version)).where(of(kind, name))
    ).scalar()
    return (newest or 0) + 1


def was_in_force(connection: Connection, kind: DocumentKind, name: str, digest: str) -> bool:
    """Whether this very text was published before; a draft of it was not."""
    states = [state.value for state in EVER_IN_FORCE]
    seen = select(documents.c.version).where(
        of(kind, name), documents.c.digest == digest, documents.c.state.in_(states)
    )
    return connection.execute(seen).first() is not None


def acts(connection: Connection, kind: DocumentKind, name: str) -> list[Act]:
    """Everything that was done to a document, oldest first."""
    own = (document_acts.c.kind == kind.value) & (document_acts.c.name == name)
    rows = connection.execute(select(document_acts).where(own).order_by(document_acts.c.seq))
    return [Act(row.version, row.act, row.digest, row.by, row.at, row.reason) for row in rows]


def note_act(connection: Connection, kind: DocumentKind, name: str, act: Act) -> None:
    """Add a step. Two nodes that add the same one at once collide on its number, and one of them fails."""
    own = (document_acts.c.kind == kind.value) & (document_acts.c.name == name)
    last: int | None = connection.execute(select(func.max(document_acts.c.seq)).where(own)).scalar()
    connection.execute(
        insert(document_acts).values(
            kind=kind.value,
            name=name,
            seq=(last or 0) + 1,
            version=act.version,
            act=act.act,
            digest=act.digest,
            by=act.by,
            at=act.at,
            reason=act.reason,
        )
    )
