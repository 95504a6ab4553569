"""Instants: UTC with milliseconds inside, +08:00 outside; agencies' naive times are +08:00."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticKnownError

BEIJING = timezone(timedelta(hours=8))
"""China has one fixed offset; a named zone would carry the daylight saving of 1986–1991."""

EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=BEIJING) for year in (1900, 9000))
"""What is read lies between these: at the edges of a calendar neither an offset nor a day can be added."""


def to_utc(moment: datetime) -> datetime:
    """The same instant in UTC, cut to milliseconds; naive times are taken as +08:00."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    utc = aware.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def stored(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`: `2026-03-02T06:05:09.120Z`. For stores and the log."""
    return to_utc(moment).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def shown(moment: datetime) -> str:
    """RFC 3339 at +08:00 with milliseconds: `2026-03-02T14:05:09.120+08:00`. For answers and people."""
    return to_utc(moment).astimezone(BEIJING).isoformat(timespec="milliseconds")


def day_of(moment: datetime) -> date:
    """The day it is in China; grants and rules go by days."""
    return moment.astimezone(BEIJING).date()


def midnight(day: date) -> datetime:
    """When a day begins in China."""
    return datetime.combine(day, time(), BEIJING)


def parse_instant(raw: str) -> datetime:
    """An RFC 3339 date-time as a UTC instant. Raises ValueError, also for one before 1900 or after 8999."""
    moment = datetime.fromisoformat(raw)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    if not EARLIEST <= aware <= LATEST:
        raise ValueError("it lies before 1900 or after 8999")
    return to_utc(aware)


def parse_day(raw: str) -> date:
    """A day, `2026-03-02`. Raises ValueError, also for one before 1900 or after 8999."""
    day = date.fromisoformat(raw)
    if not EARLIEST.year <= day.year < LATEST.year:
        raise ValueError("it lies before 1900 or after 8999")
    return day


def _read(raw: object) -> object:
    try:
        return parse_instant(raw) if isinstance(raw, str) else raw
    except ValueError:  # whose words quote what was sent
        raise PydanticKnownError("datetime_parsing", {"error": "no RFC 3339 date-time"}) from None


Instant = Annotated[
    datetime,
    BeforeValidator(_read),
    AfterValidator(to_utc),
    PlainSerializer(shown, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-02T14:05:09.120+08:00"]}),
]
"""An instant: RFC 3339 on the wire at +08:00, aware UTC in memory."""
