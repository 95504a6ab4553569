"""What is decided on one node holds on all: keys, grants, manifests, purges."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from contracts.errors import NotGranted, UnknownConsumer
from gateway import registry
from gateway.access import consumers
from gateway.app import open_house
from tests.nodes.conftest import TIMEOUT, Node, Site, until

pytestmark = TIMEOUT


def test_what_is_remembered_is_a_second_old_at_most():
    """Decided, remembered so long, asked: within two seconds on every node."""
    assert consumers.REMEMBERED_SECONDS <= 1
    assert registry.REMEMBERED_SECONDS <= 1


@pytest.fixture
async def pair(site: Site) -> tuple[Node, Node]:
    key = await site.prepare()
    site.furnish("second")
    one, two = await asyncio.gather(site.serve("first"), site.serve("second"))
    one.key = two.key = key
    return one, two


def status(node: Node, wanted: int, kind: str = "") -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        answer = await node.ask()
        return answer.status_code == wanted and kind in answer.text

    return holds


async def everywhere(pair: tuple[Node, Node], wanted: int, kind: str = "") -> None:
    await asyncio.gather(*(until(status(node, wanted, kind)) for node in pair))


def rewrite(path: Path, old: str, new: str) -> None:
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new), "utf-8")


async def test_a_revoked_key_opens_no_node_and_another_opens_both(site: Site, pair: tuple[Node, Node]):
    await everywhere(pair, 200)
    async with open_house(site.settings(), prepared=True) as third:
        await third.access.revoke("registration", by="security")
        await everywhere(pair, UnknownConsumer.status)
        key = await third.access.add("registration", ("consumer",), by="security")
    for node in pair:
        node.key = key
    await everywhere(pair, 200)


async def test_grants_and_manifests_in_force_are_so_on_every_node(site: Site, pair: tuple[Node, Node]):
    await everywhere(pair, 200)
    grants, manifest = site.config / "grants.yaml", site.config / "agencies" / "mdj-nr.yaml"
    rewrite(grants, "consumer: registration", "consumer: somebody-else")
    async with open_house(site.settings()):  # a start reads the files; the nodes are not told
        await everywhere(pair, NotGranted.status)
    rewrite(grants, "consumer: somebody-else", "consumer: registration")
    rewrite(manifest, "agency: mdj-nr", "agency: mdj-nr  # looked at")
    grants.write_text(grants.read_text("utf-8") + "\n# again\n", "utf-8")  # a text never seen
    async with open_house(site.settings()):
        await everywhere(pair, 200, '"manifest_version":2')


async def test_a_purge_on_one_node_is_forgotten_by_the_other(site: Site, pair: tuple[Node, Node], bureau):
    one, two = pair
    await everywhere(pair, 200)
    desk = next(iter(bureau.desks.values()))
    heard = len(desk.asked)
    await everywhere(pair, 200)
    assert len(desk.asked) == heard  # kept, for both
    done = await one.http.post("/v1/cache/purge", json={"everything": True}, headers=one.bearer | REASON)
    assert done.status_code == 200, done.text
    await until(status(two, 200))
    assert len(desk.asked) > heard


REASON = {"landbridge-operator": "keeper"}
