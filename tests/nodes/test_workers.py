"""`serve --workers N`: one parent, one socket, one log; workers come back, and go with their parent."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from contracts.audit import EntryKind
from contracts.exchange import Receipt
from gateway.audit.verify import verify_log
from gateway.building import open_house
from tests.nodes.conftest import TIMEOUT, Node, Site, until

pytestmark = TIMEOUT


@pytest.fixture
async def crew(site: Site) -> Node:
    """Two workers on a database that nobody has touched: the parent makes keys and tables."""
    node = await site.serve("first", "--workers", "2")
    async with open_house(site.settings(), prepared=True) as house:
        node.key = await house.access.add("registration", ("consumer",), by="test")
    return node


async def kinds(house: Any) -> list[str]:
    import json

    return [json.loads(line.body)["kind"] for line in await house.log.lines(0, 10_000)]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_workers_share_one_log_and_the_parent_prepares_once(site: Site, crew: Node):
    async def both() -> bool:
        return len(crew.workers()) == 2

    await until(both)
    answers = await asyncio.gather(*(crew.ask(case=f"T-{number}") for number in range(12)))
    receipts = [
        Receipt.parse(each.headers["landbridge-receipt"]) for each in answers if each.status_code == 200
    ]
    assert receipts
    assert await crew.stop() == 0
    async with open_house(site.settings(), prepared=True) as house:
        report = await verify_log(house.log)
        assert report.sound
        assert report.size > max(receipt.index for receipt in receipts)
        found = await kinds(house)
    assert found.count(EntryKind.PUBLISHED) == len(list(site.config.glob("agencies/*.yaml"))) + 1
    assert found.count(EntryKind.STARTED) == 2


async def test_a_worker_that_dies_is_replaced_and_the_parents_end_is_theirs(crew: Node):
    async def both() -> bool:
        return len(crew.workers()) == 2

    await until(both)
    doomed, other = crew.workers()
    os.kill(doomed, signal.SIGKILL)

    async def replaced() -> bool:
        now = crew.workers()
        return len(now) == 2 and doomed not in now and other in now

    await until(replaced)
    await until(crew.ready)
    left = crew.workers()
    await crew.stop(signal.SIGKILL)

    async def gone() -> bool:
        return not any(map(alive, left))

    await until(gone)


async def test_without_a_shared_cache_each_workers_own_is_announced(site: Site):
    site.redis_url = ""
    node = await site.serve("first", "--workers", "2")
    assert "LANDBRIDGE_REDIS_URL is not set" in node.log.read_text("utf-8")
    assert await node.stop() == 0


async def test_a_second_machine_without_the_first_ones_keys_is_told_so(site: Site):
    await site.prepare()
    with pytest.raises(RuntimeError, match=r"(?s)Key file.*copy\s+the\s+first\s+one's\s+keys"):
        await site.serve("second")
    other = site.folder / "third"
    elsewhere = Site(other, site.config, f"sqlite:///{other / 'own.sqlite'}", "")
    other.mkdir()
    await elsewhere.prepare()
    (other / "first").rename(site.folder / "fourth")
    with pytest.raises(RuntimeError, match=r"signed\s+by\s+another\s+checkpoint\s+key"):
        await site.serve("fourth")
