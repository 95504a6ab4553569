"""Every page by method and path with the roles it is for, and the menu that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
_AUDITOR = _for("auditor")
_AUTHORS = _for(own=("agency-admin",))

_WAY_IN: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/static/{digest}/{name}"): _OPEN,
    ("GET", "/console/sign-in"): _OPEN,
    ("POST", "/console/sign-in"): _OPEN,
    ("GET", "/console/sign-on"): _OPEN,
    ("GET", "/console/sign-on/end"): _OPEN,
    ("GET", "/console/enrolment"): _OPEN,
    ("POST", "/console/enrolment"): _OPEN,
    ("POST", "/console/enrolment/account"): _OPEN,
    ("POST", "/console/language"): _OPEN,
    ("GET", "/console"): _ANYONE,
    ("POST", "/console/sign-out"): _ANYONE,
    ("GET", "/console/password"): _ANYONE,
    ("POST", "/console/password"): _ANYONE,
}

_LOOKERS = _for("system-admin", "auditor", own=("agency-admin",))
_TRIERS = _for("system-admin", own=("agency-admin",))
_AGENCY = "/console/agencies/{agency}"

_AGENCIES: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/agencies"): _LOOKERS,
    ("GET", _AGENCY): _LOOKERS,
    ("POST", f"{_AGENCY}/probe"): _TRIERS,
    ("POST", f"{_AGENCY}/notes"): _TRIERS,
    ("POST", f"{_AGENCY}/pause"): _TRIERS,
    ("POST", f"{_AGENCY}/resumption"): _TRIERS,
    ("GET", f"{_AGENCY}/versions"): _LOOKERS,
    ("POST", f"{_AGENCY}/versions"): _AUTHORS,
    ("GET", f"{_AGENCY}/versions/{{version}}"): _LOOKERS,
    ("POST", f"{_AGENCY}/versions/{{version}}"): _AUTHORS,
    ("POST", f"{_AGENCY}/versions/{{version}}/submission"): _AUTHORS,
    ("POST", f"{_AGENCY}/versions/{{version}}/withdrawal"): _AUTHORS,
    ("POST", f"{_AGENCY}/versions/{{version}}/rejection"): _TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/publication"): _TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/rollback"): _TRIERS,
    ("GET", f"{_AGENCY}/versions/{{version}}/trials"): _TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/trials"): _TRIERS,
    ("POST", f"{_AGENCY}/versions/{{version}}/comparisons"): _TRIERS,
    ("GET", f"{_AGENCY}/secrets"): _for("system-admin", "security-admin", "auditor", own=("agency-admin",)),
    ("POST", f"{_AGENCY}/secrets"): _TRIERS,
    ("GET", f"{_AGENCY}/deliveries"): _LOOKERS,
    ("POST", f"{_AGENCY}/deliveries/{{delivery}}/return"): _TRIERS,
    ("GET", f"{_AGENCY}/uses"): _for("auditor", own=("agency-admin",)),
    ("GET", f"{_AGENCY}/touched"): _LOOKERS,
    ("POST", f"{_AGENCY}/repulls"): _TRIERS,
    ("GET", f"{_AGENCY}/repulls/{{repull}}"): _LOOKERS,
}
"""Looking after agencies."""

_CONNECT = "/console/agencies/{agency}/connect"

_CONNECTING: Mapping[tuple[str, str], Door] = {
    ("GET", _CONNECT): _AUTHORS,
    ("POST", _CONNECT): _AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}"): _AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}/{{kind}}"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/question"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/sample"): _AUTHORS,
    ("GET", f"{_CONNECT}/{{version}}/{{kind}}/raw"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/mapping"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/preview"): _AUTHORS,
    ("POST", f"{_CONNECT}/{{version}}/{{kind}}/removal"): _AUTHORS,
}
"""From an agency's papers to a draft: its own admin's work alone."""

_FILE = "/console/dossiers/{entry}/attachments/{attachment}"

_CASES: Mapping[tuple[str, str], Door] = {
    ("GET", "/console/dossiers"): _REGISTRAR,
    ("POST", "/console/dossiers"): _REGISTRAR,
    ("GET", _FILE): _REGISTRAR,
    ("GET", f"{_FILE}/preview"): _REGISTRAR,
    ("GET", f"{_FILE}/content"): _REGISTRAR,
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
