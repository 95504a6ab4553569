"""Every address of the interface and who may pass it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.access.roles import ROLES
from gateway.api.doors import DOORS, Reach
from gateway.console.doors import PAGES, PEOPLE
from gateway.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.api.doors import Door

_NOTE = """\
`by grant`: decided by what the consumer is granted, not by its role. ●: everything behind the door; ○: only
what is its own, an agency admin's agencies, or of the log its own entries.
`by grant`：由授权决定，与角色无关。●：全部；○：仅限自己的（部门管理员所管部门；日志中自己的条目）。
"""


def doors() -> str:
    """The table that the doors themselves are decided by."""
    rows = [
        (f"`{method} {path}`", *_marks(door, ROLES))
        for (method, path), door in sorted(DOORS.items(), key=lambda each: each[0][::-1])
    ]
    pages = [
        (f"`{method} {path}`", *_marks(door, PEOPLE))
        for (method, path), door in sorted(PAGES.items(), key=lambda each: each[0][::-1])
    ]
    return (
        f"## Doors and roles | 接口与角色\n\n{_NOTE}\n{table(('address 地址', 'open 公开', *ROLES), rows)}\n"
        f"### Pages of the console | 控制台页面\n\n{table(('page 页面', 'open 公开', *PEOPLE), pages)}"
    )


def _marks(door: Door, roles: Sequence[str]) -> list[str]:
    if door.by_grant:
        return ["by grant", *([""] * len(roles))]
    marks = {Reach.ALL: "●", Reach.OWN: "○", None: ""}
    return ["●" if door.open else "", *(marks[door.roles.get(role)] for role in roles)]
