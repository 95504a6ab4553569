"""The way in: signing in and out, opening an account by its link, passwords, languages, and our own files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import segno
from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse

from contracts.errors import LandbridgeError, NoSuchThing
from contracts.people import PasswordUnfit
from contracts.text import text
from gateway.api.door import house_of
from gateway.console.door import (
    Admitted,
    Expected,
    Posted,
    cookie_of,
    go,
    nothing_more,
    of_ours,
    over_tls,
    show,
    show_soon,
)
from gateway.console.doors import home_of
from gateway.console.forms import Form, read_form
from gateway.console.rendering import HEADERS, HERE, LANGUAGE_COOKIE, LANGUAGES, page

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.access.signon import SignOn

router = APIRouter(prefix="/console", include_in_schema=False)

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_WAY = "landbridge-sign-on"
"""The cookie of somebody on their way to the identity provider and back."""

_YEAR = 31_536_000

_DIFFERENT = text("两次输入的密码不一致", "The two passwords are not the same")


@router.get("")
async def home(guest: Admitted) -> Response:
    """Where this role begins."""
    return go(home_of(guest.person.role))


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    """The form, and what was done before it."""
    done, back = (request.query_params.get(name, "") for name in ("done", "back"))
    return _sign_in(request, done=done, back=back)


def _sign_in(request: Request, **facts: Any) -> Response:
    frame: dict[str, Any] = {"done": "", "back": "", "account": "", "problem": None}
    sign_on = house_of(request).sign_on is not None
    return page(request, "sign-in.html", sign_on=sign_on, **frame | facts)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Both factors at once; then to the page that was wanted."""
    form = await read_form(request, None)
    account, back = form.get("account"), of_ours(form.get("back"))
    remote = request.client.host if request.client else ""
    try:
        token = await house_of(request).sittings.sign_in(
            account, form.raw("password"), form.get("code"), remote
        )
    except LandbridgeError as error:
        return _sign_in(request, back=back, account=account, problem=error)
    return _seated(request, go(back), token)


def _seated(request: Request, answer: Response, token: str) -> Response:
    """The answer that gives the browser its sitting."""
    name, secure = cookie_of(request), over_tls(request)
    answer.set_cookie(name, token, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


@router.get("/sign-on")
async def sign_on(request: Request) -> Response:
    """To the organisation's identity provider."""
    back = of_ours(request.query_params.get("back", ""))
    address, kept = await _provider(request).begin(_callback(request), back)
    answer = RedirectResponse(address, 303, HEADERS)
    way, secure = "/console/sign-on", over_tls(request)
    answer.set_cookie(_WAY, kept, max_age=600, path=way, secure=secure, httponly=True, samesite="lax")
    return answer


@router.get("/sign-on/end")
async def signed_on(request: Request) -> Response:
    """Back from it. The page goes on by itself: on the way from elsewhere no cookie of a sitting is sent."""
    house = house_of(request)
    identity = await _provider(request).ended(
        _callback(request), request.query_params, request.cookies.get(_WAY)
    )
    token = await house.sittings.sign_in_as(identity, request.client.host if request.client else "")
    answer = _seated(request, page(request, "signed-on.html", back=of_ours(identity.back)), token)
    answer.delete_cookie(_WAY, path="/console/sign-on")
    return answer


def _provider(request: Request) -> SignOn:
    found = house_of(request).sign_on
    if found is None:
        raise NoSuchThing
    return found


def _callback(request: Request) -> str:
    return f"{house_of(request).base_url}/console/sign-on/end"


@router.post("/sign-out")
async def sign_out(request: Request, _guest: Admitted, _form: Posted) -> Response:
    """End this sitting."""
    await house_of(request).sittings.sign_out(request.cookies[cookie_of(request)])
    answer = go("/console/sign-in", "signed-out")
    answer.delete_cookie(cookie_of(request), path="/")
    return answer


@router.get("/enrolment")
async def enrolment_page(request: Request) -> Response:
    """Where a one-time link leads; its secret stands after `#`, which no server and no log ever sees."""
    return page(request, "invitation.html", problem=None)


@router.post("/enrolment")
async def enrolment(request: Request) -> Response:
    """What the link's holder needs: whose account it is, and the authenticator's secret."""
    form = await read_form(request, None)
    return await _enrolling(request, form, None)


async def _enrolling(request: Request, form: Form, problem: LandbridgeError | None) -> Response:
    invitation = form.get("invitation")
    try:
        found = await house_of(request).people.enrolment(invitation)
    except LandbridgeError as error:
        return page(request, "invitation.html", problem=error)
    picture = segno.make(found.address, error="m").svg_inline(scale=4, border=2, svgclass="code")
    return page(
        request,
        "enrolment.html",
        problem=problem,
        invitation=invitation,
        enrolment=found,
        picture=picture,
    )


@router.post("/enrolment/account")
async def enrol(request: Request) -> Response:
    """Open the account."""
    form = await read_form(request, None)
    try:
        if form.raw("password") != form.raw("again"):
            raise PasswordUnfit(_DIFFERENT, about="again")
        await house_of(request).people.enrol(form.get("invitation"), form.raw("password"), form.get("code"))
    except LandbridgeError as error:
        return await _enrolling(request, form, error)
    return go("/console/sign-in", "enrolled")


@router.get("/password")
async def password_page(request: Request, visitor: Expected) -> Response:
    """The form."""
    return show_soon(request, visitor, "password.html", nothing_more, unrecorded=True)


@router.post("/password")
async def change_password(request: Request, guest: Admitted, form: Posted) -> Response:
    """Another password; the account's other sittings end."""
    try:
        if form.raw("password") != form.raw("again"):
            raise PasswordUnfit(_DIFFERENT, about="again")
        await house_of(request).sittings.change_password(
            request.cookies[cookie_of(request)], form.raw("old"), form.raw("password")
        )
    except LandbridgeError as error:
        return await show(request, guest, "password.html", problem=error)
    return go("/console/password", "password")


@router.post("/language")
async def language(request: Request) -> Response:
    """The same page in the other language."""
    form = await read_form(request, None)
    answer = go(of_ours(form.get("back")))
    if form.get("language") in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, form.get("language"), max_age=_YEAR, path="/", httponly=True, samesite="strict"
        )
    return answer


@router.get("/static/{digest}/{name}")
async def static(digest: str, name: str) -> Response:
    """A file of ours, by its content's digest: it never changes."""
    del digest
    path = _FILES.get(name)
    if path is None:
        raise NoSuchThing
    kept = {"cache-control": f"public, max-age={_YEAR}, immutable"}
    return FileResponse(path, media_type=_KINDS[path.suffix], headers=HEADERS | kept)


_FILES: dict[str, Path] = {path.name: path for path in (HERE / "static").iterdir() if path.suffix in _KINDS}
