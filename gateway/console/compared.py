"""What the values are called that a check compared, and how they read: kinds by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.catalogue import KINDS
from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Mapping[str, Text] = {
    "bad": text("不符的", "not fitting"),
    "beyond": text("超出容许差的", "beyond tolerance"),
    "broken": text("断开的引用", "broken references"),
    "cap": text("计容上限", "cap"),
    "codes": text("编号", "codes"),
    "compared": text("已对照", "compared"),
    "confirm": text("须人工确认", "to be confirmed"),
    "contract": text("合同", "contract"),
    "declared": text("自行申报", "declared"),
    "deed": text("契税已缴", "deed tax paid"),
    "diff": text("差异", "differences"),
    "differ": text("不一致的", "that differ"),
    "ended": text("已到期", "ended"),
    "expired": text("已过期", "expired"),
    "items": text("逐项", "one by one"),
    "former": text("曾用名称", "former names"),
    "key": text("编号种类", "kind of number"),
    "kinds": text("材料", "materials"),
    "lacking": text("缺少的", "lacking"),
    "land": text("地类", "land use"),
    "least": text("最低相似度", "least likeness"),
    "measured": text("实测", "measured"),
    "n": text("项数", "how many"),
    "name": text("名称", "name"),
    "names": text("名称", "names"),
    "no_completion": text("无竣工备案", "no completion filing"),
    "no_fire": text("无消防验收", "no fire acceptance"),
    "no_permit": text("无规划许可", "no planning permit"),
    "no_survey": text("无测绘成果", "no survey"),
    "other_project": text("另一项目", "other project"),
    "over_m2": text("超出（平方米）", "over, m²"),
    "paid": text("价款已缴清", "price paid"),
    "paid_yuan": text("已缴（元）", "paid, yuan"),
    "planned": text("规划许可", "planned"),
    "price_yuan": text("应缴（元）", "price, yuan"),
    "registered": text("登记簿", "registered"),
    "restrictions": text("限制", "restrictions"),
    "supplement": text("补充合同", "supplement"),
    "surveyed": text("测绘", "surveyed"),
    "terms": text("年期", "terms"),
    "too_long": text("超过最高年限", "too long"),
    "unlike": text("不相似的", "unlike"),
    "unread": text("无法识别", "not understood"),
    "value": text("值", "value"),
    "verified": text("规划核实", "verified"),
}
"""By the name a rule gives a value; kinds are called what the catalogue calls them."""


def title_of(name: str) -> Text:
    """What a value is called; one that nobody has named is called as its rule calls it."""
    kind = KINDS.get(name)
    return text(kind.zh, kind.en) if kind else TITLES.get(name) or text(name, name)


def words_of(value: Any) -> Text:
    """A value in one line."""
    if value in (None, [], {}, ""):
        return text("—", "—")
    if value in (True, "true"):
        return text("是", "yes")
    if value in (False, "false"):
        return text("否", "no")
    if isinstance(value, list | tuple):
        return _together("、", ", ", [words_of(each) for each in value])
    if isinstance(value, dict):
        parts = [(title_of(name), words_of(each)) for name, each in value.items()]
        told = [text(f"{name.zh} {one.zh}", f"{name.en} {one.en}") for name, one in parts]
        return _together("；", "; ", told)
    kind = KINDS.get(str(value))
    return text(kind.zh, kind.en) if kind else text(str(value), str(value))


def _together(zh: str, en: str, several: list[Text]) -> Text:
    return text(zh.join(each.zh for each in several), en.join(each.en for each in several))
