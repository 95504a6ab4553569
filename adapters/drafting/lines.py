"""Lines of YAML: texts as scalars that every reader takes for these texts, within a width."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 100
"""Columns a line keeps within, where its words let it; a Chinese character takes two."""

_WORD = re.compile(r"[A-Za-z\u4e00-\u9fff/][\w./()-]*")
# What some reader of YAML takes for something else than a text.
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def quoted(words: str) -> str:
    """A text as a YAML scalar that every reader takes for this text."""
    if _WORD.fullmatch(words) and words.lower() not in _RESERVED and words.isprintable():
        return words
    if '"' in words and "'" not in words and words.isprintable():
        return f"'{words}'"
    return '"' + "".join(map(_escaped, words)) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def flow(content: Any) -> str:
    """Mappings, lists and texts on one line."""
    if isinstance(content, Mapping):
        return "{" + ", ".join(f"{quoted(str(k))}: {flow(v)}" for k, v in content.items()) + "}"
    if isinstance(content, list | tuple):
        return "[" + ", ".join(map(flow, content)) + "]"
    if content is None or isinstance(content, bool | int):
        return json.dumps(content)
    return quoted(str(content))


def columns(line: str) -> int:
    """How wide a line is on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


def wrapped(words: str, room: int) -> Iterator[str]:
    """Words in lines of so many columns: cut between words, or anywhere in Chinese."""
    line = ""
    for piece in re.findall(r"[\x21-\x7e]+ ?|.", words):
        if line and columns(line) + columns(piece.rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def entry(name: str, content: Any, indent: int) -> Iterator[str]:
    """A name and what it holds, on one line where that fits."""
    line = f"{quoted(name)}: {flow(content)}"
    if not isinstance(content, Mapping | list) or not content or columns(line) + indent <= WIDTH:
        yield line
        return
    yield f"{quoted(name)}:"
    if isinstance(content, list):
        yield from (f"  - {flow(value)}" for value in content)
        return
    for inner, value in content.items():
        yield from (f"  {below}" for below in entry(str(inner), value, indent + 2))


def bare(words: str) -> str:
    """A text as a comment shows it: in one line, without signs that cannot be seen."""
    return "".join(sign if sign.isprintable() else " " for sign in words)
