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
    overviews,
    recovery,
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
        overviews,
        exports,
        operations,
        recovery,
        versions,
        sheets,
        credentials,
        health,
    )
)
