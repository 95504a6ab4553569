"""JSON read strictly (RFC 8259)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from adapters.decode.octets import unreadable

DEPTH = 64
"""Containers within containers, at most."""

DIGITS = 40
"""Characters of a JSON number, at most."""


def parse_json(content: str) -> Any:
    """A JSON text (RFC 8259) read strictly. Raises AgencyFailed (unreadable).

    Decimals are exact; NaN, duplicate keys, lone surrogates, NUL and containers deeper than 64 are refused.
    """
    try:
        document = json.loads(
            content,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise unreadable(f"不是完整的 JSON（{where}）", f"not a complete JSON text ({where})") from None
    except (ValueError, ArithmeticError) as error:
        raise unreadable("JSON 含有不允许的内容", str(error)) from None
    except RecursionError:
        raise unreadable("JSON 层次过深", "JSON nested too deeply") from None
    _check(document)
    return document


def _decimal(digits: str) -> Decimal:
    if len(digits) > DIGITS:
        raise ValueError("a number too long")
    return Decimal(digits)


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError("a number too long")
    return int(digits)


def _refuse_constant(_: str) -> Any:
    raise ValueError("NaN or an infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a duplicate key")
    return found


def _check(document: Any) -> None:
    """Refuse what parses but cannot be kept: depth, and characters no encoding writes or no store takes."""
    layer: list[Any] = [document]
    for _ in range(DEPTH + 1):
        strings = [item for item in layer if isinstance(item, str)]
        strings += [key for item in layer if isinstance(item, dict) for key in item]
        if any("\0" in each for each in strings):
            raise unreadable("含有无效字符", "a NUL character")
        try:
            "".join(strings).encode()
        except UnicodeEncodeError:
            raise unreadable("含有无效字符", "a lone surrogate") from None
        layer = [inner for item in layer for inner in below(item)]
        if not layer:
            return
    raise unreadable("JSON 层次过深", "JSON nested too deeply")


def below(item: Any) -> Iterator[Any]:
    """What a container holds; nothing for anything else."""
    if isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, list):
        yield from item
