"""`kill -9` at any moment under load: nothing is lost, nothing forks, nothing leaves unrecorded."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from tests.crash.deaths import ROUNDS, SEED, SOAK, die_often, in_soak
from tests.crash.load import Load
from tests.crash.witness import broken_promises
from tests.postgres import Postgres
from tests.stores import only_postgres, only_sqlite

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(7200 if SOAK else 900)]


async def test_thirty_deaths_under_load(site, tmp_path):
    load = await die_often(site, ROUNDS)
    assert load.memory.statuses[200] >= ROUNDS, load.memory
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == [], SEED


@only_sqlite
@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [
        ("acknowledge-early", "fork: entry"),
        *in_soak(("answer-unrecorded", "fork: entry")),
        ("publish-unannounced", "not in the log: ('published'"),
    ],
)
async def test_a_broken_promise_is_noticed(site, tmp_path, mutant, noticed):
    load = await die_often(site, 3, alter=[(mutant, "")])
    found = await broken_promises(site.home, site.url, load.memory, tmp_path)
    assert [wrong for wrong in found if wrong.startswith(noticed)]


@pytest.fixture
def careful() -> Iterator[Postgres]:
    """A PostgreSQL that syncs as it comes, and no test's but this one's."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@only_postgres
async def test_the_database_dies_under_a_running_gateway(site, careful, tmp_path):
    """The gateway lives on, says no while there is no log, and answers again by itself."""
    careful.run("CREATE DATABASE landbridge")
    site.url = careful.url("landbridge")
    load = Load(site.base, await site.add_consumer(), SEED)
    await load.start()
    gateway = await site.serve()
    load.up.set()
    for _ in range(3):
        await load.more(10)
        before = load.memory.statuses[503]
        careful.stop(signal.SIGKILL)
        await load.more(None, enough=lambda: load.memory.statuses[503] > before)  # noqa: B023  awaited here
        await recovered(careful)
        assert not gateway.status.done()
    await load.more(10)
    load.up.clear()
    await gateway.kill()
    await load.stop()
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == []


async def recovered(server: Postgres) -> None:
    """Started over what its sudden death left, as soon as the last of its orphans is gone."""
    while True:
        try:
            server.start()
        except RuntimeError as error:
            if "shared memory" not in str(error) and "lock file" not in str(error):
                raise
            await asyncio.sleep(0.1)
        else:
            return
