"""The power goes at any moment under load, on a disk that forgets what was not synced."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.crash.deaths import SEED, SOAK, die_often, in_soak, power_cut
from tests.crash.disk import open_disk, why_not
from tests.crash.load import Load
from tests.crash.office import configure
from tests.crash.site import Site
from tests.crash.witness import TAKEN_BACK, broken_promises

CUTS = 300 if SOAK else 30

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(7200 if SOAK else 900)]


@pytest_asyncio.fixture(loop_scope="session")
async def disk(tmp_path):
    if reason := why_not():
        pytest.skip(reason)
    async with open_disk(tmp_path / "disk") as disk:
        yield disk


@pytest_asyncio.fixture(loop_scope="session")
async def site(nursery, office, disk, tmp_path):
    """An installation whose home is on that disk; it makes its home itself."""
    config = configure(tmp_path / "config", office)
    home = disk.place / "home"
    site = Site(nursery, home, config, f"sqlite:///{home / 'landbridge.sqlite'}", tmp_path / "said.txt")
    yield site
    await site.settle()


def keys_of(site: Site) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (site.home / "keys").iterdir()}


async def test_nothing_acknowledged_is_forgotten(site, disk, tmp_path):
    load = await die_often(site, CUTS, aftermath=power_cut(disk))
    assert load.memory.statuses[200] >= CUTS, load.memory
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == [], SEED


@pytest.mark.parametrize(
    ("mutant", "told", "noticed"),
    [
        ("synchronous", "NORMAL", TAKEN_BACK),
        *in_soak(("synchronous", "OFF", TAKEN_BACK)),
        ("unsynced-vault", "", "the vault: "),
    ],
)
async def test_the_same_disk_forgets_what_was_not_synced(site, disk, tmp_path, mutant, told, noticed):
    """The control: if this disk forgot nothing, the test above would prove nothing."""
    load = await die_often(site, 3, alter=[(mutant, told)], aftermath=power_cut(disk))
    found = await broken_promises(site.home, site.url, load.memory, tmp_path)
    assert [wrong for wrong in found if wrong.startswith(noticed)]


@pytest.mark.parametrize(
    "path",
    [
        "*-wal",
        "*/vault/??",
        *in_soak("*.sqlite", "*/vault/drafts/*"),
    ],
)
async def test_a_sync_that_failed_takes_nothing_back(site, disk, tmp_path, path):
    """As on Linux the next sync says all is well, so whoever trusts it without writing again has lost."""
    load = Load(site.base, await site.add_consumer(), SEED)
    await load.start()
    for number in range(2):
        gateway = await site.serve()
        load.up.set()
        await load.more(5)
        disk.fail_syncs(path)
        await load.more(None, enough=lambda: disk.failed > 0)
        disk.fail_syncs("")
        await load.more(5 + number)
        load.up.clear()
        assert await gateway.kill() == -9
        await disk.cut(number)
    await load.stop()
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == []


async def test_nor_does_one_that_the_next_gateway_never_heard_of(site, disk, tmp_path):
    """It finds in the page cache what the disk never got, and must not build on it."""
    load = Load(site.base, await site.add_consumer(), SEED)
    await load.start()
    gateway = await site.serve()
    load.up.set()
    await load.more(5)
    disk.fail_syncs("*-wal")
    await load.more(None, enough=lambda: disk.failed > 0)
    load.up.clear()
    await gateway.kill()
    disk.fail_syncs("")
    gateway = await site.serve(alter=[("keep-open", "")])  # nor may it owe this to how it closes files
    load.up.set()
    await load.more(1)  # not many: what SQLite writes into the file itself would be safe again
    load.up.clear()
    await gateway.kill()
    await disk.cut()
    await load.stop()
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == []
