"""Every room of the console."""

from __future__ import annotations

from gateway.console import accounts, front
from gateway.console.connect import pages as connect
from gateway.console.log import entry, exporting, follow, integrity, look, report, search

_LOG = (search, follow, entry, exporting, integrity, look, report)

ROUTERS = tuple(room.router for room in (front, accounts, connect, *_LOG))
