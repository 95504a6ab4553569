"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, agencies, dryruns, front, versions

ROUTERS = tuple(room.router for room in (front, agencies, versions, dryruns, accounts))
