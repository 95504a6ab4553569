"""验收关: verification, acceptance, completion filing, survey package and its import, address, utilities."""

from __future__ import annotations

from typing import Annotated, ClassVar

from contracts.kinds.approval import PlannedBuilding
from contracts.kinds.canonical import Canonical, Label
from contracts.material import Strict
from contracts.quantities import AreaM2, Day, Line, Percent, Ratio, Yuan


class PlanningVerification(Canonical):
    """M11 建设工程规划核实合格证."""

    NUMBER: ClassVar = ("cert_no",)
    DATED: ClassVar = "issued_on"

    cert_no: Annotated[Line, Label("合格证编号", "certificate number")]
    project_permit_no: Annotated[
        Line | None, Label("工程规划许可证号", "construction planning permit number")
    ] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    holder_uscc: Annotated[Line | None, Label("建设单位统一社会信用代码", "developer's credit code")] = None
    measured_total_area_m2: Annotated[AreaM2 | None, Label("实测总建筑面积", "measured total area")] = None
    conclusion: Annotated[Line | None, Label("核实结论", "conclusion")] = None
    issued_on: Annotated[Day | None, Label("核发日期", "issued on")] = None


class FireAcceptance(Canonical):
    """M12 消防验收意见书 or 备案凭证."""

    NUMBER: ClassVar = ("doc_no",)
    DATED: ClassVar = "issued_on"

    doc_no: Annotated[Line, Label("文书编号", "document number")]
    kind: Annotated[Line | None, Label("文书类型", "kind of document")] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    buildings: Annotated[list[Line] | None, Label("单体建筑", "buildings")] = None
    conclusion: Annotated[Line | None, Label("结论", "conclusion")] = None
    issued_on: Annotated[Day | None, Label("出具日期", "issued on")] = None


class CivilDefence(Canonical):
    """M13 人防竣工验收备案 or 易地建设费凭证."""

    NUMBER: ClassVar = ("doc_no",)
    DATED: ClassVar = "issued_on"

    doc_no: Annotated[Line, Label("文书编号", "document number")]
    kind: Annotated[Line | None, Label("文书类型", "kind of document")] = None
    shelter_area_m2: Annotated[AreaM2 | None, Label("人防工程面积", "shelter area")] = None
    fee_yuan: Annotated[Yuan | None, Label("易地建设费", "fee instead of a shelter")] = None
    issued_on: Annotated[Day | None, Label("出具日期", "issued on")] = None


class CompletionFiling(Canonical):
    """M14 综合竣工验收备案证明."""

    NUMBER: ClassVar = ("filing_no", "local_no")
    DATED: ClassVar = "filed_on"

    filing_no: Annotated[Line, Label("备案编号", "filing number")]
    local_no: Annotated[Line | None, Label("地方备案文号", "local number")] = None
    engineering_code: Annotated[Line | None, Label("工程代码", "engineering code")] = None
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    construction_permit_no: Annotated[Line | None, Label("施工许可证编号", "construction permit number")] = (
        None
    )
    drawing_review_no: Annotated[Line | None, Label("施工图审查合格书编号", "drawing review number")] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    holder_uscc: Annotated[Line | None, Label("建设单位统一社会信用代码", "developer's credit code")] = None
    project_name: Annotated[Line | None, Label("工程名称", "project name")] = None
    location: Annotated[Line | None, Label("建设地址", "location")] = None
    joint_acceptance: Annotated[bool | None, Label("是否联合验收", "joint acceptance")] = None
    buildings: Annotated[list[Line] | None, Label("备案幢号", "buildings filed")] = None
    total_area_m2: Annotated[AreaM2 | None, Label("总建筑面积", "total building area")] = None
    started_on: Annotated[Day | None, Label("开工日期", "started on")] = None
    completed_on: Annotated[Day | None, Label("竣工验收日期", "completed on")] = None
    filed_on: Annotated[Day | None, Label("备案日期", "filed on")] = None
    filing_authority: Annotated[Line | None, Label("备案机关", "filing authority")] = None
    filing_authority_uscc: Annotated[
        Line | None, Label("备案机关统一社会信用代码", "authority's credit code")
    ] = None
    scope: Annotated[Line | None, Label("备案范围", "scope of the filing")] = None
    contact_name: Annotated[Line | None, Label("项目负责人", "person in charge", personal=True)] = None


class SurveyedBuilding(PlannedBuilding):
    """A building as surveyed; fields of KTT_FW_ZRZ."""

    zrzh: Annotated[Line | None, Label("自然幢号", "building number in the cadastre")] = None
    structure: Annotated[Line | None, Label("房屋结构", "structure")] = None
    structure_code: Annotated[Line | None, Label("房屋结构代码", "structure code")] = None
    first_unit_code: Annotated[Line | None, Label("首个不动产单元号", "its first unit code")] = None


class SurveyPackage(Canonical):
    """M15 多测合一成果包; counts once natural resources has accepted it (`accepted_on`)."""

    NUMBER: ClassVar = ("package_no",)
    DATED: ClassVar = "accepted_on"

    package_no: Annotated[Line, Label("成果包编号", "package number")]
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    parcel_code: Annotated[Line | None, Label("宗地代码", "parcel code")] = None
    crs: Annotated[Line | None, Label("坐标系", "coordinate reference system")] = None
    parcel_area_m2: Annotated[AreaM2 | None, Label("宗地面积", "parcel area")] = None
    building_total_area_m2: Annotated[AreaM2 | None, Label("实测总建筑面积", "total building area")] = None
    above_area_m2: Annotated[AreaM2 | None, Label("地上建筑面积", "area above ground")] = None
    below_area_m2: Annotated[AreaM2 | None, Label("地下建筑面积", "area below ground")] = None
    counted_area_m2: Annotated[
        AreaM2 | None, Label("计容建筑面积", "area counted for the floor area ratio")
    ] = None
    far_measured: Annotated[Ratio | None, Label("实测容积率", "measured floor area ratio")] = None
    green_pct: Annotated[Percent | None, Label("绿地率", "green ratio")] = None
    boundary_points: Annotated[int | None, Label("界址点数", "boundary points")] = None
    buildings: Annotated[list[SurveyedBuilding] | None, Label("幢", "buildings")] = None
    surveyed_on: Annotated[Day | None, Label("测绘日期", "surveyed on")] = None
    accepted_on: Annotated[Day | None, Label("成果验收日期", "accepted on")] = None
    qualification_level: Annotated[Line | None, Label("测绘资质等级", "surveyor's qualification")] = None


class CadastralUnit(Strict):
    """One row of the unit table (楼盘表)."""

    unit_code: Annotated[Line, Label("不动产单元号", "real estate unit code")]
    building_no: Annotated[Line | None, Label("幢号", "building")] = None
    room: Annotated[Line | None, Label("房号", "room")] = None
    use: Annotated[Line | None, Label("用途", "use")] = None
    area_m2: Annotated[AreaM2 | None, Label("建筑面积", "building area")] = None


class CadastralImport(Canonical):
    """M16 地籍调查成果入库与楼盘表."""

    NUMBER: ClassVar = ("parcel_code",)
    DATED: ClassVar = "imported_to_cadastre_on"

    parcel_code: Annotated[Line, Label("宗地代码", "parcel code")]
    imported_to_cadastre_on: Annotated[Day | None, Label("入库日期", "imported on")] = None
    units_total: Annotated[int | None, Label("单元总数", "units in all")] = None
    sample_units: Annotated[list[CadastralUnit] | None, Label("不动产单元", "units")] = None


class StandardAddress(Canonical):
    """M17 标准地名与门楼牌证明."""

    NUMBER: ClassVar = ("doc_no",)
    DATED: ClassVar = "issued_on"

    doc_no: Annotated[Line, Label("证明编号", "document number")]
    address: Annotated[Line | None, Label("标准地址", "standard address")] = None
    address_id: Annotated[Line | None, Label("标准地址编码", "standard address id")] = None
    project_name: Annotated[Line | None, Label("标准地名", "standard name")] = None
    buildings: Annotated[list[Line] | None, Label("幢号", "buildings")] = None
    issued_by: Annotated[Line | None, Label("出具单位", "issued by")] = None
    issued_on: Annotated[Day | None, Label("出具日期", "issued on")] = None


class QualityReport(Canonical):
    """M26 工程质量监督报告 or 竣工验收报告."""

    NUMBER: ClassVar = ("report_no",)
    DATED: ClassVar = "issued_on"

    report_no: Annotated[Line, Label("报告编号", "report number")]
    construction_permit_no: Annotated[Line | None, Label("施工许可证编号", "construction permit number")] = (
        None
    )
    project_name: Annotated[Line | None, Label("工程名称", "project name")] = None
    buildings: Annotated[list[Line] | None, Label("单体建筑", "buildings")] = None
    conclusion: Annotated[Line | None, Label("结论", "conclusion")] = None
    issued_by: Annotated[Line | None, Label("出具单位", "issued by")] = None
    issued_on: Annotated[Day | None, Label("出具日期", "issued on")] = None
    engineer_name: Annotated[Line | None, Label("监督工程师", "supervising engineer", personal=True)] = None


class UtilityConnection(Canonical):
    """M27 市政配套接入证明: 水、电、热、气、通信."""

    NUMBER: ClassVar = ("doc_no",)
    DATED: ClassVar = "connected_on"

    doc_no: Annotated[Line, Label("证明编号", "document number")]
    utility: Annotated[Line | None, Label("配套类别", "utility")] = None
    supplier: Annotated[Line | None, Label("供应单位", "supplier")] = None
    project_name: Annotated[Line | None, Label("项目名称", "project name")] = None
    buildings: Annotated[list[Line] | None, Label("幢号", "buildings")] = None
    connected_on: Annotated[Day | None, Label("接入日期", "connected on")] = None
