"""Whoever names a table at the console: the town with the grant that lets drafts be tried, and its admin."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.console.guests import Guest, Reception, open_reception
from tests.gateway.town import GRANTS

AGENCY = "mdj-qzk"
_TRIAL = """
  - id: trial
    consumer: trial
    purposes: [trial]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕3号
    kinds:
      completion-filing: {}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    folder = tmp_path_factory.mktemp("named")
    async with open_reception(folder, sqlite_octets, GRANTS + _TRIAL) as ready:
        yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guest(town: Reception) -> AsyncIterator[Guest]:
    found = await town.guest("li-qzk", "agency-admin", AGENCY)
    yield found
    await found.http.aclose()
