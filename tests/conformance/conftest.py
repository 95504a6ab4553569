"""A street of offices, and for every test the one it is about."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.egress import Egress
from demo.control import Control
from gateway.intake import Drop
from gateway.store.database import Database
from gateway.vault import Vault
from tests.conformance.offices import DROPS, MANIFESTS, Street
from tests.conftest import Clock
from tests.intake.conftest import Harbour


@pytest.fixture
async def street(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[Street]:
    database, control = Database(database_url, readers=1), Control()
    drops = [Drop(MANIFESTS[agency], 1) for agency in DROPS]
    harbour = Harbour(tmp_path, database, Vault(tmp_path / "vault", bytes(range(32))), clock, drops)
    async with Egress() as egress:
        yield Street(control, harbour, egress, clock)
    await control.close()
    await database.close()
