"""Recorded replies to read a manifest over: of real pulls, by the log and the vault; of sample folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adapters.base import evidence_from
from contracts.errors import AskMalformed, NoSuchThing, VaultDamaged
from contracts.exchange import Evidence
from contracts.material import KeyUsed
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from gateway.audit.log import AuditLog
    from gateway.vault import Vault, VaultObject

LOOKED_BACK = 5_000
"""Entries of the log that are looked through for replies, newest first."""

PER_KIND = 10
"""Replies of one kind that are compared, at most; the newest ones."""

_STEP = 250
_ENVELOPE = 64 << 10
_SAMPLE = 64 << 20


async def recorded(log: AuditLog, vault: Vault, agency: str) -> AsyncIterator[Evidence]:
    """The newest replies of an agency, so many a kind, each once. Raises LogUnavailable, StoreUnavailable."""
    taken: dict[str, int] = {}
    async for digest in _digests(log, agency):
        kind = await _kind_of(vault, agency, digest)
        if kind and taken.get(kind, 0) < PER_KIND:
            taken[kind] = taken.get(kind, 0) + 1
            yield evidence_from(await vault.get(digest))


async def one(vault: Vault, agency: str, digest: str) -> Evidence:
    """One reply of an agency. Raises NoSuchThing: not kept, or another agency's."""
    if not await vault.has(digest) or not await _kind_of(vault, agency, digest):
        raise NoSuchThing(text("没有该部门的这份凭据", "There is no such evidence of this agency"))
    return evidence_from(await vault.get(digest))


def sample_in(place: Path, agency: str, now: datetime) -> Evidence:
    """A reply on disk: a folder with `ask.json` and `reply.*`, or a file as the vault keeps evidence.

    Raises AskMalformed.
    """
    try:
        if place.is_dir():
            return _folder(place, agency, now)
        return evidence_from(place.read_bytes())
    except (OSError, ValueError, KeyError, TypeError, StopIteration, VaultDamaged) as error:
        raise AskMalformed(
            text(f"{place.name} 不是可用的样例", f"{place.name} is not a sample that can be read")
        ) from error


def is_evidence(place: Path) -> bool:
    """Whether a file is evidence as the vault keeps it, and not a reply as somebody saved it."""
    try:
        evidence_from(place.read_bytes())
    except VaultDamaged:
        return False
    return True


def _folder(place: Path, agency: str, now: datetime) -> Evidence:
    ask: dict[str, Any] = json.loads((place / "ask.json").read_text("utf-8"))
    return Evidence(
        agency=agency,
        manifest_version=0,
        kind=ask["kind"],
        asked=ask["asked"],
        key=KeyUsed(**ask["key"]),
        received_at=now,
        status=ask["status"],
        headers=(("Content-Type", ask["content_type"]),),
        body=next(place.glob("reply.*")).read_bytes(),
    )


async def _digests(log: AuditLog, agency: str) -> AsyncIterator[str]:
    """Digests of what answers about an agency rest on, newest first, each once; attachments among them."""
    told: set[str] = set()
    end = await log.size()
    for start in range(end - _STEP, end - LOOKED_BACK - _STEP, -_STEP):
        lines = await log.lines(max(start, 0), min(_STEP, start + _STEP))
        for line in reversed(lines):
            for digest in _evidence_of(line.body, agency):
                if digest not in told:
                    told.add(digest)
                    yield digest
        if start <= 0:
            return


def _evidence_of(body: bytes | None, agency: str) -> list[str]:
    entry: Mapping[str, Any] = json.loads(body) if body else {}
    answered = entry.get("kind") == "answered" and agency in entry.get("agencies", ())
    return list(entry.get("evidence", ())) if answered else []


async def _kind_of(vault: Vault, agency: str, digest: str) -> str | None:
    """The kind a reply of this agency is about; None for anything else that is kept."""
    try:
        stored = await vault.open(digest)
        envelope = json.loads((await _beginning(stored)).partition(b"\n")[0])
        own = envelope["agency"] == agency and stored.size <= _SAMPLE
        return str(envelope["kind"]) if own else None
    except (VaultDamaged, ValueError, KeyError, TypeError):
        return None


async def _beginning(stored: VaultObject) -> bytes:
    pieces = stored.stream(0, min(stored.size, _ENVELOPE))
    return b"".join([piece async for piece in pieces])
