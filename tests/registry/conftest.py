"""A counter for every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo import nr
from demo.control import Control
from tests.conftest import Clock
from tests.gateway.town import open_town, settings_in
from tests.registry.counter import AGENCY, MANIFEST, SHEET, Counter, Gate, projects, write
from tests.steady import open_steadily


@pytest.fixture
async def counter(tmp_path: Path, database_url: str, clock: Clock) -> AsyncIterator[Counter]:
    control, gate = Control(), Gate()
    gate.open.set()
    base = await open_steadily(control, AGENCY, lambda desk: gate.before(nr.create(projects(), desk)))
    try:
        manifest = MANIFEST.replace("http://127.0.0.1:8101", base)
        settings = settings_in(tmp_path, database_url, SHEET)
        write(settings.config, manifest)
        async with open_town(settings, clock, connected=True) as town:
            for name in ("nora", "paul"):
                await town.enrol("agency-admin", AGENCY, name=name)
            await town.enrol("agency-admin", "mdj-hc", name="hugo")
            for role in ("system-admin", "registrar"):
                await town.enrol(role)
            for name in ("sara", "sven"):
                await town.enrol("security-admin", name=name)
            yield Counter(town, control, gate, manifest)
    finally:
        gate.open.set()
        await control.close()
