"""Field rules made into plain functions, once for each manifest: from a row to the contract's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.base import failed
from adapters.decode import Eyes, Path, Use, XmlPath
from adapters.functions import Unfit, bound, bound_to_text, nothing
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


@dataclass(slots=True)
class Row:
    """A row being read: what its children say by name, and where paths that are no mere names look."""

    eyes: Eyes
    within: Any
    said: Mapping[str, Any]
    odd: list[str]


Find = Callable[[Row], Any]
"""Finds what stands at a path; None when nothing does."""

Make = Callable[[Any, Row], Any]
"""Makes a field of what was found in a row; None when it has none."""


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
        return tuple(path for path in paths if self._name(path) is None)

    def found(self, rule: FieldRule) -> str | Find:
        """How what a field is made of is found: by the name of a child that opening read, or otherwise."""
        path, find = (rule.rows, self.rows) if rule.rows is not None else (rule.at, self.value)
        if path is None or rule.always is not None:
            return lambda _: None
        return self._name(path) or find(path)

    def value(self, path: AnyPath) -> Find:
        """What stands at a path."""
        name = self._name(path)
        if name is not None:
            return lambda row: row.said.get(name)
        return lambda row: row.eyes.find(path, row.within)

    def rows(self, path: AnyPath) -> Find:
        """The rows at a path."""
        name = self._name(path)
        if name is not None:
            return lambda row: row.said.get(name)
        return lambda row: row.eyes.rows(path, row.within)

    def _name(self, path: AnyPath) -> str | None:
        return path.name if path.name in self._uses else None


def wanted(rules: Iterable[FieldRule]) -> Iterator[Wanted]:
    """What these rules look for in a row."""
    for rule in rules:
        if rule.rows is not None and rule.fields is not None:
            yield rule.rows, Use.ROWS
        elif rule.at is not None and rule.always is None:
            yield rule.at, Use.VALUE


class Fields:
    """The fields of one kind of row, in the contract's order, their rules made into functions.

    `null` is what the agency writes for nothing, `place` where the row stands, for whoever reads of a fault.
    """

    def __init__(
        self, rules: Rules, null: Sequence[str], names: Names, place: str = "", notes: Notes = ()
    ) -> None:
        of = {note.name: note.of for note in notes}
        order = [name for name in of if name in rules] + [name for name in rules if name not in of]
        self._steps = [
            (name, names.found(rules[name]), _make(rules[name], null, f"{place}{name}", of.get(name, ())))
            for name in order
        ]

    def of(self, row: Row) -> dict[str, Any]:
        """All fields of a row that have a value. Raises AgencyFailed (off contract)."""
        fields, said = {}, row.said
        for name, at, make in self._steps:
            found = said.get(at) if isinstance(at, str) else at(row)
            value = make(found, row)
            if value is not None:
                fields[name] = value
        return fields


def _make(rule: FieldRule, null: Sequence[str], place: str, notes: Notes) -> Make:
    """One field: a constant, rows of fields, or a value."""
    if rule.always is not None:
        return lambda _, __: rule.always
    tokens = frozenset(null if rule.null is None else rule.null)
    if rule.rows is not None and rule.fields is not None:
        names = Names(wanted(rule.fields.values()))
        return _rows(tokens, names, Fields(rule.fields, null, names, f"{place}[].", notes), place)
    return _value(rule, tokens, place)


def _rows(tokens: frozenset[str], names: Names, fields: Fields, place: str) -> Make:
    def make(found: Any, row: Row) -> list[dict[str, Any]] | None:
        if nothing(found, tokens):
            return None
        eyes, odd = row.eyes, row.odd
        return [fields.of(names.open(eyes, below, odd)) for below in listed(eyes, found, place)]

    return make


def _value(rule: FieldRule, tokens: frozenset[str], place: str) -> Make:
    convert, convert_text = bound(rule.functions, rule.options), bound_to_text(rule.functions, rule.options)
    reader = READERS[rule.key] if rule.key else None

    def make(found: Any, row: Row) -> Any:
        try:
            # Nine values in ten are texts.
            if isinstance(found, str):
                value = None if found.strip() in tokens else convert_text(found)
            else:
                value = None if nothing(found, tokens) else convert(found)
        except Unfit as unfit:
            zh, en = unfit.expected.zh, unfit.expected.en
            raise off_contract(f"字段 {place}：{zh}", f"field {place}: {en}") from None
        if reader and isinstance(value, str) and reader(value).verdict is Verdict.NOT_ONE:
            row.odd.append(place)
        return value

    return make
