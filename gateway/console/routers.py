"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, agencies, front

ROUTERS = tuple(room.router for room in (front, agencies, accounts))
