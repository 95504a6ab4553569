"""People's accounts, for the security administrator: made, invited again, assigned agencies, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request

from contracts.errors import LandbridgeError
from gateway.api.door import house_of
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.console.doors import PEOPLE
from gateway.console.forms import parted

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.responses import Response

    from gateway.access.people import Invitation

router = APIRouter(prefix="/console/accounts", include_in_schema=False)

Account = Annotated[str, Path(max_length=64)]


@router.get("")
async def accounts(request: Request, guest: Admitted) -> Response:
    """Every account, and the form for another."""
    return await _list(request, guest)


@router.post("")
async def make(request: Request, guest: Admitted, form: Posted) -> Response:
    """An account for somebody, and the link that opens it, shown this once."""
    account, role, agencies = form.get("account"), form.get("role"), form.get("agencies")
    try:
        made = await house_of(request).people.make(account, role, parted(agencies), by=guest.id)
    except LandbridgeError as error:
        typed = {"account": account, "role": role, "agencies": agencies}
        return await _list(request, guest, error, typed)
    return _invited(request, guest, made)


@router.get("/{account}")
async def account_page(request: Request, guest: Admitted, account: Account) -> Response:
    """One account and what can be done with it."""
    return await _one(request, guest, account)


@router.post("/{account}/invitation")
async def invite(request: Request, guest: Admitted, _form: Posted, account: Account) -> Response:
    """Another link: what the account was opened with is forgotten at once."""
    try:
        invitation = await house_of(request).people.invite(account, by=guest.id)
    except LandbridgeError as error:
        return await _one(request, guest, account, error)
    return _invited(request, guest, invitation)


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


async def _list(
    request: Request,
    guest: Guest,
    problem: LandbridgeError | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    house = house_of(request)
    return show(
        request,
        guest,
        "accounts.html",
        accounts=await house.people.listed(),
        roles=PEOPLE,
        form=form or {"account": "", "role": "agency-admin", "agencies": ""},
        problem=problem,
    )


async def _one(
    request: Request, guest: Guest, account: str, problem: LandbridgeError | None = None
) -> Response:
    found = await house_of(request).people.account(account)
    return show(request, guest, "account.html", account=found, problem=problem)


def _invited(request: Request, guest: Guest, invitation: Invitation) -> Response:
    link = f"{house_of(request).base_url}/console/enrolment#{invitation.token}"
    return show(request, guest, "invited.html", invitation=invitation, link=link)
