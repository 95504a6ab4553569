"""Roles, who may hold which together, and what a name of a consumer or an account looks like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from contracts.errors import AskMalformed
from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

APART = frozenset({"system-admin", "security-admin", "auditor"})
"""Roles that no account holds two of: 三员分立 (GB/T 22239-2019)."""

TITLES: Mapping[str, Text] = {
    "consumer": text("数据需求方", "consumer"),
    "auditor": text("审计管理员", "audit administrator"),
    "agency-admin": text("部门管理员", "agency administrator"),
    "security-admin": text("安全管理员", "security administrator"),
    "system-admin": text("系统管理员", "system administrator"),
    "registrar": text("登记人员", "registrar"),
}
"""What people call them."""

ELSEWHERE = text(
    "请由有此权限的人员办理；角色和所管部门由安全管理员登记。",
    "Ask somebody whose work this is; the security administrator records roles and agencies.",
)
"""What to do where a role, or the agencies assigned to it, do not reach."""

ROLES = tuple(TITLES)
"""Roles at the API."""

BUILT_IN: Mapping[str, Text] = {
    "cli": text("命令行", "the command line"),
    "console": text("控制台", "the console"),
    "repull": text("重新取数", "asking afresh"),
    "trial": text("清单试运行", "trials of manifests"),
}
"""Consumers that the gateway is itself. Whoever else bore such a name would ask under its grant."""

TITLE_LENGTH = 60
"""Characters of a consumer's title, at most."""

NAME = re.compile("[a-z][a-z0-9-]{0,63}")


def check_name(what: Text, name: str, *, about: str) -> None:
    """Raises AskMalformed for what is no name; `what` says whose it is, `about` where it was typed."""
    if not NAME.fullmatch(name):
        raise AskMalformed(
            text(
                f"{what.zh}以小写字母开头，只能用小写字母、数字和连字符，最长 64 个字符",
                f"{what.en} is a lower-case letter, then those, digits and hyphens, 64 at most",
            ),
            about=about,
        )


def check_title(title: str) -> None:
    """Raises AskMalformed for what nobody can call a consumer: too long, or not one line."""
    if len(title) > TITLE_LENGTH or not title.isprintable():
        raise AskMalformed(
            text(
                f"需求方的称呼须为 1 至 {TITLE_LENGTH} 个可见字符，不能换行",
                f"A consumer's title is 1 to {TITLE_LENGTH} characters one can see, on one line",
            ),
            about="title",
        )


def check_roles(roles: Collection[str], agencies: Collection[str], *, about: str = "roles") -> None:
    """Raises AskMalformed for roles that do not exist or go together, and agencies that fit none of them.

    `about` is where the roles were typed.
    """
    if not roles or (strange := sorted(set(roles) - set(ROLES))):
        named = strange[0] if roles else ""
        raise AskMalformed(
            text(f"没有角色 {named}", f"There is no role {named}; roles are {', '.join(ROLES)}"), about=about
        )
    if len(APART.intersection(roles)) > 1:
        raise AskMalformed(
            text(
                "系统管理员、安全管理员、审计员须由不同账号担任（三员分立）",
                "One account cannot be two of system admin, security admin and auditor",
            ),
            about=about,
        )
    if bool(agencies) != ("agency-admin" in roles) or not all(map(NAME.fullmatch, agencies)):
        raise AskMalformed(
            text(
                "部门管理员须指定其管理的部门（如 mdj-hc），其他角色不指定部门",
                "An agency admin is given its agencies, such as mdj-hc; other roles are given none",
            ),
            about="agencies",
        )
