"""交房关: the buyer's contract, tax and maintenance fund, and the electronic certificate."""

from __future__ import annotations

from typing import Annotated, ClassVar

from contracts.kinds.canonical import Canonical, Label
from contracts.quantities import AreaM2, Day, Line, Percent, Yuan


class SalesContract(Canonical):
    """M22 商品房买卖合同网签备案."""

    NUMBER: ClassVar = ("contract_no",)
    DATED: ClassVar = "filed_on"

    contract_no: Annotated[Line, Label("合同编号", "contract number")]
    unit_code: Annotated[Line | None, Label("不动产单元号", "real estate unit code")] = None
    buyer_name: Annotated[Line | None, Label("买受人", "buyer", personal=True)] = None
    buyer_id_no: Annotated[Line | None, Label("买受人证件号码", "buyer's id", personal=True)] = None
    presold_area_m2: Annotated[AreaM2 | None, Label("预售面积", "presold area")] = None
    price_yuan: Annotated[Yuan | None, Label("总价款", "price")] = None
    filed_on: Annotated[Day | None, Label("备案日期", "filed on")] = None


class UnitDeedTax(Canonical):
    """M23 契税完税凭证（房屋）."""

    NUMBER: ClassVar = ("voucher_no",)
    DATED: ClassVar = "paid_on"

    voucher_no: Annotated[Line, Label("税票号码", "voucher number")]
    tax_kind: Annotated[Line | None, Label("税种", "tax")] = None
    payer_name: Annotated[Line | None, Label("纳税人", "taxpayer", personal=True)] = None
    taxable_yuan: Annotated[Yuan | None, Label("计税金额", "taxable amount")] = None
    amount_yuan: Annotated[Yuan | None, Label("实缴金额", "amount paid")] = None
    rate_pct: Annotated[Percent | None, Label("税率", "rate")] = None
    contract_no: Annotated[Line | None, Label("买卖合同编号", "sales contract number")] = None
    paid_on: Annotated[Day | None, Label("缴税日期", "paid on")] = None


class MaintenanceFund(Canonical):
    """M24 住宅专项维修资金交存凭证."""

    NUMBER: ClassVar = ("receipt_no",)
    DATED: ClassVar = "paid_on"

    receipt_no: Annotated[Line, Label("凭证编号", "receipt number")]
    unit_code: Annotated[Line | None, Label("不动产单元号", "real estate unit code")] = None
    payer_name: Annotated[Line | None, Label("交存人", "payer", personal=True)] = None
    amount_yuan: Annotated[Yuan | None, Label("交存金额", "amount")] = None
    paid: Annotated[bool | None, Label("是否交存", "paid")] = None
    paid_on: Annotated[Day | None, Label("交存日期", "paid on")] = None


class ECertificate(Canonical):
    """M25 不动产电子证照."""

    NUMBER: ClassVar = ("cert_no", "cert_id")
    DATED: ClassVar = "issued_on"

    cert_no: Annotated[Line, Label("不动产权证号", "certificate number")]
    cert_id: Annotated[Line | None, Label("电子证照标识", "certificate identifier")] = None
    unit_code: Annotated[Line | None, Label("不动产单元号", "real estate unit code")] = None
    owner_name: Annotated[Line | None, Label("权利人", "owner", personal=True)] = None
    owner_id_no: Annotated[Line | None, Label("权利人证件号码", "owner's id", personal=True)] = None
    issued_by: Annotated[Line | None, Label("登记机构", "issued by")] = None
    issued_on: Annotated[Day | None, Label("颁发日期", "issued on")] = None
    status: Annotated[Line | None, Label("证照状态", "status")] = None
