"""A stand-in (补录材料): what a person typed in because an agency was out, and who agreed to it."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.exchange import KindSlug
from contracts.material import Digest, Strict
from contracts.time import Instant

LONGEST = timedelta(days=90)
"""How long a stand-in may serve at most: an agency that is out longer is asked on paper."""


STAND_IN = "man-"
"""What a stand-in's id begins with; 24 hexadecimal digits follow."""

STAND_IN_ID = f"^{STAND_IN}[0-9a-f]{{24}}$"


class StandInState(StrEnum):
    """Whose move it is. Only one `in-force` and not expired ever stands in a dossier."""

    WAITING = "waiting"  # for the second person
    IN_FORCE = "in-force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"  # the agency is back, and its own word stands


class Proposal(Strict):
    """What one person types in: fields by the kind's contract, why, from which paper, until when.

    `evidence` is the digest of the paper's file, uploaded before.
    """

    kind: KindSlug
    fields: Annotated[dict[str, Any], Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=4, max_length=500)]
    evidence: Digest
    evidence_name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")]
    expires_at: Instant


class Verdict(Strict):
    """What a second person says to exactly the content they saw; `withdraw` is open to the first as well."""

    content: Digest
    decision: Literal["approve", "refuse", "withdraw"]


class StandInShown(Strict):
    """A stand-in as shown: `content` is what is approved, `differing` what the agency says otherwise."""

    id: str
    project_code: str
    kind: str
    state: StandInState
    content: Digest
    fields: dict[str, Any]
    reason: str
    evidence: Digest
    evidence_name: str
    entered_by: str
    entered_at: Instant
    expires_at: Instant
    decided_by: str | None = None
    decided_at: Instant | None = None
    replaced_at: Instant | None = None
    differing: tuple[str, ...] | None = None
