"""A register of people over a database of each kind, and the entries it wrote."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from contracts.audit import Draft, Recorded
from contracts.errors import LogUnavailable
from gateway.access.people import Invitation, People
from gateway.access.sittings import Sittings
from gateway.store.database import Database
from tests.conftest import Clock
from tests.phones import code_at

PASSWORD = "Spring-river-2026"
KEY = bytes(range(32))


@dataclass
class Club:
    """The two rooms, what they told the log, and what phones show."""

    people: People
    sittings: Sittings
    clock: Clock
    database: Database
    entries: list[Draft]
    strangers: list[str]
    phones: dict[str, str] = field(default_factory=dict)
    log_works: bool = True

    def said(self, kind: str) -> list[str | None]:
        """The notes of the entries of this kind; for one without a subject, who did it."""
        return [
            each.subject.note if each.subject else each.operator for each in self.entries if each.kind == kind
        ]

    async def open(self, account: str, role: str = "auditor", *agencies: str) -> None:
        """An account that somebody has enrolled in."""
        await self.enrol(await self.people.make(account, role, agencies, by="os:root"))

    async def enrol(self, invitation: Invitation, password: str = PASSWORD) -> None:
        enrolment = await self.people.enrolment(invitation.token)
        self.phones[invitation.account] = enrolment.secret
        await self.people.enrol(invitation.token, password, self.code(invitation.account))

    def code(self, account: str) -> str:
        """What the phone shows now."""
        return code_at(self.phones[account], self.clock())

    async def sign_in(self, account: str, password: str = PASSWORD) -> str:
        """As a person does it: with a code that has not been used."""
        self.clock.advance(30)
        return await self.sittings.sign_in(account, password, self.code(account), "192.0.2.1")


@pytest.fixture
async def club(database_url: str, clock: Clock) -> AsyncIterator[Club]:
    database = Database(database_url)
    entries: list[Draft] = []
    strangers: list[str] = []

    async def record(draft: Draft) -> Recorded:
        if not made.log_works:
            raise LogUnavailable
        entries.append(draft)
        return Recorded(origin="test", index=len(entries) - 1, leaf=b"", size=len(entries))

    async def strange(remote: str) -> None:
        strangers.append(remote)

    people = People(database, KEY, record, clock)
    sittings = Sittings(database, people, record, clock, strange=strange)
    made = Club(people, sittings, clock, database, entries, strangers)
    yield made
    await database.close()
