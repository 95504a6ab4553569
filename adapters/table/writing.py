"""Rows as evidence: one JSON document (RFC 8259) that holds every value as the server wrote it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator

from adapters.base import failed
from adapters.decode import unreadable
from adapters.decode.jsontext import DEPTH, DIGITS, below, parse_json
from adapters.documents import Turns
from adapters.table.line import Rows
from contracts.errors import AgencyFailed, Fault

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_MOMENT = re.compile(r"(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:([+-]\d\d)(:\d\d)?)?")


async def document(table: str, found: Rows, most: int) -> bytes:
    """`{"table": …, "rows": [{column: value}]}`, columns in the table's own order, of at most `most` octets.

    Numbers are JSON numbers digit by digit; days and instants ISO 8601; NULL null; JSON itself; binary
    columns Base64 (RFC 4648); every other type the text that the server makes of it, and so is a number or
    a JSON text that could not be read again. Others get their turn meanwhile. Raises AgencyFailed.
    """
    octets, turns = bytearray(), Turns()
    for piece in _pieces(table, found):
        octets += piece.encode()
        if len(octets) > most:
            raise failed(Fault.TOO_LARGE)
        await turns.given()
    return bytes(octets)


def _pieces(table: str, found: Rows) -> Iterator[str]:
    names = [_quoted(_text(column.name)) for column in found.columns]
    writers = [_WRITERS.get(column.type, _quoted) for column in found.columns]
    yield f'{{"table": {_quoted(table)}, "rows": ['
    for at, row in enumerate(found.rows):
        yield ", {" if at else "{"
        for place, (name, writer, value) in enumerate(zip(names, writers, row, strict=True)):
            said = "null" if value is None else writer(_text(value))
            yield f"{', ' if place else ''}{name}: {said}"
        yield "}"
    yield "]}"


def _text(octets: bytes) -> str:
    """A database without an encoding of its own (SQL_ASCII) hands out whatever it was given."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise unreadable(
            "数据库未声明编码，请对方设置为 UTF8 或 EUC_CN",
            "the database declares no encoding: have the agency set one, such as UTF8",
        ) from None


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: str) -> str:
    """NaN and the infinities are no numbers of JSON: they stay what they are called."""
    return value if len(value) <= DIGITS and _NUMBER.fullmatch(value) else _quoted(value)


def _truth(value: str) -> str:
    return {"t": "true", "f": "false"}.get(value, _quoted(value))


def _moment(value: str) -> str:
    found = _MOMENT.fullmatch(value)
    if found is None:
        return _quoted(value)
    day, time, hours, minutes = found.groups()
    return _quoted(f"{day}T{time}" + (f"{hours}{minutes or ':00'}" if hours else ""))


def _octets(value: str) -> str:
    if not value.startswith("\\x"):
        return _quoted(value)
    return _quoted(base64.b64encode(bytes.fromhex(value[2:])).decode())


_LAYERS = DEPTH + 1 - len(("the document", "its rows", "a row"))
"""Layers that a value may have where it is put."""


def _json(value: str) -> str:
    """As it stands, if it is strict enough to be read again where it is put; the text of it otherwise."""
    try:
        layer = [parse_json(value)]
    except AgencyFailed:
        return _quoted(value)
    for _ in range(_LAYERS):
        layer = [inner for each in layer for inner in below(each)]
    return _quoted(value) if layer else value


_WRITERS: dict[int, Callable[[str], str]] = {
    16: _truth,
    17: _octets,
    **dict.fromkeys((20, 21, 23, 26, 700, 701, 1700), _number),
    **dict.fromkeys((114, 3802), _json),
    **dict.fromkeys((1114, 1184), _moment),
}
"""By the type's OID (pg_type.dat): bool; bytea; int8, int2, int4, oid, float4, float8, numeric; json, jsonb;
timestamp, timestamptz. A `date` is ISO 8601 already."""
