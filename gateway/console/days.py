"""Days as people type them: one, a period of them, a month, a year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from contracts.errors import AskMalformed
from contracts.text import text
from contracts.time import day_of, midnight, parse_day, parse_instant
from gateway.api.overviews import USUAL

_DAY = timedelta(days=1)

_NO_DAY = text(
    "日期应形如 2026-03-02，年份为 1900 至 8999", "A day reads 2026-03-02, in a year from 1900 to 8999"
)
_NO_MOMENT = text(
    "时间应形如 2026-03-02T08:00，年份为 1900 至 8999",
    "A time reads 2026-03-02T08:00, in a year from 1900 to 8999",
)
_UPSIDE_DOWN = text("起始日期不能晚于结束日期", "The first day must not lie after the last")
MARKED = text("请改正标出的栏目后再试。", "Correct the field that is marked, and try again.")
"""What to do about a form that is filled in wrong."""

_NO_YEAR = text("请填写年份，如 2026", "Enter a year, such as 2026")


class Period(NamedTuple):
    """Days at +08:00, both inclusive."""

    first: date
    last: date

    def typed(self) -> dict[str, str]:
        """As a form says it."""
        return {"from": self.first.isoformat(), "until": self.last.isoformat()}

    def edges(self) -> dict[str, datetime]:
        """As what is asked of the log says it: the first instant, and the first no more."""
        return {"from": midnight(self.first), "until": midnight(self.last + _DAY)}


def day(written: str, about: str = "") -> date:
    """A day as a browser sends it, in the field `about`. Raises AskMalformed."""
    try:
        return parse_day(written)
    except ValueError:
        raise AskMalformed(_NO_DAY, MARKED, about=about) from None


def moment(written: str, about: str = "") -> datetime:
    """A local time as a browser sends it, in the field `about`. Raises AskMalformed."""
    try:
        return parse_instant(written)
    except ValueError:
        raise AskMalformed(_NO_MOMENT, MARKED, about=about) from None


def edges(first: str, last: str) -> dict[str, datetime]:
    """The same of a period that may be open on either side, as it was typed. Raises AskMalformed."""
    begins = {"from": midnight(day(first, "from"))} if first else {}
    ends = {"until": midnight(day(last, "until") + _DAY)} if last else {}
    if begins and ends and begins["from"] >= ends["until"]:
        raise AskMalformed(_UPSIDE_DOWN, MARKED, about="until")
    return begins | ends


def lately(now: datetime) -> Period:
    """The last thirty days."""
    return Period(day_of(now) - USUAL + _DAY, day_of(now))


def days_in(first: str, last: str, now: datetime, begins: str = "from") -> Period:
    """What the form says; thirty days, the last ones, where it says nothing. Raises AskMalformed.

    `begins`: what the form calls the field of the first day.
    """
    until = day(last, "until") if last else day_of(now)
    found = Period(day(first, begins) if first else until - USUAL + _DAY, until)
    if found.first > found.last:
        raise AskMalformed(_UPSIDE_DOWN, MARKED, about="until")
    return found


def month_or_year(year: str, month: str) -> Period:
    """A whole year, or a month of it. Raises AskMalformed."""
    try:
        first = parse_day(f"{year}-{month or '1':0>2}-01")
    except ValueError:
        raise AskMalformed(_NO_YEAR, MARKED, about="year") from None
    ends = date(first.year + 1, 1, 1) if month in {"", "12"} else date(first.year, first.month + 1, 1)
    return Period(first, ends - _DAY)
