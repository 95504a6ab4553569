"""A time line of one project, one operator or one consumer, day by day."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from contracts.audit import EntryKind
from contracts.errors import LandbridgeError
from contracts.text import Text
from gateway.api.called import names_in
from gateway.api.door import house_of, read_words
from gateway.api.overviews import FollowAsked, along, whom
from gateway.audit.sentence import sentence
from gateway.console.days import edges
from gateway.console.door import Expected, Guest, confirmed, show, show_soon
from gateway.console.log.search import filled
from gateway.console.log.typed import in_form
from gateway.console.rendering import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from starlette.responses import Response

    from gateway.audit.names import Names
    from gateway.audit.search import Found, Query

router = APIRouter(prefix="/console/log", include_in_schema=False)

SHOWN = 100
_PAGE = "log/follow.html"
_WHO = dict.fromkeys(("project", "operator", "consumer"), "who")
_TIMED = len("2026-03-02 14:05 ")


@router.get("/follow")
async def follow_page(request: Request, visitor: Expected) -> Response:
    """The form; once somebody or something is named, the time line, which is an entry."""
    typed = {name: request.query_params.get(name, "").strip() for name in ("what", "who", "from", "until")}
    if not typed["who"]:
        return show_soon(request, visitor, _PAGE, lambda guest: _line(request, guest, typed), unrecorded=True)
    guest = await confirmed(request, visitor)
    try:
        asked = _asked(request, typed)
        query = await whom(house_of(request), asked)
    except LandbridgeError as error:
        told = in_form(error, _WHO)
        return await show(request, guest, _PAGE, problem=told, **await _line(request, guest, typed))
    return show_soon(
        request, guest, _PAGE, lambda guest: _line(request, guest, typed, asked, query), unrecorded=True
    )


def _asked(request: Request, typed: Mapping[str, str]) -> FollowAsked:
    before = request.query_params.get("before") or None
    words: dict[str, Any] = {"what": typed["what"], "who": typed["who"], "before": before, "limit": SHOWN}
    return read_words(FollowAsked, words | edges(typed["from"], typed["until"]))


async def _line(
    request: Request,
    guest: Guest,
    typed: Mapping[str, str],
    asked: FollowAsked | None = None,
    query: Query | None = None,
) -> dict[str, Any]:
    house, page = house_of(request), None
    if asked and query:
        page = await along(house, query, asked, guest.entry(EntryKind.AUDIT))
    finds = page.finds if page else ()
    told = _told(finds, await names_in(house, finds))
    return {
        "typed": typed,
        "consumers": await house.access.titles(),
        "days": [(day, list(each)) for day, each in groupby(told, lambda each: each["day"])],
        "before": page.before if page else None,
        "asked": urlencode(filled(typed)),
    }


def _told(finds: Iterable[Found], names: Names) -> Iterator[dict[str, Any]]:
    """Each entry with its day and minute apart from what it says."""
    for found in finds:
        told = sentence(found.entry, names)
        zh, en = (getattr(told, language) for language in LANGUAGES)
        timed = found.entry is not None
        yield {
            "index": found.index,
            "day": zh[:10] if timed else "",
            "minute": zh[11:16] if timed else "",
            "kind": (found.entry or {}).get("kind", ""),
            "told": Text(zh=zh[_TIMED:], en=en[_TIMED:]) if timed else told,
            "tone": _tone(found),
            "fits": found.fits,
        }


def _tone(found: Found) -> str:
    kind = (found.entry or {}).get("kind")
    return {"refused": "bad", "failed": "bad", "turned-away": "bad", "answered": "good"}.get(str(kind), "")
