"""One project in the shapes the natural resources agency answers in: pinyin columns and their oddities.

Pure: a project as `projects.json` has it (numbers read as Decimal) in, rows of each endpoint out. Areas are
strings in hectares or m², days are written five ways, `0` and `""` mean nothing, the paper's stock number
stands beside the permit number. It stands in for 发改 (queryXmba) and 市场监管 (queryZtxx) as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from demo.shapes import bare, digits, documents, spoken

Native = dict[str, Any]

_BEIJING = timezone(timedelta(hours=8))
_CONTACT = {"lxr": "测试联系人", "lxdh": "0453-0000000"}
_ACQUIRE = {"出让": "1", "划拨": "2"}
_DOC_NAMES = {"出让合同": "土地出让合同"}


def filing(project: Mapping[str, Any]) -> list[Native]:
    """GET /dchy/queryXmba?xmdm= 企业投资项目备案 (M01)."""
    return [
        {
            "xmbh": _number("XMBA", fields["project_code"]),
            "xmdm": fields["project_code"],
            "xmmc": fields["project_name"],
            "bajg": fields["filing_authority"],
            "xmdw": fields["holder_name"],
            "xmdwdm": fields["holder_uscc"],
            "ztz": digits(fields["total_investment_wan"], 2),
            "jzmj": digits(fields["build_scale_m2"], 2),
            "ydmj": digits(fields["land_area_m2"], 2),
            "barq": fields["filed_on"],
            "zt": "1",
            "fj": _files("xmba", fields["project_code"], files),
            "createTime": 0,
        }
        for fields, files in documents(project, "M01")
    ]


def contract(project: Mapping[str, Any]) -> list[Native]:
    """GET /dchy/queryTdcrList 土地出让 (M02): the area in hectares, m² in another column, days as numbers."""
    return [
        {
            "xmbh": _number("TDCR", fields["contract_no"]),
            "dzjgh": fields["supervision_no"],
            "htbh": fields["contract_no"],
            "xmdm": fields["project_code"],
            "xmmc": project["name"],
            "crr": fields["transferor"],
            "srr": fields["transferee_name"],
            "srrdm": fields["transferee_uscc"],
            "xzq": project["region_code"],
            "tdzl": fields["location"],
            "bdcdyh": fields["parcel_code"],
            "crmj": digits(fields["land_area_ha"], 4),
            "crmjpfm": digits(fields["land_area_m2"], 2),
            "ytmx": [_use(use) for use in fields["land_use"]],
            "rjlxx": f"≥{fields['far_min']}",
            "rjl": f"≤{fields['far_max']}",
            "jzmd": f"≤{fields['density_max_pct']}%",
            "ldl": f"≥{fields['green_min_pct']}%",
            "cjj": str(fields["price_total_wan"]),
            "crfs": fields["transfer_mode"],
            "htqdsj": _stamp(fields["signed_on"]),
            "ydjdsj": _stamp(fields["delivery_due"]),
            "yddgsj": _stamp(fields["start_due"]),
            "ydjgsj": _stamp(fields["complete_due"]),
            "pzwh": fields["approval_doc_no"],
            "pzsj": 0,
            "crnx": "",
            **_CONTACT,
            "fj": _files("tdcr", fields["contract_no"], files),
            "status": 0,
            "createTime": 0,
        }
        for fields, files in documents(project, "M02")
    ]


def land_permit(project: Mapping[str, Any]) -> list[Native]:
    """GET /dchy/queryYdghxk 建设用地规划许可 (M06): here both `xkzh` and `xkzhbh` hold the permit number."""
    return [
        {
            "xmbh": _number("YDGHXK", fields["permit_no"]),
            "xkzh": fields["permit_no"],
            "xkzhbh": fields["permit_no"],
            "yzbh": fields["print_no"],
            "xmdm": fields["project_code"],
            "xmmc": fields["project_name"],
            "yddw": fields["holder_name"],
            "yddwdm": fields["holder_uscc"],
            "pzydjg": fields["approving_org"],
            "pzydwh": fields["approval_doc_no"],
            "ydwz": fields["location"],
            "ydmj": digits(fields["land_area_m2"], 2),
            "tdyt": fields["land_use"],
            "jsgm": fields["build_scale"],
            "tdhqfs": _ACQUIRE[fields["acquire_mode"]],
            "fzjg": fields["issued_by"],
            "fzjgdm": fields["issued_by_uscc"],
            "fzrq": fields["issued_on"].replace("-", "/"),
            "yxq": fields["valid_until"],
            **_CONTACT,
            "bdcdyh": "",
            "xzq": project["region_code"],
            "nd": fields["issued_on"][:4],
            "fj": _files("ydghxk", fields["permit_no"], files),
            "status": 0,
        }
        for fields, files in documents(project, "M06")
    ]


def construction_permit(project: Mapping[str, Any]) -> list[Native]:
    """POST (JSON) /dchy/queryGcghxk 建设工程规划许可 (M07): `xkzhbh` is the paper's stock number here."""
    return [
        {
            "xmbh": _number("JSGCGHXK", fields["permit_no"]),
            "xkzh": fields["permit_no"],
            "xkzhbh": fields["print_no"],
            "ydxkzh": fields["land_permit_no"],
            "xmdm": fields["project_code"],
            "xmmc": fields["project_name"],
            "jsxmmc": fields["project_name"] + "、".join(house["no"] for house in fields["buildings"]),
            "jsdw": fields["holder_name"],
            "jsdwdm": fields["holder_uscc"],
            "jswz": fields["location"],
            "zjzmj": digits(fields["total_area_m2"], 2),
            "dsjzmj": digits(fields["above_area_m2"], 2),
            "dxjzmj": digits(fields["below_area_m2"], 2),
            "jrjzmj": digits(fields["counted_area_m2"], 2),
            "jzmx": [_building(house) for house in fields["buildings"]],
            "jsgm": "",
            "fzjg": fields["issued_by"],
            "fzjgdm": fields["issued_by_uscc"],
            "hfrq": _stamp(fields["issued_on"]),
            "yxq": fields["valid_until"],
            **_CONTACT,
            "bdcdyh": "",
            "xzq": project["region_code"],
            "nd": fields["issued_on"][:4],
            "fj": _files("gcghxk", fields["permit_no"], files),
            "status": 0,
        }
        for fields, files in documents(project, "M07")
    ]


def verification(project: Mapping[str, Any]) -> list[Native]:
    """POST (form) /dchy/queryGhhs 规划核实 (M11)."""
    names = {fields["permit_no"]: fields["project_name"] for fields, _ in documents(project, "M07")}
    return [
        {
            "xmbh": _number("GHHS", fields["cert_no"]),
            "hgzh": fields["cert_no"],
            "xkzh": fields["project_permit_no"],
            "xmmc": names.get(fields["project_permit_no"], project["name"]),
            "jsdw": fields["holder_name"],
            "jsdwdm": fields["holder_uscc"],
            "scjzmj": _grouped(fields["measured_total_area_m2"]),
            "hsjl": fields["conclusion"],
            "hfrq": spoken(fields["issued_on"]),
            "fj": _files("ghhs", fields["cert_no"], files),
            "status": 0,
        }
        for fields, files in documents(project, "M11")
    ]


def company(project: Mapping[str, Any]) -> list[Native]:
    """GET /dchy/queryZtxx?tyshxydm= 市场主体 (M19)."""
    return [
        {
            "tyshxydm": fields["uscc"],
            "qymc": fields["name"],
            "cym": [
                {"mc": former["name"], "bgrq": former["changed_on"].replace("-", "")}
                for former in fields["former_names"]
            ],
            "fddbr": fields["legal_rep_masked"],
            "djzt": fields["status"],
            "yyqxz": _epoch(fields["valid_until"]),
            "jyfw": "/",
        }
        for fields, _ in documents(project, "M19")
    ]


ENDPOINTS: Mapping[str, Callable[[Mapping[str, Any]], list[Native]]] = MappingProxyType(
    {
        "/dchy/queryXmba": filing,
        "/dchy/queryTdcrList": contract,
        "/dchy/queryYdghxk": land_permit,
        "/dchy/queryGcghxk": construction_permit,
        "/dchy/queryGhhs": verification,
        "/dchy/queryZtxx": company,
    }
)
"""One project's rows by path."""


def reply(rows: list[Native]) -> Native:
    """The envelope around rows; no rows: the agency says it has none."""
    return {"type": "success", "result": {"data": rows, "total": len(rows)}}


def declined(message: str) -> Native:
    """The agency's own word for no."""
    return {"type": "error", "message": message}


def _files(folder: str, number: str, files: list[Native]) -> list[Native]:
    place = bare(number)
    return [
        {
            "fId": str(100 + index),
            "fname": _DOC_NAMES.get(file["kind"], file["kind"]),
            "name": file["file_name"],
            "path": f"upload/{folder}/{place}/{file['file_name']}" if file["present"] else "",
            "size": int(file["size_bytes"]),
            "id": 1000 + index,
        }
        for index, file in enumerate(files, 1)
    ]


def _use(use: Mapping[str, Any]) -> Native:
    return {
        "ytdm": use["code"],
        "ytmc": use["name"],
        "ytbz": use["standard"],
        "mj": digits(use["area_m2"], 2),
        "nx": str(use["term_years"]),
        "qsrq": _stamp(use["term_start"]),
        "zzrq": _stamp(use["term_end"]),
    }


def _building(house: Mapping[str, Any]) -> Native:
    return {
        "ldh": house["no"],
        "yt": house["use"],
        "dscs": int(house["floors_above"]),
        "dxcs": int(house["floors_below"]),
        "jzmj": digits(house["area_m2"], 2),
        "ts": str(house["units"]),
    }


def _number(prefix: str, number: str) -> str:
    return prefix + bare(number)


def _grouped(value: Decimal | int) -> str:
    return f"{Decimal(value):,.2f}"


def _stamp(day: str) -> int:
    return int(day.replace("-", "") + "000000")


def _epoch(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=_BEIJING).timestamp() * 1000)
