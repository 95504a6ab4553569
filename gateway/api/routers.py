"""Every room of the HTTP interface, in the order the description shows them."""

from __future__ import annotations

from gateway.api import (
    auditors,
    consumers,
    credentials,
    events,
    exports,
    health,
    names,
    operations,
    searches,
    sheets,
    standins,
    versions,
)

ROUTERS = tuple(
    room.router
    for room in (
        consumers,
        events,
        names,
        standins,
        auditors,
        searches,
        exports,
        operations,
        versions,
        sheets,
        credentials,
        health,
    )
)
