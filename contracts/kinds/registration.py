"""登记关: application, company record, common parts, mortgages on unfinished buildings, the result."""

from __future__ import annotations

from typing import Annotated, ClassVar

from contracts.kinds.canonical import Canonical, Label
from contracts.material import Strict
from contracts.quantities import AreaM2, Day, Line, Yuan


class Application(Canonical):
    """M18 不动产登记申请书."""

    NUMBER: ClassVar = ("application_no",)
    DATED: ClassVar = "applied_on"

    application_no: Annotated[Line, Label("申请编号", "application number")]
    applicant_name: Annotated[Line | None, Label("申请人", "applicant")] = None
    applicant_uscc: Annotated[Line | None, Label("申请人统一社会信用代码", "applicant's credit code")] = None
    reg_type: Annotated[Line | None, Label("登记类型", "registration type")] = None
    buildings: Annotated[list[Line] | None, Label("申请登记幢号", "buildings applied for")] = None
    applied_on: Annotated[Day | None, Label("申请日期", "applied on")] = None
    agent_name: Annotated[Line | None, Label("代理人", "agent", personal=True)] = None
    agent_id_no: Annotated[Line | None, Label("代理人证件号码", "agent's id", personal=True)] = None
    agent_phone: Annotated[Line | None, Label("代理人电话", "agent's telephone", personal=True)] = None


class FormerName(Strict):
    """A name the company gave up."""

    name: Annotated[Line, Label("曾用名称", "former name")]
    changed_on: Annotated[Day | None, Label("变更日期", "changed on")] = None


class CompanyRecord(Canonical):
    """M19 营业执照与主体信息, with former names."""

    NUMBER: ClassVar = ("uscc",)
    DATED: ClassVar = None

    name: Annotated[Line, Label("名称", "name")]
    uscc: Annotated[Line | None, Label("统一社会信用代码", "credit code")] = None
    former_names: Annotated[list[FormerName] | None, Label("曾用名称", "former names")] = None
    legal_rep_masked: Annotated[
        Line | None, Label("法定代表人（脱敏）", "legal representative, masked", personal=True)
    ] = None
    status: Annotated[Line | None, Label("登记状态", "status")] = None
    valid_until: Annotated[Day | None, Label("营业期限至", "licensed until")] = None


class CommonPart(Strict):
    """One part the owners have in common."""

    kind: Annotated[Line, Label("类别", "kind")]
    area_m2: Annotated[AreaM2 | None, Label("面积", "area")] = None


class CommonParts(Canonical):
    """M20 业主共有部分清单."""

    items: Annotated[list[CommonPart], Label("共有部分", "common parts")]
    confirmed_by: Annotated[Line | None, Label("确认单位", "confirmed by")] = None


class RegistrationResult(Canonical):
    """M21 首次登记结果."""

    NUMBER: ClassVar = ("result_cert_no", "case_no")
    DATED: ClassVar = "registered_on"

    case_no: Annotated[Line, Label("受理编号", "case number")]
    reg_type_code: Annotated[Line | None, Label("登记类型代码", "registration type code")] = None
    reg_type: Annotated[Line | None, Label("登记类型", "registration type")] = None
    rec_type: Annotated[Line | None, Label("登记业务类型", "registration business type")] = None
    right_type_code: Annotated[Line | None, Label("权利类型代码", "right type code")] = None
    right_type: Annotated[Line | None, Label("权利类型", "right type")] = None
    result_cert_no: Annotated[Line | None, Label("不动产权证号", "certificate number")] = None
    registered_on: Annotated[Day | None, Label("登簿日期", "registered on")] = None
    cert_id: Annotated[Line | None, Label("电子证照标识", "certificate identifier")] = None


class ConstructionMortgage(Canonical):
    """M28 在建建筑物抵押、预告登记."""

    NUMBER: ClassVar = ("proof_no",)
    DATED: ClassVar = "registered_on"

    proof_no: Annotated[Line, Label("不动产登记证明号", "registration proof number")]
    kind: Annotated[Line | None, Label("登记种类", "kind")] = None
    parcel_code: Annotated[Line | None, Label("宗地代码", "parcel code")] = None
    unit_codes: Annotated[list[Line] | None, Label("不动产单元号", "unit codes")] = None
    mortgagee: Annotated[Line | None, Label("抵押权人", "mortgagee")] = None
    debtor: Annotated[Line | None, Label("债务人", "debtor")] = None
    secured_yuan: Annotated[Yuan | None, Label("被担保债权数额", "amount secured")] = None
    registered_on: Annotated[Day | None, Label("登记日期", "registered on")] = None
    cancelled_on: Annotated[Day | None, Label("注销日期", "cancelled on")] = None
