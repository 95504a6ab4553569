"""Numbers of certificates and registration messages."""

from __future__ import annotations

import re

from contracts.identifiers.checks import ALPHANUMERIC, hybrid
from contracts.identifiers.holders import uscc
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

_IDENTIFIER = re.compile(
    r"(1\.2\.156\.3005\.2)\.([0-9A-Z]{21})\.([0-9A-Z]{6,18})\.([0-9A-Z]{1,30})\.([0-9]{3})\.([0-9A-Z])"
)
_REAL_ESTATE = re.compile(
    r"([一-鿿])[(〔]((?:19|20)[0-9]{2})[)〕]([一-鿿]{2,20}?)不动产(权|证明)第([0-9]{5,8})号"
)
_MESSAGE = re.compile("([0-9]{6})([0-9]{6})([0-9]{6})")
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川蜀贵黔云滇藏陕秦甘陇青宁新"


@reads("certificate_identifier")
def certificate_identifier(norm: str) -> Finding:
    """电子证照标识: `1.2.156.3005.2.` type, issuer, serial, version, check.

    The check is ISO 7064 MOD 37,36 over the four without their dots. The issuer is a credit code or a
    division code; the type begins with the credit code of the body that defines it.
    """
    form = _IDENTIFIER.fullmatch(norm)
    if form is None:
        return not_one("不是电子证照标识", "not a certificate identifier")
    parts = dict(zip(("root", "type", "issuer", "serial", "version", "check"), form.groups(), strict=True))
    right = hybrid("".join(form.groups()[1:5]), ALPHANUMERIC)
    if right != parts["check"]:
        return wrong_digit(norm[:-1] + right, **parts)
    if not licence_type(parts["type"]).usable:
        return accepted("证照类型代码不规范", "its type code is not well formed", **parts)
    return valid(**parts)


@reads("licence_type")
def licence_type(norm: str) -> Finding:
    """证照类型代码: the credit code of the defining body and three digits."""
    body = uscc(norm[:18])
    if len(norm) != 21 or not re.fullmatch("[0-9]{3}", norm[18:]) or body.verdict is not Verdict.VALID:
        return not_one("不是证照类型代码", "not a certificate type code")
    return valid(defined_by=body.norm, sequence=norm[18:])


@reads("cert_no")
def real_estate_certificate_no(norm: str) -> Finding:
    """不动产权证号: province`(`year`)`place`不动产权第`5 to 8 digits`号`; brackets of both widths."""
    form = _REAL_ESTATE.fullmatch(norm)
    if form is None:
        return not_one("不是不动产权证号", "not a real estate certificate number")
    parts = dict(zip(("province", "year", "place", "form", "sequence"), form.groups(), strict=True))
    if parts["form"] != "权":
        return accepted("这是不动产登记证明号", "that is the number of a registration proof", **parts)
    if parts["province"] not in _PROVINCES:
        return accepted("省份简称不在已知范围", "its province is not among the known ones", **parts)
    return valid(**parts)


@reads("message_id")
def message_id(norm: str) -> Finding:
    """登记报文 BizMsgID: region 6, day yymmdd, sequence 6."""
    form = _MESSAGE.fullmatch(norm)
    if form is None or not is_day("20" + form[2]):
        return not_one("不是登记报文编号", "not a registration message id")
    return valid(**dict(zip(("region", "day", "sequence"), form.groups(), strict=True)))
