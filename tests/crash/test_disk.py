"""A disk that is full, or fails to write: asks end with a clear no, and nothing told is taken back."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.store.tables import deliveries
from tests.crash.deaths import SEED, in_soak
from tests.crash.faults import Fault, failing, why_not
from tests.crash.load import Load
from tests.crash.office import DROPPING, deliver
from tests.crash.site import Site
from tests.crash.witness import broken_promises, opened
from tests.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]

WRITES, SYNCS = "pwrite64,ftruncate", "fsync,fdatasync"
REFUSED, UNTOUCHED = True, False

DAILY = {
    "no room for the log": (WRITES, "ENOSPC", "blank.sqlite-wal", REFUSED),
    "the log's sync fails": (SYNCS, "EIO", "blank.sqlite-wal", REFUSED),
    "the database's sync fails": (SYNCS, "EIO", "blank.sqlite", UNTOUCHED),
    "the vault's sync fails": ("fsync", "EIO", "", REFUSED),
}
"""Calls, error, the file of the store (none: all files), and whether asks must be refused meanwhile."""

IN_SOAK = {
    "the log's write fails": (WRITES, "EIO", "blank.sqlite-wal", REFUSED),
    "no room in the database": (WRITES, "ENOSPC", "blank.sqlite", UNTOUCHED),
    "no room anywhere": (WRITES, "ENOSPC", "", REFUSED),
    "no sync anywhere": (SYNCS, "EIO", "", REFUSED),
}
FAULTS = DAILY | IN_SOAK


@pytest_asyncio.fixture(loop_scope="session")
async def load(site):
    """A running gateway under load; stopped at the end."""
    if reason := why_not():
        pytest.skip(reason)
    load = Load(site.base, await site.add_consumer(), SEED)
    await load.start()
    await site.serve()
    load.up.set()
    await load.more(5)
    yield load
    await load.stop()


# What lies in the home of a house on PostgreSQL; how its server fares is in test_machine.py.
CASES = [
    *[("sqlite", name) for name in [*DAILY, *in_soak(*IN_SOAK)]],
    ("postgres", "the vault's sync fails"),
    *in_soak(("postgres", "no room anywhere")),
]


@pytest.mark.parametrize(("store_kind", "name"), CASES)
async def test_asks_are_refused_and_nothing_is_taken_back(site, load, tmp_path, name):
    calls, error, path, refused = FAULTS[name]
    fault = Fault(calls, error, (tmp_path / path,) if path else ())
    before = load.memory.statuses[503]
    async with failing(site.running.pid, fault, tmp_path / "strace") as injected:
        await load.more(None, enough=lambda: injected.count > 3)
        if refused:
            await load.more(None, enough=lambda: load.memory.statuses[503] > before)
    assert not site.running.status.done()
    assert refused or load.memory.statuses[503] == before
    await load.more(20)  # it is well again, and so is the gateway
    load.up.clear()
    await site.running.kill()
    await site.serve()
    load.up.set()
    await load.more(5)
    load.up.clear()
    await site.running.kill()
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == []


@asynccontextmanager
async def full(folder: Path) -> AsyncIterator[None]:
    """While this lasts there is not an octet of room in the folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "full", str(folder)], check=True)  # noqa: ASYNC221
    try:
        (folder / "filler").write_bytes(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: ASYNC221


@asynccontextmanager
async def no_room(site: Site, where: str, record: Path) -> AsyncIterator[None]:
    if where == "spool":
        async with full(site.home / "spool"):
            yield
    else:
        assert site.running
        async with failing(site.running.pid, Fault(WRITES, "ENOSPC", ()), record):
            yield


@pytest.mark.parametrize(("where", "told"), [("spool", "OSError"), ("vault", "StoreUnavailable")])
async def test_what_was_dropped_waits_for_the_disk(site, load, tmp_path, where, told):
    """It stays in the inbox as it came, and comes in once all is well."""
    await until((site.home / "spool").is_dir)
    async with no_room(site, where, tmp_path / "strace"):
        deliver(site.home / "drop", 1)
        await until(lambda: f"drop folder of {DROPPING}: {told}" in site.said.read_text("utf-8"))
        assert lying(site, "in") == 2
    await until(lambda: lying(site, "done") == 2)
    load.up.clear()
    await site.running.kill()
    async with opened(site.home, site.url) as stores:
        assert len(await stores.rows(deliveries)) == 1
    assert await broken_promises(site.home, site.url, load.memory, tmp_path) == []


def lying(site: Site, where: str) -> int:
    return sum(path.is_file() for path in (site.home / "drop" / DROPPING / where).rglob("*"))
