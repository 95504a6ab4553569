"""A question as its form has it: an operation's arguments, an HTTP address, or a table's conditions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.errors import AskMalformed
from contracts.exchange import KEYS
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.forms import Form

BLANK = 1
"""Lines for further conditions that a form shows empty."""

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Condition:
    """A line of a table's question: what a column must hold, a key or something fixed."""

    column: str = ""
    starts: bool = False
    key: str = ""
    fixed: str = ""


def conditions_of(ask: Mapping[str, Any]) -> tuple[Condition, ...]:
    """The conditions that stand in a draft, and blank lines for more."""
    where = ask.get("where") if isinstance(ask.get("where"), dict) else {}
    return (
        *(_condition(str(column), said) for column, said in (where or {}).items()),
        *[Condition()] * BLANK,
    )


def _condition(column: str, said: Any) -> Condition:
    rule = said if isinstance(said, dict) else {"value": said}
    value, starts = _written(rule.get("value")), rule.get("fit") == "starts"
    place = _PLACE.fullmatch(value)
    if place and place[1] in KEYS:
        return Condition(column, starts, key=place[1])
    return Condition(column, starts, fixed=value)


def asked(form: Form) -> dict[str, Any]:
    """The question as the form has it. Raises AskMalformed."""
    if "table" in form:
        return _of_table(form)
    if "operation" in form:
        arguments = {
            name.removeprefix("argument:"): form.raw(name).strip()
            for name in form.names()
            if name.startswith("argument:")
        }
        return {"operation": form.get("operation"), "arguments": arguments}
    question: dict[str, Any] = {"method": form.get("method", "GET"), "path": form.get("path", "/")}
    question |= {"query": _pairs(form.raw("query")), "form": _pairs(form.raw("form"))}
    if written := form.get("json"):
        try:
            question["json"] = json.loads(written)
        except ValueError:
            raise AskMalformed(text("请求体不是有效的 JSON", "The body is not valid JSON")) from None
    return question


def _written(value: Any) -> str:
    """A fixed value as a manifest means it: 0 and false are values."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def typed(form: Form) -> tuple[Condition, ...]:
    """A table's conditions as somebody typed them, and a blank line; to clear the column drops a line."""
    lines = [name.removeprefix("column:") for name in form.names() if name.startswith("column:")]
    found = [
        Condition(
            form.raw(f"column:{line}"),
            f"starts:{line}" in form,
            form.get(f"key:{line}"),
            form.get(f"fixed:{line}"),
        )
        for line in lines
    ]
    return (*(each for each in found if each.column), *[Condition()] * BLANK)


def _of_table(form: Form) -> dict[str, Any]:
    """Raises AskMalformed for half a condition, and for a second one of a column."""
    where: dict[str, Any] = {}
    for each in typed(form)[:-BLANK]:
        _check(each, where)
        value = f"{{{each.key}}}" if each.key else each.fixed
        where[each.column] = {"value": value, "fit": "starts"} if each.starts else value
    per = [each for each in (form.raw("per"), *(form.raw(name) for name in _further(form))) if each]
    parts = {"newest": form.raw("newest") or None, "per": per[0] if len(per) == 1 else per or None}
    return {"table": form.raw("table"), "where": where, **parts}


def _check(each: Condition, before: Mapping[str, Any]) -> None:
    column = each.column
    if not (each.key or each.fixed):
        raise AskMalformed(
            text(
                f"列 {column} 的条件不完整：请选择键，或填写固定值", f"{column} needs a key or a fixed value"
            )
        )
    if each.key and each.fixed:
        raise AskMalformed(
            text(
                f"列 {column} 不能既等于键又等于固定值",
                f"{column} holds a key or a fixed value, not both",
            )
        )
    if column in before:
        raise AskMalformed(
            text(f"列 {column} 有两个条件，请只留一个", f"{column} has two conditions: leave one")
        )


def _further(form: Form) -> list[str]:
    """Further columns that name one document, which go with the first."""
    return [name for name in form.names() if name.startswith("per:")] if form.raw("per") else []


def _pairs(written: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in written.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
