"""What is decided on one node holds on all: keys, grants, manifests, purges."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import NotGranted, UnknownConsumer
from demo.city import NR
from demo.control import Control, Fault
from gateway.building import open_house, utc_now
from gateway.cache import shared
from gateway.store.lately import LATELY_SECONDS
from tests.nodes.conftest import PROJECT, TIMEOUT, Node, Site, until

pytestmark = TIMEOUT


def test_what_is_remembered_is_a_second_old_at_most():
    """Decided, remembered so long, asked: within two seconds on every node."""
    assert max(shared.PURGE_SEEN_SECONDS, LATELY_SECONDS) <= 1


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


async def test_a_purge_on_one_node_is_forgotten_by_the_other(pair: tuple[Node, Node], bureau: Control):
    one, two = pair
    await everywhere(pair, 200)
    desk = next(iter(bureau.desks.values()))
    heard = len(desk.asked)
    await everywhere(pair, 200)
    assert len(desk.asked) == heard  # kept, for both
    done = await one.http.post("/v1/cache/purge", json={"everything": True}, headers=one.bearer | REASON)
    assert done.status_code == 200, done.text

    async def forgotten() -> bool:
        """What the other still has in memory it may give for the second that the purge takes to reach it."""
        return (await two.ask()).status_code == 200 and len(desk.asked) > heard

    await until(forgotten)


@pytest.fixture
async def people(site: Site, pair: tuple[Node, Node]) -> dict[str, str]:
    """Two who look after the bureau's manifest, and two registrars: keys by name."""
    async with open_house(site.settings(), prepared=True) as house:
        roles = {"nora": "agency-admin", "paul": "agency-admin", "first": "registrar", "second": "registrar"}
        return {
            name: await house.access.add(
                name, (role,), by="security", agencies=(NR,) if role == "agency-admin" else ()
            )
            for name, role in roles.items()
        }


async def publish(one: Node, two: Node, people: dict[str, str], text: str) -> int:
    """Drafted and submitted by one person on one node, published by another on the other."""
    place = f"/v1/agencies/{NR}/versions"
    draft = (await one.do(people["nora"], "POST", place, json={"text": text}))["version"]
    this, seen = f"{place}/{draft['version']}", {"digest": draft["digest"]}
    await one.do(people["nora"], "POST", f"{this}/submission", json=seen)
    await two.do(people["paul"], "POST", f"{this}/publication", json=seen)
    return int(draft["version"])


async def test_a_version_and_a_secret_are_the_same_on_both(
    site: Site, pair: tuple[Node, Node], people: dict[str, str], shown_keys: list[str]
):
    one, two = pair
    place, reason = f"/v1/agencies/{NR}", {"reason": "新版本取数有误"}

    async def goes_by(key: str, version: int) -> None:
        """Each node asks the bureau with this key, by this version."""
        for node in pair:

            async def so(node: Node = node) -> bool:
                shown_keys.clear()
                answer = await node.ask(max_age=0)
                assert answer.status_code == 200, answer.text
                return set(shown_keys) == {key} and f'"manifest_version":{version}' in answer.text

            await until(so)

    await goes_by("", 1)
    text = (site.config / "agencies" / f"{NR}.yaml").read_text("utf-8")
    await one.do(people["nora"], "PUT", f"{place}/secrets/app", json={"value": "first-value-1"})
    await goes_by("first-value-1", await publish(one, two, people, with_key(text)))
    await two.do(people["paul"], "PUT", f"{place}/secrets/app", json={"value": "other-value-2"})
    await goes_by("other-value-2", 2)
    await two.do(people["nora"], "POST", f"{place}/versions/1/rollback", json=reason)
    await goes_by("", 1)


def with_key(manifest: str) -> str:
    """The manifest, showing the secret `app` at every call."""
    assert "  allow_private: true\n" in manifest
    header = f'  headers: {{X-Key: "secret:{NR}/app"}}\n'
    return manifest.replace("  allow_private: true\n", "  allow_private: true\n" + header)


async def test_a_stand_in_two_people_agreed_on_serves_on_both(
    pair: tuple[Node, Node], people: dict[str, str], bureau: Control
):
    one, two = pair
    await bureau.fault(NR, Fault.BROKEN)
    (record,) = PROJECT.materials[KIND]
    paper = await one.do(people["first"], "POST", "/v1/stand-ins/papers", content=b"%PDF-1.7 a scan")
    order = {
        "kind": KIND,
        "fields": {name: value for name, value in record.fields.items() if value is not None},
        "reason": "接口中断，按纸质执照录入",
        "evidence": paper["digest"],
        "evidence_name": "营业执照.pdf",
        "expires_at": (utc_now() + timedelta(days=7)).isoformat(),
    }
    made = await one.do(people["first"], "POST", f"/v1/projects/{PROJECT.project_code}/stand-ins", json=order)

    async def shows(retrieval: str) -> None:
        for node in pair:

            async def so(node: Node = node) -> bool:
                materials: list[dict[str, Any]] = (await node.ask(kinds=[KIND])).json()["materials"]
                return [each["retrieval"] for each in materials if each["kind"] == KIND] == [retrieval]

            await until(so)

    await shows("unavailable")
    word = {"content": made["content"], "decision": "approve"}
    await two.do(people["second"], "POST", f"/v1/stand-ins/{made['id']}/decisions", json=word)
    await shows("manual")
    await one.do(
        people["first"], "POST", f"/v1/stand-ins/{made['id']}/decisions", json=word | {"decision": "withdraw"}
    )
    await shows("unavailable")


KIND = "company-record"
REASON = {"landbridge-operator": "keeper"}
