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
    value, starts = str(rule.get("value") or ""), rule.get("fit") == "starts"
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


def _of_table(form: Form) -> dict[str, Any]:
    """Lines without a column, or that say nothing of it, are left out."""
    where: dict[str, Any] = {}
    for line in (name.removeprefix("column:") for name in form.names() if name.startswith("column:")):
        column, key, fixed = form.raw(f"column:{line}"), form.get(f"key:{line}"), form.get(f"fixed:{line}")
        value = f"{{{key}}}" if key else fixed
        if column and value:
            where[column] = {"value": value, "fit": "starts"} if f"starts:{line}" in form else value
    parts = {"newest": form.raw("newest") or None, "per": form.raw("per") or None}
    return {"table": form.raw("table"), "where": where, **parts}


def _pairs(written: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in written.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
