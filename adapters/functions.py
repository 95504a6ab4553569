"""The fixed catalogue of mapping functions: from what agencies write to what the contract says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial, reduce
from typing import Any

from contracts.identifiers import building_range
from contracts.quantities import fixed
from contracts.quantities import plain as shortest
from contracts.text import Text, text
from contracts.time import BEIJING, day_of, shown

TEXT_LENGTH = 20_000
"""Characters of one text field, at most."""

NULL_TOKENS = ("", "0", "/", "无", "—", "null")
"""What agencies write for nothing, unless a manifest or a field says otherwise."""

DIGITS = 24
"""Digits of a number that means an amount, at most: Python's decimal context is exact beyond that."""

_MAGNITUDE = 18
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_BOUND = re.compile(r"^(≤|≥|<=|>=|<|>|＝|=|不大于|不小于|不高于|不低于|不超过|不少于)\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CLOCK = r"(?:[T\s]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.\d+)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
_MOMENTS = (
    re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?()"),
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _CLOCK),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})" + _CLOCK),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})" + _CLOCK),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日" + _CLOCK),
)
_EPOCH = re.compile(r"\d{13}")
_YES = {"true": True, "1": True, "是": True, "y": True, "yes": True}
_NO = {"false": False, "0": False, "否": False, "n": False, "no": False}

# In square metres, as numerator and denominator: 1 ha = 10 000 m², 15 mu (亩) = 1 ha.
_AREAS = {"m2": (1, 1), "ha": (10_000, 1), "mu": (10_000, 15)}
_MONEYS = {"yuan": (1, 1), "wan": (10_000, 1)}
_SCALES = {"m2": 2, "ha": 4, "yuan": 2, "wan": 6}


Step = Callable[[Any], Any]
"""What turns a value into another."""


class Unfit(ValueError):
    """A value is not what a function takes; `expected` says what would be, without quoting the value."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.expected = text(zh, en)


@dataclass(frozen=True, slots=True)
class Options:
    """What a field's rule tells its functions."""

    unit: str | None = None
    to: str | None = None
    by: str | None = None
    key: str | None = None
    table: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """One entry of the catalogue: what makes it, told the options, a step from one value to the next.

    `whole`: it takes a list as one value; otherwise each of its items.
    """

    bind: Callable[[Options], Step]
    about: Text
    needs: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    whole: bool = False


def written(value: object) -> str:
    """A scalar as agencies and manifests write it; no exponent, no Python. Raises Unfit for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(_bounded(value), "f")
    if isinstance(value, int):
        return str(value)
    raise Unfit("应为单个值", "one value is expected")


def token(value: object) -> str | None:
    """A value as a manifest lists it, `null` for null; None for what is no single, sensible value."""
    try:
        return "null" if value is None else written(value).strip()
    except Unfit:
        return None


def nothing(value: object, tokens: Container[str]) -> bool:
    """Whether a value stands for nothing: null, or one of the tokens."""
    if isinstance(value, str):
        return value.strip() in tokens
    return value is None or (not isinstance(value, bool | list) and token(value) in tokens)


def bound(names: Sequence[str], options: Options) -> Step:
    """The functions as one, each on the result of the one before. It raises Unfit."""
    return reduce(_then, [_step(CATALOGUE[name], options) for name in names] or [lambda value: value])


def bound_to_text(names: Sequence[str], options: Options) -> Step:
    """As `bound`, for a text: a single function need not ask whether it was given a list."""
    return CATALOGUE[names[0]].bind(options) if len(names) == 1 else bound(names, options)


def _step(function: Function, options: Options) -> Step:
    step = function.bind(options)
    if function.whole:
        return step
    return lambda value: [step(item) for item in value] if isinstance(value, list) else step(value)


def _then(one: Step, other: Step) -> Step:
    return lambda value: other(one(value))


def _bounded(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value.adjusted()) > _MAGNITUDE or len(value.as_tuple().digits) > DIGITS:
        raise Unfit("数值超出范围", "the number is out of range")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool):
        raise Unfit("应为数值", "a number is expected")
    digits = written(value).strip()
    if not digits.isascii():
        digits = unicodedata.normalize("NFKC", digits).strip()
    if "," in digits and _GROUPED.fullmatch(digits):
        digits = digits.replace(",", "")
    if len(digits) > DIGITS + 2 or not _NUMBER.fullmatch(digits):
        raise Unfit("应为数值", "a number is expected")
    return Decimal(digits) if len(digits) <= _MAGNITUDE else _bounded(Decimal(digits))


def _text(value: Any) -> str:
    words = (value if isinstance(value, str) else written(value)).strip()
    if len(words) > TEXT_LENGTH or (not words.isprintable() and _CONTROL.search(words)):
        raise Unfit("文本过长或含控制字符", "a text without control characters, not too long, is expected")
    return words


def _moment(value: object) -> datetime:
    digits = unicodedata.normalize("NFKC", written(value)).strip()
    if _EPOCH.fullmatch(digits):
        return datetime.fromtimestamp(0, BEIJING) + timedelta(milliseconds=int(digits))
    found = next((match for form in _MOMENTS if (match := form.fullmatch(digits))), None)
    if found is None:
        raise Unfit("应为日期", "a date is expected")
    *numbers, zone = found.groups()
    try:
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        offset = datetime.strptime(zone, "%z").tzinfo if zone else BEIJING
        return datetime(year, month, day, hour, minute, second, tzinfo=offset)
    except (ValueError, OverflowError):
        raise Unfit("日期不存在", "the date does not exist") from None


def _date(value: Any) -> str:
    moment = _moment(value)
    try:
        return day_of(moment).isoformat()
    except OverflowError:
        raise Unfit("日期不存在", "the date does not exist") from None


def _datetime(value: Any) -> str:
    try:
        return shown(_moment(value))
    except OverflowError:
        raise Unfit("日期不存在", "the date does not exist") from None


def _converter(units: Mapping[str, tuple[int, int]], default: str, options: Options) -> Step:
    unit = options.unit or default
    to = options.to or (unit if unit in _SCALES else default)
    numerator, denominator = units[unit][0] * units[to][1], units[unit][1] * units[to][0]
    scale = _SCALES[to]
    # What stands as it will be written: nothing to convert, to round or to pad.
    ready = re.compile(rf"(?:0|[1-9][0-9]{{0,17}})\.[0-9]{{{scale}}}" if unit == to else r"(?!)").fullmatch

    def converted(value: Any) -> str:
        if isinstance(value, str) and ready(value):
            return value
        return fixed(_number(value) * numerator / denominator, scale)

    return converted


def _ratio(value: Any) -> str:
    if isinstance(value, str):
        value = _BOUND.sub("", unicodedata.normalize("NFKC", value).strip())
    return shortest(_number(value))


def _percent(value: Any) -> str:
    if isinstance(value, str):
        value = unicodedata.normalize("NFKC", value).strip().removesuffix("%").strip()
    return _ratio(value)


def _integer(value: Any) -> int:
    if isinstance(value, str) and len(value) <= _MAGNITUDE and value.isascii() and value.isdecimal():
        return int(value)
    number = _number(value)
    if number != number.to_integral_value():
        raise Unfit("应为整数", "a whole number is expected")
    return int(number)


def _boolean(value: Any) -> bool:
    word = written(value).strip().lower()
    if word not in _YES and word not in _NO:
        raise Unfit("应为是或否", "yes or no is expected")
    return word in _YES


def _table(options: Options) -> Step:
    table = options.table or {}

    def read(value: Any) -> str:
        code = written(value).strip()
        if code not in table and "*" not in table:
            raise Unfit("代码不在代码表内", "the code is not in the table")
        return table.get(code, table.get("*", ""))

    return read


def _split(options: Options) -> Step:
    by = options.by or "、"
    return lambda value: [part for piece in written(value).split(by) if (part := piece.strip())]


def _first(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return value[0] if value else None


def _join(options: Options) -> Step:
    by = options.by or "、"
    return lambda value: by.join(map(_text, value if isinstance(value, list) else [value]))


def _buildings(value: Any) -> list[str]:
    return list(building_range(_text(value)))


def _told_nothing(step: Step) -> Callable[[Options], Step]:
    return lambda _: step


CATALOGUE: dict[str, Function] = {
    "text": Function(_told_nothing(_text), text("文本", "text, trimmed")),
    "identifier": Function(
        _told_nothing(_text),
        text("编号：保留原文，按键名核对格式", "an identifier, kept as written"),
        ("key",),
    ),
    "date": Function(_told_nothing(_date), text("日期，常见写法均可", "a day, in any of the usual forms")),
    "datetime": Function(
        _told_nothing(_datetime),
        text("时刻；无时区者按 +08:00", "an instant; +08:00 unless it says otherwise"),
    ),
    "area": Function(partial(_converter, _AREAS, "m2"), text("面积", "an area"), ("unit",), tuple(_AREAS)),
    "money": Function(
        partial(_converter, _MONEYS, "yuan"), text("金额", "an amount of money"), ("unit",), tuple(_MONEYS)
    ),
    "ratio": Function(
        _told_nothing(_ratio), text("比值，去除“≤”等界限符", "a ratio; bound signs such as ≤ are stripped")
    ),
    "percent": Function(
        _told_nothing(_percent),
        text("百分数，去除“%”和界限符", "a percentage; % and bound signs are stripped"),
    ),
    "integer": Function(_told_nothing(_integer), text("整数", "a whole number")),
    "boolean": Function(_told_nothing(_boolean), text("是否", "yes or no")),
    "table": Function(
        _table, text("代码表，“*”为其余代码", "a code table; * is for any other code"), ("table",)
    ),
    "split": Function(_split, text("按分隔符拆分", "cut at a separator"), ("by",)),
    "first": Function(_told_nothing(_first), text("取第一个", "the first of a list"), whole=True),
    "join": Function(_join, text("按分隔符合并", "put together with a separator"), ("by",), whole=True),
    "buildings": Function(
        _told_nothing(_buildings),
        text("楼栋文字的候选清单，待人工确认", "candidate buildings, for a person to confirm"),
    ),
}
"""Every function a manifest may name in `as`, with the options it cannot do without."""
