"""Searching the log: a form, a page of finds as sentences, and searches saved under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.catalogue import KINDS
from contracts.errors import LandbridgeError
from gateway.api.agencies import titles
from gateway.api.door import house_of, read_words
from gateway.api.searches import SearchAsked, Wanted, looked_for, query_of, said
from gateway.api.searches import shown as page_shown
from gateway.audit import saved
from gateway.audit.saved import Saved
from gateway.console.days import edges
from gateway.console.door import Admitted, Expected, Guest, Posted, confirmed, go, show, show_soon
from gateway.console.log.typed import in_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from contracts.audit import Draft
    from gateway.audit.search import Query
    from gateway.house import House

router = APIRouter(prefix="/console/log", include_in_schema=False)

WORDS = ("project", "case", "consumer", "operator", "agency", "kind", "material", "outcome", "from", "until")
"""The fields of the form, in its order."""


@router.get("")
async def search_page(request: Request, visitor: Expected) -> Response:
    """The form; with any field in the address, also what is found, which is an entry."""
    typed = typed_in(request.query_params)
    if not any(name in request.query_params for name in (*WORDS, "before")):
        return show_soon(
            request, visitor, "log/search.html", lambda guest: _form(request, guest, typed), unrecorded=True
        )
    guest = await confirmed(request, visitor)
    try:
        before = request.query_params.get("before") or None
        asked = read_words(SearchAsked, worded(typed) | {"before": before})
        query = await query_of(house_of(request), asked)
    except LandbridgeError as error:
        form = await _form(request, guest, typed, problem=in_form(error))
        return await show(request, guest, "log/search.html", **form)
    return show_soon(
        request,
        guest,
        "log/search.html",
        lambda guest: _finds(request, guest, typed, asked, query),
        unrecorded=True,
    )


async def _finds(
    request: Request, guest: Guest, typed: dict[str, str], asked: SearchAsked, query: Query
) -> dict[str, Any]:
    house, entry = house_of(request), guest.entry(EntryKind.AUDIT)
    try:
        page = await page_shown(house, await looked_for(house, query, asked, entry))
    except LandbridgeError as error:
        return await _form(request, guest, typed, problem=error)
    return await _form(request, guest, typed, page=page)


@router.post("/saved")
async def save(request: Request, guest: Admitted, form: Posted) -> Response:
    """Keep a search under a name; its words are checked as if it were made now."""
    house, typed = house_of(request), typed_in({name: form.get(name) for name in WORDS})
    kept = Saved(form.get("name"), filled(typed))
    try:
        entry = await _of(house, guest, typed, "saved")
        await saved.keep(house.log, guest.person.account, kept, entry)
    except LandbridgeError as error:
        facts = await _form(request, guest, typed, problem=in_form(error))
        return await show(request, guest, "log/search.html", **facts)
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


def worded(typed: Mapping[str, str]) -> dict[str, Any]:
    """As a search says it: days at +08:00 become instants, the last day whole. Raises AskMalformed."""
    words: dict[str, Any] = dict(filled(typed))
    return words | edges(words.pop("from", ""), words.pop("until", ""))


def filled(typed: Mapping[str, str]) -> dict[str, str]:
    """The fields that say something."""
    return {name: word for name, word in typed.items() if word}


async def choices(house: House) -> dict[str, Any]:
    """What the fields of a search offer; consumers and agencies by id, with what people call them."""
    return {
        "kinds": [kind.value for kind in EntryKind],
        "materials": list(KINDS),
        "agencies": dict(sorted((await titles(house)).items())),
        "consumers": await house.access.titles(),
    }


async def _of(house: House, guest: Guest, typed: Mapping[str, str], note: str) -> Draft:
    """The entry says what is looked for and not what it was called: a name may be anybody's."""
    query = await query_of(house, read_words(Wanted, worded(typed)))
    return guest.entry(EntryKind.AUDIT, subject=Subject(type="saved-search", id=said(query), note=note))


async def _form(request: Request, guest: Guest, typed: dict[str, str], **facts: object) -> dict[str, Any]:
    house = house_of(request)
    kept = await saved.listed(house.log, guest.person.account)
    return {
        "page": None,
        "problem": None,
        "typed": typed,
        "asked": urlencode(filled(typed)),
        "longest": saved.LONGEST,
        "saved": [(each, urlencode(each.words)) for each in kept],
        **await choices(house),
        **facts,
    }
