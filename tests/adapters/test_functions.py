"""The catalogue of mapping functions, on what agencies really write."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.functions import CATALOGUE, NULL_TOKENS, Options, Unfit, bound, nothing


def does(name: str, value: object, **options) -> object:
    return bound([name], Options(**options))(value)


@pytest.mark.parametrize(
    "written",
    [
        20201228000000,
        "20201228000000",
        "20201228",
        20201228,
        Decimal(20201228),
        "2020-12-28",
        "2020-12-28 00:00:00",
        "2020-12-28T00:00:00.000",
        "2020-12-28T23:59:59+08:00",
        "2020-12-27T16:00:00Z",
        "2020/12/28",
        "2020.12.28",
        "2020年12月28日",
        "２０２０年１２月２８日",
        1609084800000,
        "1609084800000",
        " 2020-12-28 ",
    ],
)
def test_one_day_in_every_form(written):
    assert does("date", written) == "2020-12-28"


@pytest.mark.parametrize("written", ["2022/1/5", "2022年1月5日", "2022-1-5", 20220105000000, 1641312000000])
def test_single_digits(written):
    assert does("date", written) == "2022-01-05"


def test_no_end_is_a_day_like_any_other():
    assert does("date", "9999-01-01") == "9999-01-01"


@pytest.mark.parametrize(
    "written",
    [
        "2022-02-30",
        20221301000000,
        "2022-13-01",
        "22-01-05",
        "0000-01-01",
        "次日",
        "2022/10-31",
        202212,
        True,
        {},
        "2022-01-05 25:00:00",
        "9999-12-31T23:59:59-14:00",
        10**13 + 10**15,
    ],
)
def test_what_is_no_day_is_refused_without_being_quoted(written):
    with pytest.raises(Unfit) as caught:
        does("date", written)
    assert "2022" not in caught.value.expected.en


def test_an_instant_without_zone_is_beijing_time():
    assert does("datetime", "2022-11-10 09:30:00") == "2022-11-10T09:30:00.000+08:00"
    assert does("datetime", "2022-11-10T01:30:00Z") == "2022-11-10T09:30:00.000+08:00"
    assert does("datetime", "20221110093000") == "2022-11-10T09:30:00.000+08:00"


@pytest.mark.parametrize(
    ("written", "unit", "to", "area"),
    [
        ("42356.8", "m2", None, "42356.80"),
        (Decimal("42356.80"), "m2", None, "42356.80"),
        (42356, "m2", None, "42356.00"),
        ("108,611.27", "m2", None, "108611.27"),
        ("４２３５６.８０", "m2", None, "42356.80"),
        ("4.2357", "ha", None, "4.2357"),
        ("1.386655", "ha", None, "1.3867"),
        ("4.23568", "ha", "m2", "42356.80"),
        ("42356.8", "m2", "ha", "4.2357"),
        ("15", "mu", "m2", "10000.00"),
        ("1", "mu", None, "666.67"),
        ("63.5352", "mu", "ha", "4.2357"),
        (Decimal("0E+2"), "m2", None, "0.00"),
    ],
)
def test_areas(written, unit, to, area):
    assert does("area", written, unit=unit, to=to) == area


@pytest.mark.parametrize(
    ("written", "unit", "to", "money"),
    [
        (62000, "wan", None, "62000.000000"),
        ("18650.5", "wan", None, "18650.500000"),
        ("5595000.00", "yuan", None, "5595000.00"),
        ("18650", "wan", "yuan", "186500000.00"),
        ("186500000", "yuan", "wan", "18650.000000"),
    ],
)
def test_money(written, unit, to, money):
    assert does("money", written, unit=unit, to=to) == money


@pytest.mark.parametrize(
    "written",
    [
        "",
        "无",
        "1e5",
        "1,23",
        "12平方米",
        "--1",
        True,
        "NaN",
        "9" * 40,
        Decimal("1e30"),
        Decimal("NaN"),
        {},
    ],
)
def test_what_is_no_number_is_refused(written):
    for name in ("area", "money", "ratio", "percent", "integer"):
        with pytest.raises(Unfit):
            does(name, written, unit="yuan" if name == "money" else "m2")


@pytest.mark.parametrize(
    ("written", "ratio"),
    [
        ("≤2.2", "2.2"),
        ("≥1.2", "1.2"),
        ("<= 2.20", "2.2"),
        ("不大于2.0", "2"),
        ("＞1", "1"),
        (Decimal("2.20"), "2.2"),
    ],
)
def test_bounds_are_stripped_from_ratios(written, ratio):
    assert does("ratio", written) == ratio


@pytest.mark.parametrize(
    ("written", "percent"), [("≤25%", "25"), ("30％", "30"), (Decimal("3.50"), "3.5"), (25, "25")]
)
def test_percentages(written, percent):
    assert does("percent", written) == percent


def test_integers():
    assert does("integer", "070") == 70
    assert does("integer", Decimal("18.0")) == 18
    with pytest.raises(Unfit):
        does("integer", "18.5")


@pytest.mark.parametrize(
    ("written", "meant"), [(1, True), ("0", False), (True, True), ("是", True), ("否", False), ("TRUE", True)]
)
def test_yes_and_no(written, meant):
    assert does("boolean", written) is meant


def test_a_maybe_is_neither():
    with pytest.raises(Unfit):
        does("boolean", "部分")


def test_code_tables():
    assert does("table", 1, table={"1": "出让"}) == "出让"
    assert does("table", "9", table={"1": "出让", "*": "其他"}) == "其他"
    with pytest.raises(Unfit):
        does("table", "9", table={"1": "出让"})


def test_identifiers_are_kept_as_written():
    assert (
        does("identifier", " 建字第231005202100017號 ", key="project_permit_no") == "建字第231005202100017號"
    )
    assert does("identifier", 2310052103150101, key="prj_num") == "2310052103150101"


def test_lists_are_cut_and_joined():
    assert bound(["split", "date"], Options(by=";"))("2090-12-27;2060/12/27;") == ["2090-12-27", "2060-12-27"]
    assert bound(["split", "first"], Options(by="、"))("甲、乙") == "甲"
    assert does("first", []) is None
    assert does("join", ["住宅", "商业"], by="、") == "住宅、商业"
    assert does("first", "甲") == "甲"


def test_building_lists_are_candidates():
    assert does("buildings", "翰林示例城1-3#、5#楼、S1#商业、地下车库") == [
        "1",
        "2",
        "3",
        "5",
        "S1",
        "地下车库",
    ]


def test_texts_are_trimmed_and_printable():
    assert does("text", "  甲\n乙 ") == "甲\n乙"
    assert does("text", False) == "false"
    bad: object
    for bad in ("甲\x00乙", "x" * 20_001, {}):
        with pytest.raises(Unfit):
            does("text", bad)


@pytest.mark.parametrize("value", [None, "", " ", 0, "0", "/", "无", "—", "null", Decimal(0)])
def test_what_means_nothing(value):
    assert nothing(value, NULL_TOKENS)


@pytest.mark.parametrize("value", [False, "0.00", "00", [], {}, "无人防", Decimal("0.0")])
def test_what_does_not_mean_nothing(value):
    assert not nothing(value, NULL_TOKENS)


SCALARS = st.one_of(
    st.text(max_size=40),
    st.integers(),
    st.decimals(),
    st.booleans(),
    st.none(),
    st.lists(st.text(), max_size=3),
)


@given(
    name=st.sampled_from(sorted(set(CATALOGUE) - {"first"})),
    value=SCALARS,
    unit=st.sampled_from(["m2", "ha", "mu"]),
)
def test_every_function_gives_a_value_or_says_unfit(name, value, unit):
    options = Options(unit="wan" if name == "money" else unit, by="、", key="uscc", table={"1": "一"})
    with contextlib.suppress(Unfit):
        assert isinstance(bound([name], options)(value), str | int | list | None)
