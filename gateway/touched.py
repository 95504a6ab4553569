"""Which open cases an outage, a change of an agency's replies or a bad publication touched.

Read off the log: a case is touched by its newest answer about a kind, so one that was asked about again since
is not. Nobody tells us when a case is closed; one not asked about for `OPEN_DAYS` counts as closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from contracts.audit import EntryKind
from contracts.errors import AskMalformed, NoSuchThing
from contracts.material import Retrieval
from contracts.standins import STAND_IN_ID
from contracts.text import text
from contracts.time import stored
from gateway.audit.search import Query, pages
from gateway.registry import DocumentKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping
    from datetime import datetime
    from typing import Any

    from gateway.audit.log import AuditLog
    from gateway.registry import Registry

OPEN_DAYS = 90
"""How long after its last answer a case may still be open."""

LOOKED_AT = 20_000
"""Answers looked through at most; the newest come first."""


class Cause(StrEnum):
    """What went wrong at the agency, or with what we believe of it."""

    OUTAGE = "outage"
    DRIFT = "drift"
    PUBLICATION = "publication"


_BAD = frozenset({Retrieval.UNAVAILABLE, Retrieval.STALE, Retrieval.INVALID, Retrieval.MANUAL})
_READ = frozenset({Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.NOT_FOUND, Retrieval.INVALID})
_TOUCHING: Mapping[Cause, frozenset[Retrieval]] = {
    Cause.OUTAGE: _BAD,
    # Whatever was read of changed replies, or could not be. What stood in meanwhile stood in for such a one.
    Cause.DRIFT: _READ | {Retrieval.MANUAL},
    # A version has a hand in everything an agency says or fails to: a wrong path makes `invalid`, a wrong
    # address `unavailable`, `stale` and `manual`, a key nobody has `pending`. The log keeps no class of a
    # fault, so an outage meanwhile looks the same: rather one case too many. Not in it: what the grant
    # withheld and what the consumer declared.
    Cause.PUBLICATION: frozenset(Retrieval) - {Retrieval.WITHHELD, Retrieval.DECLARED},
}
"""Answers of which status each cause has touched."""


@dataclass(frozen=True, slots=True)
class Window:
    """What went wrong and when: `since` and `until` (exclusive; None: still) as stored text."""

    cause: Cause
    since: str
    until: str | None = None

    def holds(self, at: str) -> bool:
        """Whether an instant lies in it."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class TouchedCase:
    """One case: who asked in it last, and which of the agency's kinds it was answered badly."""

    case: str
    project: str
    consumer: str
    purpose: str
    at: str
    index: int
    kinds: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Touched:
    """The cases, newest first; `complete` False when there were more answers than are looked through."""

    window: Window
    cases: tuple[TouchedCase, ...]
    complete: bool


async def touched(log: AuditLog, agency: str, kinds: Collection[str], window: Window) -> Touched:
    """The cases of an agency's kinds that the window touched. Raises LogUnavailable."""
    found: dict[tuple[str, str], TouchedCase] = {}
    decided: set[tuple[str, str, str]] = set()
    looked = 0
    async for index, entry in _answers(log, agency, window.since):
        looked += 1
        if looked > LOOKED_AT:
            break
        for kind, status in _of(entry, kinds).items():
            place = (entry["case"], entry["project"], kind)
            if place in decided:
                continue
            decided.add(place)
            if window.holds(entry["at"]) and _TOUCHING[window.cause].intersection(status.split(",")):
                case = found.setdefault(place[:2], _case(index, entry))
                case.kinds[kind] = status
    return Touched(window, tuple(found.values()), looked <= LOOKED_AT)


async def _answers(log: AuditLog, agency: str, since: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """What was answered out of an agency's materials in some case, newest first."""
    query = Query(agency=agency, kind=EntryKind.ANSWERED.value, since=since)
    async for page in pages(log, query):
        for one in page:
            entry = one.entry or {}
            if entry.get("case") and entry.get("project") and not _OWN_ERRAND.match(entry["case"]):
                yield one.index, entry


_OWN_ERRAND = re.compile(STAND_IN_ID)
"""The house asks about a stand-in under its id: that is nobody's case."""


def _of(entry: dict[str, Any], kinds: Collection[str]) -> dict[str, str]:
    told: dict[str, str] = entry.get("outcome", {}).get("retrieval", {})
    return {kind: status for kind, status in told.items() if kind in kinds}


def _case(index: int, entry: dict[str, Any]) -> TouchedCase:
    return TouchedCase(
        case=entry["case"],
        project=entry["project"],
        consumer=entry.get("consumer") or "",
        purpose=entry.get("purpose") or "",
        at=entry["at"],
        index=index,
    )


async def publication(registry: Registry, agency: str, version: int) -> Window:
    """The time a version was in force, from its first publication on. Raises NoSuchThing."""
    acts = await registry.acts(DocumentKind.AGENCY, agency)
    turns = [(act.at, act.version) for act in acts if act.act in _IN_FORCE]
    began = next((at for at, turned in turns if turned == version), None)
    if began is None:
        raise NoSuchThing(text(f"版本 {version} 从未生效", f"Version {version} was never in force"))
    ended = next((at for at, turned in turns if at >= began and turned != version), None)
    return Window(Cause.PUBLICATION, began, ended)


_IN_FORCE = frozenset({EntryKind.PUBLISHED.value, EntryKind.ROLLED_BACK.value})


async def drift(log: AuditLog, agency: str, now: datetime) -> Window:
    """The time since the agency's replies were first seen changed. Raises NoSuchThing: they were not."""
    query = Query(agency=agency, kind=EntryKind.DRIFTED.value, since=_open_since(now))
    first: str | None = None
    async for page in pages(log, query):
        first = (page[-1].entry or {}).get("at", first)
    if first is None:
        raise NoSuchThing(
            text("没有记录到该部门的接口变化", "No change of this agency's replies is on record")
        )
    return Window(Cause.DRIFT, first)


def outage(since: datetime | None, until: datetime | None, now: datetime) -> Window:
    """A time when an agency was out, as far back as cases may be open. Raises AskMalformed: upside down."""
    if since and until and since >= until:
        raise AskMalformed(text("until 须晚于 from", "until must lie after from"))
    began = max(stored(since), _open_since(now)) if since else _open_since(now)
    return Window(Cause.OUTAGE, began, stored(until) if until else None)


def _open_since(now: datetime) -> str:
    return stored(now - timedelta(days=OPEN_DAYS))
