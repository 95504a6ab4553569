"""Why a value does not fit, in both languages and without the value, which may be a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTH = text("长度或个数至少为 {min_length}", "at least {min_length} characters or members")
_MOST = text("长度或个数不能超过 {max_length}", "at most {max_length} characters or members")
_WHOLE = text("应为整数", "a whole number is wanted")
_NUMBER = text("应为数字", "a number is wanted")
_WORDS = text("应为文本", "text is wanted")
_FIELDS = text("应为一组字段", "an object with fields is wanted")
_MEMBERS = text("应为列表", "a list is wanted")
_ONE_OF = text("应为下列之一：{expected}", "one of these is wanted: {expected}")
_TIME = text("应为日期或时间，如 2026-03-01", "a date or time is wanted, such as 2026-03-01")
_DAY = text("应为日期，如 2026-03-01", "a day is wanted, such as 2026-03-01")

_REASONS: Mapping[str, Text] = {
    "missing": text("缺少该字段", "it is missing"),
    "extra_forbidden": text("没有这个字段", "there is no such field"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": text("应为 true 或 false", "true or false is wanted"),
    "bool_parsing": text("应为 true 或 false", "true or false is wanted"),
    "string_type": _WORDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "dict_type": _FIELDS,
    "list_type": _MEMBERS,
    "tuple_type": _MEMBERS,
    "string_too_short": _LENGTH,
    "too_short": _LENGTH,
    "string_too_long": _MOST,
    "too_long": _MOST,
    "string_pattern_mismatch": text("格式不符：{pattern}", "it does not have the form {pattern}"),
    "greater_than_equal": text("不能小于 {ge}", "not less than {ge} is wanted"),
    "greater_than": text("须大于 {gt}", "more than {gt} is wanted"),
    "less_than_equal": text("不能大于 {le}", "not more than {le} is wanted"),
    "less_than": text("须小于 {lt}", "less than {lt} is wanted"),
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "json_invalid": text("不是有效的 JSON", "it is no valid JSON"),
}
"""By pydantic's type of error, with the limits it gives."""


def why(problem: Mapping[str, Any]) -> Text:
    """The reason of one of pydantic's errors (`ValidationError.errors()`)."""
    told = _REASONS.get(str(problem["type"]))
    if told is None:
        return text("取值不符合要求", str(problem["msg"]).removeprefix("Value error, "))
    return told.fill(**problem.get("ctx", {}))
