"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, front
from gateway.console.connect import pages as connect

ROUTERS = tuple(room.router for room in (front, accounts, connect))
