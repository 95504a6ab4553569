"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, consumers, front, grants, sheets

ROUTERS = tuple(room.router for room in (front, accounts, consumers, grants, sheets))
