"""What a front-end database says of its tables and views (PostgreSQL's catalogues); no row is read.

Everything in the schema is told, also what the account may not read, with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from adapters.base import failed
from adapters.drafting.drafts import Description, Operation, Parameter
from adapters.drafting.tree import Node
from contracts.errors import AskMalformed, Fault
from contracts.material import Strict
from contracts.text import text

if TYPE_CHECKING:
    from adapters.table import Line

TABLES, SCHEMAS, DOC = 2_000, 20, 500
"""Tables of a schema, other schemas that are named, and characters of a comment that are kept, at most."""

OCTETS = 16 << 20
"""Octets of a catalogue, at most."""

STATEMENT = f"""
SELECT json_build_object('schema', $1::text, 'tables', coalesce((
  SELECT json_agg(json_build_object('name', t.relname, 'view', t.relkind IN ('v', 'm'),
    'rows', CASE WHEN t.reltuples >= 0 THEN t.reltuples::bigint END, 'comment', left(t.comment, {DOC}),
    'reason', t.reason, 'columns', coalesce((
      SELECT json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'comment', left(col_description(t.oid, a.attnum), {DOC})) ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    ), '[]')) ORDER BY t.relname)
  FROM (SELECT c.oid, c.relname, c.relkind, c.reltuples, obj_description(c.oid, 'pg_class') AS comment,
      CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'no-usage'
           WHEN has_table_privilege(c.oid, 'SELECT') THEN NULL
           WHEN NOT has_any_column_privilege(c.oid, 'SELECT') THEN 'no-right'
           WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
             AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT'))
           THEN 'some-columns' END AS reason
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') LIMIT {TABLES + 1}) t
), '[]'), 'schemas', coalesce((
  SELECT json_agg(s.nspname ORDER BY s.nspname)
  FROM (SELECT n.nspname FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE')
    AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(c.oid, 'SELECT'))
    ORDER BY n.nspname LIMIT {SCHEMAS}) s
), '[]'))::text"""  # noqa: S608  numbers of ours

_NO_USAGE = text("账号无权使用该模式（USAGE）", "the account may not use the schema (USAGE)")
_NO_RIGHT = text("账号无权读取（SELECT）", "the account may not read it (SELECT)")
_SOME_RIGHT = text("账号只能读取部分列，须能读取整张表", "the account may read some columns only, not all")
_UNSEEN = text("名称含不可见字符", "its name has characters that cannot be seen")


def _line(words: object) -> object:
    return " ".join((words or "").split()) if isinstance(words, str | None) else words


Comment = Annotated[str, BeforeValidator(_line)]


class ColumnFound(Strict):
    """A column with its type and its comment, in one line."""

    name: str
    type: str
    comment: Comment


class TableFound(Strict):
    """A table or view; `rows` about how many, `reason` why it cannot be read."""

    name: str
    view: bool
    rows: int | None
    comment: Comment
    reason: Literal["no-usage", "some-columns", "no-right"] | None
    columns: tuple[ColumnFound, ...]


class Found(Strict):
    """What there is in a schema; `schemas` are those in which the account may read something."""

    schema_name: str = Field(alias="schema")
    tables: tuple[TableFound, ...]
    schemas: tuple[str, ...]


async def catalogue(line: Line, schema: str) -> bytes:
    """The schema's tables and views with their columns, as one JSON document.

    Raises AgencyFailed, also for more tables than anybody could choose from.
    """
    reply = await line.select(STATEMENT.encode(), (schema.encode(),))
    octets = reply.rows[0][0] if reply.rows and reply.rows[0] else None
    if len(_found(octets or b"").tables) > TABLES:
        raise failed(Fault.TOO_LARGE)
    return octets or b""


def _found(octets: bytes) -> Found:
    """A catalogue as it was read. Raises AgencyFailed for a server that says something else."""
    try:
        return Found.model_validate_json(octets)
    except ValidationError:
        raise failed(Fault.UNREADABLE) from None


_REASONS = {"no-usage": _NO_USAGE, "some-columns": _SOME_RIGHT, "no-right": _NO_RIGHT}


def described(octets: bytes) -> Description:
    """A catalogue as it was read: a table is an operation, its columns what it is asked by and replies."""
    found = _found(octets)
    return Description("table", tuple(_operation(each, found.schema_name) for each in found.tables))


def _operation(each: TableFound, schema: str) -> Operation:
    inputs = tuple(Parameter(one.name, one.type, one.comment, within="column") for one in each.columns)
    below = tuple(Node(one.name, ("rows", one.name), doc=one.doc, type=one.type) for one in inputs)
    rows = Node("rows", ("rows",), (), below, many=True)
    outputs = Node("", (), (), (Node("table", ("table",)), rows))
    reason = _REASONS[each.reason] if each.reason else None if each.name.isprintable() else _UNSEEN
    where = f"{schema}.{each.name}"
    return Operation(each.name, where, each.comment, inputs, outputs, reason, rows=each.rows, view=each.view)


def check_readable(octets: bytes) -> None:
    """Whether there is a table to choose at all.

    Raises AskMalformed (no such schema) and AgencyDeclined (no rights), saying what to do.
    """
    found = _found(octets)
    if any(each.reason is None for each in found.tables):
        return
    schema, count = found.schema_name, len(found.tables)
    others = [name for name in found.schemas if name != schema]
    zh = f"该账号可读取的模式：{'、'.join(others)}。" if others else ""
    en = f" It may read in: {', '.join(others)}." if others else ""
    if not found.tables:
        zh = f"没有模式 {schema}，或其中没有表。{zh}请核对模式名称。"
        en = f"There is no schema {schema}, or no table in it.{en} Check its name."
        raise AskMalformed(text(zh, en))
    zh = (
        f"模式 {schema} 中有 {count} 张表，该账号都不能读取。{zh}"
        "请对方数据库管理员授予 USAGE 和 SELECT 权限后重试。"
    )
    en = (
        f"The schema {schema} has {count} table{'s' * (count != 1)}, and the account may read none.{en} "
        "Have the database's administrator grant USAGE and SELECT, and try again."
    )
    raise failed(Fault.UNAUTHORISED, text(zh, en))
