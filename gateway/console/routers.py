"""Every room of the console."""

from __future__ import annotations

from gateway.console import (
    accounts,
    agencies,
    approvals,
    consumers,
    credentials,
    deliveries,
    dossiers,
    dryruns,
    files,
    front,
    grants,
    health,
    papers,
    recovery,
    standins,
    steps,
    uses,
)
from gateway.console.connect import beginning, raw, tables
from gateway.console.connect import pages as connect
from gateway.console.log import entry, exporting, follow, integrity, look, report, search

ROUTERS = tuple(
    room.router
    for room in (
        front,
        agencies,
        steps,
        dryruns,
        credentials,
        deliveries,
        uses,
        recovery,
        beginning,
        connect,
        raw,
        tables,
        search,
        follow,
        entry,
        exporting,
        integrity,
        look,
        report,
        accounts,
        consumers,
        grants,
        approvals,
        papers,
        health,
        dossiers,
        files,
        standins,
    )
)
