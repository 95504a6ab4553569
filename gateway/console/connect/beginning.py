"""The first page of connecting: how an agency is asked, and a draft begun from what its papers declare."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from adapters.drafting.editing import content_of, with_frame
from contracts.audit import EntryKind
from contracts.errors import AskMalformed, LandbridgeError
from contracts.exchange import Slug
from contracts.text import text
from gateway.api.door import house_of
from gateway.console.connect import bench as benches
from gateway.console.connect.bench import open_bench
from gateway.console.connect.describing import Papers, Reader, steps_of, typed_before
from gateway.console.connect.pages import bench_again
from gateway.console.connect.titles import title_in
from gateway.console.door import Admitted, Expected, Guest, Posted, go, show, show_soon
from gateway.registry import DocumentKind
from gateway.safe import check_fit

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.console.forms import Form

router = APIRouter(prefix="/console/agencies/{agency}/connect", include_in_schema=False)

_UNSHOWN = frozenset({"token", "value", "password"})
"""What a form brought and its page never shows again."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


@router.get("")
async def begin_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """How the agency is asked, and what is known of it."""
    return show_soon(
        request, visitor, "connect/begin.html", lambda _: _beginning(request, agency, {}), agency=agency
    )


async def _begin(
    request: Request, guest: Guest, agency: str, form: dict[str, str], problem: LandbridgeError
) -> Response:
    facts = await _beginning(request, agency, form) | {"agency": agency}
    facts["steps"] = steps_of(problem) if form.get("protocol") == "table" else ()
    return await show(request, guest, "connect/begin.html", problem=problem, **facts)


async def _beginning(request: Request, agency: str, form: dict[str, str]) -> dict[str, Any]:
    """The form as it was filled in, or as the version in force has it."""
    standing = await house_of(request).registry.in_force(DocumentKind.AGENCY, agency)
    content = content_of(standing.text) if standing else {}
    title = content.get("title") or {}
    empty = {
        "protocol": "soap",
        "address": "",
        "zh": title.get("zh", ""),
        "en": title.get("en", ""),
        "sharing": (content.get("sharing") or {}).get("class", "conditional"),
        "approval": (content.get("sharing") or {}).get("approval", ""),
        "allow_private": "",
        "form": "zip",
        "header": "",
        "schema": "public",
        "user": "",
        "tls": "tls-verify",
    }
    return {
        "title": title_in(content, agency),
        "form": empty | (form or typed_before(content)),
        "standing": standing,
        "steps": (),
    }


@router.post("")
async def begin(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """A draft with the agency's frame and what its papers declare."""
    house = house_of(request)
    papers = Papers(
        form.get("protocol"),
        form.get("address"),
        form.files.get("file", b""),
        form.titles.get("file", ""),
        form.get("form", "zip"),
        "allow_private" in form,
        _reader(form),
    )
    words = {name: form.get(name) for name in form.names() if name not in _UNSHOWN}
    try:
        frame = _frame(form)
        _check_credential(form)
        number = await benches.begin(house, agency, frame, papers, guest.entry(EntryKind.DRAFTED), guest.id)
    except LandbridgeError as error:
        return await _begin(request, guest, agency, words, error)
    try:
        await _credential(request, guest, agency, number, form)
    except LandbridgeError as error:
        # The draft is there: whoever began anew would make another.
        return await bench_again(request, guest, await open_bench(house, agency, number), error)
    return go(f"/console/agencies/{agency}/connect/{number}")


def _reader(form: Form) -> Reader:
    tls = form.get("tls", "tls-verify").removeprefix("tls-")
    return Reader(form.get("schema") or "public", form.get("user"), form.raw("password"), tls)


def _frame(form: Form) -> dict[str, Any]:
    if not form.get("zh"):
        raise AskMalformed(text("请填写部门名称", "Give the agency's name"))
    sharing = {"class": form.get("sharing"), "approval": form.get("approval") or None}
    return {
        "title": {"zh": form.get("zh"), "en": form.get("en") or form.get("zh")},
        "sharing": {name: value for name, value in sharing.items() if value},
    }


def _check_credential(form: Form) -> None:
    """Before anything is made of the form. Raises AskMalformed."""
    if form.get("protocol") == "table":
        if form.raw("password"):
            check_fit(form.raw("password"))
        return
    if form.get("header") and not _HEADER.fullmatch(form.get("header")):
        raise AskMalformed(text("凭据的标头名称不正确", "The credential's header has no such name"))
    if form.raw("value"):
        check_fit(form.raw("value"))


async def _credential(request: Request, guest: Guest, agency: str, number: int, form: Form) -> None:
    """What the agency wants to see with every question: a header, or a database's password; into the safe."""
    header, value, table = form.get("header"), form.raw("value"), form.get("protocol") == "table"
    if not header and not table:
        return
    # Of this draft: what is in force goes by its own.
    house, name = house_of(request), f"reader-{number}" if table else f"key-{number}"
    bench = await open_bench(house, agency, number)
    named: dict[str, Any] = {"credentials": {"headers": {header: f"{{secret:{agency}/{name}}}"}}}
    if table:
        named, value = {"table": {"password": f"secret:{agency}/{name}"}}, form.raw("password")
    document = with_frame(bench.version.text, {"connection": named})
    await benches.save(house, bench, document, guest.entry(EntryKind.DRAFTED))
    if value:
        await house.safe.put(agency, name, value, guest.entry(EntryKind.SECRET))
