"""Entry v1, the line of the audit log: what it says, and the octets that are hashed.

The octets are RFC 8785 canonical JSON of the fields that are present; the leaf hash is RFC 9162's
SHA-256 of 0x00 and the octets. Never personal values: key values stand here only where an identifier's
grammar vouches for them. The salt keeps blanked entries from being guessed back from their hashes.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from contracts.material import Digest, Strict

FLOOR_DAYS = 180
"""网络安全法: network logs are kept six months at least."""

PERSONAL_FLOOR_DAYS = 1095
"""网络数据安全管理条例: records of giving personal information to another processor, three years at least."""


class EntryKind(StrEnum):
    """What happened."""

    ASKED = "asked"  # agencies are about to be asked
    ANSWERED = "answered"  # this answer is about to leave
    USED = "used"  # the consumer says what became of an answer: viewed, printed, exported
    REFUSED = "refused"  # the consumer was told no
    FAILED = "failed"  # the ask ended in a fault of ours
    STRANGERS = "strangers"  # so many unknown callers since the last such entry
    PUBLISHED = "published"  # a manifest, grant sheet or rule profile took effect
    DRAFTED = "drafted"  # a document's draft was made or edited
    SUBMITTED = "submitted"  # its author asks a second person to look
    WITHDRAWN = "withdrawn"  # its author gave it up
    REJECTED = "rejected"  # a second person said no
    ROLLED_BACK = "rolled-back"  # an earlier version is in force again
    TRIED = "tried"  # a version is about to read recorded replies, alone or beside another
    SECRET = "secret"  # noqa: S105  a secret was set or sealed anew; never its value
    CONSUMER = "consumer"  # a consumer or a key was added or revoked
    ACCOUNT = "account"  # a person's account was made, changed, locked, opened again or closed
    SIGNED_IN = "signed-in"  # a person signed in, with both factors
    SIGNED_OUT = "signed-out"  # a person signed out
    TURNED_AWAY = "turned-away"  # a password or code of an account was wrong
    PURGED = "purged"  # kept answers are about to be forgotten by order of a person
    ALIAS = "alias"  # a person looked at a project's keys, or confirmed or rejected one
    AUDIT = "audit"  # an auditor searched, verified or exported
    STAND_IN = "stand-in"  # a person typed a material in, agreed or refused; or the agency replaced it
    DRIFTED = "drifted"  # an agency's replies of one kind were first seen changed in shape
    REPULLED = "repulled"  # a person has materials of many cases asked for afresh
    STARTED = "started"  # the gateway started
    INGESTED = "ingested"  # a delivery from a drop folder became known; `count` of its files
    BACKED_UP = "backed-up"  # a copy of everything is about to be made
    RESTORED = "restored"  # this log goes on from a backup's; `version` of its subject is the size it had
    PAUSED = "paused"  # an agency is not asked any more, by order of a person
    RESUMED = "resumed"  # it is asked again
    NOTED = "noted"  # a person noted something about an agency; not what
    PUT_BACK = "put-back"  # a delivery set aside is laid into its folder again, by order of a person
    LOOKED = "looked"  # a person is about to see a page of the console that no other entry tells of
    QUARANTINED = "quarantined"  # a delivery was set aside; the subject's note is the reason's code


ENDINGS = (EntryKind.ANSWERED, EntryKind.REFUSED, EntryKind.FAILED)
"""How an ask ends: the kinds of entry that have an outcome, with a status or a problem. No other has."""


class Subject(Strict):
    """What an entry that is not about an ask is about."""

    type: str
    id: str
    version: int | None = None
    digest: Digest | None = None
    note: str | None = None


class Outcome(Strict):
    """How an ask ended: HTTP status, problem type if any, retrieval status per kind, how many kept."""

    status: int
    problem: str | None = None
    retrieval: dict[str, str] = Field(default_factory=dict)
    cached: int = 0


class Act(StrEnum):
    """What a consumer's person did with an answer after it was delivered."""

    VIEW = "view"
    PRINT = "print"
    EXPORT = "export"


class Event(Strict):
    """One use of an answer, as the consumer tells it: its own `id` for it, when (stored text), how often."""

    id: str
    act: Act
    at: str | None = None
    copies: int | None = Field(default=None, ge=1)


class Draft(Strict):
    """An entry before the log gives it its time, salt and place.

    `asked` is the index of the ask that an ending ends, `answer` that of the answer that was used.
    """

    kind: EntryKind
    asked: int | None = None
    answer: int | None = None
    event: Event | None = None
    consumer: str | None = None
    operator: str | None = None
    case: str | None = None
    purpose: str | None = None
    project: str | None = None
    scope: dict[str, Any] | None = None
    kinds: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    agencies: tuple[str, ...] = ()
    evidence: tuple[Digest, ...] = ()
    keys: dict[str, str] = Field(default_factory=dict)
    outcome: Outcome | None = None
    answer_digest: Digest | None = None
    age: int | None = Field(default=None, ge=0)
    personal: bool = False
    count: int | None = None
    subject: Subject | None = None

    @model_validator(mode="after")
    def _only_an_end_has_an_outcome(self) -> Self:
        if self.outcome is not None and self.kind not in ENDINGS:
            raise ValueError(f"an entry of kind {self.kind.value} has no outcome")
        return self


PERSON = "person:"
"""Before the name of a person's account, so that no consumer's name is one."""


def person_of(account: str) -> str:
    """Who is behind an account: one name at the terminal, over the API and at the console is one person."""
    return account.removeprefix("os:").removeprefix(PERSON)


def people_of(*accounts: str | None) -> frozenset[str]:
    """Who is behind these accounts. Four eyes are those of two people, not of one with two accounts."""
    return frozenset(person_of(each) for each in accounts if each)


def done_by(account: str | None) -> dict[str, Any]:
    """Who did it, as an entry says it: this machine's accounts, `os:…`, and people's are operators."""
    if account is None:
        return {}
    return {"operator" if account.startswith(("os:", PERSON)) else "consumer": account}


def who(entry: Draft) -> str:
    """Whose act an entry tells of, as `done_by` took it; empty for the house's own."""
    return entry.consumer or entry.operator or ""


class Entry(Draft):
    """An entry as it is hashed: `at` in UTC with milliseconds and Z, `salt` 16 random octets in hex."""

    v: Literal[1] = 1
    at: str
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

    def content(self) -> dict[str, Any]:
        """The fields that are present, ready for canonical encoding; empty ones are left out."""
        full = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in full.items() if not _absent(value)}


def _absent(value: object) -> bool:
    """Empty words are left out; a number never is, not even 0, which Python takes for False."""
    return value is False or value in ({}, [])


class Recorded(Strict):
    """Where the log put an entry, and the first checkpoint that covers it."""

    origin: str
    index: int
    leaf: bytes
    size: int


def leaf_hash(octets: bytes) -> bytes:
    """RFC 9162 §2.1.1 leaf hash of an entry's canonical octets, 32 bytes."""
    return hashlib.sha256(b"\x00" + octets).digest()
