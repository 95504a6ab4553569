"""What people here note about an agency: whom to call there, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from contracts.audit import EntryKind, Subject, who
from contracts.time import stored
from gateway.store.tables import agency_notes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from contracts.audit import Draft, Recorded
    from gateway.store.database import Database

SHOWN = 200
"""Notes of one agency that are shown, the newest."""


class About(StrEnum):
    """What a note is: the contact card, of which the newest holds, or what was said in a call."""

    CONTACT = "contact"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class CallNote:
    """One note: free text that may name people, by whom and when (stored form)."""

    about: About
    text: str
    by: str
    at: str


class CallNotes:
    """The notes, by agency; only added to. `record` writes an entry, `clock` gives aware UTC."""

    def __init__(
        self,
        database: Database,
        record: Callable[[Draft], Awaitable[Recorded]],
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._record, self._clock = database, record, clock

    async def add(self, agency: str, about: About, words: str, entry: Draft) -> CallNote:
        """Add one, once the log says that there is one, without its text.

        Raises LogUnavailable, StoreUnavailable.
        """
        note = CallNote(about, words, who(entry), stored(self._clock()))
        subject = Subject(type="agency", id=agency, note=about.value)
        what = {"kind": EntryKind.NOTED, "agencies": (agency,), "subject": subject}
        await self._record(entry.model_copy(update=what))
        await self._database.write(lambda writing: _add(writing, agency, note))
        return note

    async def of(self, agency: str) -> list[CallNote]:
        """An agency's notes, newest first. Raises StoreUnavailable."""
        return await self._database.read(lambda reading: _of(reading, agency))


def _add(connection: Connection, agency: str, note: CallNote) -> None:
    last: int | None = connection.execute(
        select(func.max(agency_notes.c.seq)).where(agency_notes.c.agency == agency)
    ).scalar()
    words = {"about": note.about.value, "text": note.text, "by": note.by, "at": note.at}
    connection.execute(insert(agency_notes).values(agency=agency, seq=(last or 0) + 1, **words))


def _of(connection: Connection, agency: str) -> list[CallNote]:
    """The newest of all, and the newest contact card however old."""
    own = select(agency_notes).where(agency_notes.c.agency == agency).order_by(agency_notes.c.seq.desc())
    rows = connection.execute(own.limit(SHOWN)).all()
    card = connection.execute(own.where(agency_notes.c.about == About.CONTACT.value).limit(1)).first()
    rows = [*rows, *([card] if card and card not in rows else ())]
    return [CallNote(About(row.about), row.text, row.by, row.at) for row in rows]
