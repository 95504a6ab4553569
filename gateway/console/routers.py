"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, approvals, consumers, dossiers, files, front, grants, health, sheets

ROOMS = (front, accounts, approvals, consumers, grants, sheets, health, dossiers, files)

ROUTERS = tuple(room.router for room in ROOMS)
