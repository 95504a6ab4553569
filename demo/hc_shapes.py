"""One project in the shapes the housing bureau answers in: rows of XML within a SOAP string, declared GB2312.

Pure: a project as `projects.json` has it (numbers read as Decimal) in, rows of each service out. A row is a
mapping of column names; buildings are one text, days are written four ways, `-1` means success.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from demo.shapes import bare, digits, documents, spoken

Row = dict[str, Any]

DECLARATION = '<?xml version="1.0" encoding="GB2312"?>'


def permits(project: Mapping[str, Any]) -> list[Row]:
    """QuerySgxk 建筑工程施工许可 (M08)."""
    return [
        {
            "LSH": _number("SGXK", fields["permit_no"]),
            "SGXKZBH": fields["permit_no"],
            "PRJNUM": fields["prj_num"],
            "GCDM": fields["engineering_code"],
            "XMDM": fields["project_code"],
            "GCMC": fields["project_name"],
            "JSDW": fields["holder_name"],
            "JSDWDM": fields["holder_uscc"],
            "YDGHXKZBH": fields["land_permit_no"],
            "GCGHXKZBH": fields["project_permit_no"],
            "SGDW": fields["contractor"],
            "SGDWDM": fields["contractor_uscc"],
            "JLDW": fields["supervisor"],
            "SJDW": fields["designer"],
            "KCDW": fields["surveyor"],
            "HTJG": digits(fields["contract_price_wan"], 4),
            "ZJZMJ": digits(fields["total_area_m2"], 2),
            "DTGC": "、".join(fields["buildings"]),
            "JHKGRQ": fields["plan_start"],
            "JHJGRQ": fields["plan_end"],
            "FZRQ": fields["issued_on"].replace("-", ""),
            "XMFZR": "测试负责人",
            "LXDH": "0453-0000000",
            "SJYXBS": "1",
            "FJS": _files("sgxk", fields["permit_no"], files),
        }
        for fields, files in documents(project, "M08")
    ]


def presales(project: Mapping[str, Any]) -> list[Row]:
    """QueryYsxk 商品房预售许可 (M10)."""
    return [
        {
            "YSXKZH": fields["permit_no"],
            "XMMC": fields["project_name"],
            "KFQY": fields["holder_name"],
            "KFQYDM": fields["holder_uscc"],
            "YSFW": ",".join(fields["buildings"]),
            "YSMJ": digits(fields["presale_area_m2"], 2),
            "YSTS": str(fields["presale_units"]),
            "FZRQ": fields["issued_on"].replace("-", "/"),
            "JGZH": fields["escrow_account_masked"],
            "SJYXBS": "1",
            "FJS": _files("ysxk", fields["permit_no"], files),
        }
        for fields, files in documents(project, "M10")
    ]


def fire_opinions(project: Mapping[str, Any]) -> list[Row]:
    """QueryXfys 消防验收意见书与备案凭证 (M12)."""
    return [
        {
            "WSBH": fields["doc_no"],
            "WSLX": "2" if "备案" in fields["kind"] else "1",
            "XMMC": project["name"],
            "JSDW": fields["holder_name"],
            "DTGC": "、".join(fields["buildings"]),
            "YSJL": fields["conclusion"],
            "CJRQ": spoken(fields["issued_on"]),
            "SJYXBS": "1",
            "FJS": _files("xfys", fields["doc_no"], files),
        }
        for fields, files in documents(project, "M12")
    ]


def filings(project: Mapping[str, Any]) -> list[Row]:
    """QueryJgysba 综合竣工验收备案 (M14)."""
    return [
        {
            "CERTCODE": fields["filing_no"],
            "BABH": fields["local_no"],
            "PRJNUM": fields["filing_no"].partition("-")[0],
            "GCDM": fields["engineering_code"],
            "XMDM": fields["project_code"],
            "SGXKCERTCODE": fields["construction_permit_no"],
            "SCHGSBH": fields["drawing_review_no"],
            "BUILDUNIT": fields["holder_name"],
            "BUILDUNITCODE": fields["holder_uscc"],
            "PROJNAME": fields["project_name"],
            "JSDZ": fields["location"],
            "SFSXLHYS": "1" if fields["joint_acceptance"] else "0",
            "BAZH": "、".join(fields["buildings"]),
            "BUILDINGAREA": digits(fields["total_area_m2"], 2),
            "STARTDATE": fields["started_on"].replace("-", "/"),
            "COMPLETEDATE": fields["completed_on"].replace("-", "/"),
            "JGYSDATE": f"{fields['filed_on']} 00:00:00",
            "BAJG": fields["filing_authority"],
            "BAJGXYDM": fields["filing_authority_uscc"],
            "BAFW": fields["scope"],
            "SJYXBS": "1",
            "FJS": _files("jgysba", fields["filing_no"], files),
        }
        for fields, files in documents(project, "M14")
    ]


SERVICES: Mapping[str, Callable[[Mapping[str, Any]], list[Row]]] = MappingProxyType(
    {"QuerySgxk": permits, "QueryYsxk": presales, "QueryXfys": fire_opinions, "QueryJgysba": filings}
)
"""One project's rows by service."""

NAMES: Mapping[str, str] = MappingProxyType(
    {"QuerySgxk": "GCMC", "QueryYsxk": "XMMC", "QueryXfys": "XMMC", "QueryJgysba": "PROJNAME"}
)
"""The column that names the project, by service."""


def reply(rows: Iterable[Row], code: str = "-1", message: str = "调用成功！") -> str:
    """The bureau's XML around rows; no rows: it has none."""
    data = "".join(f"<ROW>{_columns(row)}</ROW>" for row in rows)
    return (
        f"{DECLARATION}<ROOT><CODE>{code}</CODE><MSG>{message}</MSG>"
        f"<TIMESTAMP>20221111093000</TIMESTAMP><DATA>{data}</DATA></ROOT>"
    )


def declined(message: str) -> str:
    """The bureau's own word for no."""
    return reply([], "1", html.escape(message))


def enveloped(result: str) -> str:
    """A result in the envelope of the bureau's service."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<ns2:queryResponse xmlns:ns2="http://hc.demo.example/"><ns2:return>'
        f"{html.escape(result, quote=False)}</ns2:return></ns2:queryResponse></soap:Body></soap:Envelope>"
    )


def fault(code: str, words: str) -> str:
    """A SOAP 1.1 fault."""
    return (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
        f"<faultcode>soap:{code}</faultcode><faultstring>{html.escape(words)}</faultstring>"
        "</soap:Fault></soap:Body></soap:Envelope>"
    )


def _columns(row: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_told(value)}</{name}>" for name, value in row.items())


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "".join(f"<FJ>{_columns(file)}</FJ>" for file in value)
    return html.escape(str(value), quote=False)


def _files(folder: str, number: str, files: list[Row]) -> list[Row]:
    place = bare(number)
    return [
        {
            "MC": file["file_name"],
            "LX": file["kind"],
            "DX": str(file["size_bytes"]),
            "LJ": f"upload/{folder}/{place}/{file['file_name']}" if file["present"] else "",
        }
        for file in files
    ]


def _number(prefix: str, number: str) -> str:
    return prefix + bare(number)
