"""Versioned documents: agency manifests and grant sheets. The database is the record, files feed it.

At start a file whose digest was never seen becomes a new published version; a file already imported
changes nothing, so a version made elsewhere, or a rollback, survives a restart.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import ManifestInvalid
from contracts.material import digest_of
from contracts.text import text
from contracts.time import stored
from gateway.store.tables import documents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from adapters.base import Adapter
    from contracts.audit import Recorded
    from contracts.material import Drift
    from contracts.text import Text
    from gateway.store.database import Database

log = logging.getLogger(__name__)

DRIFT_SIGNALS = 1000
"""Drift signals kept for people to look at."""

REMEMBERED_SECONDS = 1.0
"""How long the current versions are trusted without asking the database."""


class DocumentKind(StrEnum):
    """What a versioned document is."""

    AGENCY = "agency"
    GRANTS = "grants"


class DocumentState(StrEnum):
    """One version of each name is `published`; a newer one, or a rollback, sets it aside."""

    PUBLISHED = "published"
    SET_ASIDE = "set-aside"


@dataclass(frozen=True, slots=True)
class Document:
    """One version. `digest` is `sha256:` of the text's UTF-8 octets; `origin` is `file` or who made it."""

    kind: DocumentKind
    name: str
    version: int
    digest: str
    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a file and the record part: the file is `new`, `changed`, or `gone` from the folder."""

    kind: DocumentKind
    name: str
    what: str
    published_version: int | None
    published_text: str
    file_text: str


class Registry:
    """The record of documents. `check` raises ManifestInvalid for a text of that kind that cannot be used."""

    def __init__(
        self,
        database: Database,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
        check: Mapping[DocumentKind, Callable[[str, str], object]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._record, self._clock, self._check = database, record, clock, check
        self._monotonic = monotonic
        self._seen_at = -REMEMBERED_SECONDS
        self._current: dict[tuple[DocumentKind, str], Document] = {}

    async def import_files(self, folder: Path) -> list[Document]:
        """Publish every file in the configuration folder whose digest was never seen.

        All are checked before any is published, so a broken file changes nothing. Raises ManifestInvalid.
        """
        found = list(files_in(folder))
        for kind, name, content in found:
            self._check[kind](content, f"{name}.yaml")
        return [done for kind, name, content in found if (done := await self._import(kind, name, content))]

    async def _import(self, kind: DocumentKind, name: str, content: str) -> Document | None:
        digest = digest_of(content.encode())
        version = await self._database.read(lambda connection: _next_version(connection, kind, name, digest))
        if version is None:
            return None
        document = Document(kind, name, version, digest, content, "file")
        subject = Subject(type=kind.value, id=name, version=version, digest=digest, note="file")
        # The entry comes first: a crash here leaves an announced version that the next start publishes,
        # announcing it again; it never leaves a version in force that the log does not know.
        await self._record(Draft(kind=EntryKind.PUBLISHED, subject=subject))
        await self._database.write(lambda connection: _publish(connection, document, stored(self._clock())))
        self._seen_at = -REMEMBERED_SECONDS
        return document

    async def current(self, kind: DocumentKind) -> dict[str, Document]:
        """The published version of every document of the kind, by name; at most a second old."""
        if self._monotonic() - self._seen_at >= REMEMBERED_SECONDS:
            self._current = await self._database.read(_published)
            self._seen_at = self._monotonic()
        return {name: document for (of, name), document in self._current.items() if of is kind}

    async def differences(self, folder: Path) -> list[Difference]:
        """Where the configuration folder and the record part. Raises ManifestInvalid: an unreadable file."""
        files = {(kind, name): content for kind, name, content in files_in(folder)}
        published = await self._database.read(_published)
        names = sorted(set(files) | set(published))
        return [part for key in names if (part := _difference(key, published.get(key), files.get(key)))]


class Agencies:
    """An adapter for each published manifest, built once a version; asks under way keep theirs."""

    def __init__(self, registry: Registry, build: Callable[[Document], Adapter]) -> None:
        self._registry, self._build = registry, build
        self._built: dict[str, tuple[int, Adapter]] = {}
        self.broken: dict[str, Text] = {}
        self.drift: OrderedDict[tuple[str, str, str], Drift] = OrderedDict()

    async def all(self) -> tuple[Adapter, ...]:
        """The adapters of the versions in force now."""
        published = await self._registry.current(DocumentKind.AGENCY)
        self._built = {
            name: built for name, document in published.items() if (built := self._fitting(document))
        }
        return tuple(adapter for _, adapter in self._built.values())

    def drifted(self, agency: str, signals: tuple[Drift, ...]) -> None:
        """Keep the signals that an agency's replies have changed shape, each once, for people to look at."""
        for signal in signals:
            place = (agency, signal.kind, signal.path)
            if place not in self.drift:
                log.warning("drift at %s: %s %s: %s", agency, signal.kind, signal.path, signal.reason)
            self.drift[place] = signal
            while len(self.drift) > DRIFT_SIGNALS:
                self.drift.popitem(last=False)

    def _fitting(self, document: Document) -> tuple[int, Adapter] | None:
        """One manifest that an update of ours can no longer read must not take the other agencies with it."""
        built = self._built.get(document.name)
        if built and built[0] == document.version:
            return built
        try:
            adapter = self._build(document)
        except ManifestInvalid as error:
            if self.broken.get(document.name) != error.detail:
                log.error("manifest %s v%s cannot be used: %s", document.name, document.version, error)  # noqa: TRY400
            self.broken[document.name] = error.detail
            return None
        self.broken.pop(document.name, None)
        return document.version, adapter


def files_in(folder: Path) -> Iterable[tuple[DocumentKind, str, str]]:
    """Every document of a configuration folder: kind, name, text. Raises ManifestInvalid: unreadable."""
    for path in sorted((folder / "agencies").glob("*.yaml")):
        yield DocumentKind.AGENCY, path.stem, _text_of(path)
    grants = folder / "grants.yaml"
    if grants.exists():
        yield DocumentKind.GRANTS, DocumentKind.GRANTS.value, _text_of(grants)


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestInvalid(
            text(f"{path.name} 无法按 UTF-8 读取", f"{path.name} cannot be read as UTF-8")
        ) from error


def _next_version(connection: Connection, kind: DocumentKind, name: str, digest: str) -> int | None:
    """The version a new text would get, or None when this text was imported before."""
    own = (documents.c.kind == kind.value) & (documents.c.name == name)
    if connection.execute(select(documents.c.version).where(own, documents.c.digest == digest)).first():
        return None
    newest: int | None = connection.execute(select(func.max(documents.c.version)).where(own)).scalar()
    return (newest or 0) + 1


def _publish(connection: Connection, document: Document, now: str) -> None:
    if _next_version(connection, document.kind, document.name, document.digest) is None:
        return  # a node that started at the same moment was quicker with the same text
    own = (documents.c.kind == document.kind.value) & (documents.c.name == document.name)
    in_force = own & (documents.c.state == DocumentState.PUBLISHED.value)
    connection.execute(update(documents).where(in_force).values(state=DocumentState.SET_ASIDE.value))
    connection.execute(
        insert(documents).values(
            kind=document.kind.value,
            name=document.name,
            version=document.version,
            digest=document.digest,
            text=document.text,
            origin=document.origin,
            state=DocumentState.PUBLISHED.value,
            at=now,
            by=document.origin,
        )
    )


def _published(connection: Connection) -> dict[tuple[DocumentKind, str], Document]:
    rows = connection.execute(select(documents).where(documents.c.state == DocumentState.PUBLISHED.value))
    found = (
        Document(DocumentKind(row.kind), row.name, row.version, row.digest, row.text, row.origin)
        for row in rows
    )
    return {(document.kind, document.name): document for document in found}


def _difference(
    key: tuple[DocumentKind, str], published: Document | None, content: str | None
) -> Difference | None:
    kind, name = key
    if published is None:
        return Difference(kind, name, "new", None, "", content or "")
    if content is None:
        return Difference(kind, name, "gone", published.version, published.text, "")
    if digest_of(content.encode()) == published.digest:
        return None
    return Difference(kind, name, "changed", published.version, published.text, content)
