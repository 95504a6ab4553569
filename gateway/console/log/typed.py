"""What a search cannot be made of, in the words of its form: by the field's label, with an example."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.errors import AskMalformed, LandbridgeError
from contracts.text import Text, text
from gateway.console.days import MARKED
from gateway.console.log.titles import FIELDS

_LISTED = text("请从列表中选择", "is chosen from its list")

_TAKES: Mapping[str, Text] = {
    "project": text(
        "请填项目代码（如 2012-231005-04-01-735188）或名称，最多 200 个字符",
        "takes a project code, such as 2012-231005-04-01-735188, or a name, of 200 characters at most",
    ),
    "case": text(
        "请填办件编号，如 DJ-2026-0018：字母、数字和 . _ / -，最多 64 个字符，不能是证件号码或手机号码",
        "takes a case number, such as DJ-2026-0018: letters, digits and . _ / -, 64 at most, and no"
        " person's own number",
    ),
    "consumer": text(
        "请填需求方的代码，如 registration；列表中可按称呼选择",
        "takes a consumer's id, such as registration; its list offers them by title",
    ),
    "operator": text(
        "请填操作员的账号，如 reg-017，本系统人员如 person:li；不能是姓名、证件号码或手机号码",
        "takes an operator's account, such as reg-017, or person:li for people of this system; no name and no"
        " person's own number",
    ),
    "agency": text(
        "请填部门的代码，如 mdj-hc；列表中可按名称选择",
        "takes an agency's id, such as mdj-hc; its list offers them by title",
    ),
    "outcome": text(
        "请填状态码（如 200）或原因代码（如 not-granted）；列表中有常用的",
        "takes a status, such as 200, or the code of a reason, such as not-granted; its list offers some",
    ),
    "who": text(
        "请填项目代码或名称、操作员账号（如 reg-017）或需求方代码，最多 200 个字符",
        "takes a project code or name, an operator's account, such as reg-017, or a consumer's id, of 200"
        " characters at most",
    ),
    "kind": _LISTED,
    "material": _LISTED,
    "format": _LISTED,
}
"""By field, what may stand in it."""


def in_form(error: LandbridgeError, beside: Mapping[str, str] | None = None) -> LandbridgeError:
    """The same error about the field as the form has it; what is about none of its fields stays as it is.

    `beside`: where a form has a field under another name than the search.
    """
    name = (beside or {}).get(error.about, error.about)
    if name not in FIELDS:
        return error
    label, says = FIELDS[name], _TAKES.get(error.about)
    if says and isinstance(error, AskMalformed):
        told = text(f"“{label.zh}”{says.zh}", f"“{label.en}” {says.en}")
    else:
        told = text(f"“{label.zh}”：{error.detail.zh}", f"“{label.en}”: {error.detail.en}")
    return type(error)(told, MARKED, about=name)
