"""People's accounts, for the security administrator: made, invited again, assigned agencies, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Request

from contracts.errors import LandbridgeError
from gateway.api.door import house_of
from gateway.console.door import Admitted, Expected, Guest, Posted, go, show, show_soon
from gateway.console.doors import PEOPLE
from gateway.console.forms import parted

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.responses import Response

    from gateway.access.people import Invitation

router = APIRouter(prefix="/console/accounts", include_in_schema=False)

Account = Annotated[str, Path(max_length=64)]


@router.get("")
async def accounts(request: Request, visitor: Expected) -> Response:
    """Every account, and the form for another."""
    return show_soon(request, visitor, "accounts.html", lambda _: _list(request, _EMPTY))


@router.post("")
async def make(request: Request, guest: Admitted, form: Posted) -> Response:
    """An account for somebody, and the link that opens it, shown this once."""
    account, role, agencies = form.get("account"), form.get("role"), form.get("agencies")
    try:
        made = await house_of(request).people.make(account, role, parted(agencies), by=guest.id)
    except LandbridgeError as error:
        typed = {"account": account, "role": role, "agencies": agencies}
        return await show(request, guest, "accounts.html", problem=error, **await _list(request, typed))
    return await _invited(request, guest, made)


@router.get("/{account}")
async def account_page(request: Request, visitor: Expected, account: Account) -> Response:
    """One account and what can be done with it."""
    await house_of(request).people.check_known(account)
    return show_soon(request, visitor, "account.html", lambda _: _account(request, account), name=account)


@router.post("/{account}/invitation")
async def invite(request: Request, guest: Admitted, _form: Posted, account: Account) -> Response:
    """Another link: what the account was opened with is forgotten at once."""
    try:
        invitation = await house_of(request).people.invite(account, by=guest.id)
    except LandbridgeError as error:
        return await _one(request, guest, account, error)
    return await _invited(request, guest, invitation)


@router.post("/{account}/unlocking")
async def unlock(request: Request, guest: Admitted, _form: Posted, account: Account) -> Response:
    """Forget the failures to sign in."""
    done = house_of(request).people.unlock(account, by=guest.id)
    return await _turned(request, guest, account, done, "account-unlocked")


@router.post("/{account}/closing")
async def close(request: Request, guest: Admitted, _form: Posted, account: Account) -> Response:
    """For good: its name is never given to somebody else."""
    done = house_of(request).people.close(account, by=guest.id)
    return await _turned(request, guest, account, done, "account-closed")


@router.post("/{account}/agencies")
async def assign(request: Request, guest: Admitted, form: Posted, account: Account) -> Response:
    """Which agencies an agency admin looks after."""
    done = house_of(request).people.assign(account, parted(form.get("agencies")), by=guest.id)
    return await _turned(request, guest, account, done, "account-agencies")


async def _turned(request: Request, guest: Guest, account: str, done: Awaitable[None], word: str) -> Response:
    """The account as it is now, or the page again with why not."""
    try:
        await done
    except LandbridgeError as error:
        return await _one(request, guest, account, error)
    return go(f"/console/accounts/{account}", word)


_EMPTY = {"account": "", "role": "agency-admin", "agencies": ""}


async def _list(request: Request, form: dict[str, str]) -> dict[str, Any]:
    return {"accounts": await house_of(request).people.listed(), "roles": PEOPLE, "form": form}


async def _one(request: Request, guest: Guest, account: str, problem: LandbridgeError) -> Response:
    facts = await _account(request, account)
    return await show(request, guest, "account.html", name=account, problem=problem, **facts)


async def _account(request: Request, account: str) -> dict[str, Any]:
    return {"account": await house_of(request).people.account(account)}


async def _invited(request: Request, guest: Guest, invitation: Invitation) -> Response:
    link = f"{house_of(request).base_url}/console/enrolment#{invitation.token}"
    return await show(request, guest, "invited.html", invitation=invitation, link=link)
