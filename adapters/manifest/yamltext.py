"""YAML 1.2 to plain values and the line of each: what a manifest says, and where it says it."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import yaml  # noqa: TID251  for its events alone: what they mean is decided here
from yaml import MarkedYAMLError, YAMLError  # noqa: TID251  as above
from yaml.events import (  # noqa: TID251  as above
    CollectionStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from adapters.manifest.parts import Place

__all__ = ["BREAKS", "DEPTH", "Doubtful", "MarkedYAMLError", "YAMLError", "plain_values"]

DEPTH = 100
"""Levels of one text, at most."""

BREAKS = re.compile("[\x85\u2028\u2029]")
"""They end a line in YAML 1.1 and stand within one in 1.2 (§5.4), which editors show as they like."""

Lines: TypeAlias = dict[Place, int]


class Doubtful(ValueError):
    """YAML that says a thing twice, by reference, or too deep within itself; `line` counts from 1."""

    def __init__(self, line: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.line, self.zh, self.en = line, zh, en


def plain_values(document: str) -> tuple[Any, Lines]:
    """A text's mappings, sequences, texts, whole numbers and truths; numbers such as 0012 stay text.

    Raises Doubtful; yaml.YAMLError for what is no YAML; ValueError for what is no Unicode.
    """
    if broken := BREAKS.search(document):
        raise Doubtful(
            document.count("\n", 0, broken.start()) + 1,
            "含有 U+0085、U+2028 或 U+2029 换行符，请删去，或在引号内写作 \\N、\\L、\\P",
            "U+0085, U+2028 and U+2029 end a line for some readers only: write \\N, \\L, \\P in quotes",
        )
    return _Reading(document).whole()


class _Reading:
    """One text read to its end, event by event: nothing is followed, nothing built that it does not say."""

    def __init__(self, document: str) -> None:
        self._events = yaml.parse(document, Loader=yaml.CSafeLoader)
        self._lines: Lines = {}

    def whole(self) -> tuple[Any, Lines]:
        """Its only document, None where there is none."""
        self._next()  # the stream begins
        if isinstance(self._next(), StreamEndEvent):
            return None, self._lines
        content = self._value(self._next(), ())
        self._next()  # the document ends
        further = self._next()
        if not isinstance(further, StreamEndEvent):
            raise Doubtful(_line(further), "只能有一个文档", "there must be one document only")
        return content, self._lines

    def _next(self) -> Event:
        return next(self._events)

    def _value(self, event: Event, place: Place) -> Any:
        self._lines[place] = _line(event)
        if not isinstance(event, ScalarEvent | CollectionStartEvent) or event.anchor is not None:
            raise Doubtful(_line(event), "不允许锚点和引用", "anchors and aliases are not allowed")
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if len(place) >= DEPTH:
            raise Doubtful(
                _line(event), f"嵌套超过 {DEPTH} 层", f"more than {DEPTH} levels within each other"
            )
        if isinstance(event, SequenceStartEvent):
            return self._sequence(place)
        return self._mapping(place)

    def _sequence(self, place: Place) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            found.append(self._value(event, (*place, len(found))))
        return found

    def _mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.value in found or event.anchor is not None:
                named = event.value if isinstance(event, ScalarEvent) else "…"
                said = f"键重复或不是文本：{named}", f"a key that is repeated or not a text: {named}"
                raise Doubtful(_line(event), *said)
            key = str(event.value)
            found[key] = self._value(self._next(), (*place, key))
            self._lines[(*place, key)] = _line(event)
        return found


def _line(event: Event) -> int:
    """Counted from 1; libyaml gives every event its mark."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: ScalarEvent) -> str | int | bool | None:
    value: str = event.value
    if event.style:
        return value
    if value in ("", "~", "null"):
        return None
    if value in ("true", "false"):
        return value == "true"
    return int(value) if re.fullmatch(r"0|-?[1-9]\d{0,17}", value) else value
