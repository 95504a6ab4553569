"""How a row reads, field by field, for people who write a manifest: apart from the reading itself.

Reading stops at the first field that does not fit; here every field is tried, and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from adapters.base import FieldTrace, RowTrace
from adapters.decode import Document, Eyes, sight_of
from adapters.functions import Unfit, bound, nothing
from adapters.manifest import FieldRule, ListRule, Manifest, MaterialRule, ReplyRule
from contracts.text import Text, text

ROWS_SHOWN = 5
"""Rows of a reply, or of one list within a row, that are explained."""

RAW_SHOWN = 300
"""Characters of what stood in the reply that are shown."""

_NOT_ROWS = text("不是明细列表", "not a list of rows")


def explain(manifest: Manifest, reply: ReplyRule, document: Document) -> tuple[RowTrace, ...]:
    """The first rows of a decoded reply, each field with its path, what stood there and what became of it."""
    sight = sight_of(document.content)
    tracer = _Tracer(sight, manifest.null)
    rows = sight.rows(reply.rows, document.content)
    return tuple(tuple(tracer.fields(_rules(reply), row, "")) for row in _some(sight, rows))


def _rules(reply: ReplyRule) -> Mapping[str, FieldRule]:
    if isinstance(reply, ListRule):
        return {"each": reply.each}
    return reply.fields if isinstance(reply, MaterialRule) else {}


class _Tracer:
    """Looks into rows with eyes of its own: what it sees counts as seen by nobody."""

    def __init__(self, sight: Eyes, null: tuple[str, ...]) -> None:
        self._sight, self._null = sight, null

    def fields(self, rules: Mapping[str, FieldRule], row: Any, place: str) -> Iterator[FieldTrace]:
        """Every field of a row, rows within rows after the place they stand at."""
        for name, rule in rules.items():
            yield from self._field(rule, row, f"{place}{name}")

    def _field(self, rule: FieldRule, row: Any, place: str) -> Iterator[FieldTrace]:
        if rule.always is not None:
            yield FieldTrace(place, None, None, (), rule.always)
        elif rule.rows is not None and rule.fields is not None:
            yield from self._rows(rule, row, place)
        else:
            yield self._value(rule, row, place)

    def _rows(self, rule: FieldRule, row: Any, place: str) -> Iterator[FieldTrace]:
        path = rule.rows.expression if rule.rows else None
        below = self._sight.rows(rule.rows, row)
        found = list(_some(self._sight, below))
        if not found:
            none = nothing(below, self._tokens(rule))
            error = None if none or below == [] else _NOT_ROWS
            yield FieldTrace(place, path, plain(below), (), None if none or error else [], error)
        for index, within in enumerate(found):
            yield from self.fields(rule.fields or {}, within, f"{place}[{index}].")

    def _value(self, rule: FieldRule, row: Any, place: str) -> FieldTrace:
        path = rule.at.expression if rule.at else None
        raw = self._sight.find(rule.at, row) if rule.at else None
        if nothing(raw, self._tokens(rule)):
            return FieldTrace(place, path, plain(raw), rule.functions, None)
        value, error = _applied(rule, raw)
        return FieldTrace(place, path, plain(raw), rule.functions, plain(value), error)

    def _tokens(self, rule: FieldRule) -> tuple[str, ...]:
        return self._null if rule.null is None else rule.null


def _applied(rule: FieldRule, raw: Any) -> tuple[Any, Text | None]:
    try:
        return bound(rule.functions, rule.options)(raw), None
    except Unfit as unfit:
        return None, unfit.expected


def _some(sight: Eyes, found: Any) -> Iterator[Any]:
    rows = found if isinstance(found, list) else []
    yield from (row for row in rows[:ROWS_SHOWN] if sight.is_row(row))


def plain(said: Any) -> Any:
    """What stood there as plain JSON, and not all of it where it is long."""
    if isinstance(said, str):
        return said if len(said) <= RAW_SHOWN else f"{said[:RAW_SHOWN]}…"
    if isinstance(said, Decimal):
        return str(said)
    if said is None or isinstance(said, bool | int):
        return said
    if isinstance(said, list):
        return [plain(each) for each in said[:ROWS_SHOWN]]
    if isinstance(said, dict):
        return {str(name): plain(each) for name, each in list(said.items())[:RAW_SHOWN]}
    return f"<{type(said).__name__}>"
