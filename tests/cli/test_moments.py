"""Moments at the terminal: what is printed can be given back, and means the same."""

from datetime import UTC, datetime

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.moments import clock_time, moment


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-01", "2026-02-28T16:00:00"),
        ("2026-03-01 09:00", "2026-03-01T01:00:00"),
        (" 2026-03-01T09:00:30 ", "2026-03-01T01:00:30"),
        ("2026-03-01T01:00:00Z", "2026-03-01T01:00:00"),
        ("2026-03-01T01:00:00.5+00:00", "2026-03-01T01:00:00.500000"),
    ],
)
def test_a_moment_without_an_offset_is_beijings(written, utc):
    assert moment(written) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(st.integers(694_224_000, 4_102_444_800))
def test_what_is_shown_is_read_as_the_same_second(seconds):
    instant = datetime.fromtimestamp(seconds, UTC)
    assert moment(clock_time(instant)) == instant


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-13-01", "2026-02-30", "20260230T99", "9999999999"]
)
def test_what_is_none_is_refused_with_what_to_write(written):
    with pytest.raises(typer.BadParameter, match="2026-03-01"):
        moment(written)


def test_nothing_is_shown_of_nothing():
    assert clock_time(None) == ""
