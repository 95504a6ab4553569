"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, approvals, consumers, front, grants, health, sheets

ROUTERS = tuple(
    room.router for room in (front, accounts, approvals, approvals, consumers, grants, sheets, health)
)
