"""One canonical, validated record with its attachments, its provenance and its two statuses."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.text import Text
from contracts.time import Instant

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=["sha256:" + "0" * 64])]
"""SHA-256 (FIPS 180-4) as `sha256:` and 64 lower-case hexadecimal digits."""


def digest_of(octets: bytes) -> str:
    """The digest of some octets as it is written everywhere: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(octets).hexdigest()


class Strict(BaseModel):
    """Frozen, closed and strict: what is not declared is refused, nothing is coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Retrieval(StrEnum):
    """How the material came to us; says nothing of its legal force."""

    RECEIVED = "received"
    PARTIAL = "partial"
    NOT_FOUND = "not_found"  # the agency answered: it has none
    UNAVAILABLE = "unavailable"  # the agency did not answer
    STALE = "stale"
    INVALID = "invalid"
    PENDING = "pending"
    WITHHELD = "withheld"
    DECLARED = "declared"
    MANUAL = "manual"


HELD = frozenset(
    {Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.STALE, Retrieval.DECLARED, Retrieval.MANUAL}
)
"""Statuses under which fields are present."""


class Legal(StrEnum):
    """The document's own force, as its issuer states it."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class AttachmentState(StrEnum):
    """`listed` until first fetched, then `held` with its digest; `absent`: named, and not there yet."""

    LISTED = "listed"
    HELD = "held"
    ABSENT = "absent"


class Attachment(Strict):
    """A file that belongs to a material. `bytes` in octets as far as known."""

    id: str
    name: str
    doc_type: str | None = None
    state: AttachmentState = AttachmentState.LISTED
    bytes: int | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    media_type: str | None = None


class KeyUsed(Strict):
    """Which key opened the agency, and whether a person or a second agency confirmed it as the project's.

    `value` is empty where the reader was granted named fields and this is none of them.
    """

    name: str
    value: str
    confirmed: bool


class SealVerdict(StrEnum):
    """Whether the reply proved to be the agency's own. `none`: the agency does not sign."""

    YES = "yes"
    NO = "no"
    NONE = "none"


class Seal(Strict):
    """What checking the agency's own signature gave."""

    verified: SealVerdict = SealVerdict.NONE
    signer: str | None = None


class Provenance(Strict):
    """Where a material comes from and how long it may be used without asking again."""

    evidence: Digest | None = None
    retrieved_at: Instant
    fresh_until: Instant
    key: KeyUsed | None = None
    seal: Seal = Seal()


class Trouble(Strict):
    """Why a material is not here: the problem type, its class, the sentence, when we try again."""

    type: str
    cls: str = Field(serialization_alias="class", validation_alias="class")
    detail: Text
    next_try: Instant | None = None


class TypedIn(Strict):
    """Who typed a manual material in and why, who agreed, and until when it may stand in for the agency."""

    by: str
    second_by: str
    reason: str
    expires_at: Instant


class LastGood(Strict):
    """The last good copy's age, when the copy itself is shown as stale."""

    retrieved_at: Instant
    evidence: Digest | None = None


class Drift(Strict):
    """A signal that the agency's reply has changed shape: a source field nobody mapped or ignored by name."""

    kind: str
    path: str
    reason: str


class Material(Strict):
    """One material as it travels inside the house and, disclosed, to the consumer.

    `kind` is the catalogue slug, `id` its number (M14). `fields` follow the kind's model in
    `contracts.kinds`. Several materials may have the same kind. A declared one is the word of `declared_by`,
    the consumer, and of no agency.
    """

    kind: str
    id: str
    retrieval: Retrieval
    legal: Legal = Legal.UNKNOWN
    agency: str | None = None
    declared_by: str | None = None
    manifest_version: int | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    provenance: Provenance | None = None
    error: Trouble | None = None
    last_good: LastGood | None = None
    manual: TypedIn | None = None

    @property
    def held(self) -> bool:
        """Whether there is anything in it to read."""
        return self.retrieval in HELD
