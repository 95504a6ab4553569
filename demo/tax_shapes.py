"""One project in the shapes the tax office answers in: JSON within JSON, in pages.

Pure: a project as `projects.json` has it (numbers read as Decimal) in, rows of each endpoint out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from demo.shapes import bare, digits, documents

Native = dict[str, Any]


def payments(project: Mapping[str, Any]) -> list[Native]:
    """GET /swfw/queryTdcrj 土地出让价款缴纳 (M03)."""
    return [
        {
            "pjhm": fields["receipt_no"],
            "jkr": fields["payer_name"],
            "jkrsbh": fields["payer_uscc"],
            "dzjgh": fields["supervision_no"],
            "sfxm": fields["item"],
            "jkje": digits(fields["amount_yuan"], 2),
            "jkrq": fields["paid_on"].replace("-", ""),
            "sfjq": "Y" if fields["paid_in_full"] else "N",
            "zt": "1",
            "fj": _files(fields["receipt_no"], files),
        }
        for fields, files in documents(project, "M03")
    ]


def deed_taxes(project: Mapping[str, Any]) -> list[Native]:
    """GET /swfw/queryQs 契税完税 (M04)."""
    return [
        {
            "dzsphm": fields["voucher_no"],
            "sz": fields["tax_kind"],
            "nsrmc": fields["payer_name"],
            "nsrsbh": fields["payer_uscc"],
            "jsje": digits(fields["taxable_yuan"], 2),
            "sl": f"{digits(fields['rate_pct'], 1)}%",
            "sjje": f"{Decimal(fields['amount_yuan']):,.2f}",
            "skrq": fields["paid_on"].replace("-", ""),
            "dzjgh": fields["relates_to"],
            "zt": "1",
            "fj": _files(fields["voucher_no"], files),
        }
        for fields, files in documents(project, "M04")
    ]


ENDPOINTS: Mapping[str, Callable[[Mapping[str, Any]], list[Native]]] = MappingProxyType(
    {"/swfw/queryTdcrj": payments, "/swfw/queryQs": deed_taxes}
)
"""One project's rows by path."""

PAYER: Mapping[str, str] = MappingProxyType({"/swfw/queryTdcrj": "jkrsbh", "/swfw/queryQs": "nsrsbh"})
"""The column of the payer's number, by path."""


def reply(rows: Sequence[Native], page: int = 1, size: int = 10) -> Native:
    """One page of the rows, as the office sends it: the data are a JSON text within the JSON."""
    start = (page - 1) * size
    data = {"pageNo": page, "pageSize": size, "total": len(rows), "list": list(rows[start : start + size])}
    return {"code": "0000", "msg": "成功", "data": json.dumps(data, ensure_ascii=False)}


def file_reply(number: str, content: str) -> Native:
    """A file as the office sends it, in Base64."""
    return {"code": "0000", "msg": "成功", "data": json.dumps({"wjid": number, "content": content})}


def declined(message: str) -> Native:
    """The office's own word for no."""
    return {"code": "9999", "msg": message, "data": ""}


def _files(number: str, files: list[Native]) -> list[Native]:
    place = bare(number)
    return [
        {
            "wjid": f"{place}-{index}" if file["present"] else "",
            "wjm": file["file_name"],
            "wjlx": file["kind"],
            "wjdx": int(file["size_bytes"]),
        }
        for index, file in enumerate(files, 1)
    ]
