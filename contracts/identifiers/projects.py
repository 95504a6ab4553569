"""What a project is called: investment project code, housing project number, engineering code."""

from __future__ import annotations

import re

from contracts.identifiers.checks import DIGITS, hybrid
from contracts.identifiers.reading import (
    Finding,
    Verdict,
    accepted,
    is_day,
    not_one,
    reads,
    valid,
    wrong_digit,
)
from contracts.text import text

_TWENTY = re.compile("[0-9]{20}")
_NEW = re.compile("([0-9]{2}(?:0[1-9]|1[0-2]))-([0-9]{6})-([0-9]{2})-([0-9]{2})-([0-9]{5})([0-9])")
_OLD = re.compile("(201[5-9]|2020)-([0-9]{6})-([0-9]{2})-([0-9]{2})-([0-9]{6})")
_PRJ_NUM = re.compile("([0-9]{6})([0-9]{6})([0-9]{2})([0-9]{2})")
_ENGINEERING = re.compile("[0-9A-Z一-鿿][0-9A-Z一-鿿()〔〕./#-]{0,49}")

ENGINEERING_CLASSES = {"01": "房屋建筑", "02": "市政", "99": "其他"}
"""工程类别 of a 项目编号. Not checked at its source: another class is a warning, never a refusal."""


@reads("project_code")
def project_code(norm: str) -> Finding:
    """投资项目代码 (GB/T 40058-2021): `YYMM-RRRRRR-DD-TT-NNNNNC`, C by ISO 7064 MOD 11,10 over 19 digits.

    Codes given before November 2020 have a year in front and no check digit: `old-form`, still in force.
    That the check digit follows MOD 11,10 is inferred from published codes.
    """
    if _TWENTY.fullmatch(norm):
        norm = "-".join((norm[:4], norm[4:10], norm[10:12], norm[12:14], norm[14:]))
    if old := _OLD.fullmatch(norm):
        parts = dict(zip(("year", "region", "industry", "type", "sequence"), old.groups(), strict=True))
        note = text("旧版项目代码，没有校验码", "a code of the old form, which has no check digit")
        return Finding(Verdict.OLD_FORM, parts, None, note, norm)
    new = _NEW.fullmatch(norm)
    if new is None:
        return not_one("不是投资项目代码", "not an investment project code")
    names = ("time", "region", "department", "type", "random", "check")
    parts = dict(zip(names, new.groups(), strict=True))
    right = hybrid(norm.replace("-", "")[:19], DIGITS)
    return valid(norm, **parts) if right == parts["check"] else wrong_digit(norm[:-1] + right, norm, **parts)


@reads("prj_num")
def prj_num(norm: str) -> Finding:
    """项目编号 PrjNum of the housing platform: region 6, day yymmdd, class 2, sequence 2."""
    form = _PRJ_NUM.fullmatch(norm)
    if form is None or not is_day("20" + form[2]):
        return not_one("不是住建项目编号", "not a housing project number")
    parts = dict(zip(("region", "day", "class", "sequence"), form.groups(), strict=True))
    if parts["class"] not in ENGINEERING_CLASSES:
        return accepted("工程类别不在已知范围", "its class is not among the known ones", **parts)
    return valid(**parts)


@reads("engineering_code")
def engineering_code(norm: str) -> Finding:
    """工程代码 GCDM: composed locally, so opaque; 50 characters at most.

    Where it begins with a project code the two are shown apart.
    """
    if not _ENGINEERING.fullmatch(norm):
        return not_one("不是工程代码", "not an engineering code")
    project = project_code(norm[:24])
    if project.usable and norm[24:25] == "-":
        return valid(project_code=project.norm, sequence=norm[25:])
    return valid()
