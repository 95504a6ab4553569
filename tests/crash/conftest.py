"""A nursery, an office, and installations on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from demo.control import Control
from tests.crash.office import configure, make_office
from tests.crash.site import Nursery, Site, open_nursery


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    async with open_nursery() as nursery:
        yield nursery


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office() -> AsyncIterator[str]:
    """The office's address."""
    control = Control()
    yield await control.open("drawings", make_office)
    await control.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site(nursery, office, tmp_path, blank_url) -> AsyncIterator[Site]:
    """An installation nobody has started yet."""
    home = tmp_path / "home"
    config = configure(tmp_path / "config", office)
    site = Site(nursery, home, config, blank_url, tmp_path / "said.txt")
    yield site
    await site.settle()
