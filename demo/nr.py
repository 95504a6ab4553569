"""牡丹江市自然资源局（演示）: a small real HTTP server of a natural resources bureau, with its habits.

Six searches and the files their rows name. A search without a criterion is declined, one that finds nothing
is a success without rows. Standing in for 发改 and 市场监管, it answers for filings and companies too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demo.control import Desk, Fault
from demo.nr_shapes import ENDPOINTS, Native, declined, reply

Endpoint = Callable[[Request], Awaitable[Response]]

BLOCK = 1 << 16
"""Octets of a file that are made at a time."""


class Search(NamedTuple):
    """How one endpoint is asked: method, and its criteria, of which `like` need only be contained."""

    method: str
    exact: tuple[str, ...]
    like: tuple[str, ...] = ()


SEARCHES = {
    "/dchy/queryXmba": Search("GET", ("xmdm",)),
    "/dchy/queryTdcrList": Search("GET", ("dzjgh", "bdcdyh"), ("xmmc",)),
    "/dchy/queryYdghxk": Search("GET", ("xkzh",), ("xmmc",)),
    "/dchy/queryGcghxk": Search("POST", ("xkzh",), ("xmmc",)),
    "/dchy/queryGhhs": Search("POST", ("xkzh",), ("xmmc",)),
    "/dchy/queryZtxx": Search("GET", ("tyshxydm",)),
}

KINDS_OF_FILE = {
    "pdf": (b"%PDF-1.7\n", "application/pdf"),
    "ofd": (b"PK\x03\x04", "application/ofd"),  # an OFD is a ZIP (GB/T 33190)
    "dwg": (b"AC1032\x00", "image/vnd.dwg"),
    "zip": (b"PK\x03\x04", "application/zip"),
}
"""First octets and media type by extension."""


def create(projects: Iterable[Mapping[str, Any]], desk: Desk) -> Starlette:
    """The bureau's application over these projects of `projects.json` (numbers read as Decimal)."""
    known = list(projects)
    tables = {path: [row for project in known for row in shape(project)] for path, shape in ENDPOINTS.items()}
    sizes = {
        file["path"]: file["size"] for rows in tables.values() for row in rows for file in row.get("fj", ())
    }
    searches = [
        Route(path, _search(search, tables[path], desk), methods=[search.method])
        for path, search in SEARCHES.items()
    ]
    return Starlette(
        routes=[*searches, Route("/dchy/ping", _ping), Route("/upload/{path:path}", _files(sizes))]
    )


def _search(search: Search, table: list[Native], desk: Desk) -> Endpoint:
    async def answer(request: Request) -> Response:
        asked = await _criteria(request)
        criteria = {name: asked.get(name, "").strip() for name in search.exact + search.like}
        given = {name: value for name, value in criteria.items() if value}
        if not given:
            return JSONResponse(declined("缺少查询条件"))
        rows = [row for row in table if _fits(row, given, search)]
        if desk.fault is Fault.OTHER_PROJECT:
            rows = [row for row in table if row not in rows][:1]
        return JSONResponse(reply(rows))

    return answer


def _fits(row: Native, given: Mapping[str, str], search: Search) -> bool:
    return all(
        value in row[name] if name in search.like else value == row[name] for name, value in given.items()
    )


async def _criteria(request: Request) -> dict[str, str]:
    """From the query, a JSON body or a form: this bureau has one of each."""
    if request.method == "GET":
        return dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        return {name: str(value) for name, value in json.loads(await request.body()).items()}
    return dict(parse_qsl((await request.body()).decode()))


async def _ping(_: Request) -> Response:
    return JSONResponse(reply([]))


def _files(sizes: Mapping[str, int]) -> Endpoint:
    async def answer(request: Request) -> Response:
        path = "upload/" + str(request.path_params["path"])
        if path not in sizes:
            return JSONResponse(declined("文件不存在"), 404)
        _, media_type = KINDS_OF_FILE[_extension(path)]
        length = {"Content-Length": str(sizes[path])}
        return StreamingResponse(octets_of(path, sizes[path]), headers=length, media_type=media_type)

    return answer


def octets_of(path: str, size: int) -> Iterator[bytes]:
    """A file of exactly `size` octets, in blocks: the first octets of its kind, then noise.

    The noise follows from the path alone: it is the same file every time.
    """
    magic, _ = KINDS_OF_FILE[_extension(path)]
    for start in range(0, size, BLOCK):
        noise = hashlib.shake_128(f"{path}@{start}".encode()).digest(min(BLOCK, size - start))
        yield noise if start else (magic + noise)[: len(noise)]


def _extension(path: str) -> str:
    return path.rpartition(".")[2].lower()
