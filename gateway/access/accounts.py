"""What may be told of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from gateway.store.tables import invitations, people

if TYPE_CHECKING:
    from sqlalchemy import Row


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `state`: invited, open, locked or closed."""

    id: str
    role: str
    agencies: tuple[str, ...]
    state: str
    created_at: str
    created_by: str
    password_at: str | None
    last_seen_at: str | None
    invited_until: str | None


_invited = select(func.max(invitations.c.until)).where(
    invitations.c.person == people.c.id, invitations.c.spent_at.is_(None)
)
SHOWN = select(people, _invited.scalar_subquery().label("invited_until"))
"""Rows for `told`."""


def told(row: Row[Any], now: str) -> Account:
    """A row of `SHOWN` at an instant as it is stored."""
    state = "closed" if row.closed_at else "locked" if (row.locked_until or "") > now else "open"
    if state == "open" and row.password is None and row.subject is None:
        state = "invited"
    return Account(
        id=row.id,
        role=row.role,
        agencies=tuple(filter(None, row.agencies.split(","))),
        state=state,
        created_at=row.created_at,
        created_by=row.created_by,
        password_at=row.password_at,
        last_seen_at=row.last_seen_at,
        invited_until=row.invited_until if state == "invited" else None,
    )
