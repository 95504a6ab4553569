"""At the console's door: who sits at the browser, which pages are theirs, and how a page says no."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import RedirectResponse

from contracts.audit import Draft, EntryKind, Outcome, Subject, done_by
from contracts.errors import ConsumerError, LandbridgeError, NotGranted
from contracts.text import text
from gateway.access.roles import TITLES
from gateway.access.sittings import Person
from gateway.api.door import house_of
from gateway.api.doors import Asking, Reach
from gateway.console.doors import PAGES, menu_of, within
from gateway.console.forms import Form, read_form, token_for
from gateway.console.rendering import HEADERS, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response


class SignInFirst(ConsumerError):
    """Nobody sits at this browser, or not any more."""

    type, status = "sign-in-first", 401
    title = text("请先登录", "Sign in first")
    todo = text("请登录后再继续；无操作 30 分钟后会自动退出。", "Sign in; idling for half an hour signs out.")


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
    secure = house_of(request).base_url.startswith("https:")
    return "__Host-landbridge" if secure else "landbridge"


async def who_sits(request: Request) -> Person:
    """For every page that roles decide: who is signed in at this browser. Raises SignInFirst."""
    person = await house_of(request).sittings.whose(request.cookies.get(cookie_of(request)))
    if person is None:
        raise SignInFirst
    return person


ASKED: Asking = {who_sits: lambda door: bool(door.roles)}


async def admitted(request: Request, person: Annotated[Person, Depends(who_sits)]) -> Guest:
    """For every page that roles decide. Raises NotGranted, once the log has it."""
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
            )
        )
    if agency is not None and not guest.sees(agency):
        await _refuse(request, guest)
        raise NotGranted(text("该部门不归您管理", "This agency is not assigned to you"))
    return guest


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


def show(request: Request, guest: Guest, template: str, status: int = 200, **facts: Any) -> Response:
    """A page of somebody signed in, within the frame of their menu. `problem`: an error it begins with."""
    done = request.query_params.get("done", "")
    menu = menu_of(guest.person.role)
    current = within(menu, request.url.path)
    frame = {"guest": guest, "menu": menu, "current": current, "done": done, "problem": None}
    return page(request, template, status, **frame | facts)


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
    return path if plain and (split.path == "/console" or split.path.startswith("/console/")) else otherwise


def is_page(request: Request) -> bool:
    """Whether a person asked with a browser, and a problem is to be a page."""
    path = request.url.path
    return path == "/console" or path.startswith("/console/")


async def on_error(request: Request, error: Exception) -> Response:
    """A problem as a page; who is not signed in comes to the sign-in page, and then back."""
    ours = error if isinstance(error, LandbridgeError) else LandbridgeError()
    if isinstance(ours, SignInFirst) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return go("/console/sign-in", back="" if here == "/console" else here)
    guest: Guest | None = getattr(request.state, "guest", None)
    headers: Mapping[str, str] = {"retry-after": "30"} if ours.retry else {}
    answer = (
        show(request, guest, "problem.html", ours.status, problem=ours)
        if guest
        else page(request, "problem-alone.html", ours.status, problem=ours)
    )
    answer.headers.update(headers)
    return answer
