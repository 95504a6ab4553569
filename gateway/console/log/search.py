"""Searching the log: a form, a page of finds as sentences, and searches saved under a name."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError
from contracts.text import text
from contracts.time import BEIJING, shown
from gateway.api.door import house_of, read_words
from gateway.api.searches import SearchAsked, Wanted, looked_for, query_of, said
from gateway.api.searches import shown as page_shown
from gateway.audit import saved
from gateway.audit.saved import Saved
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.registry import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from contracts.audit import Draft
    from gateway.house import House

router = APIRouter(prefix="/console/log", include_in_schema=False)

WORDS = ("project", "case", "consumer", "operator", "agency", "kind", "material", "outcome", "from", "until")
"""The fields of the form, in its order."""


@router.get("")
async def search_page(request: Request, guest: Admitted) -> Response:
    """The form; with any field in the address, also what is found, which is an entry."""
    typed = typed_in(request.query_params)
    if not any(name in request.query_params for name in (*WORDS, "before")):
        return await _form(request, guest, typed)
    house = house_of(request)
    try:
        asked = read_words(SearchAsked, worded(typed) | _cursor(request))
        entry = guest.entry(EntryKind.AUDIT)
        page = page_shown(await looked_for(house, await query_of(house, asked), asked, entry))
    except LandbridgeError as error:
        return await _form(request, guest, typed, error.status, problem=error)
    return await _form(request, guest, typed, page=page)


@router.post("/saved")
async def save(request: Request, guest: Admitted, form: Posted) -> Response:
    """Keep a search under a name; its words are checked as if it were made now."""
    house, typed = house_of(request), typed_in({name: form.get(name) for name in WORDS})
    kept = Saved(form.get("name"), {name: word for name, word in typed.items() if word})
    try:
        entry = await _of(house, guest, typed, "saved")
        await saved.keep(house.log, guest.person.account, kept, entry)
    except LandbridgeError as error:
        return await _form(request, guest, typed, error.status, problem=error)
    return go("/console/log", "search-saved", **kept.words)


@router.post("/saved/deletion")
async def forget(request: Request, guest: Admitted, form: Posted) -> Response:
    """Delete a saved search of one's own."""
    entry = guest.entry(EntryKind.AUDIT, subject=Subject(type="saved-search", id="one", note="deleted"))
    await saved.forget(house_of(request).log, guest.person.account, form.get("name"), entry)
    return go("/console/log", "search-forgotten")


def typed_in(words: Mapping[str, str]) -> dict[str, str]:
    """The form's fields as they were filled in."""
    return {name: words.get(name, "").strip() for name in WORDS}


def worded(typed: Mapping[str, str]) -> dict[str, str]:
    """As a search says it: days at +08:00 become instants, the last day whole. Raises AskMalformed."""
    words = {name: word for name, word in typed.items() if word}
    if first := words.pop("from", ""):
        words["from"] = shown(midnight(day(first)))
    if last := words.pop("until", ""):
        words["until"] = shown(midnight(day(last) + timedelta(days=1)))
    return words


def day(written: str) -> date:
    """A day as a browser writes it. Raises AskMalformed."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        found = date.min
    if not 2000 <= found.year < 9000:
        raise AskMalformed(text("日期应形如 2026-03-02", "A day reads 2026-03-02"))
    return found


def midnight(of: date) -> datetime:
    """When a day begins at +08:00."""
    return datetime.combine(of, time(), BEIJING)


async def consumers(house: House) -> list[str]:
    """Those that there are, to choose from."""
    return [str(each["id"]) for each in await house.access.listed()]


async def choices(house: House) -> dict[str, list[str]]:
    """What the fields of a search offer."""
    return {
        "kinds": [kind.value for kind in EntryKind],
        "materials": list(KINDS),
        "agencies": sorted(await house.registry.current(DocumentKind.AGENCY)),
        "consumers": await consumers(house),
    }


async def _of(house: House, guest: Guest, typed: Mapping[str, str], note: str) -> Draft:
    """The entry says what is looked for and not what it was called: a name may be anybody's."""
    query = await query_of(house, read_words(Wanted, worded(typed)))
    return guest.entry(EntryKind.AUDIT, subject=Subject(type="saved-search", id=said(query), note=note))


def _cursor(request: Request) -> dict[str, str]:
    before = request.query_params.get("before")
    return {"before": before} if before else {}


async def _form(
    request: Request, guest: Guest, typed: dict[str, str], status: int = 200, **facts: object
) -> Response:
    house = house_of(request)
    kept = await saved.listed(house.log, guest.person.account)
    words = {name: word for name, word in typed.items() if word}
    return show(
        request,
        guest,
        "log/search.html",
        status,
        **{"page": None, "problem": None} | facts,
        typed=typed,
        asked=urlencode(words),
        longest=saved.LONGEST,
        saved=[(each, urlencode(each.words)) for each in kept],
        **await choices(house),
    )
