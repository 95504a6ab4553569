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
from gateway.access.faces import Person
from gateway.access.roles import ELSEWHERE, TITLES
from gateway.api.door import house_of
from gateway.api.doors import NOT_YOURS, Asking, Reach
from gateway.console.doors import PAGES, POLLED, menu_of, within
from gateway.console.forms import Form, read_form, token_for
from gateway.console.rendering import HEADERS, PROBLEM, Found, address_of, page, page_soon

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response

    from contracts.problems import Told


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom a page's frame is for, and how far they see there: who was here last from this browser."""

    person: Person
    reach: Reach
    token: str = field(repr=False)

    def sees(self, agency: str) -> bool:
        """Whether this agency is within reach."""
        return self.reach is Reach.ALL or agency in self.person.agencies


@dataclass(frozen=True, slots=True)
class Guest(Visitor):
    """The same, looked up: they are signed in, and the page is theirs with all that it shows."""

    @property
    def id(self) -> str:
        """As the log says it."""
        return self.person.id

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


async def expected(request: Request) -> Visitor:
    """For a page that begins with its frame: who was here last, and before anybody has been asked.

    Who sits there now is found out by `show_soon`, or by `confirmed`; for whoever was not here before, or may
    not see this page, at once. Raises SignInFirst, NotGranted.
    """
    token = request.cookies.get(cookie_of(request), "")
    person = house_of(request).sittings.expected(token)
    reach = PAGES[request.method, request.scope["route"].path].reach((person.role,)) if person else None
    if person is None or reach is None:
        return await admitted(request)
    visitor, agency = Visitor(person, reach, token_for(token)), request.path_params.get("agency")
    if agency is not None and not visitor.sees(agency):
        return await admitted(request)
    request.state.guest = visitor
    return visitor


async def confirmed(request: Request, visitor: Visitor) -> Guest:
    """Who sits there now, for more than a frame. Raises SignInFirst; NotGranted, which is an entry."""
    return visitor if isinstance(visitor, Guest) else await admitted(request)


ASKED: Asking = {(admitted, expected): lambda door: bool(door.roles)}

Admitted = Annotated[Guest, Depends(admitted)]

Expected = Annotated[Visitor, Depends(expected)]


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
    if facts.get("problem"):
        with suppress(LogUnavailable):
            await record(request, guest)
    return page(request, template, status, **_frame(request, guest) | facts)


def tell(request: Request, visitor: Visitor, problem: LandbridgeError | Told) -> Response:
    """What went wrong, and nothing else: whatever led to it has told the log."""
    return page(request, PROBLEM, **_frame(request, visitor) | {"problem": problem})


def show_soon(
    request: Request,
    visitor: Visitor,
    template: str,
    facts: Callable[[Guest], Awaitable[Mapping[str, Any]]],
    /,
    *,
    unrecorded: bool = False,
    **known: Any,
) -> Response:
    """The same, its frame leaving at once; its facts are looked for when it is known who sits there now.

    The log has who is about to see them by then.
    `unrecorded`: it shows a form and nothing of anybody's, or they write an entry themselves that says more.
    `known`: what is known without them, for the title above all. What is wrong with the question is to be
    said before, with its status; an error of ours that comes later stands where the facts would.
    """

    async def found() -> Found:
        try:
            guest = await confirmed(request, visitor)
            if not unrecorded:
                await record(request, guest)
            # From here the log says that this page was looked at.
            return Found(template, {"guest": guest, "may": partial(may, guest), **await facts(guest)})
        except LandbridgeError as error:
            return Found(PROBLEM, {"problem": error})

    return page_soon(request, template, found, **_frame(request, visitor) | known)


async def nothing_more(_guest: Guest) -> Mapping[str, Any]:
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


def _frame(request: Request, visitor: Visitor) -> dict[str, Any]:
    menu = menu_of(visitor.person.role)
    done, current = request.query_params.get("done", ""), within(menu, request.url.path)
    frame = {"guest": visitor, "menu": menu, "current": current, "done": done, "problem": None}
    printed = {"shown_at": house_of(request).clock(), "base": house_of(request).base_url}
    return frame | printed | {"may": partial(may, visitor)}


def may(visitor: Visitor, path: str, method: str = "GET") -> bool:
    """Whether a page is there, and this person's."""
    door = PAGES.get((method, path))
    return door is not None and door.reach((visitor.person.role,)) is not None


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
    guest: Visitor | None = getattr(request.state, "guest", None)
    if guest and not isinstance(guest, Guest):
        request.state.guest = None
        try:  # what went wrong is for who sits there now
            guest = await admitted(request)
        except LandbridgeError as refusal:
            ours, guest = refusal, request.state.guest
    if isinstance(ours, SignInFirst) and request.method == "GET":
        here = address_of(request)
        return go("/console/sign-in", back="" if here == "/console" else here)
    headers: Mapping[str, str] = {"retry-after": "30"} if ours.retry else {}
    answer = tell(request, guest, ours) if guest else page(request, "problem-alone.html", problem=ours)
    answer.headers.update(headers)
    return answer
