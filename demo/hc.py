"""牡丹江市住房和城乡建设局（演示）: a small real SOAP service with its own WSDL and its habits.

One operation, `query`, takes a string of XML and returns one; HEAD names the service, BODY the criteria. A
question without a criterion is declined, one that finds nothing is a success without rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from adapters.decode import Element, parse_xml
from contracts.errors import AgencyFailed
from demo.control import Desk, Fault
from demo.hc_shapes import NAMES, SERVICES, Row, declined, enveloped, fault, reply
from demo.nr import KINDS_OF_FILE, octets_of

WSDL = Path(__file__).with_name("hc.wsdl")
PATH = "/services/HcService"


def create(projects: Iterable[Mapping[str, Any]], desk: Desk) -> Starlette:
    """The bureau's application over these projects of `projects.json` (numbers read as Decimal)."""
    known = list(projects)
    tables = {
        service: [row for project in known for row in shape(project)] for service, shape in SERVICES.items()
    }
    sizes = {file["LJ"]: int(file["DX"]) for rows in tables.values() for row in rows for file in row["FJS"]}
    desk.replies = {
        Fault.BROKEN: lambda: _xml(fault("Server", "java.lang.NullPointerException"), 500),
        Fault.DECLINED: lambda: _xml(enveloped(declined("查询失败"))),
    }

    async def describe(_: Request) -> Response:
        return Response(WSDL.read_bytes(), media_type="text/xml")

    async def ask(request: Request) -> Response:
        return _answered(await request.body(), tables, desk)

    async def file(request: Request) -> Response:
        path = "upload/" + str(request.path_params["path"])
        if path not in sizes:
            return Response("文件不存在", 404)
        media_type = KINDS_OF_FILE[path.rpartition(".")[2].lower()][1]
        length = {"Content-Length": str(sizes[path])}
        return StreamingResponse(octets_of(path, sizes[path]), headers=length, media_type=media_type)

    return Starlette(
        routes=[
            Route(PATH, describe, methods=["GET"]),
            Route(PATH, ask, methods=["POST"]),
            Route("/upload/{path:path}", file),
        ]
    )


def _answered(octets: bytes, tables: Mapping[str, list[Row]], desk: Desk) -> Response:
    try:
        asked = parse_xml(_text(parse_xml(octets), "xmlStr"))
    except AgencyFailed:
        return _xml(fault("Client", "xmlStr"), 500)
    service = _text(asked, "SERVICE")
    if service not in tables:
        return _xml(enveloped(declined("服务不存在")))
    names = {"PROJNAME": NAMES[service], "PRJNUM": "PRJNUM"}
    given = {column: value for name, column in names.items() if (value := _text(asked, name).strip())}
    if not given:
        return _xml(enveloped(declined("缺少查询条件")))
    rows = [row for row in tables[service] if _fits(row, given)]
    if desk.fault is Fault.OTHER_PROJECT:
        rows = [row for row in tables[service] if row not in rows][:1]
    return _xml(enveloped(reply(rows)))


def _fits(row: Row, given: Mapping[str, str]) -> bool:
    """By number exactly, by name if it is contained."""
    return all(
        value == row.get(column) if column == "PRJNUM" else value in row[column]
        for column, value in given.items()
    )


def _text(root: Element, name: str) -> str:
    return next((element.text or "" for element in root.iter(f"{{*}}{name}")), "")


def _xml(content: str, status: int = 200) -> Response:
    return Response(content.encode(), status, media_type="text/xml; charset=utf-8")
