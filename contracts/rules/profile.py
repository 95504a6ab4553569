"""The tolerances and switches the rules read: local, versioned, each with the document it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from contracts.verdicts import Result


class _Part(BaseModel):
    # Read from YAML and from files where numbers are numbers: the one lax place among the contracts.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AreaBand(_Part):
    """Up to `max_m2` of planned area (None: any more) the survey may differ by `pct` percent."""

    max_m2: Decimal | None = Field(default=None, gt=0)
    pct: Decimal = Field(ge=0, le=100)


class ParcelArea(_Part):
    """A parcel's area may differ by `pass_m2` unnoticed and by `warn_pct` percent with a warning.

    The shipped 0.5 m² is what rounding hectares to four decimals can cost.
    """

    pass_m2: Decimal = Field(default=Decimal("0.5"), ge=0)
    warn_pct: Decimal = Field(default=Decimal("0.5"), ge=0, le=100)


class UseClass(_Part):
    """A class of use: the words buildings and land uses are known by, its codes, its longest term in years.

    `codes` gives, by a word of the classification's name, the beginnings of its codes for this class.
    """

    name: str
    buildings: tuple[str, ...]
    land: tuple[str, ...]
    codes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    longest_years: int = Field(ge=1, le=999)


class Restriction(_Part):
    """What a restriction in the register means for the case, by words it is known by."""

    words: tuple[str, ...] = Field(min_length=1)
    result: Result


class Drawing(_Part):
    """A file that documents of a kind must carry, by the types it may be filed under."""

    kind: str
    doc_types: tuple[str, ...] = Field(min_length=1)
    result: Result = Result.WARN


def _bands(*rows: tuple[int | None, str]) -> tuple[AreaBand, ...]:
    return tuple(
        AreaBand(max_m2=None if top is None else Decimal(top), pct=Decimal(pct)) for top, pct in rows
    )


BANDS_A = _bands((10_000, "3"), (50_000, "2"), (None, "1"))
BANDS_B = _bands((1_000, "3"), (5_000, "2"), (10_000, "1.5"), (None, "0.5"))
"""Two profiles that cities use; neither is national. The second also caps the difference at 500 m²."""


def _use(name: str, buildings: str, land: str, years: int, codes: Mapping[str, str]) -> UseClass:
    by_standard = {standard: tuple(starts.split()) for standard, starts in codes.items()}
    return UseClass(
        name=name,
        buildings=tuple(buildings.split()),
        land=tuple(land.split()),
        longest_years=years,
        codes=by_standard,
    )


# 21010: GB/T 21010 土地利用现状分类; 用地用海: 国土空间调查、规划、用途管制用地用海分类. The codes of the
# latter and the longest terms were not checked at their source: a city confirms them in its own profile.
USES = (
    _use("住宅", "住宅", "住宅 居住", 70, {"21010": "07", "用地用海": "07"}),
    _use(
        "商业",
        "商业 商铺 商服 商务 店铺 办公 写字楼 酒店 旅馆",
        "商业 商服 商务 零售 批发 餐饮 旅馆",
        40,
        {"21010": "05", "用地用海": "09"},
    ),
    _use("工业", "工业 厂房 车间", "工业", 50, {"21010": "0601", "用地用海": "1001"}),
    _use("仓储", "仓储 仓库", "仓储", 50, {"21010": "0604", "用地用海": "11"}),
    _use(
        "公共服务",
        "学校 医院 文化 体育",
        "公共 教育 科研 医疗 卫生 文化 体育 福利",
        50,
        {"21010": "08", "用地用海": "08"},
    ),
)
ANCILLARY = (
    "车库",
    "车位",
    "地下室",
    "设备",
    "配套",
    "物业",
    "门卫",
    "储藏",
    "人防",
    "消防",
    "配电",
    "换热",
    "泵房",
    "幼儿园",
)
SYNONYMS = tuple(
    tuple(row.split())
    for row in (
        "住宅 成套住宅 居住",
        "商业 商业服务 商业用房 商铺 店铺",
        "办公 办公用房 写字楼",
        "车库 地下车库 停车库 车位",
    )
)
RESTRICTIONS = (
    Restriction(words=("查封", "异议", "限制"), result=Result.FAIL),
    Restriction(words=("抵押", "预告"), result=Result.WARN),
)
DRAWINGS = (
    Drawing(kind="survey-package", doc_types=("宗地图",), result=Result.FAIL),
    Drawing(kind="survey-package", doc_types=("房屋平面图",), result=Result.FAIL),
    Drawing(kind="land-use-planning-permit", doc_types=("许可证", "规划许可证")),
    Drawing(kind="construction-planning-permit", doc_types=("许可证", "规划许可证")),
    Drawing(kind="construction-planning-permit", doc_types=("规划总平面图", "总平面图")),
    Drawing(kind="construction-permit", doc_types=("许可证",)),
    Drawing(kind="completion-filing", doc_types=("竣工图",)),
)


class Profile(_Part):
    """One city's tolerances. `source` names the document they come from.

    `planning_verification_decides`: once the planning verification is there, a difference from the permit is
    a warning, because conformity was its verdict. `registered_right_covers_price`: with the land right
    registered, a missing proof of payment is a warning. `building_area_cap_m2` caps the difference in m².
    `uses`, `ancillary_uses` (words of uses that go with any land) and `use_synonyms` classify uses.
    `restrictions`, first match first; anything else is `other_restriction`. `filing_days`: the completion is
    filed within so many days of acceptance (建设工程质量管理条例). `construction_mortgage_converts`: say of a
    mortgage on unfinished buildings that it must be converted. `common_parts`: words that must occur among
    the owners' common parts. `location_similarity` from 0 to 1. `presale_pct` in percent.
    """

    name: str = "shipped"
    version: int = Field(default=1, ge=1)
    source: str | None = None
    building_area: tuple[AreaBand, ...] = Field(default=BANDS_A, min_length=1)
    building_area_cap_m2: Decimal | None = Field(default=None, gt=0)
    parcel_area: ParcelArea = ParcelArea()
    planning_verification_decides: bool = True
    registered_right_covers_price: bool = True
    uses: tuple[UseClass, ...] = USES
    ancillary_uses: tuple[str, ...] = ANCILLARY
    use_synonyms: tuple[tuple[str, ...], ...] = SYNONYMS
    restrictions: tuple[Restriction, ...] = RESTRICTIONS
    other_restriction: Result = Result.FAIL
    construction_mortgage_converts: bool = True
    drawings: tuple[Drawing, ...] = DRAWINGS
    filing_days: int = Field(default=15, ge=0)
    common_parts: tuple[str, ...] = ("道路", "绿地", "物业")
    location_similarity: Decimal = Field(default=Decimal("0.8"), ge=0, le=1)
    presale_pct: Decimal = Field(default=Decimal(3), ge=0, le=100)

    def band(self, planned: Decimal) -> AreaBand:
        """The band for a planned area in m²: the first whose `max_m2` it does not exceed, else the last."""
        fits = (band for band in self.building_area if band.max_m2 is None or planned <= band.max_m2)
        return next(fits, self.building_area[-1])

    def allowed(self, planned: Decimal) -> Decimal:
        """The difference in m² that a planned area allows."""
        share = planned * self.band(planned).pct / 100
        return share if self.building_area_cap_m2 is None else min(share, self.building_area_cap_m2)
