"""A database of one's own, open."""

import pytest

from gateway.store.database import Database


@pytest.fixture
async def database(database_url):
    opened = Database(database_url)
    yield opened
    await opened.close()
