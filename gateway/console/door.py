"""At the console's door: who sits at the browser, which pages are theirs, and how a page says no."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse

from contracts.audit import Draft, EntryKind, Outcome, Subject, done_by
from contracts.errors import LandbridgeError, LogUnavailable, NotGranted
from contracts.people import SignInFirst
from contracts.text import text
from gateway.access.roles import ELSEWHERE, TITLES
from gateway.access.sittings import Person
from gateway.api.door import house_of
from gateway.api.doors import NOT_YOURS, Asking, Reach
from gateway.console.doors import PAGES, POLLED, menu_of, within
from gateway.console.forms import Form, read_form, token_for
from gateway.console.rendering import HEADERS, PROBLEM, Found, address_of, page, page_soon

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from starlette.responses import Response

    Facts = Coroutine[Any, Any, Mapping[str, Any]]
    """What a page is about, looked for while its frame is on the way."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody signed in before a page that is theirs, and how far they see there."""

    person: Person
    reach: Reach
    token: str = field(repr=False)

    @property
    def id(self) -> str:
        """As the log says it."""
        return self.person.id

    def sees(self, agency: str) -> bool:
        """Whether this agency is within reach."""
        return self.reach is Reach.ALL or agency in self.person.agencies

    def entry(self, kind: EntryKind, **facts: Any) -> Draft:
        """An entry of this person's act."""
        return Draft(kind=kind, **done_by(self.id), **facts)


def cookie_of(request: Request) -> str:
    """The sitting's cookie; over TLS one that no other host or path can set (RFC 6265bis, `__Host-`)."""
    return "__Host-landbridge" if over_tls(request) else "landbridge"


def over_tls(request: Request) -> bool:
    """Whether browsers come by TLS, and cookies are to come by nothing else."""
    return house_of(request).base_url.startswith("https:")


async def _who_sits(request: Request) -> Person:
    token, polled = request.cookies.get(cookie_of(request)), request.scope["route"].path in POLLED
    person = await house_of(request).sittings.whose(token, seen=not polled)
    if person is None:
        raise SignInFirst
    return person


async def admitted(request: Request) -> Guest:
    """For every page that roles decide: who sits there. Raises SignInFirst; NotGranted, which is an entry."""
    person = await _who_sits(request)
    door = PAGES[request.method, request.scope["route"].path]
    reach = door.reach((person.role,))
    guest = Guest(person, reach or Reach.OWN, token_for(request.cookies[cookie_of(request)]))
    request.state.guest = guest  # whoever may not see this page still has a page that says so
    agency = request.path_params.get("agency")
    if reach is None:
        await _refuse(request, guest)
        raise NotGranted(
            text(
                f"该页面供{'、'.join(TITLES[role].zh for role in door.roles)}使用",
                f"This page is for: {', '.join(TITLES[role].en for role in door.roles)}",
            ),
            ELSEWHERE,
        )
    if agency is not None and not guest.sees(agency):
        await _refuse(request, guest)
        raise NotGranted(NOT_YOURS, ELSEWHERE)
    return guest


ASKED: Asking = {admitted: lambda door: bool(door.roles)}

Admitted = Annotated[Guest, Depends(admitted)]


async def posted(request: Request, guest: Admitted) -> Form:
    """The form that this person sent from a page of theirs. Raises FormStale, AskMalformed."""
    return await read_form(request, guest.token)


Posted = Annotated[Form, Depends(posted)]


async def _refuse(request: Request, guest: Guest) -> None:
    refusal = NotGranted()
    outcome = Outcome(status=refusal.status, problem=refusal.type)
    place = Subject(type="address", id=request.scope["route"].path)
    await house_of(request).log.append(guest.entry(EntryKind.REFUSED, outcome=outcome, subject=place))


async def show(
    request: Request, guest: Guest, template: str, status: int | None = None, /, **facts: Any
) -> Response:
    """A page of somebody signed in, within the frame of their menu. `problem`: an error it begins with.

    What stands round a form that comes back is looked at like any page. While the log is out it comes back
    all the same: what was typed is not lost.
    """
    if facts.get("problem") and template != PROBLEM:
        with suppress(LogUnavailable):
            await record(request, guest)
    return page(request, template, status, **_frame(request, guest) | facts)


def show_soon(
    request: Request,
    guest: Guest,
    template: str,
    facts: Facts,
    /,
    *,
    unrecorded: bool = False,
    **known: Any,
) -> Response:
    """The same, its frame leaving at once; its facts follow once the log has who is about to see them.

    `unrecorded`: it shows a form and nothing of anybody's, or they write an entry themselves that says more.
    `known`: what is known without them, for the title above all. What is wrong with the question is to be
    said before, with its status; an error of ours that comes later stands where the facts would.
    """

    async def found() -> Found:
        try:
            if not unrecorded:
                await record(request, guest)
            # From here the log says that this page was looked at.
            return Found(template, await facts)
        except LandbridgeError as error:
            return Found(PROBLEM, {"problem": error})

    # Closed when the page is over: then nobody asks for them any more.
    return page_soon(request, template, found, facts.close, **_frame(request, guest) | known)


async def nothing_more() -> Mapping[str, Any]:
    """For a page that is known before it is begun."""
    return {}


async def record(request: Request, guest: Guest) -> None:
    """Tell the log that this page is about to be seen. Raises LogUnavailable."""
    path, named = request.url.path, request.path_params
    whom = next((each for each in ("account", "consumer") if each in named), None)
    # Whoever is followed is followed with those who looked at them.
    subject = Subject(type=whom, id=named[whom], note=path) if whom else Subject(type="page", id=path)
    agencies = (named["agency"],) if "agency" in named else ()
    await house_of(request).log.append(guest.entry(EntryKind.LOOKED, subject=subject, agencies=agencies))


def _frame(request: Request, guest: Guest) -> dict[str, Any]:
    menu = menu_of(guest.person.role)
    done, current = request.query_params.get("done", ""), within(menu, request.url.path)
    frame = {"guest": guest, "menu": menu, "current": current, "done": done, "problem": None}
    printed = {"shown_at": house_of(request).clock(), "base": house_of(request).base_url}
    return frame | printed | {"may": partial(may, guest)}


def may(guest: Guest, path: str, method: str = "GET") -> bool:
    """Whether a page is there, and this person's."""
    door = PAGES.get((method, path))
    return door is not None and door.reach((guest.person.role,)) is not None


def go(path: str, done: str | None = None, **query: str) -> Response:
    """On to another page of ours after something was done; `done` is a word of `NOTICES`."""
    asked = {name: value for name, value in (query | {"done": done or ""}).items() if value}
    words = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    return RedirectResponse(path + (f"?{words}" if words else ""), 303, HEADERS)


def of_ours(path: str, otherwise: str = "/console") -> str:
    """An address to go to that somebody sent: a page of ours, or `otherwise`."""
    try:
        split = urlsplit(path)
    except ValueError:
        return otherwise
    plain = not split.scheme and not split.netloc and path.isprintable()
    return path if plain and _ours(split.path) else otherwise


def is_page(request: Request) -> bool:
    """Whether a person asked with a browser, and a problem is to be a page."""
    return _ours(request.url.path)


def _ours(path: str) -> bool:
    return f"{path}/".startswith("/console/")


async def on_error(request: Request, error: Exception) -> Response:
    """A problem as a page; who is not signed in comes to the sign-in page, and then back."""
    ours = error if isinstance(error, LandbridgeError) else LandbridgeError()
    if isinstance(ours, SignInFirst) and request.method == "GET":
        here = address_of(request)
        return go("/console/sign-in", back="" if here == "/console" else here)
    guest: Guest | None = getattr(request.state, "guest", None)
    headers: Mapping[str, str] = {"retry-after": "30"} if ours.retry else {}
    answer = (
        await show(request, guest, PROBLEM, problem=ours)
        if guest
        else page(request, "problem-alone.html", problem=ours)
    )
    answer.headers.update(headers)
    return answer
