"""A town for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.gateway.town import Town, open_town, settings_in


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, database_url), clock) as opened:
        yield opened
