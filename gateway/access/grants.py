"""Grants matched against an ask: may they, and what of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.errors import NotGranted
from contracts.text import text

if TYPE_CHECKING:
    from datetime import date

    from contracts.exchange import Grant


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer to "may they, and what of it": a grant for each kind, and the kinds withheld."""

    grants: dict[str, Grant]
    withheld: tuple[str, ...]


def permit_attachments(grants: Iterable[Grant], consumer: str, purpose: str, kind: str, today: date) -> Grant:
    """The grant under which the consumer may have this kind's files. Raises NotGranted."""
    grant = permit(grants, consumer, purpose, (kind,), today).grants[kind]
    if not grant.attachments:
        raise NotGranted(
            text(f"授权不含 {kind} 的附件", f"The grant for {kind} does not cover its attachments")
        )
    return grant


def permit(grants: Iterable[Grant], consumer: str, purpose: str, kinds: Iterable[str], today: date) -> Permit:
    """Which of the kinds the consumer may see for the purpose today. Raises NotGranted when none."""
    wanted = tuple(dict.fromkeys(kinds))
    held = {
        grant.kind: grant
        for grant in grants
        if grant.consumer == consumer and grant.purpose == purpose and grant.covers(today)
    }
    granted = {kind: held[kind] for kind in wanted if kind in held}
    if not granted:
        raise NotGranted(
            text(
                f"用途 {purpose} 下没有可用的授权",
                f"No grant in force covers the purpose {purpose} for these kinds",
            )
        )
    return Permit(granted, tuple(kind for kind in wanted if kind not in held))
