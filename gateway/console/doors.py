"""Every page by method and path with the roles it is for, and the menu that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contracts.text import Text, text
from gateway.access.roles import TITLES
from gateway.api.doors import Door, Reach

PEOPLE = tuple(role for role in TITLES if role != "consumer")
"""The roles that people have."""


def _for(*everything: str, own: tuple[str, ...] = ()) -> Door:
    return Door(roles=dict.fromkeys(everything, Reach.ALL) | dict.fromkeys(own, Reach.OWN))


_OPEN = Door(open=True)
_ANYONE = _for(*PEOPLE)
_SECURITY_ADMIN = _for("security-admin")
_REGISTRAR = _for("registrar")
_SHEET_LOOKERS = _for("security-admin", "system-admin", "auditor")

_WAY_IN: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/static/{digest}/{name}"): _OPEN,
    ("GET", "/console/sign-in"): _OPEN,
    ("POST", "/console/sign-in"): _OPEN,
    ("GET", "/console/enrolment"): _OPEN,
    ("POST", "/console/enrolment"): _OPEN,
    ("POST", "/console/enrolment/account"): _OPEN,
    ("POST", "/console/language"): _OPEN,
    ("GET", "/console"): _ANYONE,
    ("POST", "/console/sign-out"): _ANYONE,
    ("GET", "/console/password"): _ANYONE,
    ("POST", "/console/password"): _ANYONE,
}

_AGENCIES: Mapping[tuple[str, str], Door] = {}
"""Connecting agencies and looking after them."""

_FILE = "/console/dossiers/{entry}/attachments/{attachment}"

_CASES: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/dossiers"): _REGISTRAR,
    ("POST", "/console/dossiers"): _REGISTRAR,
    ("GET", _FILE): _REGISTRAR,
    ("GET", f"{_FILE}/preview"): _REGISTRAR,
    ("GET", f"{_FILE}/content"): _REGISTRAR,
}
"""Looking up dossiers."""

_LOG: Mapping[tuple[str, str], Door] = {}
"""Finding out who saw what, when and why."""

_SECURITY: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/accounts"): _SECURITY_ADMIN,
    ("POST", "/console/accounts"): _SECURITY_ADMIN,
    ("GET", "/console/accounts/{account}"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/invitation"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/closing"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/agencies"): _SECURITY_ADMIN,
    ("GET", "/console/consumers"): _SECURITY_ADMIN,
    ("POST", "/console/consumers"): _SECURITY_ADMIN,
    ("GET", "/console/consumers/{consumer}"): _SECURITY_ADMIN,
    ("POST", "/console/consumers/{consumer}/keys"): _SECURITY_ADMIN,
    ("GET", "/console/consumers/{consumer}/revocation"): _SECURITY_ADMIN,
    ("POST", "/console/consumers/{consumer}/revocation"): _SECURITY_ADMIN,
    ("GET", "/console/approvals"): _for("security-admin", "system-admin", "registrar", own=("agency-admin",)),
    ("GET", "/console/approvals/stand-ins/{stand_in}"): _REGISTRAR,
    ("POST", "/console/approvals/stand-ins/{stand_in}"): _REGISTRAR,
    ("GET", "/console/grants"): _SHEET_LOOKERS,
    ("GET", "/console/grants/unused"): _SHEET_LOOKERS,
    ("GET", "/console/grants/decisions"): _SECURITY_ADMIN,
    ("POST", "/console/grants/decisions"): _SECURITY_ADMIN,
    ("GET", "/console/grants/endings"): _SECURITY_ADMIN,
    ("POST", "/console/grants/endings"): _SECURITY_ADMIN,
    ("GET", "/console/grants/versions"): _SHEET_LOOKERS,
    ("GET", "/console/grants/drafting"): _SECURITY_ADMIN,
    ("POST", "/console/grants/versions"): _SECURITY_ADMIN,
    ("GET", "/console/grants/versions/{version}"): _SHEET_LOOKERS,
    ("POST", "/console/grants/versions/{version}"): _SECURITY_ADMIN,
    ("POST", "/console/grants/versions/{version}/{step}"): _SECURITY_ADMIN,
}
"""Accounts, consumers, keys, grants."""

_RUNNING: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/health"): _for("system-admin", "auditor"),
    ("POST", "/console/health/purge"): _for("system-admin"),
}
"""Whether the house is well."""

PAGES: Mapping[tuple[str, str], Door] = {
    **_WAY_IN,
    **_AGENCIES,
    **_CASES,
    **_LOG,
    **_SECURITY,
    **_RUNNING,
}
"""Every page; `OWN` means the agencies assigned to the account."""


class Entrance(NamedTuple):
    """A page that the menu leads to."""

    path: str
    title: Text


ENTRANCES = (
    Entrance("/console/dossiers", text("项目查询", "Look up")),
    Entrance("/console/accounts", text("人员账号", "Accounts")),
    Entrance("/console/consumers", text("数据需求方", "Consumers")),
    Entrance("/console/grants", text("授权", "Grants")),
    Entrance("/console/approvals", text("待复核", "To approve")),
    Entrance("/console/health", text("运行状况", "Running")),
)
"""The menu, in its order; everybody sees what they may open."""


def menu_of(role: str) -> tuple[Entrance, ...]:
    """Where somebody of this role can go."""
    return tuple(each for each in ENTRANCES if PAGES["GET", each.path].reach((role,)))


def home_of(role: str) -> str:
    """Where somebody of this role begins."""
    entrances = menu_of(role)
    return entrances[0].path if entrances else "/console/password"
