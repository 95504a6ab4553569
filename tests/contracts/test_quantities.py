"""One spelling per value, exact arithmetic, nothing coerced."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts.quantities import (
    NUMBERS_AS_GIVEN,
    AreaHa,
    AreaM2,
    Day,
    Percent,
    Ratio,
    Wan,
    Yuan,
    fixed,
    number,
    plain,
    same,
)

finite = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=8)


@given(finite, st.sampled_from([0, 2, 4, 6]))
def test_fixed_keeps_the_value_to_half_a_last_place(value, scale):
    written = fixed(value, scale)
    assert abs(number(written) - value) <= Decimal(5).scaleb(-scale - 1)
    assert len(written.partition(".")[2]) == scale
    assert fixed(number(written), scale) == written


@given(finite)
def test_plain_is_short_and_fits_its_type(value):
    written = plain(value)
    assert TypeAdapter(Ratio).validate_python(written) == written
    assert same(written, fixed(value, 6))


@pytest.mark.parametrize(
    ("value", "scale", "written"),
    [
        ("0.005", 2, "0.01"),
        ("2.675", 2, "2.68"),
        ("-0.005", 2, "-0.01"),
        ("-0.001", 2, "0.00"),
        ("1E+3", 2, "1000.00"),
        ("4.2357", 4, "4.2357"),
    ],
)
def test_rounding_is_half_up_and_only_beyond_the_scale(value, scale, written):
    assert fixed(Decimal(value), scale) == written


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "1E+1000000"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="not a number"):
        fixed(Decimal(value), 2)


@pytest.mark.parametrize(
    "written", ["1e3", "NaN", "", " 1", "1,000", "+1", "１", ".5", "5.", "1\n", "9" * 50]
)
def test_number_reads_plain_decimals_only(written):
    with pytest.raises(ValueError, match="plain decimal"):
        number(written)


def test_equality_is_of_values():
    assert same("2.0", "2")
    assert not same("2.0", "2.01")


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (AreaM2, "42356.80", ["42356.8", "42356.800", "042356.80", "1e3", "", "42356.80\n", "４.00"]),
        (AreaHa, "4.2357", ["4.236", "4.23570"]),
        (Yuan, "0.00", ["0", "0.000"]),
        (Wan, "62000.000000", ["62000", "62000.00"]),
        (Ratio, "2.194", ["2.1940", "2.0", "1.0000001", "02"]),
        (Percent, "25", ["25.0", "25%"]),
    ],
)
def test_each_quantity_has_one_spelling(kind, right, wrong):
    adapter = TypeAdapter(kind)
    assert adapter.validate_python(right) == right
    for each in wrong:
        with pytest.raises(ValidationError):
            adapter.validate_python(each)


@pytest.mark.parametrize("kind", [AreaM2, AreaHa, Yuan, Wan, Ratio, Percent])
def test_json_numbers_are_refused(kind):
    adapter = TypeAdapter(kind)
    for octets in ("42356.80", "42356", "true", "null"):
        with pytest.raises(ValidationError):
            adapter.validate_json(octets)
    with pytest.raises(ValidationError):
        adapter.validate_python(Decimal("42356.80"))


def test_only_exact_numbers_are_taken_as_given():
    adapter = TypeAdapter(AreaM2)
    assert adapter.validate_python(Decimal("42356.8"), context=NUMBERS_AS_GIVEN) == "42356.80"
    assert adapter.validate_python(3, context=NUMBERS_AS_GIVEN) == "3.00"
    for inexact in (42356.8, True, "42356.8", Decimal("NaN")):
        with pytest.raises(ValidationError):
            adapter.validate_python(inexact, context=NUMBERS_AS_GIVEN)


def test_the_unit_stands_in_the_schema():
    assert TypeAdapter(AreaHa).json_schema()["x-unit"] == "ha"


@pytest.mark.parametrize("right", ["2020-12-28", "9999-01-01", date(2020, 2, 29)])
def test_days(right):
    assert TypeAdapter(Day).validate_python(right) == str(right)


@pytest.mark.parametrize(
    "wrong",
    [
        "2021-02-29",
        "20201228",
        "2020-W01-1",
        "2020-1-2",
        "0000-01-01",
        20201228,
        datetime(2020, 1, 1, tzinfo=UTC),
    ],
)
def test_what_is_no_day(wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(wrong)
