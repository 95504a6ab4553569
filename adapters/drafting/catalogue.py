"""What a front-end database says of its tables and views (PostgreSQL's catalogues); no row is read.

Everything in the schema is told, also what the account may not read, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adapters.base import failed
from adapters.drafting.drafts import Description, Operation, Parameter
from adapters.drafting.tree import Node
from contracts.errors import AskMalformed, Fault
from contracts.text import text

if TYPE_CHECKING:
    from psycopg import AsyncConnection

TABLES, COLUMNS, DOC = 2_000, 40_000, 500
"""Tables and columns of a schema, and characters of a comment that are kept, at most."""

_ALL = "'r', 'p', 'v', 'm', 'f'"
_FOUND = f"""
SELECT c.relname, c.relkind::text, c.reltuples::bigint, obj_description(c.oid, 'pg_class'),
       has_schema_privilege(n.oid, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
       has_any_column_privilege(c.oid, 'SELECT')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ({_ALL}) ORDER BY c.relname LIMIT {TABLES + 1}"""  # noqa: S608  ours
_COLUMNS = f"""
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ({_ALL}) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum LIMIT {COLUMNS + 1}"""  # noqa: S608  ours
_SCHEMAS = f"""
SELECT n.nspname FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ({_ALL})
            AND has_table_privilege(c.oid, 'SELECT'))
ORDER BY n.nspname LIMIT 20"""  # noqa: S608  ours

_NO_USAGE = text("账号无权使用该模式（USAGE）", "the account may not use the schema (USAGE)")
_NO_RIGHT = text("账号无权读取（SELECT）", "the account may not read it (SELECT)")
_SOME_RIGHT = text("账号只能读取部分列，须能读取整张表", "the account may read some columns only, not all")


async def catalogue(connection: AsyncConnection[Any], schema: str) -> bytes:
    """The schema's tables and views with their columns, as one JSON document. Raises psycopg.Error.

    Raises AgencyFailed for more of them than anybody could choose from.
    """
    found = await (await connection.execute(_FOUND, (schema,))).fetchall()
    columns = await (await connection.execute(_COLUMNS, (schema,))).fetchall()
    schemas = await (await connection.execute(_SCHEMAS)).fetchall()
    if len(found) > TABLES or len(columns) > COLUMNS:
        raise failed(Fault.TOO_LARGE)
    held: dict[str, list[dict[str, str]]] = {}
    for table, name, kind, comment in columns:
        held.setdefault(table, []).append({"name": name, "type": kind, "comment": _line(comment)})
    told = {
        "schema": schema,
        "tables": [_told(each, held.get(each[0], [])) for each in found],
        "schemas": [name for (name,) in schemas],
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _told(found: Sequence[Any], columns: list[dict[str, str]]) -> dict[str, Any]:
    name, kind, rows, comment, usage, right, some = found
    reason = None if usage and right else "no-usage" if not usage else "some-columns" if some else "no-right"
    said: dict[str, Any] = {"name": name, "view": kind in "vm", "rows": rows if rows >= 0 else None}
    return said | {"comment": _line(comment), "reason": reason, "columns": columns}


def _line(words: str | None) -> str:
    return " ".join((words or "").split())[:DOC]


_REASONS = {"no-usage": _NO_USAGE, "some-columns": _SOME_RIGHT, "no-right": _NO_RIGHT}


def described(octets: bytes) -> Description:
    """A catalogue as it was read: a table is an operation, its columns what it is asked by and replies."""
    told = json.loads(octets)
    return Description("table", tuple(_operation(each, told["schema"]) for each in told["tables"]))


def _operation(each: Mapping[str, Any], schema: str) -> Operation:
    inputs = tuple(Parameter(c["name"], c["type"], c["comment"], within="column") for c in each["columns"])
    below = tuple(Node(c.name, ("rows", c.name), (), (), doc=c.doc, type=c.type) for c in inputs)
    rows = Node("rows", ("rows",), (), below, many=True, doc=each["comment"])
    outputs = Node("", (), (), (Node("table", ("table",)), rows))
    reason = _REASONS[each["reason"]] if each["reason"] else None
    return Operation(
        each["name"], schema, each["comment"], inputs, outputs, reason, rows=each["rows"], view=each["view"]
    )


def check_readable(octets: bytes) -> None:
    """Whether there is a table to choose at all.

    Raises AskMalformed (no such schema) and AgencyDeclined (no rights), saying what to do.
    """
    told = json.loads(octets)
    if any(each["reason"] is None for each in told["tables"]):
        return
    schema, found = told["schema"], len(told["tables"])
    others = [name for name in told["schemas"] if name != schema]
    zh = f"该账号可读取的模式：{'、'.join(others)}。" if others else ""
    en = f" It may read in: {', '.join(others)}." if others else ""
    if found == 0:
        zh = f"没有模式 {schema}，或其中没有表。{zh}请核对模式名称。"
        en = f"There is no schema {schema}, or no table in it.{en} Check its name."
        raise AskMalformed(text(zh, en))
    zh = (
        f"模式 {schema} 中有 {found} 张表，该账号都不能读取。{zh}"
        "请对方数据库管理员授予 USAGE 和 SELECT 权限后重试。"
    )
    en = (
        f"The schema {schema} has {found} tables, and the account may read none.{en} "
        "Have the database's administrator grant USAGE and SELECT, and try again."
    )
    raise failed(Fault.UNAUTHORISED, text(zh, en))
