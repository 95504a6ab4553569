"""Who was last found to sit where: enough to begin a page with, while it is looked up whether they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.audit import PERSON

if TYPE_CHECKING:
    from datetime import datetime

_MOST = 1000
"""Sittings remembered; beyond these the one longest there is looked up before its page begins."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in. `password_days`: how old the password is, None for who has none here."""

    account: str
    role: str
    agencies: frozenset[str]
    password_days: int | None

    @property
    def id(self) -> str:
        """As the log says it."""
        return PERSON + self.account


class Faces:
    """People by their sitting's digest, of this process alone: another may have sent them away meanwhile."""

    def __init__(self) -> None:
        self._found: dict[bytes, tuple[Person, datetime]] = {}
        self.changes = 0

    def known(self, sitting: bytes, now: datetime) -> Person | None:
        """Who was found there; None once they have been idle too long, or were never looked up."""
        person, until = self._found.get(sitting, (None, now))
        return person if now < until else None

    def found(self, sitting: bytes, person: Person | None, until: datetime, changes: int) -> None:
        """Who was found there just now, `until` they are idle too long; None for nobody.

        `changes` as they were before it was looked up: what was forgotten meanwhile stays so.
        """
        self._found.pop(sitting, None)
        if person and changes == self.changes:
            self._found[sitting] = person, until
        if len(self._found) > _MOST:
            del self._found[next(iter(self._found))]

    def forget(self, account: str) -> None:
        """Something about an account is other than it was."""
        self.changes += 1
        gone = [sitting for sitting, (person, _) in self._found.items() if person.account == account]
        for sitting in gone:
            del self._found[sitting]
