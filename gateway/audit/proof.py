"""What shows that one entry is unchanged: its leaf, its way up to a signed root; and checking that here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.audit import leaf_hash
from contracts.errors import NoSuchThing
from contracts.text import text
from gateway.audit.checkpoint import NoteUntrusted
from gateway.audit.merkle import is_included

if TYPE_CHECKING:
    from gateway.audit.checkpoint import Verifier
    from gateway.audit.log import AuditLog

_NO_ENTRY = text("没有此日志条目", "There is no such entry")


@dataclass(frozen=True, slots=True)
class Proof:
    """Hashes of 32 octets; `path` RFC 9162 §2.1.3, leaf's sibling first; `note` the checkpoint of `size`."""

    index: int
    leaf: bytes
    body: bytes | None
    size: int
    path: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: `content` None once the entry was blanked, so that only its place can be checked."""

    content: bool | None
    place: bool
    signature: bool

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.content is not False and self.place and self.signature


async def proof_of(log: AuditLog, index: int) -> Proof:
    """Of an entry as stored now, up to the newest checkpoint. Raises NoSuchThing, LogUnavailable."""
    note = await log.checkpoint()
    try:
        size = log.verifier.checkpoint(note).size
    except NoteUntrusted:
        size = await log.size()  # judging it is the next step's
    found = await log.lines(index, 1) if index < size else []
    if not found or found[0].index != index:
        raise NoSuchThing(_NO_ENTRY)
    line = found[0]
    return Proof(index, line.leaf, line.body, size, tuple(await log.inclusion(index, size)), note)


def judge(proof: Proof, verifier: Verifier) -> Verdict:
    """Everything computed again from the entry's octets and the key."""
    content = None if proof.body is None else leaf_hash(proof.body) == proof.leaf
    leaf = proof.leaf if proof.body is None else leaf_hash(proof.body)
    try:
        head = verifier.checkpoint(proof.note)
    except NoteUntrusted:
        return Verdict(content, place=False, signature=False)
    place = is_included(leaf, proof.index, head.size, proof.path, head.root)
    return Verdict(content, place and head.size == proof.size, signature=True)
