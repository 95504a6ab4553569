"""建设关: construction permit, drawing review, presale permit and the supervision of presale money."""

from __future__ import annotations

from typing import Annotated, ClassVar

from contracts.kinds.canonical import Canonical, Label
from contracts.quantities import AreaM2, Day, Line, Wan, Yuan


class ConstructionPermit(Canonical):
    """M08 建筑工程施工许可证."""

    NUMBER: ClassVar = ("permit_no",)
    DATED: ClassVar = "issued_on"

    permit_no: Annotated[Line, Label("施工许可证编号", "permit number")]
    prj_num: Annotated[Line | None, Label("项目编号", "housing project number")] = None
    engineering_code: Annotated[Line | None, Label("工程代码", "engineering code")] = None
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    project_name: Annotated[Line | None, Label("工程名称", "project name")] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    holder_uscc: Annotated[Line | None, Label("建设单位统一社会信用代码", "developer's credit code")] = None
    land_permit_no: Annotated[Line | None, Label("用地规划许可证号", "land-use planning permit number")] = (
        None
    )
    project_permit_no: Annotated[
        Line | None, Label("工程规划许可证号", "construction planning permit number")
    ] = None
    contractor: Annotated[Line | None, Label("施工单位", "contractor")] = None
    contractor_uscc: Annotated[Line | None, Label("施工单位统一社会信用代码", "contractor's credit code")] = (
        None
    )
    supervisor: Annotated[Line | None, Label("监理单位", "supervising company")] = None
    designer: Annotated[Line | None, Label("设计单位", "design company")] = None
    surveyor: Annotated[Line | None, Label("勘察单位", "site investigation company")] = None
    contract_price_wan: Annotated[Wan | None, Label("合同价格", "contract price")] = None
    total_area_m2: Annotated[AreaM2 | None, Label("总建筑面积", "total building area")] = None
    buildings: Annotated[list[Line] | None, Label("单体建筑", "buildings")] = None
    plan_start: Annotated[Day | None, Label("计划开工日期", "planned start")] = None
    plan_end: Annotated[Day | None, Label("计划竣工日期", "planned completion")] = None
    issued_on: Annotated[Day | None, Label("发证日期", "issued on")] = None
    contact_name: Annotated[Line | None, Label("项目负责人", "person in charge", personal=True)] = None
    contact_phone: Annotated[Line | None, Label("联系电话", "contact telephone", personal=True)] = None


class DrawingReview(Canonical):
    """M09 施工图审查合格书."""

    NUMBER: ClassVar = ("review_no",)
    DATED: ClassVar = "issued_on"

    review_no: Annotated[Line, Label("合格书编号", "review number")]
    engineering_code: Annotated[Line | None, Label("工程代码", "engineering code")] = None
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    project_name: Annotated[Line | None, Label("工程名称", "project name")] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    holder_uscc: Annotated[Line | None, Label("建设单位统一社会信用代码", "developer's credit code")] = None
    reviewed_by: Annotated[Line | None, Label("审查机构", "reviewing body")] = None
    total_area_m2: Annotated[AreaM2 | None, Label("总建筑面积", "total building area")] = None
    buildings: Annotated[list[Line] | None, Label("单体建筑", "buildings")] = None
    conclusion: Annotated[Line | None, Label("审查结论", "conclusion")] = None
    issued_on: Annotated[Day | None, Label("签发日期", "issued on")] = None


class PresalePermit(Canonical):
    """M10 商品房预售许可证."""

    NUMBER: ClassVar = ("permit_no",)
    DATED: ClassVar = "issued_on"

    permit_no: Annotated[Line, Label("预售许可证号", "permit number")]
    project_name: Annotated[Line | None, Label("项目名称", "project name")] = None
    holder_name: Annotated[Line | None, Label("售房单位", "seller")] = None
    holder_uscc: Annotated[Line | None, Label("售房单位统一社会信用代码", "seller's credit code")] = None
    buildings: Annotated[list[Line] | None, Label("预售幢号", "buildings on presale")] = None
    presale_area_m2: Annotated[AreaM2 | None, Label("预售面积", "presale area")] = None
    presale_units: Annotated[int | None, Label("预售套数", "units on presale")] = None
    issued_on: Annotated[Day | None, Label("发证日期", "issued on")] = None
    escrow_account_masked: Annotated[Line | None, Label("监管账户（脱敏）", "escrow account, masked")] = None


class PresaleFundSupervision(Canonical):
    """M29 商品房预售资金监管."""

    NUMBER: ClassVar = ("agreement_no",)
    DATED: ClassVar = "signed_on"

    agreement_no: Annotated[Line, Label("监管协议编号", "agreement number")]
    presale_permit_no: Annotated[Line | None, Label("预售许可证号", "presale permit number")] = None
    holder_name: Annotated[Line | None, Label("售房单位", "seller")] = None
    holder_uscc: Annotated[Line | None, Label("售房单位统一社会信用代码", "seller's credit code")] = None
    bank: Annotated[Line | None, Label("监管银行", "supervising bank")] = None
    escrow_account_masked: Annotated[Line | None, Label("监管账户（脱敏）", "escrow account, masked")] = None
    balance_yuan: Annotated[Yuan | None, Label("账户余额", "balance")] = None
    status: Annotated[Line | None, Label("监管状态", "status")] = None
    signed_on: Annotated[Day | None, Label("签订日期", "signed on")] = None
