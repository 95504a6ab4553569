"""Recorded replies to read a manifest over: of real pulls, by the log and the vault; of sample folders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.base import evidence_from
from contracts.audit import EntryKind
from contracts.errors import AskMalformed, NoSuchThing, VaultDamaged
from contracts.exchange import Evidence
from contracts.identifiers import READERS, Verdict
from contracts.material import KeyUsed
from contracts.text import text
from gateway.audit.search import Query, pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from adapters.base import Deadline
    from gateway.audit.log import AuditLog
    from gateway.vault import Vault, VaultObject

T = TypeVar("T")

LOOKED_BACK = 5_000
"""Answers about an agency that are looked through for its replies and projects, newest first."""

PER_KIND, MOST_PER_KIND = 10, 200
"""Replies of one kind that are compared unless somebody says how many, and at most; the newest ones."""

_STEP = 250
_ENVELOPE = 64 << 10
_SAMPLE = 64 << 20


class TimeOver(Exception):
    """There was no time to look at the next one; whoever looks takes what came before."""


async def in_time(found: AsyncIterable[T], until: Deadline | None) -> AsyncIterator[T]:
    """The same, one after another. Raises TimeOver instead of giving one after `until`."""
    async for each in found:
        if until is not None and until.spent:
            raise TimeOver
        yield each


async def recorded(
    log: AuditLog,
    vault: Vault,
    agency: str,
    kinds: Collection[str],
    per_kind: int = PER_KIND,
    *,
    until: Deadline | None = None,
) -> AsyncIterator[Evidence]:
    """The newest replies of an agency, so many of each of these kinds, each once; one in memory at a time.

    Raises LogUnavailable, StoreUnavailable; TimeOver: what is kept is not opened after `until`, not even to
    see whether it is one of them.
    """
    missing = dict.fromkeys(kinds, per_kind)
    async for digest in in_time(_digests(log, agency), until):
        kind = await _kind_of(vault, agency, digest)
        if kind is None or not missing.get(kind):
            continue
        missing[kind] -= 1
        yield evidence_from(await vault.get(digest))
        if not any(missing.values()):
            return


async def kept(vault: Vault, agency: str, digests: Iterable[str]) -> AsyncIterator[Evidence]:
    """These replies of an agency, one in memory at a time. Raises NoSuchThing."""
    for digest in digests:
        yield await one(vault, agency, digest)


async def given(found: Iterable[Evidence]) -> AsyncIterator[Evidence]:
    """Replies at hand, each read from its file when it is its turn."""
    for evidence in found:
        yield evidence


async def projects(log: AuditLog, agency: str, count: int) -> list[str]:
    """The codes of the projects that an agency was last asked about, newest first; trials aside.

    Raises LogUnavailable.
    """
    found: dict[str, None] = {}
    async for entry in _answers(log, agency):
        # What was asked in a trial is about the version that was tried.
        code = "" if entry.get("subject") else entry.get("project") or ""
        if READERS["project_code"](code).verdict is not Verdict.NOT_ONE:
            found[code] = None
        if len(found) >= count:
            break
    return list(found)


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
    async for entry in _answers(log, agency):
        for digest in entry.get("evidence", ()):
            if digest not in told:
                told.add(digest)
                yield digest


async def _answers(log: AuditLog, agency: str) -> AsyncIterator[dict[str, Any]]:
    """The newest answers that rest on what an agency said; blanked ones say nothing."""
    looked = 0
    async for page in pages(log, Query(agency=agency, kind=EntryKind.ANSWERED.value), _STEP):
        for each in page:
            yield each.entry or {}
        looked += len(page)
        if looked >= LOOKED_BACK:
            return


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
