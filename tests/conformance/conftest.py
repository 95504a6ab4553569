"""A street of offices, and for every test the one it is about."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.egress import Egress
from demo.control import Control
from gateway.intake import Drop
from gateway.store.database import Database
from gateway.store.migrate import migrate
from gateway.vault import Vault
from tests.conformance.offices import DROPS, MANIFESTS, Street
from tests.conftest import Clock
from tests.intake.conftest import Harbour


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The octets of a database with its tables and nothing in them: made once, copied for each test."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    migrate(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
async def street(tmp_path: Path, clock: Clock, empty_database: bytes) -> AsyncIterator[Street]:
    path = tmp_path / "landbridge.sqlite"
    path.write_bytes(empty_database)
    database, control = Database(f"sqlite:///{path}", readers=1), Control()
    drops = [Drop(MANIFESTS[agency], 1) for agency in DROPS]
    harbour = Harbour(tmp_path, database, Vault(tmp_path / "vault", bytes(range(32))), clock, drops)
    async with Egress() as egress:
        yield Street(control, harbour, egress, clock)
    await control.close()
    await database.close()
