"""Field rules made into plain functions, once for each manifest: from a row to the contract's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.base import failed
from adapters.decode import Eyes, Path, Use, XmlPath
from adapters.functions import Unfit, bound, nothing
from adapters.manifest import FieldRule
from contracts.errors import AgencyFailed, Fault
from contracts.identifiers import READERS, Verdict
from contracts.kinds import FieldNote
from contracts.text import text

ROWS = 2_000
"""Rows of one reply, or of one list within a row, at most."""

AnyPath = Path | XmlPath
Wanted = tuple[AnyPath, Use]
Rules = Mapping[str, FieldRule]
Notes = Sequence[FieldNote]


@dataclass(frozen=True, slots=True)
class Row:
    """A row being read: what its children say by name, and where paths that are no mere names look."""

    eyes: Eyes
    within: Any
    said: Mapping[str, Any]
    odd: list[str]


Take = Callable[[Row], Any]
"""Takes one value out of a row; None when there is none."""


def off_contract(zh: str, en: str) -> AgencyFailed:
    """The error for a reply that does not fit its manifest; the sentence quotes no value."""
    return failed(
        Fault.OFF_CONTRACT,
        text(f"返回内容与适配清单不符：{zh}", f"The reply does not fit the manifest: {en}"),
    )


def listed(eyes: Eyes, found: Any, place: str) -> list[Any]:
    """Rows: a list of objects or elements, or none at all. Raises AgencyFailed for anything else."""
    rows = [] if found is None else found or []
    if not isinstance(rows, list) or len(rows) > ROWS or not all(map(eyes.is_row, rows)):
        raise off_contract(f"{place} 不是明细列表", f"{place} is not a list of rows")
    return rows


class Names:
    """The children of a row that are read by name in one pass: those every path wants for the same use.

    A path that is no mere name, or shares its name with one of another use, looks for itself.
    """

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        uses: dict[str, set[Use]] = {}
        for path, use in wanted:
            if path.name is not None:
                uses.setdefault(path.name, set()).add(use)
        self._uses = {name: use for name, (use, *others) in uses.items() if not others}

    def open(self, eyes: Eyes, within: Any, odd: list[str]) -> Row:
        """A row, its children read."""
        return Row(eyes, within, eyes.open(within, self._uses), odd)

    def beyond(self, paths: Iterable[AnyPath]) -> tuple[AnyPath, ...]:
        """Those of the paths that opening a row does not follow."""
        return tuple(path for path in paths if path.name not in self._uses)

    def value(self, path: AnyPath) -> Take:
        """What stands at a path."""
        if path.name in self._uses:
            return lambda row: row.said.get(path.name)
        return lambda row: row.eyes.find(path, row.within)

    def rows(self, path: AnyPath) -> Take:
        """The rows at a path."""
        if path.name in self._uses:
            return lambda row: row.said.get(path.name)
        return lambda row: row.eyes.rows(path, row.within)


def wanted(rules: Iterable[FieldRule]) -> Iterator[Wanted]:
    """What these rules look for in a row."""
    for rule in rules:
        if rule.rows is not None and rule.fields is not None:
            yield rule.rows, Use.ROWS
        elif rule.at is not None and rule.always is None:
            yield rule.at, Use.VALUE


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes rules into functions; `null` is what the agency writes for nothing."""

    null: tuple[str, ...]

    def fields(self, rules: Rules, names: Names, place: str = "", notes: Notes = ()) -> Take:
        """All fields of a row that have a value, in the contract's order."""
        of = {note.name: note.of for note in notes}
        order = [name for name in of if name in rules] + [name for name in rules if name not in of]
        takes = [
            (name, self.field(rules[name], names, f"{place}{name}", of.get(name, ()))) for name in order
        ]

        def take(row: Row) -> dict[str, Any]:
            return {name: value for name, take in takes if (value := take(row)) is not None}

        return take

    def field(self, rule: FieldRule, names: Names, place: str, notes: Notes = ()) -> Take:
        """One field: a constant, rows of fields, or what stands at a path."""
        if rule.always is not None:
            return lambda _: rule.always
        if rule.rows is not None and rule.fields is not None:
            inner = Names(wanted(rule.fields.values()))
            fields = self.fields(rule.fields, inner, f"{place}[].", notes)
            return self._rows(rule, inner, names.rows(rule.rows), fields, place)
        return self._value(rule, names.value(rule.at), place) if rule.at else lambda _: None

    def _rows(self, rule: FieldRule, inner: Names, find: Take, fields: Take, place: str) -> Take:
        tokens = self._tokens(rule)

        def take(row: Row) -> list[dict[str, Any]] | None:
            found, eyes = find(row), row.eyes
            if nothing(found, tokens):
                return None
            return [fields(inner.open(eyes, below, row.odd)) for below in listed(eyes, found, place)]

        return take

    def _value(self, rule: FieldRule, find: Take, place: str) -> Take:
        tokens, convert = self._tokens(rule), bound(rule.functions, rule.options)
        reader = READERS[rule.key] if rule.key else None

        def take(row: Row) -> Any:
            found = find(row)
            if nothing(found, tokens):
                return None
            try:
                value = convert(found)
            except Unfit as unfit:
                zh, en = unfit.expected.zh, unfit.expected.en
                raise off_contract(f"字段 {place}：{zh}", f"field {place}: {en}") from None
            if reader and isinstance(value, str) and reader(value).verdict is Verdict.NOT_ONE:
                row.odd.append(place)
            return value

        return take

    def _tokens(self, rule: FieldRule) -> frozenset[str]:
        return frozenset(self.null if rule.null is None else rule.null)
