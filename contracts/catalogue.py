"""The catalogue of kinds M01–M29: what each is called, who issues it, at which gate, how it is shared."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from contracts.kinds import personal_fields
from contracts.material import Strict
from contracts.text import Text, text

DAY = 86_400
"""Seconds."""


class Share(StrEnum):
    """Classes of sharing (政务数据共享条例), and two of our own."""

    UNCONDITIONAL = "unconditional"  # 无条件共享
    CONDITIONAL = "conditional"  # 有条件共享
    INTERNAL = "internal"  # the registration system's own; it declares it with the Ask
    NONE = "none"  # brought by the applicant


class Need(StrEnum):
    """What a kind is for in a first registration."""

    LEGAL = "legal"  # on the legal list of materials
    SUPPORTING = "supporting"  # supports a check
    LATER = "later"  # a later step's
    RESULT = "result"  # what registration itself produces


class Kind(Strict):
    """One kind of material.

    `gate` 1–5; `issuer` the usual office, a city may differ; `doc_types` the attachments that usually come
    with it; `fresh_for` seconds a copy may be used without asking again, unless a manifest says otherwise.
    """

    id: str
    slug: str
    zh: str
    en: str
    issuer: Text
    gate: int
    need: Need
    share: Share
    doc_types: tuple[str, ...] = ()
    fresh_for: int = DAY

    @property
    def personal(self) -> tuple[str, ...]:
        """Its fields that are personal information."""
        return personal_fields(self.slug)

    @property
    def personal_information(self) -> bool:
        """Whether it holds personal information at all."""
        return bool(self.personal)


GATES: Mapping[int, Text] = MappingProxyType(
    {
        1: text("审批关", "approval"),
        2: text("建设关", "construction"),
        3: text("验收关", "acceptance"),
        4: text("登记关", "registration"),
        5: text("交房关", "handover"),
    }
)

_NATURE = text("自然资源主管部门", "natural resources")
_HOUSING = text("住房和城乡建设主管部门", "housing and construction")
_REFORM = text("发展改革部门（投资项目在线审批监管平台）", "development and reform")
_TAX = text("税务部门", "tax")
_REGISTER = text("不动产登记机构", "real estate registration")
_DEFENCE = text("人防（国防动员）主管部门", "civil defence")
_SURVEY = text("测绘单位（自然资源主管部门验收）", "surveyor, accepted by natural resources")
_ADDRESS = text("民政、公安部门", "civil affairs, public security")
_MARKET = text("市场监督管理部门", "market supervision")
_APPLICANT = text("申请人", "applicant")
_DEVELOPER = text("建设单位", "developer")
_UTILITIES = text("供水、供电、供热、供气、通信单位", "utility suppliers")
_BANK = text("住房和城乡建设主管部门、监管银行", "housing and construction, supervising bank")

_C, _U, _I, _N = Share.CONDITIONAL, Share.UNCONDITIONAL, Share.INTERNAL, Share.NONE
_LEGAL, _SUPPORTING, _LATER, _RESULT = Need.LEGAL, Need.SUPPORTING, Need.LATER, Need.RESULT

_Row = tuple[str, str, str, Text, int, Need, Share]
_ROWS: tuple[_Row, ...] = (
    ("M01", "investment-filing", "企业投资项目备案证明", _REFORM, 1, _SUPPORTING, _U),
    ("M02", "land-transfer-contract", "国有建设用地使用权出让合同", _NATURE, 1, _LEGAL, _C),
    ("M02b", "land-allocation-decision", "国有建设用地划拨决定书", _NATURE, 1, _LEGAL, _C),
    ("M03", "land-price-payment", "土地出让价款缴纳凭证", _TAX, 1, _LEGAL, _C),
    ("M04", "land-deed-tax", "契税完税凭证（土地）", _TAX, 1, _LEGAL, _C),
    ("M05", "land-right", "土地不动产权证（登记簿）", _REGISTER, 1, _LEGAL, _I),
    ("M06", "land-use-planning-permit", "建设用地规划许可证", _NATURE, 1, _SUPPORTING, _C),
    ("M07", "construction-planning-permit", "建设工程规划许可证", _NATURE, 1, _LEGAL, _C),
    ("M08", "construction-permit", "建筑工程施工许可证", _HOUSING, 2, _SUPPORTING, _C),
    ("M09", "drawing-review", "施工图审查合格书", _HOUSING, 2, _SUPPORTING, _C),
    ("M10", "presale-permit", "商品房预售许可证", _HOUSING, 2, _SUPPORTING, _U),
    ("M11", "planning-verification", "建设工程规划核实合格证", _NATURE, 3, _LEGAL, _C),
    ("M12", "fire-acceptance", "消防验收意见书或备案凭证", _HOUSING, 3, _SUPPORTING, _C),
    ("M13", "civil-defence", "人防竣工验收备案或易地建设费凭证", _DEFENCE, 3, _SUPPORTING, _C),
    ("M14", "completion-filing", "综合竣工验收备案证明", _HOUSING, 3, _LEGAL, _C),
    ("M15", "survey-package", "多测合一成果包", _SURVEY, 3, _LEGAL, _C),
    ("M16", "cadastral-import", "地籍调查成果入库与楼盘表", _REGISTER, 3, _LEGAL, _I),
    ("M17", "standard-address", "标准地名与门楼牌证明", _ADDRESS, 3, _SUPPORTING, _U),
    ("M18", "application", "不动产登记申请书", _APPLICANT, 4, _LEGAL, _N),
    ("M19", "company-record", "营业执照与主体信息", _MARKET, 4, _LEGAL, _U),
    ("M20", "common-parts", "业主共有部分清单", _DEVELOPER, 4, _LEGAL, _N),
    ("M21", "registration-result", "首次登记结果", _REGISTER, 4, _RESULT, _C),
    ("M22", "sales-contract", "商品房买卖合同网签备案", _HOUSING, 5, _LATER, _C),
    ("M23", "unit-deed-tax", "契税完税凭证（房屋）", _TAX, 5, _LATER, _C),
    ("M24", "maintenance-fund", "住宅专项维修资金交存凭证", _HOUSING, 5, _LATER, _C),
    ("M25", "e-certificate", "不动产电子证照", _REGISTER, 5, _RESULT, _C),
    ("M26", "quality-report", "工程质量监督报告或竣工验收报告", _HOUSING, 3, _SUPPORTING, _C),
    ("M27", "utility-connection", "市政配套接入证明", _UTILITIES, 3, _SUPPORTING, _C),
    ("M28", "construction-mortgage", "在建建筑物抵押、预告登记", _REGISTER, 4, _SUPPORTING, _I),
    ("M29", "presale-fund-supervision", "商品房预售资金监管", _BANK, 2, _SUPPORTING, _C),
)

_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "land-deed-tax": "deed tax on the land",
        "land-right": "registered land right",
        "land-use-planning-permit": "land-use planning permit",
        "survey-package": "unified survey package",
        "common-parts": "common parts list",
        "unit-deed-tax": "deed tax on the unit",
        "e-certificate": "electronic certificate",
        "quality-report": "construction quality report",
        "construction-mortgage": "construction mortgage, advance notice",
    }
)
"""Where the name is more than the slug says."""

_DOC_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "investment-filing": ("备案证明",),
        "land-transfer-contract": ("出让合同", "成交确认书", "出让宗地图", "供地方案批复"),
        "land-allocation-decision": ("划拨决定书",),
        "land-price-payment": ("缴款凭证",),
        "land-deed-tax": ("完税证明",),
        "land-right": ("宗地图",),
        "land-use-planning-permit": ("许可证", "用地红线图"),
        "construction-planning-permit": ("许可证", "规划总平面图", "规划总平面图源文件", "单体平面图"),
        "construction-permit": ("许可证",),
        "drawing-review": ("审查合格书",),
        "presale-permit": ("许可证",),
        "planning-verification": ("核实证明", "竣工测量报告", "竣工总平面图"),
        "fire-acceptance": ("消防文书",),
        "civil-defence": ("人防文书",),
        "completion-filing": ("备案证明", "竣工验收报告", "竣工图"),
        "survey-package": ("宗地图", "房屋平面图", "地籍矢量", "界址点坐标", "房产测绘报告", "多测合一报告"),
        "standard-address": ("地名证明",),
        "application": ("申请书",),
        "company-record": ("营业执照",),
        "common-parts": ("业主共有部分清单",),
        "registration-result": ("电子证照",),
        "sales-contract": ("买卖合同",),
        "unit-deed-tax": ("完税证明",),
        "maintenance-fund": ("交存凭证",),
        "e-certificate": ("电子证照",),
        "quality-report": ("质量监督报告",),
        "utility-connection": ("接入证明",),
    }
)


def _kind(row: _Row) -> Kind:
    number, slug, zh, issuer, gate, need, share = row
    return Kind(
        id=number,
        slug=slug,
        zh=zh,
        en=_ENGLISH.get(slug) or slug.replace("-", " "),
        issuer=issuer,
        gate=gate,
        need=need,
        share=share,
        doc_types=_DOC_TYPES.get(slug, ()),
    )


KINDS: Mapping[str, Kind] = MappingProxyType({row[1]: _kind(row) for row in _ROWS})
"""Every kind by slug, in the order of its number."""

BY_ID: Mapping[str, Kind] = MappingProxyType({found.id: found for found in KINDS.values()})
"""Every kind by number."""


def kind(slug_or_id: str) -> Kind:
    """A kind by slug or by number. Raises KeyError."""
    return KINDS.get(slug_or_id) or BY_ID[slug_or_id]


DOC_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "0": "测量报告",
        "1": "规划信息",
        "2": "竣工验收材料",
        "3": "土地出让信息",
        "4": "土地审批信息",
        "5": "查看现场照片",
        "6": "宗地图",
        "11": "规划核实合格证",
        "12": "规划许可证",
        "21": "竣工验收备案表",
        "31": "出让补充合同或变更合同",
        "32": "出让合同及附件",
        "33": "出让金缴纳凭证",
        "34": "交地确认书",
        "41": "划拨土地转让审批结果",
        "42": "土地收益缴纳凭证",
        "43": "闲置土地认定信息",
        "44": "用地划拨决定书",
    }
)
"""测绘结果材料类型: a code list deployed for exactly these shared files; the default for `doc_type`."""

CASE_FOLDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "房屋已竣工的材料": ("completion-filing", "quality-report"),
        "建设工程符合规划的材料": (
            "land-use-planning-permit",
            "construction-planning-permit",
            "planning-verification",
        ),
        "内部共享材料": ("land-right", "cadastral-import", "construction-mortgage"),
    }
)
"""Folders under which deployed registration systems file shared documents, and the kinds in each."""
