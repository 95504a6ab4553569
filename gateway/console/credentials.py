"""An agency's secrets: set and given another value, never shown; where each is used, which are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError

from contracts.audit import EntryKind
from contracts.errors import AskMalformed, LandbridgeError
from contracts.exchange import Slug
from contracts.text import text
from gateway.api import agencies, credentials
from gateway.api.credentials import SecretName, Value
from gateway.api.door import house_of
from gateway.console.agencies import ROOT, frame_of, page_of
from gateway.console.door import Admitted, Expected, Guest, Posted, go, may, show_soon

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/secrets", include_in_schema=False)

_NAME: TypeAdapter[str] = TypeAdapter(SecretName)

_ODD_NAME = text(
    "凭据名称为小写字母、数字和连字符，如 app-key",
    "A secret's name has small letters, digits and hyphens, such as app-key",
)


@router.get("")
async def secrets_page(request: Request, visitor: Expected, agency: Slug) -> Response:
    """Which there are, and which are missing."""
    frame = await frame_of(request, visitor, agency)
    return show_soon(
        request, visitor, "agencies/secrets.html", lambda guest: _kept(request, guest, agency), **frame
    )


@router.post("")
async def put(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """A value, in use within two seconds; the one before it is destroyed."""
    name, entry = form.get("name"), guest.entry(EntryKind.SECRET)
    try:
        order = Value.model_validate({"value": form.raw("value")}, strict=False)
        await credentials.put_secret(house_of(request), (agency, _named(name)), order, entry)
    except ValidationError:
        return await _page(request, guest, agency, AskMalformed(text("请填写凭据", "Enter the secret")), name)
    except LandbridgeError as error:
        return await _page(request, guest, agency, error, name)
    return go(f"/console/agencies/{agency}/secrets", "secret-set")


def _named(name: str) -> str:
    try:
        return _NAME.validate_python(name)
    except ValidationError:
        raise AskMalformed(_ODD_NAME) from None


async def _page(request: Request, guest: Guest, agency: str, problem: LandbridgeError, name: str) -> Response:
    facts = await _kept(request, guest, agency, name)
    return await page_of(request, guest, "agencies/secrets.html", agency, problem=problem, **facts)


async def _kept(request: Request, guest: Guest, agency: str, name: str = "") -> dict[str, Any]:
    house = house_of(request)
    found = (await credentials.listed(house, agency)).secrets
    missing = next((each.name for each in found if each.source == "missing"), "")
    return {
        "secrets": found,
        "places": await agencies.places_of_secrets(house, agency),
        "name": name or missing,
        "works": may(guest, f"{ROOT}/secrets", "POST"),
    }
