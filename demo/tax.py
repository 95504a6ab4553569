"""国家税务总局牡丹江市税务局（演示）: a small real HTTP server of a tax office, with its habits.

Two searches in pages, JSON within JSON, and files that are asked for by number and come in Base64.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo.control import Desk, Fault
from demo.nr import octets_of
from demo.tax_shapes import ENDPOINTS, PAYER, Native, declined, file_reply, reply

Endpoint = Callable[[Request], Awaitable[Response]]


def create(projects: Iterable[Mapping[str, Any]], desk: Desk) -> Starlette:
    """The office's application over these projects of `projects.json` (numbers read as Decimal)."""
    known = list(projects)
    tables = {path: [row for project in known for row in shape(project)] for path, shape in ENDPOINTS.items()}
    files = {file["wjid"]: file for rows in tables.values() for row in rows for file in row["fj"]}
    desk.replies = {
        Fault.BROKEN: lambda: JSONResponse(declined("系统内部错误"), 500),
        Fault.DECLINED: lambda: JSONResponse(declined("查询失败")),
    }
    searches = [Route(path, _search(path, tables[path], desk)) for path in tables]
    return Starlette(routes=[*searches, Route("/swfw/getFile", _file(files)), Route("/swfw/ping", _ping)])


def _search(path: str, table: list[Native], desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        asked = request.query_params
        criteria = {"dzjgh": asked.get("dzjgh", "").strip(), PAYER[path]: asked.get("nsrsbh", "").strip()}
        given = {name: value for name, value in criteria.items() if value}
        if not given:
            return JSONResponse(declined("缺少查询条件"))
        rows = [row for row in table if all(row[name] == value for name, value in given.items())]
        if desk.fault is Fault.OTHER_PROJECT:
            rows = [row for row in table if row not in rows][:1]
        page, size = int(asked.get("pageNo", "1")), int(asked.get("pageSize", "10"))
        return JSONResponse(reply(rows, page, size))

    return answer


def _file(files: Mapping[str, Native]) -> Endpoint:
    async def answer(request: Request) -> Response:
        number = request.query_params.get("wjid", "")
        if number not in files:
            return JSONResponse(declined("文件不存在"), 404)
        file = files[number]
        octets = b"".join(octets_of(str(file["wjm"]), int(file["wjdx"])))
        return JSONResponse(file_reply(number, base64.b64encode(octets).decode()))

    return answer


async def _ping(_: Request) -> Response:
    return JSONResponse(reply([]))
