"""Whether a front-end database can be read as its manifest says: the rules of `review` for tables."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.manifest.asks import AskRule
from adapters.manifest.model import Connection, MaterialRule
from adapters.manifest.parts import PLACEHOLDER, SECRET, Place
from adapters.manifest.tables import TableRule, database_at

Problem = tuple[Place, str, str]
"""Where something is wrong in a manifest, and why, in Chinese and English."""

OF_TABLES = frozenset({"table", "where", "newest", "per"})
"""What only a question of a table has."""

_OF_THE_WEB = ("headers", "credentials", "probe", "soap")
_NOT_OF_TABLES = ("list", "pages", "attachments", "supplements")


def reviewed(connection: Connection, table: TableRule) -> Iterator[Problem]:
    """What is wrong with the way to a front-end database."""
    try:
        database_at(connection.base)
    except ValueError:
        yield (
            ("connection", "base"),
            "应为 postgresql://主机:端口/库名",
            "postgresql://host:port/name of the database is expected",
        )
    for part in _OF_THE_WEB:
        if part in connection.model_fields_set:
            yield ("connection", part), "前置库无需该字段", "has no place where a table is read"
    if table.tls == "off" and not connection.allow_private:
        yield (
            ("connection", "table", "tls"),
            "仅内网地址（allow_private）可不加密",
            "only private addresses (allow_private) may go without encryption",
        )


def of_table(rule: MaterialRule, place: Place) -> Iterator[Problem]:
    """What is wrong with a kind's question of a table."""
    yield from _ask(rule.ask, (*place, "ask"))
    for part in _NOT_OF_TABLES:
        if getattr(rule, "listing" if part == "list" else part):
            yield (*place, part), "数据库表不支持该字段", "has no place where a table is read"
    if [(step.how, step.at) for step in rule.decode] != [("json", None)]:
        yield (*place, "decode"), "数据库表应为 [json]", "[json] is expected of a table"


def _ask(ask: AskRule, place: Place) -> Iterator[Problem]:
    for part in sorted(ask.model_fields_set - OF_TABLES):
        name = "json" if part == "json_body" else part
        yield (*place, name), "数据库表不支持该字段", "has no place where a table is read"
    if ask.table is None:
        yield (*place, "table"), "缺少该字段", "Field required"
    if ask.per and ask.newest is None:
        yield (*place, "per"), "须与 newest 同用", "goes with newest"
    for column, condition in ask.where.items():
        here = (*place, "where", column)
        if SECRET.search(condition.value):
            yield here, "查询条件中不可使用密钥", "a condition holds no secret"
        if len(PLACEHOLDER.findall(condition.value)) > 1:
            yield here, "每个条件只能使用一个键", "a condition has one key at most"
