"""审批关: investment filing, land supply and its price, the registered land right, planning permits."""

from __future__ import annotations

from typing import Annotated, ClassVar

from contracts.kinds.canonical import Canonical, Label
from contracts.material import Strict
from contracts.quantities import AreaHa, AreaM2, Day, Line, Metre, Percent, Ratio, Wan, Yuan


class InvestmentFiling(Canonical):
    """M01 企业投资项目备案证明."""

    NUMBER: ClassVar = ("project_code",)
    DATED: ClassVar = "filed_on"

    project_code: Annotated[Line, Label("投资项目代码", "investment project code")]
    project_name: Annotated[Line | None, Label("项目名称", "project name")] = None
    filing_authority: Annotated[Line | None, Label("备案机关", "filing authority")] = None
    holder_name: Annotated[Line | None, Label("项目单位", "project owner")] = None
    holder_uscc: Annotated[Line | None, Label("项目单位统一社会信用代码", "project owner's credit code")] = (
        None
    )
    total_investment_wan: Annotated[Wan | None, Label("总投资", "total investment")] = None
    build_scale_m2: Annotated[AreaM2 | None, Label("建设规模", "building area planned")] = None
    land_area_m2: Annotated[AreaM2 | None, Label("用地面积", "land area")] = None
    filed_on: Annotated[Day | None, Label("备案日期", "filed on")] = None


class LandUse(Strict):
    """One use of a parcel and its term."""

    code: Annotated[Line | None, Label("用途代码", "land use code")] = None
    name: Annotated[Line | None, Label("用途名称", "land use")] = None
    standard: Annotated[Line | None, Label("分类标准", "classification standard")] = None
    area_m2: Annotated[AreaM2 | None, Label("面积", "area")] = None
    term_years: Annotated[int | None, Label("使用年限（年）", "term in years")] = None
    term_start: Annotated[Day | None, Label("起始日期", "term begins")] = None
    term_end: Annotated[Day | None, Label("终止日期", "term ends")] = None


class LandSupply(Canonical):
    """What a contract and an allocation decision have in common."""

    supervision_no: Annotated[Line | None, Label("电子监管号", "supervision number")] = None
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    parcel_code: Annotated[Line | None, Label("宗地代码", "parcel code")] = None
    transferee_name: Annotated[Line | None, Label("受让人", "transferee")] = None
    transferee_uscc: Annotated[Line | None, Label("受让人统一社会信用代码", "transferee's credit code")] = (
        None
    )
    location: Annotated[Line | None, Label("土地坐落", "location")] = None
    land_area_ha: Annotated[AreaHa | None, Label("供地面积（公顷）", "land area in hectares")] = None
    land_area_m2: Annotated[AreaM2 | None, Label("供地面积", "land area")] = None
    land_use: Annotated[list[LandUse] | None, Label("批准用途", "land uses")] = None
    far_min: Annotated[Ratio | None, Label("容积率下限", "lowest floor area ratio")] = None
    far_max: Annotated[Ratio | None, Label("容积率上限", "highest floor area ratio")] = None
    density_max_pct: Annotated[Percent | None, Label("建筑密度上限", "highest building density")] = None
    green_min_pct: Annotated[Percent | None, Label("绿地率下限", "lowest green ratio")] = None
    signed_on: Annotated[Day | None, Label("签订日期", "signed on")] = None
    delivery_due: Annotated[Day | None, Label("约定交地日期", "hand-over due")] = None
    start_due: Annotated[Day | None, Label("约定开工日期", "start due")] = None
    complete_due: Annotated[Day | None, Label("约定竣工日期", "completion due")] = None
    approval_doc_no: Annotated[Line | None, Label("供地批准文号", "approval document number")] = None
    approved_on: Annotated[Day | None, Label("供地批准日期", "approved on")] = None
    contact_name: Annotated[Line | None, Label("联系人", "contact person", personal=True)] = None
    contact_phone: Annotated[Line | None, Label("联系电话", "contact telephone", personal=True)] = None


class LandTransferContract(LandSupply):
    """M02 国有建设用地使用权出让合同."""

    NUMBER: ClassVar = ("contract_no", "supervision_no")
    DATED: ClassVar = "signed_on"

    contract_no: Annotated[Line, Label("合同编号", "contract number")]
    transfer_mode: Annotated[Line | None, Label("出让方式", "mode of transfer")] = None
    transferor: Annotated[Line | None, Label("出让人", "transferor")] = None
    price_total_wan: Annotated[Wan | None, Label("成交总价", "total price")] = None


class LandAllocationDecision(LandSupply):
    """M02b 国有建设用地划拨决定书."""

    NUMBER: ClassVar = ("decision_no", "supervision_no")
    DATED: ClassVar = "signed_on"

    decision_no: Annotated[Line, Label("划拨决定书编号", "decision number")]
    issued_by: Annotated[Line | None, Label("核发机关", "issued by")] = None


class LandPricePayment(Canonical):
    """M03 土地出让价款缴纳凭证."""

    NUMBER: ClassVar = ("receipt_no",)
    DATED: ClassVar = "paid_on"

    receipt_no: Annotated[Line, Label("票据号码", "receipt number")]
    payer_name: Annotated[Line | None, Label("缴款人", "payer")] = None
    payer_uscc: Annotated[Line | None, Label("缴款人统一社会信用代码", "payer's credit code")] = None
    supervision_no: Annotated[Line | None, Label("电子监管号", "supervision number")] = None
    item: Annotated[Line | None, Label("收费项目", "item")] = None
    amount_yuan: Annotated[Yuan | None, Label("金额", "amount")] = None
    paid_on: Annotated[Day | None, Label("缴款日期", "paid on")] = None
    paid_in_full: Annotated[bool | None, Label("是否缴清", "paid in full")] = None


class LandDeedTax(Canonical):
    """M04 契税完税凭证（土地）."""

    NUMBER: ClassVar = ("voucher_no",)
    DATED: ClassVar = "paid_on"

    voucher_no: Annotated[Line, Label("税票号码", "voucher number")]
    tax_kind: Annotated[Line | None, Label("税种", "tax")] = None
    payer_name: Annotated[Line | None, Label("纳税人", "taxpayer")] = None
    payer_uscc: Annotated[Line | None, Label("纳税人识别号", "taxpayer's credit code")] = None
    taxable_yuan: Annotated[Yuan | None, Label("计税金额", "taxable amount")] = None
    rate_pct: Annotated[Percent | None, Label("税率", "rate")] = None
    amount_yuan: Annotated[Yuan | None, Label("实缴金额", "amount paid")] = None
    paid_on: Annotated[Day | None, Label("缴税日期", "paid on")] = None
    relates_to: Annotated[Line | None, Label("对应电子监管号", "supervision number it is for")] = None


class LandRight(Canonical):
    """M05 土地不动产权证（登记簿）."""

    NUMBER: ClassVar = ("cert_no",)
    DATED: ClassVar = "registered_on"

    cert_no: Annotated[Line, Label("不动产权证号", "certificate number")]
    parcel_code: Annotated[Line | None, Label("宗地代码", "parcel code")] = None
    unit_code: Annotated[Line | None, Label("不动产单元号", "real estate unit code")] = None
    right_type_code: Annotated[Line | None, Label("权利类型代码", "right type code")] = None
    right_type: Annotated[Line | None, Label("权利类型", "right type")] = None
    right_nature: Annotated[Line | None, Label("权利性质", "nature of the right")] = None
    holder_name: Annotated[Line | None, Label("权利人", "right holder")] = None
    holder_uscc: Annotated[Line | None, Label("权利人统一社会信用代码", "right holder's credit code")] = None
    area_m2: Annotated[AreaM2 | None, Label("宗地面积", "parcel area")] = None
    use: Annotated[list[Line] | None, Label("用途", "uses")] = None
    term_end: Annotated[list[Day] | None, Label("使用期限止", "terms end")] = None
    registered_on: Annotated[Day | None, Label("登记日期", "registered on")] = None
    restrictions: Annotated[list[Line] | None, Label("权利限制", "restrictions")] = None


class PlanningPermit(Canonical):
    """What both planning permits carry."""

    NUMBER: ClassVar = ("permit_no",)
    DATED: ClassVar = "issued_on"

    permit_no: Annotated[Line, Label("许可证号", "permit number")]
    print_no: Annotated[Line | None, Label("证书印制号", "stock number of the paper")] = None
    project_code: Annotated[Line | None, Label("投资项目代码", "investment project code")] = None
    project_name: Annotated[Line | None, Label("项目名称", "project name")] = None
    holder_name: Annotated[Line | None, Label("建设单位", "developer")] = None
    holder_uscc: Annotated[Line | None, Label("建设单位统一社会信用代码", "developer's credit code")] = None
    location: Annotated[Line | None, Label("位置", "location")] = None
    build_scale: Annotated[Line | None, Label("建设规模", "scale in words")] = None
    issued_by: Annotated[Line | None, Label("发证机关", "issued by")] = None
    issued_by_uscc: Annotated[Line | None, Label("发证机关统一社会信用代码", "issuer's credit code")] = None
    issued_on: Annotated[Day | None, Label("发证日期", "issued on")] = None
    valid_until: Annotated[Day | None, Label("有效期至", "valid until")] = None
    contact_name: Annotated[Line | None, Label("项目负责人", "contact person", personal=True)] = None
    contact_phone: Annotated[Line | None, Label("联系电话", "contact telephone", personal=True)] = None


class LandUsePlanningPermit(PlanningPermit):
    """M06 建设用地规划许可证."""

    approving_org: Annotated[Line | None, Label("批准用地机关", "approving authority")] = None
    approval_doc_no: Annotated[Line | None, Label("批准用地文号", "approval document number")] = None
    land_area_m2: Annotated[AreaM2 | None, Label("用地面积", "land area")] = None
    land_use: Annotated[Line | None, Label("土地用途", "land use")] = None
    acquire_mode: Annotated[Line | None, Label("土地取得方式", "mode of acquisition")] = None


class PlannedBuilding(Strict):
    """A building as planned."""

    no: Annotated[Line, Label("幢号", "building")]
    use: Annotated[Line | None, Label("用途", "use")] = None
    floors_above: Annotated[int | None, Label("地上层数", "floors above ground")] = None
    floors_below: Annotated[int | None, Label("地下层数", "floors below ground")] = None
    area_m2: Annotated[AreaM2 | None, Label("建筑面积", "building area")] = None
    units: Annotated[int | None, Label("套数", "units")] = None
    height_m: Annotated[Metre | None, Label("建筑高度", "height")] = None


class ConstructionPlanningPermit(PlanningPermit):
    """M07 建设工程规划许可证."""

    land_permit_no: Annotated[Line | None, Label("用地规划许可证号", "land-use planning permit number")] = (
        None
    )
    total_area_m2: Annotated[AreaM2 | None, Label("总建筑面积", "total building area")] = None
    above_area_m2: Annotated[AreaM2 | None, Label("地上建筑面积", "area above ground")] = None
    below_area_m2: Annotated[AreaM2 | None, Label("地下建筑面积", "area below ground")] = None
    counted_area_m2: Annotated[
        AreaM2 | None, Label("计容建筑面积", "area counted for the floor area ratio")
    ] = None
    buildings: Annotated[list[PlannedBuilding] | None, Label("单体建筑", "buildings")] = None
    contact_id_no: Annotated[
        Line | None, Label("项目负责人证件号码", "contact person's id", personal=True)
    ] = None
