"""Materials kept in memory, by the question an agency would be asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from adapters.base import Deadline
from contracts.material import Material, Retrieval

NEGATIVE_FRESH = timedelta(minutes=5)
"""How long "the agency has none" is believed: it may file the document any minute."""


class Question(NamedTuple):
    """What one agency would be asked: the same words, the same answer, whoever asks."""

    agency: str
    kind: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An agency's answer to one question, as read; `project` is the one it was asked for."""

    materials: tuple[Material, ...]
    manifest_version: int
    retrieved_at: datetime
    fresh_until: datetime
    stale_until: datetime
    project: str | None = None

    @property
    def good(self) -> bool:
        """Whether there is something in it, and not the word that there is none."""
        return any(material.held for material in self.materials)

    def age(self, now: datetime) -> timedelta:
        """How long ago the agency gave it."""
        return now - self.retrieved_at


@dataclass(frozen=True, slots=True)
class Selection:
    """Which kept answers are meant: of an agency, of a kind, about a project; all of them when none is named.

    A project is its code and the names, as (key, value), it is asked about by.
    """

    agency: str | None = None
    kind: str | None = None
    project: str | None = None
    names: frozenset[tuple[str, str]] = frozenset()

    def covers(self, question: Question, kept: Kept) -> bool:
        """Whether this one is meant."""
        if self.agency not in (None, question.agency) or self.kind not in (None, question.kind):
            return False
        own = (question.key, question.value) in self.names
        return self.project is None or own or kept.project == self.project


class MemoryCache:
    """The embedded cache: bounded, least recently used goes first, forgotten at restart."""

    def __init__(self, capacity: int, looked_up: Callable[[bool], None] = lambda _: None) -> None:
        self._capacity, self._looked_up = capacity, looked_up
        self._kept: OrderedDict[Question, Kept] = OrderedDict()

    def recall(
        self, question: Question, version: int, now: datetime, max_age: timedelta | None
    ) -> Kept | None:
        """A fresh answer read by this manifest version and no older than `max_age`, or None."""
        kept = self._kept.get(question)
        hit = kept is not None and _serves(kept, version, now, max_age)
        self._looked_up(hit)
        if not hit:
            return None
        self._kept.move_to_end(question)
        return kept

    def last_good(self, question: Question, version: int, now: datetime) -> Kept | None:
        """The last answer with something in it, while it may still stand in for an agency that is out.

        What another manifest version read does not come back: it may have been replaced for being wrong.
        """
        kept = self._kept.get(question)
        if kept is None or kept.manifest_version != version or now >= kept.stale_until:
            return None
        return kept if kept.good else None

    def keep(self, question: Question, kept: Kept) -> None:
        """Keep an answer in place of the one before; "there is none" only briefly."""
        if not kept.good:
            until = min(kept.fresh_until, kept.retrieved_at + NEGATIVE_FRESH)
            kept = replace(kept, fresh_until=until, stale_until=until)
        self._kept[question] = kept
        self._kept.move_to_end(question)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    async def bring(self, questions: Iterable[Question], now: datetime) -> None:
        """Put within reach what other nodes have kept; there are none here."""

    async def share(self, question: Question, now: datetime) -> None:
        """Let other nodes have what is kept for the question; there are none here."""

    @asynccontextmanager
    async def alone(self, question: Question, deadline: Deadline, now: datetime) -> AsyncIterator[None]:
        """While no other node asks the same. What another left meanwhile is within reach."""
        del question, deadline, now
        yield

    async def purge(self, selection: Selection) -> int:
        """Forget kept answers; returns how many."""
        meant = [question for question, kept in self._kept.items() if selection.covers(question, kept)]
        for question in meant:
            del self._kept[question]
        return len(meant)

    def __len__(self) -> int:
        return len(self._kept)


def _serves(kept: Kept, version: int, now: datetime, max_age: timedelta | None) -> bool:
    if kept.manifest_version != version or now >= kept.fresh_until:
        return False
    return max_age is None or (bool(max_age) and kept.age(now) <= max_age)


def worth_keeping(materials: tuple[Material, ...]) -> bool:
    """Received, partial and not_found are answers; everything else is a fault and is asked again."""
    return bool(materials) and all(
        material.retrieval in {Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.NOT_FOUND}
        for material in materials
    )
