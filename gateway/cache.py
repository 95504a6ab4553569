"""Materials kept for a while, by the question an agency would be asked."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

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
    """An agency's answer to one question, as read."""

    materials: tuple[Material, ...]
    manifest_version: int
    retrieved_at: datetime
    fresh_until: datetime
    stale_until: datetime

    @property
    def good(self) -> bool:
        """Whether there is something in it, and not the word that there is none."""
        return any(material.held for material in self.materials)

    def age(self, now: datetime) -> timedelta:
        """How long ago the agency gave it."""
        return now - self.retrieved_at


class MemoryCache:
    """The embedded cache: bounded, least recently used goes first, forgotten at restart."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Question, Kept] = OrderedDict()

    def recall(
        self, question: Question, version: int, now: datetime, max_age: timedelta | None
    ) -> Kept | None:
        """A fresh answer read by this manifest version and no older than `max_age`, or None."""
        kept = self._kept.get(question)
        if kept is None or kept.manifest_version != version or now >= kept.fresh_until:
            return None
        if max_age is not None and (kept.age(now) > max_age or not max_age):
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
            kept = Kept(kept.materials, kept.manifest_version, kept.retrieved_at, until, until)
        self._kept[question] = kept
        self._kept.move_to_end(question)
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


def worth_keeping(materials: tuple[Material, ...]) -> bool:
    """Received, partial and not_found are answers; everything else is a fault and is asked again."""
    return bool(materials) and all(
        material.retrieval in {Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.NOT_FOUND}
        for material in materials
    )
