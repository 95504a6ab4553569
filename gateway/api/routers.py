"""Every room of the HTTP interface, in the order the description shows them."""

from __future__ import annotations

from gateway.api import (
    agencies,
    auditors,
    consumers,
    credentials,
    deliveries,
    events,
    exports,
    health,
    names,
    operations,
    overviews,
    recovery,
    register,
    searches,
    sheets,
    standins,
    upkeep,
    versions,
)

ROUTERS = tuple(
    room.router
    for room in (
        consumers,
        register,
        events,
        names,
        standins,
        auditors,
        searches,
        overviews,
        exports,
        operations,
        agencies,
        upkeep,
        deliveries,
        recovery,
        versions,
        sheets,
        credentials,
        health,
    )
)
