"""The one statement a question becomes: identifiers quoted, values apart from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import sql

from adapters.manifest import AskRule, ConditionRule
from adapters.manifest.parts import PLACEHOLDER

Values = Mapping[str, str]
"""What stands in for the placeholders of a question, by name."""


_LIST, _NOTHING = sql.SQL(", "), sql.SQL("")


@dataclass(frozen=True, slots=True)
class Question:
    """A SELECT with $1, $2 … and what they stand for."""

    statement: bytes
    values: tuple[bytes | None, ...] = field(repr=False)

    def shown(self) -> str:
        """The statement and its values, for the evidence."""
        named = (f"${at}={(value or b'').decode()}" for at, value in enumerate(self.values, 1))
        return " -- ".join((self.statement.decode(), ", ".join(named)))


def question(schema: str, ask: AskRule, values: Values, most: int) -> Question:
    """What is asked under these keys, for `most` rows; conditions on other keys are left out.

    With `per` a document's older rows are left out by the server, and a row without a number is a document
    of its own; the newest come first either way.
    """
    asked = [(column, each) for column, each in ask.where.items() if _asked(each, values)]
    conditions = [_condition(column, each, at) for at, (column, each) in enumerate(asked, 1)]
    per, newest = _per(ask), _newest(ask)
    found = sql.SQL("SELECT {}* FROM {} WHERE {}").format(
        sql.SQL("DISTINCT ON ({}) ").format(_LIST.join(per)) if per else _NOTHING,
        sql.Identifier(schema, ask.table or ""),
        sql.SQL(" AND ").join(conditions),
    )
    if per:
        first = _LIST.join([*per, *newest])
        found = sql.SQL("SELECT * FROM ({} ORDER BY {}) AS found").format(found, first)
    if newest:
        found += sql.SQL(" ORDER BY {}").format(_LIST.join(newest))
    found += sql.SQL(" LIMIT {}").format(sql.SQL(str(most)))
    return Question(found.as_bytes(), tuple(_value(each, values) for _, each in asked))


def tried(schema: str, ask: AskRule) -> Question:
    """The same about nothing, for no rows: whether there are such a table and such columns, and we may."""
    names = dict.fromkeys(ask.placeholders(), "")
    whole = question(schema, ask, names, 0)
    return Question(whole.statement, (None,) * len(whole.values))


def _newest(ask: AskRule) -> list[sql.Composed]:
    """How rows are ordered. What has no number is not the newest."""
    return [sql.SQL("{} DESC NULLS LAST").format(sql.Identifier(ask.newest))] if ask.newest else []


def _per(ask: AskRule) -> list[sql.Composable]:
    """What rows of one document have in common. Rows without a number have nothing: each counts."""
    if not ask.per:
        return []
    columns = [sql.Identifier(column) for column in ask.per]
    numbers = _LIST.join(sql.SQL("coalesce(btrim({}::text), '')").format(column) for column in columns)
    alone = sql.SQL("CASE WHEN '' IN ({}) THEN row_number() OVER () END").format(numbers)
    return [*columns, alone]


def _asked(condition: ConditionRule, values: Values) -> bool:
    return all(name in values for name in PLACEHOLDER.findall(condition.value))


def _condition(column: str, condition: ConditionRule, at: int) -> sql.Composed:
    form = sql.SQL("{} LIKE ${}") if condition.fit == "starts" else sql.SQL("{} = ${}")
    return form.format(sql.Identifier(column), sql.SQL(str(at)))


def _value(condition: ConditionRule, values: Values) -> bytes:
    filled = PLACEHOLDER.sub(lambda found: values[found[1]], condition.value)
    if condition.fit == "starts":
        # What LIKE reads as a pattern stands for itself; its escape is the backslash by default.
        filled = filled.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return filled.encode()
