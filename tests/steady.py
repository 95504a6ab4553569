"""Agencies at the same addresses test after test: a manifest that names one is read once a process."""

from collections.abc import Callable

from starlette.types import ASGIApp

from demo.control import Control, Desk

_last: dict[str, int] = {}


async def open_steadily(control: Control, agency: str, make: Callable[[Desk], ASGIApp]) -> str:
    """The agency's base URL: as it was the last time, unless somebody else has taken the port meanwhile."""
    try:
        base = await control.open(agency, make, port=_last.get(agency, 0))
    except OSError:
        base = await control.open(agency, make)
    _last[agency] = int(base.rpartition(":")[2])
    return base
