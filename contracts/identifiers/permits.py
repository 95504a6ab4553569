"""Numbers of contracts, permits and filings. National forms are few; local forms pass with a warning."""

from __future__ import annotations

import re

from contracts.identifiers.projects import prj_num
from contracts.identifiers.reading import Finding, accepted, is_day, normalise, not_one, reads, valid

_SUPERVISION = re.compile("([0-9]{6})((?:19|20)[0-9]{2})([A-Z])([0-9]{5})")
_LAND_APPROVAL = re.compile("[0-9A-Z]{19}")
_PLANNING = re.compile("([地建乡])字第([0-9]{6})([0-9]{4})([0-9]{4,5}|(?:YG|GG|XG)[0-9]{7})号")
_PLANNING_CORE = re.compile("[0-9]{14,15}|[0-9]{10}(?:YG|GG|XG)[0-9]{7}")
_STOCK = re.compile("[一-鿿][A-Z][0-9]{6,8}")
_CONSTRUCTION = re.compile("([0-9]{6})([0-9]{8})([0-9]{2})([0-9]{2})([A-Z]?)")
_PLATFORM = re.compile("([0-9]{16})-([A-Z]{2})-([0-9]{3})")
_LOCAL = re.compile("(?=.*[一-鿿])(?=(?:.*[0-9]){3})[0-9A-Z一-鿿()〔〕、.#-]{5,60}")
_AFFIXES = re.compile("^[地建乡]字第|号$")

_ANY = "地建乡"
_ELECTRONIC = {"地": "YG", "建": "GG", "乡": "XG"}
"""Letters in the newer electronic permits. Not checked at their source: accepted, nothing rests on them."""


def _local(norm: str, zh: str, en: str) -> Finding:
    """A number of local form, or none at all."""
    if _LOCAL.fullmatch(norm):
        return accepted(
            f"地方编号样式，未按国家样式核对：{zh}", f"of local form, not checked as {en}", form="local"
        )
    return not_one(f"不是{zh}", f"not {en}")


@reads("supervision_no")
def supervision_no(norm: str) -> Finding:
    """电子监管号 of a land supply: region 6, year 4, letter (A 划拨, B 出让), sequence 5."""
    form = _SUPERVISION.fullmatch(norm)
    if form is None:
        if _LAND_APPROVAL.fullmatch(norm):
            return not_one(
                "19位编号是用地报批电子监管号，不是供地电子监管号",
                "that is the number of a land-use approval",
            )
        return not_one("不是电子监管号", "not a supervision number")
    parts = dict(zip(("region", "year", "mode", "sequence"), form.groups(), strict=True))
    if parts["mode"] not in "AB":
        return accepted("第11位字母不是A（划拨）或B（出让）", "its letter is neither A nor B", **parts)
    return valid(**parts)


def _planning(norm: str, letters: str) -> Finding:
    zh, en = "规划许可证号", "a planning permit number"
    if _STOCK.fullmatch(norm):
        return not_one(
            "这是证书印制号，不是许可证号", "that is the paper's stock number, not the permit's number"
        )
    if _PLANNING_CORE.fullmatch(norm):
        likely = f"{letters[0]}字第{norm}号" if letters != _ANY else None
        return accepted("缺少“字第…号”", "its prefix and suffix are missing", likely, core=norm)
    form = _PLANNING.fullmatch(norm)
    if form is None:
        return _local(norm, zh, en)
    if form[1] not in letters:
        return not_one(f"“{form[1]}字第”不是此类许可证", f"{form[1]}字第 is another kind of permit")
    return _planning_form(form)


def _planning_form(form: re.Match[str]) -> Finding:
    parts = dict(zip(("letter", "region", "year", "sequence"), form.groups(), strict=True))
    if len(parts["sequence"]) == 4:
        return accepted("14位编号，通常为15位", "14 digits where 15 are usual", **parts)
    if parts["sequence"][0] in "YGX" and not parts["sequence"].startswith(_ELECTRONIC[parts["letter"]]):
        return accepted("证号字母与许可证类别不符", "its letters belong to another kind of permit", **parts)
    return valid(**parts)


@reads("planning_permit_no")
def planning_permit_no(norm: str) -> Finding:
    """Any planning permit: `地|建|乡字第` + region 6, year 4, sequence 5 (or letters and 7 digits) + `号`."""
    return _planning(norm, _ANY)


@reads("land_permit_no")
def land_permit_no(norm: str) -> Finding:
    """建设用地规划许可证号, `地字第…号`."""
    return _planning(norm, "地")


@reads("project_permit_no")
def project_permit_no(norm: str) -> Finding:
    """建设工程规划许可证号, `建字第…号`, or in villages 乡村建设规划许可证号, `乡字第…号`."""
    return _planning(norm, "建乡")


def permit_core(raw: str) -> str:
    """What is compared when one document cites another: N0 without `地字第`, `建字第`, `乡字第` and `号`."""
    return _AFFIXES.sub("", normalise(raw))


def _platform(norm: str, code: str) -> Finding | None:
    """A number of the national housing platform: PrjNum, code, sequence 3; None if it is not one."""
    form = _PLATFORM.fullmatch(norm)
    if form is None or form[2] != code or not prj_num(form[1]).usable:
        return None
    return valid(form="platform", prj_num=form[1], sequence=form[3])


@reads("construction_permit_no")
def construction_permit_no(norm: str) -> Finding:
    """施工许可证编号: 18 digits (region 6, day 8, sequence 2, class 2), or the platform's `PrjNum-SX-001`."""
    if found := _platform(norm, "SX"):
        return found
    form = _CONSTRUCTION.fullmatch(norm)
    if form is None or not is_day(form[2]):
        return _local(norm, "施工许可证编号", "a construction permit number")
    parts = dict(zip(("region", "day", "sequence", "class", "suffix"), form.groups(), strict=True))
    if form[5]:
        return accepted("编号带有后缀字母", "it carries a suffix letter", **parts)
    if not "01" <= form[4] <= "19":
        return accepted("工程类别不在01—19之间", "its class is not within 01 to 19", **parts)
    return valid(**parts)


@reads("drawing_review_no")
def drawing_review_no(norm: str) -> Finding:
    """施工图审查合格书编号: `PrjNum-TX-001`, a form not checked at its source; others pass with a warning."""
    return _platform(norm, "TX") or _local(norm, "施工图审查合格书编号", "a drawing review number")


@reads("filing_no")
def completion_filing_no(norm: str) -> Finding:
    """竣工验收备案编号: `PrjNum-JX-001`, or a local number such as `牡综验备字〔2022〕019号`."""
    return _platform(norm, "JX") or _local(norm, "竣工验收备案编号", "a completion filing number")


@reads("presale_permit_no")
def presale_permit_no(norm: str) -> Finding:
    """商品房预售许可证号: local forms only, such as `(2021)牡房预售证第0012号`."""
    return _local(norm, "商品房预售许可证号", "a presale permit number")


@reads("verification_no")
def planning_verification_no(norm: str) -> Finding:
    """规划核实合格证号: no national form, such as `编号第340303202200092号`."""
    return _local(norm, "规划核实合格证号", "a planning verification number")
