"""A database file of one's own, migrated."""

import sqlite3

import pytest

from gateway.store.database import Database
from gateway.store.migrate import migrate


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'landbridge.sqlite'}"


@pytest.fixture
async def database(url):
    migrate(url)
    opened = Database(url)
    yield opened
    await opened.close()


@pytest.fixture
def outsider(tmp_path):
    """A plain connection to the same file, told nothing: recursive_triggers is off."""
    raw = sqlite3.connect(tmp_path / "landbridge.sqlite", isolation_level=None)
    yield raw
    raw.close()
