"""Adding up who asked how often, and how densely."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from contracts.audit import PERSON
from contracts.text import Text, text
from contracts.time import parse_instant, stored
from gateway.audit.names import spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.audit.names import Names


class Whose(NamedTuple):
    """Who asked."""

    consumer: str | None
    operator: str | None

    def told(self) -> Text:
        """Their ids for the beginning of a sentence, in Chinese with a blank behind."""
        named = [each for each in (self.consumer, self.operator) if each]
        return text(" ".join(named) + " ", " ".join(named))

    def called(self, names: Names) -> Text:
        """The same as people call them: operators as their consumer does, our own people by account."""
        operator = (self.operator or "").removeprefix(PERSON)
        if not self.consumer:
            return text(spaced(operator), operator)
        title = names.consumer(self.consumer)
        if not operator:
            return text(spaced(title.zh), title.en)
        return text(f"{title.zh}（操作员 {operator}）", f"{title.en} (operator {operator})")


class Counted:
    """How often by whom, with the first and the last time."""

    def __init__(self) -> None:
        self._found: dict[Whose, tuple[int, str, str]] = {}

    def add(self, whose: Whose, count: int, at: str) -> None:
        """So many more by somebody; `at` as stored text."""
        before, first, last = self._found.get(whose, (0, at, at))
        self._found[whose] = (before + count, min(first, at), max(last, at))

    def over(self, least: int) -> Iterator[tuple[Whose, int, str, str]]:
        """Whoever reached so many: how often, first and last."""
        for whose, (count, first, last) in self._found.items():
            if count >= least:
                yield whose, count, first, last


class Window:
    """The most that any so many neighbouring minutes hold, and when they begin."""

    def __init__(self, minutes: int) -> None:
        self._width, self._held, self._sum = timedelta(minutes=minutes), deque[tuple[datetime, int]](), 0
        self.most, self.since = 0, ""

    def add(self, at: str, count: int) -> None:
        """Minutes come in order."""
        now = parse_instant(at)
        self._held.append((now, count))
        self._sum += count
        while now - self._held[0][0] >= self._width:
            self._sum -= self._held.popleft()[1]
        if self._sum > self.most:
            self.most, self.since = self._sum, stored(self._held[0][0])
