"""Two versions of a manifest over the same reply, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from adapters.base import evidence_digest
from contracts.errors import AgencyFailed
from contracts.material import Digest, Material, Strict, Trouble
from contracts.time import Instant
from gateway.casefile import trouble_of

if TYPE_CHECKING:
    from adapters.base import Adapter
    from contracts.exchange import Evidence
    from gateway.trials.results import Mask

_ABSENT = object()
_ALWAYS_SHOWN = ("@retrieval", "@legal")


class Standing(StrEnum):
    """How a field stands in both."""

    SAME = "same"
    CHANGED = "changed"
    ONLY_BEFORE = "only-before"
    ONLY_AFTER = "only-after"


class FieldCompared(Strict):
    """One field of one row: `row` counts from 0. Values only where they part, and where they may be shown.

    `legal`, `retrieval` and `attachments[0].name` stand beside the contract's fields as `@legal` and so on.
    """

    row: int
    field: str
    verdict: Standing
    before: Any = None
    after: Any = None
    masked: bool = False


class SampleCompared(Strict):
    """One recorded reply, read by both; an error where one of them cannot read it."""

    kind: str
    evidence: Digest
    received_at: Instant
    fields: tuple[FieldCompared, ...]
    before_error: Trouble | None = None
    after_error: Trouble | None = None

    @property
    def same(self) -> bool:
        """Whether both versions read it alike."""
        return self.before_error == self.after_error and all(
            each.verdict is Standing.SAME for each in self.fields
        )


class Comparison(Strict):
    """One version beside another, over an agency's newest recorded replies."""

    agency: str
    before: int | None
    after: int
    samples: tuple[SampleCompared, ...]
    differing: int


def compare_over(before: Adapter, after: Adapter, evidence: Evidence, mask: Mask) -> SampleCompared:
    """Both read one reply. Personal values count, and are not shown."""
    old, old_error = _read(before, evidence)
    new, new_error = _read(after, evidence)
    fields = [
        _compared(row, place, said, mask)
        for row, (one, other) in enumerate(zip_longest(old, new))
        for place, said in _both(_leaves(one), _leaves(other))
    ]
    return SampleCompared(
        kind=evidence.kind,
        evidence=evidence_digest(evidence),
        received_at=evidence.received_at,
        fields=tuple(fields),
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


def _compared(row: int, place: str, said: tuple[Any, Any], mask: Mask) -> FieldCompared:
    old, new = said
    if old == new:
        return FieldCompared(row=row, field=place, verdict=Standing.SAME)
    verdict = Standing.CHANGED
    if old is _ABSENT or new is _ABSENT:
        verdict = Standing.ONLY_AFTER if old is _ABSENT else Standing.ONLY_BEFORE
    if place not in _ALWAYS_SHOWN and not mask.shows(place):
        return FieldCompared(row=row, field=place, verdict=verdict, masked=True)
    shown = {name: value for name, value in (("before", old), ("after", new)) if value is not _ABSENT}
    return FieldCompared(row=row, field=place, verdict=verdict, **shown)
