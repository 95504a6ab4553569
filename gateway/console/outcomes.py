"""What a page tells of trials and comparisons: what is wrong first, in full as far as there is room."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from gateway.console.rendering import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.registry import DocumentState
    from gateway.trials import Comparison, Tried
    from gateway.trials.comparing import FieldCompared, SampleCompared
    from gateway.trials.results import FieldTried, KindTried, ReplyTried

OCTETS = 65_000
"""Of a page for each of the two: with its summary and its forms it stays below 200 kB."""

_ROW, _HEADING = 420, 700
"""Octets around the values of a row, and of what stands above the rows of a reply."""


class ReadOn(NamedTuple):
    """A version that may be compared with."""

    version: int
    state: DocumentState


class SampleShown(NamedTuple):
    """A reply that two versions read differently; `left`: fields for which there was no room."""

    sample: SampleCompared
    fields: Sequence[FieldCompared]
    left: int


class TrialShown(NamedTuple):
    """A project's trial, kind by kind and reply by reply; `left`: fields for which there was no room."""

    tried: Tried
    kinds: Sequence[KindTried]
    left: int


class _Room:
    """Octets that are left on a page; what comes after the first thing that does not fit, does not either."""

    def __init__(self) -> None:
        self._left = OCTETS

    def __bool__(self) -> bool:
        return self._left > 0

    def takes(self, around: int, *values: object) -> bool:
        """Whether it fits, with its values as they are written."""
        cost = around + sum(len(str(escape(shortened(value))).encode()) for value in values)
        self._left = self._left - cost if cost <= self._left else 0
        return self._left > 0


def samples_shown(found: Comparison | None) -> list[SampleShown]:
    """The replies of a comparison that differ, as far as there is room."""
    room, shown = _Room(), list[SampleShown]()
    for sample in found.samples if found else ():
        if not room.takes(_HEADING):
            break
        fields = [each for each in sample.fields if room.takes(_ROW, each.field, each.before, each.after)]
        shown.append(SampleShown(sample, fields, sample.left + len(sample.fields) - len(fields)))
    return shown


def trials_shown(tried: Iterable[Tried]) -> list[TrialShown]:
    """Projects' trials field by field, those with something to mend first, as far as there is room."""
    room, shown = _Room(), list[TrialShown]()
    for each in sorted((each for each in tried if each.trial), key=lambda each: each.well):
        if not room.takes(_HEADING):
            break
        kinds = [
            _kind(kind, room) for kind in (each.trial.kinds if each.trial else ()) if room.takes(_HEADING)
        ]
        total = _fields_in(each.trial.kinds if each.trial else ())
        shown.append(TrialShown(each, kinds, total - _fields_in(kinds)))
    return shown


def pulled(tried: Iterable[Tried]) -> Counter[str]:
    """How many replies of each kind an agency gave, shown or not, each kept in the vault."""
    counted = Counter[str]()
    for each in tried:
        counted.update(dict(each.kept))
    return counted


def _kind(kind: KindTried, room: _Room) -> KindTried:
    replies = tuple(_reply(reply, room) for reply in kind.replies if room)
    return kind.model_copy(update={"replies": replies})


def _reply(reply: ReplyTried, room: _Room) -> ReplyTried:
    room.takes(_HEADING)
    rows = (tuple(field for field in row if room.takes(_ROW, *_said(field))) for row in reply.rows)
    drift = tuple(signal for signal in reply.drift if room.takes(20, signal.path))
    return reply.model_copy(update={"rows": tuple(row for row in rows if row), "drift": drift})


def _said(field: FieldTried) -> tuple[object, ...]:
    said = field.error.zh + field.error.en if field.error else ""
    return field.field, field.path or "", field.raw, field.value, said


def _fields_in(kinds: Iterable[KindTried]) -> int:
    return sum(len(row) for kind in kinds for reply in kind.replies for row in reply.rows)
