"""Instants and days are read within what a calendar can be reckoned with, and nothing they say comes back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.reasons import why
from contracts.time import BEIJING, Instant, day_of, midnight, parse_day, parse_instant, shown, stored

ODD = ["", "some day", "2026-02-30", "0001-01-01", "1899-12-31", "9000-01-02", "9999-12-31"]
REFUSED = re.compile("isoformat|before 1900 or after 8999|day is out of range")
INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


@pytest.mark.parametrize("raw", [*ODD, "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00"])
def test_what_lies_before_1900_or_after_8999_is_no_instant(raw: str):
    with pytest.raises(ValueError, match=REFUSED):
        parse_instant(raw)
    with pytest.raises(ValidationError) as refused:
        INSTANT.validate_python(raw)
    told = why(refused.value.errors()[0])
    assert (told.zh, told.en) == (
        "应为日期或时间，如 2026-03-01",
        "a date or time is wanted, such as 2026-03-01",
    )


@pytest.mark.parametrize("raw", [*ODD, "9000-01-01", "2026-03-02T00:00:00"])
def test_what_lies_before_1900_or_after_8999_is_no_day(raw: str):
    with pytest.raises(ValueError, match=REFUSED):
        parse_day(raw)


@pytest.mark.parametrize("raw", ["1900-01-01", "2026-03-02", "8999-12-31"])
def test_the_edges_of_every_day_are_instants(raw: str):
    day = parse_day(raw)
    for edge in (midnight(day), midnight(day + timedelta(days=1))):
        assert parse_instant(stored(edge)) == parse_instant(shown(edge)) == edge
    assert day_of(midnight(day)) == day
    assert midnight(date(2026, 3, 2)) == datetime(2026, 3, 1, 16, tzinfo=UTC)


EDGES = {"min_value": datetime(1900, 1, 2), "max_value": datetime(8999, 12, 30)}  # noqa: DTZ001


@given(st.datetimes(**EDGES, timezones=st.sampled_from([UTC, BEIJING])))
def test_what_was_read_is_read_again_from_what_is_kept_and_shown(moment: datetime):
    read = parse_instant(moment.isoformat())
    assert parse_instant(stored(read)) == parse_instant(shown(read)) == read
