"""A house on PostgreSQL when the power goes for both, and when the disk of either is full or fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest
import pytest_asyncio

from tests.crash.deaths import SEED, SOAK, die_often, power_cut
from tests.crash.disk import Disk, why_not
from tests.crash.load import Load
from tests.crash.machine import Machine, open_machine, prepared
from tests.crash.office import configure
from tests.crash.site import Site
from tests.crash.witness import TAKEN_BACK, broken_promises
from tests.postgres import Postgres

CUTS = 300 if SOAK else 4

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(7200 if SOAK else 900)]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    if reason := why_not():
        pytest.skip(reason)
    server = prepared()
    yield server
    server.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def machine(server):
    """Its server is told to say yes before the disk has it: whoever relies on that is found out."""
    async with open_machine(server) as machine:
        machine.server.run("ALTER DATABASE postgres SET synchronous_commit = off")
        yield machine


@pytest_asyncio.fixture(loop_scope="session")
async def site(nursery, office, machine, tmp_path):
    """An installation whose home and whose database are on one disk."""
    config = configure(tmp_path / "config", office)
    site = Site(nursery, machine.home, config, machine.url, tmp_path / "said.txt")
    yield site
    await site.settle()


async def test_nothing_acknowledged_is_forgotten(site, machine, tmp_path):
    load = await die_often(site, CUTS, aftermath=power_cut(machine))
    assert load.memory.statuses[200] >= CUTS, load.memory
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == [], SEED


async def test_a_house_that_commits_as_the_server_says_has_forgotten(site, machine, tmp_path):
    """The control: if this server and this disk forgot nothing, the test above would prove nothing."""
    load = await die_often(site, 2, alter=[("synchronous", "DEFAULT")], aftermath=power_cut(machine))
    found = await broken_promises(site.home, site.url, load.memory, tmp_path)
    assert [wrong for wrong in found if wrong.startswith(TAKEN_BACK)]


@dataclass(frozen=True)
class Fault:
    """What befalls which paths of the disk, and what brings the server to it."""

    begin: Callable[[Disk, str], None]
    paths: str
    provoke: str = "SELECT 1"


MUCH = "SELECT pg_logical_emit_message(false, 'much', repeat('much', 1 << 20))"
"""More than the server's log has room for in the files it has made already."""

PATIENCE = 120
"""Seconds after which what must come is taken to be lost, so that a fault nobody notices says its name."""

WAL, TABLES, VAULT = "/data/pg_wal/*", "/data/base/*", "/home/vault/*"
DAILY = {
    "no room for the server's log": Fault(Disk.fill, WAL, MUCH),
    "the server's log's sync fails": Fault(Disk.fail_syncs, WAL),
    "no room for the tables": Fault(Disk.fill, TABLES),
    "no room for the vault": Fault(Disk.fill, VAULT),
}
IN_SOAK = {
    "the tables' sync fails": Fault(Disk.fail_syncs, TABLES, "CHECKPOINT"),
    "the vault's sync fails": Fault(Disk.fail_syncs, VAULT),
    "no room anywhere": Fault(Disk.fill, "*", MUCH),
    "no sync anywhere": Fault(Disk.fail_syncs, "*"),
}
FAULTS = DAILY | IN_SOAK if SOAK else DAILY


async def test_a_disk_that_is_full_or_fails_takes_nothing_back(site, machine, tmp_path):
    """Nor does the power that goes afterwards: what was never written counts as written until then."""
    load = Load(site.base, await site.add_consumer(), SEED)
    await load.start()
    for number, (name, fault) in enumerate(FAULTS.items()):
        gateway = await site.serve()
        load.up.set()
        await load.more(5)
        await befallen(name, fault, machine, load, site.base)
        await healed(machine)
        await load.more(10 + number)
        assert not gateway.status.done(), name
        load.up.clear()
        await gateway.kill()
        await machine.cut(number)
    await load.stop()
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == [], SEED


async def befallen(name: str, fault: Fault, machine: Machine, load: Load, base: str) -> None:
    """Until the disk has failed, asks were refused, and whoever watches the house was told."""
    before, disk = load.memory.statuses[503], machine.disk
    fault.begin(disk, fault.paths)
    machine.say(fault.provoke)
    try:
        async with asyncio.timeout(PATIENCE):
            await load.more(None, enough=lambda: disk.failed + disk.refused > 0)
            await load.more(None, enough=lambda: load.memory.statuses[503] > before)
            await told_unready(base)
    except TimeoutError:
        pytest.fail(f"{name}: {disk.failed} failed, {disk.refused} refused, {load.memory.statuses}")


async def told_unready(base: str) -> None:
    async with httpx2.AsyncClient(base_url=base, trust_env=False, timeout=30) as http:
        while (await http.get("/health/ready")).status_code == 200:  # noqa: ASYNC110  it tells when asked
            await asyncio.sleep(0.02)


async def healed(machine: Machine) -> None:
    """There is room again, and the disk writes; the house has to come back by itself."""
    machine.disk.fill("")
    machine.disk.fail_syncs("")
    await machine.restart()
