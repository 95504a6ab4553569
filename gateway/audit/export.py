"""Entries as lines for auditors: JSON Lines in the shape the API gives, one entry a line, from index 0.

    {"index": 0, "leaf": base64 of the leaf hash, "entry": the canonical octets as text, null once blanked}

The octets stand inside a JSON string so that they come out exactly as they were hashed.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from gateway.audit.records import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.audit.log import AuditLog

PAGE = 1000


class LineUnreadable(ValueError):
    """Not a line of an exported log."""


async def export(log: AuditLog, size: int) -> AsyncIterator[bytes]:
    """The first `size` entries, each a line with its newline. Raises LogUnavailable."""
    for start in range(0, size, PAGE):
        for line in await log.lines(start, min(PAGE, size - start)):
            yield written(line)


def written(line: Line) -> bytes:
    """One line with its newline. A damaged body comes out damaged, and its leaf hash will say so."""
    entry = None if line.body is None else line.body.decode(errors="replace")
    shape = {"index": line.index, "leaf": base64.b64encode(line.leaf).decode(), "entry": entry}
    return json.dumps(shape, ensure_ascii=False).encode() + b"\n"


def read(octets: bytes) -> Line:
    """One line back. Raises LineUnreadable for anything that could be read in two ways."""
    try:
        found = dict(json.loads(octets, object_pairs_hook=_once))
        leaf = base64.b64decode(found["leaf"], validate=True)
        entry = found["entry"]
        line = Line(found["index"], leaf, None if entry is None else entry.encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise LineUnreadable from error
    # Written again it is the same: no second way to write one leaf.
    canonical = base64.b64encode(leaf).decode() == found["leaf"]
    if type(line.index) is not int or not canonical or len(leaf) != 32 or len(found) != 3:
        raise LineUnreadable
    return line


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LineUnreadable("a name stands twice")
    return found
