"""The period a page is about: days from a form, a month, a year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from contracts.errors import AskMalformed
from contracts.text import text
from contracts.time import day_of, stored
from gateway.audit.figures import Span
from gateway.console.log.search import day, midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST = 366
"""Days."""

USUAL = 30

_TOO_LONG = text("时段须为 1 至 366 天", "A period has 1 to 366 days")


class Period(NamedTuple):
    """Days at +08:00, both inclusive."""

    first: date
    last: date

    @property
    def span(self) -> Span:
        """As the log is counted."""
        return Span(stored(midnight(self.first)), stored(midnight(self.last + timedelta(days=1))))

    def typed(self) -> dict[str, str]:
        """As a form says it."""
        return {"from": self.first.isoformat(), "until": self.last.isoformat()}


def lately(now: datetime) -> Period:
    """The last thirty days."""
    return Period(day_of(now) - timedelta(days=USUAL - 1), day_of(now))


def days_in(words: Mapping[str, str], now: datetime) -> Period:
    """What the form says; the last thirty days where it says nothing. Raises AskMalformed."""
    usual = lately(now)
    last = day(words["until"]) if words.get("until") else usual.last
    first = day(words["from"]) if words.get("from") else last - timedelta(days=USUAL - 1)
    if not 0 <= (last - first).days < LONGEST:
        raise AskMalformed(_TOO_LONG)
    return Period(first, last)


def month_or_year(year: str, month: str) -> Period:
    """A whole year, or a month of it. Raises AskMalformed."""
    if not year.isascii() or not year.isdigit() or month not in {"", *map(str, range(1, 13))}:
        raise AskMalformed(text("请填写年份，如 2026", "Enter a year, such as 2026"))
    first = day(f"{int(year):04d}-{int(month or 1):02d}-01")
    ends = date(first.year + 1, 1, 1) if month in {"", "12"} else date(first.year, first.month + 1, 1)
    return Period(first, ends - timedelta(days=1))
