"""A front-end database (前置库) as the housing bureau would show it: manifest, tables, rows. All invented."""

from decimal import Decimal

from adapters.manifest import Manifest, load

CODE = "2012-231005-04-01-735188"
USER, PASSWORD = "secret:mdj-qzk/reader-name", "secret:mdj-qzk/reader"

COLUMNS = {
    "LSH": 1001,
    "DFSJZJ": "6f1c2a34-0000-4d5e-9abc-000000000001",
    "XZQHDM": "231005",
    "GCDM": f"{CODE}-001",
    "SPSXSLBM": "0180000-2022-00019",
    "JSDW": "牡丹江翰林演示房地产开发有限公司",
    "JSDWDM": "91231000DEM0AA016M",
    "SGXKZBH": "231005202103150101",
    "JGYSBABH": "2310052103150101-JX-001",
    "BARQ": "2022-11-10",
    "SFSXLHYS": 1,
    "ZJZMJ": Decimal("108611.27"),
    "DSJZMJ": Decimal("92923.14"),
    "DXJZMJ": Decimal("15688.13"),
    "RFMJ": Decimal("4200.00"),
    "KGRQ": "2021-04-02",
    "JGRQ": "2022-10-31",
    "SJYXBS": 1,
    "SJWXYY": None,
    "SJSCZT": 3,
    "SBYY": None,
}
"""A filing's row, column by column as the 工改 3.0 standard has them."""

YAML = """
agency: mdj-qzk
title: {zh: 牡丹江市工程审批前置库, en: Construction approval front-end database}
sharing:
  class: conditional
  approval: 示例〔2026〕1号
connection:
  protocol: table
  base: postgresql://127.0.0.1:5432/gg_qzk
  allow_private: true
  table:
    user: secret:mdj-qzk/reader-name
    password: secret:mdj-qzk/reader
    tls: off
materials:
  - kind: completion-filing
    ask_by: [project_code, construction_permit_no]
    ask:
      table: SPGL_JSGCJGYSBAXXB
      where:
        GCDM: {value: "{project_code}", fit: starts}
        SGXKZBH: "{construction_permit_no}"
        SJYXBS: 1
      newest: LSH
      per: JGYSBABH
    decode: [json]
    none: {at: rows, empty: true}
    rows: rows
    about:
      project_code: {at: GCDM, fit: starts}
      construction_permit_no: SGXKZBH
    fields:
      filing_no: JGYSBABH
      engineering_code: GCDM
      construction_permit_no: SGXKZBH
      holder_name: JSDW
      holder_uscc: JSDWDM
      joint_acceptance: {at: SFSXLHYS, as: boolean, null: []}
      total_area_m2: {at: ZJZMJ, as: area, unit: m2}
      started_on: {at: KGRQ, as: date}
      completed_on: {at: JGRQ, as: date}
      filed_on: {at: BARQ, as: date}
    legal:
      in_force: {at: SJYXBS, in: [1]}
    ignore: [LSH, DFSJZJ, XZQHDM, SPSXSLBM, DSJZMJ, DXJZMJ, RFMJ, SJWXYY, SJSCZT, SBYY]
    fresh: {for: 24h, stale_if_error: 7d}
"""


def manifest(*edits: tuple[str, str]) -> Manifest:
    """The bureau's manifest, some of its words replaced; each must be there."""
    text = YAML
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return load(text, "mdj-qzk.yaml")
