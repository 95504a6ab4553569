"""Every page by method and path with the roles it is for, and the menu that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from contracts.text import Text, text
from gateway.access.roles import TITLES
from gateway.api.doors import AUTHORS, KEEPERS, LOOKERS, OPEN, SHEET_LOOKERS, TRIERS, Door, for_roles, turns

PEOPLE = tuple(role for role in TITLES if role != "consumer")
"""The roles that people have."""


_ANYONE = for_roles(*PEOPLE)
_SECURITY_ADMIN = for_roles("security-admin")
_REGISTRAR = for_roles("registrar")
_AUDITOR = for_roles("auditor")

_WAY_IN: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/static/{digest}/{name}"): OPEN,
    ("GET", "/console/sign-in"): OPEN,
    ("POST", "/console/sign-in"): OPEN,
    ("GET", "/console/sign-on"): OPEN,
    ("GET", "/console/sign-on/end"): OPEN,
    ("GET", "/console/enrolment"): OPEN,
    ("POST", "/console/enrolment"): OPEN,
    ("POST", "/console/enrolment/account"): OPEN,
    ("POST", "/console/language"): OPEN,
    ("GET", "/console"): _ANYONE,
    ("POST", "/console/sign-out"): _ANYONE,
    ("GET", "/console/password"): _ANYONE,
    ("POST", "/console/password"): _ANYONE,
}

_AGENCY = "/console/agencies/{agency}"

_AGENCIES: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/agencies"): LOOKERS,
    ("GET", _AGENCY): LOOKERS,
    ("POST", f"{_AGENCY}/probe"): TRIERS,
    ("POST", f"{_AGENCY}/notes"): TRIERS,
    ("POST", f"{_AGENCY}/pause"): TRIERS,
    ("POST", f"{_AGENCY}/resumption"): TRIERS,
    ("GET", f"{_AGENCY}/versions"): LOOKERS,
    ("POST", f"{_AGENCY}/versions"): AUTHORS,
    ("GET", f"{_AGENCY}/versions/{{version}}"): LOOKERS,
    ("POST", f"{_AGENCY}/versions/{{version}}"): AUTHORS,
    **turns(f"{_AGENCY}/versions", AUTHORS, TRIERS),
    ("GET", f"{_AGENCY}/versions/{{version}}/trials"): TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/trials"): TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/comparisons"): TRIERS,
    ("GET", f"{_AGENCY}/secrets"): KEEPERS,
    ("POST", f"{_AGENCY}/secrets"): TRIERS,
    ("GET", f"{_AGENCY}/deliveries"): LOOKERS,
    ("POST", f"{_AGENCY}/deliveries/{{delivery}}/return"): TRIERS,
    ("GET", f"{_AGENCY}/uses"): for_roles("auditor", own=("agency-admin",)),
    ("GET", f"{_AGENCY}/touched"): LOOKERS,
    ("POST", f"{_AGENCY}/repulls"): TRIERS,
    ("GET", f"{_AGENCY}/repulls/{{repull}}"): LOOKERS,
}
"""Connecting agencies and looking after them."""

_CONNECT = "/console/agencies/{agency}/connect"

_CONNECTING: Mapping[tuple[str, str], Door] = {
    ("GET", _CONNECT): AUTHORS,
    ("POST", _CONNECT): AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/tables"): AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}/{{kind}}"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/question"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/sample"): AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}/{{kind}}/raw"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/mapping"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/preview"): AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/removal"): AUTHORS,
}
"""From an agency's papers to a draft: its own admin's work alone."""

_FILE = "/console/dossiers/{entry}/attachments/{attachment}"

_CASES: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/dossiers"): _REGISTRAR,
    ("POST", "/console/dossiers"): _REGISTRAR,
    ("GET", _FILE): _REGISTRAR,
    ("GET", f"{_FILE}/preview"): _REGISTRAR,
    ("GET", f"{_FILE}/content"): _REGISTRAR,
    ("GET", "/console/dossiers/{entry}/stand-ins/{kind}"): _REGISTRAR,
    ("POST", "/console/dossiers/{entry}/stand-ins/{kind}"): _REGISTRAR,
}
"""Looking up dossiers."""

_LOG: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/log"): _AUDITOR,
    ("POST", "/console/log/saved"): _AUDITOR,
    ("POST", "/console/log/saved/deletion"): _AUDITOR,
    ("POST", "/console/log/signature"): _AUDITOR,
    ("GET", "/console/log/follow"): _AUDITOR,
    ("GET", "/console/log/{index}"): _AUDITOR,
    ("GET", "/console/log/{index}/proof"): _AUDITOR,
    ("POST", "/console/log/{index}/verification"): _AUDITOR,
    ("GET", "/console/exports"): _AUDITOR,
    ("POST", "/console/exports"): _AUDITOR,
    ("GET", "/console/exports/{entry}/file"): _AUDITOR,
    ("GET", "/console/exports/{entry}/manifest"): _AUDITOR,
    ("GET", "/console/look"): _AUDITOR,
    ("GET", "/console/report"): _AUDITOR,
    ("GET", "/console/integrity"): _AUDITOR,
    ("POST", "/console/integrity"): _AUDITOR,
    ("GET", "/console/integrity/{verification}/progress"): _AUDITOR,
    ("GET", "/console/integrity/{verification}/report"): _AUDITOR,
}
"""Finding out who saw what, when and why."""

_STAND_IN = "/console/approvals/stand-ins/{stand_in}"

_SECURITY: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/accounts"): _SECURITY_ADMIN,
    ("POST", "/console/accounts"): _SECURITY_ADMIN,
    ("GET", "/console/accounts/{account}"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/invitation"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/unlocking"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/closing"): _SECURITY_ADMIN,
    ("POST", "/console/accounts/{account}/agencies"): _SECURITY_ADMIN,
    ("GET", "/console/consumers"): _SECURITY_ADMIN,
    ("POST", "/console/consumers"): _SECURITY_ADMIN,
    ("GET", "/console/consumers/{consumer}"): _SECURITY_ADMIN,
    ("POST", "/console/consumers/{consumer}/keys"): _SECURITY_ADMIN,
    ("POST", "/console/consumers/{consumer}/title"): _SECURITY_ADMIN,
    ("GET", "/console/consumers/{consumer}/revocation"): _SECURITY_ADMIN,
    ("POST", "/console/consumers/{consumer}/revocation"): _SECURITY_ADMIN,
    ("GET", "/console/approvals"): for_roles(
        "security-admin", "system-admin", "registrar", own=("agency-admin",)
    ),
    ("GET", _STAND_IN): _REGISTRAR,
    ("POST", _STAND_IN): _REGISTRAR,
    ("GET", f"{_STAND_IN}/paper"): _REGISTRAR,
    ("GET", f"{_STAND_IN}/paper/preview"): _REGISTRAR,
    ("GET", f"{_STAND_IN}/paper/content"): _REGISTRAR,
    ("GET", "/console/grants"): SHEET_LOOKERS,
    ("GET", "/console/grants/unused"): SHEET_LOOKERS,
    ("GET", "/console/grants/decisions"): _SECURITY_ADMIN,
    ("POST", "/console/grants/decisions"): _SECURITY_ADMIN,
    ("GET", "/console/grants/endings"): _SECURITY_ADMIN,
    ("POST", "/console/grants/endings"): _SECURITY_ADMIN,
    ("GET", "/console/grants/versions"): SHEET_LOOKERS,
    ("POST", "/console/grants/versions"): _SECURITY_ADMIN,
    ("GET", "/console/grants/versions/{version}"): SHEET_LOOKERS,
    ("POST", "/console/grants/versions/{version}"): _SECURITY_ADMIN,
    **turns("/console/grants/versions", _SECURITY_ADMIN, _SECURITY_ADMIN),
}
"""Accounts, consumers, keys, grants."""

_RUNNING: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/health"): for_roles("system-admin", "auditor"),
    ("POST", "/console/health/purge"): for_roles("system-admin"),
}
"""Whether the house is well."""

PAGES: Mapping[tuple[str, str], Door] = {
    **_WAY_IN,
    **_CONNECTING,
    **_AGENCIES,
    **_CASES,
    **_LOG,
    **_SECURITY,
    **_RUNNING,
}
"""Every page; `OWN` means the agencies assigned to the account."""

POLLED = frozenset(
    {"/console/integrity/{verification}/progress", "/console/agencies/{agency}/repulls/{repull}"}
)
"""Addresses that an open page asks by itself until something is done: nobody need be sitting before it."""


class Entrance(NamedTuple):
    """A page that a menu leads to."""

    path: str
    title: Text


ENTRANCES = (
    Entrance("/console/dossiers", text("项目查询", "Look up")),
    Entrance("/console/log", text("检索日志", "Search the log")),
    Entrance("/console/log/follow", text("追踪", "Follow")),
    Entrance("/console/look", text("统计与异常", "Figures")),
    Entrance("/console/report", text("访问情况报告", "Access report")),
    Entrance("/console/exports", text("导出", "Exports")),
    Entrance("/console/integrity", text("日志完整性", "Integrity")),
    Entrance("/console/agencies", text("数据提供部门", "Agencies")),
    Entrance("/console/accounts", text("人员账号", "Accounts")),
    Entrance("/console/consumers", text("数据需求方", "Consumers")),
    Entrance("/console/grants", text("授权", "Grants")),
    Entrance("/console/approvals", text("待复核", "To approve")),
    Entrance("/console/health", text("运行状况", "Running")),
)
"""The menu, in its order; everybody sees what they may open."""


@cache
def menu_of(role: str) -> tuple[Entrance, ...]:
    """Where somebody of this role can go."""
    return tuple(each for each in ENTRANCES if PAGES["GET", each.path].reach((role,)))


def within(menu: Iterable[Entrance], path: str) -> str | None:
    """Which of these entrances leads to the page at `path`, the nearest if several do."""
    over = [each.path for each in menu if path == each.path or path.startswith(f"{each.path}/")]
    return max(over, key=len, default=None)


def home_of(role: str) -> str:
    """Where somebody of this role begins."""
    entrances = menu_of(role)
    return entrances[0].path if entrances else "/console/password"
