"""The grant sheet as people read it: how long each decision still holds, a consumer's kinds by purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from contracts.catalogue import KINDS, Kind
from gateway.access.sheets import KindGrant, SheetGrant

if TYPE_CHECKING:
    from collections.abc import Iterable

EXPIRING_DAYS = 30
"""So long before its end a grant is warned about: the provider's approval takes weeks to renew."""

TONES = {"coming": "", "in-force": "good", "expiring": "wait", "expired": "bad"}


def standing(decision: SheetGrant, today: date) -> str:
    """`coming`, `in-force`, `expiring` or `expired`."""
    if today < decision.valid.valid_from:
        return "coming"
    left = decision.valid.valid_until - today
    if left < timedelta():
        return "expired"
    return "expiring" if left < timedelta(days=EXPIRING_DAYS) else "in-force"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision and how it stands today; `left` in days, negative once it is over."""

    grant: SheetGrant
    standing: str
    left: int


@dataclass(frozen=True, slots=True)
class Column:
    """One purpose under one decision."""

    purpose: str
    decided: Decided


@dataclass(frozen=True, slots=True)
class Row:
    """One kind, and what of it may be seen in each column; None: nothing."""

    kind: Kind
    cuts: tuple[KindGrant | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What one consumer may see: kinds down, purposes across."""

    consumer: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def decided(decisions: Iterable[SheetGrant], today: date) -> tuple[Decided, ...]:
    """Every decision, in the sheet's order."""
    return tuple(
        Decided(each, standing(each, today), (each.valid.valid_until - today).days) for each in decisions
    )


def matrix(decisions: Iterable[Decided], consumer: str) -> Matrix:
    """What this consumer may see, was allowed to, or will be: the columns say which."""
    own = [each for each in decisions if each.grant.consumer == consumer]
    columns = tuple(Column(purpose, each) for each in own for purpose in each.grant.purposes)
    named = {slug for each in own for slug in each.grant.kinds}
    rows = tuple(
        Row(kind, tuple(_cut(column.decided.grant, slug) for column in columns))
        for slug, kind in KINDS.items()
        if slug in named
    )
    return Matrix(consumer, columns, rows)


def _cut(grant: SheetGrant, slug: str) -> KindGrant | None:
    return (grant.kinds[slug] or KindGrant()) if slug in grant.kinds else None
