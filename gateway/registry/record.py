"""The record of documents: what is in force, what was, and what is on its way.

At start a file whose digest was never published becomes a new published version; a file already imported
changes nothing, so a version made elsewhere, or a rollback, survives a restart. A draft is its author's until
submitted; who publishes it is somebody else, and publishes the content with the digest they saw.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from contracts.audit import Draft, EntryKind, Subject, who
from contracts.material import digest_of
from contracts.time import stored
from gateway.registry import documents, life
from gateway.registry.documents import Act, Document, DocumentKind, DocumentState
from gateway.registry.files import Difference, differences, files_in
from gateway.store.fixed import Known
from gateway.store.lately import Lately

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from contracts.audit import Recorded
    from gateway.store.database import Database


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
        self._known = Known(database, documents.KNOWN)
        self._published = Lately(lambda: database.read(documents.published), monotonic)

    async def import_files(self, folder: Path) -> list[Document]:
        """Publish every file in the configuration folder whose digest was never published.

        All these are checked before any is published, so a broken file changes nothing. Raises
        ManifestInvalid.
        """
        new = [each for each in files_in(folder) if await self._is_new(*each)]
        for kind, name, content in new:
            self.check(kind, name, content)
        return [await self._import(*each) for each in new]

    def check_files(self, folder: Path) -> None:
        """Raises ManifestInvalid for any file that cannot be used, though an older version of ours could."""
        for kind, name, content in files_in(folder):
            self.check(kind, name, content)

    async def _is_new(self, kind: DocumentKind, name: str, content: str) -> bool:
        digest = digest_of(content.encode())
        return not await self._database.read(
            lambda reading: documents.was_in_force(reading, kind, name, digest)
        )

    async def _import(self, kind: DocumentKind, name: str, content: str) -> Document:
        digest = digest_of(content.encode())
        version = await self._database.read(lambda reading: documents.next_version(reading, kind, name))
        document = Document(kind, name, version, digest, content, "file", by="file", at=self._now())
        # The entry comes first: a crash here leaves an announced version that the next start publishes,
        # announcing it again; it never leaves a version in force that the log does not know.
        await self._say(EntryKind.PUBLISHED, document, Draft(kind=EntryKind.PUBLISHED), "file")
        await self._change(lambda writing: life.import_one(writing, document))
        return document

    def check(self, kind: DocumentKind, name: str, content: str) -> None:
        """Raises ManifestInvalid, naming line and field of what is wrong."""
        self._check[kind](content, f"{name}.yaml")

    async def current(self, kind: DocumentKind) -> dict[str, Document]:
        """The published version of every document of the kind, by name; at most a second old."""
        published = await self._published()
        return {name: document for (of, name), document in published.items() if of is kind}

    async def in_force(self, kind: DocumentKind, name: str) -> Document | None:
        """The published version of one document, at most a second old; None where none is."""
        return (await self._published()).get((kind, name))

    async def last_in_force(self, kind: DocumentKind, name: str) -> Document | None:
        """The same as it was when anybody last looked, however long ago: enough for a title."""
        return (self._published.last or await self._published()).get((kind, name))

    async def drafted(self, kind: DocumentKind, name: str) -> bool:
        """Whether there ever was a version of this document, be it a draft; versions are counted from 1."""
        return await self._known(kind=kind.value, name=name, version=1)

    async def differences(self, folder: Path) -> list[Difference]:
        """Where the configuration folder and the record part. Raises ManifestInvalid: an unreadable file."""
        return differences(folder, await self._database.read(documents.published))

    async def waiting(self) -> list[Document]:
        """Every version that was submitted and that nobody has decided on, the longest waiting first."""
        return await self._database.read(documents.submitted)

    async def names(self, kind: DocumentKind) -> list[str]:
        """Every document there ever was a version of, be it a draft, by name."""
        return await self._database.read(lambda reading: documents.names(reading, kind))

    async def versions(self, kind: DocumentKind, name: str) -> list[Document]:
        """Every version of a document, newest first."""
        return await self._database.read(lambda reading: documents.versions(reading, kind, name))

    async def acts(self, kind: DocumentKind, name: str) -> list[Act]:
        """Everything that was done to a document, oldest first."""
        return await self._database.read(lambda reading: documents.acts(reading, kind, name))

    async def version(self, kind: DocumentKind, name: str, version: int) -> Document:
        """One version. Raises NoSuchThing."""
        return await self._database.read(lambda reading: documents.find(reading, kind, name, version))

    async def check_version(self, kind: DocumentKind, name: str, version: int) -> None:
        """Raises NoSuchThing for a version that there is none of, StoreUnavailable."""
        if not await self._known(kind=kind.value, name=name, version=version):
            raise documents.no_version(name, version)

    async def draft(self, kind: DocumentKind, name: str, content: str, entry: Draft) -> Document:
        """A new draft, its author's alone. It need not be valid yet."""
        version = await self._database.read(lambda reading: documents.next_version(reading, kind, name))
        by, digest = who(entry), digest_of(content.encode())
        document = Document(
            kind, name, version, digest, content, by, DocumentState.DRAFT, by=by, at=self._now()
        )
        await self._say(EntryKind.DRAFTED, document, entry)
        await self._change(lambda writing: life.add(writing, document, EntryKind.DRAFTED))
        return document

    async def edit(self, seen: Document, content: str, entry: Draft) -> Document:
        """Another text for a draft; whoever was to look at the old one is to look again.

        Raises WrongState, SecondPerson: only its author edits a draft.
        """
        life.check_edit(seen, who(entry))
        digest = digest_of(content.encode())
        changed = replace(
            seen, text=content, digest=digest, state=DocumentState.DRAFT, at=self._now(), submitted_by=None
        )
        return await self._step(EntryKind.DRAFTED, seen, changed, entry)

    async def submit(self, seen: Document, digest: str, entry: Draft, reason: str | None = None) -> Document:
        """Ask a second person to look. Raises WrongState, OtherDigest, SecondPerson, DocumentInvalid."""
        life.check_submit(seen, digest, who(entry))
        life.check_valid(partial(self.check, seen.kind, seen.name), seen)
        changed = replace(seen, state=DocumentState.SUBMITTED, at=self._now(), submitted_by=who(entry))
        return await self._step(EntryKind.SUBMITTED, seen, changed, entry, reason)

    async def withdraw(self, seen: Document, entry: Draft, reason: str | None = None) -> Document:
        """Its author gives a draft up. Raises WrongState, SecondPerson."""
        life.check_edit(seen, who(entry))
        changed = replace(seen, state=DocumentState.WITHDRAWN, at=self._now(), submitted_by=None)
        return await self._step(EntryKind.WITHDRAWN, seen, changed, entry, reason)

    async def reject(self, seen: Document, digest: str, entry: Draft, reason: str) -> Document:
        """A second person says no. Raises WrongState, OtherDigest, SecondPerson."""
        life.check_second(seen, digest, who(entry))
        changed = replace(seen, state=DocumentState.REJECTED, at=self._now(), submitted_by=None)
        return await self._step(EntryKind.REJECTED, seen, changed, entry, reason)

    async def publish(self, seen: Document, digest: str, entry: Draft, reason: str | None = None) -> Document:
        """A second person puts the content they saw in force; asks under way end on the version before.

        Raises WrongState, OtherDigest, SecondPerson, DocumentInvalid.
        """
        life.check_second(seen, digest, who(entry))
        life.check_valid(partial(self.check, seen.kind, seen.name), seen)
        changed = replace(seen, state=DocumentState.PUBLISHED, at=self._now(), by=who(entry))
        return await self._step(EntryKind.PUBLISHED, seen, changed, entry, reason)

    async def roll_back(self, target: Document, entry: Draft, reason: str) -> Document:
        """An earlier version is in force again, by one person: in an emergency there may be no second.

        Raises WrongState for what never was in force or is, DocumentInvalid for what cannot be read any more.
        """
        life.check_rollback(target)
        life.check_valid(partial(self.check, target.kind, target.name), target)
        changed = replace(target, state=DocumentState.PUBLISHED, at=self._now(), by=who(entry))
        return await self._step(EntryKind.ROLLED_BACK, target, changed, entry, reason)

    async def _step(
        self, act: EntryKind, seen: Document, changed: Document, entry: Draft, reason: str | None = None
    ) -> Document:
        """The entry, then the effect, unless somebody else was faster: then WrongState.

        A crash between the two leaves an entry without effect: the history shows what is true, the person saw
        no answer and repeats. The reason stays in the history: free text may name people, an entry may not.
        """
        await self._say(act, changed, entry)
        step = Act(changed.version, act.value, changed.digest, who(entry), changed.at, reason)
        await self._change(lambda writing: life.turn(writing, seen, changed, step))
        return changed

    async def _say(self, act: EntryKind, document: Document, entry: Draft, note: str | None = None) -> None:
        subject = Subject(
            type=document.kind.value,
            id=document.name,
            version=document.version,
            digest=document.digest,
            note=note,
        )
        agencies = (document.name,) if document.kind is DocumentKind.AGENCY else ()
        await self._record(entry.model_copy(update={"kind": act, "subject": subject, "agencies": agencies}))

    async def _change(self, fn: Callable[[Connection], None]) -> None:
        try:
            await self._database.write(fn)
        finally:  # also where nobody can say whether it was committed
            self._published.changed()

    def _now(self) -> str:
        return stored(self._clock())
