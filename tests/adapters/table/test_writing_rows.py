"""Rows written down as one document: read again whatever a column holds, bounded, and giving others turns."""

import asyncio
import json
from collections.abc import Iterator

import pytest

from adapters import documents
from adapters.base import Deadline
from adapters.decode import parse_json
from adapters.decode.jsontext import DEPTH, DIGITS
from adapters.table import Column, Rows
from adapters.table.line import _rows
from adapters.table.writing import document
from contracts.errors import AgencyFailed, Fault

NUMERIC, JSON, TEXT = 1700, 3802, 25


async def written(kind: int, value: str) -> tuple[str, object]:
    """How a value stands in its document, and what is read there."""
    body = (await document("t", Rows((Column(b"a", kind),), ((value.encode(),),)), 1 << 20)).decode()
    [row] = parse_json(body)["rows"]
    return body.removeprefix('{"table": "t", "rows": [{"a": ').removesuffix("}]}"), row["a"]


@pytest.mark.parametrize("digits", [DIGITS - 1, DIGITS, DIGITS + 1, 5000])
async def test_a_number_is_one_as_long_as_it_can_be_read_again(digits):
    for value in ("9" * digits, "-" + "9" * (digits - 1), "0." + "3" * (digits - 2)):
        said, _ = await written(NUMERIC, value)
        assert said == (value if digits <= DIGITS else f'"{value}"')


@pytest.mark.parametrize("leaf", ["", "1", '{"b": []}'])
async def test_json_is_itself_as_long_as_it_can_be_read_again(leaf):
    kept = 0
    for depth in range(1, DEPTH + 4):
        value = "[" * depth + leaf + "]" * depth
        said, read = await written(JSON, value)
        assert said in (value, json.dumps(value))
        kept += not isinstance(read, str)
    with pytest.raises(AgencyFailed):
        parse_json(f'{{"rows": [{{"a": {"[" * (kept + 1) + leaf + "]" * (kept + 1)}}}]}}')


async def test_it_is_not_written_on_once_it_is_too_large():
    taken = 0

    def rows() -> Iterator[tuple[bytes]]:
        nonlocal taken
        while taken < 10_000:
            taken += 1
            yield (b"x" * 100,)

    with pytest.raises(AgencyFailed) as caught:
        await document("t", Rows((Column(b"a", TEXT),), rows()), 1000)  # type: ignore[arg-type]
    assert (caught.value.fault, taken <= 10) == (Fault.TOO_LARGE, True)


async def others(work) -> int:
    """Turns that others had meanwhile."""
    had, over = 0, asyncio.Event()

    async def waits() -> None:
        nonlocal had
        while not over.is_set():
            had += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(waits())
    await work
    over.set()
    await waiting
    return had


async def test_others_have_their_turn_while_rows_are_taken_in_and_written(clean, desk, monkeypatch):
    monkeypatch.setattr(documents, "TURN", -1.0)
    found = Rows((Column(b"a", TEXT),), ((b"x",),) * 300)
    assert await others(document("t", found, 1 << 20)) > 300
    async with desk(clean.base).adapter._line(Deadline.after(30)) as line:
        line._pgconn.send_query_params(b"SELECT generate_series(1, 300)", ())
        assert await others(_rows(await line._result())) >= 300
