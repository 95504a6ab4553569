"""Two versions of a manifest over the same replies: field by field, and counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from adapters.base import evidence_digest
from contracts.errors import AgencyFailed
from contracts.material import Digest, Material, Strict, Trouble
from contracts.text import Text, text
from contracts.time import Instant
from gateway.casefile import trouble_of

if TYPE_CHECKING:
    from adapters.base import Adapter
    from contracts.exchange import Evidence
    from gateway.trials.results import Mask

TOLD, FIELDS_TOLD = 50, 3_000
"""Replies read differently that are told in full, the newest ones, and their fields that part; at most."""

REASONS = 20
"""Reasons why replies are not read that are told, at most."""

_ABSENT = object()
_ALWAYS_SHOWN = ("@retrieval", "@legal")
_ROW = re.compile(r"\[\d+\]")


class Standing(StrEnum):
    """How a field that parts stands in both."""

    CHANGED = "changed"
    ONLY_BEFORE = "only-before"
    ONLY_AFTER = "only-after"


class FieldCompared(Strict):
    """One field of one row that parts: `row` counts from 0. Values only where they may be shown.

    `legal`, `retrieval` and `attachments[0].name` stand beside the contract's fields as `@legal` and so on.
    """

    row: int
    field: str
    verdict: Standing
    before: Any = None
    after: Any = None
    masked: bool = False


class SampleCompared(Strict):
    """One recorded reply, read by both; an error where one of them cannot read it.

    `fields` are those that part, as far as there is room for them, and `left` counts those without; `alike`
    counts the others.
    """

    kind: str
    evidence: Digest
    received_at: Instant
    fields: tuple[FieldCompared, ...]
    alike: int
    left: int = 0
    before_error: Trouble | None = None
    after_error: Trouble | None = None

    @property
    def unreadable(self) -> bool:
        """Whether neither version reads it, each for whatever reason."""
        return bool(self.before_error and self.after_error)

    @property
    def same(self) -> bool:
        """Whether both versions read it, and alike."""
        return not (self.before_error or self.after_error or self.fields)


class FieldDiffering(Strict):
    """A field that parts, whatever its rows: `buildings[].name`; `replies` in which it does."""

    kind: str
    field: str
    replies: int


class Failing(Strict):
    """Why this version does not read replies that the other reads, and how many."""

    kind: str
    why: Text
    replies: int


class Comparison(Strict):
    """One version beside another, over an agency's newest recorded replies.

    Of all `replies` some are `differing`: at least one of the two reads them. Of these this version cannot
    read the `failed` ones, which the other can. Neither of the two reads the `unreadable` ones, be it for
    the same reason or not. `fields` are counted where both read; `samples` tells the newest that differ in
    full. `cut`: the time was over before all were found and read.
    """

    agency: str
    before: int | None
    after: int
    replies: int
    differing: int
    failed: int
    unreadable: int
    fields: tuple[FieldDiffering, ...]
    failures: tuple[Failing, ...]
    samples: tuple[SampleCompared, ...]
    cut: bool = False


class Tally:
    """What many replies come to; of each only what is told of it stays in memory."""

    def __init__(self) -> None:
        self._replies = self._failed = self._unreadable = self._differing = 0
        self._fields: Counter[tuple[str, str]] = Counter()
        self._failures: Counter[tuple[str, str, str]] = Counter()
        self._samples: list[SampleCompared] = []
        self._room = FIELDS_TOLD

    def add(self, sample: SampleCompared) -> None:
        """Another reply."""
        self._replies += 1
        if sample.unreadable or sample.same:
            self._unreadable += sample.unreadable
            return
        self._differing += 1
        if error := sample.after_error:
            self._failed += 1
            self._failures[sample.kind, error.detail.zh, error.detail.en] += 1
        elif sample.before_error is None:
            self._fields.update({(sample.kind, _ROW.sub("[]", each.field)) for each in sample.fields})
        self._tell(sample)

    def _tell(self, sample: SampleCompared) -> None:
        if len(self._samples) < TOLD and self._room:
            told = sample.fields[: self._room]
            self._room -= len(told)
            left = len(sample.fields) - len(told)
            self._samples.append(sample.model_copy(update={"fields": told, "left": left}))

    def made(self, agency: str, before: int | None, after: int, *, cut: bool) -> Comparison:
        """All of it, what is most often first."""
        counted = sorted(self._fields.items(), key=lambda each: (-each[1], each[0]))
        failing = sorted(self._failures.items(), key=lambda each: (-each[1], each[0]))[:REASONS]
        return Comparison(
            agency=agency,
            before=before,
            after=after,
            replies=self._replies,
            differing=self._differing,
            failed=self._failed,
            unreadable=self._unreadable,
            fields=tuple(FieldDiffering(kind=k, field=f, replies=n) for (k, f), n in counted),
            failures=tuple(Failing(kind=k, why=text(*why), replies=n) for (k, *why), n in failing),
            samples=tuple(self._samples),
            cut=cut,
        )


def compare_over(before: Adapter, after: Adapter, evidence: Evidence, mask: Mask) -> SampleCompared:
    """Both read one reply. Personal values count, and are not shown."""
    old, old_error = _read(before, evidence)
    new, new_error = _read(after, evidence)
    fields = [
        _compared(row, place, said, mask)
        for row, (one, other) in enumerate(zip_longest(old, new))
        for place, said in _both(_leaves(one), _leaves(other))
    ]
    parting = tuple(each for each in fields if each is not None)
    return SampleCompared(
        kind=evidence.kind,
        evidence=evidence_digest(evidence),
        received_at=evidence.received_at,
        fields=parting,
        alike=len(fields) - len(parting),
        before_error=old_error,
        after_error=new_error,
    )


def _read(adapter: Adapter, evidence: Evidence) -> tuple[tuple[Material, ...], Trouble | None]:
    try:
        return adapter.read(evidence).materials, None
    except AgencyFailed as failure:
        return (), trouble_of(failure)


def _leaves(material: Material | None) -> dict[str, Any]:
    """A material's facts by place; the versions' own numbers aside."""
    if material is None:
        return {}
    files = [
        {"name": file.name, "state": file.state.value, "bytes": file.bytes} for file in material.attachments
    ]
    facts = {"@retrieval": material.retrieval.value, "@legal": material.legal.value, "@attachments": files}
    return dict(_walk({**material.fields, **facts}, ""))


def _walk(node: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _walk(value, f"{place}.{name}" if place else name)
    elif isinstance(node, list) and node:
        for index, value in enumerate(node):
            yield from _walk(value, f"{place}[{index}]")
    elif node != []:
        yield place, node


def _both(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for place in dict.fromkeys((*old, *new)):
        yield place, (old.get(place, _ABSENT), new.get(place, _ABSENT))


def _compared(row: int, place: str, said: tuple[Any, Any], mask: Mask) -> FieldCompared | None:
    """None where both say the same."""
    old, new = said
    if old == new:
        return None
    verdict = Standing.CHANGED
    if old is _ABSENT or new is _ABSENT:
        verdict = Standing.ONLY_AFTER if old is _ABSENT else Standing.ONLY_BEFORE
    if place not in _ALWAYS_SHOWN and not mask.shows(place):
        return FieldCompared(row=row, field=place, verdict=verdict, masked=True)
    shown = {name: value for name, value in (("before", old), ("after", new)) if value is not _ABSENT}
    return FieldCompared(row=row, field=place, verdict=verdict, **shown)
