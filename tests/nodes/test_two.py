"""Two nodes, one log: no gap, no fork, every receipt in it, and the death of one is not the other's."""

import asyncio
import signal
import sys

import httpx2
import pytest
from sqlalchemy import select

from contracts.errors import LogUnavailable, StoreUnavailable
from contracts.exchange import Receipt
from gateway.audit.export import export
from gateway.audit.verify import verify_log
from gateway.building import open_house
from gateway.store.tables import checkpoints, entries
from tests.nodes.conftest import ROOT, TIMEOUT, Node, Site, until

ASKERS, ASKS = 6, 8
"""On each node: bounded, and enough to meet on the way to the log."""

ROWS = select(entries.c.idx, entries.c.leaf).order_by(entries.c.idx)
HEADS = select(checkpoints.c.size)

pytestmark = TIMEOUT


@pytest.fixture
async def pair(site: Site) -> tuple[Node, Node]:
    """Two machines."""
    key = await site.prepare()
    site.furnish("second")
    one, two = await asyncio.gather(site.serve("first"), site.serve("second"))
    one.key = two.key = key
    return one, two


async def asker(node: Node, number: int, receipts: list[Receipt]) -> None:
    """Asks, and asks again when it is told 503: on a crowded machine the log may lose patience."""
    for turn in range(ASKS):

        async def answered(case: str = f"T-{number}-{turn}") -> bool:
            answer = await node.ask(case=case)
            assert answer.status_code in {200, 503}, answer.text
            if answer.status_code == 200:
                receipts.append(Receipt.parse(answer.headers["landbridge-receipt"]))
            return answer.status_code == 200

        await until(answered)


async def some(receipts: list[Receipt]) -> None:
    """Every asker of one node has been answered about once."""

    async def enough() -> bool:
        return len(receipts) >= ASKERS

    await until(enough)


async def prove(site: Site, receipts: list[Receipt]) -> None:
    """Proven, once a crowded machine lets the log be read."""

    async def proven() -> bool:
        try:
            await _prove(site, receipts)
        except (LogUnavailable, StoreUnavailable):
            return False
        return True

    await until(proven)


async def _prove(site: Site, receipts: list[Receipt]) -> None:
    """The log as the house, the auditor's script and the receipts see it."""
    async with open_house(site.settings(), looking=True) as house:
        report = await verify_log(house.log)
        assert report.sound, report.problems
        rows = await house.database.read(lambda connection: connection.execute(ROWS).all())
        heads = await house.database.read(lambda connection: connection.execute(HEADS).scalars().all())
        assert [row.idx for row in rows] == list(range(report.size))
        assert max(heads) == report.size
        leaves = {row.idx: row.leaf for row in rows}
        assert all(leaves[receipt.index] == receipt.leaf for receipt in receipts)
        assert len({receipt.index for receipt in receipts}) == len(receipts)
        assert {receipt.size for receipt in receipts} <= set(heads)
        lines = b"".join([line async for line in export(house.log, report.size)])
        files = [site.folder / "log.jsonl", site.folder / "checkpoint"]
        files[0].write_bytes(lines)
        files[1].write_text(await house.log.checkpoint(), "utf-8")
        command = [
            sys.executable,
            str(ROOT / "docs/verify_log.py"),
            *map(str, files),
            house.log.verifier.vkey,
        ]
    done = await asyncio.create_subprocess_exec(*command)
    assert await done.wait() == 0


async def test_one_log_gap_free_with_one_head(site: Site, pair: tuple[Node, Node]):
    receipts: list[Receipt] = []
    await asyncio.gather(*(asker(node, number, receipts) for node in pair for number in range(ASKERS)))
    assert len(receipts) == 2 * ASKERS * ASKS
    await prove(site, receipts)
    vkeys = [(await node.http.get("/.well-known/jwks.json")).json() for node in pair]
    assert vkeys[0] == vkeys[1]


async def test_the_death_of_one_is_not_the_others(site: Site, pair: tuple[Node, Node]):
    """Killed with a commit under way, or with the write lock: the server gives it back."""
    one, two = pair
    receipts: list[Receipt] = []
    doomed = [asyncio.create_task(asker(one, number, receipts)) for number in range(ASKERS)]
    living = [asyncio.create_task(asker(two, 100 + number, receipts)) for number in range(ASKERS)]
    await some(receipts)
    await one.stop(signal.SIGKILL)
    ended = await asyncio.gather(*doomed, return_exceptions=True)
    assert any(isinstance(each, httpx2.HTTPError) for each in ended)
    await asyncio.gather(*living)
    await prove(site, receipts)
    again = await site.serve("first")
    again.key = two.key
    await asyncio.gather(*(asker(node, 200, receipts) for node in (again, two)))
    await prove(site, receipts)


async def test_a_node_that_hangs_with_the_lock_is_hung_up_on(site: Site, pair: tuple[Node, Node]):
    """SIGSTOP in the middle of its work: whatever lock it held, the other writes again."""
    one, two = pair
    receipts: list[Receipt] = []
    hung = [asyncio.create_task(asker(one, number, receipts)) for number in range(ASKERS)]
    await some(receipts)
    one.process.send_signal(signal.SIGSTOP)

    async def answers() -> bool:
        return (await two.ask()).status_code == 200

    await until(answers)
    await asker(two, 100, receipts)
    one.process.send_signal(signal.SIGCONT)
    await asyncio.gather(*hung, return_exceptions=True)
    await prove(site, receipts)
